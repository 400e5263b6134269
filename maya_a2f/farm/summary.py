"""What came of a batch: ``summary.html`` for people and ``summary.json`` for programs, in the results' folder.

``summary.json``, version 1::

    {"schema": "a2f.batch_summary/1", "state": "done", "manifest": "/jobs/lines.csv", "lines": 500, "done": 498,
     "failed": 2, "waiting": 0, "seconds_of_sound": 1251.3, "took_seconds": 61.2, "verdicts": {"good": 471, …},
     "engines": ["…"], "exit_code": 2, "failures": [{"number": 7, "name": "…", "place": "line 8", "error": {…}}]}

``state``: ``done`` (all lines), ``failed`` (some are not), ``cancelled``, ``waiting`` (nothing failed, some to do).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maya_a2f.core.atomic_file import write_atomically
from maya_a2f.errors import error_from_dict
from maya_a2f.farm.plan import Plan, PlannedLine
from maya_a2f.farm.records import read_record

SCHEMA = "a2f.batch_summary/1"
_VERDICTS = ("bad", "look at", "good", "not measured")


@dataclass(frozen=True)
class Entry:
    """A line and its record."""

    line: PlannedLine
    record: Mapping[str, Any]
    """Empty for a line that was not done yet."""

    @property
    def state(self) -> str:
        """``done``, ``failed`` or ``waiting``."""
        return str(self.record.get("state", "waiting"))

    @property
    def verdict(self) -> str:
        """Of the take; empty where nobody judged it."""
        return str((self.record.get("verdict") or {}).get("verdict", ""))

    @property
    def error(self) -> Mapping[str, Any]:
        """Of a failed line, else empty."""
        return self.record.get("error") or {}


@dataclass(frozen=True)
class Summary:
    """A batch in figures."""

    path: Path
    """Of the page."""
    state: str
    entries: tuple[Entry, ...]
    took_seconds: float

    def count(self, state: str) -> int:
        """Lines of a state."""
        return sum(entry.state == state for entry in self.entries)

    @property
    def seconds_of_sound(self) -> float:
        """Of the lines that are done."""
        return sum(float(entry.record.get("seconds", 0.0)) for entry in self.entries if entry.state == "done")

    @property
    def verdicts(self) -> dict[str, int]:
        """How many takes got which verdict, the gravest first."""
        counted = Counter(entry.verdict for entry in self.entries if entry.verdict)
        return {verdict: counted[verdict] for verdict in _VERDICTS if counted[verdict]}

    @property
    def engines(self) -> tuple[str, ...]:
        """What the networks ran on."""
        return tuple(dict.fromkeys(str(e.record["engine"]) for e in self.entries if e.record.get("engine")))

    @property
    def exit_code(self) -> int:
        """0, or that of the first line that failed; 6 where it was cancelled."""
        failed = next((entry.error for entry in self.entries if entry.error), None)
        if failed is not None:
            return error_from_dict({name: str(value) for name, value in failed.items()}).exit_code
        return 6 if self.state == "cancelled" else 0

    @property
    def words(self) -> str:
        """One line."""
        done, failed, waiting = (self.count(state) for state in ("done", "failed", "waiting"))
        parts = [f"{done} of {len(self.entries)} lines done"]
        parts += [f"{failed} failed"] if failed else []
        parts += [f"{waiting} to do"] if waiting else []
        judged = ", ".join(f"{count} {verdict}" for verdict, count in self.verdicts.items())
        parts += [f"verdicts: {judged}"] if judged else []
        if self.took_seconds > 0:
            parts.append(f"{self.took_seconds:.1f} s")
        return "; ".join(parts) + "."


def write_summary(plan: Plan, folder: Path, took_seconds: float = 0.0, *, is_cancelled: bool = False) -> Summary:
    """Write both files by the records of the lines. Raises :class:`HostError` ``file.*``."""
    from maya_a2f.farm.summary_page import page_html

    entries = tuple(Entry(line, _own_record(folder, line)) for line in plan.lines)
    states = Counter(entry.state for entry in entries)
    state = "failed" if states["failed"] else "waiting" if states["waiting"] else "done"
    summary = Summary(folder / "summary.html", "cancelled" if is_cancelled else state, entries, took_seconds)
    write_atomically(folder / "summary.json", (json.dumps(_data(summary, plan), ensure_ascii=False, indent=1)).encode())
    write_atomically(summary.path, page_html(summary, plan, folder).encode())
    return summary


def _own_record(folder: Path, line: PlannedLine) -> Mapping[str, Any]:
    """The line's record where it is of the same inputs, else nothing."""
    record = read_record(folder, line)
    return record if record is not None and record.get("key") == line.key else {}


def _data(summary: Summary, plan: Plan) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "state": summary.state,
        "manifest": plan.manifest,
        "version": plan.version,
        "lines": len(summary.entries),
        **{state: summary.count(state) for state in ("done", "failed", "waiting")},
        "seconds_of_sound": round(summary.seconds_of_sound, 2),
        "took_seconds": round(summary.took_seconds, 2),
        "verdicts": summary.verdicts,
        "engines": list(summary.engines),
        "exit_code": summary.exit_code,
        "failures": [_failure(entry) for entry in summary.entries if entry.state == "failed"],
    }


def _failure(entry: Entry) -> dict[str, Any]:
    told = {name: entry.error.get(name, "") for name in ("group", "code", "message", "hint")}
    return {"number": entry.line.number, "name": entry.line.name, "place": entry.line.place, "error": told}


def failures_first(entries: Sequence[Entry]) -> list[Entry]:
    """Failed lines, then those by the gravity of their verdict, then those still to do."""
    gravity = {verdict: rank for rank, verdict in enumerate(_VERDICTS, 1)}

    def rank(entry: Entry) -> tuple[int, int]:
        if entry.state != "done":
            return (0 if entry.state == "failed" else 9), entry.line.number
        return gravity.get(entry.verdict, 8), entry.line.number

    return sorted(entries, key=rank)
