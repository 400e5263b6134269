"""A made voice: syllables with a pitch, a level, a tilt and a rate that can change over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

RATE = 16000


@dataclass(frozen=True)
class Speech:
    """How it speaks for some seconds."""

    seconds: float
    pitch_hz: float = 120.0
    swing_semitones: float = 2.0
    level_db: float = 0.0
    slope: float = 1.6
    """Harmonic k has the amplitude k to the power of minus this."""
    syllables_per_second: float = 4.0


def speak(*parts: Speech, noise: float = 0.001, seed: int = 0) -> npt.NDArray[np.float32]:
    """(N,) the parts one after the other."""
    rng = np.random.default_rng(seed)
    sounds, phase = [], 0.0
    for part in parts:
        times = np.arange(round(part.seconds * RATE)) / RATE
        swing = part.swing_semitones * np.sin(2 * np.pi * 0.45 * times) + 0.3 * np.sin(2 * np.pi * 1.7 * times)
        pitch = part.pitch_hz * 2 ** (swing / 12)
        angle = phase + 2 * np.pi * np.cumsum(pitch) / RATE
        phase = float(angle[-1])
        voice = np.zeros(len(times))
        for harmonic in range(1, int(5000 / part.pitch_hz)):
            voice += harmonic**-part.slope * np.sin(harmonic * angle)
        beat = np.sin(np.pi * part.syllables_per_second * times) ** 2
        voice *= (0.05 + 0.95 * beat) / np.sqrt(np.mean(np.square(voice)))
        sounds.append(0.05 * 10 ** (part.level_db / 20) * voice)
    whole = np.concatenate(sounds)
    return (whole + noise * rng.normal(size=len(whole))).astype(np.float32)
