"""How the performance is styled: a look by name, emotions and their course over the clip, dials, the tail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, TypeGuard

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from maya_a2f.core.channels import EMOTIONS
from maya_a2f.core.emotion_courses import TOLERANCE, keys_of_courses
from maya_a2f.core.emotion_direction import EmotionDirection
from maya_a2f.core.emotion_keys import EmotionKey, key_fields, keys_from_data
from maya_a2f.core.emotion_settings import EmotionAuto
from maya_a2f.core.face_parameters import FACE_PARAMETERS, face_parameter
from maya_a2f.core.look import Change, Look
from maya_a2f.core.tail import LONGEST_TAIL_SECONDS
from maya_a2f.errors import A2FError, UserError
from maya_a2f.settings import SolveSettings
from maya_a2f.ui.dial import Dial, align_dials, parameter_dial
from maya_a2f.ui.emotion_colours import emotion_colour, emotion_title
from maya_a2f.ui.emotion_strip import EmotionStrip, restored_keys
from maya_a2f.ui.field_message import FieldMessage
from maya_a2f.ui.fold import Fold
from maya_a2f.ui.look_groups import MAIN, MORE, DialGroup
from maya_a2f.ui.look_shelf import LookShelf
from maya_a2f.ui.theme import gap
from maya_a2f.ui.voice_curves import VoiceCourse
from maya_a2f.ui.voice_section import VoiceSection

_CLOSE = 1e-6


class LookSection(QWidget):
    """The body of the panel's "Look" section. Times are seconds after the clip's in point."""

    emotionChanged = Signal()  # noqa: N815 - as Qt names signals
    """The user changed an emotion or its keys."""
    dialsChanged = Signal()  # noqa: N815
    """The user changed a parameter or the tail."""

    controlAsked = Signal(bool)  # noqa: N815
    """The user wants emotions on attributes in the host (True), or back here (False)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._control_host: str | None = None
        self._base: dict[str, float] = {}
        self._playhead: float | None = None
        self._message = FieldMessage(self)
        self._shelf = LookShelf(self)
        self._emotion_box = QWidget(self)
        self._emotion_rows = QVBoxLayout(self._emotion_box)
        self._emotion_dials: dict[str, Dial] = {}
        self._strip = EmotionStrip(self)
        self._over_time = Fold("Over &time", "Emotion that changes over the clip: keys per emotion.", self)
        self._voice = VoiceSection(self)
        self._course: VoiceCourse | None = None
        self._directed_by = ""
        self._control = QPushButton(self)
        self._control.hide()
        self._set_key = QPushButton("Set ke&y", self)
        self._set_key.setToolTip(
            "Set a key at the playhead for the emotion touched last, with the strength it has there."
        )
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
        self._show_emotions(EMOTIONS)
        self._align()
        self._refresh()

    # What the panel asks

    def set_model(self, info: Mapping[str, Any] | None) -> None:
        """What the worker's ``models_info`` replied; None where no model is known. Emits nothing."""
        report = (info or {}).get("report", info or {})
        facts = report.get("facts", report) if isinstance(report, Mapping) else {}
        names = facts.get("emotions")
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            self._show_emotions(names)
        else:
            self._show_emotions(EMOTIONS)
        own = facts.get("parameters")
        values = {name: value for name, value in own.items() if _is_number(value)} if isinstance(own, Mapping) else {}
        if _is_number(facts.get("input_strength")):
            values["inputStrength"] = facts["input_strength"]
        for name, dial in self._dials.items():
            dial.set_default(values.get(name, face_parameter(name).default))
        self._refresh()

    def set_duration(self, seconds: float | None) -> None:
        """Length of the clip; None where there is none."""
        self._strip.set_duration(seconds)

    def set_playhead(self, seconds: float | None) -> None:
        """The moment shown; keyed emotions' dials show their strength there, and set keys there."""
        if seconds != self._playhead:
            self._playhead = seconds
            self._strip.set_playhead(seconds)
            self._show_keyed()

    def emotion(self) -> dict[str, float]:
        """Emotions above 0 that hold wherever they have no keys."""
        return {name: value for name, value in self._base.items() if value > 0}

    def emotion_keys(self) -> tuple[EmotionKey, ...]:
        """Emotions over time, those that the model has."""
        shown = set(self._emotion_dials)
        kept = [
            EmotionKey(key.seconds, {name: value for name, value in key.strengths.items() if name in shown})
            for key in self._strip.emotion_keys()
        ]
        return tuple(key for key in kept if key.strengths)

    def emotion_auto(self) -> EmotionAuto:
        """How much of the emotion comes from the voice."""
        return self._voice.emotion_auto()

    def set_voice(self, course: VoiceCourse | None) -> None:
        """What the voice of the clip says; None while that is not known."""
        self._course = course
        self._voice.set_known(None if course is None else course.heard)
        self._show_voice()

    def show_voice_error(self, error: A2FError) -> None:
        """Why the voice is not known."""
        self._voice.show_error(error)

    def set_control_offer(self, host: str | None) -> None:
        """The host, by name, in which emotions can be keyed on attributes; None where they can't."""
        self._control_host = host
        self._show_control()

    def set_directed(self, direction: EmotionDirection | None) -> None:
        """Emotions come from a control in the host and are only shown here; None gives them back. Emits nothing."""
        self._directed_by = "" if direction is None else direction.source
        if direction is not None:
            self._base = {name: direction.emotion.get(name, 0.0) for name in self._emotion_dials}
            restored_keys(self._strip, direction.keys)
            self._voice.set_strength(direction.strength)
        for widget in (self._emotion_box, self._strip, self._set_key):
            widget.setEnabled(direction is None)
        self._show_control()
        self._refresh()

    @property
    def is_directed(self) -> bool:
        """Whether the emotions come from a control in the host."""
        return bool(self._directed_by)

    def parameters(self) -> dict[str, float]:
        """Parameters that differ from the package's."""
        return {name: dial.value for name, dial in self._dials.items() if dial.is_changed}

    def tail_seconds(self) -> float:
        """Length of the ease to rest."""
        return self._tail.value

    def summary(self) -> str:
        """What is chosen, in a few words, for the section's title bar."""
        parts = [self._shelf.title]
        keyed = sorted({name for key in self.emotion_keys() for name in key.strengths})
        strongest = sorted(self.emotion(), key=lambda name: -self._base[name])
        names = [emotion_title(name) for name in dict.fromkeys([*keyed, *strongest])]
        if names:
            parts.append(", ".join(names[:2]) + (" …" if len(names) > 2 else ""))
        return " · ".join(parts)

    def look(self) -> Look:
        """Emotion, parameters and tail as a look; keys over time are the clip's own and left out."""
        changes = {name: Change(value=value) for name, value in self.parameters().items()}
        return Look(self._shelf.name, self.emotion(), changes, self.tail_seconds())

    def set_look(self, look: Look) -> None:
        """Show a look; keys over time stay. Emits nothing. Emotions the model does not have are said and left out."""
        strengths = {name.lower(): value for name, value in look.emotion.items()}
        self._base = {name: strengths.get(name, 0.0) for name in self._emotion_dials}
        values = look.resolved({name: dial.default for name, dial in self._dials.items()})
        for name, dial in self._dials.items():
            dial.set_value(values.get(name, dial.default))
        if look.tail_seconds is not None:
            self._tail.set_value(look.tail_seconds)
        missing = [emotion_title(name) for name in strengths if name not in self._emotion_dials]
        self._message.clear()
        if missing:
            self._message.show_note(f"This model has no {' and no '.join(missing)}; '{look.name}' does without.")
        self._shelf.show_name(look.name)
        self._refresh()

    def reset(self) -> None:
        """Everything as the package has it, keys over time removed too; as the user's own doing."""
        self.set_look(Look(self._shelf.neutral_name, tail_seconds=self._tail.default))
        self._strip.set_keys(())
        self._voice.reset()
        self._refresh()
        self.emotionChanged.emit()
        self.dialsChanged.emit()

    def state(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "look": self._shelf.name,
            "emotion": self.emotion(),
            "emotion_keys": key_fields(self._strip.emotion_keys()),
            "parameters": self.parameters(),
            "tail_seconds": self.tail_seconds(),
            "voice": self._voice.state(),
            "over_time": self._over_time.is_open,
            "more": self._more.is_open,
        }

    def restore(self, state: object) -> None:
        """Take back what :meth:`state` gave; what is missing or makes no sense stays as it is. Emits nothing."""
        if not isinstance(state, Mapping):
            return
        emotion = state.get("emotion")
        if isinstance(emotion, Mapping):
            numbers = {str(name).lower(): value for name, value in emotion.items() if _is_number(value)}
            self._base = {name: min(1.0, max(0.0, numbers.get(name, 0.0))) for name in self._emotion_dials}
        parameters = state.get("parameters")
        if isinstance(parameters, Mapping):
            for name, dial in self._dials.items():
                value = parameters.get(name)
                dial.set_value(value if _is_number(value) else dial.default)
        if _is_number(state.get("tail_seconds")):
            self._tail.set_value(state["tail_seconds"])
        if "emotion_keys" in state:
            try:
                restored_keys(self._strip, keys_from_data(state["emotion_keys"]))
            except UserError:
                self._strip.set_keys(())
        self._voice.restore(state.get("voice"))
        for fold, key in ((self._over_time, "over_time"), (self._more, "more")):
            if isinstance(state.get(key), bool):
                fold.set_open(state[key])
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
        column.addWidget(self._emotion_box)
        column.addWidget(self._over_time)
        column.addWidget(self._voice)
        self._over_time.body_layout.addWidget(self._strip)
        self._over_time.bar_layout.addWidget(self._control)
        self._over_time.bar_layout.addWidget(self._set_key)
        column.addSpacing(gap(self, 0.4))
        column.addWidget(_heading(MAIN.title, self))
        self._add_dials(column, MAIN)
        column.addWidget(self._tail)
        column.addSpacing(gap(self, 0.2))
        column.addWidget(self._more)
        for number, group in enumerate(MORE):
            self._more.body_layout.addSpacing(gap(self, 0.4) if number else 0)
            self._more.body_layout.addWidget(_heading(group.title, self))
            self._add_dials(self._more.body_layout, group)
        self._reset = QPushButton("Reset a&ll", self)
        self._reset.setToolTip("Take every emotion, key and dial back to what the model package has.")
        self._more.bar_layout.addWidget(self._reset)
        self._emotion_rows.setContentsMargins(0, 0, 0, 0)
        self._emotion_rows.setSpacing(gap(self, 0.2))

    def _add_dials(self, column: QVBoxLayout, group: DialGroup) -> None:
        for name, _ in group.dials:
            column.addWidget(self._dials[name])

    def _connect(self) -> None:
        for dial in (*self._dials.values(), self._tail):
            dial.valueChanged.connect(self._on_dial)
        self._strip.emotionChanged.connect(self._on_keys)
        self._voice.changed.connect(self._on_keys)
        self._voice.keysAsked.connect(self._on_voice_to_keys)
        self._control.clicked.connect(lambda: self.controlAsked.emit(not self._directed_by))
        self._reset.clicked.connect(self.reset)
        self._set_key.clicked.connect(self._on_set_key)
        self._shelf.chosen.connect(self._on_look_chosen)
        self._shelf.save_asked.connect(lambda name: self._shelf.save(Look(name, *self._look_parts())))
        self._shelf.failed.connect(self._message.show_error)
        self._shelf.done.connect(self._message.clear)

    def _look_parts(self) -> tuple[Mapping[str, float], Mapping[str, Change], float]:
        look = self.look()
        return look.emotion, look.parameters, self.tail_seconds()

    def _show_emotions(self, names: Sequence[str]) -> None:
        """Dials for these emotions, kept as they are where they are the same."""
        lower = tuple(name.lower() for name in names)
        if lower == tuple(self._emotion_dials):
            return
        for dial in self._emotion_dials.values():
            self._emotion_rows.removeWidget(dial)
            dial.setParent(None)
            dial.deleteLater()
        self._emotion_dials = {}
        for name in lower:
            dial = Dial(
                name,
                emotion_title(name),
                (0.0, 1.0),
                0.0,
                colour=partial(_colour_of, name),
                tool_tip=f"How much {emotion_title(name).lower()} the face shows. With keys, this sets one at the "
                "playhead.",
                parent=self._emotion_box,
            )
            dial.valueChanged.connect(partial(self._on_emotion, name))
            self._emotion_rows.addWidget(dial)
            self._emotion_dials[name] = dial
        self._base = {name: self._base.get(name, 0.0) for name in lower}
        self._strip.set_emotions(lower)
        self._align()
        self._refresh()

    def _align(self) -> None:
        align_dials([*self._emotion_dials.values(), *self._voice.dials(), *self._dials.values(), self._tail])

    def _on_emotion(self, name: str, value: float) -> None:
        if self._strip.is_keyed(name):
            self._strip.add_key(name, self._playhead or 0.0, value)  # says so itself
            return
        self._base[name] = value
        self._strip.choose(name)
        self._refresh()
        self.emotionChanged.emit()

    def _on_set_key(self) -> None:
        self._over_time.set_open(True)
        if self._strip.chosen:
            self._strip.add_key(self._strip.chosen)

    def _on_keys(self) -> None:
        self._refresh()
        self.emotionChanged.emit()

    def _on_voice_to_keys(self) -> None:
        """What the face shows now, as keys; what does not move becomes a plain strength."""
        course, share = self._course, self._voice.emotion_auto().strength
        if course is None or not share or self._directed_by:
            return
        moving: dict[str, list[float]] = {}
        count = max(map(len, course.strengths.values()), default=0)
        for name in self._emotion_dials:
            moments = [index / course.rate for index in range(count)]
            shown = [
                (1.0 - share) * self._strip.strength(name, at) + share * course.strength_at(name, at) for at in moments
            ]
            if shown and max(shown) - min(shown) > TOLERANCE:
                moving[name] = shown
            else:
                still = sum(shown) / len(shown) if shown else 0.0
                self._base[name] = round(still, 3) if still > TOLERANCE else 0.0
        self._strip.set_keys(keys_of_courses(moving, course.rate))
        self._voice.set_strength(0.0)
        self._over_time.set_open(True)
        self._on_keys()

    def _on_dial(self, value: float) -> None:
        self._refresh()
        self.dialsChanged.emit()

    def _on_look_chosen(self, look: Look) -> None:
        self.set_look(look)
        self.emotionChanged.emit()
        self.dialsChanged.emit()

    def _refresh(self) -> None:
        self._strip.set_base(self._base)
        self._show_keyed()
        count = sum(self._dials[name].is_changed for group in MORE for name, _ in group.dials)
        self._more.set_remark(f"{count} changed" if count else "")
        keys = sum(len(key.strengths) for key in self._strip.emotion_keys())
        counted = f"{keys} key{'s' if keys != 1 else ''}" if keys else ""
        self._over_time.set_remark(f"{counted} from '{self._directed_by}'".strip() if self._directed_by else counted)
        self._show_voice()
        self._shelf.show_changed(not self._is_like(self._shelf.look))

    def _show_voice(self) -> None:
        """The voice's part of the mixture, below the keys."""
        course, strength = self._course, self._voice.emotion_auto().strength
        shown = None if course is None or not strength else course.strength_at
        self._strip.set_voice(shown and (lambda name, seconds: strength * shown(name, seconds)))

    def _show_control(self) -> None:
        host = self._control_host
        self._control.setVisible(host is not None)
        if self._directed_by:
            self._control.setText("&Back here")
            self._control.setToolTip(
                f"Delete the attributes of '{self._directed_by}' in {host}; their keys stay here, to be edited here."
            )
        else:
            self._control.setText(f"&Key in {host}")
            self._control.setToolTip(
                f"Put the emotions on attributes in {host}: they can be keyed and edited in the graph editor, and "
                "their curves are what the next run shows."
            )

    def _show_keyed(self) -> None:
        """Dials of keyed emotions show the moment, the others what holds all the time."""
        for name, dial in self._emotion_dials.items():
            is_keyed = self._strip.is_keyed(name)
            dial.set_value(self._strip.strength(name) if is_keyed else self._base.get(name, 0.0))
            dial.set_mark(("key" if self._strip.is_key_here(name) else "keyed") if is_keyed else "")

    def _is_like(self, look: Look | None) -> bool:
        """Whether the dials stand as a look puts them."""
        if look is None:
            return False
        strengths = {name.lower(): value for name, value in look.emotion.items()}
        values = look.resolved({name: dial.default for name, dial in self._dials.items()})
        return (
            all(abs(self._base[name] - strengths.get(name, 0.0)) < _CLOSE for name in self._emotion_dials)
            and all(abs(dial.value - values.get(name, dial.default)) < _CLOSE for name, dial in self._dials.items())
            and (look.tail_seconds is None or abs(look.tail_seconds - self._tail.value) < _CLOSE)
        )


def _heading(words: str, parent: QWidget) -> QLabel:
    label = QLabel(words, parent)
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    return label


def _colour_of(name: str, widget: QWidget) -> QColor:
    return emotion_colour(widget, name)


def _words_for(parameter: str) -> str:
    return next(words for group in (MAIN, *MORE) for name, words in group.dials if name == parameter)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
