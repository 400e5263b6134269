"""Exact least squares with bounds: x = argmin ½‖A·x − b‖² over 0 ≤ x ≤ u, for many right sides and one matrix.

All right sides go through a block pivoting search side by side: each exchanges whole groups of components between free
and held at a bound (J. J. Júdice, F. M. Pires, "A block principal pivoting algorithm for large-scale strictly monotone
linear complementarity problems", Comput. Oper. Res. 21 (1994)), and only the worst of a group where whole groups go
round in circles. The minimum over the free components comes from one inverse of all of AᵀA and a system in the held
components, which are the fewer ones. Every result is verified against the optimality conditions. Where a search fails
(a singular or almost singular matrix) the active-set loop runs (:mod:`maya_a2f.worker.active_set`).

The minimum of a strictly convex problem is one point: where a search starts is never part of the answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maya_a2f.worker.active_set import bounded_minimum

Doubles = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]

_BOUND_SLACK = 1e-12
"""How far outside a bound rounding may put a free component."""
_ROUNDING = 3e-16
"""Of a component's gradient, relative to the length of its column of A and to ‖A‖ + ‖b‖."""
_SLACKS = {16: 3e-16, 48: 1e-14}
"""What is accepted from some step of a search on, relative to ‖A‖·(‖A‖ + ‖b‖) and the number of components."""
_FREE_ACCURACY, _FREE_ROUNDING = 1e-12, 1e-15
"""Largest gradient in a free component, same scale: what is accepted, and where nothing is left to correct."""
_CORRECTIONS = 3
"""Of one set of free components, at most."""
_WORST = 0.1
"""Where whole groups do not help, only what is at least so bad, relative to the worst, is exchanged."""
_STEPS_BEFORE_CHANCE = 20
"""After so many, only some of the worst are, chosen anew each time."""
_SYSTEM_BYTES = 2**16
"""Systems solved at once."""
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
    """Solver for one matrix (K, K) (more rows are allowed)."""

    def __init__(self, matrix: npt.NDArray[np.floating]) -> None:
        self._a: Doubles = np.ascontiguousarray(matrix, dtype=np.float64)
        self._at: Doubles = np.ascontiguousarray(self._a.T)
        self.size = self._a.shape[1]
        """K"""
        self._norm = float(np.linalg.norm(self._a))
        self.lengths: Doubles = np.linalg.norm(self._a, axis=0)
        """(K,) of A's columns."""
        square = self._at @ self._a
        inverse = _inverse_of_square(self._a)
        self._is_regular = inverse is not None
        self._matrices: Doubles = np.pad(
            np.stack([square, square if inverse is None else inverse]), ((0, 0), (0, 1), (0, 1))
        )
        """(2, K + 1, K + 1) AᵀA and its inverse, each with a row and a column of zeros."""
        self._inverse: Doubles = self._matrices[1]
        self.halves: Bools = np.random.default_rng(1).random((3 * self.size + 64, self.size)) < 0.5
        """(steps, K) what is exchanged in each step of a search that is left to chance."""

    def solve(self, b: Doubles, upper: Doubles | None = None) -> Doubles:
        """(K,) the minimum for one right side; see :meth:`minima`."""
        x: Doubles = self.minima(b[None], upper).x[0]
        return x

    def minima(self, b: Doubles, upper: Doubles | None = None, start: Minima | None = None) -> Minima:
        """The minima for the right sides ``b`` (F, K); ``upper`` (K,) or (F, K) is positive and defaults to ones.

        ``start`` is where the search begins: the minima of similar right sides, if there are any.
        """
        shape = len(b), self.size
        limit = np.ones(shape) if upper is None else np.broadcast_to(upper, shape)
        x: Doubles = np.full(shape, np.nan)
        sides: Doubles = np.zeros(shape)
        first: Doubles = np.zeros(shape)
        if start is not None:
            sides = start.at_upper.astype(np.float64) - start.at_lower
            first = np.where(np.isfinite(start.x), start.x, 0.0)
        frames = np.flatnonzero(np.isfinite(b).all(axis=1))
        if self._is_regular and self.size and len(frames):
            _Search(self, b[frames], limit[frames], sides[frames], first[frames]).run(x, sides, frames)
        for frame in frames[np.isnan(x[frames, 0])].tolist() if self.size else ():
            x[frame] = bounded_minimum(self._a, b[frame], limit[frame])
            sides[frame] = 1.0 * (x[frame] >= limit[frame]) - (x[frame] <= 0.0)
        return Minima(x, sides < 0.0, sides > 0.0)

    def scales(self, b: Doubles) -> tuple[Doubles, Doubles]:
        """Two units (F, 1): of one component's gradient over its column's length, and of gradients as a whole."""
        lengths: Doubles = self._norm + np.sqrt(np.square(b).sum(axis=1, keepdims=True))
        return lengths, self._norm * self.size * lengths

    def gradients(self, x: Doubles, b: Doubles) -> Doubles:
        """(F, K) Aᵀ(A·x − b)."""
        gradients: Doubles = (x @ self._at - b) @ self._a
        return gradients

    def corrections(self, gradients: Doubles, held: Bools) -> Doubles:
        """(F, K) what to take from x so that the components that are not ``held`` (F, K) have no gradient any more.

        Where fewer are free than held, that is a system in the free part of H = AᵀA. Elsewhere it is H⁻¹·(g − f), where
        f pulls at what is held alone, as strongly as it takes to keep it where it is: a system in that part of H⁻¹.
        Rows with systems of about the same size are solved together, filled up with equations 1·f = 0.
        """
        width = self.size + 1  # one more component, which there is not, is what fills up
        is_pulled = 2 * np.count_nonzero(held, axis=1, keepdims=True) <= self.size
        chosen = held == is_pulled
        wanted = np.where(held, 0.0, gradients) @ self._inverse[:-1]
        if not is_pulled.all():
            np.copyto(wanted[:, :-1], gradients, where=~is_pulled)
        answers = np.zeros_like(wanted)
        counts = np.count_nonzero(chosen, axis=1)
        order = np.argsort(counts)[::-1]
        first = 0
        while first < len(order) and (most := int(counts[order[first]])):
            rows = order[first : first + max(1, _SYSTEM_BYTES // (8 * most * most))]
            first += len(rows)
            columns = np.argsort(~chosen[rows], axis=1, kind="stable")[:, :most]
            is_none = np.arange(most) >= counts[rows, None]
            columns[is_none] = self.size
            starts = width * columns + width**2 * is_pulled[rows]
            systems = self._matrices.take(starts[:, :, None] + columns[:, None, :])
            systems.reshape(len(rows), most * most)[:, :: most + 1] += is_none
            places = columns + (width * rows)[:, None]
            answers.put(places, _solved(systems, wanted.take(places)))
        steps: Doubles = np.where(is_pulled, wanted - answers @ self._inverse, answers)[:, :-1]
        steps[held] = 0.0
        return steps


class _Search:
    """Right sides that are still being searched, side by side. ``sides`` (F, K) are −1 where a component is held at 0,
    1 where at its limit, and 0 where it is free."""

    def __init__(self, solver: BoundedLeastSquares, b: Doubles, limit: Doubles, sides: Doubles, x: Doubles) -> None:
        self._solver = solver
        self._b, self._limit, self._sides = b, limit, sides
        self._x = np.where(sides == 0.0, x, limit * (sides > 0.0))
        own, self._unit = solver.scales(b)
        # What a component between close bounds can gain is nothing beside what rounding does to the sum of squares.
        narrow = max(_SLACKS.values()) * self._unit
        self._slack = np.where(limit < _NARROW, narrow, _ROUNDING * own * solver.lengths)
        self._fewest = np.full(len(b), solver.size + 1)
        self._corrected = np.zeros(len(b), np.intp)

    def run(self, x: Doubles, sides: Doubles, frames: Places) -> None:
        """Put what is found into the rows ``frames`` of the two; rows that cannot be trusted stay as they are."""
        for step, half in enumerate(self._solver.halves):
            if step in _SLACKS:
                self._slack = np.maximum(self._slack, _SLACKS[step] * self._unit)
            held = self._sides != 0.0
            self._x = self._x - self._solver.corrections(self._solver.gradients(self._x, self._b), held)
            gradients = self._solver.gradients(self._x, self._b)
            left = np.abs(np.where(held, 0.0, gradients)).max(axis=1) / self._unit[:, 0]
            is_accurate = left <= _FREE_ACCURACY
            middle = 0.5 * self._limit
            excess = np.where(held, self._sides * gradients, np.abs(self._x - middle) - middle)
            wrong = excess > np.where(held, self._slack, _BOUND_SLACK)
            count = np.count_nonzero(wrong, axis=1)
            self._corrected += 1
            is_sure = (left <= _FREE_ROUNDING) | (self._corrected == _CORRECTIONS)
            is_over = is_sure & ((count == 0) | ~is_accurate)
            if is_over.any():
                found = is_over & is_accurate
                x[frames[found]] = np.minimum(np.maximum(self._x[found], 0.0), self._limit[found])
                sides[frames[found]] = self._sides[found]
                if is_over.all():
                    return
            self._exchange(held, wrong, excess, count, is_sure, half if step >= _STEPS_BEFORE_CHANCE else None)
            if is_over.any():
                going_on = np.flatnonzero(~is_over)
                frames = frames[going_on]
                self._narrow(going_on)

    def _narrow(self, rows: Places) -> None:
        self._b, self._limit, self._unit = self._b[rows], self._limit[rows], self._unit[rows]
        self._slack, self._sides, self._x = self._slack[rows], self._sides[rows], self._x[rows]
        self._fewest, self._corrected = self._fewest[rows], self._corrected[rows]

    def _exchange(
        self, held: Bools, wrong: Bools, excess: Doubles, count: Places, is_sure: Bools, half: Bools | None
    ) -> None:
        """Exchange all that is wrong where that is less than ever; elsewhere, once it is sure, the worst of it."""
        is_better = (count > 0) & (count < self._fewest)
        self._fewest = np.where(is_better, count, self._fewest)
        self._corrected[is_better | is_sure] = 0
        if not is_better.all():
            wrong &= (is_better | is_sure)[:, None]
            stuck = np.flatnonzero(is_sure & ~is_better)
            lengths = np.where(held[stuck], 1.0 / self._solver.lengths, self._solver.lengths)
            harm = wrong[stuck] * excess[stuck] * lengths
            worst = wrong[stuck] & (harm >= _WORST * harm.max(axis=1, keepdims=True))
            if half is not None:
                some = worst & half
                worst = np.where(some.any(axis=1, keepdims=True), some, worst)
            wrong[stuck] = worst
        places = np.flatnonzero(wrong)
        side, limit, x = self._sides.take(places), self._limit.take(places), self._x.take(places)
        other = np.where(side == 0.0, np.sign(x), -side * (limit < _NARROW))
        self._sides.put(places, other)
        self._x.put(places, np.where(other == 0.0, x, limit * (other > 0.0)))


def _inverse_of_square(a: Doubles) -> Doubles | None:
    """(K, K) the inverse of AᵀA, more accurate than inverting that would be; None where there is none."""
    try:
        root = np.linalg.inv(np.linalg.qr(a, mode="r"))
    except np.linalg.LinAlgError:
        return None
    inverse: Doubles = root @ root.T
    return inverse if np.isfinite(inverse).all() else None


def _solved(systems: Doubles, right_sides: Doubles) -> Doubles:
    """(n, k) for the systems (n, k, k); not a number where one of them is singular."""
    try:
        return np.asarray(np.linalg.solve(systems, right_sides[:, :, None])[:, :, 0])
    except np.linalg.LinAlgError:
        return np.full_like(right_sides, np.nan)
