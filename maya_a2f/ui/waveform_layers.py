"""The layers of the waveform view: the still ground (ruler, sound, words) and the marks over it (handles, playhead)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from maya_a2f.core.clip_window import Trim, View
from maya_a2f.core.time_display import format_frame
from maya_a2f.ui.theme import colours_of, line_height, mixed, small_font
from maya_a2f.ui.waveform_paint import WaveShapes, paint_wave
from maya_a2f.ui.waveform_ruler import paint_ruler

_WHITE = QColor(255, 255, 255)


@dataclass(frozen=True)
class WaveformLook:
    """All that decides the picture but the sound and the playhead."""

    widget: QWidget
    """Gives palette, font and pixel ratio."""
    wave: QRectF
    strip: QRectF
    handle_width: float
    view: View
    trim: Trim | None
    rate: Fraction
    origin_frame: float
    chosen: str
    """What the arrow keys move, while that matters."""
    can_trim: bool
    words: str
    fraction: float | None
    is_drop_target: bool

    def x_of(self, seconds: float) -> float:
        """Where a time is."""
        return self.wave.left() + (seconds - self.view.start) / self.view.span * self.wave.width()

    def frame_at(self, seconds: float) -> float:
        """Its frame on the time line."""
        start = self.trim.in_seconds if self.trim is not None else 0.0
        return self.origin_frame + (seconds - start) * float(self.rate)


def sound_box(look: WaveformLook) -> QRectF:
    """Where the loudest sample just fits."""
    room = look.wave.height() * 0.04
    return look.wave.adjusted(0, room, 0, -room)


def paint_ground(painter: QPainter, look: WaveformLook, shapes: WaveShapes | None) -> None:
    """Everything that stays while the playhead moves; ``shapes`` are the visible sound's in :func:`sound_box`."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if shapes is None or look.trim is None or look.view.span <= 0:
        _paint_words(painter, look)
        return
    colours = colours_of(look.widget)
    left, right = look.x_of(look.trim.in_seconds), look.x_of(look.trim.out_seconds)
    stretch = QRectF(QPointF(left, look.wave.top()), QPointF(right, look.wave.bottom())).intersected(look.wave)
    painter.fillRect(look.wave, colours.base)
    if stretch.width() > 0:
        painter.fillRect(stretch, mixed(colours.base, colours.accent, 0.16))
    middle = look.wave.center().y()
    painter.setPen(QPen(mixed(colours.base, colours.text, 0.16), 0))
    painter.drawLine(QLineF(look.wave.left(), middle, look.wave.right(), middle))
    dimmed = (mixed(colours.base, colours.text, 0.2), mixed(colours.base, colours.text, 0.28))
    bright = (mixed(colours.accent, _WHITE, 0.12), mixed(colours.accent, _WHITE, 0.48))
    for part in (
        QRectF(look.wave.left(), look.wave.top(), left - look.wave.left(), look.wave.height()),
        QRectF(right, look.wave.top(), look.wave.right() - right, look.wave.height()),
    ):
        paint_wave(painter, shapes, part.intersected(look.wave), *dimmed)
    paint_wave(painter, shapes, stretch, *bright)
    ruler = QRectF(look.wave.left(), 0, look.wave.width(), look.wave.top())
    lines = (colours.text, colours.dim, mixed(colours.window, colours.text, 0.32))
    origin = (look.trim.in_seconds, look.origin_frame)
    paint_ruler(painter, ruler, look.view, look.rate, origin, small_font(look.widget), lines)
    _paint_strip(painter, look)
    if look.is_drop_target:
        _paint_drop_frame(painter, look)


def paint_marks(painter: QPainter, look: WaveformLook, playhead: float | None) -> None:
    """Handles, playhead, and the frame of the focus."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    colours = colours_of(look.widget)
    if look.trim is not None and look.view.span > 0:
        if look.can_trim:
            for name, seconds in (("in", look.trim.in_seconds), ("out", look.trim.out_seconds)):
                if look.view.start - 1e-9 <= seconds <= look.view.stop + 1e-9:
                    _paint_handle(painter, look, look.x_of(seconds), name)
        if playhead is not None and look.view.start - 1e-9 <= playhead <= look.view.stop + 1e-9:
            _paint_playhead(painter, look, playhead)
    if look.widget.hasFocus():
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colours.accent, 1.0))
        painter.drawRoundedRect(QRectF(look.widget.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 2, 2)


def _paint_handle(painter: QPainter, look: WaveformLook, x: float, name: str) -> None:
    """A bar outside of the stretch with three grip lines, and a line along the stretch's edge."""
    colours = colours_of(look.widget)
    width, radius = look.handle_width, look.handle_width * 0.45
    is_in = name == "in"
    bar = QRectF(x - width if is_in else x, look.wave.top(), width, look.wave.height())
    colour = mixed(colours.accent, _WHITE, 0.3) if look.chosen == name else mixed(colours.raised, colours.text, 0.3)
    rounded, square = QPainterPath(), QPainterPath()
    rounded.addRoundedRect(bar, radius, radius)
    square.addRect(bar.adjusted(radius, 0, 0, 0) if is_in else bar.adjusted(0, 0, -radius, 0))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPath(rounded.united(square))
    painter.setPen(QPen(mixed(colour, colours.base, 0.7), max(1.0, width * 0.1)))
    reach = look.wave.height() * 0.13
    for offset in (-0.2, 0.0, 0.2):
        grip = bar.center().x() + offset * width
        painter.drawLine(QLineF(grip, bar.center().y() - reach, grip, bar.center().y() + reach))


def _paint_playhead(painter: QPainter, look: WaveformLook, playhead: float) -> None:
    """A line with a flag in the ruler that names the frame."""
    colours = colours_of(look.widget)
    colour = colours.warning
    x = look.x_of(playhead)
    painter.setPen(QPen(colour, max(1.0, look.handle_width * 0.14)))
    font = small_font(look.widget)
    font.setBold(True)
    painter.setFont(font)
    text = format_frame(round(look.frame_at(playhead), 2))
    metrics = painter.fontMetrics()
    width, height = metrics.horizontalAdvance(text) + metrics.height() * 0.6, look.wave.top() / 2
    left = max(0.0, min(x - width / 2, look.widget.width() - width))
    flag = QRectF(left, look.wave.top() - height - height * 0.18, width, height)
    painter.drawLine(QLineF(x, flag.bottom(), x, look.wave.bottom()))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    tip = height * 0.3
    painter.drawRoundedRect(flag, height * 0.18, height * 0.18)
    neck, point = flag.bottom() - 1, QPointF(x, look.wave.top() + tip)
    painter.drawPolygon(QPolygonF([QPointF(x - tip, neck), QPointF(x + tip, neck), point]))
    painter.setPen(mixed(colours.base, QColor(0, 0, 0), 0.4) if colour.lightness() > 128 else _WHITE)
    painter.drawText(flag, Qt.AlignmentFlag.AlignCenter, text)


def _paint_strip(painter: QPainter, look: WaveformLook) -> None:
    """Which part is visible; nothing while all is."""
    if look.view.is_whole:
        return
    colours = colours_of(look.widget)
    radius = look.strip.height() / 2
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(mixed(colours.window, colours.base, 0.6))
    painter.drawRoundedRect(look.strip, radius, radius)
    scale = look.strip.width() / look.view.duration
    width = max(look.view.span * scale, look.strip.height() * 3)
    left = min(look.strip.left() + look.view.start * scale, look.strip.right() - width)
    painter.setBrush(mixed(colours.raised, colours.text, 0.3))
    painter.drawRoundedRect(QRectF(left, look.strip.top(), width, look.strip.height()), radius, radius)


def _paint_words(painter: QPainter, look: WaveformLook) -> None:
    """The empty view: a place to drop something, or how far reading is."""
    colours, box = colours_of(look.widget), QRectF(look.widget.rect())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colours.base)
    painter.drawRoundedRect(box, 3, 3)
    if look.fraction is None:
        _paint_drop_frame(painter, look)
    painter.setPen(colours.dim)
    painter.setFont(look.widget.font())
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, look.words)
    if look.fraction is not None:
        height = max(3.0, line_height(look.widget) * 0.25)
        bar = QRectF(0, 0, box.width() * 0.5, height)
        bar.moveCenter(QPointF(box.center().x(), box.center().y() + line_height(look.widget) * 1.2))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.raised)
        painter.drawRoundedRect(bar, height / 2, height / 2)
        painter.setBrush(colours.accent)
        done = max(height, bar.width() * max(0.0, min(1.0, look.fraction)))
        painter.drawRoundedRect(QRectF(bar.left(), bar.top(), done, height), height / 2, height / 2)


def _paint_drop_frame(painter: QPainter, look: WaveformLook) -> None:
    colours = colours_of(look.widget)
    pen = QPen(colours.accent if look.is_drop_target else colours.line, 2.0 if look.is_drop_target else 1.2)
    pen.setStyle(Qt.PenStyle.DashLine)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(pen)
    inset = line_height(look.widget) * 0.4
    painter.drawRoundedRect(QRectF(look.widget.rect()).adjusted(inset, inset, -inset, -inset), 4, 4)
