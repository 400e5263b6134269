"""The button that plays and stops: a sign of our own, for a style's icons are dark on dark in some hosts."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QStyle, QStyleOptionToolButton, QToolButton, QWidget

from maya_a2f.ui.theme import colours_of, line_height


class PlayButton(QToolButton):
    """Checked while something plays; then it shows a square, else a triangle."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setAccessibleName("Play")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Wider than high, as high as a field."""
        height = round(line_height(self) * 1.6)
        return QSize(round(height * 1.5), height)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """The same."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """The style's button with our sign on it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        option = QStyleOptionToolButton()
        self.initStyleOption(option)
        self.style().drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option, painter, self)
        colours = colours_of(self)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.text if self.isEnabled() else colours.line)
        size, centre = line_height(self) * 0.32, QRectF(self.rect()).center()
        if self.isChecked():
            painter.drawRect(QRectF(centre.x() - size * 0.85, centre.y() - size * 0.85, size * 1.7, size * 1.7))
        else:
            corners = (QPointF(-size * 0.75, -size), QPointF(size * 1.05, 0), QPointF(-size * 0.75, size))
            painter.drawPolygon(QPolygonF([centre + corner for corner in corners]))
