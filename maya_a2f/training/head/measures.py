"""Figures of the finished head: lip gap and mouth width per shape, by the asset's own landmarks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from maya_a2f.training.head.forms import Array
from maya_a2f.training.head.model import Head


@dataclass(frozen=True)
class MouthMeasure:
    """Change per unit weight."""

    gap_cm: float
    width_cm: float


def mouth_of(head: Head, points: Array) -> tuple[float, float]:
    """(gap, width) in centimetres of face points (V, 3)."""
    contact_upper, contact_lower = head.landmarks["lipUpperInner"], head.landmarks["lipLowerInner"]
    gap = points[contact_upper, 1].mean() - points[contact_lower, 1].mean()
    corners = points[head.landmarks["mouthCornerLeft"]] - points[head.landmarks["mouthCornerRight"]]
    return float(gap), float(np.linalg.norm(corners))


def measure_shapes(head: Head) -> dict[str, MouthMeasure]:
    """One :class:`MouthMeasure` for each shape of the face."""
    face = head.meshes["face"]
    gap, width = mouth_of(head, face.points)
    table = {}
    for name, deltas in face.shapes.items():
        g, w = mouth_of(head, face.points + deltas)
        table[name] = MouthMeasure(g - gap, w - width)
    return table
