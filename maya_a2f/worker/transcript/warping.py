"""Dynamic time warping of two recordings that should say the same (Sakoe & Chiba 1978), by mel cepstra."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.fft import dct

Doubles = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]

FRAMES_PER_SECOND = 100
_WINDOW, _HOP, _FFT = 400, 160, 512
_BANDS, _CEPSTRA = 40, 13
_LOWEST_HZ, _HIGHEST_HZ = 80.0, 7600.0
_DELTA_REACH = 2


def cepstra(samples: Floats) -> Doubles:
    """(frames, 26) mel cepstra and their slopes at 16 kHz, 100 per second, each column with mean 0 and deviation 1 over
    the loud frames: level, room and voice count little."""
    frames = 1 + max(0, len(samples) - 1) // _HOP
    padded = np.pad(samples.astype(np.float64), (_WINDOW // 2, _WINDOW))
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP][:frames] * np.hanning(_WINDOW)
    power = np.abs(np.fft.rfft(windows, _FFT)) ** 2
    quiet = 1e-6 * max(float(power.mean()), 1e-12)
    values = np.asarray(dct(np.log(power @ _mel_bands() + quiet), axis=1, norm="ortho"))[:, :_CEPSTRA]
    slopes = sum(step * (_shifted(values, step) - _shifted(values, -step)) for step in range(1, _DELTA_REACH + 1))
    features = np.concatenate([values, np.asarray(slopes)], axis=1)
    loud = values[:, 0] > np.percentile(values[:, 0], 95) - 0.6 * np.ptp(values[:, 0])
    chosen = features[loud] if loud.sum() > 1 else features
    return np.asarray((features - chosen.mean(axis=0)) / (chosen.std(axis=0) + 1e-6))


def _shifted(values: Doubles, step: int) -> Doubles:
    """``values`` ``step`` frames later, the ends held."""
    return values[np.clip(np.arange(len(values)) + step, 0, len(values) - 1)]


def _mel_bands() -> Doubles:
    """(bins, bands) triangles, evenly spaced in mel."""
    lowest, highest = (2595.0 * np.log10(1.0 + hz / 700.0) for hz in (_LOWEST_HZ, _HIGHEST_HZ))
    edges = 700.0 * (10.0 ** (np.linspace(lowest, highest, _BANDS + 2) / 2595.0) - 1.0)
    bins = np.fft.rfftfreq(_FFT, 1.0 / 16000.0)[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    return np.asarray(np.clip(np.minimum(rising, falling), 0.0, None))


@dataclass(frozen=True)
class Warp:
    """How the frames of one recording belong to those of another."""

    position: Doubles
    """(n,) for each frame of the first, the mean frame of the second."""
    cost: float
    """Mean distance along the path."""
    chance: float
    """Mean of :attr:`cost` when the first recording is turned round or its parts are swapped."""


def warped(first: Doubles, second: Doubles) -> Warp:
    """Best monotone path between features (n, d) and (m, d); a diagonal counts twice, so that no slope is preferred."""
    steps, distance = _searched(first, second)
    position, cost = _traced(steps, distance)
    others = [first[::-1], *(np.roll(first, len(first) // parts, axis=0) for parts in (2, 3))]
    chance = float(np.mean([_traced(*_searched(other, second))[1] for other in others]))
    return Warp(position, cost, chance)


def _searched(first: Doubles, second: Doubles) -> tuple[npt.NDArray[np.int8], Floats]:
    """Best last step into every pair of frames, and the pairs' distances; (n, m) each."""
    n, m = len(first), len(second)
    squares_first, squares_second = (first**2).sum(axis=1), (second**2).sum(axis=1)
    squared = squares_first[:, None] + squares_second - 2.0 * first @ second.T
    distance = np.sqrt(np.maximum(squared, 0.0)).astype(np.float32)
    steps = np.zeros((n, m), np.int8)  # 0 diagonal, 1 along the first, 2 along the second
    total = np.full((n, m), np.inf, np.float32)
    total[0, 0] = distance[0, 0]
    for diagonal in range(1, n + m - 1):
        rows = np.arange(max(0, diagonal - m + 1), min(n, diagonal + 1))
        columns = diagonal - rows
        here = distance[rows, columns]
        choices = np.full((3, len(rows)), np.inf)
        both, up, left = (rows > 0) & (columns > 0), rows > 0, columns > 0
        choices[0, both] = total[rows[both] - 1, columns[both] - 1] + 2.0 * here[both]
        choices[1, up] = total[rows[up] - 1, columns[up]] + here[up]
        choices[2, left] = total[rows[left], columns[left] - 1] + here[left]
        best = choices.argmin(axis=0)
        steps[rows, columns] = best
        total[rows, columns] = choices[best, np.arange(len(rows))]
    return steps, distance


def _traced(steps: npt.NDArray[np.int8], distance: Floats) -> tuple[Doubles, float]:
    """Mean frame of the second for every frame of the first, and the mean distance along the path."""
    n, m = steps.shape
    row, column = n - 1, m - 1
    sums, counts, costs = np.zeros(n), np.zeros(n), []
    while True:
        sums[row] += column
        counts[row] += 1
        costs.append(distance[row, column])
        if row == 0 and column == 0:
            break
        step = steps[row, column]
        row -= step != 2
        column -= step != 1
    return sums / counts, float(np.mean(costs))
