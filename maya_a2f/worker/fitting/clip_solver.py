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

_MOST_SWEEPS = 400
_ENOUGH = 2e-5
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
    x = np.clip(np.linalg.solve(h, b - linear[:, None]), 0.0, upper[:, None])
    rows, weights = contacts.rows, contacts.weights
    short = rows @ x - contacts.goals
    diagonal = np.diag(h)[:, None] + (rows**2).T @ weights + _neighbour_count(frames)[None] * smoothing
    pull = b - linear[:, None]
    for _ in range(_MOST_SWEEPS):
        check()
        largest = 0.0
        for k in range(size):
            gradient = h[k] @ x - pull[k] + rows[:, k] @ (weights * short)
            if smoothing > 0.0 and frames > 1:
                step = np.diff(x[k])
                gradient[:-1] -= smoothing * step
                gradient[1:] += smoothing * step
            moved = np.clip(x[k] - gradient / diagonal[k], 0.0, upper[k]) - x[k]
            change = float(np.abs(moved).max()) if frames else 0.0
            if change > 0.0:
                x[k] += moved
                short += rows[:, k, None] * moved
                largest = max(largest, change)
        if largest < _ENOUGH:
            break
    return x


def _neighbour_count(frames: int) -> Doubles:
    # Neighbours move in the same step; twice their number on the diagonal keeps that a descent.
    count = np.full(frames, 4.0)
    if frames:
        count[0] -= 2.0
        count[-1] -= 2.0
    return count
