"""In, out and length of a stretch as a row of fields."""

from __future__ import annotations

from fractions import Fraction

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from maya_a2f.core.clip_window import Trim
from maya_a2f.ui.theme import gap, text_width
from maya_a2f.ui.time_field import TimeField


class TrimFields(QWidget):
    """Three fields that belong together: length is out less in, and changing it moves out."""

    changed = Signal(object)
    """:class:`Trim`, as the user typed it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._trim: Trim | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(gap(self, 0.3))
        self.in_field = self._add(row, "&In", "Start of the stretch, seconds in the file")
        self.out_field = self._add(row, "&Out", "End of the stretch, seconds in the file")
        self.length_field = self._add(row, "&Length", "Length of the stretch; changing it moves the out point")
        for field in (self.in_field, self.out_field, self.length_field):
            field.committed.connect(self._on_committed)

    def set_rate(self, rate: Fraction) -> None:
        """Frames per second: the step of the arrows."""
        for field in (self.in_field, self.out_field, self.length_field):
            field.set_rate(rate)

    def show_trim(self, trim: Trim | None) -> None:
        """Show a stretch; emits nothing."""
        self._trim = trim
        self.in_field.show_seconds(0.0 if trim is None else trim.in_seconds)
        self.out_field.show_seconds(0.0 if trim is None else trim.out_seconds)
        self.length_field.show_seconds(0.0 if trim is None else trim.length_seconds)

    def _add(self, row: QHBoxLayout, text: str, tool_tip: str) -> TimeField:
        field = TimeField(self)
        label = QLabel(text, self)
        label.setBuddy(field)
        field.setAccessibleName(text.replace("&", ""))
        field.setToolTip(f"{tool_tip}.\nSeconds (2.5), minutes (1:02.5) or frames (48f); the arrows step by a frame.")
        field.setMinimumWidth(text_width(self, "00:00.000") + gap(self, 1.6))
        if row.count():
            row.addSpacing(gap(self, 0.3))
        row.addWidget(label)
        row.addWidget(field, 1)
        return field

    def _on_committed(self, seconds: float) -> None:
        trim = self._trim
        if trim is None:
            return
        if self.sender() is self.in_field:
            trim = trim.with_in(seconds)
        elif self.sender() is self.out_field:
            trim = trim.with_out(seconds)
        else:
            trim = trim.with_out(trim.in_seconds + seconds)
        self.show_trim(trim)
        self.changed.emit(trim)
