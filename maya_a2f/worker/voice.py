"""How loud a voice is over time, and where it pauses; what is loud is judged by what follows.

A recording that starts later is heard alike from one second on: nothing here, and nothing that listens to it, looks
further back than that. It may look ahead as far as it likes. A recording is read in pieces.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from maya_a2f.worker.package import Floats
from maya_a2f.worker.spool import forget_pages

HOP_SECONDS = 0.01
_PIECE_SAMPLES = 1 << 20
_NEAR_SECONDS, _FAR_SECONDS = 10, 30
_FAR_SHARE = 0.01
_LOUD_PERCENTILE = 95
_FEW_VALUES = 2_000_000
_SILENCE_POWER = 1e-12
_PAUSE_DECIBELS = -32.0
_SILENT_DECIBELS, _SPEAKING_DECIBELS = -24.0, -16.0
"""A level below the first is no speech, one above the second is."""
_FINGERPRINT_SECONDS = 0.3

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
    """(N,) what counts as loud at each moment: the 95th percentile of the 10 s that follow (near the end, of the last
    10 s), but not less than a hundredth of that of 30 s (a long silence has no loud moments of its own)."""
    near, far = (_percentiles(powers, seconds) for seconds in (_NEAR_SECONDS, _FAR_SECONDS))
    return np.asarray(np.maximum(near, _FAR_SHARE * far))


def _percentiles(powers: Doubles, seconds: int) -> Doubles:
    count, size = len(powers), min(len(powers), round(seconds / HOP_SECONDS))
    if count == 0:
        return powers
    windows = np.lib.stride_tricks.sliding_window_view(powers, size)
    rank = size * _LOUD_PERCENTILE // 100
    if windows.size <= _FEW_VALUES:
        ranked = np.partition(windows, rank, axis=1)[:, rank]
    else:
        from scipy.ndimage import rank_filter  # a short clip is heard sooner than it is loaded

        ranked = rank_filter(powers, rank, size=size)[size // 2 :]  # its window starts size // 2 before each place
    return np.asarray(ranked[np.minimum(np.arange(count), count - size)])


def window_mean(
    values: Doubles, step_seconds: float, before_seconds: float, after_seconds: float, weights: Doubles | None = None
) -> Doubles:
    """(N,) weighted means of ``values`` (N,), ``step_seconds`` apart, over a smooth window around each place that ends
    ``before_seconds`` before and ``after_seconds`` after it. Beyond the ends there is nothing; where nothing has
    weight, the value itself."""
    if len(values) == 0:
        return values
    window = window_shape(step_seconds, before_seconds, after_seconds)
    weights = np.ones(len(values)) if weights is None else weights
    skip = round(after_seconds / step_seconds)
    # Turned round: what follows a place lies before it in a convolution.
    total, mass = (
        np.convolve(samples, window[::-1])[skip : skip + len(values)] for samples in (values * weights, weights)
    )
    return np.where(mass > 1e-9, total / np.maximum(mass, 1e-9), values)


def window_shape(step_seconds: float, before_seconds: float, after_seconds: float) -> Doubles:
    """The window of :func:`window_mean`: up to 1 and down again as half cosines; its sum is 1."""
    before, after = round(before_seconds / step_seconds), round(after_seconds / step_seconds)
    places = np.arange(-before, after + 1)
    share = np.where(places < 0, places / (before + 1), places / (after + 1))
    window = 0.5 + 0.5 * np.cos(np.pi * share)
    return np.asarray(window / window.sum())


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

    def levels(self, reach_seconds: float, floor_decibels: float) -> Doubles:
        """(N,) decibels against what is loud there, smoothed over ``reach_seconds`` to both sides; never below the
        floor."""
        if len(self.powers) == 0:
            return np.zeros(0)
        smooth = window_mean(self.powers, HOP_SECONDS, reach_seconds, reach_seconds)
        loud = np.maximum(self.loud, 1e-10)
        return np.asarray(np.maximum(10 * np.log10(np.maximum(smooth / loud, 1e-12)), floor_decibels))

    def generator(self, seconds: float, seed: int, purpose: int) -> np.random.Generator:
        """Random numbers that depend on the 0.6 s of sound around a moment, the seed and the purpose, never on where
        the moment lies."""
        middle, reach = round(seconds / HOP_SECONDS), round(_FINGERPRINT_SECONDS / HOP_SECONDS)
        heard = 10 * np.log10(self.powers[max(0, middle - reach) : max(0, middle + reach)] + 1e-9)
        return np.random.default_rng([seed, purpose, zlib.crc32(np.round(heard).astype(np.int8).tobytes())])


def speaking(levels: Doubles) -> Doubles:
    """(N,) 0 where ``levels`` (N,) in decibels are no speech, 1 where they are."""
    return np.clip((levels - _SILENT_DECIBELS) / (_SPEAKING_DECIBELS - _SILENT_DECIBELS), 0.0, 1.0)


def voice_of(samples: Floats, rate_hz: int) -> Voice:
    """The voice in ``samples`` (N,)."""
    return Voice(hop_powers(samples, rate_hz))
