"""Pitch over time, robust against octave errors: autocorrelation and the cheapest path through its peaks.

Method: P. Boersma (1993), "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise ratio
of a sampled sound", IFA Proceedings 17, 97-110; its usual costs, a dearer octave. Written anew from the formulas.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maya_a2f.errors import Cancelled
from maya_a2f.worker.package import Floats

HOP_SECONDS = 0.01
_WINDOW_SECONDS = 0.04
_LOWEST_HZ, _HIGHEST_HZ = 60.0, 600.0
_CANDIDATES = 8
_OCTAVE_COST, _JUMP_COST, _CHANGE_COST = 0.02, 0.35, 0.14
_VOICING, _SILENCE = 0.45, 0.03
_BLOCK_FRAMES = 1000
_PITCH_BAND_HZ = (1200.0, 2400.0)

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SoundFrames:
    """A recording in steps of :data:`HOP_SECONDS`; frame k is centred on sample ``centres[k]``."""

    centres: npt.NDArray[np.int64]
    """(n,)"""
    pitch_hz: Floats
    """(n,) 0 where nothing is voiced."""
    periodicity: Floats
    """(n,) height of the autocorrelation's peak, 0…1."""
    level_db: Floats
    """(n,) mean square of the window in dB below full scale."""
    tilt_db: Floats
    """(n,) power of 1 to 5 kHz over that of 50 Hz to 1 kHz (the alpha ratio of GeMAPS, upside down)."""


def sound_frames(samples: Floats, rate_hz: int, cancelled: Callable[[], bool] = lambda: False) -> SoundFrames:
    """Pitch, level and tilt of a mono recording (N,). Raises :class:`Cancelled`."""
    hop, size = round(HOP_SECONDS * rate_hz), round(_WINDOW_SECONDS * rate_hz)
    count = len(samples) // hop
    loudest = float(np.abs(samples).max(initial=0.0)) or 1.0
    parts = []
    for first in range(0, count, _BLOCK_FRAMES):
        if cancelled():
            raise Cancelled
        parts.append(_block(samples, first, min(_BLOCK_FRAMES, count - first), hop, size, rate_hz, loudest))
    if not parts:
        empty = np.empty(0, np.float32)
        return SoundFrames(np.empty(0, np.int64), empty, empty, empty, empty)
    hz, strengths, unvoiced, levels, tilts = (np.concatenate(column) for column in zip(*parts, strict=True))
    path = _cheapest_path(hz, strengths, unvoiced)
    rows = np.arange(count)
    voiced = path < _CANDIDATES
    chosen = np.minimum(path, _CANDIDATES - 1)
    heights = strengths[rows, chosen] + _OCTAVE_COST * np.log2(_HIGHEST_HZ / hz[rows, chosen])
    return SoundFrames(
        centres=np.arange(count, dtype=np.int64) * hop + hop // 2,
        pitch_hz=np.where(voiced, hz[rows, chosen], 0.0).astype(np.float32),
        periodicity=np.where(voiced, np.clip(heights, 0.0, 1.0), 0.0).astype(np.float32),
        level_db=levels.astype(np.float32),
        tilt_db=tilts.astype(np.float32),
    )


def _block(
    samples: Floats, first: int, count: int, hop: int, size: int, rate_hz: int, loudest: float
) -> tuple[Floats, ...]:
    """(candidates' Hz (n, c), their strengths (n, c), strength of no voice (n,), level (n,), tilt (n,))."""
    starts = (first + np.arange(count)) * hop + hop // 2 - size // 2
    places = starts[:, None] + np.arange(size)
    frames = np.where((places >= 0) & (places < len(samples)), samples[np.clip(places, 0, len(samples) - 1)], 0.0)
    frames = frames - frames.mean(axis=1, keepdims=True)
    levels = 10 * np.log10(np.square(frames).mean(axis=1) + 1e-12)
    window, own, length = _window(size)
    power = np.square(np.abs(np.fft.rfft(frames * window, length, axis=1)))
    hz_of_bin = np.fft.rfftfreq(length, 1 / rate_hz)
    # Without what lies high the peaks are round, and a parabola finds their tops between the samples.
    soft = np.clip((_PITCH_BAND_HZ[1] - hz_of_bin) / (_PITCH_BAND_HZ[1] - _PITCH_BAND_HZ[0]), 0.0, 1.0)
    correlation = np.fft.irfft(power * soft, length, axis=1)[:, : size // 2 + 2]
    correlation = correlation / np.maximum(correlation[:, :1], 1e-12) / own[: correlation.shape[1]]
    low = power[:, (hz_of_bin >= 50) & (hz_of_bin < 1000)].sum(axis=1)
    high = power[:, (hz_of_bin >= 1000) & (hz_of_bin < 5000)].sum(axis=1)
    tilts = 10 * np.log10((high + 1e-12) / (low + 1e-12))
    hz, strengths = _peaks(correlation, rate_hz)
    peak = np.abs(frames).max(axis=1) / loudest
    unvoiced = _VOICING + np.maximum(0.0, 2.0 - peak / (_SILENCE / (1 + _VOICING)))
    return tuple(column.astype(np.float32) for column in (hz, strengths, unvoiced, levels, tilts))


@functools.cache
def _window(size: int) -> tuple[Doubles, Doubles, int]:
    """(Hann window, its own normalised autocorrelation, length of the transform)."""
    window = np.hanning(size + 2)[1:-1]
    length = 1 << (2 * size - 1).bit_length()
    own = np.fft.irfft(np.square(np.abs(np.fft.rfft(window, length))), length)[:size]
    return window, own / own[0], length


def _peaks(correlation: Doubles, rate_hz: int) -> tuple[Doubles, Doubles]:
    """The highest peaks of each row, between the lowest and the highest pitch, as (Hz, strength)."""
    shortest = max(2, int(rate_hz / _HIGHEST_HZ))
    longest = min(int(rate_hz / _LOWEST_HZ), correlation.shape[1] - 2)
    middle = correlation[:, shortest : longest + 1]
    before, after = correlation[:, shortest - 1 : longest], correlation[:, shortest + 1 : longest + 2]
    is_peak = (middle > before) & (middle >= after) & (middle > 0)
    curve = np.where(is_peak, before - 2 * middle + after, -1.0)
    shift = np.where(is_peak, 0.5 * (before - after) / np.minimum(curve, -1e-12), 0.0)
    height = np.where(is_peak, middle - 0.25 * (before - after) * shift, -1.0)
    hz = rate_hz / (np.arange(shortest, longest + 1) + np.clip(shift, -0.5, 0.5))
    # A longer period costs: of a pitch and its halves, all peaks of one height, the pitch itself wins.
    strength = np.where(is_peak, np.minimum(height, 1.0) - _OCTAVE_COST * np.log2(_HIGHEST_HZ / hz), -1.0)
    best = np.argpartition(-strength, _CANDIDATES - 1, axis=1)[:, :_CANDIDATES]
    rows = np.arange(len(correlation))[:, None]
    return hz[rows, best], strength[rows, best]


def _cheapest_path(hz: Floats, strengths: Floats, unvoiced: Floats) -> npt.NDArray[np.int64]:
    """For every frame the index of its candidate; the one after the last means no voice."""
    octaves = np.log2(hz)
    scale = 0.01 / HOP_SECONDS
    local = np.concatenate([strengths, unvoiced[:, None]], axis=1)
    states = local.shape[1]
    cost = np.full((states, states), _CHANGE_COST * scale)
    cost[-1, -1] = 0.0
    total = local[0]
    back = np.zeros((len(local), states), np.int8)
    columns = np.arange(states)
    for frame in range(1, len(local)):
        cost[:-1, :-1] = (_JUMP_COST * scale) * np.abs(octaves[frame - 1][:, None] - octaves[frame])
        ways = total[:, None] - cost
        back[frame] = ways.argmax(axis=0)
        total = ways[back[frame], columns] + local[frame]
    path = np.empty(len(local), np.int64)
    path[-1] = int(total.argmax())
    for frame in range(len(local) - 1, 0, -1):
        path[frame - 1] = back[frame, path[frame]]
    return path
