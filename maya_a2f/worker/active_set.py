"""Bounded least squares from scratch: the active-set loop of the specification (blendshape-solver.md section 4).

Slow and for any matrix, singular ones too: minimum-norm least squares on the matrix itself in every step.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def bounded_minimum(a: Doubles, b: Doubles, upper: Doubles, tolerance: float = 1e-14) -> Doubles:
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
