"""How loud a voice is over time, and where it pauses; what is loud is judged by its surroundings.

All of it looks at most a minute around, so a moment of an hour is judged as the same moment of a minute would be, and
a recording is read in pieces.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from maya_a2f.worker.package import Floats
from maya_a2f.worker.spool import forget_pages

HOP_SECONDS = 0.01
_PIECE_SAMPLES = 1 << 20
_NEAR_SECONDS, _FAR_SECONDS = 10, 60
_FAR_SHARE = 0.01
_LOUD_PERCENTILE = 95
_SILENCE_POWER = 1e-12
_PAUSE_DECIBELS = -32.0

Doubles = NDArray[np.float64]


def hop_powers(samples: Floats, rate_hz: int) -> Doubles:
    """(N,) mean power of every 10 ms; what is left at the end is left out."""
    hop = max(1, round(rate_hz * HOP_SECONDS))
    count = len(samples) // hop
    step = max(1, _PIECE_SAMPLES // hop)
    pieces = []
    for first in range(0, count, step):
        piece = samples[first * hop : min(first + step, count) * hop].astype(np.float64)
        pieces.append(np.mean(piece.reshape(-1, hop) ** 2, axis=1))
        forget_pages(samples)
    return np.concatenate(pieces) if pieces else np.zeros(0)


def loud_powers(powers: Doubles) -> Doubles:
    """(N,) what counts as loud at each moment: the 95th percentile of the 10 s around, but not less than a hundredth of
    that of the minute around (a long silence has no loud moments of its own)."""
    near, far = (_percentiles(powers, seconds) for seconds in (_NEAR_SECONDS, _FAR_SECONDS))
    return np.asarray(np.maximum(near, _FAR_SHARE * far))


def _percentiles(powers: Doubles, reach_seconds: int) -> Doubles:
    """One value per second, held through it."""
    second = round(1 / HOP_SECONDS)
    starts = range(0, len(powers), second)
    reach = reach_seconds * second
    values = [np.percentile(powers[max(0, at - reach) : at + second + reach], _LOUD_PERCENTILE) for at in starts]
    return np.repeat(np.asarray(values, np.float64), second)[: len(powers)]


@dataclass(frozen=True, eq=False)
class Voice:
    """The loudness of a recording."""

    powers: Doubles
    """(N,) per 10 ms."""

    @cached_property
    def loud(self) -> Doubles:
        """(N,) see :func:`loud_powers`."""
        return loud_powers(self.powers)

    def pauses(self, shortest_seconds: float) -> tuple[tuple[float, float], ...]:
        """(start, end) seconds of stretches at least so long in which the voice is 32 dB below its loud moments."""
        if len(self.powers) == 0:
            return ()
        quiet = self.powers <= np.maximum(self.loud, _SILENCE_POWER) * 10 ** (_PAUSE_DECIBELS / 10)
        edges = np.flatnonzero(np.diff(np.concatenate([[False], quiet, [False]]).astype(np.int8)))
        return tuple(
            (float(first) * HOP_SECONDS, float(last) * HOP_SECONDS)
            for first, last in zip(edges[::2], edges[1::2], strict=True)
            if (last - first) * HOP_SECONDS >= shortest_seconds
        )

    def levels(self, smooth_seconds: float, floor_decibels: float) -> Doubles:
        """(N,) decibels against what is loud there, smoothed over ``smooth_seconds``; never below the floor."""
        if len(self.powers) == 0:
            return np.zeros(0)
        smooth = gaussian_filter1d(self.powers, smooth_seconds / HOP_SECONDS)
        loud = np.maximum(self.loud, 1e-10)
        return np.asarray(np.maximum(10 * np.log10(np.maximum(smooth / loud, 1e-12)), floor_decibels))


def voice_of(samples: Floats, rate_hz: int) -> Voice:
    """The voice in ``samples`` (N,)."""
    return Voice(hop_powers(samples, rate_hz))
