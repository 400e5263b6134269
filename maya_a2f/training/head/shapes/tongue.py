"""The 16 tongue shapes (and the tongue's part in tongueOut), written in the tongue's own frame."""

from __future__ import annotations

import numpy as np

from maya_a2f.training.head.fields import ramp
from maya_a2f.training.head.forms import Array


def tongue_shapes(points: Array, places: Array) -> dict[str, Array]:
    """Displacements (V, 3) per shape; ``places`` as :func:`maya_a2f.training.head.tongue.tongue` gives them."""
    t, side, height = places.T
    x = points[:, 0]
    tip = ramp(t, 0.55, 1.0)
    body = np.sin(np.pi * np.clip((t - 0.1) / 0.9, 0, 1)) ** 1.2
    free = ramp(t, 0.05, 0.6)
    edge = np.abs(side) ** 1.5
    zero = np.zeros(len(points))

    def xyz(dx: Array, dy: Array, dz: Array) -> Array:
        return np.column_stack([dx, dy, dz])

    left_edge, right_edge = edge * (side > 0), edge * (side < 0)
    return {
        "tongueTipUp": xyz(zero, 1.15 * tip**1.2, -0.25 * tip),
        "tongueTipDown": xyz(zero, -0.8 * tip**1.2, -0.1 * tip),
        "tongueTipLeft": xyz(0.9 * tip, zero, -0.15 * tip),
        "tongueTipRight": xyz(-0.9 * tip, zero, -0.15 * tip),
        "tongueRollUp": xyz(-0.25 * x * free, 0.75 * edge * free - 0.15 * (1 - edge) * free, zero),
        "tongueRollDown": xyz(-0.12 * x * free, -0.55 * edge * free + 0.15 * (1 - edge) * free, zero),
        "tongueRollLeft": xyz(zero, (0.6 * left_edge - 0.45 * right_edge) * free, zero),
        "tongueRollRight": xyz(zero, (0.6 * right_edge - 0.45 * left_edge) * free, zero),
        "tongueUp": xyz(zero, 0.85 * body * (0.5 + 0.5 * height), zero),
        "tongueDown": xyz(zero, -0.6 * body * (0.4 + 0.6 * height), zero),
        "tongueLeft": xyz(0.8 * free, zero, zero),
        "tongueRight": xyz(-0.8 * free, zero, zero),
        "tongueIn": xyz(zero, 0.25 * body, -1.3 * free),
        "tongueStretch": xyz(-0.12 * x * free, -0.05 * free, 1.1 * free),
        "tongueWide": xyz(0.3 * x * (0.4 + 0.6 * free), -0.12 * height * free, zero),
        "tongueNarrow": xyz(-0.3 * x * (0.4 + 0.6 * free), 0.12 * height * free, zero),
    }


def tongue_out(places: Array, points: Array) -> Array:
    """The tongue's part of tongueOut: forward between the lips and down over the lower one."""
    t = places[:, 0]
    free = ramp(t, 0.1, 0.85)
    droop = 0.75 * ramp(t, 0.72, 1.0)
    return np.column_stack([-0.1 * points[:, 0] * free, 0.75 * ramp(t, 0.2, 0.6) - droop, 4.3 * free])
