"""The ease to rest after the last frame of a clip, so that a face does not freeze in mid-word."""

from __future__ import annotations

import dataclasses
import math
from array import array
from collections.abc import Sequence
from fractions import Fraction

from maya_a2f.core.take import Take
from maya_a2f.errors import UserError

LONGEST_TAIL_SECONDS = 60.0

_FASTEST_HOMEWARD = 3.0
"""Largest start slope (in units of the distance to rest per tail) that keeps a cubic from passing beyond rest.
Source: Fritsch and Carlson, "Monotone piecewise cubic interpolation", SIAM J. Numer. Anal. 17 (1980)."""

_FASTEST_OUTWARD = 0.5
"""Largest start slope away from rest: a moving face may swing on by under 2 % of its distance, not more."""


def with_tail(take: Take, seconds: float) -> Take:
    """``take`` with ⌈seconds · rate⌉ frames more, which bring every channel to exactly 0.

    Each channel follows a cubic that leaves with the last value and the last velocity (damped where it would carry
    the channel beyond rest or beyond what the clip itself shows) and arrives with no velocity. The frames of the clip
    are unchanged. 0 seconds, or a take without frames, returns the take itself. Raises :class:`UserError`
    ``tail.bad`` for a negative, endless or undefined length.
    """
    frames = tail_frame_count(seconds, take.rate)
    if frames == 0 or take.frame_count == 0:
        return take
    return dataclasses.replace(
        take,
        tracks={name: array("d", samples) + _eased(samples, frames) for name, samples in take.tracks.items()},
        tail_frames=take.tail_frames + frames,
    )


def tail_frame_count(seconds: float, rate: Fraction) -> int:
    """⌈seconds · rate⌉, where 0.2 s means exactly one fifth. Raises :class:`UserError` ``tail.bad``."""
    if not (math.isfinite(seconds) and 0.0 <= seconds <= LONGEST_TAIL_SECONDS):
        raise UserError(
            f"The tail cannot last {seconds} seconds.",
            code="tail.bad",
            hint=f"Give a length from 0 (off) to {LONGEST_TAIL_SECONDS:g} seconds.",
        )
    # Through the decimal text: the float nearest 0.2 lies above 1/5 and would cost a seventh frame at 30 fps.
    return math.ceil(Fraction(repr(float(seconds))) * rate)


def _eased(samples: Sequence[float], frames: int) -> array[float]:
    if not any(samples):
        return array("d", bytes(8 * frames))
    last = float(samples[-1])
    velocity = last - float(samples[-2]) if len(samples) > 1 else 0.0
    slope = _damped(velocity * frames, last)
    lowest, highest = min(0.0, min(samples)), max(0.0, max(samples))
    eased = array("d")
    for frame in range(1, frames):
        u = frame / frames
        value = last * (1.0 + 2.0 * u) * (1.0 - u) ** 2 + slope * u * (1.0 - u) ** 2
        eased.append(min(max(value, lowest), highest))
    eased.append(0.0)
    return eased


def _damped(slope: float, last: float) -> float:
    """The start slope of the ease, limited by the distance to rest."""
    if slope * last < 0.0:  # already on its way home
        return math.copysign(min(abs(slope), _FASTEST_HOMEWARD * abs(last)), slope)
    return math.copysign(min(abs(slope), _FASTEST_OUTWARD * abs(last)), slope)
