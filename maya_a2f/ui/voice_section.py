"""Emotion from the voice: the switch, how much of it counts, and how it is heard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from maya_a2f.core.emotion_settings import EMOTION_SETTINGS, EmotionAuto, EmotionSetting
from maya_a2f.errors import A2FError
from maya_a2f.ui.dial import Dial
from maya_a2f.ui.fold import Fold
from maya_a2f.ui.theme import dim_palette, gap, small_font

_USUAL_STRENGTH = 0.7
_WORDS = {
    "emotionStrength": "Overall strength",
    "liveTransitionTime": "Transition time",
    "liveBlendCoef": "Slowness",
    "emotionContrast": "Contrast",
    "maxEmotions": "Most at a time",
    "minimumCertainty": "Certainty needed",
    "enablePreferredEmotion": "Keys through the chain",
    "preferredEmotionStrength": "Share of the keys in it",
}
"""The settings an animator needs; the others are for scripts."""


class VoiceSection(QWidget):
    """Off until it is switched on: an animator's keys are never mixed with anything unasked."""

    changed = Signal()
    """The user changed something."""
    keysAsked = Signal()  # noqa: N815 - as Qt names signals
    """The user wants keys in place of the voice."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = ""
        self._switch = QCheckBox("From the &voice", self)
        self._switch.setToolTip(
            "Mix what is heard in the voice with what you set by hand. It is an estimate: it hears arousal well, and "
            "whether it is joy or anger badly. Where it is unsure, the face stays as you set it."
        )
        self._to_keys = QPushButton("Turn into &keys", self)
        self._to_keys.setToolTip(
            "Set keys for what the face shows now, the voice and what you set, and switch the voice off: from then on "
            "it is all yours to edit."
        )
        self._to_keys.setEnabled(False)
        self._strength = Dial(
            "fromVoice",
            "Share of the voice",
            (0.0, 1.0),
            _USUAL_STRENGTH,
            tool_tip="0 is only what you set by hand, 1 only what is heard in the voice.",
            parent=self,
        )
        self._status = QLabel(self)
        self._status.setWordWrap(True)
        self._status.setFont(small_font(self))
        self._status.setPalette(dim_palette(self))
        self._status.setTextFormat(Qt.TextFormat.PlainText)
        self._fold = Fold("How it is &heard", "Strength, speed and contrast of the emotion from the voice.", self)
        self._dials = {setting.name: _dial(setting, self) for setting in EMOTION_SETTINGS if setting.name in _WORDS}
        self._lay_out()
        self._to_keys.clicked.connect(self.keysAsked)
        self._switch.toggled.connect(lambda *_: self._on_change())
        for dial in self.dials():
            dial.valueChanged.connect(lambda *_: self._on_change())
        self._show()

    def dials(self) -> list[Dial]:
        """All of them, to be aligned with others."""
        return [self._strength, *self._dials.values()]

    @property
    def is_on(self) -> bool:
        """Whether the voice counts."""
        return self._switch.isChecked()

    def emotion_auto(self) -> EmotionAuto:
        """What a solve is told."""
        settings = {name: dial.value for name, dial in self._dials.items() if dial.is_changed}
        whole = {setting.name for setting in EMOTION_SETTINGS if setting.kind != "number"}
        settings = {name: float(round(value)) if name in whole else value for name, value in settings.items()}
        return EmotionAuto(self._strength.value if self.is_on else 0.0, self._model, settings)

    def set_strength(self, strength: float) -> None:
        """As a host's control says; 0 switches it off. Emits nothing."""
        self._switch.blockSignals(True)
        self._switch.setChecked(strength > 0)
        self._switch.blockSignals(False)
        if strength > 0:
            self._strength.set_value(strength)
        self._show()

    def set_known(self, heard: Mapping[str, Any] | None) -> None:
        """Who listened and how sure it was (the ``heard`` of the worker's ``emotion``); None while nobody has."""
        self._to_keys.setEnabled(heard is not None)
        self._status.setText("" if heard is None else status_words(heard))
        self._status.setVisible(self.is_on and bool(self._status.text()))

    def show_error(self, error: A2FError) -> None:
        """Why nothing was heard."""
        self._status.setText(str(error))
        self._status.setVisible(self.is_on)

    def reset(self) -> None:
        """Off, and every setting as it starts; emits nothing."""
        for dial in self.dials():
            dial.set_value(dial.default)
        self._model = ""
        self.set_strength(0.0)

    def state(self) -> dict[str, Any]:
        """JSON-ready."""
        auto = self.emotion_auto()
        return {
            "on": self.is_on,
            "strength": self._strength.value,
            "model": self._model,
            "settings": dict(auto.settings),
            "open": self._fold.is_open,
        }

    def restore(self, state: object) -> None:
        """Take back what :meth:`state` gave; what makes no sense keeps its start. Emits nothing."""
        if not isinstance(state, Mapping):
            return
        settings = state.get("settings")
        for name, dial in self._dials.items():
            value = settings.get(name) if isinstance(settings, Mapping) else None
            dial.set_value(value if _is_number(value) else dial.default)
        strength = state.get("strength")
        if _is_number(strength):
            self._strength.set_value(strength)
        self._model = state["model"] if isinstance(state.get("model"), str) else ""
        self._switch.blockSignals(True)
        self._switch.setChecked(state.get("on") is True)
        self._switch.blockSignals(False)
        self._fold.set_open(state.get("open") is True)
        self._show()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(gap(self, 0.2))
        row = QHBoxLayout()
        row.setContentsMargins(gap(self, 0.45), 0, 0, 0)
        row.addWidget(self._switch)
        row.addStretch(1)
        row.addWidget(self._to_keys)
        column.addLayout(row)
        column.addWidget(self._strength)
        column.addWidget(self._status)
        column.addWidget(self._fold)
        self._status.setContentsMargins(gap(self, 0.45), 0, 0, 0)
        for dial in self._dials.values():
            self._fold.body_layout.addWidget(dial)

    def _on_change(self) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        for widget in (self._strength, self._fold, self._to_keys):
            widget.setVisible(self.is_on)
        self._status.setVisible(self.is_on and bool(self._status.text()))
        count = sum(dial.is_changed for dial in self._dials.values())
        self._fold.set_remark(f"{count} changed" if count else "")


def status_words(heard: Mapping[str, Any]) -> str:
    """Who listened and how sure it was, in a line."""
    description, certainty = str(heard.get("description", "")), heard.get("certainty")
    words = f"Heard by {description}"
    if isinstance(certainty, Mapping) and _is_number(certainty.get("mean")):
        words += f"; certainty {certainty['mean']:.2f}"
    strongest = heard.get("strongest")
    if isinstance(strongest, Mapping):
        named = [f"{name} {value:.2f}" for name, value in [*strongest.items()][:2] if _is_number(value)]
        words += f"; strongest {', '.join(named)}" if named else "; nothing stands out, the face stays neutral"
    return f"{words}."


def _dial(setting: EmotionSetting, parent: QWidget) -> Dial:
    bounds = (setting.minimum, setting.maximum)
    return Dial(
        f"emotion.{setting.name}",
        _WORDS[setting.name],
        bounds,
        setting.default,
        unit="s" if setting.name == "liveTransitionTime" else "",
        decimals=2 if setting.kind == "number" else 0,
        slider_bounds=(0.0, 3.0) if setting.name == "liveTransitionTime" else bounds,
        tool_tip=f"{setting.meaning}\n{setting.name}: {bounds[0]:g} to {bounds[1]:g}.",
        parent=parent,
    )


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
