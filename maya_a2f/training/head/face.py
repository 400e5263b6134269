"""The whole face at rest, with the places of its features on both sides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from maya_a2f.training.head import eyes, mouth
from maya_a2f.training.head.face_surface import half_points
from maya_a2f.training.head.forms import Array
from maya_a2f.training.head.topology import HalfFace, Ids, Mirror, half_face, mirrored


@dataclass(frozen=True)
class Face:
    """Rest points and labels; ids below ``half.count`` are the left half."""

    half: HalfFace
    mirror: Mirror
    points: Array
    """(V, 3) centimetres."""
    lip_ring: Ids
    """(V,) ring round the mouth (0 outermost), -1 elsewhere."""
    lip_place: Array
    """(V,) 0 at the midline, 1 at the mouth corner; 0 where there is no ring."""
    lip_side: Ids
    """(V,) +1 upper lip, -1 lower lip, 0 corner or elsewhere."""
    column: Ids
    """(V,) grid column, -1 off the grid."""
    row: Ids
    """(V,) grid row, -1 off the grid."""

    @property
    def count(self) -> int:
        return len(self.points)

    def swapped(self, field: Array) -> Array:
        """The mirror image of a displacement field (V, 3)."""
        return np.asarray(field[self.mirror.twin] * np.array([-1.0, 1.0, 1.0]))


def build_face() -> Face:
    """The face at rest; deterministic."""
    half = half_face()
    mirror = mirrored(half)
    points = half_points(half)[mirror.left_of].copy()
    points[half.count :, 0] *= -1.0
    ring = np.full(half.count, -1)
    place = np.zeros(half.count)
    side = np.zeros(half.count, dtype=np.int64)
    places = mouth.lip_places()
    for r, ids in enumerate(half.mouth):
        ring[ids], place[ids], side[ids] = r, places.along, places.upper.astype(int) - places.lower.astype(int)
    column = np.full(half.count, -1)
    row = np.full(half.count, -1)
    for c in range(half.grid.shape[0]):
        for r in range(half.grid.shape[1]):
            if half.grid[c, r] >= 0:
                column[half.grid[c, r]], row[half.grid[c, r]] = c, r
    of = mirror.left_of
    return Face(half, mirror, points, ring[of], place[of], side[of], column[of], row[of])


def lid_partners() -> tuple[Ids, Ids]:
    """Ring places of the upper lid between the corners, and of the lower lid's vertices under them."""
    upper = (eyes.INNER + np.arange(1, 14)) % eyes.PLACES
    lower = (eyes.INNER - np.arange(1, 14)) % eyes.PLACES
    return upper, lower
