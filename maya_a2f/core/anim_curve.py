"""Maya's animation curves (TA, TL, TU) as values, and their evaluation.

A span between two keys is constant (step, stepnext), a straight line (both tangents linear), a cubic Hermite in value
over time (ordinary curves) or a planar cubic Bezier whose time is solved for (curves with weighted tangents).

Sources of the rules: Autodesk's open evaluator animx (span kinds, Hermite and Bezier control points at a third of the
tangent, monotonic time, infinities, automatic tangents) and the animation engine Autodesk published with its game tools
(spline, clamped, plateau, linear and flat tangents); the codes in files: specification, maya.md section 14. The tests
compare with figures saved and evaluated by Maya itself.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from maya_a2f.core.channels import ChannelKind
from maya_a2f.core.rig import KeyedCurve

CurveTangent = Literal[
    "fixed", "linear", "flat", "step", "stepnext", "spline", "clamped", "plateau", "auto", "slow", "fast"
]
Infinity = Literal["constant", "linear", "cycle", "cycle_relative", "oscillate"]

CLAMPED_DISTANCE = 0.05
"""A clamped tangent is flat where a neighbour's value lies within this (radians, centimetres or weights)."""
STEEPEST_SLOPE = 5_729_577.9485111479
"""What Maya makes of a vertical direction on a curve without weights, per second."""
_THIRD = 1.0 / 3.0


@dataclass(frozen=True)
class CurveKey:
    """One key."""

    frame: float
    value: float
    """Degrees, centimetres or weight."""
    in_tangent: CurveTangent = "auto"
    out_tangent: CurveTangent = "auto"
    in_direction: tuple[float, float] | None = None
    """Saved direction (x seconds, y radians, centimetres or weight), used by fixed tangents only; None is flat."""
    out_direction: tuple[float, float] | None = None


@dataclass(frozen=True)
class AnimCurve:
    """A curve over time, keys in ascending order of frames."""

    keys: tuple[CurveKey, ...]
    rate: Fraction
    """Frames per second of the time line the key frames are counted on."""
    kind: ChannelKind = "weight"
    weighted: bool = False
    pre_infinity: Infinity = "constant"
    post_infinity: Infinity = "constant"


def curve_of(keyed: KeyedCurve, rate: Fraction) -> AnimCurve:
    """The curve Maya makes of plain keys with one tangent type."""
    keys = (
        CurveKey(float(frame), float(value), keyed.tangent, keyed.tangent)
        for frame, value in zip(keyed.frames, keyed.values, strict=True)
    )
    return AnimCurve(tuple(keys), rate, keyed.kind)


def automatic_slope(before: float, after: float, across: float) -> float:
    """Slope of an "auto" tangent at an inner key.

    ``before`` and ``after`` are the slopes of the chords to the neighbours, ``across`` that of the chord between them.
    It is ``across``, limited to three times the gentler neighbour so that no control point leaves the neighbours'
    range, and zero where the key is an extreme.
    """
    if before > 0.0 and after > 0.0:
        return min(across, 3.0 * before, 3.0 * after)
    if before < 0.0 and after < 0.0:
        return max(across, 3.0 * before, 3.0 * after)
    return 0.0


class CurveEvaluator:
    """Evaluates one curve at any frame; tangents are computed once."""

    def __init__(self, curve: AnimCurve) -> None:
        self.curve = curve
        self._frames = [key.frame for key in curve.keys]
        self._seconds_per_frame = float(1 / curve.rate)
        count = len(curve.keys)
        self._into = [self._tangent(index, incoming=True) for index in range(count)]
        self._out = [self._tangent(index, incoming=False) for index in range(count)]

    def value(self, frame: float) -> float:
        """The curve's value at a frame (may be fractional); 0 for a curve without keys."""
        keys = self.curve.keys
        if not keys:
            return 0.0
        if frame < self._frames[0] and self.curve.pre_infinity != "constant":
            return self._before_first(frame)
        if frame > self._frames[-1] and self.curve.post_infinity != "constant":
            return self._after_last(frame)
        return self._inside(frame)

    def values(self, frames: Sequence[float]) -> list[float]:
        """:meth:`value` for every frame."""
        return [self.value(frame) for frame in frames]

    def direction(self, index: int, *, incoming: bool) -> tuple[float, float]:
        """Tangent of a key as Maya keeps it: x in seconds, y in degrees, centimetres or weight, not normalised."""
        return (self._into if incoming else self._out)[index]

    def _inside(self, frame: float) -> float:
        keys = self.curve.keys
        index = bisect_right(self._frames, frame) - 1
        if index < 0:
            return keys[0].value
        first = keys[index]
        if frame == first.frame or index == len(keys) - 1:
            return first.value
        last = keys[index + 1]
        if first.out_tangent == "step":
            return first.value
        if first.out_tangent == "stepnext":
            return last.value
        width = last.frame - first.frame
        share = (frame - first.frame) / width
        if first.out_tangent == "linear" and last.in_tangent == "linear":
            return first.value + share * (last.value - first.value)
        width *= self._seconds_per_frame
        if self.curve.weighted:
            return bezier_value(width, first.value, self._out[index], self._into[index + 1], last.value, share)
        start = _slope(self._out[index]) * width
        end = _slope(self._into[index + 1]) * width
        return hermite_value(first.value, start, end, last.value, share)

    def _tangent(self, index: int, *, incoming: bool) -> tuple[float, float]:
        """(x seconds, y) of one tangent. On weighted curves automatic ones reach over the whole span."""
        key = self.curve.keys[index]
        tangent = key.in_tangent if incoming else key.out_tangent
        if tangent == "fixed":
            return self._fixed(key.in_direction if incoming else key.out_direction)
        if tangent in ("step", "stepnext"):
            return 0.0, 0.0
        before = self._chord(index - 1)
        after = self._chord(index)
        if before is None and after is None:
            return 1.0, 0.0
        near, far = (before, after) if incoming else (after, before)
        span = (near or far or (1.0, 0.0))[0]
        return span, span * self._computed_slope(tangent, before, after, near)

    def _computed_slope(
        self,
        tangent: CurveTangent,
        before: tuple[float, float] | None,
        after: tuple[float, float] | None,
        near: tuple[float, float] | None,
    ) -> float:
        """Slope per second of a tangent Maya computes from the neighbours (chords as seconds and value)."""
        if tangent in ("linear", "slow", "fast"):
            return near[1] / near[0] if near else 0.0
        if tangent == "clamped" and self._has_close_neighbour(before, after, near):
            return 0.0
        if tangent in ("spline", "clamped"):
            if before and after:
                return (before[1] + after[1]) / (before[0] + after[0])
            chord = before or after
            return chord[1] / chord[0] if chord else 0.0
        if tangent == "flat" or not before or not after:
            return 0.0
        across = (before[1] + after[1]) / (before[0] + after[0])
        automatic = automatic_slope(before[1] / before[0], after[1] / after[0], across)
        if tangent == "plateau" and automatic != across:
            return 0.0
        return automatic

    def _has_close_neighbour(
        self,
        before: tuple[float, float] | None,
        after: tuple[float, float] | None,
        near: tuple[float, float] | None,
    ) -> bool:
        distance = math.degrees(CLAMPED_DISTANCE) if self.curve.kind == "rotate" else CLAMPED_DISTANCE
        return near is not None and any(chord is not None and abs(chord[1]) <= distance for chord in (before, after))

    def _chord(self, index: int) -> tuple[float, float] | None:
        """(seconds, value) from key ``index`` to the next; None beyond the ends."""
        if not 0 <= index < len(self._frames) - 1:
            return None
        first, last = self.curve.keys[index], self.curve.keys[index + 1]
        return (last.frame - first.frame) * self._seconds_per_frame, last.value - first.value

    def _fixed(self, direction: tuple[float, float] | None) -> tuple[float, float]:
        x, y = direction or (1.0, 0.0)
        return x, math.degrees(y) if self.curve.kind == "rotate" else y

    def _before_first(self, frame: float) -> float:
        first, last = self.curve.keys[0], self.curve.keys[-1]
        kind = self.curve.pre_infinity
        if kind == "linear":
            return first.value - (first.frame - frame) * self._seconds_per_frame * _slope(self._into[0])
        length = last.frame - first.frame
        if length == 0.0:
            return first.value
        cycles, rest = divmod(first.frame - frame, length)
        if kind == "oscillate":
            return self._inside(first.frame + rest if cycles % 2 == 0 else last.frame - rest)
        value = self._inside(last.frame - rest)
        return value - (cycles + 1) * (last.value - first.value) if kind == "cycle_relative" else value

    def _after_last(self, frame: float) -> float:
        first, last = self.curve.keys[0], self.curve.keys[-1]
        kind = self.curve.post_infinity
        if kind == "linear":
            return last.value + (frame - last.frame) * self._seconds_per_frame * _slope(self._out[-1])
        length = last.frame - first.frame
        if length == 0.0:
            return last.value
        cycles, rest = divmod(frame - last.frame, length)
        if kind == "oscillate":
            return self._inside(last.frame - rest if cycles % 2 == 0 else first.frame + rest)
        value = self._inside(first.frame + rest)
        return value + (cycles + 1) * (last.value - first.value) if kind == "cycle_relative" else value


def evaluate(curve: AnimCurve, frames: Sequence[float]) -> list[float]:
    """The curve's values at the given frames."""
    return CurveEvaluator(curve).values(frames)


def hermite_value(start: float, start_rise: float, end_rise: float, end: float, share: float) -> float:
    """Cubic Hermite at ``share`` 0…1 of a span; the rises are slope times the span's length."""
    rise = end - start
    square = start_rise + end_rise - 2.0 * rise
    return start + share * (start_rise + share * (rise - start_rise - square + share * square))


def bezier_value(
    width: float,
    start: float,
    out_direction: tuple[float, float],
    in_direction: tuple[float, float],
    end: float,
    share: float,
) -> float:
    """Planar cubic Bezier of a weighted span of ``width`` seconds at ``share`` 0…1 of its time.

    The inner control points lie a third of the directions away from the keys. Where they would let time run back they
    are drawn in, keeping their slope, so that time stays monotonic.
    """
    x1, y1 = out_direction[0] * _THIRD / width, out_direction[1] * _THIRD
    x2, y2 = 1.0 - in_direction[0] * _THIRD / width, in_direction[1] * _THIRD
    new_x1, new_x2 = _monotonic(x1, x2)
    if new_x1 != x1 and abs(x1) > 1e-10:
        y1 *= new_x1 / x1
    if new_x2 != x2 and abs(1.0 - x2) > 1e-10:
        y2 *= (1.0 - new_x2) / (1.0 - x2)
    t = _solve_time(new_x1, new_x2, share)
    return _bernstein(start, start + y1, end - y2, end, t)


def _bernstein(a: float, b: float, c: float, d: float, t: float) -> float:
    s = 1.0 - t
    return s * s * s * a + 3.0 * s * s * t * b + 3.0 * s * t * t * c + t * t * t * d


def _solve_time(x1: float, x2: float, share: float) -> float:
    """t with Bezier(0, x1, x2, 1) = share; bisection with Newton steps, the function is monotonic."""
    low, high, t = 0.0, 1.0, share
    for _ in range(80):
        error = _bernstein(0.0, x1, x2, 1.0, t) - share
        if abs(error) < 1e-15:
            break
        low, high = (t, high) if error < 0.0 else (low, t)
        slope = 3.0 * ((1.0 - t) ** 2 * x1 + 2.0 * (1.0 - t) * t * (x2 - x1) + t * t * (1.0 - x2))
        step = t - error / slope if slope > 1e-12 else -1.0
        t = step if low < step < high else 0.5 * (low + high)
    return t


def _monotonic(x1: float, x2: float) -> tuple[float, float]:
    """Control times drawn in so that Bezier(0, x1, x2, 1) never runs back; the first one keeps its place if it can.

    With a = x1, b = 1 − x2 the curve is monotonic inside the ellipse a² + b² + ab − 2a − 2b + 1 = 0, and always when
    both are at most 1.
    """
    a, b = max(x1, 0.0), max(1.0 - x2, 0.0)
    if (a > 1.0 or b > 1.0) and a * (a - 2.0 + b) + b * (b - 2.0) + 1.0 > -1e-10:
        if a < 4.0 / 3.0 - 1e-10:
            middle = 2.0 - a
            spread = math.sqrt(max(0.0, middle * middle - 4.0 * (a - 1.0) ** 2))
            upper, lower = 0.5 * (middle + spread), 0.5 * (middle - spread)
            b = upper - 1e-10 if b > upper - 1e-10 else max(b, lower + 1e-10)
        else:
            a, b = 4.0 / 3.0 - 1e-10, _THIRD - 1e-10
    return a, 1.0 - b


def _slope(direction: tuple[float, float]) -> float:
    x, y = direction
    if x > 0.0:
        return y / x
    return math.copysign(STEEPEST_SLOPE, y) if y else 0.0
