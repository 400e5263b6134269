"""Which frames of a clip a single one depends on: run-in of the smoothing, the solver's memory, contacts and leads."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from maya_a2f.core.closures import CLOSING_SECONDS, OPENING_SECONDS
from maya_a2f.core.lip_contacts import LipSpan

_HALF_LIVES = 16
"""Two stages of smoothing have settled to 2e-4 of a jump after so many of their half lives."""
SOLVER_FRAMES = 2
"""The solver's memory of the frame before fades by at least a hundredfold per frame: 1e-4 of a weight is left."""
_TAIL_SECONDS = 0.5
"""What the ease to rest is told of the clip: its last velocity, and how far the face goes."""
_MOST_NEW_FRAMES = 48
"""Run-in beyond this is left out rather than waited for; the next moment finds it inferred."""


@dataclass(frozen=True)
class Stretch:
    """Frames that are needed for one, each part within the one before it."""

    lead: int
    """Where the smoothing starts to settle."""
    solved: int
    """Where the blendshape solve starts."""
    first: int
    """First frame that is looked at."""
    last: int
    """Last frame that is looked at."""

    def covers(self, other: Stretch) -> bool:
        """Whether the other's frames are within this one, and as settled."""
        return self.lead <= other.lead and self.solved <= other.solved and other.last <= self.last


def stretch_of(
    frame: int,
    count: int,
    rate: Fraction,
    spans: Sequence[LipSpan],
    run_in: int,
    around: tuple[int, int] = (0, 0),
    memory: int = SOLVER_FRAMES,
) -> Stretch:
    """What a frame of a clip of ``count`` frames, or of the tail behind it, depends on; a style's leads look at
    ``around`` (before, after) it, and the solver remembers ``memory`` frames."""
    shown = min(frame, count - 1)
    first = shown if frame < count else max(0, shown - math.ceil(_TAIL_SECONDS * rate))
    first, last = max(0, first - around[0]), min(count - 1, shown + around[1])
    if spans:
        wanted = range(first, last + 1) if any(around) else {first, shown}
        reached = [_reach(spans, shown_frame, float(rate)) for shown_frame in wanted]
        margin = math.ceil(max(CLOSING_SECONDS, OPENING_SECONDS) * rate) + 3
        first = max(0, min(low for low, _ in reached) - margin)
        last = min(count - 1, max(high for _, high in reached) + margin)
    solved = max(0, first - memory)
    return Stretch(max(0, solved - run_in), solved, first, last)


def _reach(spans: Sequence[LipSpan], frame: int, rate: float) -> tuple[int, int]:
    """First and last frame that the contacts around ``frame`` look at: where their ramps start and end."""
    low = high = frame
    for span in spans:
        before = math.ceil((span.start_seconds - CLOSING_SECONDS) * rate) - 2
        after = math.floor((span.end_seconds + OPENING_SECONDS) * rate) + 2
        if span.kind != "open" and before <= frame <= after:
            low, high = min(low, before), max(high, after)
    return low, high


def shortened(stretch: Stretch, known: npt.NDArray[np.bool_]) -> Stretch:
    """The stretch with as much of its run-in as can be had without running the network for long."""
    unknown = np.flatnonzero(~known[stretch.lead : stretch.last + 1])
    if len(unknown) <= _MOST_NEW_FRAMES:
        return stretch
    lead = stretch.lead + int(unknown[-_MOST_NEW_FRAMES])
    return dataclasses.replace(stretch, lead=min(lead, stretch.solved))


def run_in_frames(half_life_seconds: float, rate: Fraction) -> int:
    return math.ceil(_HALF_LIVES * half_life_seconds * rate)
