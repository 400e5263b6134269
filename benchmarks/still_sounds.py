"""Sounds people make with the lips at rest, and sounds nobody makes with a mouth: none of them may move the face."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, sosfilt

RATE_HZ = 16000
Signal = NDArray[np.float64]


def still_sounds(seconds: float, seed: int) -> dict[str, Signal]:
    """Name -> unit-power samples of ``seconds`` at 16 kHz."""
    draw = np.random.default_rng(seed)
    count = int(seconds * RATE_HZ)
    made = {
        "nasal hum": _resonant(_voice(count, 125, draw), ((270, 60), (1000, 300))),
        "high hum": _resonant(_voice(count, 220, draw), ((300, 80), (1100, 300))),
        "hum without resonances": _voice(count, 110, draw),
        "buzz of equal harmonics": _voice(count, 140, draw, falling=0.0),
        "breath": _band(draw.standard_normal(count), 400, 5000) * _bumps(count, 2.2, 0.5),
        "cough": _band(draw.standard_normal(count), 200, 6000) * _bursts(count, 0.9, 0.06),
        "breathy laughter": _band(draw.standard_normal(count), 600, 4500) * _bursts(count, 0.21, 0.05),
        "white noise": draw.standard_normal(count),
        "traffic": _band(draw.standard_normal(count), 30, 400),
        "mains": np.asarray(sum(np.sin(2 * np.pi * 50 * k * _times(count)) / k for k in (1, 3, 5, 7)), np.float64),
        "keyboard": _band(draw.standard_normal(count), 1500, 7000) * _bursts(count, 0.17, 0.004),
    }
    return {name: samples / np.sqrt(np.mean(samples**2)) for name, samples in made.items()}


def _times(count: int) -> Signal:
    return np.arange(count) / RATE_HZ


def _voice(count: int, pitch_hz: float, draw: np.random.Generator, falling: float = 1.0) -> Signal:
    """Harmonics of amplitude 1 / k^falling with a slow vibrato and a little breath in them."""
    wander = 1 + 0.015 * np.sin(2 * np.pi * 4.5 * _times(count))
    phase = np.cumsum(2 * np.pi * pitch_hz * wander / RATE_HZ)
    buzz = sum(np.cos(k * phase) / k**falling for k in range(1, int(4000 / pitch_hz)))
    return np.asarray(buzz + 0.01 * draw.standard_normal(count), np.float64)


def _resonant(source: Signal, resonances: tuple[tuple[float, float], ...]) -> Signal:
    """Through resonances of (frequency, bandwidth) in hertz one after the other, then a low pass at 1 kHz."""
    for frequency, bandwidth in resonances:
        radius, angle = np.exp(-np.pi * bandwidth / RATE_HZ), 2 * np.pi * frequency / RATE_HZ
        source = lfilter([1.0], [1.0, -2 * radius * np.cos(angle), radius**2], source)
    return np.asarray(sosfilt(butter(2, 1000, "low", fs=RATE_HZ, output="sos"), source))


def _band(samples: Signal, low_hz: float, high_hz: float) -> Signal:
    return np.asarray(sosfilt(butter(2, (low_hz, high_hz), "band", fs=RATE_HZ, output="sos"), samples))


def _bumps(count: int, every_seconds: float, share: float) -> Signal:
    place = (_times(count) % every_seconds) / every_seconds
    return np.where(place < share, np.sin(np.pi * place / share), 0.0)


def _bursts(count: int, every_seconds: float, decay_seconds: float) -> Signal:
    return np.asarray(np.exp(-(_times(count) % every_seconds) / decay_seconds))
