"""The lips of the shipped head under given weights: gap of the inner lips and distance of the mouth corners.

Shapes add linearly, so only the landmark vertices are moved. The jaw joint is not used: the shape ``jawOpen`` opens the
mouth already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maya_a2f.core.head import Head, HeadMesh
from maya_a2f.errors import EngineError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LipCurves:
    """What the mouth does."""

    gap_cm: FloatArray
    """(frames,) height between the inner lips above that at rest; 0 is closed, negative is pressed."""
    width_cm: FloatArray
    """(frames,) distance of the mouth corners minus that at rest."""
    shapes: tuple[str, ...]
    """Weights that moved one of the landmarks."""


def measure_lips(head: Head, tracks: Mapping[str, FloatArray], frame_count: int) -> LipCurves:
    """Move the landmarks of ``head`` by (frames,) weights. Raises :class:`EngineError` ``head.no_lips``."""
    face, upper, lower, corners = _landmarks(head)
    ids = np.array([*upper, *lower, *corners])
    rest = np.array(face.points, np.float64).reshape(-1, 3)[ids]
    points = np.repeat(rest[None], frame_count, axis=0)
    used = []
    for name, moves in _moves(face, ids).items():
        if name in tracks:
            points += np.asarray(tracks[name])[:, None, None] * moves
            used.append(name)
    count = len(upper)
    gap = points[:, :count, 1].mean(1) - points[:, count : count + len(lower), 1].mean(1)
    rest_gap = rest[:count, 1].mean() - rest[count : count + len(lower), 1].mean()
    width = np.linalg.norm(points[:, -2] - points[:, -1], axis=1) - np.linalg.norm(rest[-2] - rest[-1])
    return LipCurves(gap - rest_gap, width, tuple(used))


_moves_of: list[tuple[HeadMesh, dict[str, FloatArray]]] = []
"""Of the face that was measured last: a batch measures the same one again and again."""


def _moves(face: HeadMesh, ids: NDArray[np.intp]) -> dict[str, FloatArray]:
    """Shape -> (landmarks, 3) by how much it moves them at full weight, for those that move any."""
    if _moves_of and _moves_of[0][0] is face:
        return _moves_of[0][1]
    found: dict[str, FloatArray] = {}
    for name, shape in face.shapes.items():
        indices = np.array(shape.indices)
        if np.isin(ids, indices).any():
            moved = np.zeros((face.vertex_count, 3))
            moved[indices] = np.array(shape.deltas, np.float64).reshape(-1, 3)
            found[name] = moved[ids]
    _moves_of[:] = [(face, found)]
    return found


def _landmarks(head: Head) -> tuple[HeadMesh, list[int], list[int], list[int]]:
    """The face, and the vertex ids of the inner lips, upper and lower, and of the corners."""
    try:
        marks = head.landmarks
        corners = [int(marks["mouthCornerLeft"]), int(marks["mouthCornerRight"])]
        return (
            head.mesh("face"),
            list(map(int, marks["lipUpperInner"])),
            list(map(int, marks["lipLowerInner"])),
            corners,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise EngineError(
            f"The head '{head.name}' does not say where its lips are ({error}).",
            code="head.no_lips",
            hint="Use the shipped head, or add lipUpperInner, lipLowerInner, mouthCornerLeft and mouthCornerRight.",
        ) from error
