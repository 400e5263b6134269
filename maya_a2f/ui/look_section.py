"""How the performance is styled: a look by name, emotions and their course over the clip, dials, the tail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeGuard

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from maya_a2f.core.channels import EMOTIONS
from maya_a2f.core.emotion_keys import EmotionKey
from maya_a2f.core.emotion_settings import EmotionAuto
from maya_a2f.core.face_parameters import FACE_PARAMETERS, face_parameter
from maya_a2f.core.layers import LAYER_NAMES, LayerSettings
from maya_a2f.core.look import Change, Look, strengths_of
from maya_a2f.core.tail import LONGEST_TAIL_SECONDS
from maya_a2f.settings import SolveSettings
from maya_a2f.ui.dial import Dial, align_dials, parameter_dial
from maya_a2f.ui.emotion_box import EmotionBox
from maya_a2f.ui.emotion_colours import emotion_title
from maya_a2f.ui.field_message import FieldMessage
from maya_a2f.ui.fold import Fold
from maya_a2f.ui.layers_section import LayersSection
from maya_a2f.ui.look_groups import MAIN, MORE, DialGroup
from maya_a2f.ui.look_shelf import LookShelf
from maya_a2f.ui.style_section import StyleSection
from maya_a2f.ui.theme import gap

_CLOSE = 1e-6


class LookSection(QWidget):
    """The body of the panel's "Look" section. Times are seconds after the clip's in point."""

    emotionChanged = Signal()  # noqa: N815 - as Qt names signals
    """The user changed an emotion or its keys."""
    dialsChanged = Signal()  # noqa: N815
    """The user changed a parameter, the style or the tail."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._message = FieldMessage(self)
        self._shelf = LookShelf(self)
        self._emotion = EmotionBox(self)
        self._style = StyleSection(self)
        self._layers: LayersSection | None = None
        self._more = Fold("&More", "Eyes and blink, teeth and tongue, regions, sound.", self)
        self._dials = {
            parameter.name: parameter_dial(parameter, _words_for(parameter.name), self) for parameter in FACE_PARAMETERS
        }
        self._tail = Dial(
            "tail",
            "Tail",
            (0.0, LONGEST_TAIL_SECONDS),
            SolveSettings.tail_seconds,
            unit="s",
            slider_bounds=(0.0, 2.0),
            tool_tip="How long the face takes to come to rest after the clip; 0 is off.",
            parent=self,
        )
        self._lay_out()
        self._connect()
        self._emotion.set_emotions(EMOTIONS)
        self._align()
        self._refresh()

    # What the panel asks

    def set_model(self, info: Mapping[str, Any] | None) -> None:
        """What the worker's ``models_info`` replied; None where no model is known. Emits nothing."""
        report = (info or {}).get("report", info or {})
        facts = report.get("facts", report) if isinstance(report, Mapping) else {}
        names = facts.get("emotions")
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            self._emotion.set_emotions(names)
        else:
            self._emotion.set_emotions(EMOTIONS)
        own = facts.get("parameters")
        values = {name: value for name, value in own.items() if _is_number(value)} if isinstance(own, Mapping) else {}
        if _is_number(facts.get("input_strength")):
            values["inputStrength"] = facts["input_strength"]
        for name, dial in self._dials.items():
            dial.set_default(values.get(name, face_parameter(name).default))
        poses = [facts.get(f"{part}_poses") for part in ("skin", "tongue")]
        named = [str(name) for names in poses if isinstance(names, list) for name in names]
        self._style.set_channels(named if isinstance(poses[0], list) else None)
        self._refresh()

    def set_duration(self, seconds: float | None) -> None:
        """Length of the clip; None where there is none."""
        self._emotion.set_duration(seconds)

    def set_playhead(self, seconds: float | None) -> None:
        """The moment shown; keyed emotions' dials show their strength there, and set keys there."""
        self._emotion.set_playhead(seconds)

    @property
    def emotions(self) -> EmotionBox:
        """Everything that decides what is felt."""
        return self._emotion

    def emotion(self) -> dict[str, float]:
        """Emotions above 0 that hold wherever they have no keys."""
        return self._emotion.emotion()

    def emotion_keys(self) -> tuple[EmotionKey, ...]:
        """Emotions over time, those that the model has."""
        return self._emotion.emotion_keys()

    def emotion_auto(self) -> EmotionAuto:
        """How much of the emotion comes from the voice."""
        return self._emotion.emotion_auto()

    def parameters(self) -> dict[str, float]:
        """Parameters that differ from the package's."""
        return {name: dial.value for name, dial in self._dials.items() if dial.is_changed}

    def style_settings(self) -> dict[str, float]:
        """What is done to the channels after the solve."""
        return self._style.style_settings()

    def use_layers(self, layers: LayersSection) -> None:
        """Looks set and hold the strengths of these layers too."""
        self._layers = layers
        layers.changed.connect(self._refresh)
        self._refresh()

    def tail_seconds(self) -> float:
        """Length of the ease to rest."""
        return self._tail.value

    def summary(self) -> str:
        """What is chosen, in a few words, for the section's title bar."""
        return " · ".join(filter(None, (self._shelf.title, self._emotion.summary())))

    def look(self) -> Look:
        """Emotion, parameters and tail as a look; keys over time are the clip's own and left out."""
        changes = {name: Change(value=value) for name, value in self.parameters().items()}
        layers = LayerSettings() if self._layers is None else strengths_of(self._layers.layers())
        style = self.style_settings()
        return Look(self._shelf.name, self.emotion(), changes, self.tail_seconds(), style=style, layers=layers)

    def set_look(self, look: Look) -> None:
        """Show a look; keys over time stay. Emits nothing. Emotions the model does not have are said and left out."""
        missing = [emotion_title(name) for name in self._emotion.set_emotion(look.emotion)]
        values = look.resolved({name: dial.default for name, dial in self._dials.items()})
        for name, dial in self._dials.items():
            dial.set_value(values.get(name, dial.default))
        if look.tail_seconds is not None:
            self._tail.set_value(look.tail_seconds)
        self._style.set_style_settings(look.style)
        if self._layers is not None:
            self._layers.set_strengths(look.layers)
        self._message.clear()
        if missing:
            self._message.show_note(f"This model has no {' and no '.join(missing)}; '{look.name}' does without.")
        self._shelf.show_name(look.name)
        self._refresh()

    def reset(self) -> None:
        """Everything as the package has it, keys over time removed too; as the user's own doing."""
        self.set_look(Look(self._shelf.neutral_name, tail_seconds=self._tail.default))
        self._emotion.clear()
        self._refresh()
        self.emotionChanged.emit()
        self.dialsChanged.emit()

    def state(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "look": self._shelf.name,
            **self._emotion.state(),
            "parameters": self.parameters(),
            "tail_seconds": self.tail_seconds(),
            "style": self._style.state(),
            "more": self._more.is_open,
        }

    def restore(self, state: object) -> None:
        """Take back what :meth:`state` gave; what is missing or makes no sense stays as it is. Emits nothing."""
        if not isinstance(state, Mapping):
            return
        self._emotion.restore(state)
        parameters = state.get("parameters")
        if isinstance(parameters, Mapping):
            for name, dial in self._dials.items():
                value = parameters.get(name)
                dial.set_value(value if _is_number(value) else dial.default)
        if _is_number(state.get("tail_seconds")):
            self._tail.set_value(state["tail_seconds"])
        if "style" in state:
            self._style.restore(state["style"])
        if isinstance(state.get("more"), bool):
            self._more.set_open(state["more"])
        if isinstance(state.get("look"), str):
            self._shelf.show_name(state["look"])
        self._refresh()

    # Inner

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(gap(self, 0.2))
        column.addWidget(self._shelf)
        column.addWidget(self._message)
        column.addSpacing(gap(self, 0.3))
        column.addWidget(_heading("Emotion", self))
        column.addWidget(self._emotion)
        column.addSpacing(gap(self, 0.4))
        column.addWidget(_heading(MAIN.title, self))
        self._add_dials(column, MAIN)
        column.addWidget(self._tail)
        column.addSpacing(gap(self, 0.2))
        column.addWidget(self._style)
        column.addWidget(self._more)
        for number, group in enumerate(MORE):
            self._more.body_layout.addSpacing(gap(self, 0.4) if number else 0)
            self._more.body_layout.addWidget(_heading(group.title, self))
            self._add_dials(self._more.body_layout, group)
        self._reset = QPushButton("Reset a&ll", self)
        self._reset.setToolTip("Take every emotion, key and dial back to what the model package has.")
        self._more.bar_layout.addWidget(self._reset)

    def _add_dials(self, column: QVBoxLayout, group: DialGroup) -> None:
        for name, _ in group.dials:
            column.addWidget(self._dials[name])

    def _connect(self) -> None:
        for dial in (*self._dials.values(), self._tail):
            dial.valueChanged.connect(self._on_dial)
        self._style.changed.connect(self._on_dial)
        self._emotion.changed.connect(self._on_emotion)
        self._emotion.dialsMade.connect(self._align)
        self._reset.clicked.connect(self.reset)
        self._shelf.chosen.connect(self._on_look_chosen)
        self._shelf.save_asked.connect(lambda name: self._shelf.save(replace(self.look(), name=name)))
        self._shelf.failed.connect(self._message.show_error)
        self._shelf.done.connect(self._message.clear)

    def _align(self) -> None:
        dials = [*self._emotion.dials(), *self._dials.values(), *self._style.dials(), self._tail]
        align_dials(dials)
        self._style.align(max(dial.label_width() for dial in dials))

    def _on_emotion(self) -> None:
        self._refresh()
        self.emotionChanged.emit()

    def _on_dial(self, *_: object) -> None:
        self._refresh()
        self.dialsChanged.emit()

    def _on_look_chosen(self, look: Look) -> None:
        self.set_look(look)
        self.emotionChanged.emit()
        self.dialsChanged.emit()

    def _refresh(self) -> None:
        count = sum(self._dials[name].is_changed for group in MORE for name, _ in group.dials)
        self._more.set_remark(f"{count} changed" if count else "")
        self._shelf.show_changed(not self._is_like(self._shelf.look))

    def _is_like(self, look: Look | None) -> bool:
        """Whether the dials stand as a look puts them."""
        if look is None:
            return False
        values = look.resolved({name: dial.default for name, dial in self._dials.items()})
        return (
            self._emotion.is_like(look.emotion, _CLOSE)
            and all(abs(dial.value - values.get(name, dial.default)) < _CLOSE for name, dial in self._dials.items())
            and _are_close(look.style, self.style_settings())
            and (self._layers is None or _shown(look.layers) == _shown(self._layers.layers()))
            and (look.tail_seconds is None or abs(look.tail_seconds - self._tail.value) < _CLOSE)
        )


def _shown(layers: LayerSettings) -> tuple[object, ...]:
    """What dials show of layers: 1 is as the package has it."""
    strengths = (layers.layer(name).strength for name in LAYER_NAMES if name != "gaze")
    return (layers.saccade_kind, *(1.0 if strength is None else round(strength, 2) for strength in strengths))


def _are_close(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    return set(one) == set(other) and all(abs(one[name] - other[name]) < _CLOSE for name in one)


def _heading(words: str, parent: QWidget) -> QLabel:
    label = QLabel(words, parent)
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    return label


def _words_for(parameter: str) -> str:
    return next(words for group in (MAIN, *MORE) for name, words in group.dials if name == parameter)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
