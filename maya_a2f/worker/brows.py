"""Brows rise a little on the accents of the voice: no model here hears them well, and a still forehead reads as a mask.

Talkers raise their brows with some of the accented syllables, mostly the strongest of a phrase, starting shortly before
them (Cave et al. 1996; Flecha-Garcia 2010). Accents are found in the loudness of the syllables against their phrase.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maya_a2f.worker.blendshape_solver import Doubles
from maya_a2f.worker.package import Floats
from maya_a2f.worker.voice import HOP_SECONDS, Voice, speaking, voice_of, window_mean

RAISED = {"browInnerUp": 0.26, "browOuterUpLeft": 0.20, "browOuterUpRight": 0.18}
"""Weights of a full accent; faces are never quite even."""
_SYLLABLE_SECONDS, _PHRASE_SECONDS = 0.12, 1.6
_APART_SECONDS, _APART_BEFORE_SECONDS = 0.9, 0.18
"""An accent is stronger than every other syllable so shortly after it, and before it."""
_SHORTEST_SECONDS = 1.6
_LEAST_DECIBELS, _FULL_DECIBELS = 3.5, 7.5
_FLOOR_DECIBELS = -30.0
_LEAD_SECONDS, _RISE_SECONDS, _HOLD_SECONDS, _FALL_SECONDS = 0.06, 0.18, 0.10, 0.40
_BROW_DRAW = 2
FIRST_SECONDS, END_SECONDS = 0.2, 0.45
"""No accent is shown so shortly after the start of a clip, or before its end."""


@dataclass(frozen=True)
class Accent:
    """An accented syllable."""

    seconds: float
    """Of its loudest moment."""
    strength: float
    """0…1."""

    def varied(self, voice: Voice, seed: int) -> Accent:
        """The accent, shown half as much to a quarter more, as the seed and its sound say."""
        amount = float(voice.generator(self.seconds, seed, _BROW_DRAW).uniform(0.5, 1.25))
        return Accent(self.seconds, min(1.0, self.strength * amount))


def accents(samples: Floats, rate_hz: int) -> tuple[Accent, ...]:
    """The accents of a recording; see :func:`voice_accents`."""
    return voice_accents(voice_of(samples, rate_hz))


def voice_accents(voice: Voice) -> tuple[Accent, ...]:
    """The syllables at least 3.5 dB above the speech that follows and stronger than their neighbours, in order."""
    if len(voice.powers) < round(_SHORTEST_SECONDS / HOP_SECONDS) or voice.powers.max() <= 1e-10:
        return ()
    level = voice.levels(_SYLLABLE_SECONDS, _FLOOR_DECIBELS)
    phrase = window_mean(level, HOP_SECONDS, _SYLLABLE_SECONDS, _PHRASE_SECONDS, speaking(level))
    above = np.where(level > _FLOOR_DECIBELS / 3, level - phrase, 0.0)
    peaks = _peaks(above)
    peaks = peaks[above[peaks] >= _LEAST_DECIBELS]
    span = _FULL_DECIBELS - _LEAST_DECIBELS
    return tuple(
        Accent(
            float(peak) * HOP_SECONDS, float(np.clip(0.35 + 0.65 * (above[peak] - _LEAST_DECIBELS) / span, 0.0, 1.0))
        )
        for peak in _standing_out(peaks, above[peaks])
    )


def _peaks(values: Doubles) -> NDArray[np.intp]:
    """Places higher than what is on both sides of them; the middle of a level stretch."""
    last = np.append(np.flatnonzero(np.diff(values)), len(values) - 1)  # of every stretch of equal values
    first = np.append(0, last[:-1] + 1)
    heights = values[last]
    higher = (heights[1:-1] > heights[:-2]) & (heights[1:-1] > heights[2:])
    return np.asarray((first[1:-1][higher] + last[1:-1][higher]) // 2)


def _standing_out(peaks: NDArray[np.intp], heights: Doubles) -> NDArray[np.intp]:
    """The peaks that none nearby is higher than."""
    after, before = (round(seconds / HOP_SECONDS) for seconds in (_APART_SECONDS, _APART_BEFORE_SECONDS))
    last = np.searchsorted(peaks, peaks + after, side="right")
    first = np.searchsorted(peaks, peaks - before, side="left")
    highest = [heights[start:stop].max() for start, stop in zip(first, last, strict=True)]
    return np.asarray(peaks[heights >= np.array(highest)]) if len(peaks) else peaks


def brow_rise(events: Sequence[Accent], seconds: NDArray[np.float64]) -> Doubles:
    """(F,) how far the brows are raised, 0…1, at the ascending times ``seconds`` (F,)."""
    raised = np.zeros(len(seconds))
    for event in events:
        start = event.seconds - _LEAD_SECONDS - _RISE_SECONDS
        end = start + _RISE_SECONDS + _HOLD_SECONDS + _FALL_SECONDS
        if len(seconds) == 0 or start > seconds[-1] or end < seconds[0]:
            continue
        shown = slice(int(np.searchsorted(seconds, start)), int(np.searchsorted(seconds, end, side="right")))
        since = seconds[shown] - start
        rising = np.clip(since / _RISE_SECONDS, 0.0, 1.0)
        falling = np.clip(1.0 - (since - _RISE_SECONDS - _HOLD_SECONDS) / _FALL_SECONDS, 0.0, 1.0)
        share = np.minimum(rising, falling)
        raised[shown] = np.maximum(raised[shown], event.strength * share * share * (3.0 - 2.0 * share))
    return raised


def with_brows(channels: Mapping[str, Doubles], raised: Doubles) -> dict[str, Doubles]:
    """The channels with the brows up by ``raised`` (F,) full accents; never beyond 1, less where they are up."""
    lifted = {
        name: channels[name] + np.clip(1.0 - channels[name], 0.0, 1.0) * np.clip(weight * raised, 0.0, 1.0)
        for name, weight in RAISED.items()
        if name in channels
    }
    return {**channels, **lifted}
