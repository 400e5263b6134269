"""Takes of single lines laid into one continuous take: at rest between them, without a jump at their borders."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from maya_a2f.core.take import Take

LEAD_SECONDS = 0.15
"""How long a face takes from rest to the first frame of a line."""
_SOFT_SECONDS = 0.1
"""Over how long a jump between two lines that touch is worn away."""


@dataclass(frozen=True)
class PlacedTake:
    """The take of a line and where it goes."""

    name: str
    first_frame: int
    """Of the continuous take."""
    take: Take
    """With the ease to rest behind it."""

    @property
    def stop_frame(self) -> int:
        """The frame after the line's last, its tail left out."""
        return self.first_frame + self.take.clip_frame_count


def assembled(
    lines: Sequence[PlacedTake], frame_count: int, tail_frames: int, rate: Fraction, made_by: Mapping[str, Any]
) -> Take:
    """One take of ``frame_count`` frames and ``tail_frames`` more. Lines are in order, at least one, and don't overlap.

    The frames of a line are exactly those of its own take. Before a line the face leaves rest, behind it it returns;
    where two lines are too close for that, it goes straight from one to the other, and where they touch, a jump is worn
    away in the first tenth of a second.
    """
    total = frame_count + tail_frames
    names = dict.fromkeys(name for line in lines for name in line.take.tracks)
    tracks = {name: _course(name, lines, total, float(rate)) for name in names}
    notes = dict.fromkeys(note for line in lines for note in line.take.notes)
    unavailable = dict.fromkeys(what for line in lines for what in line.take.unavailable)
    return Take(rate, tracks, tail_frames, dict(made_by), tuple(unavailable), tuple(notes))


def _course(name: str, lines: Sequence[PlacedTake], total: int, rate: float) -> array[float]:
    values = array("d", bytes(8 * total))
    before: PlacedTake | None = None
    for line in lines:
        samples = line.take.tracks.get(name)
        if samples is None:
            before = line
            continue
        stop = min(total, line.first_frame + len(samples))
        values[line.first_frame : stop] = array("d", samples[: stop - line.first_frame])
        _enter(values, line, before, rate)
        before = line
    return values


def _enter(values: array[float], line: PlacedTake, before: PlacedTake | None, rate: float) -> None:
    """Lead into a line from rest, or from the line before where that is near."""
    first = line.first_frame
    lead = max(1, round(LEAD_SECONDS * rate))
    tail = before.take.tail_frames if before else 0
    stop = min(before.stop_frame, first) if before else 0
    free = first - stop
    if before is None or free >= tail + lead:
        start, left = max(stop + tail if before else 0, first - lead), 0.0
    else:
        start = stop
        left = values[start - 1] if start else 0.0
    if free > 0:
        goal = values[first]
        for frame in range(start, first):
            values[frame] = left + (goal - left) * _eased((frame - start + 1) / (first - start + 1))
    elif before is not None:
        soft = min(max(1, round(_SOFT_SECONDS * rate)), line.take.clip_frame_count)
        jump = left - values[first]
        for place in range(soft):
            value = values[first + place]
            softened = value + jump * (1.0 - _eased((place + 1) / (soft + 1)))
            values[first + place] = max(softened, min(0.0, value, left)) if value >= 0.0 and left >= 0.0 else softened


def _eased(share: float) -> float:
    return share**3 * (10.0 - 15.0 * share + 6.0 * share * share)
