"""The sound as the measures want it: loudness per frame, and where nobody speaks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maya_a2f.core.textgrid import Span
from maya_a2f.quality.lips import FloatArray

_WINDOW_SECONDS = 0.05
_STEP_SECONDS = 0.01
_SILENCE_DB = -60.0
_SMALLEST_RANGE_DB = 15.0
_THRESHOLD_SHARE = 0.3
"""Of the way from the noise floor to the loud passages, in decibels."""
SHORTEST_PAUSE_SECONDS = 0.3


@dataclass(frozen=True, eq=False)
class Sound:
    """A clip's sound, reduced."""

    duration_seconds: float
    samples: NDArray[np.float32]
    """(N,) mono, for the picture."""
    rate_hz: int
    loudness: FloatArray
    """Root mean square over 50 ms, every 10 ms from 0."""

    @property
    def loudness_times(self) -> FloatArray:
        """Seconds of each value of ``loudness``."""
        times: FloatArray = np.arange(len(self.loudness), dtype=np.float64) * _STEP_SECONDS
        return times


def reduce_sound(samples: NDArray[np.float32], rate_hz: int) -> Sound:
    """(N,) mono samples -> :class:`Sound`."""
    energy = np.concatenate([[0.0], np.cumsum(np.asarray(samples, np.float64) ** 2)])
    centres = np.arange(0, max(len(samples), 1), round(_STEP_SECONDS * rate_hz))
    half = round(_WINDOW_SECONDS * rate_hz / 2)
    low, high = np.clip(centres - half, 0, len(samples)), np.clip(centres + half, 0, len(samples))
    mean = (energy[high] - energy[low]) / np.maximum(high - low, 1)
    return Sound(len(samples) / rate_hz, samples, rate_hz, np.sqrt(np.maximum(mean, 0)))


def find_pauses(sound: Sound) -> tuple[Span, ...]:
    """Stretches of at least 0.3 s in which the loudness stays near its floor.

    The threshold lies 30 % of the way, in decibels, from the 5th to the 95th percentile of loudness; a clip whose
    loudness hardly varies has no pauses, one that is silent is a single pause.
    """
    level = 20 * np.log10(np.maximum(sound.loudness, 1e-9))
    if len(level) == 0 or level.max() < _SILENCE_DB:
        return (Span(0.0, sound.duration_seconds, ""),)
    floor, loud = np.maximum(np.percentile(level, [5, 95]), _SILENCE_DB - 20)
    if loud - floor < _SMALLEST_RANGE_DB:
        return ()
    quiet = level < max(floor + _THRESHOLD_SHARE * (loud - floor), loud - 38.0)
    return tuple(
        Span(start * _STEP_SECONDS, end * _STEP_SECONDS, "")
        for start, end in runs(quiet)
        if (end - start) * _STEP_SECONDS >= SHORTEST_PAUSE_SECONDS
    )


def runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and one past the last index of every stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], np.asarray(flags, bool), [False]]).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]
