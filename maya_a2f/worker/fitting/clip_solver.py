"""Bounded, sparse, smooth least squares for all frames of a clip at once.

Minimises over 0 ≤ x ≤ u, for every frame t:

    ½ xᵀ H x − bₜᵀ x + lᵀ x + ½ Σᵣ ωᵣₜ (cᵣᵀ x − dᵣₜ)² + ½ τ ‖xₜ − xₜ₋₁‖²

by coordinate descent: one variable in all frames at a time, exactly. H is positive definite, so the minimum is one
point and the descent ends there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from maya_a2f.worker.fitting.surface import Doubles

_MOST_SWEEPS = 60
_INNER_SWEEPS = 8
"""Sweeps over the variables that still move, for one over all."""
_ENOUGH = 1e-4
"""Largest change of a variable in a sweep that ends the descent."""


@dataclass(frozen=True, eq=False)
class Contacts:
    """Rows that pull the lips together, frame by frame."""

    rows: Doubles
    """(R, K) what each variable adds to a gap, centimetres."""
    goals: Doubles
    """(R, F) gaps, centimetres above rest."""
    weights: Doubles
    """(R, F)"""


def solve_clip(
    h: Doubles,
    b: Doubles,
    upper: Doubles,
    linear: Doubles,
    contacts: Contacts,
    smoothing: float,
    check: Callable[[], None] = lambda: None,
) -> Doubles:
    """(K, F) the minimum for ``h`` (K, K), ``b`` (K, F), ``upper`` and ``linear`` (K,). ``check`` may raise to stop."""
    size, frames = b.shape
    if frames == 0:
        return np.zeros_like(b)
    x: Doubles = np.clip(np.linalg.solve(h, b - linear[:, None]), 0.0, upper[:, None])
    rows, weights = contacts.rows, contacts.weights
    short = rows @ x - contacts.goals
    diagonal = np.diag(h)[:, None] + (rows**2).T @ weights + _neighbour_count(frames)[None] * smoothing
    inverse = 1.0 / diagonal
    pull = b - linear[:, None]

    def moved(k: int) -> float:
        """Put variable ``k`` at its minimum in every frame; returns the largest change."""
        gradient = h[k] @ x
        gradient -= pull[k]
        gradient += rows[:, k] @ (weights * short)
        if smoothing > 0.0 and frames > 1:
            step = smoothing * (x[k, 1:] - x[k, :-1])
            gradient[:-1] -= step
            gradient[1:] += step
        gradient *= inverse[k]
        change = np.minimum(np.maximum(x[k] - gradient, 0.0), upper[k]) - x[k]
        largest = float(np.abs(change).max())
        if largest > 0.0:
            x[k] += change
            short[...] += rows[:, k, None] * change
        return largest

    for _ in range(_MOST_SWEEPS):
        check()
        changes = np.array([moved(k) for k in range(size)])
        if changes.max() < _ENOUGH:
            break
        lively = [int(k) for k in np.flatnonzero(changes > _ENOUGH)]
        for _ in range(_INNER_SWEEPS):
            if max(moved(k) for k in lively) < _ENOUGH:
                break
    return x


def _neighbour_count(frames: int) -> Doubles:
    # Neighbours move in the same step; twice their number on the diagonal keeps that a descent.
    count = np.full(frames, 4.0)
    if frames:
        count[0] -= 2.0
        count[-1] -= 2.0
    return count
