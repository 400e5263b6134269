"""What the voice of the clip says, asked of the worker without anybody waiting, to be drawn under the keys."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from maya_a2f import run
from maya_a2f.core.clip import Clip
from maya_a2f.errors import A2FError, Cancelled
from maya_a2f.link.messages import Content, Message
from maya_a2f.settings import SolveSettings
from maya_a2f.ui.worker_link import Ticket, WorkerLink

SLOT = "voice"


@dataclass(frozen=True)
class VoiceCourse:
    """Strengths over time, full ones: before they are mixed with what is set by hand."""

    rate: float
    """Samples per second; the first lies at the clip's in point."""
    strengths: Mapping[str, array[float]]
    """Emotion -> samples."""
    heard: Mapping[str, Any]
    """Who listened, how sure it was."""

    def strength_at(self, name: str, seconds: float) -> float:
        """The nearest sample; the ends hold, and an emotion that is not there is 0."""
        samples = self.strengths.get(name)
        if not samples:
            return 0.0
        return float(samples[min(len(samples) - 1, max(0, round(seconds * self.rate)))])


class VoiceCurves(QObject):
    """Follows clip and settings; asks only while the voice is switched on, and only for what it does not know."""

    known = Signal(object)
    """A :class:`VoiceCourse`; None where there is none any more."""
    failed = Signal(object)
    """An :class:`A2FError`: why nothing is known."""

    def __init__(self, link: WorkerLink, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link = link
        self._wanted: dict[str, Any] | None = None
        self._ticket: Ticket | None = None

    def follow(self, clip: Clip | None, settings: SolveSettings) -> None:
        """Another clip, or other settings; cheap to call often."""
        fields = None if clip is None or not settings.emotion_auto.is_on else _fields(clip, settings)
        if fields == self._wanted:
            return
        self._wanted = fields
        if self._ticket is not None:
            ticket, self._ticket = self._ticket, None
            ticket.cancel()
        if fields is None:
            self.known.emit(None)
        else:
            self._ask(fields)

    def _ask(self, fields: Mapping[str, Any]) -> None:
        self._ticket = self._link.request(
            "emotion",
            fields,
            slot=SLOT,
            on_result=lambda message: self._on_known(fields, message),
            on_error=lambda error: self._on_error(fields, error),
        )

    def _on_known(self, fields: Mapping[str, Any], message: Message) -> None:
        if fields is not self._wanted:
            return
        try:
            course = _course(message)
        except A2FError as error:
            self.failed.emit(error)
            return
        self.known.emit(course)

    def _on_error(self, fields: Mapping[str, Any], error: A2FError) -> None:
        if fields is not self._wanted:
            return
        if not isinstance(error, Cancelled):
            self.known.emit(None)
            self.failed.emit(error)
        elif self._link.state not in ("stopped", "failed"):  # a job went first: ask again behind it
            self._ask(fields)


def _fields(clip: Clip, settings: SolveSettings) -> dict[str, Any] | None:
    """Nothing that only mixes or poses takes part, so that a dial of those asks nothing."""
    auto = settings.emotion_auto
    is_mixed_in = bool(auto.settings.get("enablePreferredEmotion"))
    asked = SolveSettings(
        model=settings.model,
        identity=settings.identity,
        emotion=settings.emotion if is_mixed_in else {},
        emotion_keys=settings.emotion_keys if is_mixed_in else (),
        emotion_auto=replace(auto, strength=1.0),
    )
    try:
        return run.solve_fields(replace(clip, start_frame=1.0), asked)
    except A2FError:
        return None  # the clip's own section says what is wrong


def _course(message: Content) -> VoiceCourse:
    names = message.texts("names")
    numerator, denominator = message.items("rate")
    blob = message.blob("strengths", "f4", 2)
    values, width = blob.to_array(), blob.shape[1]
    return VoiceCourse(
        float(numerator) / float(denominator),
        {name: values[column::width] for column, name in enumerate(names)},
        message.table("heard"),
    )
