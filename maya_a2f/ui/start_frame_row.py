"""Where on the time line a clip starts: a frame to type, and a button for the one that is shown."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QValidator, QWheelEvent
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QPushButton, QWidget

from maya_a2f.core.time_display import format_frame
from maya_a2f.ui.theme import gap

_MOST_FRAME = 1e7


class FrameField(QDoubleSpinBox):
    """A frame, fractions allowed; without the focus the wheel scrolls the panel."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDecimals(2)
        self.setRange(-_MOST_FRAME, _MOST_FRAME)
        self.setKeyboardTracking(False)
        self.setAccelerated(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)

    def textFromValue(self, value: float) -> str:  # noqa: N802 - Qt's names
        """Without needless zeros."""
        return format_frame(value)

    def valueFromText(self, text: str) -> float:  # noqa: N802
        """With a point or a comma."""
        return float(text.strip().replace(",", "."))

    def validate(self, text: str, position: int) -> object:
        """A number, or what may become one."""
        cleaned, states = text.strip(), QValidator.State
        if re.fullmatch(r"-?\d{1,8}([.,]\d{0,2})?", cleaned):
            return (states.Acceptable, text, position)
        is_begun = re.fullmatch(r"-?\d{0,8}([.,]\d{0,2})?", cleaned) is not None
        return (states.Intermediate if is_begun else states.Invalid, text, position)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Only with the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class StartFrameRow(QWidget):
    """The frame on which the stretch starts."""

    changed = Signal(float)
    """The user chose another."""

    def __init__(self, current_frame: Callable[[], float], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._current_frame = current_frame
        self.field = FrameField(self)
        self.field.setValue(1.0)
        self.field.setAccessibleName("Start frame")
        self.field.setToolTip("The frame of the time line on which the stretch starts; may lie between frames.")
        self.field.valueChanged.connect(self.changed)
        self.button = QPushButton("&Use current", self)
        self.button.setToolTip("Start the stretch on the frame that is shown now.")
        self.button.clicked.connect(lambda: self.field.setValue(self._current_frame()))
        label = QLabel("Starts at &frame", self)
        label.setBuddy(self.field)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(gap(self, 0.3))
        row.addWidget(label)
        row.addWidget(self.field)
        row.addWidget(self.button)
        row.addStretch(1)

    def frame(self) -> float:
        """The frame chosen."""
        return self.field.value()

    def show_frame(self, frame: float) -> None:
        """Show a frame; emits nothing."""
        with QSignalBlocker(self.field):
            self.field.setValue(frame)
