"""Abuse of clean synthetic speech in the time domain: another speed, room, microphone, noise, level, codec, clipping.

Everything is drawn from a generator, so a seed gives the same corpus. What is said and when stays known: only the
playback speed changes times, and it is returned.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, lfilter, resample_poly, sosfilt

SAMPLE_RATE_HZ = 16000
Signal = NDArray[np.float32]


@dataclass(frozen=True)
class Abused:
    """Speech after abuse."""

    samples: Signal
    speed: float
    """Playback rate: a phone at t is now at t / speed."""


def abuse(samples: Signal, babble: Signal, draw: np.random.Generator) -> Abused:
    """One random chain of damage. ``babble`` is other speech, at least as long as wanted in the background."""
    speed = 1.0
    if draw.random() < 0.5:
        steps = int(draw.integers(17, 24))  # 0.85 … 1.15
        speed = steps / 20
        samples = resample_poly(samples, 20, steps).astype(np.float32)
    level = float(np.sqrt(np.mean(samples**2)) + 1e-6)
    if draw.random() < 0.25:
        samples = samples + _babble(babble, len(samples), draw) * level * _from_db(-draw.uniform(12, 26))
    if draw.random() < 0.6:
        samples = in_room(samples, draw)
    if draw.random() < 0.30:
        samples = np.tanh(samples / level * draw.uniform(0.3, 1.2)) * level
    if draw.random() < 0.55:
        samples = samples + noise(len(samples), draw) * level * _from_db(-draw.uniform(3, 35))
    if draw.random() < 0.25:
        samples = band_limited(samples, draw)
    samples = samples / (np.sqrt(np.mean(samples**2)) + 1e-6) * _from_db(draw.uniform(-34, -12))
    if draw.random() < 0.15:
        limit = np.percentile(np.abs(samples), draw.uniform(90, 99.5))
        samples = np.clip(samples, -limit, limit)
    if draw.random() < 0.15:
        samples = coarse(samples, draw)
    return Abused(samples.astype(np.float32), speed)


def noise(count: int, draw: np.random.Generator) -> Signal:
    """Unit-power noise: white, pink, brown, mains hum, or noise with slow loudness changes."""
    white = draw.standard_normal(count)
    kind = draw.choice(["white", "pink", "brown", "hum", "modulated"])
    if kind == "pink":  # Kellet's three-pole approximation of -3 dB an octave
        white = lfilter(
            [0.049922035, -0.095993537, 0.050612699, -0.004408786], [1, -2.494956, 2.017265875, -0.522189], white
        )
    elif kind == "brown":
        white = lfilter([1.0], [1.0, -0.985], white)
    elif kind == "hum":
        time = np.arange(count) / SAMPLE_RATE_HZ
        base = float(draw.choice([50.0, 60.0, 100.0, 120.0]))
        white = white * 0.15 + sum(np.sin(2 * np.pi * base * k * time + draw.uniform(0, 6)) / k for k in range(1, 8))
    elif kind == "modulated":
        knots = draw.uniform(0.05, 1.0, max(4, count // 4000))
        white = white * np.interp(np.linspace(0, 1, count), np.linspace(0, 1, len(knots)), knots)
        white = lfilter([1.0], [1.0, -draw.uniform(0.0, 0.95)], white)
    return np.asarray(white / (np.sqrt(np.mean(white**2)) + 1e-9), np.float32)


def in_room(samples: Signal, draw: np.random.Generator) -> Signal:
    """Convolution with a synthetic room: a direct sound and exponentially decaying noise, T60 0.08…0.7 s."""
    decay_seconds = float(np.exp(draw.uniform(np.log(0.08), np.log(0.7))))
    count = int(decay_seconds * SAMPLE_RATE_HZ)
    time = np.arange(count) / SAMPLE_RATE_HZ
    tail = draw.standard_normal(count) * 10 ** (-3 * time / decay_seconds)
    tail[: int(draw.uniform(0.001, 0.012) * SAMPLE_RATE_HZ)] = 0
    tail = lfilter([1.0], [1.0, -draw.uniform(0.0, 0.7)], tail)
    tail *= _from_db(-draw.uniform(-2, 14)) / (np.sqrt(np.sum(tail**2)) + 1e-9)
    tail[0] = 1.0
    return np.asarray(fftconvolve(samples, tail)[: len(samples)], np.float32)


def band_limited(samples: Signal, draw: np.random.Generator) -> Signal:
    """A dull, thin or telephone-like microphone."""
    kind = draw.choice(["low", "high", "telephone"])
    if kind == "low":
        filter_ = butter(4, draw.uniform(2500, 6500), "low", fs=SAMPLE_RATE_HZ, output="sos")
    elif kind == "high":
        filter_ = butter(2, draw.uniform(80, 350), "high", fs=SAMPLE_RATE_HZ, output="sos")
    else:
        filter_ = butter(3, (300, 3400), "band", fs=SAMPLE_RATE_HZ, output="sos")
    return np.asarray(sosfilt(filter_, samples), np.float32)


def coarse(samples: Signal, draw: np.random.Generator) -> Signal:
    """Mu-law or linear quantisation with few steps."""
    peak = float(np.max(np.abs(samples)) + 1e-6)
    x = samples / peak
    if draw.random() < 0.3:
        return np.asarray(np.round(samples * 127) / 127, np.float32)
    steps = float(draw.choice([31, 63, 255]))
    squeezed = np.sign(x) * np.log1p(255 * np.abs(x)) / np.log(256)
    squeezed = np.round(squeezed * steps) / steps
    return np.asarray(np.sign(squeezed) * np.expm1(np.abs(squeezed) * np.log(256)) / 255 * peak, np.float32)


def still_sound(seconds: float, draw: np.random.Generator) -> Signal:
    """Sound that must not move the lips: breath, hums, laughter, beeps, knocks, noise, coughs; about -20 dB."""
    kinds = [_breath, _hum, _hum, _laughter, _beeps, _knocks, _steady, _cough]
    x = kinds[int(draw.integers(len(kinds)))](int(seconds * SAMPLE_RATE_HZ), draw)
    return np.asarray(x / (np.sqrt(np.mean(x**2)) + 1e-6) * _from_db(-draw.uniform(14, 45)), np.float32)


Wave = NDArray[np.float64]


def _breath(count: int, draw: np.random.Generator) -> Wave:
    time = np.arange(count) / SAMPLE_RATE_HZ
    swell = np.maximum(0, np.sin(2 * np.pi * time / draw.uniform(0.8, 2.5))) ** 2
    return np.asarray(_band(draw.standard_normal(count), draw.uniform(250, 600), draw.uniform(2500, 6000)) * swell)


def _hum(count: int, draw: np.random.Generator) -> Wave:
    """A voice without a mouth: harmonics of a gliding pitch under a smooth slope, with no formants of a vowel."""
    stack = _harmonics(_glide(count, draw.uniform(85, 300), 0.25, draw), draw.uniform(0.7, 2.6), 24)
    if draw.random() < 0.5:  # through the nose: little above a few hundred hertz
        stack = np.asarray(lfilter(*butter(1, draw.uniform(300, 900), fs=SAMPLE_RATE_HZ), stack))
    swell = np.interp(np.linspace(0, 1, count), np.linspace(0, 1, 5), draw.uniform(0.05, 1.0, 5))
    return np.asarray(stack * swell + 0.02 * draw.standard_normal(count) * np.sqrt(np.mean(stack**2)))


def _laughter(count: int, draw: np.random.Generator) -> Wave:
    """Four to six short voiced puffs a second, each falling in pitch and loudness, in fits with pauses."""
    time = np.arange(count) / SAMPLE_RATE_HZ
    rate = draw.uniform(3.8, 6.2)
    phase = (time * rate + draw.random()) % 1.0
    puff = np.where(phase < draw.uniform(0.4, 0.65), np.sin(np.pi * np.minimum(1, phase / 0.55)) ** 2, 0.0)
    pitch = _glide(count, draw.uniform(130, 380), 0.15, draw) * (1.15 - 0.3 * phase)
    voice = _harmonics(pitch, draw.uniform(0.4, 1.3), 18)
    breath = draw.standard_normal(count) * np.sqrt(np.mean(voice**2)) * draw.uniform(0.3, 1.5)
    low = draw.uniform(350, 900)
    fits = (np.sin(2 * np.pi * time * draw.uniform(0.2, 0.6) + draw.uniform(0, 6)) > -0.3).astype(np.float64)
    return _band(voice + breath, low, low * draw.uniform(2.5, 5.0)) * puff * fits


def _beeps(count: int, draw: np.random.Generator) -> Wave:
    time = np.arange(count) / SAMPLE_RATE_HZ
    on = np.sin(2 * np.pi * draw.uniform(0.5, 3) * time) > 0
    return np.asarray(np.sin(2 * np.pi * draw.uniform(200, 2500) * time) * on, np.float64)


def _knocks(count: int, draw: np.random.Generator) -> Wave:
    return _bursts(count, 2.0, 1600, (80, 500), lambda length: draw.standard_normal(length), draw)


def _cough(count: int, draw: np.random.Generator) -> Wave:
    return _bursts(count, 1.0, 4800, (600, 1800), lambda length: _band(draw.standard_normal(length), 300, 4500), draw)


def _steady(count: int, draw: np.random.Generator) -> Wave:
    return noise(count, draw).astype(np.float64)


def _bursts(
    count: int,
    per_second: float,
    longest: int,
    decay: tuple[float, float],
    sound: Callable[[int], Wave],
    draw: np.random.Generator,
) -> Wave:
    """Decaying bursts at random times; ``decay`` is the range of the time constant in samples."""
    x = np.zeros(count)
    for start in draw.integers(0, max(1, count - longest), max(1, round(count / SAMPLE_RATE_HZ * per_second))):
        length = min(longest, count - start)
        x[start : start + length] += sound(length) * np.exp(-np.arange(length) / draw.uniform(*decay))
    return x


def _glide(count: int, centre_hz: float, spread: float, draw: np.random.Generator) -> Wave:
    """A pitch that wanders around ``centre_hz``, with a little vibrato."""
    time = np.arange(count) / SAMPLE_RATE_HZ
    slow = np.interp(np.linspace(0, 1, count), np.linspace(0, 1, 5), draw.uniform(1 - spread, 1 + spread, 5))
    vibrato = 1 + draw.uniform(0, 0.02) * np.sin(2 * np.pi * draw.uniform(4, 7) * time)
    return np.asarray(centre_hz * slow * vibrato)


def _harmonics(pitch_hz: Wave, slope: float, most: int) -> Wave:
    """Sum of k^-slope · sin(k·phase) over the harmonics below 7 kHz."""
    phase = 2 * np.pi * np.cumsum(pitch_hz) / SAMPLE_RATE_HZ
    count = min(most, int(7000 / float(pitch_hz.max())))
    return np.asarray(np.sum([np.sin(k * phase) * k**-slope for k in range(1, count + 1)], 0))


def _band(x: Wave, low_hz: float, high_hz: float) -> Wave:
    return np.asarray(sosfilt(butter(2, (low_hz, min(high_hz, 7500.0)), "band", fs=SAMPLE_RATE_HZ, output="sos"), x))


def _babble(speech: Signal, count: int, draw: np.random.Generator) -> Signal:
    voices = int(draw.integers(1, 5))
    total = np.zeros(count, np.float32)
    for _ in range(voices):
        total += np.roll(np.resize(speech, count), int(draw.integers(0, count)))
    return np.asarray(total / (np.sqrt(np.mean(total**2)) + 1e-6), np.float32)


def _from_db(db: float) -> float:
    return float(10.0 ** (db / 20.0))
