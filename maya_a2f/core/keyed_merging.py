"""Merging keys that are held as :class:`~maya_a2f.core.rig.KeyedCurve`: between frames and units, and ticks."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache

from maya_a2f.core.channels import ChannelKind
from maya_a2f.core.frame_rate import TICKS_PER_SECOND
from maya_a2f.core.key_blending import TANGENT_NAMES, Fresh, WrittenKey
from maya_a2f.core.rerun import Merged
from maya_a2f.core.rig import KeyedCurve

NUMBERS = {name: number for number, name in TANGENT_NAMES.items()}
"""Tangents by name."""
_SAME_FRAME = 1e-6


def ticks_of(frame: float, rate: Fraction) -> int:
    """The tick nearest to a frame, the even one between two."""
    frame_numerator, frame_denominator = frame.as_integer_ratio()
    denominator = frame_denominator * rate.numerator
    ticks, rest = divmod(frame_numerator * TICKS_PER_SECOND * rate.denominator, denominator)
    return ticks + (2 * rest > denominator or (2 * rest == denominator and ticks % 2 == 1))


@lru_cache(maxsize=4)
def _ticks_of_all(frames: tuple[float, ...], rate: Fraction) -> tuple[int, ...]:
    """The curves of a take have the same frames."""
    return tuple(ticks_of(frame, rate) for frame in frames)


def internal(value: float, kind: ChannelKind) -> float:
    """Degrees to radians; others are what Maya holds."""
    return math.radians(value) if kind == "rotate" else float(value)


def tangent_numbers(curve: KeyedCurve) -> tuple[int, int]:
    """In- and out-tangent of new keys, by the numbers of ``MFnAnimCurve``; a step is an out-tangent only."""
    out = NUMBERS[curve.tangent]
    return (NUMBERS["spline"] if curve.tangent == "step" else out), out


def fresh_of(curve: KeyedCurve, rate: Fraction) -> Fresh:
    """New keys as :func:`~maya_a2f.core.rerun.merged` takes them."""
    ticks = _ticks_of_all(tuple(curve.frames), rate)
    values = list(map(math.radians if curve.kind == "rotate" else float, curve.values))
    return Fresh(ticks, values, tangent_numbers(curve))


def keys_of(curve: KeyedCurve, rate: Fraction) -> list[WrittenKey]:
    """Keys that were written as they are."""
    fresh = fresh_of(curve, rate)
    return fresh.keys(0, len(fresh.ticks))


def keyed_of(plan: Merged, curve: KeyedCurve, rate: Fraction) -> KeyedCurve:
    """The new keys of a merged curve; frames and values as they were given wherever they are the given ones."""
    ticks = _ticks_of_all(tuple(curve.frames), rate)
    given = {tick: (float(frame), value) for tick, frame, value in zip(ticks, curve.frames, curve.values, strict=True)}
    frames, values = [], []
    for key in plan.keys:
        frame, value = given.get(key.ticks, (_frame(key.ticks, rate), math.nan))
        frames.append(frame)
        values.append(value if internal(value, curve.kind) == key.value else _outside(key.value, curve.kind))
    return KeyedCurve(curve.attribute, curve.kind, frames, values, curve.tangent)


def _frame(ticks: int, rate: Fraction) -> float:
    frame = float(Fraction(ticks) * rate / TICKS_PER_SECOND)
    return float(round(frame)) if abs(frame - round(frame)) < _SAME_FRAME else frame


def _outside(value: float, kind: ChannelKind) -> float:
    return math.degrees(value) if kind == "rotate" else value
