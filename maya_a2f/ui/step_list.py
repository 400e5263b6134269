"""The steps of a job below each other: done, under way, to come."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from maya_a2f.ui.theme import colours_of, gap, line_height


class StepList(QWidget):
    """Painted in the widget's own colours and font."""

    def __init__(self, titles: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._titles = list(titles)
        self._current, self._status = -1, ""
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Steps of the set-up")

    def show_step(self, current: int, status: str = "") -> None:
        """Steps before ``current`` are done; ``status`` stands beside the current one."""
        self._current, self._status = current, status
        done = f"{min(max(current, 0), len(self._titles))} of {len(self._titles)} done"
        self.setAccessibleDescription(f"{done}. {status}".strip())
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """A row for each step."""
        return QSize(line_height(self) * 16, self._row() * len(self._titles))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As tall as its rows."""
        return QSize(line_height(self) * 8, self._row() * len(self._titles))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """A mark and a title for each step."""
        colours = colours_of(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        row, size = self._row(), line_height(self) * 0.62
        for index, title in enumerate(self._titles):
            middle = QPointF(size * 0.75, row * (index + 0.5))
            mark = QRectF(middle.x() - size / 2, middle.y() - size / 2, size, size)
            is_done, is_current = index < self._current, index == self._current
            if is_done:
                pen = QPen(colours.good, size * 0.17, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
                painter.setPen(pen)
                painter.drawPolyline(
                    [
                        QPointF(mark.left() + size * 0.12, mark.center().y() + size * 0.02),
                        QPointF(mark.left() + size * 0.40, mark.bottom() - size * 0.20),
                        QPointF(mark.right() - size * 0.08, mark.top() + size * 0.20),
                    ]
                )
            else:
                painter.setPen(QPen(colours.accent if is_current else colours.line, size * 0.13))
                painter.setBrush(colours.accent if is_current else Qt.BrushStyle.NoBrush)
                inset = size * (0.22 if is_current else 0.15)
                painter.drawEllipse(mark.adjusted(inset, inset, -inset, -inset))
            painter.setPen(colours.text if is_done or is_current else colours.dim)
            left = size * 1.5 + gap(self, 0.3)
            box = QRectF(left, row * index, self.width() - left, row)
            text = title + (f"   {self._status}" if is_current and self._status else "")
            metrics = self.fontMetrics()
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(box.width()))
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    def _row(self) -> int:
        return round(line_height(self) * 1.35)
