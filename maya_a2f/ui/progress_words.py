"""How far a run is, in words and as one bar for all its stages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from maya_a2f.link.messages import Progress

PREPARING: Final = "Preparing the network for the GPU"
"""The stage as the worker's ``engines/plan_building.py`` names it: minutes of work, of use to every later run."""

STAGE_SPANS: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        "Starting": (0.0, 0.02),
        "Reading the recording": (0.02, 0.05),
        "Loading the model": (0.05, 0.06),
        PREPARING: (0.06, 0.10),
        "Listening": (0.10, 0.68),
        "Aligning the transcript": (0.68, 0.72),
        "Posing": (0.72, 0.88),
        "Fitting to the rig": (0.88, 0.92),
        "Preparing the sound": (0.92, 0.93),
        "Choosing keys": (0.93, 0.99),
        "Writing keys": (0.99, 1.0),
    }
)
"""Which part of the bar a stage fills; a stage that is not listed leaves the bar where it is."""

_COUNTED_IN_FRAMES: Final = frozenset({"Listening", "Posing"})
_SETTLE_SECONDS: Final = 0.4
"""Before it no speed is worth telling."""


@dataclass(frozen=True)
class ProgressWords:
    """What to show."""

    stage: str
    fraction: float
    """0…1 of the whole run; never falls."""
    detail: str
    """Speed and time left where they are known: ``212 frames/s · about 3 s left``."""


class ProgressMeter:
    """Takes the progress of one run as it comes."""

    def __init__(self) -> None:
        self._stage = ""
        self._stage_began = 0.0
        self._first_done = 0.0
        self._fraction = 0.0

    def take(self, progress: Progress, now: float) -> ProgressWords:
        """``now`` in seconds of any steady clock."""
        if progress.stage != self._stage:
            self._stage, self._stage_began, self._first_done = progress.stage, now, progress.done
        span = STAGE_SPANS.get(progress.stage)
        if span is not None:
            self._fraction = max(self._fraction, span[0] + (span[1] - span[0]) * progress.fraction)
        return ProgressWords(progress.stage, self._fraction, self._detail(progress, now - self._stage_began))

    def _detail(self, progress: Progress, seconds: float) -> str:
        done = progress.done - self._first_done
        if seconds < _SETTLE_SECONDS or done <= 0 or progress.total <= 0:
            return progress.note
        speed = done / seconds
        words = [f"{speed:,.0f} frames/s".replace(",", "\u202f")] if progress.stage in _COUNTED_IN_FRAMES else []
        left = (progress.total - progress.done) / speed
        if left >= 1:
            words.append(f"about {duration_words(left)} left")
        return " · ".join(words)


def duration_words(seconds: float) -> str:
    """``8 s``, ``2 min 5 s``, ``1 h 4 min``."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def counted(count: int, singular: str, plural: str = "") -> str:
    """``1 curve``, ``52 curves``, ``8 112 keys``."""
    number = f"{count:,}".replace(",", "\u202f")
    return f"{number} {singular if count == 1 else plural or singular + 's'}"
