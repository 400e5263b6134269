"""Blinks with natural statistics, laid over the eyelids of a take: no model hears them, and a face without them stares.

Figures: people blink about 17 times a minute at rest and 26 while talking (Bentivoglio et al. 1997); the intervals are
skewed, most of them short. A blink closes in some 80 ms, stays shut for a moment and opens in twice the time (Caffier
et al. 2003). Talkers blink at the ends of phrases more often than within them.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from maya_a2f.worker.audio import Audio
from maya_a2f.worker.blendshape_solver import Doubles
from maya_a2f.worker.package import Floats

CLOSING_SECONDS, SHUT_SECONDS, OPENING_SECONDS = 0.08, 0.03, 0.17
_FIRST_SECONDS, _QUIET_END_SECONDS = 0.4, 0.35
_SHORTEST_INTERVAL_SECONDS = 0.6
_REACH_SECONDS = 0.8
"""How far a blink is drawn to the nearest start of a pause."""
_DOUBLE_SHARE, _DOUBLE_SECONDS = 0.07, 0.36
_PAUSE_SECONDS = 0.16
_HOP_SECONDS = 0.01
_PAUSE_DECIBELS = -32.0


@dataclass(frozen=True)
class Blink:
    """One blink."""

    start_seconds: float
    """When the lids begin to fall."""
    depth: float
    """1 closes entirely."""


def pause_starts(samples: Floats, rate_hz: int) -> tuple[float, ...]:
    """Seconds at which the voice falls silent for a while: 32 dB below its loud moments for at least 0.16 s."""
    hop = max(1, round(rate_hz * _HOP_SECONDS))
    count = len(samples) // hop
    if count == 0:
        return ()
    power = np.mean(samples[: count * hop].astype(np.float64).reshape(count, hop) ** 2, axis=1)
    loud = float(np.percentile(power, 95))
    quiet = power <= max(loud, 1e-12) * 10 ** (_PAUSE_DECIBELS / 10)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], quiet, [False]]).astype(np.int8)))
    runs = zip(edges[::2], edges[1::2], strict=True)
    return tuple(float(first) * _HOP_SECONDS for first, last in runs if (last - first) * _HOP_SECONDS >= _PAUSE_SECONDS)


def blinks(duration_seconds: float, per_minute: float, pauses: tuple[float, ...], seed: int) -> tuple[Blink, ...]:
    """Blinks of a clip, in order; the same arguments always give the same ones.

    Intervals are gamma-distributed about ``60 / per_minute`` seconds; a blink within reach of the start of a pause
    moves there. None starts in the first 0.4 s, and all are over before the end.
    """
    if per_minute <= 0:
        return ()
    draw = np.random.default_rng(seed)
    mean = 60.0 / per_minute
    last = duration_seconds - _QUIET_END_SECONDS
    found: list[Blink] = []
    at = _FIRST_SECONDS + float(draw.uniform(0.0, 0.7)) * mean
    while at <= last:
        near = min(pauses, key=lambda pause: abs(pause - at), default=None)
        earliest = found[-1].start_seconds + _SHORTEST_INTERVAL_SECONDS if found else _FIRST_SECONDS
        if near is not None and abs(near - at) <= _REACH_SECONDS and near >= earliest and near <= last:
            at = near
        depth = 1.0 if draw.random() < 0.85 else float(draw.uniform(0.65, 0.95))
        found.append(Blink(at, depth))
        if draw.random() < _DOUBLE_SHARE and at + _DOUBLE_SECONDS <= last:
            found.append(Blink(at + _DOUBLE_SECONDS, 0.9))
            at += _DOUBLE_SECONDS
        at += max(_SHORTEST_INTERVAL_SECONDS, float(draw.gamma(2.0, mean / 2.0)))
    return tuple(found)


def lid_closure(events: tuple[Blink, ...], seconds: NDArray[np.float64]) -> Doubles:
    """(F,) how far the lids are closed, 0…1, at the times ``seconds`` (F,)."""
    closed = np.zeros(len(seconds))
    for event in events:
        since = seconds - event.start_seconds
        shut_until = CLOSING_SECONDS + SHUT_SECONDS
        falling = np.clip(since / CLOSING_SECONDS, 0.0, 1.0)
        rising = np.clip(1.0 - (since - shut_until) / OPENING_SECONDS, 0.0, 1.0)
        share = np.minimum(falling, rising)
        closed = np.maximum(closed, event.depth * share * share * (3.0 - 2.0 * share))
    return closed


def with_blinks(channels: dict[str, Doubles], closed: Doubles, strength: float) -> dict[str, Doubles]:
    """The channels with the lids closed further by ``strength`` · ``closed``; never beyond 1, never opened."""
    share = np.clip(strength * closed, 0.0, 1.0)
    lids = {
        name: samples + (1.0 - np.clip(samples, 0.0, 1.0)) * share
        for name, samples in channels.items()
        if name in ("eyeBlinkLeft", "eyeBlinkRight")
    }
    return {**channels, **lids}


def frame_times(count: int, rate: Fraction, first_frame: int = 0) -> NDArray[np.float64]:
    """(count,) seconds of the frames of a take from ``first_frame`` on."""
    return np.asarray((first_frame + np.arange(count)) * float(1 / rate), np.float64)


class BlinkPlan:
    """When a clip blinks; the plan of the last clip is kept, so that posing single moments of it costs nothing."""

    def __init__(self) -> None:
        self._kept: tuple[tuple[str, float, float], tuple[Blink, ...]] | None = None

    def over(
        self,
        channels: Mapping[str, Doubles],
        audio: Audio,
        rate: Fraction,
        values: Mapping[str, float],
        first_frame: int = 0,
    ) -> dict[str, Doubles]:
        """The channels with blinks as the parameters ``blinkRate``, ``blinkStrength`` and ``saccadeSeed`` ask; sample k
        is frame ``first_frame`` + k of the clip."""
        key = (audio.content_hash, values["blinkRate"], values["saccadeSeed"])
        if self._kept is None or self._kept[0] != key:
            seed = zlib.crc32(audio.content_hash.encode()) + int(values["saccadeSeed"])
            pauses = pause_starts(audio.samples, audio.rate_hz) if values["blinkRate"] > 0 else ()
            self._kept = (key, blinks(float(audio.duration_seconds), values["blinkRate"], pauses, seed))
        events = self._kept[1]
        count = len(next(iter(channels.values()), ()))
        if not events or count == 0:
            return dict(channels)
        return with_blinks(
            dict(channels), lid_closure(events, frame_times(count, rate, first_frame)), values["blinkStrength"]
        )
