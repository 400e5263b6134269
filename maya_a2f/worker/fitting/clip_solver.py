"""Bounded, sparse, smooth least squares for all frames of a clip at once.

Minimises over 0 ≤ x ≤ u, for every frame t:

    ½ xᵀ H x − bₜᵀ x + lᵀ x + ½ Σᵣ ωᵣₜ (cᵣᵀ x − dᵣₜ)² + ½ τ ‖xₜ − xₜ₋₁‖²

H is positive definite, so the minimum is one point. It is walked to by projected gradients with momentum, started anew
whenever the momentum points uphill (A. Beck, M. Teboulle, SIAM J. Imaging Sci. 2, 2009; B. O'Donoghue, E. Candès,
Found. Comput. Math. 15, 2015), on variables scaled to one curvature. All frames take each step together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maya_a2f.worker.fitting.surface import Doubles

Floats = npt.NDArray[np.float32]

_MOST_STEPS = 4000
_ENOUGH = 2e-5
"""Largest change of a variable in a step that ends the walk; what is still missing is some hundred times that."""
_LOOKS = 8
"""Steps from one look at the change to the next."""


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
    if b.shape[1] == 0:
        return np.zeros_like(b)
    weights = contacts.weights
    strongest = weights.max(axis=1, initial=0.0)
    curved = h + contacts.rows.T @ (strongest[:, None] * contacts.rows)
    scale = 1.0 / np.sqrt(np.maximum(np.diag(curved) + 4.0 * smoothing, 1e-12))[:, None]
    curvature = float(np.linalg.eigvalsh(curved * scale * scale.T)[-1]) + float((4.0 * smoothing * scale**2).max())
    rows = contacts.rows * scale.T
    pull = (b - linear[:, None]) * scale
    most = np.broadcast_to(upper[:, None] / scale, b.shape).astype(np.float32)
    enough = (_ENOUGH / scale).astype(np.float32)
    downhill = _Downhill(
        (np.eye(len(h)) - h * scale * scale.T / curvature).astype(np.float32),
        ((pull + rows.T @ (weights * contacts.goals)) / curvature).astype(np.float32),
        rows.astype(np.float32),
        (-rows.T / curvature).astype(np.float32),
        weights.astype(np.float32),
        (smoothing / curvature * scale**2).astype(np.float32),
    )
    start = np.clip(np.linalg.solve(h, b - linear[:, None]) / scale, 0.0, upper[:, None] / scale)
    x: Floats = start.astype(np.float32)
    ahead, momentum = x.copy(), 1.0
    for number in range(1, _MOST_STEPS + 1):
        moved = downhill.step(ahead)
        np.maximum(moved, 0.0, out=moved)
        np.minimum(moved, most, out=moved)
        step = moved - x
        if number % _LOOKS == 0:
            check()
            if (np.abs(step) < enough).all():
                x = moved
                break
        ahead -= moved
        if float(np.vdot(ahead, step)) > 0.0:
            momentum = 1.0
        following = (1.0 + np.sqrt(1.0 + 4.0 * momentum**2)) / 2.0
        ahead = np.float32((momentum - 1.0) / following) * step
        ahead += moved
        x, momentum = moved, following
    return np.minimum(x.astype(np.float64) * scale, upper[:, None])


@dataclass(frozen=True, eq=False)
class _Downhill:
    """One step of the walk without its bounds, in single precision: what that rounds is below what ends the walk."""

    kept: Floats
    """(K, K) the unit matrix less the curvature's share."""
    pull: Floats
    """(K, F)"""
    rows: Floats
    """(R, K)"""
    back: Floats
    """(K, R) what a gap asks of the variables."""
    weights: Floats
    """(R, F)"""
    calm: Floats
    """(K, 1) towards the neighbouring frames."""

    def step(self, x: Floats) -> Floats:
        moved: Floats = self.kept @ x
        moved += self.pull
        gaps = self.rows @ x
        gaps *= self.weights
        moved += self.back @ gaps
        change = x[:, 1:] - x[:, :-1]
        change *= self.calm
        moved[:, :-1] += change
        moved[:, 1:] -= change
        return moved
