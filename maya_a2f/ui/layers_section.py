"""Eyes and head: how strong each layer is, where the eyes look, and what animation is left alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeGuard

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from maya_a2f.core.layer_words import parse_gaze
from maya_a2f.core.layers import (
    LARGEST_PITCH_DEGREES,
    LARGEST_SEED,
    LARGEST_YAW_DEGREES,
    STRONGEST,
    GazeTarget,
    LayerSettings,
    with_layer,
    with_seed,
    with_targets,
)
from maya_a2f.errors import UserError
from maya_a2f.ui.dial import Dial, align_dials
from maya_a2f.ui.field_message import FieldMessage
from maya_a2f.ui.fold import Fold
from maya_a2f.ui.theme import gap

_STRENGTHS = (
    ("blinks", "Blinks", "How often the eyes blink; 1 is as often as the model says, 0 is never."),
    ("saccades", "Eye darts", "Size of the small jumps of the eyes; 1 is as the model has them, 0 is off."),
    ("brows", "Brow accents", "How far the brows rise on accents; 1 is as the model has it, 0 is off."),
    ("head", "Head motion", "How far head and neck move with the voice; 1 is gentle, 0 is off."),
)
_KEPT = frozenset({"eyes", "head"})


class LayersSection(QWidget):
    """A fold below the dials of the panel's "Look" section."""

    changed = Signal()
    """The user changed a layer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fold = Fold(
            "E&yes and head", "Blinks, eye darts, gaze, brows and the head, each with its strength.", self
        )
        self._message = FieldMessage(self)
        self._dials = {
            name: Dial(name, words, (0.0, STRONGEST), 1.0, tool_tip=tip, parent=self) for name, words, tip in _STRENGTHS
        }
        self._seed = Dial(
            "seed",
            "Variation",
            (0.0, float(LARGEST_SEED)),
            0.0,
            decimals=0,
            slider_bounds=(0.0, 100.0),
            tool_tip="Another number blinks, looks and moves at other moments, in the same manner.",
            parent=self,
        )
        self._left = _degrees("gazeLeft", "Look left", LARGEST_YAW_DEGREES, "the character's left", self)
        self._up = _degrees("gazeUp", "Look up", LARGEST_PITCH_DEGREES, "up", self)
        self._natural = QCheckBox("Eye darts from &measured figures", self)
        self._natural.setToolTip(
            "Looks away and back with the sizes, directions and times measured on a talking person, in place of the "
            "model's own eye darts."
        )
        self._held = QLineEdit(self)
        self._held.setPlaceholderText("12,-4@3-6; 0,0@8-9")
        self._held.setToolTip(
            "Gazes to hold: degrees to the character's left and up, @ from and to which second of the clip; several "
            "with a semicolon between them. Nobody blinks while a gaze is held. A third number makes it a point in "
            "centimetres before the eyes."
        )
        self._held.setAccessibleName("Held gazes")
        self._keep = QCheckBox("&Keep animation that eyes and head already have", self)
        self._keep.setToolTip(
            "Eye and head attributes that carry animation of somebody else take no keys and are named. What an earlier "
            "run wrote is renewed all the same."
        )
        self._keep.setChecked(True)
        self._lay_out()
        self._connect()
        self._refresh()

    def layers(self) -> LayerSettings:
        """What is chosen; held gazes that cannot be understood are left out, and said."""
        made = LayerSettings(saccade_kind="natural" if self._natural.isChecked() else "model")
        made = with_seed(made, round(self._seed.value))
        for name, dial in self._dials.items():
            if dial.is_changed:
                made = with_layer(made, name, replace(made.layer(name), strength=dial.value))
        try:
            return with_targets(made, self._targets())
        except UserError:
            return made

    def set_strengths(self, layers: LayerSettings) -> None:
        """Show a look's strengths and eye darts; seed and gazes stay. Emits nothing."""
        for name, dial in self._dials.items():
            strength = layers.layer(name).strength
            dial.set_value(dial.default if strength is None else strength)
        with QSignalBlocker(self._natural):
            self._natural.setChecked(layers.saccade_kind == "natural")
        self._refresh()

    def keep_existing(self) -> frozenset[str]:
        """Regions whose existing animation is left alone."""
        return _KEPT if self._keep.isChecked() else frozenset()

    def state(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "strengths": {name: dial.value for name, dial in self._dials.items() if dial.is_changed},
            "seed": self._seed.value,
            "gaze": [self._left.value, self._up.value],
            "held": self._held.text(),
            "natural": self._natural.isChecked(),
            "keep": self._keep.isChecked(),
            "open": self._fold.is_open,
        }

    def restore(self, state: object) -> None:
        """Take back what :meth:`state` gave; what is missing or makes no sense is as at first. Emits nothing."""
        given = state if isinstance(state, Mapping) else {}
        strengths = given.get("strengths")
        strengths = strengths if isinstance(strengths, Mapping) else {}
        gaze = given.get("gaze")
        left, up = gaze if isinstance(gaze, list) and len(gaze) == 2 else (0.0, 0.0)
        numbers = [(dial, strengths.get(name)) for name, dial in self._dials.items()]
        for dial, value in (*numbers, (self._seed, given.get("seed")), (self._left, left), (self._up, up)):
            dial.set_value(value if _is_number(value) else dial.default)
        for box, name, usual in ((self._natural, "natural", False), (self._keep, "keep", True)):
            with QSignalBlocker(box):
                box.setChecked(given[name] if isinstance(given.get(name), bool) else usual)
        with QSignalBlocker(self._held):
            self._held.setText(given["held"] if isinstance(given.get("held"), str) else "")
        if isinstance(given.get("open"), bool):
            self._fold.set_open(given["open"])
        self._refresh()

    def _targets(self) -> tuple[GazeTarget, ...]:
        """Raises :class:`UserError` ``gaze.bad``."""
        targets = [parse_gaze(part.strip()) for part in self._held.text().split(";") if part.strip()]
        if self._left.is_changed or self._up.is_changed:
            targets.append(GazeTarget(self._left.value, self._up.value))
        return tuple(targets)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._fold)
        body = self._fold.body_layout
        dials = [*self._dials.values(), self._seed, self._left, self._up]
        for dial in dials:
            body.addWidget(dial)
        align_dials(dials)
        row = QHBoxLayout()
        row.setContentsMargins(gap(self, 0.45), gap(self, 0.2), 0, 0)
        row.setSpacing(gap(self, 0.35))
        label = QLabel("&Held gazes", self)
        label.setBuddy(self._held)
        label.setFixedWidth(max(dial.label_width() for dial in dials))
        row.addWidget(label)
        row.addWidget(self._held, 1)
        body.addLayout(row)
        body.addWidget(self._message)
        for box in (self._natural, self._keep):
            indented = QHBoxLayout()
            indented.setContentsMargins(gap(self, 0.45), 0, 0, 0)
            indented.addWidget(box)
            body.addLayout(indented)

    def _connect(self) -> None:
        for dial in (*self._dials.values(), self._seed, self._left, self._up):
            dial.valueChanged.connect(self._on_change)
        self._natural.toggled.connect(self._on_change)
        self._keep.toggled.connect(self._on_change)
        self._held.editingFinished.connect(self._on_change)

    def _on_change(self, *_: object) -> None:
        self._refresh()
        self.changed.emit()

    def _refresh(self) -> None:
        self._message.clear()
        try:
            with_targets(LayerSettings(), self._targets())
        except UserError as error:
            self._message.show_error(error)
        dials = (*self._dials.values(), self._seed, self._left, self._up)
        count = sum(dial.is_changed for dial in dials) + self._natural.isChecked() + (not self._keep.isChecked())
        count += bool(self._held.text().strip())
        self._fold.set_remark(f"{count} changed" if count else "")


def _degrees(name: str, words: str, largest: float, way: str, parent: QWidget) -> Dial:
    return Dial(
        name,
        words,
        (-largest, largest),
        0.0,
        unit="deg",
        decimals=0,
        tool_tip=f"Where the eyes look all through the clip: degrees to {way}, less than 0 the other way.",
        parent=parent,
    )


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
