"""Gentle motion of head and neck from the voice: nods on accents, another posture for every phrase, rest in silence.

A talker's head hardly ever stands still and moves with loudness and pitch (Hadar et al. 1983; Munhall et al. 2004);
nods of a few degrees go with the accents (Graf et al. 2002). Postures are drawn about the middle and every one ends,
so the head never drifts. What is drawn depends on the sound and the seed, never on where it lies: a posture on the
sound at which it ends, so that a moment depends on the second before it and on what follows, and on nothing earlier.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maya_a2f.worker.brows import Accent, voice_accents
from maya_a2f.worker.saccades import eased
from maya_a2f.worker.voice import HOP_SECONDS, Voice, speaking, window_mean, window_shape

Doubles = NDArray[np.float64]

POSTURE_DEGREES = (0.7, 1.5, 1.0)
"""Standard deviation of a phrase's posture about x (nod), y (turn), z (tilt)."""
LARGEST_POSTURE = 2.2
"""In standard deviations."""
NOD_DEGREES = 1.9
"""Of a full accent."""
LOUD_DEGREES = 0.9
"""How far a stretch that is 10 dB above its surroundings raises the head."""
SWAY_DEGREES = (0.22, 0.4, 0.3)
"""Standard deviation of the small motion that never stops while somebody talks."""
LARGEST_DEGREES = np.array([4.0, 4.5, 3.5])
"""What no sum goes beyond."""
_TURNED_SHARE = 0.25
_RISE_SECONDS, _FALL_SECONDS, _LATE_SECONDS, _BEFORE_SECONDS = 0.28, 0.5, 0.06, 0.3
_BEFORE_SHARE = 0.22
_POSTURE_SECONDS, _EARLY_SECONDS = 0.95, 0.4
_APART_SECONDS, _FIRST_SECONDS = 1.6, 0.15
_PAUSE_SECONDS = 0.25
_LOUD_SECONDS, _LOUD_AROUND_SECONDS, _LOUD_FLOOR_DECIBELS = 0.3, 1.8, -30.0
_SWAY_HOPS, _SWAY_SECONDS, _SWAY_AROUND_SECONDS = 5, 0.8, 2.4
_TALKING_SECONDS = 0.5
_START_SECONDS, _END_SECONDS = 0.5, 0.9
_SWAY_STEP = HOP_SECONDS * _SWAY_HOPS
_SWAY_WINDOWS = (_SWAY_SECONDS, _SWAY_AROUND_SECONDS)
_POSTURE_DRAW, _NOD_DRAW = 0, 1


def _sway_spread() -> float:
    """Standard deviation of noise drawn evenly from -0.5 to 0.5 between the two windows of the sway."""
    fine, coarse = (window_shape(_SWAY_STEP, _SWAY_SECONDS, after) for after in _SWAY_WINDOWS)
    left = -coarse
    left[: len(fine)] += fine
    return float(np.linalg.norm(left) / math.sqrt(12.0))


_SWAY_SPREAD = _sway_spread()


@dataclass(frozen=True)
class Posture:
    """Where the head goes, and when it sets off."""

    start_seconds: float
    degrees: tuple[float, float, float]
    """About x, y, z."""


@dataclass(frozen=True)
class Nod:
    """A short movement on an accent that comes back to where it was."""

    seconds: float
    """When it is furthest."""
    degrees: tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class HeadScore:
    """What the head does over a clip."""

    postures: tuple[Posture, ...]
    nods: tuple[Nod, ...]
    sway: Doubles
    """(N, 3) degrees per 50 ms: with loudness, and the small motion that goes with talking."""
    duration_seconds: float


def head_score(voice: Voice, duration_seconds: float, seed: int) -> HeadScore:
    """The score of a recording."""
    accents = voice_accents(voice)
    return HeadScore(
        postures=_postures(voice, accents, duration_seconds, seed),
        nods=tuple(_nod(voice, accent, seed) for accent in accents if accent.seconds < duration_seconds - _END_SECONDS),
        sway=_sway(voice, seed),
        duration_seconds=duration_seconds,
    )


def head_turns(score: HeadScore, seconds: Doubles) -> Doubles:
    """(F, 3) degrees about x, y, z at ascending times ``seconds`` (F,); at rest at the clip's start and end."""
    turns = _posture_course(score.postures, seconds)
    start, end = (float(seconds[0]), float(seconds[-1])) if len(seconds) else (0.0, 0.0)
    for nod in score.nods:
        first = nod.seconds - _RISE_SECONDS - _BEFORE_SECONDS
        if first > end or nod.seconds + _FALL_SECONDS < start:
            continue
        shown = slice(
            int(np.searchsorted(seconds, first)), int(np.searchsorted(seconds, nod.seconds + _FALL_SECONDS, "right"))
        )
        turns[shown] += _nod_course(seconds[shown] - nod.seconds)[:, None] * np.array(nod.degrees)
    places = seconds / (HOP_SECONDS * _SWAY_HOPS) - 0.5
    for axis in range(3 if len(score.sway) else 0):
        turns[:, axis] += np.interp(places, np.arange(len(score.sway)), score.sway[:, axis])
    turns = LARGEST_DEGREES * np.tanh(turns / LARGEST_DEGREES)
    gate = eased(seconds / _START_SECONDS) * eased((score.duration_seconds - seconds) / _END_SECONDS)
    return np.asarray(turns * gate[:, None])


def _postures(voice: Voice, accents: Sequence[Accent], duration: float, seed: int) -> tuple[Posture, ...]:
    """A new posture where a phrase begins or long goes on; back to the middle where it ends."""
    found: list[Posture] = []
    start = 0.0
    for pause_start, pause_end in [*voice.pauses(_PAUSE_SECONDS), (duration, duration)]:
        if pause_start > start + _FIRST_SECONDS:
            inside = [accent.seconds for accent in accents if start + _FIRST_SECONDS < accent.seconds < pause_start]
            changes = [start, *_spread(inside, pause_start), pause_start]
            for begin, end in itertools.pairwise(changes):
                found.append(Posture(begin - _EARLY_SECONDS, _drawn(voice, end, seed)))
            found.append(Posture(pause_start - _EARLY_SECONDS, (0.0, 0.0, 0.0)))
        start = pause_end
    return tuple(found)


def _spread(moments: Sequence[float], end: float) -> list[float]:
    """Those that lie well apart, counted back from the ``end``: what was said before changes none of them."""
    chosen: list[float] = []
    for moment in reversed(moments):
        if end - moment >= _APART_SECONDS:
            chosen.append(moment)
            end = moment
    return chosen[::-1]


def _sway(voice: Voice, seed: int) -> Doubles:
    """(N, 3): loud syllables lift the head; a noise that is drawn from the sound itself moves it a little."""
    level = voice.levels(_LOUD_SECONDS, _LOUD_FLOOR_DECIBELS)
    count = len(level) // _SWAY_HOPS
    level = level[: count * _SWAY_HOPS].reshape(count, _SWAY_HOPS).mean(1)
    if count == 0:
        return np.zeros((0, 3))
    heard = np.round(10 * np.log10(voice.powers[: count * _SWAY_HOPS : _SWAY_HOPS] + 1e-9) * 8).astype(np.int64)
    talking = window_mean(np.clip(1.0 - level / _LOUD_FLOOR_DECIBELS, 0.0, 1.0), _SWAY_STEP, *2 * (_TALKING_SECONDS,))
    sway = np.empty((count, 3))
    for axis, degrees in enumerate(SWAY_DEGREES):
        noise = ((heard * 2654435761 + (3 * seed + axis) * 40503 + 12345) * 2246822519 >> 7) % 65521 / 65521.0 - 0.5
        fine, coarse = (window_mean(noise, _SWAY_STEP, _SWAY_SECONDS, after) for after in _SWAY_WINDOWS)
        sway[:, axis] = degrees / _SWAY_SPREAD * (fine - coarse) * talking
    around = window_mean(level, _SWAY_STEP, _LOUD_SECONDS, _LOUD_AROUND_SECONDS, speaking(level))
    sway[:, 0] -= LOUD_DEGREES / 10.0 * np.clip(level - around, -10, 10) * talking
    return sway


def _drawn(voice: Voice, at: float, seed: int) -> tuple[float, float, float]:
    draw = voice.generator(at, seed, _POSTURE_DRAW)
    x, y, z = np.clip(draw.standard_normal(3), -LARGEST_POSTURE, LARGEST_POSTURE) * POSTURE_DEGREES
    return float(x), float(y), float(z)


def _nod(voice: Voice, accent: Accent, seed: int) -> Nod:
    draw = voice.generator(accent.seconds, seed, _NOD_DRAW)
    amount = NOD_DEGREES * accent.strength * float(draw.uniform(0.6, 1.2))
    side = float(draw.choice([-1.0, 1.0]))
    if draw.random() < _TURNED_SHARE:
        degrees = (0.35 * amount, 0.7 * side * amount, 0.3 * side * amount)
    else:
        degrees = (amount, 0.15 * side * amount, 0.1 * side * amount)
    return Nod(accent.seconds + _LATE_SECONDS, degrees)


def _posture_course(postures: Sequence[Posture], seconds: Doubles) -> Doubles:
    """(F, 3): from posture to posture; each sets off from wherever the last had come."""
    course = np.zeros((len(seconds), 3))
    if not postures or not len(seconds):
        return course
    starts = np.array([posture.start_seconds for posture in postures])
    first = max(0, int(np.searchsorted(starts, float(seconds[0]) - 4 * _POSTURE_SECONDS)) - 1)
    stop = int(np.searchsorted(starts, float(seconds[-1]), side="right"))
    before = np.array(postures[first - 1].degrees) if first else np.zeros(3)
    course += before
    for posture in postures[first:stop]:
        target = np.array(posture.degrees)
        # A sum of eased steps: smooth even where one sets off before the last has arrived.
        course += (target - before) * eased((seconds - posture.start_seconds) / _POSTURE_SECONDS)[:, None]
        before = target
    return course


def _nod_course(since: Doubles) -> Doubles:
    """1 at 0, coming up a little beforehand, back at rest half a second later."""
    down = np.where(since < 0, eased(since / _RISE_SECONDS + 1.0), 1.0 - eased(since / _FALL_SECONDS))
    ahead = since + _RISE_SECONDS
    lift = eased(ahead / _BEFORE_SECONDS + 1.0) * (1.0 - eased(ahead / _RISE_SECONDS))
    return np.asarray(down - _BEFORE_SHARE * lift)
