"""Everything the measures look at, brought together once: lips, weights, sound, phones, pauses."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from maya_a2f.core.head import Head
from maya_a2f.core.textgrid import Span
from maya_a2f.quality.animation import Animation
from maya_a2f.quality.lips import FloatArray, LipCurves, measure_lips
from maya_a2f.quality.phone_groups import Phone, classify
from maya_a2f.quality.sound import SHORTEST_PAUSE_SECONDS, Sound, find_pauses, runs

_SMALLEST_TYPICAL_CM = 0.15
_CLOSED_SHARE = 0.15
_CLOSED_CM = 0.06


@dataclass(frozen=True, eq=False)
class Study:
    """One animation, ready to be measured. Times are seconds after the clip's start."""

    animation: Animation
    lips: LipCurves
    sound: Sound | None
    phones: tuple[Phone, ...] | None
    pauses: tuple[Span, ...] | None
    """Where nobody speaks for 0.3 s or longer; None where neither sound nor phones tell."""
    words: tuple[Span, ...] = ()
    phone_shift_seconds: float = 0.0
    """How much later than the phones the lips are, found by the timing measure; the phone measures look there."""

    @property
    def rate_hz(self) -> float:
        """Frames per second."""
        return float(self.animation.rate)

    @cached_property
    def times(self) -> FloatArray:
        """(frames,) seconds."""
        return np.arange(self.animation.frame_count) / self.rate_hz

    @property
    def clip_seconds(self) -> float:
        """Where the clip ends; frames after it only bring the face to rest."""
        if self.sound is not None:
            return self.sound.duration_seconds
        return (self.animation.frame_count - (self.animation.tail_frames or 0)) / self.rate_hz

    @cached_property
    def spoken(self) -> NDArray[np.bool_]:
        """(frames,) within the clip and in no pause."""
        result = self.times < self.clip_seconds
        for pause in self.pauses or ():
            result &= ~((self.times >= pause.start_seconds) & (self.times < pause.end_seconds))
        return result

    @cached_property
    def wide_gaps_cm(self) -> tuple[float, float]:
        """80th and 90th percentile of the gap in speech; of the whole where nothing is spoken."""
        gap = self.lips.gap_cm[self.spoken] if self.spoken.any() else self.lips.gap_cm
        wide, widest = np.percentile(gap, [80, 90]).tolist()
        return wide, widest

    @cached_property
    def typical_gap_cm(self) -> float:
        """How far this mouth opens in speech: what the other gaps are compared with.

        The median over open vowels, but at least half of the 90th percentile in speech, and at least 0.15 cm.
        """
        wide, widest = self.wide_gaps_cm
        broad = 0.5 * widest
        if self.phones is None:
            return max(wide, broad, _SMALLEST_TYPICAL_CM)
        vowels = [self.gap_at(phone.span.middle_seconds) for phone in self.phones if phone.group == "open"]
        return max(float(np.median(vowels)) if vowels else 0.0, broad, _SMALLEST_TYPICAL_CM)

    @cached_property
    def closed_cm(self) -> float:
        """Lips nearer than this count as closed."""
        return max(_CLOSED_CM, _CLOSED_SHARE * self.typical_gap_cm)

    def gap_at(self, seconds: float) -> float:
        """The gap at a time of the phones, the found shift applied."""
        return float(np.interp(seconds + self.phone_shift_seconds, self.times, self.lips.gap_cm))

    def least_gap(self, start_seconds: float, end_seconds: float) -> float:
        """The smallest gap between two times of the phones, the found shift applied."""
        grid = np.arange(start_seconds, end_seconds + 0.005, 0.005) + self.phone_shift_seconds
        return float(np.interp(grid, self.times, self.lips.gap_cm).min())

    def in_group(self, *groups: str) -> list[Phone]:
        """The phones of these groups, in order of time."""
        return [phone for phone in self.phones or () if phone.group in groups]

    def lines(self) -> tuple[Span, ...]:
        """Stretches of speech between pauses, with their words where these are known."""
        edges = runs(self.spoken)
        spans = [Span(start / self.rate_hz, end / self.rate_hz, "") for start, end in edges if end - start >= 3]
        return tuple(Span(s.start_seconds, s.end_seconds, self._words_between(s)) for s in spans)

    def _words_between(self, span: Span) -> str:
        inside = (
            word.label
            for word in self.words
            if word.label and span.start_seconds <= word.middle_seconds < span.end_seconds
        )
        return " ".join(inside)


def make_study(
    animation: Animation,
    head: Head,
    *,
    sound: Sound | None = None,
    phones: tuple[Span, ...] | None = None,
    words: tuple[Span, ...] = (),
) -> Study:
    """Measure the lips, name the phones, find the pauses. Raises as :func:`measure_lips`."""
    lips = measure_lips(head, animation.tracks, animation.frame_count)
    named = None if phones is None else classify(phones)
    pauses = None
    if named is not None:
        end = sound.duration_seconds if sound is not None else max((p.span.end_seconds for p in named), default=0.0)
        pauses = _pauses_between(named, end)
    elif sound is not None:
        pauses = find_pauses(sound)
    return Study(animation, lips, sound, named, pauses, words)


def _pauses_between(phones: tuple[Phone, ...], end_seconds: float) -> tuple[Span, ...]:
    """What the spoken phones leave free, where it is long enough."""
    spoken = [phone.span for phone in phones if phone.group != "pause"]
    starts = [0.0, *(span.end_seconds for span in spoken)]
    ends = [*(span.start_seconds for span in spoken), end_seconds]
    return tuple(
        Span(start, end, "") for start, end in zip(starts, ends, strict=True) if end - start >= SHORTEST_PAUSE_SECONDS
    )
