"""The ruler above a waveform: a row of seconds in the file, below it a row of frames on the time line."""

from __future__ import annotations

from fractions import Fraction

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from maya_a2f.core.clip_window import View
from maya_a2f.core.time_display import Tick, frame_ticks, second_ticks


def ruler_height(font: QFont) -> float:
    """Two rows of text and the ticks."""
    return QFontMetricsF(font).height() * 2.25


def paint_ruler(
    painter: QPainter,
    box: QRectF,
    view: View,
    rate: Fraction,
    origin: tuple[float, float],
    font: QFont,
    colours: tuple[QColor, QColor, QColor],
) -> None:
    """Draw the ruler into ``box``; ``origin`` is a time in the file and the frame that lies there, ``colours`` those of
    the seconds, the frames and the lines.
    """
    if view.span <= 0 or box.width() <= 0:
        return
    seconds_colour, frames_colour, line_colour = colours
    metrics = QFontMetricsF(font)
    widest = metrics.horizontalAdvance("00:00.00") + metrics.height() * 0.8
    most = max(2, int(box.width() / widest))
    painter.setFont(font)
    row = box.height() / 2
    upper = QRectF(box.left(), box.top(), box.width(), row)
    lower = QRectF(box.left(), box.top() + row, box.width(), row)
    _paint_row(painter, upper, box, view, second_ticks(view.start, view.stop, most), (seconds_colour, line_colour), "s")
    ticks = frame_ticks(view.start, view.stop, most, rate, *origin)
    _paint_row(painter, lower, box, view, ticks, (frames_colour, line_colour), "f")


def _paint_row(
    painter: QPainter,
    row: QRectF,
    box: QRectF,
    view: View,
    ticks: list[Tick],
    colours: tuple[QColor, QColor],
    unit: str,
) -> None:
    """Ticks stand on the row's lower edge; a label stands at the right of its tick, within ``box``."""
    text_colour, line_colour = colours
    metrics = QFontMetricsF(painter.font())
    free_from = -1e9
    for tick in ticks:
        x = box.left() + (tick.position - view.start) / view.span * box.width()
        painter.setPen(QPen(line_colour, 0))
        height = row.height() * (0.8 if tick.label else 0.22)
        painter.drawLine(QLineF(x, row.bottom() - height, x, row.bottom()))
        text = f"{tick.label}{unit}" if unit == "s" and ":" not in tick.label else tick.label
        width = metrics.horizontalAdvance(text)
        left = x + metrics.height() * 0.2
        if not tick.label or left < free_from or left + width > box.right():
            continue
        painter.setPen(text_colour)
        area = QRectF(left, row.top(), width + 1, row.height() * 0.9)
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        free_from = left + width + metrics.height() * 0.4
