"""One dial: name, slider, number, and a button that takes it back to where it starts from.

A dial away from its start shows it: a bar at its left, the way from the start filled on the slider, and the button.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QWidget,
)

from maya_a2f.core.face_parameters import FaceParameter
from maya_a2f.ui.dial_parts import SLIDER_STEPS, DialNumber, DialSlider, ResetButton, spaced_unit
from maya_a2f.ui.theme import colours_of, gap, line_height, text_width


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
        self._slider = DialSlider(self._colour, self)
        shown_bounds = (bounds[0] * shown_factor, bounds[1] * shown_factor)
        self._number = DialNumber(shown_bounds, decimals, unit, self)
        self._reset = ResetButton(self)
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
        value = round((low + (high - low) * position / SLIDER_STEPS) * self._factor, self._decimals) / self._factor
        # A slider rests on whole steps: one that comes to lie beside the start means the start.
        self._change(self._default if abs(value - self._default) < (high - low) / SLIDER_STEPS else value)

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
        position = round((self._value - low) / (high - low) * SLIDER_STEPS)
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
        start = f"{self._default * self._factor:.{self._decimals}f}{spaced_unit(self._unit)}"
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
        tool_tip=f"{parameter.meaning}\n{parameter.name}: {bounds[0]:g} to {bounds[1]:g}{spaced_unit(parameter.unit)}.",
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
