"""Where the camera stands, and how it frames a head."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from maya_a2f.preview.head_mesh import HeadMesh, HeadPart

View = Literal["three_quarter", "front", "side"]
Crop = Literal["head", "face"]
"""How much is shown: from crown to chin, or from brows to chin."""

_YAW_DEGREES: dict[str, float] = {"three_quarter": 12.0, "front": 0.0, "side": 68.0}
_PITCH_DEGREES = 1.0
_FIELD_OF_VIEW_DEGREES = 17.0
_MARGIN = 0.07
_OPEN_MOUTH_SHARE = 0.45


@dataclass(frozen=True)
class Camera:
    """A perspective camera; world space, centimetres, y up."""

    position: tuple[float, float, float]
    target: tuple[float, float, float]
    vertical_field_degrees: float = _FIELD_OF_VIEW_DEGREES
    near: float = 10.0
    far: float = 500.0

    def axes(self) -> NDArray[np.float64]:
        """(3, 3) rows: right, up, backwards (towards the viewer)."""
        # Plain arithmetic: this is asked for at every frame, and numpy's cross product of single vectors is slow.
        bx, by, bz = (a - b for a, b in zip(self.position, self.target, strict=True))
        length, across = math.hypot(bx, by, bz), math.hypot(bx, bz)
        bx, by, bz = bx / length, by / length, bz / length
        rx, rz = bz * length / across, -bx * length / across
        return np.array([(rx, 0.0, rz), (by * rz, bz * rx - bx * rz, -by * rx), (bx, by, bz)])

    def view_projection(self, aspect: float) -> NDArray[np.float64]:
        """(4, 4) world -> clip space, for column vectors; clip y up, depth -1 near … 1 far."""
        view = np.eye(4)
        view[:3, :3] = self.axes()
        view[:3, 3] = -view[:3, :3] @ self.position
        scale = 1.0 / math.tan(math.radians(self.vertical_field_degrees) / 2)
        projection = np.zeros((4, 4))
        projection[0, 0], projection[1, 1] = scale / aspect, scale
        projection[2, 2] = (self.far + self.near) / (self.near - self.far)
        projection[2, 3] = 2 * self.far * self.near / (self.near - self.far)
        projection[3, 2] = -1.0
        return projection @ view


def frame_head(head: HeadMesh, aspect: float, view: View = "three_quarter", crop: Crop = "head") -> Camera:
    """A camera that shows the head (or its face) with a margin, the neck running out of the picture.

    Height: from the top of the face mesh to the chin with the mouth fairly open. A narrow picture is fitted by width.
    """
    face = face_part(head)
    low, high = _head_extent(face) if crop == "head" else _features_extent(face)
    center = (low + high) / 2
    yaw, pitch = math.radians(_YAW_DEGREES[view]), math.radians(_PITCH_DEGREES)
    direction = np.array([math.sin(yaw) * math.cos(pitch), math.sin(pitch), math.cos(yaw) * math.cos(pitch)])
    half_height = (high[1] - low[1]) / 2 * (1 + 2 * _MARGIN)
    half_width = max(high[0] - low[0], 0.8 * (high[2] - low[2]) * math.sin(yaw)) / 2 * (1 + 2 * _MARGIN)
    half = max(half_height, half_width / aspect)
    distance = half / math.tan(math.radians(_FIELD_OF_VIEW_DEGREES) / 2) + (high[2] - low[2]) / 2
    x, y, z = (float(value) for value in center + direction * distance)
    camera = Camera((x, y, z), (float(center[0]), float(center[1]), float(center[2])))
    return replace(camera, near=distance * 0.3, far=distance * 3)


def face_part(head: HeadMesh) -> HeadPart:
    """The mesh that is the face: the one named so, else the largest."""
    return head.part("face") or max(head.parts, key=lambda part: len(part.points))


def _features_extent(face: HeadPart) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The box around all that the face's shapes clearly move; the head's where there are no shapes."""
    low, high = _head_extent(face)
    strong = [
        shape.indices[np.linalg.norm(shape.deltas, axis=1) > 0.35 * np.linalg.norm(shape.deltas, axis=1).max()]
        for shape in face.shapes.values()
        if len(shape.indices)
    ]
    if not strong:
        return low, high
    moved = face.points[np.unique(np.concatenate(strong))].astype(np.float64)
    high[1] = min(high[1], moved[:, 1].max() + 0.1 * (moved[:, 1].max() - low[1]))
    low[0], high[0] = moved[:, 0].min(), moved[:, 0].max()
    return low, high


def _head_extent(face: HeadPart) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Corners of the box to be framed. Without a shape that opens the mouth: the upper three quarters of the mesh."""
    points = face.points.astype(np.float64)
    low, high = points.min(0), points.max(0)
    opening = face.shapes.get("jawOpen")
    if opening is None or not len(opening.indices):
        low[1] += (high[1] - low[1]) * 0.25
        return low, high
    moved, deltas = points[opening.indices], opening.deltas.astype(np.float64)
    chin = moved[np.linalg.norm(deltas, axis=1) > 0.5 * np.linalg.norm(deltas, axis=1).max()]
    drop = max(0.0, -float(deltas[:, 1].min()))
    low[1] = chin[:, 1].min() - _OPEN_MOUTH_SHARE * drop
    above_chin = points[points[:, 1] > low[1]]
    low[[0, 2]], high[[0, 2]] = above_chin.min(0)[[0, 2]], above_chin.max(0)[[0, 2]]
    return low, high
