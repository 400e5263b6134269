"""One take's part of the picture: head line, rows of curves on the left, verdicts on the right."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPolygonF

from maya_a2f.core.frame_rate import describe_rate
from maya_a2f.quality.measure import Measure, Verdict, value_text
from maya_a2f.quality.palette import FAINT, PANEL, PAUSE_MARK, SIGNS, TEXT, VERDICTS, color, letters
from maya_a2f.quality.picture_row import ROW_HEIGHT, Row, busiest_channels
from maya_a2f.quality.report import Report
from maya_a2f.quality.study import Study

_HEAD_HEIGHT = 74
_MARGIN = 16
_SIDE_WIDTH = 404
_ROW_GAP = 14
_SECONDS_PER_ROW = 7.0
_MOST_ROWS = 36
_MEASURE_HEIGHT = 21
_WHY_HEIGHT = 15
_LINE_HEIGHT = 19
_EVENT_HEIGHT = 17
_SECTION_HEIGHT = 34


class Sheet:
    """Lays out and draws one report."""

    def __init__(self, report: Report, study: Study, width: int) -> None:
        self._report = report
        self._study = study
        self._width = width
        duration = report.frame_count / float(report.rate)
        self._rows = min(max(1, math.ceil(duration / _SECONDS_PER_ROW - 0.15)), _MOST_ROWS)
        self._seconds = duration / self._rows
        rows_height = self._rows * (ROW_HEIGHT + _ROW_GAP)
        self._side_height = max(rows_height, self._fixed_side_height() + 8 * _EVENT_HEIGHT * bool(report.events))
        self.height = _HEAD_HEIGHT + self._side_height + _MARGIN
        """Pixels."""

    def draw(self, painter: QPainter) -> None:
        """Draw at the origin of ``painter``."""
        self._draw_head(painter)
        plot_width = self._width - _SIDE_WIDTH - 3 * _MARGIN
        channels = busiest_channels(self._study)
        for index in range(self._rows):
            start = index * self._seconds
            row = Row(self._report, self._study, start, start + self._seconds, plot_width, channels)
            painter.save()
            painter.translate(_MARGIN, _HEAD_HEIGHT + index * (ROW_HEIGHT + _ROW_GAP))
            row.draw(painter)
            painter.restore()
        painter.save()
        painter.translate(self._width - _SIDE_WIDTH - _MARGIN, _HEAD_HEIGHT)
        self._draw_side(painter)
        painter.restore()

    def _draw_head(self, painter: QPainter) -> None:
        report = self._report
        badge = QRectF(_MARGIN, 16, 112, 42)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(VERDICTS[report.verdict]))
        painter.drawRoundedRect(badge, 6, 6)
        _write(
            painter, badge, SIGNS[report.verdict].upper(), 19, "#101215", bold=True, align=Qt.AlignmentFlag.AlignCenter
        )
        left = badge.right() + 16
        _write(painter, QRectF(left, 13, self._width - left, 28), report.name, 21, TEXT, bold=True)
        words = [
            f"{report.frame_count} frames at {describe_rate(report.rate)} fps from frame {report.start_frame:g}",
            f"model {report.model}" if report.model else "",
            f"sound {report.audio}" if report.audio else "no sound",
            f"phones from {report.phones_from}" if report.phones_from else "no phones",
        ]
        self._draw_legend(painter)
        _write(painter, QRectF(left, 41, self._width - left, 20), "   ·   ".join(filter(None, words)), 13, FAINT)

    def _draw_legend(self, painter: QPainter) -> None:
        """What the marks mean, at the right of the head line."""
        left = float(self._width - _MARGIN - _SIDE_WIDTH)
        entries = [("pause", PAUSE_MARK), ("look at", VERDICTS["look at"]), ("bad", VERDICTS["bad"])]
        if self._study.phones is not None:
            entries = [("p b m closed", VERDICTS["good"]), ("p b m open", VERDICTS["bad"]), *entries]
        for words, ink in entries:
            is_mark = words in ("look at", "bad")
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color(ink))
            if is_mark:
                painter.drawPolygon(QPolygonF([QPointF(left, 46), QPointF(left + 12, 46), QPointF(left + 6, 56)]))
            else:
                painter.drawRect(QRectF(left, 45, 12, 12))
            _write(painter, QRectF(left + 17, 41, 100, 20), words, 12, FAINT)
            left += 17 + painter.fontMetrics().horizontalAdvance(words) + 14

    def _fixed_side_height(self) -> int:
        measured = [m for m in self._report.measures if m.verdict != "not measured"]
        missing = len(self._report.measures) - len(measured)
        height = _SECTION_HEIGHT + len(measured) * _MEASURE_HEIGHT + (20 if missing else 0)
        height += _WHY_HEIGHT * sum(measure.verdict != "good" for measure in measured)
        height += _SECTION_HEIGHT + _LINE_HEIGHT * len(self._report.lines)
        return height + (_SECTION_HEIGHT + 2 * _EVENT_HEIGHT if self._report.events else 0) + 10

    def _draw_side(self, painter: QPainter) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(PANEL))
        painter.drawRoundedRect(QRectF(0, 0, _SIDE_WIDTH, self._side_height - _ROW_GAP), 6, 6)
        top = self._draw_measures(painter, 4.0)
        top = self._draw_lines(painter, top)
        self._draw_events(painter, top)

    def _draw_measures(self, painter: QPainter, top: float) -> float:
        top = _section(painter, top, "Verdicts")
        measured = [m for m in self._report.measures if m.verdict != "not measured"]
        for measure in measured:
            _chip(painter, top, measure.verdict)
            _write(painter, QRectF(78, top, 210, _MEASURE_HEIGHT), measure.title, 13, TEXT)
            value = QRectF(_SIDE_WIDTH - 122, top, 110, _MEASURE_HEIGHT)
            _write(painter, value, _value(measure), 13, TEXT, align=_RIGHT)
            top += _MEASURE_HEIGHT
            if measure.verdict != "good":
                _write(painter, QRectF(78, top - 3, _SIDE_WIDTH - 90, _WHY_HEIGHT), measure.why, 11, FAINT, elide=True)
                top += _WHY_HEIGHT
        missing = len(self._report.measures) - len(measured)
        if missing:
            needs = "" if self._report.phones_from else "; phones or a transcript give more"
            _write(painter, QRectF(12, top, _SIDE_WIDTH - 24, 20), f"{missing} not measured{needs}", 12, FAINT)
            top += 20
        return top

    def _draw_lines(self, painter: QPainter, top: float) -> float:
        top = _section(painter, top, "Lines")
        for line in self._report.lines:
            _chip(painter, top, line.verdict, _LINE_HEIGHT)
            times = f"{self._report.timecode(line.start_seconds)}  {line.words}"
            _write(painter, QRectF(78, top, _SIDE_WIDTH - 90, _LINE_HEIGHT), times, 12, TEXT, elide=True)
            top += _LINE_HEIGHT
        return top

    def _draw_events(self, painter: QPainter, top: float) -> None:
        report = self._report
        if not report.events:
            return
        top = _section(painter, top, "Look at")
        room = int((self._side_height - _ROW_GAP - top - 8) // _EVENT_HEIGHT)
        most = len(report.events) if len(report.events) <= room else max(room - 1, 0)
        chosen = sorted(report.events, key=lambda event: event.verdict != "bad")[:most]
        for event in sorted(chosen, key=lambda event: event.start_seconds):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color(VERDICTS[event.verdict]))
            painter.drawEllipse(QRectF(14, top + 4, 9, 9))
            start = f"{report.timecode(event.start_seconds)}   frame {report.frame(event.start_seconds)}"
            _write(painter, QRectF(30, top, 150, _EVENT_HEIGHT), start, 12, FAINT)
            _write(painter, QRectF(168, top, _SIDE_WIDTH - 178, _EVENT_HEIGHT), event.what, 12, TEXT, elide=True)
            top += _EVENT_HEIGHT
        if most < len(report.events):
            left = f"and {len(report.events) - most} more"
            _write(painter, QRectF(30, top, 300, _EVENT_HEIGHT), left, 12, FAINT)


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def _value(measure: Measure) -> str:
    text = value_text(measure.value, measure.unit)
    return f"{text} of {measure.count}" if measure.unit == "%" and measure.group == "lips" else text


def _section(painter: QPainter, top: float, title: str) -> float:
    _write(painter, QRectF(12, top + 6, _SIDE_WIDTH - 24, 24), title, 15, TEXT, bold=True)
    return top + _SECTION_HEIGHT


def _chip(painter: QPainter, top: float, verdict: Verdict, height: int = _MEASURE_HEIGHT) -> None:
    box = QRectF(12, top + 2, 58, height - 4)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color(VERDICTS[verdict]))
    painter.drawRoundedRect(box, 4, 4)
    _write(painter, box, SIGNS[verdict], 12, "#101215", bold=True, align=Qt.AlignmentFlag.AlignCenter)


def _write(
    painter: QPainter, box: QRectF, text: str, pixels: int, ink: str, *, bold: bool = False,
    align: Qt.AlignmentFlag = _LEFT, elide: bool = False,
) -> None:  # fmt: skip
    painter.setFont(letters(pixels, bold))
    painter.setPen(color(ink))
    if elide:
        text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(box.width()))
    painter.drawText(box, align, text)
