"""A part of the panel under a title bar that opens and closes it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from maya_a2f.ui.theme import colours_of, gap, line_height, mixed


class Section(QWidget):
    """A title bar with a summary at its right end, and a body below it."""

    toggled = Signal(bool)
    """The user opened (True) or closed it."""

    def __init__(self, title: str, body: QWidget, parent: QWidget | None = None, *, tool_tip: str = "") -> None:
        super().__init__(parent)
        self._body = body
        self._bar = TitleBar(title, self)
        self._bar.setToolTip(tool_tip or f"Open or close '{title}'.")
        self._bar.clicked.connect(self._on_clicked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._bar)
        self._frame = QWidget(self)
        inner = QVBoxLayout(self._frame)
        inner.setContentsMargins(gap(self, 0.5), gap(self, 0.45), gap(self, 0.5), gap(self, 0.7))
        inner.addWidget(body)
        layout.addWidget(self._frame)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    @property
    def title(self) -> str:
        """The words in the bar."""
        return self._bar.title

    @property
    def body(self) -> QWidget:
        """The widget below the bar."""
        return self._body

    @property
    def is_open(self) -> bool:
        """Whether the body is shown."""
        return self._bar.isChecked()

    def set_open(self, is_open: bool) -> None:
        """Show or hide the body; emits nothing."""
        self._bar.setChecked(is_open)
        self._frame.setVisible(is_open)

    def set_summary(self, text: str, *, is_warning: bool = False) -> None:
        """The words at the right of the bar: what is chosen inside, also when closed."""
        self._bar.set_summary(text, is_warning)

    def tab_stops(self) -> list[QWidget]:
        """What the tabulator visits, the title bar first; the body in its own order."""
        return [self._bar, *tab_stops(self._body)]

    def state(self) -> dict[str, Any]:
        """Whether it is open, JSON-ready."""
        return {"open": self.is_open}

    def restore(self, state: object) -> None:
        """Take back what :meth:`state` gave; anything else is ignored."""
        if isinstance(state, dict) and isinstance(state.get("open"), bool):
            self.set_open(state["open"])

    def _on_clicked(self) -> None:
        self._frame.setVisible(self.is_open)
        self.toggled.emit(self.is_open)


def tab_stops(within: QWidget) -> list[QWidget]:
    """The widgets below ``within`` that the tabulator visits, in order."""
    stops: list[QWidget] = []
    widget = within.nextInFocusChain()
    while widget is not None and widget is not within:
        takes_tab = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.focusProxy() is None
        if takes_tab and within.isAncestorOf(widget):
            stops.append(widget)
        widget = widget.nextInFocusChain()
    return stops


class TitleBar(QAbstractButton):
    """A bar with an arrow, a title and a summary. Space, Return and the mouse toggle it."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self._summary = ""
        self._is_warning = False
        self.setCheckable(True)
        self.setChecked(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(title)

    def set_summary(self, text: str, is_warning: bool) -> None:
        """The words at the right."""
        self._summary, self._is_warning = text, is_warning
        self.setAccessibleDescription(text)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """A line of text with room around it."""
        height = line_height(self)
        return QSize(height * 8, round(height * 1.55))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As high as it wants to be; the summary gives way first."""
        return QSize(line_height(self) * 6, self.sizeHint().height())

    def event(self, event: QEvent) -> bool:
        """Return toggles as Space does."""
        if event.type() == QEvent.Type.KeyPress and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):  # type: ignore[attr-defined]
            self.click()
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Ground, arrow, title, summary, and a frame when it has the focus."""
        colours, height = colours_of(self), line_height(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect())
        radius = height * 0.15
        painter.setPen(QPen(Qt.PenStyle.NoPen))
        painter.setBrush(mixed(colours.raised, colours.text, 0.08) if self.underMouse() else colours.raised)
        painter.drawRoundedRect(box, radius, radius)
        self._paint_arrow(painter, QPointF(height * 0.75, box.center().y()), height * 0.24)
        title_font = QFont(self.font())
        title_font.setBold(True)
        metrics = QFontMetrics(title_font)
        left, right = height * 1.4, box.width() - height * 0.6
        title_width = metrics.horizontalAdvance(self.title)
        painter.setFont(title_font)
        painter.setPen(colours.text)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(left, 0, title_width + 2, box.height()), middle, self.title)
        room = right - left - title_width - height
        if self._summary and room > height:
            painter.setFont(self.font())
            painter.setPen(colours.warning if self._is_warning else colours.dim)
            words = self.fontMetrics().elidedText(self._summary, Qt.TextElideMode.ElideRight, int(room))
            painter.drawText(QRectF(right - room, 0, room, box.height()), middle | Qt.AlignmentFlag.AlignRight, words)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colours.accent, max(1.0, height * 0.07)))
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)

    def _paint_arrow(self, painter: QPainter, centre: QPointF, size: float) -> None:
        if self.isChecked():
            corners = [QPointF(-size, -size * 0.55), QPointF(size, -size * 0.55), QPointF(0, size * 0.75)]
        else:
            corners = [QPointF(-size * 0.55, -size), QPointF(size * 0.75, 0), QPointF(-size * 0.55, size)]
        painter.setBrush(colours_of(self).dim)
        painter.drawPolygon(QPolygonF([centre + corner for corner in corners]))
