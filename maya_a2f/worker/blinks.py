"""Blinks with natural statistics, laid over the eyelids of a take: no model hears them, and a face without them stares.

Figures: people blink 17 times a minute at rest, 26 in conversation and 4.5 while reading (Bentivoglio et al. 1997); the
logarithms of the intervals are normally distributed (Borges et al. 2010): most are short, a few long. The lids close
faster than they open, and only about half of the blinks close them entirely (Sforza et al. 2008; Ousler et al. 2014).
Talkers blink at the ends of phrases and in pauses (Nakano and Kitazawa 2010), not while they fix their eyes on a thing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from maya_a2f.worker.blendshape_solver import Doubles
from maya_a2f.worker.package import Floats
from maya_a2f.worker.voice import voice_of

CLOSING_SECONDS, SHUT_SECONDS, OPENING_SECONDS = 0.08, 0.03, 0.16
"""Of a blink of pace 1."""
LONGEST_PACE = 1.45
PAUSE_SECONDS = 0.16
NATURAL_RATE = 20.0
"""Blinks a minute where the layer is asked for and the package says none."""
_SHORTEST_PACE, _PACE_SPREAD = 0.62, 0.22
_FIRST_SECONDS, _QUIET_END_SECONDS = 0.4, 0.45
_SHORTEST_INTERVAL_SECONDS = 0.6
_INTERVAL_SPREAD = 0.6
"""Standard deviation of the logarithm."""
_COMPLETE_SHARE, _SHALLOWEST = 0.5, 0.6
_REACH_SECONDS = 0.8
"""How far a blink is drawn to the nearest start of a pause."""
_DOUBLE_SHARE, _DOUBLE_SECONDS, _DOUBLE_PACE = 0.07, 0.36, 0.9
_AFTER_HELD_SECONDS = 0.06


@dataclass(frozen=True)
class Blink:
    """One blink."""

    start_seconds: float
    """When the lids begin to fall."""
    depth: float
    """1 closes entirely."""
    pace: float = 1.0
    """How long it takes: 1 is 0.27 s."""

    @property
    def duration_seconds(self) -> float:
        """From the first movement to the last."""
        return self.pace * (CLOSING_SECONDS + SHUT_SECONDS + OPENING_SECONDS)


def pause_starts(samples: Floats, rate_hz: int) -> tuple[float, ...]:
    """Seconds at which the voice falls silent for a while: 32 dB below its loud moments for at least 0.16 s."""
    return tuple(start for start, _ in voice_of(samples, rate_hz).pauses(PAUSE_SECONDS))


def blinks(
    duration_seconds: float,
    per_minute: float,
    pauses: tuple[float, ...],
    seed: int,
    held: Sequence[tuple[float, float]] = (),
) -> tuple[Blink, ...]:
    """Blinks of a clip, in order; the same arguments always give the same ones.

    Intervals are ``60 / per_minute`` seconds on average and log-normally distributed; a blink within reach of the start
    of a pause moves there. None starts in the first 0.4 s, none touches the stretches ``held`` (a blink that would is
    made when the gaze is let go), and all are over before the end.
    """
    if per_minute <= 0:
        return ()
    draw = np.random.default_rng(seed)
    mean = 60.0 / per_minute * (1.0 + _DOUBLE_SHARE)
    last = duration_seconds - _QUIET_END_SECONDS
    found: list[Blink] = []
    starts = np.asarray(pauses, np.float64)
    at = _FIRST_SECONDS + float(draw.uniform(0.0, 0.7)) * mean
    while at <= last:
        earliest = found[-1].start_seconds + _SHORTEST_INTERVAL_SECONDS if found else _FIRST_SECONDS
        near = _nearest(starts, at)
        if near is not None and abs(near - at) <= _REACH_SECONDS and earliest <= near <= last:
            at = near
        pace = min(LONGEST_PACE, max(_SHORTEST_PACE, math.exp(_PACE_SPREAD * float(draw.standard_normal()))))
        depth = 1.0 if draw.random() < _COMPLETE_SHARE else float(draw.uniform(_SHALLOWEST, 0.97))
        event = Blink(_let_go(at, pace, held), depth, pace)
        if event.start_seconds > last:
            break
        found.append(event)
        at = event.start_seconds
        second = Blink(at + max(_DOUBLE_SECONDS, event.duration_seconds + 0.05), 0.9, _DOUBLE_PACE)
        is_free = _let_go(second.start_seconds, _DOUBLE_PACE, held) == second.start_seconds
        if draw.random() < _DOUBLE_SHARE and second.start_seconds <= last and is_free:
            found.append(second)
            at = second.start_seconds
        at += max(
            _SHORTEST_INTERVAL_SECONDS,
            float(draw.lognormal(math.log(mean) - _INTERVAL_SPREAD**2 / 2, _INTERVAL_SPREAD)),
        )
    return tuple(found)


def _nearest(starts: NDArray[np.float64], at: float) -> float | None:
    if len(starts) == 0:
        return None
    after = int(np.searchsorted(starts, at))
    around = starts[max(0, after - 1) : after + 1]
    return float(around[np.abs(around - at).argmin()])


def _let_go(at: float, pace: float, held: Sequence[tuple[float, float]]) -> float:
    """``at``, or when the held gaze that a blink then would touch is let go."""
    duration = pace * (CLOSING_SECONDS + SHUT_SECONDS + OPENING_SECONDS)
    for start, end in held:
        if at + duration > start and at < end:
            at = end + _AFTER_HELD_SECONDS
    return at


def lid_closure(events: Sequence[Blink], seconds: NDArray[np.float64]) -> Doubles:
    """(F,) how far the lids are closed, 0…1, at the ascending times ``seconds`` (F,)."""
    closed = np.zeros(len(seconds))
    for event in events:
        if len(seconds) == 0 or event.start_seconds > seconds[-1] or event.start_seconds + 1.0 < seconds[0]:
            continue
        shown = _frames_within(seconds, event.start_seconds, event.start_seconds + event.duration_seconds)
        since = (seconds[shown] - event.start_seconds) / event.pace
        falling = np.clip(since / CLOSING_SECONDS, 0.0, 1.0)
        rising = np.clip(1.0 - (since - CLOSING_SECONDS - SHUT_SECONDS) / OPENING_SECONDS, 0.0, 1.0)
        share = np.minimum(falling, rising)
        closed[shown] = np.maximum(closed[shown], event.depth * share * share * (3.0 - 2.0 * share))
    return closed


def _frames_within(seconds: NDArray[np.float64], start: float, end: float) -> slice:
    return slice(int(np.searchsorted(seconds, start)), int(np.searchsorted(seconds, end, side="right")))


def with_blinks(channels: Mapping[str, Doubles], closed: Doubles, strength: float) -> dict[str, Doubles]:
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
