"""Markers: where the lines of a long recording lie, and how each is to be played.

A file is JSON, CSV, a TextGrid, or a WAV with cue points (:func:`read_markers`). JSON, version 1::

    {"schema": "a2f.markers/1", "clip": "session.wav", "lines": [
     {"name": "greeting", "start": 1.2, "end": 4.5, "emotion": {"joy": 0.5}, "parameters": {"lowerFaceStrength": 1.2},
      "layers": {"head": {"strength": 0.5}}, "transcript": "Good morning!", "language": "en"}]}

CSV has a row of names, then a row per line: ``name, start, end`` and, where wanted, ``emotion`` (``joy=0.5;fear=0.1``),
``parameters`` and ``style`` (likewise), ``layers`` (``head=0.5;blinks=off``), ``transcript``, ``language``. Times are
seconds of the recording, or ``M:SS.s``, or ``H:MM:SS.s``. A TextGrid's tier ``lines`` (else its first) holds the lines
by their names, its tiers ``emotion``, ``parameters``, ``layers``, ``style`` and ``transcript`` hold what lies in the
middle of a line. Cue points of a WAV mark lines by their regions; a point without a region lasts until the next.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from maya_a2f.core.layers import layers_from_data
from maya_a2f.core.style_settings import checked_style
from maya_a2f.errors import UserError

SCHEMA = "a2f.markers/1"
LINE_FIELDS = ("name", "start", "end", "emotion", "parameters", "layers", "style", "transcript", "language")
SHORTEST_SECONDS = 0.05
_LENGTH_SLACK_SECONDS = 0.02
"""Ends so little behind the end of a recording mean its end: tools round."""


@dataclass(frozen=True)
class MarkedLine:
    """One line of a recording. Settings that are not given are those of the whole."""

    name: str
    """Unique among the lines; fit for a file name."""
    start_seconds: float
    """In the recording."""
    end_seconds: float | None
    """None: where the next line starts, or the recording ends."""
    emotion: Mapping[str, float] = field(default_factory=dict)
    parameters: Mapping[str, float] = field(default_factory=dict)
    layers: Mapping[str, Any] = field(default_factory=dict)
    """As of :func:`~maya_a2f.core.layers.layers_data`."""
    style: Mapping[str, float] = field(default_factory=dict)
    """Checked settings of :mod:`maya_a2f.core.style_settings`."""
    transcript: str = ""
    language: str = "en"


def line_from_data(data: Any, place: str) -> MarkedLine:
    """A line from JSON data, called ``place`` in errors. Raises :class:`UserError` ``markers.bad``, ``layer.*``,
    ``style.*``."""
    if not isinstance(data, Mapping):
        raise bad_markers(f"{place} is no object in braces")
    if unknown := sorted(set(map(str, data)) - set(LINE_FIELDS)):
        raise bad_markers(f'{place} has "{unknown[0]}", which is not one of {", ".join(LINE_FIELDS)}')
    if data.get("start") is None:
        raise bad_markers(f"{place} has no start")
    texts = {name: data.get(name, default) for name, default in (("transcript", ""), ("language", "en"))}
    if not all(isinstance(text, str) for text in (*texts.values(), data.get("name", ""))):
        raise bad_markers(f"{place} has a name, transcript or language that is no text")
    layers = data.get("layers", {})
    layers_from_data(layers)
    return MarkedLine(
        name=str(data.get("name", "")),
        start_seconds=seconds_from(data["start"], place),
        end_seconds=None if data.get("end") in (None, "") else seconds_from(data["end"], place),
        emotion=_numbers(data.get("emotion", {}), place),
        parameters=_numbers(data.get("parameters", {}), place),
        layers=dict(layers),
        style=checked_style(_numbers(data.get("style", {}), place)),
        transcript=texts["transcript"].strip(),
        language=texts["language"].strip() or "en",
    )


def seconds_from(value: Any, place: str) -> float:
    """A time: a number of seconds, ``M:SS.s`` or ``H:MM:SS.s``. Raises :class:`UserError` ``markers.bad``."""
    seconds = math.nan
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = float(value)
    elif isinstance(value, str) and re.fullmatch(r"\s*(\d+:){0,2}\d+([.,]\d*)?\s*", value):
        seconds = 0.0
        for part in value.strip().replace(",", ".").split(":"):
            seconds = 60.0 * seconds + float(part)
    if not (math.isfinite(seconds) and seconds >= 0.0):
        raise bad_markers(f"{place} has the time {value!r}, which is no time in seconds")
    return seconds


def ordered_lines(lines: Sequence[MarkedLine]) -> tuple[MarkedLine, ...]:
    """The lines in the order of time, each with a name of its own. Raises :class:`UserError` ``markers.bad`` for lines
    that overlap, end before they start or are too short."""
    if not lines:
        raise bad_markers("they hold no line")
    ordered = sorted(lines, key=lambda line: line.start_seconds)
    for line, following in itertools.zip_longest(ordered, ordered[1:]):
        title = line.name or f"at {line.start_seconds:g} s"
        end = line.end_seconds
        if end is None and following is not None:
            end = following.start_seconds
        if end is not None and end - line.start_seconds < SHORTEST_SECONDS:
            raise bad_markers(f"the line '{title}' ends ({end:g} s) before it has begun ({line.start_seconds:g} s)")
        if following is not None and end is not None and following.start_seconds < end - 1e-6:
            raise bad_markers(f"the line '{title}' (to {end:g} s) overlaps the next ({following.start_seconds:g} s)")
    return _named(ordered)


def lines_within(
    lines: Sequence[MarkedLine], in_seconds: float, end_seconds: float, clip: str
) -> tuple[tuple[float, float], ...]:
    """(start, end) seconds of the recording of each line, all within the clip, which lasts from ``in_seconds`` to
    ``end_seconds``. Raises :class:`UserError` ``markers.outside``."""
    spans = []
    for line, following in itertools.zip_longest(lines, lines[1:]):
        end = line.end_seconds
        if end is None:
            end = following.start_seconds if following else max(end_seconds, line.start_seconds)
        if end_seconds < end <= end_seconds + _LENGTH_SLACK_SECONDS:
            end = end_seconds
        if line.start_seconds < in_seconds or end > end_seconds or end - line.start_seconds < SHORTEST_SECONDS:
            raise UserError(
                f"The line '{line.name}' ({line.start_seconds:g} to {end:g} s) lies outside the clip '{clip}', which "
                f"lasts from {in_seconds:g} to {end_seconds:.3f} s.",
                code="markers.outside",
                hint="Use the markers of this recording, or move its in and out points.",
            )
        spans.append((line.start_seconds, end))
    return tuple(spans)


def check_clip(stated: Any, clip: str, markers: Path) -> None:
    """Raise :class:`UserError` ``markers.other_clip`` where the markers say that they belong to another recording."""
    if isinstance(stated, str) and stated and Path(stated).name.casefold() != Path(clip).name.casefold():
        raise UserError(
            f"The markers '{markers}' were made for '{stated}', not for '{Path(clip).name}'.",
            code="markers.other_clip",
            hint='Choose the markers of this recording, or correct "clip" in the file.',
        )


def _named(lines: Sequence[MarkedLine]) -> tuple[MarkedLine, ...]:
    """Names fit for files, none twice."""
    taken: set[str] = set()
    named = []
    for number, line in enumerate(lines, 1):
        plain = re.sub(r"[^\w\-]+", "_", line.name.strip()).strip("_")[:60] or f"line_{number:03d}"
        name = next(
            candidate
            for candidate in itertools.chain((plain,), (f"{plain}_{index}" for index in itertools.count(2)))
            if candidate.casefold() not in taken
        )
        taken.add(name.casefold())
        named.append(replace(line, name=name))
    return tuple(named)


def _numbers(data: Any, place: str) -> dict[str, float]:
    if not isinstance(data, Mapping):
        raise bad_markers(f"{place} has an emotion or parameters that are no object in braces")
    for name, value in data.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise bad_markers(f"{place} gives '{name}' the value {value!r}, which is not a number")
    return {str(name): float(value) for name, value in data.items()}


def bad_markers(why: str) -> UserError:
    """The error for markers that cannot be used."""
    return UserError(
        f"The markers cannot be used: {why}.",
        code="markers.bad",
        hint='Each line needs a start and an end in seconds, for example {"name": "hello", "start": 1.2, "end": 4.5}.',
    )
