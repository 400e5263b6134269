"""The left ear: rings from the skull over the helix into the concha, in a plate set off from the head."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline

from maya_a2f.training.head.forms import Array, projected

PLACES = 28
# Outline in the plate (back, up) in centimetres from its origin, clockwise seen from the left: from the upper front.
OUTLINE = (
    (0.1, 1.9), (0.55, 2.75), (1.35, 3.2), (2.2, 2.95), (2.8, 2.1), (2.85, 1.0),
    (2.5, -0.2), (2.0, -1.3), (1.45, -2.3), (0.75, -2.75), (0.15, -2.4), (-0.1, -1.5), (-0.15, -0.4), (-0.05, 0.8),
)  # fmt: skip
ORIGIN = (6.75, -1.25, 0.1)


def plate() -> tuple[Array, Array, Array]:
    """Axes of the ear's plate: back (flaring outwards), up (leaning back) and out."""
    up = np.array([0.06, 0.97, -0.2])
    up /= np.linalg.norm(up)
    back = np.array([0.42, -0.12, -0.9])
    back -= up * (back @ up)
    back /= np.linalg.norm(back)
    return back, up, np.cross(back, up) * -1.0


def outline() -> Array:
    """(28, 2) closed curve in plate coordinates; place 0 is the upper front."""
    points = np.array([*OUTLINE, OUTLINE[0]])
    step = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    spline = CubicSpline(step, points, bc_type="periodic")
    return np.asarray(spline(np.linspace(0.0, step[-1], PLACES + 1)[:-1]))


def ear_rings() -> tuple[Array, Array]:
    """Rings 1..8 (8, 28, 3) and, for the rim on the skull (ring 0), rough positions (28, 3)."""
    back, up, out = plate()
    if out[0] < 0:
        out = -out
    curve = outline()
    middle = np.array([1.25, 0.2])
    free = np.clip((curve[:, 0] - 0.1) / 1.2, 0.0, 1.0)[:, None]
    origin = np.asarray(ORIGIN)

    def at(scale: float, offset: float, bound: float) -> Array:
        flat = middle + scale * (curve - middle)
        lift = bound * (1.0 - free) + offset * free
        plane = origin + flat[:, :1] * back + flat[:, 1:] * up
        # The front edge lies on the skull, the back stands off in its plate.
        return np.asarray(plane + (1.0 - free) * (projected(plane, 6) - plane) + lift * out)

    skull = projected(at(1.22, -0.6, 0.0), 6)
    root_flat = middle + 0.86 * (curve - middle) + np.column_stack([-0.5 * free[:, 0], 0 * free[:, 0]])
    root = projected(origin + root_flat[:, :1] * back + root_flat[:, 1:] * up, 6)
    root = np.where(free > 0.02, root, projected(at(1.0, 0.0, 0.0), 6))
    tragus = 0.22 * np.exp(-(((curve[:, 1] + 0.35) / 0.55) ** 2))[:, None] * (1.0 - free)
    rings = [
        root,
        at(0.98, -0.24, 0.0),
        at(1.0, 0.02, 0.0),
        at(0.93, 0.2, 0.01),
        at(0.8, -0.06, 0.03) + 0.6 * tragus * out,
        at(0.68, -0.12, 0.05) + tragus * out,
        at(0.56, 0.12, 0.04) + tragus * out,
        at(0.42, -0.3, -0.22),
    ]
    return np.stack(rings), skull
