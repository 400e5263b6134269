"""How sounds are articulated: exaggeration, jaw and lips apart, what comes ahead of the sound, single channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from maya_a2f.core.style_settings import STYLE_DIALS, check_channels, checked_style
from maya_a2f.errors import UserError
from maya_a2f.ui.dial import Dial
from maya_a2f.ui.field_message import FieldMessage
from maya_a2f.ui.fold import Fold
from maya_a2f.ui.theme import gap

_WORDS = {
    "exaggeration": "Exaggeration",
    "jawStyle": "Jaw, little to wide",
    "lipStyle": "Lips, little to much",
    "lipLead": "Lips ahead",
    "jawLead": "Jaw ahead",
    "tongueLead": "Tongue ahead",
    "browLead": "Brows ahead",
}


class StyleSection(QWidget):
    """A fold below the dials of the panel's "Look" section."""

    changed = Signal()
    """The user changed it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fold = Fold("A&rticulation and timing", "How far jaw and lips go, and how early. Lips stay closed.", self)
        self._message = FieldMessage(self)
        self._dials = {
            dial.name: Dial(
                dial.name,
                _WORDS[dial.name],
                (dial.minimum, dial.maximum),
                dial.default,
                unit=dial.unit,
                decimals=0 if dial.unit == "ms" else 2,
                tool_tip=f"{dial.meaning}\n{dial.name}: {dial.minimum:g} to {dial.maximum:g}"
                f"{' ' + dial.unit if dial.unit else ''}.",
                parent=self,
            )
            for dial in STYLE_DIALS
        }
        self._own: tuple[str, ...] | None = None
        self._label = QLabel("Cha&nnels", self)
        self._channels = QLineEdit(self)
        self._channels.setPlaceholderText("mouthSmile.gain=1.3; brows.mute=1")
        self._channels.setToolTip(
            "Single channels, both sides of one, or a region (mouth, jaw, tongue, eyes, brows, head): NAME.gain (0 to "
            "3) and NAME.mute=1; for channels also NAME.offset, NAME.lowest and NAME.highest. Several with a semicolon "
            "between them."
        )
        self._channels.setAccessibleName("Channels")
        self._label.setBuddy(self._channels)
        self._lay_out()
        for made in self._dials.values():
            made.valueChanged.connect(self._on_change)
        self._channels.editingFinished.connect(self._on_change)
        self._refresh()

    def dials(self) -> tuple[Dial, ...]:
        """Those that want to line up with others."""
        return tuple(self._dials.values())

    def align(self, width: int) -> None:
        """Line the field up with dials whose words are so wide."""
        self._label.setFixedWidth(width)

    def set_channels(self, own: Sequence[str] | None) -> None:
        """What the model has beside the standard channels; None where that is not known. Emits nothing."""
        self._own = None if own is None else tuple(own)
        self._refresh()

    def style_settings(self) -> dict[str, float]:
        """What is chosen; channels that cannot be understood are left out, and said."""
        dials = {name: dial.value for name, dial in self._dials.items() if dial.is_changed}
        try:
            return checked_style({**dials, **self._words()})
        except UserError:
            return checked_style(dials)

    def set_style_settings(self, style: Mapping[str, float]) -> None:
        """Show a style. Emits nothing."""
        for name, dial in self._dials.items():
            dial.set_value(style.get(name, dial.default))
        with QSignalBlocker(self._channels):
            others = {name: value for name, value in style.items() if name not in self._dials}
            self._channels.setText("; ".join(f"{name}={value:g}" for name, value in others.items()))
        self._refresh()

    def state(self) -> dict[str, Any]:
        """JSON-ready."""
        dials = {name: dial.value for name, dial in self._dials.items() if dial.is_changed}
        return {"dials": dials, "channels": self._channels.text(), "open": self._fold.is_open}

    def restore(self, state: object) -> None:
        """Take back what :meth:`state` gave; what is missing or makes no sense is as at first. Emits nothing."""
        given = state if isinstance(state, Mapping) else {}
        values = given.get("dials")
        values = values if isinstance(values, Mapping) else {}
        for name, dial in self._dials.items():
            dial.set_value(values[name] if _is_number(values.get(name)) else dial.default)
        with QSignalBlocker(self._channels):
            self._channels.setText(given["channels"] if isinstance(given.get("channels"), str) else "")
        if isinstance(given.get("open"), bool):
            self._fold.set_open(given["open"])
        self._refresh()

    def _words(self) -> dict[str, float]:
        """The field's settings. Raises :class:`UserError` ``style.*``."""
        values: dict[str, float] = {}
        for part in filter(None, (piece.strip() for piece in self._channels.text().replace(",", ";").split(";"))):
            name, _, text = part.partition("=")
            try:
                values[name.strip()] = float(text)
            except ValueError as error:
                raise UserError(
                    f"'{part}' does not set a style.",
                    code="style.bad",
                    hint="Write NAME.gain=1.3, several with a semicolon between them.",
                ) from error
        style = checked_style(values)
        if self._own is not None:
            check_channels(style, self._own)
        return style

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._fold)
        for dial in self._dials.values():
            self._fold.body_layout.addWidget(dial)
        row = QHBoxLayout()
        row.setContentsMargins(gap(self, 0.45), gap(self, 0.2), 0, 0)
        row.setSpacing(gap(self, 0.35))
        row.addWidget(self._label)
        row.addWidget(self._channels, 1)
        self._fold.body_layout.addLayout(row)
        self._fold.body_layout.addWidget(self._message)

    def _on_change(self, *_: object) -> None:
        self._refresh()
        self.changed.emit()

    def _refresh(self) -> None:
        self._message.clear()
        count = sum(dial.is_changed for dial in self._dials.values())
        try:
            count += len(self._words())
        except UserError as error:
            self._message.show_error(error)
        self._fold.set_remark(f"{count} changed" if count else "")


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
