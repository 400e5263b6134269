"""A picture of a rig that was read from a file: the face at rest, then one cell per control at its full value.

What differs from rest is tinted, so that a shape that does nothing, or moves something unexpected, is seen at once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maya_a2f.core.head import Joint, Material
from maya_a2f.core.rig_description import Control, ControlSample, RigDescription
from maya_a2f.preview.arrays import Picture
from maya_a2f.preview.camera import frame_head
from maya_a2f.preview.head_mesh import HeadMesh, HeadPart, ShapeDelta, quads_of_faces
from maya_a2f.preview.lettering import draw_label, label_width
from maya_a2f.preview.png import write_png
from maya_a2f.preview.posing import HeadPoser
from maya_a2f.preview.renderer import open_renderer
from maya_a2f.preview.surface import build_surface

MOST_CELLS = 120
_CELL = (200, 226)
_COLUMNS = 8
_MARGIN = 6
_LARGEST_LETTER = 12
_OUR_SIZE = 30.0
"""Centimetres: pictures are lit and framed for a head of about this size."""
_SKIN = (0.44, 0.37, 0.33)
_GROUND = (12, 14, 17)
_MOVED = (255, 122, 32)
_TINT = 0.5
_FAR = 0.35
"""Share of a shape's farthest vertex that counts as moving far."""
_PAD = 0.12
_CLEAR_CHANGE = 40.0
"""Difference of brightness, of 255, that gets the full tint."""
_JOINT = "rig"


def draw_rig(rig: RigDescription, labels: Mapping[str, str], path: Path) -> tuple[int, int]:
    """Write the PNG; ``labels`` say what stands under an attribute's own name ("-> jawOpen").

    Returns how many controls are drawn, and how many are not for want of room.
    """
    moving = [control for control in rig.controls if control.samples]
    shown = moving[: MOST_CELLS - 1]
    with contextlib.closing(_Sheet(rig, len(shown) + 1)) as sheet:
        sheet.add("at rest", "", None)
        for at, control in enumerate(shown):
            sheet.add(control.attribute, labels.get(control.attribute, ""), at)
    write_png(sheet.picture, path)
    return len(shown), len(moving) - len(shown)


class _Sheet:
    """Cells row by row."""

    def __init__(self, rig: RigDescription, count: int) -> None:
        self._points = _rows(rig.points)
        size = float(np.linalg.norm(np.ptp(self._points, axis=0))) or 1.0
        self._factor = _OUR_SIZE / size
        quads, _ = quads_of_faces(np.array(rig.face_counts, np.int32), np.array(rig.face_indices, np.int32))
        shapes = {}
        for at, control in enumerate(item for item in rig.controls if item.samples):
            sample = _full(control)
            deltas = (_rows(sample.deltas) * self._factor).astype(np.float32)
            shapes[f"s{at}"] = ShapeDelta(np.array(sample.indices, np.int32), deltas)
        rest = (self._points * self._factor).astype(np.float32)
        part = HeadPart("face", _JOINT, rest, quads, ("skin",), np.zeros(len(quads), np.int32), shapes)
        joint = Joint(_JOINT, None, (0.0, 0.0, 0.0))
        head = HeadMesh("rig", (part,), (joint,), {"skin": Material(_SKIN, 0.2, 0.55)})
        self._poser = HeadPoser(head)
        self._camera = frame_head(_frame_of(head), _CELL[0] / _CELL[1], "front")
        self._drawer = open_renderer(build_surface(head), _CELL, "auto")
        self._rest = self._drawn({})
        self._at = 0
        self._columns = min(_COLUMNS, count)
        rows = -(-count // self._columns)
        self.picture: Picture = np.full((rows * _CELL[1], self._columns * _CELL[0], 3), _GROUND, np.uint8)

    def close(self) -> None:
        """Give back what the renderer holds."""
        self._drawer.close()

    def add(self, name: str, label: str, shape: int | None) -> None:
        """Draw the next cell: a moving control by its number, None for rest."""
        cell = self._rest.copy() if shape is None else _tinted(self._drawn({f"face_shapes.s{shape}": 1.0}), self._rest)
        _write(cell, name, label)
        top, left = self._at // self._columns * _CELL[1], self._at % self._columns * _CELL[0]
        self.picture[top : top + _CELL[1], left : left + _CELL[0]] = cell
        self._at += 1

    def _drawn(self, values: Mapping[str, float]) -> Picture:
        posed = self._poser.pose(values)
        return np.ascontiguousarray(self._drawer.render(posed.points[0], posed.normals[0], self._camera))


def _frame_of(head: HeadMesh) -> HeadMesh:
    """A box around what moves far, for the camera to look at; around everything where nothing moves."""
    (part,) = head.parts
    strong = [
        shape.indices[lengths > _FAR * lengths.max()]
        for shape in part.shapes.values()
        if len(lengths := np.linalg.norm(shape.deltas, axis=1))
    ]
    moved = part.points[np.unique(np.concatenate(strong))] if strong else part.points
    low, high = np.percentile(moved, 1, axis=0), np.percentile(moved, 99, axis=0)
    pad = _PAD * (high - low)
    low, high = low - pad, high + pad
    low[1] -= (high[1] - low[1]) / 3  # a camera that knows no jaw cuts off the lower quarter
    corners = np.stack([low, high]).astype(np.float32)
    box = HeadPart(part.name, part.joint, corners, part.quads[:0], part.quad_materials, part.quad_material[:0], {})
    return HeadMesh(head.name, (box,), head.joints, head.materials)


def _full(control: Control) -> ControlSample:
    """The sample farthest from rest."""
    return max(control.samples, key=lambda sample: abs(sample.value - control.rest))


def _rows(flat: Sequence[float]) -> NDArray[np.float64]:
    return np.array(flat, np.float64).reshape(-1, 3)


def _tinted(cell: Picture, rest: Picture) -> Picture:
    """The cell, warm where it differs from rest."""
    change = np.abs(cell.astype(np.float32) - rest.astype(np.float32)).max(axis=2, keepdims=True)
    share = np.clip(change / _CLEAR_CHANGE, 0.0, 1.0) * _TINT
    mixed: Picture = (cell * (1 - share) + np.array(_MOVED, np.float32) * share).astype(np.uint8)
    return mixed


def _write(cell: Picture, name: str, label: str) -> None:
    lines = [line for line in (name, label) if line]
    height, width = cell.shape[:2]
    strip = cell[height - 2 * _MARGIN - len(lines) * (_LARGEST_LETTER + _MARGIN) + _MARGIN :]
    strip[:] = strip // 3
    for row, line in enumerate(lines):
        letter = _LARGEST_LETTER
        while letter > 6 and label_width(line, letter) > width - 2 * _MARGIN:
            letter -= 1
        while len(line) > 4 and label_width(line, letter) > width - 2 * _MARGIN:
            line = "…" + line[2:]
        bottom = height - _MARGIN - (len(lines) - row) * (_LARGEST_LETTER + _MARGIN) + _MARGIN
        draw_label(cell, line, _MARGIN, bottom, height=letter)
