"""Exact least squares with bounds: x = argmin ½‖A·x − b‖² over 0 ≤ x ≤ u, for many right sides and one matrix.

All right sides go through a block pivoting search side by side: each exchanges whole groups of components between free
and held at a bound (J. J. Júdice, F. M. Pires, "A block principal pivoting algorithm for large-scale strictly monotone
linear complementarity problems", Comput. Oper. Res. 21 (1994)), and only some of a group, chosen anew each time, where
whole groups go round in circles. Every result is verified against the optimality conditions. Frames of a clip share
their sets of free components, so one inverse serves many. Where a search fails (a singular or almost singular matrix)
the active-set loop runs (:mod:`maya_a2f.worker.active_set`).

The minimum of a strictly convex problem is one point: where a search starts is never part of the answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

from maya_a2f.worker.active_set import bounded_minimum

Doubles = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_BOUND_SLACK = 1e-12
"""How far outside a bound rounding may put a free component."""
_GRADIENT_SLACKS = (3e-16, 1e-14)
"""Rounding of a gradient, relative to ‖A‖·(‖A‖ + ‖b‖) and the number of components: as it usually is, and what is
accepted where a search ends in no other way."""
_FREE_ACCURACY = 1e-12
"""Largest gradient left in a free component, same scale, before the fallback is asked."""
_INVERSE_BYTES = 16 * 2**20
"""Inverses held at once."""
_KEPT_SHARE = 8
"""One in so many is kept for the next call: sets of free components recur, above all where a moment is posed again."""
_PATIENCE = 3
"""Exchanges of whole groups without progress before halves of them."""
_NARROW = 1e-6
"""Between bounds so close a component goes from one straight to the other."""


@dataclass(frozen=True)
class Minima:
    """The minima of F right sides."""

    x: Doubles
    """(F, K); not a number where the right side is none."""
    at_lower: Bools
    """(F, K) what the bound 0 holds."""
    at_upper: Bools
    """(F, K) what the upper bound holds."""


class BoundedLeastSquares:
    """Solver for one matrix (K, K) (more rows are allowed). Not safe for several threads at once."""

    def __init__(self, matrix: npt.NDArray[np.floating]) -> None:
        self._a: Doubles = np.ascontiguousarray(matrix, dtype=np.float64)
        self._at: Doubles = np.ascontiguousarray(self._a.T)
        self._h: Doubles = self._at @ self._a
        self._size = self._a.shape[1]
        self._norm = float(np.linalg.norm(self._a))
        self.halves: Bools = np.random.default_rng(1).random((3 * self._size + 10, self._size)) < 0.5
        """(steps, K) what is exchanged in each step of a search that goes round in circles."""
        self._most = max(16, _INVERSE_BYTES // (8 * self._size**2))
        self._inverses: dict[bytes, Doubles] = {}

    def solve(self, b: Doubles, upper: Doubles | None = None) -> Doubles:
        """(K,) the minimum for one right side; see :meth:`minima`."""
        x: Doubles = self.minima(b[None], upper).x[0]
        return x

    def minima(self, b: Doubles, upper: Doubles | None = None, start: Minima | None = None) -> Minima:
        """The minima for the right sides ``b`` (F, K); ``upper`` (K,) or (F, K) is positive and defaults to ones.

        ``start`` is where the search begins: the minima of similar right sides, if there are any.
        """
        shape = len(b), self._size
        limit = np.broadcast_to(np.ones(self._size) if upper is None else upper, shape)
        x = np.full(shape, np.nan)
        low = np.zeros(shape, np.bool_) if start is None else start.at_lower.copy()
        high = np.zeros(shape, np.bool_) if start is None else start.at_upper.copy()
        finite = np.flatnonzero(np.isfinite(b).all(axis=1))
        for first in range(0, len(finite), self._most):  # never more inverses at once
            frames = finite[first : first + self._most]
            _Search(self, b[frames], limit[frames], low[frames], high[frames]).run(x, low, high, frames)
        for frame in finite[np.isnan(x[finite, 0])].tolist() if self._size else ():
            x[frame] = bounded_minimum(self._a, b[frame], limit[frame])
            low[frame], high[frame] = x[frame] <= 0.0, x[frame] >= limit[frame]
        return Minima(x, low, high)

    def scales(self, b: Doubles) -> Doubles:
        """(F,) what rounding of gradients is measured by."""
        scales: Doubles = self._norm * (self._norm + np.linalg.norm(b, axis=1)) * self._size
        return scales

    def gradients(self, x: Doubles, b: Doubles) -> Doubles:
        """(F, K) Aᵀ(A·x − b)."""
        gradients: Doubles = (x @ self._at - b) @ self._a
        return gradients

    def inverses(self, held: Bools) -> tuple[npt.NDArray[np.intp], list[tuple[int, int, Doubles | None]]]:
        """The order of frames in which those with the same components held (F, K) stand together, and for each such
        stretch (first, last + 1, inverse of the free part of AᵀA with zeros for what is held; None where there is
        none)."""
        groups: dict[bytes, list[int]] = {}
        for frame, packed in enumerate(np.packbits(held, axis=1)):
            groups.setdefault(packed.tobytes(), []).append(frame)
        known = {key: self._inverses.get(key) for key in groups}
        new = [key for key, inverse in known.items() if inverse is None]
        for key, inverse in self._inverted(new, held[[groups[key][0] for key in new]]):
            known[key] = inverse
        stretches, first = [], 0
        for key, frames in groups.items():
            stretches.append((first, first + len(frames), known[key]))
            first += len(frames)
        self._keep(known)
        return np.array([frame for frames in groups.values() for frame in frames], np.intp), stretches

    def _inverted(self, keys: list[bytes], held: Bools) -> Iterator[tuple[bytes, Doubles]]:
        """All of one size at once."""
        sizes = self._size - np.count_nonzero(held, axis=1)
        for size in np.unique(sizes).tolist() if keys else ():
            places = np.flatnonzero(sizes == size)
            free = np.nonzero(~held[places])[1].reshape(len(places), size)
            rows, columns = free[:, :, None], free[:, None, :]
            inverses = np.zeros((len(places), self._size, self._size))
            made = _inverse_of_each(self._h[rows, columns])
            inverses[np.arange(len(places))[:, None, None], rows, columns] = made
            for place, inverse in zip(places.tolist(), inverses, strict=True):
                if not np.isnan(inverse[0, 0]) and np.isfinite(inverse).all():
                    yield keys[place], inverse

    def _keep(self, used: dict[bytes, Doubles | None]) -> None:
        """The ones used last stay."""
        for key, inverse in used.items():
            self._inverses.pop(key, None)
            if inverse is not None:
                self._inverses[key] = inverse
        for key in list(islice(self._inverses, max(0, len(self._inverses) - self._most // _KEPT_SHARE))):
            del self._inverses[key]


class _Search:
    """Right sides that are still being searched, side by side; ``low`` and ``high`` are what bounds hold."""

    def __init__(self, solver: BoundedLeastSquares, b: Doubles, limit: Doubles, low: Bools, high: Bools) -> None:
        self._solver = solver
        count, self._size = limit.shape
        self._b, self._limit, self._low, self._high = b, limit, low, high
        self._scale = solver.scales(b)
        self._fewest = np.full(count, self._size + 1)
        self._patience = np.full(count, _PATIENCE)

    def run(self, x: Doubles, low: Bools, high: Bools, frames: npt.NDArray[np.intp]) -> None:
        """Put what is found into the rows ``frames`` of the three; rows that cannot be trusted stay as they are."""
        for step, half in enumerate(self._solver.halves):
            order, stretches = self._solver.inverses(self._low | self._high)
            frames = frames[order]
            self._narrow(order)
            found, gradient, is_accurate = self._free_minima(stretches)
            too_low, too_high, released = self._wrong(found, gradient, _GRADIENT_SLACKS[step > self._size])
            count = np.count_nonzero(too_low | too_high | released, axis=1)
            done = is_accurate & (count == 0)
            at = frames[done]
            x[at] = np.minimum(np.maximum(found[done], 0.0), self._limit[done])
            low[at], high[at] = self._low[done], self._high[done]
            self._exchange(too_low, too_high, released, count, half)
            going_on = np.flatnonzero(is_accurate & (count > 0))
            if len(going_on) == 0:
                return
            frames = frames[going_on]
            self._narrow(going_on)

    def _narrow(self, places: npt.NDArray[np.intp]) -> None:
        self._b, self._limit, self._scale = self._b[places], self._limit[places], self._scale[places]
        self._low, self._high = self._low[places], self._high[places]
        self._fewest, self._patience = self._fewest[places], self._patience[places]

    def _free_minima(self, stretches: list[tuple[int, int, Doubles | None]]) -> tuple[Doubles, Doubles, Bools]:
        """x with the held components at their bounds and the others best, the gradient there, and whether it is so."""
        x = np.where(self._high, self._limit, 0.0)
        step = np.empty_like(x)
        gradient = self._solver.gradients(x, self._b)
        free = ~(self._low | self._high)
        # The inverse belongs to AᵀA, whose condition is squared; correcting with the residual of A itself twice
        # brings back what that costs.
        for _ in range(3):
            for first, end, inverse in stretches:
                if inverse is None:
                    step[first:end] = np.nan
                else:
                    np.matmul(gradient[first:end], inverse, out=step[first:end])
            x -= step
            gradient = self._solver.gradients(x, self._b)
            left = np.abs(np.where(free, gradient, 0.0)).max(axis=1)
            if (left <= 1e-3 * _FREE_ACCURACY * self._scale).all():
                break
        return x, gradient, left <= _FREE_ACCURACY * self._scale

    def _wrong(self, x: Doubles, gradient: Doubles, rounding: float) -> tuple[Bools, Bools, Bools]:
        """What must be held at 0, held at its limit, and let go."""
        slack = (rounding * self._scale)[:, None]
        free = ~(self._low | self._high)
        too_low: Bools = free & (x < -_BOUND_SLACK)
        too_high: Bools = free & (x > self._limit + _BOUND_SLACK)
        released: Bools = (self._low & (gradient < -slack)) | (self._high & (gradient > slack))
        return too_low, too_high, released

    def _exchange(
        self, too_low: Bools, too_high: Bools, released: Bools, count: npt.NDArray[np.intp], half: Bools
    ) -> None:
        """Exchange all that is wrong, or only what is in ``half`` (K,) where that has not helped for a while."""
        helps = count < self._fewest
        self._fewest = np.minimum(self._fewest, count)
        partly = ~helps & (self._patience <= 0) & ((too_low | too_high | released) & half).any(axis=1)
        self._patience = np.where(helps, _PATIENCE, self._patience - 1)
        if partly.any():
            chosen = ~partly[:, None] | half
            too_low, too_high, released = too_low & chosen, too_high & chosen, released & chosen
        across = released & (self._limit < _NARROW)
        to_low, to_high = across & self._high, across & self._low
        self._low = (self._low & ~released) | too_low | to_low
        self._high = (self._high & ~released) | too_high | to_high


def _inverse_of_each(matrices: Doubles) -> Doubles:
    """(n, k, k); not a number for a singular one."""
    try:
        return np.asarray(np.linalg.inv(matrices))
    except np.linalg.LinAlgError:
        inverses = np.full_like(matrices, np.nan)
        for place, matrix in enumerate(matrices):
            try:
                inverses[place] = np.linalg.inv(matrix)
            except np.linalg.LinAlgError:
                continue
        return inverses
