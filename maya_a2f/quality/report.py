"""One take judged: all measures, the verdict on every line, the times worth looking at. Also as JSON.

The JSON is versioned: ``{"schema": "a2f.report/1", "reports": [...]}``. Fields are only added within a version.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from maya_a2f.errors import UserError
from maya_a2f.quality.articulation import measure_articulation
from maya_a2f.quality.extent import measure_extent
from maya_a2f.quality.measure import Event, Measure, Verdict, all_events, event_to_dict, measure_from_dict, worst
from maya_a2f.quality.phone_groups import unknown_labels
from maya_a2f.quality.smoothness import measure_smoothness
from maya_a2f.quality.stillness import measure_stillness
from maya_a2f.quality.study import Study
from maya_a2f.quality.timing import measure_timing, shifted_to_lips

SCHEMA = "a2f.report/1"


@dataclass(frozen=True)
class Line:
    """A stretch of speech between two pauses."""

    start_seconds: float
    end_seconds: float
    words: str
    """Empty where they are not known."""
    verdict: Verdict
    """The gravest of what was found in it."""
    findings: int
    """How many times in it are worth looking at."""


@dataclass(frozen=True)
class Report:
    """Everything said of one take."""

    name: str
    rate: Fraction
    """Frames per second."""
    frame_count: int
    start_frame: float
    """Timeline frame on which the clip starts; frames are told on that timeline."""
    audio: str
    """Name of the sound's file; empty without."""
    phones_from: str
    """Where the phones come from, in words; empty without."""
    measures: tuple[Measure, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...]
    model: str = ""
    """What made the take, where the file says so."""

    @property
    def verdict(self) -> Verdict:
        """The gravest verdict of all measures."""
        return worst(measure.verdict for measure in self.measures)

    @property
    def events(self) -> tuple[Event, ...]:
        """All times worth looking at, in order."""
        return all_events(self.measures)

    def measure(self, key: str) -> Measure:
        """The measure of that key; ``KeyError`` where there is none."""
        return {measure.key: measure for measure in self.measures}[key]

    def frame(self, seconds: float) -> int:
        """The timeline frame nearest to a time."""
        return round(self.start_frame + seconds * float(self.rate))

    def timecode(self, seconds: float) -> str:
        """``mm:ss.ff``: minutes, seconds, frame within the second; counted from the clip's start."""
        return timecode(seconds, self.rate)


def timecode(seconds: float, rate: Fraction) -> str:
    """``mm:ss.ff`` with frames counted at the nominal whole rate (30 for 29.97)."""
    nominal = max(1, round(rate))
    minutes, rest = divmod(round(max(seconds, 0.0) * float(rate)), 60 * nominal)
    return f"{minutes:02d}:{rest // nominal:02d}.{rest % nominal:02d}"


def judge(
    study: Study, *, start_frame: float = 1.0, audio: str = "", phones_from: str = "", notes: Sequence[str] = ()
) -> tuple[Report, Study]:
    """All measures of a study; returns the report, and the study as the phone measures saw it.

    Where the mouth as a whole is early or late, the timing measure says so and the phone measures look where the lips
    are.
    """
    timing = measure_timing(study)
    aligned = shifted_to_lips(study)
    measures = (
        *measure_articulation(aligned),
        *timing,
        *measure_stillness(study),
        *measure_smoothness(study),
        *measure_extent(study),
    )
    remarks = [*study.animation.notes, *notes]
    if aligned.phone_shift_seconds:
        remarks.append(
            f"The mouth is off by {aligned.phone_shift_seconds:+.3f} s as a whole; the measures on phones allow for it."
        )
    if study.phones is not None and (unknown := unknown_labels(study.phones)):
        remarks.append(f"Labels without a meaning were left out: {', '.join(unknown[:8])}.")
    measures = tuple(sorted(measures, key=lambda measure: _GROUPS.index(measure.group)))
    return Report(
        study.animation.name, study.animation.rate, study.animation.frame_count, start_frame, audio, phones_from,
        measures, _judge_lines(study, measures), tuple(remarks),
        str(study.animation.made_from("package").get("name", "")),
    ), aligned  # fmt: skip


_GROUPS = ("lips", "timing", "stillness", "motion", "range")


def _judge_lines(study: Study, measures: Sequence[Measure]) -> tuple[Line, ...]:
    events = all_events(measures)
    lines = []
    for span in study.lines():
        inside = [e for e in events if e.end_seconds >= span.start_seconds and e.start_seconds < span.end_seconds]
        verdict = worst(["good", *(event.verdict for event in inside)])
        lines.append(Line(span.start_seconds, span.end_seconds, span.label, verdict, len(inside)))
    return tuple(lines)


def reports_json(reports: Sequence[Report]) -> str:
    """The reports as JSON text; :func:`reports_from_json` is the inverse."""
    data = {"schema": SCHEMA, "reports": [_report_dict(report) for report in reports]}
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def reports_from_json(text: str, name: str = "report") -> tuple[Report, ...]:
    """The reports in a JSON text. Raises :class:`UserError` ``report.damaged`` or ``report.newer``."""
    try:
        data = json.loads(text)
        schema = data["schema"]
        if schema != SCHEMA:
            if str(schema).startswith("a2f.report/"):
                raise UserError(
                    f"The report '{name}' has the schema {schema!r}.",
                    code="report.newer",
                    hint=f"This version reads {SCHEMA!r}.",
                )
            raise ValueError(f"its schema is {schema!r}")
        return tuple(_report_from_dict(entry) for entry in data["reports"])
    except (ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError, RecursionError) as error:
        raise UserError(
            f"'{name}' cannot be read as a report: {error}.", code="report.damaged", hint="Write it again."
        ) from error


def _report_dict(report: Report) -> dict[str, Any]:
    return {
        "name": report.name,
        "verdict": report.verdict,
        "rate": [report.rate.numerator, report.rate.denominator],
        "frames": report.frame_count,
        "start_frame": report.start_frame,
        "audio": report.audio,
        "phones_from": report.phones_from,
        "model": report.model,
        "measures": [measure.to_dict() for measure in report.measures],
        "lines": [
            {
                "start_seconds": line.start_seconds,
                "end_seconds": line.end_seconds,
                "words": line.words,
                "verdict": line.verdict,
                "findings": line.findings,
            }
            for line in report.lines
        ],
        "look_at": [
            {
                **event_to_dict(event),
                "timecode": report.timecode(event.start_seconds),
                "frame": report.frame(event.start_seconds),
            }
            for event in report.events
        ],
        "notes": list(report.notes),
    }


def _report_from_dict(data: Mapping[str, Any]) -> Report:
    return Report(
        name=data["name"],
        rate=Fraction(*data["rate"]),
        frame_count=data["frames"],
        start_frame=data["start_frame"],
        audio=data["audio"],
        phones_from=data["phones_from"],
        measures=tuple(map(measure_from_dict, data["measures"])),
        lines=tuple(Line(**{key: entry[key] for key in Line.__dataclass_fields__}) for entry in data["lines"]),
        notes=tuple(data["notes"]),
        model=data["model"],
    )
