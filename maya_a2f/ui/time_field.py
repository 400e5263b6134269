"""A field for a time, typed as seconds, minutes or frames, stepped by frames."""

from __future__ import annotations

from fractions import Fraction

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QValidator, QWheelEvent
from PySide6.QtWidgets import QDoubleSpinBox, QWidget

from maya_a2f.core.time_display import format_seconds, parse_time

_LONGEST_SECONDS = 100 * 3600.0


class TimeField(QDoubleSpinBox):
    """Seconds. ``1:02.5``, ``62.5`` and ``48f`` are understood; arrow keys and wheel step by a frame."""

    committed = Signal(float)
    """The user chose another time."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rate = Fraction(30)
        self._told = 0.0
        self.setDecimals(6)
        self.setRange(0.0, _LONGEST_SECONDS)
        self.setKeyboardTracking(False)
        self.setAccelerated(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.valueChanged.connect(self._on_changed)

    def set_rate(self, rate: Fraction) -> None:
        """Frames per second: what a step is, and what ``48f`` means."""
        self._rate = rate
        self.setSingleStep(float(1 / rate))

    def show_seconds(self, seconds: float) -> None:
        """Show a time; emits nothing."""
        self.blockSignals(True)
        self.setValue(seconds)
        self._told = self.value()
        self.blockSignals(False)

    def textFromValue(self, value: float) -> str:  # noqa: N802 - Qt's names
        """To the millisecond."""
        return format_seconds(value)

    def valueFromText(self, text: str) -> float:  # noqa: N802
        """The time meant; the last one where nothing is."""
        if text.strip() == format_seconds(self._told):
            return self._told  # what is shown is rounded, and merely leaving the field changes nothing
        seconds = parse_time(text, self._rate)
        return self._told if seconds is None else seconds

    def validate(self, text: str, position: int) -> object:
        """Anything may be typed on the way to a time."""
        is_time = parse_time(text, self._rate) is not None
        return (QValidator.State.Acceptable if is_time else QValidator.State.Intermediate, text, position)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Without the focus the wheel scrolls the panel."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def _on_changed(self, value: float) -> None:
        if value != self._told:
            self._told = value
            self.committed.emit(value)
