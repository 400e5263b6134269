"""A made-up speaker whose every closure, vowel and pause is known: sound, phones and curves that fit each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maya_a2f.core.head import Head, load_head
from maya_a2f.core.take import Take
from maya_a2f.core.textgrid import Span
from maya_a2f.outputs import HEAD_FOLDER
from maya_a2f.quality.animation import Animation
from maya_a2f.quality.report import Report, judge
from maya_a2f.quality.sound import reduce_sound
from maya_a2f.quality.study import Study, make_study

Curve = NDArray[np.float64]

RATE = 30
SAMPLE_RATE_HZ = 16000
PHONE_SECONDS = 0.12
PAUSE_SECONDS = 1.0
WORDS = (
    "M AA T IY B UW K EH",
    "F AH S OW P AE N IH",
    "W EY D AA M UW G IY",
    "B EH T UH V AA P OW",
    "M IY L AH B UW S AA",
)
_OPEN = {"AA": 0.30, "AE": 0.30, "AH": 0.25, "EH": 0.25, "EY": 0.25, "OW": 0.22, "IY": 0.15, "IH": 0.16, "UW": 0.14,
         "UH": 0.16, "W": 0.12}  # fmt: skip
_SHUT = {"M": 0.0, "B": 0.0, "P": 0.0, "F": 0.05, "V": 0.05}
_ROUND, _SPREAD = {"UW", "OW", "UH", "W"}, {"IY", "IH", "EH", "EY"}


@dataclass
class Speech:
    """Curves of a faultless performance, ready to be spoilt."""

    phones: tuple[Span, ...]
    duration: float
    jaw: Curve
    """(frames,) jawOpen."""
    pucker: Curve
    spread: Curve
    blink: Curve
    extra: dict[str, Curve] = field(default_factory=dict)

    @property
    def times(self) -> Curve:
        return np.arange(len(self.jaw)) / RATE

    def frames_of(self, *labels: str, margin: float = 0.0) -> NDArray[np.bool_]:
        """(frames,) inside phones of these labels."""
        inside = np.zeros(len(self.jaw), bool)
        for span in self.phones:
            if span.label in labels:
                inside |= (self.times >= span.start_seconds - margin) & (self.times <= span.end_seconds + margin)
        return inside

    def tracks(self) -> dict[str, Curve]:
        sides = {
            "mouthStretchLeft": self.spread, "mouthStretchRight": self.spread, "eyeBlinkLeft": self.blink,
            "eyeBlinkRight": self.blink,
        }  # fmt: skip
        return {"jawOpen": self.jaw, "mouthPucker": self.pucker, **sides, **self.extra}

    def animation(self) -> Animation:
        return Animation("line.a2ftake", Fraction(RATE), self.tracks(), len(self.jaw), 0)

    def take(self) -> Take:
        return Take(Fraction(RATE), {name: track.tolist() for name, track in self.tracks().items()})

    def samples(self) -> NDArray[np.float32]:
        """A buzz as loud as the jaw of the faultless performance is open, silent in pauses."""
        times = np.arange(round(self.duration * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
        loudness = np.interp(times, *_keys(self.phones, self.duration, lambda label: 0.05 + _opening(label)))
        inside = np.zeros(len(times), bool)
        for span in self.phones:
            inside |= (times >= span.start_seconds) & (times < span.end_seconds)
        return (np.sin(2 * np.pi * 140 * times) * loudness * inside).astype(np.float32)


def speak() -> Speech:
    """Five words between pauses of a second."""
    phones = []
    now = PAUSE_SECONDS
    for word in WORDS:
        for label in word.split():
            phones.append(Span(now, now + PHONE_SECONDS, label))
            now += PHONE_SECONDS
        now += PAUSE_SECONDS
    duration = round(now * RATE) / RATE
    times = np.arange(round(duration * RATE)) / RATE
    blink = np.zeros(len(times))
    for start in range(60, len(times) - 6, 90):
        blink[start : start + 5] = (0.4, 1.0, 1.0, 0.7, 0.3)
    return Speech(
        tuple(phones),
        duration,
        jaw=_curve(phones, duration, times, _opening),
        pucker=_curve(phones, duration, times, lambda label: 0.6 * (label in _ROUND)),
        spread=_curve(phones, duration, times, lambda label: 0.5 * (label in _SPREAD)),
        blink=blink,
    )


def judged(speech: Speech, *, with_phones: bool = True, with_sound: bool = True) -> tuple[Report, Study]:
    """The report on a performance."""
    sound = reduce_sound(speech.samples(), SAMPLE_RATE_HZ) if with_sound else None
    phones = speech.phones if with_phones else None
    return judge(make_study(speech.animation(), default_head(), sound=sound, phones=phones))


def faults(report: Report) -> set[str]:
    """Keys of the measures that found something."""
    return {measure.key for measure in report.measures if measure.verdict in ("look at", "bad")}


def default_head() -> Head:
    return load_head(HEAD_FOLDER)


def textgrid(phones: tuple[Span, ...], duration: float, tier: str = "phones") -> str:
    """A TextGrid in the long format, with gaps filled."""
    spans: list[Span] = []
    for phone in (*phones, Span(duration, duration, "")):
        end = spans[-1].end_seconds if spans else 0.0
        if phone.start_seconds > end:
            spans.append(Span(end, phone.start_seconds, ""))
        if phone.label:
            spans.append(phone)
    rows = [
        f"        intervals [{index}]:\n            xmin = {span.start_seconds} \n"
        f'            xmax = {span.end_seconds} \n            text = "{span.label}" \n'
        for index, span in enumerate(spans, 1)
    ]
    return (
        f'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0 \nxmax = {duration} \ntiers? <exists> \n'
        f'size = 1 \nitem []: \n    item [1]:\n        class = "IntervalTier" \n        name = "{tier}" \n'
        f"        xmin = 0 \n        xmax = {duration} \n        intervals: size = {len(spans)} \n{''.join(rows)}"
    )


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def _opening(label: str) -> float:
    return _SHUT.get(label, _OPEN.get(label, 0.10))


def _keys(phones: list[Span] | tuple[Span, ...], duration: float, value: Callable[[str], float]) -> tuple[Curve, Curve]:
    """Times and values: what each phone wants in its middle, rest between words."""
    times, values = [0.0], [0.0]
    for index, phone in enumerate(phones):
        is_first = index == 0 or phones[index - 1].end_seconds < phone.start_seconds - 1e-6
        is_last = index == len(phones) - 1 or phones[index + 1].start_seconds > phone.end_seconds + 1e-6
        if is_first:
            times.append(phone.start_seconds - 0.05)
            values.append(0.0)
        times.append(phone.middle_seconds)
        values.append(float(value(phone.label)))
        if is_last:
            times.append(phone.end_seconds + 0.05)
            values.append(0.0)
    return np.array([*times, duration]), np.array([*values, 0.0])


def _curve(phones: list[Span], duration: float, times: Curve, value: Callable[[str], float]) -> Curve:
    return np.interp(times, *_keys(phones, duration, value))
