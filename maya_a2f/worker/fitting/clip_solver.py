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

from maya_a2f.worker.fitting.surface import Doubles

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
    scaled, rows, calm = h * scale * scale.T, contacts.rows * scale.T, smoothing * scale**2
    pull = (b - linear[:, None]) * scale
    most = upper[:, None] / scale
    enough = _ENOUGH / scale

    def downhill(x: Doubles) -> Doubles:
        """Where a step from ``x`` ends, bounds aside."""
        gradient = scaled @ x
        gradient -= pull
        gradient += rows.T @ (weights * (rows @ x - contacts.goals))
        change = calm * (x[:, 1:] - x[:, :-1])
        gradient[:, :-1] -= change
        gradient[:, 1:] += change
        gradient *= -1.0 / curvature
        gradient += x
        return gradient

    x: Doubles = np.clip(np.linalg.solve(h, b - linear[:, None]) / scale, 0.0, most)
    ahead, momentum = x, 1.0
    for number in range(1, _MOST_STEPS + 1):
        moved = np.minimum(np.maximum(downhill(ahead), 0.0), most)
        step = moved - x
        if number % _LOOKS == 0:
            check()
            if (np.abs(step) < enough).all():
                return moved * scale
        if float(np.vdot(ahead - moved, step)) > 0.0:
            momentum = 1.0
        following = (1.0 + np.sqrt(1.0 + 4.0 * momentum**2)) / 2.0
        ahead = moved + ((momentum - 1.0) / following) * step
        x, momentum = moved, following
    return x * scale
