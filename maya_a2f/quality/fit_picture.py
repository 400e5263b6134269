"""A fit as one picture: their face coloured by what stays undone, and bars per region and per control."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from maya_a2f.core.atomic_file import write_atomically
from maya_a2f.quality.picture import start_qt

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from maya_a2f.worker.fitting.fit_data import Fit
    from maya_a2f.worker.fitting.fitting import ShownFit

Doubles = NDArray[np.float64]

WIDTH_PIXELS, HEIGHT_PIXELS = 1600, 900
_FACE = 520
"""Width of one view."""
_TOP, _LEFT = 96, 36
_LEAST_CM = 0.03
"""Vertices that are asked for less are drawn without a colour."""
_MOST_ROWS = 34
_LIGHT = np.array([0.35, 0.45, 0.82])
_SKIN = np.array([118.0, 124.0, 134.0])
_GOOD, _POOR = 0.35, 0.7


def write_fit_picture(made: Fit, shown: ShownFit, path: Path) -> None:
    """Draw and write a PNG. Raises :class:`EngineError` ``report.no_qt`` or ``report.no_letters`` where pictures cannot
    be drawn, :class:`HostError` for the file."""
    write_atomically(path, fit_picture_png(made, shown))


def fit_picture_png(made: Fit, shown: ShownFit) -> bytes:
    """The content of the PNG file."""
    start_qt()
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice
    from PySide6.QtGui import QImage, QPainter

    from maya_a2f.quality.palette import BACKGROUND, color

    image = QImage(WIDTH_PIXELS, HEIGHT_PIXELS, QImage.Format.Format_RGB32)
    image.fill(color(BACKGROUND))
    painter = QPainter(image)
    _draw_title(painter, made)
    colours = _colours(shown)
    _draw_face(painter, shown, colours, 0.0, _LEFT)
    _draw_face(painter, shown, colours, 50.0, _LEFT + _FACE)
    _draw_scale(painter)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _draw_bars(painter, made, _LEFT + 2 * _FACE + 40)
    painter.end()
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(content.data())


def _draw_title(painter: QPainter, made: Fit) -> None:
    from PySide6.QtCore import QRectF, Qt

    from maya_a2f.quality.palette import FAINT, TEXT, VERDICTS, color, letters

    quality = made.quality
    painter.setPen(color(TEXT))
    painter.setFont(letters(26, bold=True))
    painter.drawText(_LEFT, 46, f"Fit of '{made.name}'")
    painter.setFont(letters(15))
    painter.setPen(color(VERDICTS["good" if quality.is_good else "bad"]))
    words = "Good." if quality.is_good else " ".join(quality.problems)
    painter.drawText(QRectF(_LEFT, 56, 1040, 40), Qt.TextFlag.TextWordWrap, words)
    painter.setPen(color(FAINT))
    facts = (
        f"{len(made.controls)} controls, {len(quality.matched)} of our {len(made.shapes)} shapes are poses of theirs; "
        f"surfaces {quality.registration_cm * 10:.1f} mm apart, {quality.covered:.0%} covered"
    )
    painter.drawText(QRectF(_LEFT + 620, 28, 900, 24), Qt.AlignmentFlag.AlignRight, facts)


def _colours(shown: ShownFit) -> Doubles:
    """(n, 3) by undone share; the colour of skin where nothing is asked or nothing undone."""
    share = np.clip(shown.undone / np.maximum(shown.wanted, 1e-9), 0.0, 1.0)
    share *= np.clip((shown.wanted - _LEAST_CM) / _LEAST_CM, 0.0, 1.0)
    return _scale()[(share * 255).astype(np.int64)]


def _scale() -> Doubles:
    """(256, 3) from skin to glowing."""
    from maya_a2f.quality.palette import heat

    share = np.linspace(0.0, 1.0, 256)
    hot = np.array([heat(0.35 + 0.65 * value) for value in share], dtype=np.float64)
    mixed = np.clip(1.6 * share, 0.0, 1.0)[:, None]
    return np.asarray((1.0 - mixed) * _SKIN + mixed * hot, dtype=np.float64)


def _draw_face(painter: QPainter, shown: ShownFit, colours: Doubles, degrees: float, left: float) -> None:
    """Triangles from far to near, lit from the front."""
    from PySide6.QtCore import QPointF, Qt
    from PySide6.QtGui import QColor, QPen, QPolygonF

    known = shown.wanted > 0
    middle = shown.points[known].mean(axis=0)
    low, high = shown.points[known].min(axis=0), shown.points[known].max(axis=0)
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), 0.0, -np.sin(angle)], [0.0, 1.0, 0.0], [np.sin(angle), 0.0, np.cos(angle)]])
    points = (shown.points - middle) @ turn.T
    corners = points[shown.triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(normals, axis=1)
    light = 0.32 + 0.68 * np.clip(normals @ _LIGHT / np.maximum(length, 1e-12), 0.0, 1.0)
    height = HEIGHT_PIXELS - _TOP - 80
    scale = min(height / (1.12 * (high[1] - low[1])), _FACE / (1.25 * (high[0] - low[0])))
    x, y = left + _FACE / 2 + scale * points[:, 0], _TOP + height / 2 - scale * points[:, 1]
    inside = ((y > _TOP) & (y < _TOP + height) & (np.abs(x - left - _FACE / 2) < _FACE / 2))[shown.triangles].all(
        axis=1
    )
    visible = np.flatnonzero((normals[:, 2] > 0) & (length > 0) & inside)
    order = visible[np.argsort(corners[visible, :, 2].mean(axis=1))]
    tints = np.clip(colours[shown.triangles].mean(axis=1) * light[:, None], 0, 255).astype(np.int64)
    for triangle in order:
        tint = QColor(*map(int, tints[triangle]))
        painter.setPen(QPen(tint, 1.0))
        painter.setBrush(tint)
        ids = shown.triangles[triangle]
        painter.drawPolygon(QPolygonF([QPointF(float(x[at]), float(y[at])) for at in ids]))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _draw_scale(painter: QPainter) -> None:
    from PySide6.QtGui import QColor

    from maya_a2f.quality.palette import FAINT, color, letters

    top, left, width = HEIGHT_PIXELS - 52, _LEFT + 380, 256
    for at, tint in enumerate(_scale().astype(np.int64)):
        painter.fillRect(left + at, top, 1, 12, QColor(*map(int, tint)))
    painter.setPen(color(FAINT))
    painter.setFont(letters(13))
    painter.drawText(left - 76, top + 11, "follows us")
    painter.drawText(left + width + 10, top + 11, "stays where it is")


def _draw_bars(painter: QPainter, made: Fit, left: int) -> None:
    from maya_a2f.quality.palette import TEXT, color, letters

    top = _TOP
    painter.setPen(color(TEXT))
    painter.setFont(letters(15, bold=True))
    painter.drawText(left, top, "Undone, by region")
    top += 12
    for name, share in made.quality.regions.items():
        top = _draw_bar(painter, name, share, left, top)
    top += 28
    painter.setPen(color(TEXT))
    painter.setFont(letters(15, bold=True))
    painter.drawText(left, top, "Undone where a control moves the face")
    top += 12
    rows = sorted(((control.attribute, control.residual) for control in made.controls), key=lambda row: -row[1])
    room = min(_MOST_ROWS, (HEIGHT_PIXELS - top - 40) // 18)
    for name, share in rows[:room]:
        top = _draw_bar(painter, name, share, left, top)
    if len(rows) > room:
        painter.setFont(letters(12))
        painter.drawText(left, top + 16, f"and {len(rows) - room} that follow better")


def _draw_bar(painter: QPainter, name: str, share: float, left: int, top: int) -> int:
    from PySide6.QtCore import QRectF, Qt

    from maya_a2f.quality.palette import FAINT, PANEL, TEXT, VERDICTS, color, letters

    label, width = 200, 200
    painter.setFont(letters(12))
    painter.setPen(color(TEXT))
    words = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, label - 10)
    painter.drawText(QRectF(left, top, label - 10, 18), Qt.AlignmentFlag.AlignVCenter, words)
    painter.fillRect(QRectF(left + label, top + 4, width, 10), color(PANEL))
    tint = color(VERDICTS["good" if share < _GOOD else "look at" if share < _POOR else "bad"])
    painter.fillRect(QRectF(left + label, top + 4, width * min(share, 1.0), 10), tint)
    painter.setPen(color(FAINT))
    painter.drawText(QRectF(left + label + width + 8, top, 48, 18), Qt.AlignmentFlag.AlignVCenter, f"{share:.0%}")
    return top + 18
