"""Our head from the front with the landmarks on it: which place is meant, which are picked, which comes next."""

from __future__ import annotations

import math
from collections.abc import Collection

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from maya_a2f.core.head import Head, HeadMesh
from maya_a2f.core.landmarks import LANDMARKS, landmark_places
from maya_a2f.core.rig import Triple
from maya_a2f.ui.theme import colours_of, line_height, mixed

_TURN = math.radians(14.0)
"""A little from the side: nose and chin stand out."""
_LIGHT = (-0.35, 0.45, 0.82)
_LEFT_OUT = ("hair",)
_MARGIN = 0.04
_ASIDE = {"lipUpper": -1.0, "lipLower": 1.2}
"""Dots of lips that touch would cover each other: up and down by radii."""


class LandmarkPicture(QWidget):
    """Draws the head once per size, the dots at every change."""

    chosen = Signal(str)
    """A dot was clicked."""

    def __init__(self, head: Head, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._faces = _faces(head)
        self._places = {name: _turned(place) for name, place in landmark_places(head).items()}
        points = [point for _, corners, _ in self._faces for point in corners]
        self._bounds = QRectF(
            QPointF(min(x for x, _ in points), min(y for _, y in points)),
            QPointF(max(x for x, _ in points), max(y for _, y in points)),
        )
        self._drawn: QPixmap | None = None
        self._picked: frozenset[str] = frozenset()
        self._current = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Picture of a face with numbered places")

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Twenty lines high."""
        return QSize(line_height(self) * 17, line_height(self) * 22)

    def show_state(self, picked: Collection[str], current: str) -> None:
        """Which landmarks have their vertex, and which is chosen."""
        self._picked, self._current = frozenset(picked), current
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Another size, another drawing."""
        self._drawn = None
        super().resizeEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Choose the nearest dot."""
        where = event.position()
        name, distance = min(
            ((name, _distance(self._spot(name), where)) for name in self._places),
            key=lambda item: item[1],
            default=("", math.inf),
        )
        if distance <= 2 * self._radius():
            self.chosen.emit(name)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """The face, then the dots with their numbers."""
        if self._drawn is None:
            self._drawn = self._face_picture()
        colours = colours_of(self)
        painter = QPainter(self)
        painter.drawPixmap(QPoint(0, 0), self._drawn)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = self._radius()
        for number, name in enumerate(LANDMARKS, 1):
            if name not in self._places:
                continue
            spot = self._spot(name)
            fill = colours.good if name in self._picked else colours.window
            if name == self._current:
                fill = colours.accent
                painter.setPen(QPen(colours.text, max(1.0, radius / 5)))
            else:
                painter.setPen(QPen(mixed(colours.window, colours.text, 0.5), max(1.0, radius / 8)))
            painter.setBrush(fill)
            painter.drawEllipse(spot, radius, radius)
            text = str(number)
            ink = QColor(Qt.GlobalColor.black) if fill.lightness() > 128 else QColor(Qt.GlobalColor.white)
            painter.setPen(ink)
            rect = QRectF(spot.x() - radius, spot.y() - radius, 2 * radius, 2 * radius)
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
        painter.end()

    def _radius(self) -> float:
        return line_height(self) * 0.56

    def _scale(self) -> float:
        room = 1.0 - 2 * _MARGIN
        return room * min(self.width() / self._bounds.width(), self.height() / self._bounds.height())

    def _spot_of(self, x: float, y: float) -> QPointF:
        middle, scale = self._bounds.center(), self._scale()
        return QPointF(self.width() / 2 + scale * (x - middle.x()), self.height() / 2 + scale * (y - middle.y()))

    def _spot(self, name: str) -> QPointF:
        x, y, _ = self._places[name]
        return self._spot_of(x, -y) + QPointF(0.0, self._radius() * _ASIDE.get(name, 0.0))

    def _face_picture(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        picture.setDevicePixelRatio(ratio)
        colours = colours_of(self)
        picture.fill(colours.base)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for _, corners, shade in self._faces:
            colour = mixed(colours.base, QColor("#c9ccd4"), shade)
            painter.setBrush(colour)
            painter.setPen(QPen(colour, 0.7))
            painter.drawPolygon(QPolygonF([self._spot_of(x, y) for x, y in corners]))
        painter.end()
        return picture


def _faces(head: Head) -> list[tuple[float, list[tuple[float, float]], float]]:
    """(depth, corners on the picture, brightness 0…1) of what faces us, the furthest first."""
    found = []
    for mesh in head.meshes:
        if mesh.name not in _LEFT_OUT:
            found += _mesh_faces(mesh)
    return sorted(found, key=lambda face: face[0])


def _mesh_faces(mesh: HeadMesh) -> list[tuple[float, list[tuple[float, float]], float]]:
    points = [
        _turned((mesh.points[at], mesh.points[at + 1], mesh.points[at + 2])) for at in range(0, len(mesh.points), 3)
    ]
    found, start = [], 0
    for size in mesh.face_sizes:
        corners = [points[vertex] for vertex in mesh.face_vertices[start : start + size]]
        start += size
        a, b = _less(corners[2], corners[0]), _less(corners[-1], corners[1])
        normal = (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
        length = math.hypot(*normal)
        if length > 1e-9 and normal[2] > 0:
            light = sum(n * way for n, way in zip(normal, _LIGHT, strict=True)) / length
            depth = sum(corner[2] for corner in corners) / size
            found.append((depth, [(x, -y) for x, y, _ in corners], 0.18 + 0.6 * max(0.0, light)))
    return found


def _distance(a: QPointF, b: QPointF) -> float:
    return math.hypot(a.x() - b.x(), a.y() - b.y())


def _turned(place: Triple) -> Triple:
    x, y, z = place
    return x * math.cos(_TURN) + z * math.sin(_TURN), y, z * math.cos(_TURN) - x * math.sin(_TURN)


def _less(a: Triple, b: Triple) -> Triple:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]
