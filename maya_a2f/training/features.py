"""Log-mel features of speech, in NumPy for the cached corpus; the network computes the same inside its graph.

64 mel bands of 60…7600 Hz, 25 ms Hann window, 512-point DFT, one frame per 10 ms, natural logarithm of the power plus a
floor. A full-scale sine has a power of 1/4. Frame k is centred on sample 160·k.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16000
HOP_SAMPLES, WINDOW_SAMPLES, DFT_SIZE = 160, 400, 512
BANDS = 64
LOWEST_HZ, HIGHEST_HZ = 60.0, 7600.0
CACHE_FLOOR = 1e-12
"""Added to the power before the logarithm in cached features: below anything audible."""
NETWORK_FLOOR = 3e-10
"""Added inside the network: what lies below counts as silence (about -70 dB full scale of broadband noise)."""


def hertz_to_mel(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    """O'Shaughnessy's mel scale."""
    return np.asarray(2595.0 * np.log10(1.0 + hertz / 700.0))


def mel_to_hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    """Inverse of :func:`hertz_to_mel`."""
    return np.asarray(700.0 * (10.0 ** (mel / 2595.0) - 1.0))


@cache
def band_edges_hertz() -> NDArray[np.float64]:
    """(BANDS + 2,) corner frequencies; band b rises from b to b + 1 and falls to b + 2."""
    low, high = hertz_to_mel(np.array([LOWEST_HZ, HIGHEST_HZ]))
    return mel_to_hertz(np.linspace(low, high, BANDS + 2))


@cache
def mel_matrix() -> NDArray[np.float32]:
    """(bins, BANDS) triangular filters over the DFT_SIZE // 2 + 1 bins, each of unit sum times its width in bins."""
    bins = np.arange(DFT_SIZE // 2 + 1) * SAMPLE_RATE_HZ / DFT_SIZE
    edges = band_edges_hertz()
    # Narrow low bands are widened to two bins, so that none falls between the bins.
    width = 1.01 * SAMPLE_RATE_HZ / DFT_SIZE
    centre = edges[1:-1]
    left, right = np.minimum(edges[:-2], centre - width), np.maximum(edges[2:], centre + width)
    rise = (bins[:, None] - left) / (centre - left)
    fall = (right - bins[:, None]) / (right - centre)
    return np.maximum(0.0, np.minimum(rise, fall)).astype(np.float32)


@cache
def hann_window() -> NDArray[np.float64]:
    """Periodic Hann window scaled so that a full-scale sine has power 1/4."""
    window = np.hanning(WINDOW_SAMPLES + 1)[:-1]
    return np.asarray(window / window.sum())


def log_mel(samples: NDArray[np.floating], floor: float = CACHE_FLOOR) -> NDArray[np.float32]:
    """(frames, BANDS) of mono 16 kHz samples in ±1; 1 + len // 160 frames, zeros outside the clip."""
    frames = 1 + len(samples) // HOP_SAMPLES
    padded = np.zeros(frames * HOP_SAMPLES + WINDOW_SAMPLES, np.float32)
    padded[WINDOW_SAMPLES // 2 : WINDOW_SAMPLES // 2 + len(samples)] = samples
    view = np.lib.stride_tricks.sliding_window_view(padded, WINDOW_SAMPLES)[::HOP_SAMPLES][:frames]
    result = np.empty((frames, BANDS), np.float32)
    window, matrix = hann_window().astype(np.float32), mel_matrix()
    for first in range(0, frames, 4096):  # bounded memory for hour-long clips
        spectrum = np.fft.rfft(view[first : first + 4096] * window, DFT_SIZE)
        power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
        result[first : first + 4096] = np.log(power @ matrix + floor)
    return result
