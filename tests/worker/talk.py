"""A made voice for tests: phrases of syllables with accents and pauses."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from maya_a2f.worker.audio import Audio, hash_samples

RATE_HZ = 16000


def talk(seconds: float, seed: int = 0) -> NDArray[np.float32]:
    """(N,) syllables of 0.2 s, every seventh an accent, a pause of 0.6 s after every thirteen."""
    draw = np.random.default_rng(seed)
    times = np.arange(round(0.2 * RATE_HZ)) / RATE_HZ
    pieces: list[NDArray[np.float64]] = []
    while sum(map(len, pieces)) < seconds * RATE_HZ:
        number = len(pieces)
        if number % 14 == 13:
            pieces.append(np.zeros(round(0.6 * RATE_HZ)))
            continue
        strength = (0.4 if number % 7 == 3 else 0.1) * draw.uniform(0.8, 1.2)
        pieces.append(strength * np.sin(np.pi * times / 0.2) ** 2 * np.sin(2 * np.pi * draw.uniform(110, 160) * times))
    return np.concatenate(pieces)[: round(seconds * RATE_HZ)].astype(np.float32)


def audio_of(samples: NDArray[np.float32]) -> Audio:
    """A loaded recording of these samples."""
    return Audio(
        samples=samples,
        rate_hz=RATE_HZ,
        source_rate_hz=RATE_HZ,
        source_channels=1,
        source_samples=len(samples),
        source_format="WAV",
        duration_seconds=Fraction(len(samples), RATE_HZ),
        content_hash=hash_samples(samples, RATE_HZ),
        warnings=(),
    )
