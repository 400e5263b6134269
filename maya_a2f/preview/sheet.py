"""Contact sheets: many labelled poses of one head in one picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from maya_a2f.errors import UserError
from maya_a2f.preview.arrays import Picture
from maya_a2f.preview.camera import Camera, Crop, View, frame_head
from maya_a2f.preview.head_mesh import HeadMesh
from maya_a2f.preview.lettering import draw_label, label_width
from maya_a2f.preview.png import write_png
from maya_a2f.preview.posing import HeadPoser
from maya_a2f.preview.renderer import RendererName, open_renderer
from maya_a2f.preview.surface import build_surface

_LABEL_MARGIN = 6
_LARGEST_LETTER = 12


def render_sheet(
    head: HeadMesh,
    poses: Sequence[tuple[str, Mapping[str, float]]],
    out_png: Path,
    columns: int = 8,
    cell: tuple[int, int] = (240, 270),
    *,
    view: View = "front",
    crop: Crop = "face",
    camera: Camera | None = None,
    renderer: RendererName = "auto",
    poser: HeadPoser | None = None,
) -> Picture:
    """Draw every (label, attribute values) pose into a cell, row by row; write the PNG and return the picture.

    Raises :class:`UserError` ``preview.empty`` without poses, and as :func:`~maya_a2f.preview.movie.render_movie`.
    """
    if not poses:
        raise UserError("There are no poses to draw.", code="preview.empty", hint="Name at least one shape.")
    columns = max(1, min(columns, len(poses)))
    rows = -(-len(poses) // columns)
    width, height = cell
    sheet = np.empty((rows * height, columns * width, 3), np.uint8)
    sheet[:] = (12, 14, 17)
    poser = poser or HeadPoser(head)
    camera = camera or frame_head(head, width / height, view, crop)
    with open_renderer(build_surface(head), cell, renderer) as drawer:
        for index, (label, values) in enumerate(poses):
            posed = poser.pose(values)
            picture = drawer.render(posed.points[0], posed.normals[0], camera)
            _write_label(picture, label)
            top, left = index // columns * height, index % columns * width
            sheet[top : top + height, left : left + width] = picture
    write_png(sheet, out_png)
    return sheet


def _write_label(picture: Picture, label: str) -> None:
    height, width = picture.shape[:2]
    letter = _LARGEST_LETTER
    while letter > 6 and label_width(label, letter) > width - 2 * _LABEL_MARGIN:
        letter -= 1
    strip = picture[height - letter - 3 * _LABEL_MARGIN :]
    strip[:] = strip // 3
    draw_label(picture, label, _LABEL_MARGIN, height - letter - 2 * _LABEL_MARGIN, height=letter)
