"""The report as text for a terminal: verdicts first, then lines, then the times worth looking at."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from maya_a2f.core.frame_rate import describe_rate
from maya_a2f.quality.measure import Event, Measure, Verdict, value_text
from maya_a2f.quality.report import Line, Report

_WIDTH = 118
_MOST_EVENTS = 30
_MOST_WORDS = 60
_SIGNS: dict[Verdict, str] = {"good": "good   ", "look at": "LOOK AT", "bad": "BAD    ", "not measured": "-      "}


def reports_text(reports: Sequence[Report]) -> str:
    """All reports one after another; several end with a table, one row per take."""
    text = "\n\n".join(report_text(report) for report in reports)
    return f"{text}\n\n{_overview(reports)}\n" if len(reports) > 1 else f"{text}\n"


def report_text(report: Report) -> str:
    """One report."""
    heads = [
        f"{report.name}: {report.verdict.upper()}",
        ", ".join(
            filter(None, (
                f"{report.frame_count} frames at {describe_rate(report.rate)} fps",
                f"model '{report.model}'" if report.model else "",
                f"sound '{report.audio}'" if report.audio else "no sound",
                f"phones from {report.phones_from}" if report.phones_from else "no phones",
            ))
        ),
    ]  # fmt: skip
    parts = ["\n".join(heads), "\n".join(_measure_rows(report.measures))]
    if report.lines:
        parts.append("\n".join(["Lines", *(_line_row(report, line) for line in report.lines)]))
    if report.events:
        parts.append("\n".join(["Look at (minutes:seconds.frame, timeline frame)", *_event_rows(report)]))
    if report.notes:
        parts.append("\n".join(f"note: {note}" for note in report.notes))
    return "\n\n".join(parts)


def _measure_rows(measures: Sequence[Measure]) -> list[str]:
    rows = []
    for measure in measures:
        if measure.verdict == "not measured":
            continue
        start = f"  {_SIGNS[measure.verdict]} {measure.title:<28} {value_text(measure.value, measure.unit):>12}  "
        words = measure.why if measure.verdict == "good" else f"{measure.why} ({measure.limits})"
        rows.append(textwrap.fill(words, _WIDTH, initial_indent=start, subsequent_indent=" " * len(start)))
    return rows + _missing_rows(measures)


def _missing_rows(measures: Sequence[Measure]) -> list[str]:
    """What could not be measured, by reason."""
    titles: dict[str, list[str]] = {}
    for measure in measures:
        if measure.verdict == "not measured":
            titles.setdefault(measure.why, []).append(measure.title)
    start = f"  {_SIGNS['not measured']} "
    return [
        textwrap.fill(f"{why} Not measured: {', '.join(found)}.", _WIDTH, initial_indent=start,
                      subsequent_indent=" " * len(start))
        for why, found in titles.items()
    ]  # fmt: skip


def _line_row(report: Report, line: Line) -> str:
    words = textwrap.shorten(line.words, _MOST_WORDS, placeholder=" …")
    found = f"{line.findings} to look at" if line.findings else ""
    times = f"{report.timecode(line.start_seconds)} - {report.timecode(line.end_seconds)}"
    return f"  {_SIGNS[line.verdict]} {times}  {words:<{_MOST_WORDS}} {found}".rstrip()


def _event_rows(report: Report) -> list[str]:
    # The gravest first choose who is listed, the listing itself is in order of time.
    chosen = sorted(report.events, key=lambda event: event.verdict != "bad")[:_MOST_EVENTS]
    rows = [_event_row(report, event) for event in sorted(chosen, key=lambda event: event.start_seconds)]
    left = len(report.events) - len(chosen)
    return [*rows, f"  … and {left} more (all are in the JSON report)"] if left else rows


def _event_row(report: Report, event: Event) -> str:
    start = event.start_seconds
    return f"  {_SIGNS[event.verdict]} {report.timecode(start)}  frame {report.frame(start):<6} {event.what}"


def _overview(reports: Sequence[Report]) -> str:
    rows = ["All takes"]
    for report in reports:
        faults = [m.title for m in report.measures if m.verdict in ("bad", "look at")]
        what = textwrap.shorten("; ".join(faults), 70, placeholder=" …")
        rows.append(f"  {_SIGNS[report.verdict]} {report.name:<32} {what}".rstrip())
    return "\n".join(rows)
