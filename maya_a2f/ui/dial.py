"""One dial: name, slider, number, and a button that takes it back to where it starts from.

A dial away from its start shows it: a bar at its left, the way from the start filled on the slider, and the button.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QWidget,
)

from maya_a2f.core.face_parameters import FaceParameter
from maya_a2f.ui.theme import colours_of, gap, line_height, mixed, text_width

_STEPS = 1000
"""Positions of a slider; the number field is exact."""


class Dial(QWidget):
    """A value between two limits."""

    valueChanged = Signal(float)  # noqa: N815 - as Qt names signals
    """The user changed it."""

    def __init__(
        self,
        name: str,
        label: str,
        bounds: tuple[float, float],
        default: float,
        *,
        unit: str = "",
        decimals: int = 2,
        shown_factor: float = 1.0,
        colour: Callable[[QWidget], QColor] | None = None,
        slider_bounds: tuple[float, float] | None = None,
        tool_tip: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """The number field shows the value times ``shown_factor``, in ``unit``, with so many ``decimals``. ``colour``
        gives the colour of its marks. ``slider_bounds`` is the useful part of very wide ``bounds``; numbers beyond it
        can still be typed.
        """
        super().__init__(parent)
        self.name = name
        self._value = self._default = float(default)
        self._bounds, self._slider_bounds = bounds, slider_bounds or bounds
        self._mark = ""
        self._tool_tip, self._unit, self._decimals, self._factor = tool_tip, unit, decimals, shown_factor
        self._colour = colour or _accent
        self._label = QLabel(label, self)
        self._slider = _Slider(self._colour, self)
        shown_bounds = (bounds[0] * shown_factor, bounds[1] * shown_factor)
        self._number = _Number(shown_bounds, decimals, unit, self)
        self._reset = _ResetButton(self)
        self._label.setBuddy(self._number)
        self._slider.setAccessibleName(label)
        self._number.setAccessibleName(label)
        self._reset.setAccessibleName(f"Reset {label}")
        row = QHBoxLayout(self)
        row.setContentsMargins(gap(self, 0.45), 0, 0, 0)
        row.setSpacing(gap(self, 0.35))
        row.addWidget(self._label)
        row.addWidget(self._slider, 1)
        row.addWidget(self._number)
        row.addWidget(self._reset)
        self._slider.valueChanged.connect(self._on_slider)
        self._number.valueChanged.connect(self._on_number)
        self._reset.clicked.connect(self.reset)
        self._slider.double_clicked.connect(self.reset)
        self._show()

    @property
    def value(self) -> float:
        """As set, not as rounded for showing."""
        return self._value

    @property
    def default(self) -> float:
        """Where it starts from."""
        return self._default

    @property
    def is_changed(self) -> bool:
        """Whether it is away from its start."""
        return abs(self._value - self._default) * self._factor > 0.5 * 10.0**-self._decimals

    @property
    def label(self) -> str:
        """The words at its left."""
        return self._label.text()

    def set_value(self, value: float) -> None:
        """Show a value, held within the limits; emits nothing."""
        if math.isfinite(value):
            self._value = min(self._bounds[1], max(self._bounds[0], float(value)))
            self._show()

    def set_default(self, value: float) -> None:
        """Start from another value; a dial that was at its start goes along. Emits nothing."""
        was_changed = self.is_changed
        self._default = float(value)
        self.set_value(self._value if was_changed else value)

    def set_mark(self, mark: str) -> None:
        """``key`` (a key at this moment), ``keyed`` (keys elsewhere) or empty: a diamond in place of the bar."""
        if mark != self._mark:
            self._mark = mark
            self._show()

    def reset(self) -> None:
        """Back to its start, as the user's own doing."""
        if self.is_changed:
            self._change(self._default)

    def label_width(self) -> int:
        """How wide its words want to be."""
        return text_width(self, self._label.text()) + 2

    def set_label_width(self, width: int) -> None:
        """Room for the words, so that dials below each other line up."""
        self._label.setFixedWidth(width)

    def set_number_width(self, width: int) -> None:
        """Room for the number, likewise."""
        self._number.setFixedWidth(width)

    def number_width(self) -> int:
        """How wide its number wants to be."""
        return self._number.wanted_width()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """The mark at the left."""
        height = line_height(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        if self._mark:
            side = height * 0.2
            painter.translate(height * 0.18, middle)
            painter.setPen(QPen(self._colour(self), max(1.0, height * 0.07)))
            painter.setBrush(self._colour(self) if self._mark == "key" else Qt.BrushStyle.NoBrush)
            corners = [QPointF(0, -side), QPointF(side, 0), QPointF(0, side), QPointF(-side, 0)]
            painter.drawPolygon(QPolygonF(corners))
        elif self.is_changed:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._colour(self))
            bar = QRectF(height * 0.06, middle - height * 0.42, height * 0.16, height * 0.84)
            painter.drawRoundedRect(bar, height * 0.08, height * 0.08)

    def _on_slider(self, position: int) -> None:
        low, high = self._slider_bounds
        value = round((low + (high - low) * position / _STEPS) * self._factor, self._decimals) / self._factor
        # A slider rests on whole steps: one that comes to lie beside the start means the start.
        self._change(self._default if abs(value - self._default) < (high - low) / _STEPS else value)

    def _on_number(self, shown: float) -> None:
        self._change(shown / self._factor)

    def _change(self, value: float) -> None:
        value = min(self._bounds[1], max(self._bounds[0], value))
        if value != self._value:
            self._value = value
            self._show()
            self.valueChanged.emit(value)

    def _show(self) -> None:
        low, high = self._slider_bounds
        position = round((self._value - low) / (high - low) * _STEPS)
        start = (self._default - low) / (high - low)
        for widget in (self._slider, self._number):
            widget.blockSignals(True)
        self._slider.setValue(position)
        self._slider.set_start(min(1.0, max(0.0, start)))
        self._number.setValue(self._value * self._factor)
        for widget in (self._slider, self._number):
            widget.blockSignals(False)
        self._reset.set_offered(self.is_changed)
        self._describe()
        self.update()

    def _describe(self) -> None:
        start = f"{self._default * self._factor:.{self._decimals}f}{_spaced(self._unit)}"
        words = f"{self._tool_tip}\nStarts at {start}. Double-click the slider to go back.".strip()
        for widget in (self, self._label, self._slider, self._number):
            widget.setToolTip(words)
        self._reset.setToolTip(f"Back to {start}")


def parameter_dial(parameter: FaceParameter, label: str, parent: QWidget | None = None) -> Dial:
    """A dial for a face parameter, with its meaning, unit and range in the tooltip."""
    bounds = (parameter.minimum, parameter.maximum)
    factor, unit = (1000.0, "ms") if parameter.unit == "s" else (1.0, parameter.unit)
    return Dial(
        parameter.name,
        label,
        bounds,
        parameter.default,
        unit=unit,
        shown_factor=factor,
        decimals=_decimals(parameter),
        slider_bounds=(0.0, 4.0) if parameter.name == "inputStrength" else bounds,
        tool_tip=f"{parameter.meaning}\n{parameter.name}: {bounds[0]:g} to {bounds[1]:g}{_spaced(parameter.unit)}.",
        parent=parent,
    )


def align_dials(dials: Sequence[Dial], *, label_width: int = 0) -> None:
    """Give dials below each other one width of words and of numbers."""
    width = max([label_width, *(dial.label_width() for dial in dials)])
    number_width = max((dial.number_width() for dial in dials), default=0)
    for dial in dials:
        dial.set_label_width(width)
        dial.set_number_width(number_width)


def _accent(widget: QWidget) -> QColor:
    return colours_of(widget).accent


def _decimals(parameter: FaceParameter) -> int:
    if parameter.unit in ("frames", "/min"):
        return 0
    if parameter.unit in ("deg", "s"):  # seconds are shown as milliseconds
        return 1
    if 0 < parameter.minimum < 0.01:
        return 4
    return 3 if parameter.maximum - parameter.minimum <= 0.5 else 2


def _spaced(unit: str) -> str:
    return {"": "", "deg": "°"}.get(unit, f" {unit}")


class _Slider(QSlider):
    """A thin track, filled from the start to the value, with a tick at the start. A click jumps there."""

    double_clicked = Signal()

    def __init__(self, colour: Callable[[QWidget], QColor], parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._start = 0.0
        self._colour = colour
        self.setRange(0, _STEPS)
        self.setSingleStep(_STEPS // 100)
        self.setPageStep(_STEPS // 10)
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
        start, place = (left + (right - left) * share for share in (self._start, self.value() / _STEPS))
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
        self.setValue(round(min(1.0, max(0.0, (x - left) / (right - left))) * _STEPS))


class _Number(QDoubleSpinBox):
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
        self.setSuffix(_spaced(unit) if unit != "frames" else "")

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


class _ResetButton(QAbstractButton):
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
