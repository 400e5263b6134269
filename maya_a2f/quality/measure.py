"""What a measure says: a value, a verdict in plain words, and the times worth looking at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Verdict = Literal["good", "look at", "bad", "not measured"]
Group = Literal["lips", "timing", "stillness", "motion", "range"]

_RANK: dict[Verdict, int] = {"not measured": 0, "good": 1, "look at": 2, "bad": 3}


@dataclass(frozen=True)
class Event:
    """A time worth looking at."""

    measure: str
    """Key of the measure that found it."""
    start_seconds: float
    """After the clip's start."""
    end_seconds: float
    what: str
    """In words: what is seen there."""
    verdict: Verdict
    """``look at`` or ``bad``."""


@dataclass(frozen=True)
class Measure:
    """One figure and what to think of it."""

    key: str
    group: Group
    title: str
    value: float | None
    """None where it could not be measured."""
    unit: str
    """``%`` for a share 0…1; ``s``, ``cm/s`` …; empty for a plain number."""
    verdict: Verdict
    why: str
    """One sentence: what was found, or what is missing to measure it."""
    limits: str
    """Which values are good, which are worth a look."""
    count: int | None = None
    """How many cases the value rests on."""
    events: tuple[Event, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; :func:`measure_from_dict` is the inverse."""
        return {
            "key": self.key,
            "group": self.group,
            "title": self.title,
            "value": self.value,
            "unit": self.unit,
            "verdict": self.verdict,
            "why": self.why,
            "limits": self.limits,
            "count": self.count,
            "events": [event_to_dict(event) for event in self.events],
        }


def event_to_dict(event: Event) -> dict[str, Any]:
    """JSON-ready."""
    return {
        "measure": event.measure,
        "start_seconds": event.start_seconds,
        "end_seconds": event.end_seconds,
        "what": event.what,
        "verdict": event.verdict,
    }


def measure_from_dict(data: Mapping[str, Any]) -> Measure:
    """The measure that :meth:`Measure.to_dict` described. ``KeyError`` or ``TypeError`` for anything else."""
    events = tuple(Event(**{key: entry[key] for key in Event.__dataclass_fields__}) for entry in data["events"])
    return Measure(**{key: data[key] for key in Measure.__dataclass_fields__ if key != "events"}, events=events)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The gravest of them; ``not measured`` where there is none."""
    return max(verdicts, key=_RANK.__getitem__, default="not measured")


def grade_low(value: float, good: float, look: float) -> Verdict:
    """Small is good: up to ``good`` good, up to ``look`` worth a look."""
    return "good" if value <= good else "look at" if value <= look else "bad"


def grade_high(value: float, good: float, look: float) -> Verdict:
    """Large is good: from ``good`` good, from ``look`` worth a look."""
    return "good" if value >= good else "look at" if value >= look else "bad"


def at_least(verdict: Verdict, floor: Verdict, when: bool) -> Verdict:
    """``verdict``, but no better than ``floor`` where ``when`` holds."""
    return worst((verdict, floor)) if when else verdict


def value_text(value: float | None, unit: str) -> str:
    """A value as people read it."""
    if value is None:
        return "-"
    if unit == "%":
        return f"{value:.0%}" if value >= 0.1 or value == 0 else f"{value:.1%}"
    if unit == "s":
        return f"{value:+.3f} s"
    decimals = 0 if unit == "/min" or abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:.{decimals}f} {unit}".rstrip()


def all_events(measures: Sequence[Measure]) -> tuple[Event, ...]:
    """Every event of every measure, in order of time."""
    return tuple(
        sorted((event for measure in measures for event in measure.events), key=lambda event: event.start_seconds)
    )
