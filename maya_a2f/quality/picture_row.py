"""One row of the picture: a stretch of time with sound, phones, lip gap and jaw, mouth width, and weights as heat."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from maya_a2f.quality.articulation import is_closed
from maya_a2f.quality.lips import FloatArray
from maya_a2f.quality.palette import (
    AFTER_CLIP,
    FAINT,
    GAP,
    GRID,
    JAW,
    PANEL,
    PAUSE,
    TEXT,
    VERDICTS,
    WAVE,
    WIDTH,
    color,
    heat,
    letters,
)
from maya_a2f.quality.phone_groups import Phone
from maya_a2f.quality.report import Report
from maya_a2f.quality.study import Study

_LABELS = 92
"""Left of the curves."""
_AXIS_TOP, _AXIS_HEIGHT = 0, 18
_WAVE_TOP, _WAVE_HEIGHT = 18, 54
_PHONE_TOP, _PHONE_HEIGHT = 74, 30
_GAP_TOP, _GAP_HEIGHT = 106, 120
_WIDTH_TOP, _WIDTH_HEIGHT = 230, 40
_HEAT_TOP, _HEAT_LINE = 274, 9
_MOST_CHANNELS = 9
ROW_HEIGHT = _HEAT_TOP + _MOST_CHANNELS * _HEAT_LINE + 2
_PIXELS_PER_LABEL = 150
_DIGITS = re.compile(r"\d")
"""Stress is of no interest to lips."""
_LIP_PREFERENCE = 2.0
_LABEL_HALF = 7.0


class Row:
    """Draws the stretch ``start_seconds`` … ``end_seconds`` of a study."""

    def __init__(
        self, report: Report, study: Study, start_seconds: float, end_seconds: float, width: int, channels: list[str]
    ) -> None:
        self._report = report
        self._study = study
        self._start, self._end = start_seconds, end_seconds
        self._width = width
        self._channels = channels
        self._scale = (width - _LABELS) / (end_seconds - start_seconds)
        self._top_gap = max(1.15 * float(np.percentile(study.lips.gap_cm, 99.5)), 2.2 * study.closed_cm)

    def draw(self, painter: QPainter) -> None:
        """Draw at the origin of ``painter``."""
        painter.fillRect(QRectF(_LABELS, _WAVE_TOP, self._width - _LABELS, ROW_HEIGHT - _WAVE_TOP), color(PANEL))
        self._draw_shades(painter)
        self._draw_axis(painter)
        self._draw_sound(painter)
        self._draw_gap(painter)
        self._draw_width(painter)
        self._draw_heat(painter)
        self._draw_phones(painter)
        self._draw_events(painter)

    def _x(self, seconds: float) -> float:
        return _LABELS + (min(max(seconds, self._start), self._end) - self._start) * self._scale

    def _box(self, start: float, end: float, top: float, height: float) -> QRectF:
        return QRectF(self._x(start), top, max(self._x(end) - self._x(start), 1.0), height)

    def _is_shown(self, start: float, end: float) -> bool:
        return end > self._start and start < self._end

    def _draw_shades(self, painter: QPainter) -> None:
        height = ROW_HEIGHT - _WAVE_TOP
        for pause in self._study.pauses or ():
            if self._is_shown(pause.start_seconds, pause.end_seconds):
                painter.fillRect(self._box(pause.start_seconds, pause.end_seconds, _WAVE_TOP, height), color(PAUSE))
        if self._is_shown(self._study.clip_seconds, self._end):
            painter.fillRect(self._box(self._study.clip_seconds, self._end, _WAVE_TOP, height), color(AFTER_CLIP))

    def _draw_axis(self, painter: QPainter) -> None:
        step = next(s for s in (0.5, 1, 2, 5, 10, 30, 60, 1e9) if s * self._scale >= _PIXELS_PER_LABEL)
        first = int(np.ceil(self._start / step - 1e-9))
        for index in range(first, int(self._end / step + 1e-9) + 1):
            seconds = index * step
            x = self._x(seconds)
            painter.setPen(QPen(color(GRID), 1))
            painter.drawLine(QPointF(x, _WAVE_TOP - 4), QPointF(x, ROW_HEIGHT))
            text = f"{self._report.timecode(seconds)}   f {self._report.frame(seconds)}"
            if x + 100 < self._width:
                self._write(painter, QRectF(x + 3, _AXIS_TOP, 140, _AXIS_HEIGHT - 2), text, 11, FAINT)

    def _draw_sound(self, painter: QPainter) -> None:
        self._name(painter, _WAVE_TOP, _WAVE_HEIGHT, "sound")
        sound = self._study.sound
        if sound is None:
            self._write(painter, QRectF(_LABELS + 8, _WAVE_TOP, 300, _WAVE_HEIGHT), "no sound given", 12, FAINT)
            return
        # Not the peak: one bump of the microphone would flatten all speech.
        peak = max(float(np.percentile(np.abs(sound.samples), 99.8)) if len(sound.samples) else 0.0, 1e-6)
        middle, reach = _WAVE_TOP + _WAVE_HEIGHT / 2, _WAVE_HEIGHT / 2 - 2
        painter.setPen(QPen(color(WAVE), 1))
        for column in range(self._width - _LABELS):
            start = int((self._start + column / self._scale) * sound.rate_hz)
            piece = sound.samples[start : int((self._start + (column + 1) / self._scale) * sound.rate_hz) + 1]
            if len(piece):
                top, bottom = (
                    middle - reach * min(float(piece.max()) / peak, 1.0),
                    middle - reach * max(float(piece.min()) / peak, -1.0),
                )
                painter.drawLine(
                    QPointF(_LABELS + column + 0.5, top - 0.5), QPointF(_LABELS + column + 0.5, bottom + 0.5)
                )

    def _draw_gap(self, painter: QPainter) -> None:
        self._name(painter, _GAP_TOP, 20, "lip gap", GAP)
        self._name(painter, _GAP_TOP + 18, 20, "jaw opening", JAW)
        base = self._gap_y(0.0)
        closed = self._gap_y(self._study.closed_cm)
        painter.fillRect(QRectF(_LABELS, closed, self._width - _LABELS, base - closed), color(VERDICTS["good"], 0.13))
        painter.setPen(QPen(color(GRID), 1))
        painter.drawLine(QPointF(_LABELS, base), QPointF(self._width, base))
        typical = self._study.typical_gap_cm
        painter.setPen(QPen(color(GRID), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(_LABELS, self._gap_y(typical)), QPointF(self._width, self._gap_y(typical)))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        self._write(
            painter, QRectF(0, self._gap_y(typical) - 8, _LABELS - 6, 16), f"{typical:.2f} cm", 11, FAINT, right
        )
        self._write(painter, QRectF(0, base - 12, _LABELS - 6, 16), "closed", 11, FAINT, right)
        jaw = self._study.animation.tracks.get("jawOpen")
        if jaw is not None:
            self._curve(painter, jaw * self._top_gap / max(float(jaw.max()), 0.3), self._gap_y, JAW, 1.2)
        self._curve(painter, self._study.lips.gap_cm, self._gap_y, GAP, 2.0)

    def _gap_y(self, gap_cm: float) -> float:
        bottom = _GAP_TOP + _GAP_HEIGHT - 12
        return float(max(bottom - gap_cm / self._top_gap * (_GAP_HEIGHT - 16), _GAP_TOP)) if gap_cm > -1 else bottom

    def _draw_width(self, painter: QPainter) -> None:
        self._name(painter, _WIDTH_TOP, _WIDTH_HEIGHT, "mouth width", WIDTH)
        width = self._study.lips.width_cm
        reach = max(float(np.abs(width).max()), 0.3)
        middle = _WIDTH_TOP + _WIDTH_HEIGHT / 2
        painter.setPen(QPen(color(GRID), 1))
        painter.drawLine(QPointF(_LABELS, middle), QPointF(self._width, middle))
        self._curve(painter, width, lambda value: middle - value / reach * (_WIDTH_HEIGHT / 2 - 2), WIDTH, 1.6)

    def _curve(
        self, painter: QPainter, values: FloatArray, y_of: Callable[[float], float], ink: str, pen: float
    ) -> None:
        times = self._study.times
        first = max(int(self._start * self._study.rate_hz), 0)
        last = min(int(np.ceil(self._end * self._study.rate_hz)) + 1, len(times))
        points = [QPointF(self._x(float(times[k])), y_of(float(values[k]))) for k in range(first, last)]
        painter.setPen(QPen(color(ink), pen, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        painter.drawPolyline(QPolygonF(points))

    def _draw_heat(self, painter: QPainter) -> None:
        rate = self._study.rate_hz
        first = int(self._start * rate)
        last = min(int(np.ceil(self._end * rate)), self._study.animation.frame_count)
        for index, name in enumerate(self._channels):
            top = _HEAT_TOP + index * _HEAT_LINE
            values = self._study.animation.tracks[name][first:last]
            strip = QImage(max(len(values), 1), 1, QImage.Format.Format_RGB32)
            for column, value in enumerate(values):
                strip.setPixelColor(column, 0, QColor(*heat(float(value))))
            painter.drawImage(self._box(first / rate, last / rate, top, _HEAT_LINE - 1), strip)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            self._write(painter, QRectF(0, top - 2, _LABELS - 6, _HEAT_LINE + 3), _short(name), 9, FAINT, right)

    def _draw_phones(self, painter: QPainter) -> None:
        if self._study.phones is None:
            return
        self._name(painter, _PHONE_TOP, _PHONE_HEIGHT, "phones")
        shown = [p for p in self._study.phones if self._is_shown(p.span.start_seconds, p.span.end_seconds)]
        spoken = [phone for phone in shown if phone.group != "pause"]
        free = [0.0, 0.0]
        for index, phone in enumerate(spoken):
            # Sounds of the lips are always named; others where there is room.
            centre = (self._x(phone.span.start_seconds) + self._x(phone.span.end_seconds)) / 2
            is_named = phone.group in ("bilabial", "labiodental") or centre - _LABEL_HALF >= free[index % 2]
            if is_named:
                free[index % 2] = centre + _LABEL_HALF
            self._draw_phone(painter, phone, index % 2 == 1, is_named)

    def _draw_phone(self, painter: QPainter, phone: Phone, is_low: bool, is_named: bool) -> None:
        span = phone.span
        ink = TEXT
        if phone.group == "bilabial":
            shift = self._study.phone_shift_seconds
            ink = VERDICTS["good" if is_closed(self._study, phone) else "bad"]
            box = self._box(span.start_seconds + shift, span.end_seconds + shift, _GAP_TOP, _GAP_HEIGHT)
            painter.fillRect(box, color(ink, 0.30))
            painter.fillRect(QRectF(box.left(), box.bottom() - 4, box.width(), 4), color(ink))
        elif phone.group == "labiodental":
            ink = "#d9b3e6"
        painter.setPen(QPen(color(GRID), 1))
        x = self._x(span.start_seconds)
        painter.drawLine(QPointF(x, _PHONE_TOP), QPointF(x, _PHONE_TOP + _PHONE_HEIGHT))
        if not is_named:
            return
        box = self._box(span.start_seconds, span.end_seconds, _PHONE_TOP + 14 * is_low, 15).adjusted(-12, 0, 12, 0)
        centre = Qt.AlignmentFlag.AlignCenter
        self._write(painter, box, _DIGITS.sub("", span.label), 11, ink, centre, bold=phone.group == "bilabial")

    def _draw_events(self, painter: QPainter) -> None:
        """A mark on top of the gap for everything worth looking at."""
        painter.setPen(Qt.PenStyle.NoPen)
        for event in self._report.events:
            if not self._is_shown(event.start_seconds, event.end_seconds + 1e-6):
                continue
            x = self._x((event.start_seconds + event.end_seconds) / 2)
            painter.setBrush(color(VERDICTS[event.verdict]))
            tip = QPointF(x, _GAP_TOP + 9)
            painter.drawPolygon(QPolygonF([QPointF(x - 5, _GAP_TOP), QPointF(x + 5, _GAP_TOP), tip]))

    def _name(self, painter: QPainter, top: float, height: float, text: str, ink: str = FAINT) -> None:
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        self._write(painter, QRectF(0, top, _LABELS - 6, height), text, 12, ink, right)

    def _write(
        self, painter: QPainter, box: QRectF, text: str, pixels: int, ink: str,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, *, bold: bool = False,
    ) -> None:  # fmt: skip
        painter.setFont(letters(pixels, bold))
        painter.setPen(color(ink))
        painter.drawText(box, align, text)
        painter.setPen(Qt.PenStyle.NoPen)


def busiest_channels(study: Study) -> list[str]:
    """The weights that move most, jaw and mouth before others, in the order of the take; of two sides the left."""
    tracks = {name: track for name, track in study.animation.tracks.items() if "." not in name}
    busy = {
        name: float(track.std()) * (_LIP_PREFERENCE if name.startswith(("jaw", "mouth")) else 1.0)
        for name, track in tracks.items()
        if not name.endswith("Right") or name.removesuffix("Right") + "Left" not in tracks
    }
    chosen = sorted(busy, key=lambda name: -busy[name])[:_MOST_CHANNELS]
    return [name for name in tracks if name in chosen]


def _short(name: str) -> str:
    return name.removesuffix("Left").replace("mouth", "m.").replace("tongue", "t.")
