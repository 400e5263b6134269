"""Natural saccades, where a package has none of its own or they are asked for.

Figures: Lee, Badler and Badler, "Eyes Alive" (SIGGRAPH 2002), measured on a talking person. Magnitudes fall off
exponentially with 6.9 degrees and end at 27.5; directions prefer the axes (their table 1); the eyes rest on the other
person 93.9 (sd 94.9) and away 27.8 (sd 24.0) thirtieths of a second; a saccade takes 25 ms and 2.4 ms per degree, the
main sequence (a linear relation: Bahill, Clark and Stark 1975). Within a fixation the eye makes small movements of a
third of a degree about once a second (microsaccades: Rolfs 2009).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

MAGNITUDE_DEGREES, LARGEST_DEGREES, SMALLEST_DEGREES = 6.9, 27.5, 1.0
DIRECTION_SHARES = (15.54, 6.46, 17.69, 7.44, 16.80, 7.89, 20.38, 7.79)
"""Per cent of saccades to the right, up right, up, … counter-clockwise in steps of 45 degrees."""
TOWARDS_SECONDS, AWAY_SECONDS = (93.9 / 30, 94.9 / 30), (27.8 / 30, 24.0 / 30)
"""Mean and standard deviation of looking at the other person, and away."""
LATENCY_SECONDS, SECONDS_PER_DEGREE = 0.025, 0.0024
_SHORTEST_FIXATION_SECONDS = 0.15
_SMALL_DEGREES, _SMALL_SECONDS = 0.3, 1.0
_FIRST_SECONDS = 0.3


@dataclass(frozen=True)
class Saccade:
    """One jump of the eyes."""

    start_seconds: float
    yaw: float
    """Where it ends: degrees to the character's left."""
    pitch: float
    """Degrees down."""
    degrees: float
    """How far it goes."""

    @property
    def duration_seconds(self) -> float:
        """The main sequence."""
        return saccade_seconds(self.degrees)


def saccade_seconds(degrees: float) -> float:
    """How long a saccade of so many degrees takes."""
    return LATENCY_SECONDS + SECONDS_PER_DEGREE * degrees


def natural_saccades(duration_seconds: float, seed: int) -> tuple[Saccade, ...]:
    """The saccades of a clip, in order: away from the other person and back, and small ones in between."""
    draw = np.random.default_rng(seed)
    found: list[Saccade] = []
    at, is_away = _FIRST_SECONDS + _stay(draw, TOWARDS_SECONDS) * float(draw.uniform()), False
    before = 0.0
    here = np.zeros(2)
    while at < duration_seconds:
        here = _with_small_ones(found, draw, before, at, here)
        target = np.zeros(2) if is_away else _away(draw)
        found.append(_jump(at, here, target))
        here, before, is_away = target, at + found[-1].duration_seconds, not is_away
        at = before + _stay(draw, AWAY_SECONDS if is_away else TOWARDS_SECONDS)
    return tuple(event for event in found if event.start_seconds < duration_seconds)


def gaze_path(events: tuple[Saccade, ...], seconds: Doubles) -> Doubles:
    """(F, 2) yaw to the left and pitch down, degrees, at the times ``seconds`` (F,)."""
    places = np.array([(0.0, 0.0), *((event.yaw, event.pitch) for event in events)])
    if not events:
        return np.zeros((len(seconds), 2))
    starts = np.array([event.start_seconds for event in events])
    spans = np.array([event.duration_seconds for event in events])
    current = np.searchsorted(starts, seconds, side="right")
    last = np.maximum(current - 1, 0)
    share = np.where(current > 0, eased((seconds - starts[last]) / spans[last]), 0.0)
    return np.asarray(places[last] + (places[last + 1] - places[last]) * share[:, None])


def eased(share: Doubles) -> Doubles:
    """A movement with as little jerk as there can be, 0 to 1."""
    u = np.clip(share, 0.0, 1.0)
    return np.asarray(u * u * u * (10.0 - 15.0 * u + 6.0 * u * u))


def _jump(at: float, here: Doubles, target: Doubles) -> Saccade:
    return Saccade(at, float(target[0]), float(target[1]), float(np.linalg.norm(target - here)))


def _with_small_ones(
    found: list[Saccade], draw: np.random.Generator, start: float, end: float, centre: Doubles
) -> Doubles:
    """Add the small movements of a fixation; returns where it ends."""
    here = centre
    at = start + _SHORTEST_FIXATION_SECONDS + float(draw.exponential(_SMALL_SECONDS))
    while at < end - _SHORTEST_FIXATION_SECONDS:
        target = centre + draw.standard_normal(2) * _SMALL_DEGREES / math.sqrt(2)
        found.append(_jump(at, here, target))
        here = target
        at += _SHORTEST_FIXATION_SECONDS + float(draw.exponential(_SMALL_SECONDS))
    return here


def _stay(draw: np.random.Generator, figures: tuple[float, float]) -> float:
    mean, spread = figures
    shape = (mean / spread) ** 2
    return max(_SHORTEST_FIXATION_SECONDS, float(draw.gamma(shape, mean / shape)))


def _away(draw: np.random.Generator) -> Doubles:
    """Yaw to the character's left and pitch down of a look away."""
    lowest, highest = (math.exp(-limit / MAGNITUDE_DEGREES) for limit in (LARGEST_DEGREES, SMALLEST_DEGREES))
    degrees = -MAGNITUDE_DEGREES * math.log(float(draw.uniform(lowest, highest)))
    shares = np.array(DIRECTION_SHARES) / sum(DIRECTION_SHARES)
    turn = math.radians(45.0 * int(draw.choice(8, p=shares)) + float(draw.uniform(-22.5, 22.5)))
    return degrees * np.array([-math.cos(turn), -math.sin(turn)])
