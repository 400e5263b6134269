"""The sound of a movie, fitted to what AAC takes and to the length of the picture."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike
from scipy.signal import resample_poly

from maya_a2f.preview.arrays import FloatArray

_RATES_HZ = (32_000, 44_100, 48_000)
_USUAL_RATE_HZ = 48_000
_BLOCK_SECONDS = 10
_MARGIN_SAMPLES = 64
"""Input samples beyond a block that its resampling looks at; the filter reaches ten."""


def movie_sound(samples: ArrayLike, sample_rate_hz: int, duration_seconds: Fraction) -> tuple[FloatArray, int]:
    """(N,) or (N, channels) -> (M, 1 or 2) within -1…1 and its rate, exactly as long as the picture.

    Low and odd rates become 48 kHz by a zero-phase polyphase filter, so nothing moves in time; more than two channels
    are mixed to one; what is missing at the end is silence, what is too long is cut.
    """
    sound = np.asarray(samples, np.float32)
    sound = sound[:, None] if sound.ndim == 1 else sound
    rate = sample_rate_hz if sample_rate_hz in _RATES_HZ else _USUAL_RATE_HZ
    fitted = np.zeros((round(duration_seconds * rate), sound.shape[1] if sound.shape[1] <= 2 else 1), np.float32)
    ratio = Fraction(rate, sample_rate_hz)
    # Block by block, so that an hour of sound is held twice at most; every block starts at a whole output sample.
    block = -(-_BLOCK_SECONDS * sample_rate_hz // ratio.denominator) * ratio.denominator
    margin = -(-_MARGIN_SAMPLES // ratio.denominator) * ratio.denominator
    for start in range(0, len(sound), block):
        first = max(0, start - margin)
        part = _cleaned(sound[first : start + block + margin])
        if ratio != 1:
            part = resample_poly(part, ratio.numerator, ratio.denominator, axis=0)
        begin, skipped = int(start * ratio), int((start - first) * ratio)
        room = fitted[begin : begin + int(block * ratio)]
        kept = part[skipped : skipped + len(room)]
        np.clip(kept, -1, 1, out=room[: len(kept)])
    return fitted, rate


def _cleaned(sound: FloatArray) -> FloatArray:
    """Finite, one or two channels."""
    finite = np.nan_to_num(sound, nan=0.0, posinf=1.0, neginf=-1.0)
    return finite if finite.shape[1] <= 2 else finite.mean(1, keepdims=True, dtype=np.float32)
