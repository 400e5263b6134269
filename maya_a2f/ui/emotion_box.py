"""Emotion in the Look section: a dial per emotion, their course over the clip, the voice, and attributes in the host.

Times are seconds after the clip's in point; names of emotions are in lower case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, TypeGuard

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from maya_a2f.core.emotion_courses import TOLERANCE, keys_of_courses
from maya_a2f.core.emotion_direction import EmotionDirection
from maya_a2f.core.emotion_keys import EmotionKey, key_fields, keys_from_data
from maya_a2f.core.emotion_settings import EmotionAuto
from maya_a2f.errors import A2FError, UserError
from maya_a2f.ui.dial import Dial
from maya_a2f.ui.emotion_colours import emotion_colour, emotion_title
from maya_a2f.ui.emotion_strip import EmotionStrip, restored_keys
from maya_a2f.ui.fold import Fold
from maya_a2f.ui.theme import gap
from maya_a2f.ui.voice_curves import VoiceCourse
from maya_a2f.ui.voice_section import VoiceSection


class EmotionBox(QWidget):
    """Everything that decides what is felt."""

    changed = Signal()
    """The user changed something."""
    dialsMade = Signal()  # noqa: N815 - as Qt names signals
    """There are other dials: they are to be aligned."""
    controlAsked = Signal(bool)  # noqa: N815
    """The user wants emotions on attributes in the host (True), or back here (False)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._base: dict[str, float] = {}
        self._playhead: float | None = None
        self._control_host: str | None = None
        self._directed_by = ""
        self._course: VoiceCourse | None = None
        self._box = QWidget(self)
        self._rows = QVBoxLayout(self._box)
        self._dials: dict[str, Dial] = {}
        self._strip = EmotionStrip(self)
        self._over_time = Fold("Over &time", "Emotion that changes over the clip: keys per emotion.", self)
        self._voice = VoiceSection(self)
        self._control = QPushButton(self)
        self._control.hide()
        self._set_key = QPushButton("Set ke&y", self)
        self._set_key.setToolTip(
            "Set a key at the playhead for the emotion touched last, with the strength it has there."
        )
        self._lay_out()
        self._strip.emotionChanged.connect(self._on_change)
        self._voice.changed.connect(self._on_change)
        self._voice.keysAsked.connect(self._on_voice_to_keys)
        self._control.clicked.connect(lambda: self.controlAsked.emit(not self._directed_by))
        self._set_key.clicked.connect(self._on_set_key)

    # What is chosen

    def emotion(self) -> dict[str, float]:
        """Emotions above 0 that hold wherever they have no keys, the strongest first."""
        return {name: value for name, value in sorted(self._base.items(), key=lambda item: -item[1]) if value > 0}

    def emotion_keys(self) -> tuple[EmotionKey, ...]:
        """Emotions over time, those that the model has."""
        kept = [
            EmotionKey(key.seconds, {name: value for name, value in key.strengths.items() if name in self._dials})
            for key in self._strip.emotion_keys()
        ]
        return tuple(key for key in kept if key.strengths)

    def emotion_auto(self) -> EmotionAuto:
        """How much of the emotion comes from the voice."""
        return self._voice.emotion_auto()

    def dials(self) -> list[Dial]:
        """All dials, to be aligned with others."""
        return [*self._dials.values(), *self._voice.dials()]

    def summary(self) -> str:
        """The two emotions that matter most, in words; empty where there is none."""
        keyed = sorted({name for key in self.emotion_keys() for name in key.strengths})
        names = [emotion_title(name) for name in dict.fromkeys([*keyed, *self.emotion()])]
        return ", ".join(names[:2]) + (" …" if len(names) > 2 else "")

    # What is told; emits nothing

    def set_emotions(self, names: Sequence[str]) -> None:
        """The emotions the model has; dials are kept as they are where they are the same."""
        lower = tuple(name.lower() for name in names)
        if lower == tuple(self._dials):
            return
        for dial in self._dials.values():
            self._rows.removeWidget(dial)
            dial.setParent(None)
            dial.deleteLater()
        self._dials = {name: self._made_dial(name) for name in lower}
        self._base = {name: self._base.get(name, 0.0) for name in lower}
        self._strip.set_emotions(lower)
        self.dialsMade.emit()
        self.refresh()

    def set_duration(self, seconds: float | None) -> None:
        """Length of the clip; None where there is none."""
        self._strip.set_duration(seconds)

    def set_playhead(self, seconds: float | None) -> None:
        """The moment shown; keyed emotions' dials show their strength there, and set keys there."""
        if seconds != self._playhead:
            self._playhead = seconds
            self._strip.set_playhead(seconds)
            self._show_keyed()

    def set_emotion(self, strengths: Mapping[str, float]) -> tuple[str, ...]:
        """Strengths that hold without keys, 0 for the others; returns those that the model does not have."""
        lower = {name.lower(): value for name, value in strengths.items()}
        self._base = {name: lower.get(name, 0.0) for name in self._dials}
        self.refresh()
        return tuple(name for name in lower if name not in self._dials)

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
        """Emotions come from a control in the host and are only shown here; None gives them back."""
        self._directed_by = "" if direction is None else direction.source
        if direction is not None:
            self._base = {name: direction.emotion.get(name, 0.0) for name in self._dials}
            restored_keys(self._strip, direction.keys)
            self._voice.set_strength(direction.strength)
        for widget in (self._box, self._strip, self._set_key):
            widget.setEnabled(direction is None)
        self._show_control()
        self.refresh()

    @property
    def is_directed(self) -> bool:
        """Whether the emotions come from a control in the host."""
        return bool(self._directed_by)

    def clear(self) -> None:
        """No keys, and the voice off."""
        self._strip.set_keys(())
        self._voice.reset()
        self.refresh()

    def is_like(self, strengths: Mapping[str, float], close: float) -> bool:
        """Whether the strengths without keys are these."""
        lower = {name.lower(): value for name, value in strengths.items()}
        return all(abs(value - lower.get(name, 0.0)) < close for name, value in self._base.items())

    def state(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "emotion": {name: value for name, value in self._base.items() if value > 0},
            "emotion_keys": key_fields(self._strip.emotion_keys()),
            "voice": self._voice.state(),
            "over_time": self._over_time.is_open,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what :meth:`state` gave; what is missing or makes no sense stays as it is."""
        emotion = state.get("emotion")
        if isinstance(emotion, Mapping):
            numbers = {str(name).lower(): value for name, value in emotion.items() if _is_number(value)}
            self._base = {name: min(1.0, max(0.0, numbers.get(name, 0.0))) for name in self._dials}
        if "emotion_keys" in state:
            try:
                restored_keys(self._strip, keys_from_data(state["emotion_keys"]))
            except UserError:
                self._strip.set_keys(())
        self._voice.restore(state.get("voice"))
        if isinstance(state.get("over_time"), bool):
            self._over_time.set_open(state["over_time"])
        self.refresh()

    def refresh(self) -> None:
        """Show everything as it is."""
        self._strip.set_base(self._base)
        self._show_keyed()
        keys = sum(len(key.strengths) for key in self._strip.emotion_keys())
        counted = f"{keys} key{'s' if keys != 1 else ''}" if keys else ""
        self._over_time.set_remark(f"{counted} from '{self._directed_by}'".strip() if self._directed_by else counted)
        self._show_voice()

    # Inner

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(gap(self, 0.2))
        for widget in (self._box, self._over_time, self._voice):
            column.addWidget(widget)
        self._over_time.body_layout.addWidget(self._strip)
        self._over_time.bar_layout.addWidget(self._control)
        self._over_time.bar_layout.addWidget(self._set_key)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(gap(self, 0.2))

    def _made_dial(self, name: str) -> Dial:
        dial = Dial(
            name,
            emotion_title(name),
            (0.0, 1.0),
            0.0,
            colour=partial(_colour_of, name),
            tool_tip=f"How much {emotion_title(name).lower()} the face shows. With keys, this sets one at the "
            "playhead.",
            parent=self._box,
        )
        dial.valueChanged.connect(partial(self._on_emotion, name))
        self._rows.addWidget(dial)
        return dial

    def _on_emotion(self, name: str, value: float) -> None:
        if self._strip.is_keyed(name):
            self._strip.add_key(name, self._playhead or 0.0, value)  # says so itself
            return
        self._base[name] = value
        self._strip.choose(name)
        self._on_change()

    def _on_set_key(self) -> None:
        self._over_time.set_open(True)
        if self._strip.chosen:
            self._strip.add_key(self._strip.chosen)

    def _on_change(self) -> None:
        self.refresh()
        self.changed.emit()

    def _on_voice_to_keys(self) -> None:
        """What the face shows now, as keys; what does not move becomes a plain strength."""
        course, share = self._course, self._voice.emotion_auto().strength
        if course is None or not share or self._directed_by:
            return
        moving: dict[str, list[float]] = {}
        moments = [index / course.rate for index in range(max(map(len, course.strengths.values()), default=0))]
        for name in self._dials:
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
        self._on_change()

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
        for name, dial in self._dials.items():
            is_keyed = self._strip.is_keyed(name)
            dial.set_value(self._strip.strength(name) if is_keyed else self._base.get(name, 0.0))
            dial.set_mark(("key" if self._strip.is_key_here(name) else "keyed") if is_keyed else "")


def _colour_of(name: str, widget: QWidget) -> QColor:
    return emotion_colour(widget, name)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
