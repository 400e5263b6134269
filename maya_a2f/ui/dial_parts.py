"""What a dial is made of: a painted slider, a number field, and the button that takes a value back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QDoubleSpinBox, QSizePolicy, QSlider, QWidget

from maya_a2f.ui.theme import colours_of, line_height, mixed, text_width

SLIDER_STEPS = 1000
"""Positions of a slider; the number field is exact."""


def spaced_unit(unit: str) -> str:
    """The unit as it follows a number."""
    return {"": "", "deg": "°"}.get(unit, f" {unit}")


class DialSlider(QSlider):
    """A thin track, filled from the start to the value, with a tick at the start. A click jumps there."""

    double_clicked = Signal()

    def __init__(self, colour: Callable[[QWidget], QColor], parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._start = 0.0
        self._colour = colour
        self.setRange(0, SLIDER_STEPS)
        self.setSingleStep(SLIDER_STEPS // 100)
        self.setPageStep(SLIDER_STEPS // 10)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def set_start(self, share: float) -> None:
        """Where the dial starts from, 0…1 of the track."""
        self._start = share
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """A line high, some words wide."""
        return QSize(line_height(self) * 6, round(line_height(self) * 1.35))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Still usable."""
        return QSize(line_height(self) * 3, self.sizeHint().height())

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Go where the mouse is."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._follow(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Follow the mouse."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._follow(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Stay."""
        self.setSliderDown(False)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Back to the start."""
        self.double_clicked.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Scrolls the panel, unless the slider has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Track, way from the start, tick, handle."""
        colours, height = colours_of(self), line_height(self)
        left, right = self._ends()
        middle, thick = self.height() / 2, max(2.0, height * 0.22)
        start, place = (left + (right - left) * share for share in (self._start, self.value() / SLIDER_STEPS))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.base)
        painter.drawRoundedRect(QRectF(left, middle - thick / 2, right - left, thick), thick / 2, thick / 2)
        if abs(place - start) > 0.5 and self.isEnabled():
            painter.setBrush(self._colour(self))
            way = QRectF(min(start, place), middle - thick / 2, abs(place - start), thick)
            painter.drawRoundedRect(way, thick / 2, thick / 2)
        painter.setBrush(colours.dim)
        painter.drawRect(QRectF(start - height * 0.035, middle - height * 0.3, height * 0.07, height * 0.6))
        self._paint_handle(painter, QPointF(place, middle), height)

    def _paint_handle(self, painter: QPainter, centre: QPointF, height: float) -> None:
        colours = colours_of(self)
        is_lively = self.underMouse() or self.isSliderDown()
        fill = mixed(colours.window, colours.text, 0.95 if is_lively else 0.75)
        painter.setBrush(fill if self.isEnabled() else colours.line)
        edge = colours.accent if self.hasFocus() else mixed(colours.window, QColor(0, 0, 0), 0.45)
        painter.setPen(QPen(edge, max(1.0, height * (0.14 if self.hasFocus() else 0.06))))
        painter.drawEllipse(centre, height * 0.3, height * 0.3)

    def _ends(self) -> tuple[float, float]:
        inset = line_height(self) * 0.4
        return inset, max(inset + 1.0, self.width() - inset)

    def _follow(self, x: float) -> None:
        left, right = self._ends()
        self.setValue(round(min(1.0, max(0.0, (x - left) / (right - left))) * SLIDER_STEPS))


class DialNumber(QDoubleSpinBox):
    """A number without arrows; the wheel scrolls the panel unless the field has the focus."""

    def __init__(self, bounds: tuple[float, float], decimals: int, unit: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setRange(*bounds)
        self.setDecimals(decimals)
        self.setSingleStep(max(10.0**-decimals, (bounds[1] - bounds[0]) / 100 if bounds[1] - bounds[0] <= 20 else 1.0))
        self.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setKeyboardTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSuffix(spaced_unit(unit) if unit != "frames" else "")

    def wanted_width(self) -> int:
        """Room for the longest number it can show."""
        texts = [self.textFromValue(value) + self.suffix() for value in (self.minimum(), self.maximum())]
        return max(text_width(self, text) for text in texts) + line_height(self)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """As the slider's."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class ResetButton(QAbstractButton):
    """An arrow that turns back; takes its room also where there is nothing to take back."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.installEventFilter(self)
        self._is_offered = True
        self.set_offered(False)

    def set_offered(self, is_offered: bool) -> None:
        """Whether there is something to take back."""
        if is_offered != self._is_offered:
            self._is_offered = is_offered
            self.setEnabled(is_offered)
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """A square of a line's height."""
        side = round(line_height(self) * 1.1)
        return QSize(side, side)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """No tooltip where there is nothing to take back."""
        return event.type() == QEvent.Type.ToolTip and not self._is_offered

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """The arrow, brighter under the mouse."""
        if not self._is_offered:
            return
        colours, height = colours_of(self), line_height(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = colours.text if self.underMouse() or self.hasFocus() else colours.dim
        centre, radius = QPointF(self.width() / 2, self.height() / 2), height * 0.3
        box = QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)
        arc = QPainterPath()
        arc.arcMoveTo(box, 135)
        arc.arcTo(box, 135, -270)
        painter.setPen(QPen(colour, max(1.2, height * 0.1), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPath(arc)
        tip = arc.pointAtPercent(0.0)
        side = height * 0.2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        head = [tip + QPointF(-side, side * 0.6), tip + QPointF(-side * 0.5, -side), tip + QPointF(side, side * 0.55)]
        painter.drawPolygon(QPolygonF(head))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colours.accent, max(1.0, height * 0.07)))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), height * 0.15, height * 0.15)
