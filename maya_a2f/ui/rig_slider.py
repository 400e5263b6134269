"""Moves the rig by one row of its map, to see what the row does, and puts it back."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QSlider, QWidget

from maya_a2f.core.channels import ChannelKind, channel_kind
from maya_a2f.core.retarget import driven_value
from maya_a2f.core.rig_map import Drive
from maya_a2f.errors import A2FError
from maya_a2f.ui.panel_host import PanelHost
from maya_a2f.ui.rig_map_document import RigMapDocument
from maya_a2f.ui.theme import gap, text_width

RANGES: dict[ChannelKind, tuple[float, float]] = {
    "weight": (0.0, 1.0),
    "rotate": (-20.0, 20.0),
    "translate": (-2.0, 2.0),
}
"""What the slider covers, in the channel's unit: weights, degrees, centimetres."""
_UNITS = {"weight": "", "rotate": "°", "translate": " cm"}
_STEPS = 1000


class RigSlider(QWidget):
    """A slider for the channels of one attribute. The rig is put back on release, unless it is held."""

    failed = Signal(object)
    """An :class:`A2FError` of the host."""

    def __init__(self, host: PanelHost, document: RigMapDocument, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._host, self._document = host, document
        self._character, self._attribute = "", ""
        self._is_moved = False
        self._channel = QComboBox(self)
        self._channel.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._channel.setToolTip("The channel to move. An attribute that follows none is moved itself.")
        self._slider = QSlider(Qt.Orientation.Horizontal, self)
        self._slider.setToolTip(
            "Moves the rig while you drag; no keys, no undo steps. Let go and the rig is as it was.\n"
            "Arrow keys move it too; Escape puts the rig back."
        )
        self._value = QLabel(self)
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._value.setMinimumWidth(text_width(self, "-20.00 cm"))
        self._all = QCheckBox("&All it drives", self)
        self._all.setToolTip("Move every attribute that the channel drives, not only this one.")
        self._hold = QCheckBox("&Hold", self)
        self._hold.setToolTip("Keep the pose when the slider is let go, to look at it from around.")
        self._label = QLabel("&Test", self)
        self._label.setBuddy(self._slider)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(gap(self))
        for widget, stretch in (
            (self._label, 0), (self._channel, 0), (self._slider, 1), (self._value, 0), (self._all, 0), (self._hold, 0),
        ):  # fmt: skip
            row.addWidget(widget, stretch)
        self._slider.valueChanged.connect(self._on_value)
        self._slider.sliderReleased.connect(self._on_released)
        self._slider.installEventFilter(self)
        self._channel.activated.connect(lambda _at: self._fit_range())
        self._hold.toggled.connect(lambda is_held: None if is_held else self.put_back())
        self._all.toggled.connect(lambda _is_all: self._move_again())
        document.changed.connect(lambda _names: self._move_again())
        document.opened.connect(lambda: self.set_attribute(""))
        self.set_attribute("")

    @property
    def is_moved(self) -> bool:
        """Whether the rig is away from where it was."""
        return self._is_moved

    def set_character(self, name: str) -> None:
        """Whose rig moves; puts the other one back."""
        self.put_back()
        self._character = name

    def set_attribute(self, attribute: str) -> None:
        """The row to test; puts the rig back. Empty, or an attribute that the rig does not have, is none."""
        self.put_back()
        is_known = self._document.attribute(attribute) is not None
        self._attribute = attribute if is_known else ""
        drive = self._drive()
        self._channel.clear()
        self._channel.addItems(list(drive.gains) if drive is not None else [])
        self._channel.setVisible(drive is not None and len(drive.gains) > 1)
        self._all.setEnabled(drive is not None)
        can_move = is_known and self._host.abilities.live_rig
        for widget in (self._slider, self._value, self._hold):
            widget.setEnabled(can_move)
        self._fit_range()

    def put_back(self) -> None:
        """The rig as it was before the slider was touched, and the slider at rest."""
        if self._is_moved:
            self._put_rig_back()
        self._rest_slider()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Escape, and leaving the slider, put the rig back."""
        is_escape = event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape  # type: ignore[attr-defined]
        if is_escape and self._is_moved:
            self._hold.setChecked(False)
            self.put_back()
            return True
        if event.type() == QEvent.Type.FocusOut and not self._hold.isChecked():
            self.put_back()
        return super().eventFilter(watched, event)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Out of sight, the rig is as it was."""
        self.put_back()
        super().hideEvent(event)

    def _drive(self) -> Drive | None:
        return self._document.rig_map.drives.get(self._attribute)

    def _kind(self) -> ChannelKind:
        if self._channel.currentText():
            return channel_kind(self._channel.currentText())
        attribute = self._document.attribute(self._attribute)
        return attribute.kind if attribute is not None else "weight"

    def _fit_range(self) -> None:
        self.put_back()
        lowest, _highest = RANGES[self._kind()]
        self._slider.blockSignals(True)
        self._slider.setRange(-_STEPS if lowest < 0 else 0, _STEPS)
        self._slider.setSingleStep(_STEPS // 20)
        self._slider.setPageStep(_STEPS // 4)
        self._slider.blockSignals(False)
        self._rest_slider()

    def _rest_slider(self) -> None:
        self._slider.blockSignals(True)
        self._slider.setValue(0)
        self._slider.blockSignals(False)
        self._show_value()

    def _channel_value(self) -> float:
        return self._slider.value() / _STEPS * RANGES[self._kind()][1]

    def _show_value(self) -> None:
        self._value.setText(f"{self._channel_value():.2f}{_UNITS[self._kind()]}" if self._attribute else "")

    def _on_value(self) -> None:
        self._show_value()
        try:
            self._host.show_values(self._character, self.values())
            self._is_moved = True
        except A2FError as error:
            self.failed.emit(error)

    def values(self) -> dict[str, float]:
        """Attribute -> value at the slider's place, in the attribute's unit."""
        channel, value = self._channel.currentText(), self._channel_value()
        attribute = self._document.attribute(self._attribute)
        if attribute is None:
            return {}
        drives = self._document.rig_map.drives
        if not channel:
            lowest = -math.inf if attribute.lowest is None else attribute.lowest
            highest = math.inf if attribute.highest is None else attribute.highest
            return {self._attribute: min(highest, max(lowest, attribute.rest + value))}
        names = [self._attribute]
        if self._all.isChecked():
            names = [name for name, drive in drives.items() if channel in drive.gains and not drive.muted]
        found = {}
        for name in names:
            moved = self._document.attribute(name)
            if moved is not None:
                found[name] = driven_value(drives[name], moved, self._document.rig_map, {channel: value})
        return found

    def _move_again(self) -> None:
        """An edit under a held pose is seen at once."""
        drive = self._drive()
        if [self._channel.itemText(at) for at in range(self._channel.count())] != list(drive.gains if drive else ()):
            self.set_attribute(self._attribute)
        elif self._is_moved:
            self._put_rig_back()
            self._on_value()

    def _put_rig_back(self) -> None:
        self._is_moved = False
        try:
            self._host.put_back()
        except A2FError as error:
            self.failed.emit(error)

    def _on_released(self) -> None:
        if not self._hold.isChecked():
            self.put_back()
