"""Where the parts of an emotion strip are, and how they are drawn. All lengths follow the font, so that the strip is
crisp and of the right size at every scaling."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from maya_a2f.core.emotion_keys import Lane, strength_at
from maya_a2f.ui.emotion_colours import emotion_colour, emotion_title
from maya_a2f.ui.theme import Colours, colours_of, line_height, mixed, small_font

_LANE_LINES, _LARGE_LINES, _RULER_LINES = 0.92, 4.2, 1.0
_VOICE_STEP, _VOICE_LEAST = 0.12, 0.01
_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)


@dataclass(frozen=True)
class StripLayout:
    """Places in the strip, in the widget's own pixels."""

    names: tuple[str, ...]
    seconds: float
    """Length of the time axis."""
    left: float
    """Where time 0 is."""
    right: float
    lane_height: float
    large: QRectF
    """The large lane, strength 0 at its bottom and 1 at its top."""
    unit: float
    """Height of a line of text."""

    @staticmethod
    def height_for(widget: QWidget, count: int) -> int:
        """Height of a strip with so many lanes."""
        return math.ceil(line_height(widget) * (_LANE_LINES * count + _LARGE_LINES + _RULER_LINES + 0.75))

    @classmethod
    def of(cls, widget: QWidget, names: tuple[str, ...], seconds: float) -> StripLayout:
        """The layout at the widget's size."""
        unit = float(line_height(widget))
        metrics = QFontMetricsF(small_font(widget))
        words = max((metrics.horizontalAdvance(emotion_title(name)) for name in names), default=0.0)
        left, right = words + unit * 0.9, widget.width() - unit * 0.5
        lane = unit * _LANE_LINES
        top = lane * len(names) + unit * 0.5
        large = QRectF(left, top, max(1.0, right - left), unit * _LARGE_LINES)
        return cls(names, seconds, left, max(left + 1.0, right), lane, large, unit)

    def lane(self, name: str) -> QRectF:
        """The thin lane of an emotion."""
        return QRectF(self.left, self.names.index(name) * self.lane_height, self.right - self.left, self.lane_height)

    def x_of(self, seconds: float) -> float:
        """Where a moment is."""
        return self.left + (self.right - self.left) * seconds / self.seconds

    def seconds_of(self, width: float) -> float:
        """How long a width is."""
        return width / (self.right - self.left) * self.seconds

    def seconds_at(self, x: float) -> float:
        """The moment at a place, within the clip."""
        return min(max(self.seconds_of(x - self.left), 0.0), self.seconds)

    def box(self, name: str, is_large: bool) -> QRectF:
        """What strengths 0 and 1 are the bottom and top of."""
        inset = self.unit * 0.12
        return self.large if is_large else self.lane(name).adjusted(0, inset, 0, -inset)

    def strength_at(self, y: float, name: str, is_large: bool) -> float:
        """The strength at a height, in steps of 0.05."""
        box = self.box(name, is_large)
        return round(min(max((box.bottom() - y) / box.height(), 0.0), 1.0) * 20) / 20

    def place_at(self, position: QPointF, chosen: str) -> tuple[str, bool] | None:
        """The emotion there, and whether it is the large lane."""
        if position.y() < self.lane_height * len(self.names):
            return (self.names[max(0, int(position.y() / self.lane_height))], False) if self.names else None
        return (chosen, True) if chosen and position.y() <= self.large.bottom() + self.unit * 0.5 else None

    def key_near(self, lane: Lane, position: QPointF, thin_name: str) -> int | None:
        """The key of a lane under the mouse; ``thin_name`` empty means the large lane."""
        box, reach = self.box(thin_name, False) if thin_name else self.large, self.unit * 0.5
        best: tuple[float, int] | None = None
        for index, (seconds, strength) in enumerate(lane):
            away = abs(self.x_of(seconds) - position.x())
            if not thin_name:
                away = max(away, abs(box.bottom() - strength * box.height() - position.y()))
            if away <= reach and (best is None or away < best[0]):
                best = (away, index)
        return best[1] if best else None


@dataclass(frozen=True)
class StripPicture:
    """What is to be drawn."""

    lanes: Mapping[str, Lane]
    base: Mapping[str, float]
    chosen: str
    key: int | None
    playhead: float | None
    has_clip: bool
    voice: Callable[[str, float], float] | None = None
    """Emotion and seconds -> what the voice says there; None where it is not asked."""


def paint_strip(widget: QWidget, layout: StripLayout, picture: StripPicture) -> None:
    """Draw the whole strip."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    colours = colours_of(widget)
    lanes_box = QRectF(layout.left, 0, layout.right - layout.left, layout.lane_height * len(layout.names))
    painter.fillRect(lanes_box, colours.base)
    painter.fillRect(layout.large, colours.base)
    for name in layout.names:
        _paint_lane(widget, painter, layout, picture, name, colours)
    if picture.chosen:
        _paint_large(widget, painter, layout, picture, colours)
    _paint_ruler(widget, painter, layout, colours)
    if picture.playhead is not None and 0 <= picture.playhead <= layout.seconds:
        x = layout.x_of(picture.playhead)
        painter.setPen(QPen(colours.text, max(1.0, layout.unit * 0.08)))
        painter.drawLine(QPointF(x, 0), QPointF(x, lanes_box.bottom()))
        painter.drawLine(QPointF(x, layout.large.top()), QPointF(x, layout.large.bottom()))
    if widget.hasFocus():
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colours.accent, max(1.0, layout.unit * 0.08)))
        painter.drawRect(layout.large.adjusted(-0.5, -0.5, 0.5, 0.5))


def _paint_lane(
    widget: QWidget, painter: QPainter, layout: StripLayout, picture: StripPicture, name: str, colours: Colours
) -> None:
    row = layout.lane(name)
    is_chosen = name == picture.chosen
    if is_chosen:
        whole = QRectF(0, row.top(), widget.width(), row.height())
        painter.fillRect(whole, mixed(colours.window, colours.text, 0.13))
        painter.fillRect(row, mixed(colours.base, colours.text, 0.07))
    strength = picture.base.get(name, 0.0)
    is_active = name in picture.lanes or strength > 0
    painter.setFont(small_font(widget))
    painter.setPen(colours.text if is_active or is_chosen else colours.dim)
    words = QRectF(layout.unit * 0.3, row.top(), layout.left - layout.unit * 0.6, row.height())
    painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, emotion_title(name))
    painter.setPen(QPen(mixed(colours.base, colours.line, 0.45), max(1.0, layout.unit * 0.04)))
    painter.drawLine(row.bottomLeft(), row.bottomRight())
    colour = emotion_colour(widget, name)
    _paint_voice(painter, layout, layout.box(name, False), name, picture, colour)
    _paint_course(painter, layout, layout.box(name, False), picture.lanes.get(name, ()), strength, colour)
    for seconds, _ in picture.lanes.get(name, ()):
        _paint_key(painter, QPointF(layout.x_of(seconds), row.center().y()), layout.unit * 0.17, colour, colours)


def _paint_large(
    widget: QWidget, painter: QPainter, layout: StripLayout, picture: StripPicture, colours: Colours
) -> None:
    name, box = picture.chosen, layout.large
    lane, base = picture.lanes.get(name, ()), picture.base.get(name, 0.0)
    colour = emotion_colour(widget, name)
    grid = QPen(mixed(colours.base, colours.line, 0.55), max(1.0, layout.unit * 0.04))
    painter.setFont(small_font(widget))
    for share in (0.0, 0.5, 1.0):
        y = box.bottom() - share * box.height()
        painter.setPen(grid)
        painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
        painter.setPen(colours.dim)
        label = QRectF(0, y - layout.unit / 2, box.left() - layout.unit * 0.3, layout.unit)
        painter.drawText(label, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, f"{share:g}")
    painter.save()
    painter.setClipRect(box.adjusted(0, -layout.unit * 0.4, 0, layout.unit * 0.4))
    _paint_voice(painter, layout, box, name, picture, colour)
    _paint_course(painter, layout, box, lane, base, colour)
    painter.restore()
    for index, (seconds, strength) in enumerate(lane):
        place = QPointF(layout.x_of(seconds), box.bottom() - strength * box.height())
        is_chosen = index == picture.key
        _paint_key(painter, place, layout.unit * (0.34 if is_chosen else 0.27), colour, colours, is_chosen=is_chosen)
    if not lane:
        painter.setPen(colours.dim)
        what = f"{emotion_title(name)} {base:.2f} all the time" if base else f"No {emotion_title(name).lower()} yet"
        words = f"{what}: double-click to add a key" if picture.has_clip else "Choose a clip to see its time"
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)


def _paint_course(painter: QPainter, layout: StripLayout, box: QRectF, lane: Lane, base: float, colour: QColor) -> None:
    """The strength over time: a line with the area below it filled; thin and dashed where nothing is keyed."""
    if not lane and base <= 0:
        return
    moments = [0.0, *(seconds for seconds, _ in lane if 0 < seconds < layout.seconds), layout.seconds]
    course = [
        QPointF(layout.x_of(moment), box.bottom() - (strength_at(lane, moment) if lane else base) * box.height())
        for moment in moments
    ]
    area = QColor(colour)
    area.setAlphaF(0.38 if lane else 0.16)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(area)
    painter.drawPolygon(QPolygonF([QPointF(box.left(), box.bottom()), *course, QPointF(box.right(), box.bottom())]))
    style = Qt.PenStyle.SolidLine if lane else Qt.PenStyle.DashLine
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, max(1.0, layout.unit * (0.1 if lane else 0.06)), style))
    painter.drawPolyline(QPolygonF(course))


def _paint_voice(
    painter: QPainter, layout: StripLayout, box: QRectF, name: str, picture: StripPicture, colour: QColor
) -> None:
    """What the voice says, faint, below everything set by hand."""
    if picture.voice is None or not picture.has_clip:
        return
    step = max(1.0, layout.unit * _VOICE_STEP)
    places = [box.left() + step * number for number in range(int(box.width() / step) + 1)]
    strengths = [picture.voice(name, layout.seconds_at(x)) for x in places]
    if max(strengths, default=0.0) < _VOICE_LEAST:
        return
    faint = QColor(colour)
    faint.setAlphaF(0.16)
    course = [QPointF(x, box.bottom() - value * box.height()) for x, value in zip(places, strengths, strict=True)]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(faint)
    ends = QPointF(course[0].x(), box.bottom()), QPointF(course[-1].x(), box.bottom())
    painter.drawPolygon(QPolygonF([ends[0], *course, ends[1]]))
    faint.setAlphaF(0.6)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(faint, max(1.0, layout.unit * 0.05), Qt.PenStyle.DotLine))
    painter.drawPolyline(QPolygonF(course))


def _paint_key(
    painter: QPainter, place: QPointF, side: float, colour: QColor, colours: Colours, *, is_chosen: bool = False
) -> None:
    """A diamond; the chosen one is bright."""
    painter.setPen(QPen(colours.base, max(1.0, side * 0.3)))
    painter.setBrush(colours.text if is_chosen else colour)
    corners = [QPointF(0, -side), QPointF(side, 0), QPointF(0, side), QPointF(-side, 0)]
    painter.drawPolygon(QPolygonF([place + corner for corner in corners]))


def _paint_ruler(widget: QWidget, painter: QPainter, layout: StripLayout, colours: Colours) -> None:
    """Seconds below the large lane."""
    font = small_font(widget)
    painter.setFont(font)
    room = QFontMetricsF(font).horizontalAdvance("00.0 s") * 1.7
    least = layout.seconds_of(room)
    step = next((step for step in _STEPS if step >= least), _STEPS[-1])
    top, tick = layout.large.bottom(), layout.unit * 0.22
    for number in range(int(layout.seconds / step + 1e-9) + 1):
        seconds = number * step
        x = layout.x_of(seconds)
        painter.setPen(QPen(colours.line, max(1.0, layout.unit * 0.06)))
        painter.drawLine(QPointF(x, top), QPointF(x, top + tick))
        painter.setPen(colours.dim)
        place = QRectF(x - room / 2, top + tick, room, layout.unit)
        painter.drawText(place, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, f"{seconds:g} s")
