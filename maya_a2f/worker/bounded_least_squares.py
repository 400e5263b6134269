"""Exact least squares with bounds: x = argmin ½‖A·x − b‖² over 0 ≤ x ≤ u, many times with one matrix.

The frames of a clip are nearly alike, so the set of components at their bounds is carried from solve to solve: it is
only where the search starts, never part of the answer (the minimum of a strictly convex problem is one point). From
there a block pivoting search exchanges whole groups of components (J. J. Júdice, F. M. Pires, "A block principal
pivoting algorithm for large-scale strictly monotone linear complementarity problems", Comput. Oper. Res. 21 (1994)),
falling back to single exchanges when a group exchange stops helping, and the result is verified against the
optimality conditions. Where that fails (a singular or almost singular matrix) the active-set loop of the
specification (blendshape-solver.md section 4) runs on the matrix itself with minimum-norm least squares.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_BOUND_SLACK = 1e-12
"""How far outside a bound rounding may put a free component."""
_GRADIENT_SLACK = 1e-14
"""Rounding of a gradient, relative to ‖A‖·(‖A‖ + ‖b‖) and the number of components."""
_FREE_ACCURACY = 1e-12
"""Largest gradient left in a free component, same scale, before the fallback is asked."""
_KEPT_INVERSES = 128
"""Sets of free components recur, above all where one moment is posed again and again: 2.8 MB for 52 components."""
_PATIENCE = 8
"""Group exchanges without progress before single ones."""


class BoundedLeastSquares:
    """Solver for one matrix (K, K) (more rows are allowed). Not safe for several threads at once."""

    def __init__(self, matrix: npt.NDArray[np.floating]) -> None:
        self._a: Doubles = np.ascontiguousarray(matrix, dtype=np.float64)
        self._at: Doubles = np.ascontiguousarray(self._a.T)
        self._h: Doubles = self._at @ self._a
        self._size = self._a.shape[1]
        self._norm = float(np.linalg.norm(self._a))
        self._at_lower = np.zeros(self._size, dtype=np.bool_)
        self._at_upper = np.zeros(self._size, dtype=np.bool_)
        self._free_key = b""
        self._free: Doubles = np.empty(0)
        self._inverse: Doubles = np.empty((0, 0))
        self._known: dict[bytes, tuple[Doubles, Doubles]] = {}

    def solve(self, b: Doubles, upper: Doubles | None = None) -> Doubles:
        """(K,) the minimum for the right side ``b``; ``upper`` (K,) defaults to ones and must be positive."""
        limit = np.ones(self._size) if upper is None else upper
        x = self._pivoted(b, limit)
        if x is None:
            x = bounded_minimum(self._a, b, limit)
            self._at_lower, self._at_upper = x <= 0.0, x >= limit
        return x

    def _pivoted(self, b: Doubles, upper: Doubles) -> Doubles | None:
        """The minimum, or None where the search cannot be trusted."""
        scale = self._norm * (self._norm + float(np.linalg.norm(b))) * self._size
        slack = _GRADIENT_SLACK * scale
        fewest, patience = self._size + 1, _PATIENCE
        for _ in range(3 * self._size + 10):
            solved = self._free_minimum(b, upper, _FREE_ACCURACY * scale)
            if solved is None:
                return None
            x, gradient = solved
            held = self._at_lower | self._at_upper
            too_low = ~held & (x < -_BOUND_SLACK)
            too_high = ~held & (x > upper + _BOUND_SLACK)
            released = (self._at_lower & (gradient < -slack)) | (self._at_upper & (gradient > slack))
            wrong = too_low | too_high | released
            count = int(np.count_nonzero(wrong))
            if count == 0:
                return np.minimum(np.maximum(x, 0.0), upper)
            if count < fewest:
                fewest, patience = count, _PATIENCE
            elif patience > 0:
                patience -= 1
            else:
                last = int(np.flatnonzero(wrong)[-1])
                only = np.zeros(self._size, dtype=np.bool_)
                only[last] = True
                too_low, too_high, released = too_low & only, too_high & only, released & only
            self._at_lower = (self._at_lower & ~released) | too_low
            self._at_upper = (self._at_upper & ~released) | too_high
        return None

    def _free_minimum(self, b: Doubles, upper: Doubles, tolerance: float) -> tuple[Doubles, Doubles] | None:
        """x with the held components at their bounds and the others best, and the gradient Aᵀ(A·x − b) there."""
        x = np.where(self._at_upper, upper, 0.0)
        if not self._factorised():
            return None
        gradient: Doubles = self._at @ (self._a @ x - b)
        # The inverse belongs to AᵀA, whose condition is squared; correcting with the residual of A itself twice
        # brings back what that costs.
        left = np.inf
        for _ in range(3):
            x -= self._inverse @ gradient
            gradient = self._at @ (self._a @ x - b)
            left = float(np.abs(gradient * self._free).max())
            if not left > tolerance * 1e-3:
                break
        return (x, gradient) if left <= tolerance else None

    def _factorised(self) -> bool:
        """Make the inverse of the free part of AᵀA current, with zeros for what is held; False where there is none."""
        held = self._at_lower | self._at_upper
        key = held.tobytes()
        if key == self._free_key:
            return True
        known = self._known.pop(key, None)
        if known is None:
            free = np.flatnonzero(~held)
            inverse = np.zeros((self._size, self._size))
            try:
                inverse[np.ix_(free, free)] = np.linalg.inv(self._h[np.ix_(free, free)])
            except np.linalg.LinAlgError:
                return False
            known = (~held).astype(np.float64), inverse
        self._known[key] = known
        if len(self._known) > _KEPT_INVERSES:
            del self._known[next(iter(self._known))]
        self._free_key, (self._free, self._inverse) = key, known
        return True


def bounded_minimum(a: Doubles, b: Doubles, upper: Doubles, tolerance: float = 1e-10) -> Doubles:
    """The active-set loop from scratch, for any matrix; of equal minima the one it meets first.

    ``tolerance`` is the largest gradient left, relative to ‖A‖·(‖A‖ + ‖b‖). Unlike the reference it does not stop
    because progress became small, only because nothing is left to gain.
    """
    size = a.shape[1]
    limit = tolerance * float(np.linalg.norm(a)) * (float(np.linalg.norm(a)) + float(np.linalg.norm(b)))
    x, free = _initial_point(a, b, upper)
    for _ in range(10 * size):
        gradient = a.T @ (a @ x - b)
        gain = np.where(free, 0.0, np.where(x <= 0.0, -gradient, gradient))
        chosen = int(np.argmax(gain))
        if gain[chosen] <= limit:
            break
        moved, moved_free = _with_freed(a, b, upper, x, free, chosen)
        if _cost(a, b, moved) >= _cost(a, b, x):
            break
        x, free = moved, moved_free
    return x


def _initial_point(a: Doubles, b: Doubles, upper: Doubles) -> tuple[Doubles, Bools]:
    """A feasible start: unbounded minima, with whatever leaves the box put on its bound and held there."""
    x = np.zeros(a.shape[1])
    free = np.ones(a.shape[1], dtype=np.bool_)
    while free.any():
        x = _constrained_minimum(a, b, x, free)
        outside = free & ((x < 0.0) | (x > upper))
        x = np.clip(x, 0.0, upper)
        if not outside.any():
            break
        free &= ~outside
    return x, free & (x > 0.0) & (x < upper)


def _with_freed(a: Doubles, b: Doubles, upper: Doubles, x: Doubles, free: Bools, chosen: int) -> tuple[Doubles, Bools]:
    """One step of the loop: let component ``chosen`` go and walk to the new minimum as far as the box allows."""
    free = free.copy()
    free[chosen] = True
    while free.any():
        goal = _constrained_minimum(a, b, x, free)
        step, blocking = _partial_step(x, goal, upper, free)
        x = x + step * (goal - x)
        if blocking is None:
            break
        x[blocking] = 0.0 if goal[blocking] < 0.0 else upper[blocking]
        free[blocking] = False
    return np.clip(x, 0.0, upper), free


def _partial_step(x: Doubles, goal: Doubles, upper: Doubles, free: Bools) -> tuple[float, int | None]:
    """How much of the way from ``x`` to ``goal`` stays in the box (0…1), and the component that stops it."""
    best, blocking = 1.0, None
    for index in np.flatnonzero(free & ((goal < 0.0) | (goal > upper))):
        bound = 0.0 if goal[index] < 0.0 else upper[index]
        way = (bound - x[index]) / (goal[index] - x[index])
        if way < best or blocking is None:
            best, blocking = min(max(float(way), 0.0), 1.0), int(index)
    return best, blocking


def _constrained_minimum(a: Doubles, b: Doubles, x: Doubles, free: Bools) -> Doubles:
    """The least-squares minimum over the free components (of least norm), the others as in ``x``."""
    result = x.copy()
    if free.any():
        held = np.where(free, 0.0, x)
        result[free] = np.linalg.lstsq(a[:, free], b - a @ held, rcond=None)[0]
    return result


def _cost(a: Doubles, b: Doubles, x: Doubles) -> float:
    residual = a @ x - b
    return 0.5 * float(residual @ residual)
