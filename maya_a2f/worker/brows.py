"""Brows rise a little on the accents of the voice: no model here hears them well, and a still forehead reads as a mask.

Talkers raise their brows with some of the accented syllables, mostly the strongest of a phrase, starting shortly before
them (Cave et al. 1996; Flecha-Garcia 2010). Accents are found in the loudness of the syllables against their phrase.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from maya_a2f.worker.audio import Audio
from maya_a2f.worker.blendshape_solver import Doubles
from maya_a2f.worker.blinks import frame_times
from maya_a2f.worker.package import Floats

RAISED = {"browInnerUp": 0.26, "browOuterUpLeft": 0.20, "browOuterUpRight": 0.18}
"""Weights of a full accent; faces are never quite even."""
_HOP_SECONDS = 0.01
_SYLLABLE_SECONDS, _PHRASE_SECONDS = 0.05, 0.8
_APART_SECONDS = 0.9
_LEAST_DECIBELS, _FULL_DECIBELS = 4.0, 9.0
_FLOOR_DECIBELS = -30.0
_LEAD_SECONDS, _RISE_SECONDS, _HOLD_SECONDS, _FALL_SECONDS = 0.06, 0.18, 0.10, 0.40
_END_SECONDS = 0.45


@dataclass(frozen=True)
class Accent:
    """An accented syllable."""

    seconds: float
    """Of its loudest moment."""
    strength: float
    """0…1."""


def accents(samples: Floats, rate_hz: int) -> tuple[Accent, ...]:
    """The syllables that stand out of their phrase by at least 4 dB, the strongest of each 0.9 s, in order."""
    hop = max(1, round(rate_hz * _HOP_SECONDS))
    count = len(samples) // hop
    if count < round(2 * _PHRASE_SECONDS / _HOP_SECONDS):
        return ()
    power = np.mean(samples[: count * hop].astype(np.float64).reshape(count, hop) ** 2, axis=1)
    loud = float(np.percentile(power, 95))
    if loud <= 1e-10:
        return ()
    level = 10 * np.log10(np.maximum(gaussian_filter1d(power, _SYLLABLE_SECONDS / _HOP_SECONDS) / loud, 1e-3))
    level = np.maximum(level, _FLOOR_DECIBELS)
    phrase = gaussian_filter1d(level, _PHRASE_SECONDS / _HOP_SECONDS)
    above = np.where(level > _FLOOR_DECIBELS / 3, level - phrase, 0.0)
    peaks, _ = find_peaks(above, height=_LEAST_DECIBELS, distance=round(_APART_SECONDS / _HOP_SECONDS))
    span = _FULL_DECIBELS - _LEAST_DECIBELS
    return tuple(
        Accent(
            float(peak) * _HOP_SECONDS, float(np.clip(0.35 + 0.65 * (above[peak] - _LEAST_DECIBELS) / span, 0.0, 1.0))
        )
        for peak in peaks
    )


def brow_rise(events: tuple[Accent, ...], seconds: NDArray[np.float64]) -> Doubles:
    """(F,) how far the brows are raised, 0…1, at the times ``seconds`` (F,)."""
    raised = np.zeros(len(seconds))
    for event in events:
        start = event.seconds - _LEAD_SECONDS - _RISE_SECONDS
        since = seconds - start
        rising = np.clip(since / _RISE_SECONDS, 0.0, 1.0)
        falling = np.clip(1.0 - (since - _RISE_SECONDS - _HOLD_SECONDS) / _FALL_SECONDS, 0.0, 1.0)
        share = np.minimum(rising, falling)
        raised = np.maximum(raised, event.strength * share * share * (3.0 - 2.0 * share))
    return raised


class BrowPlan:
    """When a clip raises its brows; the plan of the last clip is kept."""

    def __init__(self) -> None:
        self._kept: tuple[str, tuple[Accent, ...]] | None = None

    def over(
        self, channels: Mapping[str, Doubles], audio: Audio, rate: Fraction, strength: float, first_frame: int = 0
    ) -> dict[str, Doubles]:
        """The channels with the brows raised by ``strength`` on accents; sample k is frame ``first_frame`` + k.

        Never beyond 1, and less where the brows are raised already. No accent is left at the end of the clip.
        """
        found = [name for name in RAISED if name in channels]
        if strength <= 0 or not found:
            return dict(channels)
        if self._kept is None or self._kept[0] != audio.content_hash:
            end = float(audio.duration_seconds) - _END_SECONDS
            events = tuple(event for event in accents(audio.samples, audio.rate_hz) if event.seconds < end)
            self._kept = (audio.content_hash, events)
        seconds = frame_times(len(channels[found[0]]), rate, first_frame)
        raised = strength * brow_rise(self._kept[1], seconds)
        lifted = {
            name: channels[name] + np.clip(1.0 - channels[name], 0.0, 1.0) * np.clip(RAISED[name] * raised, 0.0, 1.0)
            for name in found
        }
        return {**channels, **lifted}
