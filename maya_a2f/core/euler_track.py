"""Rotations over time -> three angles per frame that go on from frame to frame without a flip.

Three angles in a fixed order cannot follow every rotation evenly: near ±90° of the middle one (gimbal lock) two of them
run away while the joint hardly turns. There the track goes through the lock instead of around it: each angle moves as
far as a step allows, to where the joint is nearest to what it should be.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from maya_a2f.core.joint_maths import Matrix, Quaternion, matrix_of_turn
from maya_a2f.core.rig import RotateOrder, Triple

LARGEST_STEP = math.radians(18.0)
"""What an angle may move between two frames, unless the joint itself turns faster."""
_FASTER = 2.0
"""An angle may move that much as fast as the joint turns."""
_LOCKED = 1e-9
_ROUNDS = 40
_AROUND = 12
"""Frames before and after a passage through gimbal lock that may lean towards it."""

_Axes = tuple[int, int, int, float]


@dataclass(frozen=True)
class EulerTrack:
    """Angles about x, y and z, radians, one per frame."""

    x: array[float]
    y: array[float]
    z: array[float]
    largest_error: float = 0.0
    """By how much the joint is turned wrongly where it goes through gimbal lock, radians; 0 where it never does."""


def euler_track(turns: Sequence[Quaternion], order: RotateOrder, start: Triple) -> EulerTrack:
    """The angles of unit quaternions; ``start`` (radians) is what the first frame lies closest to."""
    axes = _axes(order)
    angles: list[Triple] = []
    reaches: list[float] = []
    passages: list[int] = []
    before, last = start, None
    for frame, turn in enumerate(turns):
        reach = LARGEST_STEP
        if turn != last:
            matrix = matrix_of_turn(turn)
            wanted = closest_angles(matrix, order, before)
            furthest = max(abs(now - then) for now, then in zip(wanted, before, strict=True))
            if last is not None and furthest > reach:
                reach = max(reach, _FASTER * _angle_between(turn, last))
                if furthest > reach:
                    wanted = _nearest_within(matrix, axes, before, wanted, reach)
                    passages.append(frame)
            before, last = wanted, turn
        angles.append(before)
        reaches.append(reach)
    largest_error = _smoothed(turns, axes, angles, reaches, passages) if passages else 0.0
    x, y, z = (array("d", column) for column in zip(*angles, strict=True)) if angles else (array("d"),) * 3
    return EulerTrack(x, y, z, largest_error)


def closest_angles(m: Matrix, order: RotateOrder, before: Triple) -> Triple:
    """The angles about x, y, z (radians) that make a rotation, of all that do those closest to ``before``.

    There are two triples and their whole turns; in gimbal lock, where there is a line of them, the first angle stays.
    """
    i, j, k, sign = _axes(order)
    cosine = math.hypot(m[3 * i + i], m[3 * j + i])
    second = math.atan2(-sign * m[3 * k + i], cosine)
    if cosine < _LOCKED:
        first = before[i]
        sine, co = sign * math.sin(first), math.cos(first)
        third = math.atan2(-sign * (m[3 * i + j] * co - m[3 * i + k] * sine), m[3 * j + j] * co - m[3 * j + k] * sine)
        return _sorted((i, j, k), (first, _near(second, before[j]), _near(third, before[k])))
    first = math.atan2(sign * m[3 * k + j], m[3 * k + k])
    third = math.atan2(sign * m[3 * j + i], m[3 * i + i])
    pi = math.pi
    one = (_near(first, before[i]), _near(second, before[j]), _near(third, before[k]))
    other = (_near(first + pi, before[i]), _near(pi - second, before[j]), _near(third + pi, before[k]))
    reference = (before[i], before[j], before[k])
    return _sorted((i, j, k), one if math.dist(one, reference) <= math.dist(other, reference) else other)


def _axes(order: RotateOrder) -> _Axes:
    """The axes in the order they turn, and +1 where that order is x y z going round, −1 the other way."""
    i, j, k = ("xyz".index(letter) for letter in order)
    return i, j, k, 1.0 if (j - i) % 3 == 1 else -1.0


def _sorted(axes: Sequence[int], angles: Triple) -> Triple:
    values = [0.0, 0.0, 0.0]
    for axis, angle in zip(axes, angles, strict=True):
        values[axis] = angle
    return values[0], values[1], values[2]


def _near(angle: float, reference: float) -> float:
    return angle + math.tau * round((reference - angle) / math.tau)


def _angle_between(a: Quaternion, b: Quaternion) -> float:
    alike = abs(sum(x * y for x, y in zip(a, b, strict=True)))
    apart = math.sqrt(
        min(sum((x - y) ** 2 for x, y in zip(a, b, strict=True)), sum((x + y) ** 2 for x, y in zip(a, b, strict=True)))
    )
    return 4.0 * math.atan2(apart, math.sqrt(2.0 * (1.0 + alike)))


def _nearest_within(m: Matrix, axes: _Axes, before: Triple, wanted: Triple, reach: float) -> Triple:
    """The angles within ``reach`` of ``before`` whose rotation is nearest to ``m``.

    One angle after the other, each the best for the other two: the trace of Mᵀ·R is a sine of each angle alone.
    """
    bounds = [(then - reach, then + reach) for then in before]
    starts = (before, _clipped(wanted, bounds))
    return max((_climbed(m, axes, start, bounds, _ROUNDS) for start in starts), key=lambda it: _trace(m, axes, it))


def _smoothed(
    turns: Sequence[Quaternion], axes: _Axes, angles: list[Triple], reaches: Sequence[float], passages: Sequence[int]
) -> float:
    """Lets the frames around passages through gimbal lock share the way, in place; returns the largest error."""
    last = len(angles) - 1
    frames = sorted({at for frame in passages for at in range(max(0, frame - _AROUND), min(last, frame + _AROUND) + 1)})
    matrices = {frame: matrix_of_turn(turns[frame]) for frame in frames}
    for _ in range(_ROUNDS):
        for frame in frames:
            bounds = [(-math.inf, math.inf)] * 3
            for other, reach in ((frame - 1, reaches[frame]), (frame + 1, reaches[min(frame + 1, last)])):
                if 0 <= other <= last:
                    bounds = [
                        (max(low, angle - reach), min(high, angle + reach))
                        for (low, high), angle in zip(bounds, angles[other], strict=True)
                    ]
            angles[frame] = _climbed(matrices[frame], axes, angles[frame], bounds, 2)
    least = min(_trace(matrices[frame], axes, angles[frame]) for frame in frames)
    return math.acos(max(-1.0, min(1.0, (least - 1.0) / 2.0)))


def _climbed(m: Matrix, axes: _Axes, start: Triple, bounds: Sequence[tuple[float, float]], rounds: int) -> Triple:
    angles = list(start)
    for _ in range(rounds):
        for axis in axes[:3]:
            cosine, sine = _trace_terms(m, axes, angles, axis)
            low, high = bounds[axis]
            best = _near(math.atan2(sine, cosine), angles[axis])
            if not low <= best <= high:
                best = low if math.cos(low - best) >= math.cos(high - best) else high
            angles[axis] = best
    return angles[0], angles[1], angles[2]


def _trace_terms(m: Matrix, axes: _Axes, angles: Sequence[float], axis: int) -> tuple[float, float]:
    """The terms of trace(Mᵀ·R) = level + cosine·cos a + sine·sin a in the angle ``a`` about one axis."""
    values = list(angles)
    traces = []
    for angle in (0.0, math.pi / 2, math.pi):
        values[axis] = angle
        traces.append(_trace(m, axes, values))
    level = (traces[0] + traces[2]) / 2
    return traces[0] - level, traces[1] - level


def _trace(m: Matrix, axes: _Axes, angles: Sequence[float]) -> float:
    i, j, k, sign = axes
    si, ci = sign * math.sin(angles[i]), math.cos(angles[i])
    sj, cj = sign * math.sin(angles[j]), math.cos(angles[j])
    sk, ck = sign * math.sin(angles[k]), math.cos(angles[k])
    rows = (
        (i, ck * cj, ck * sj * si - sk * ci, ck * sj * ci + sk * si),
        (j, sk * cj, sk * sj * si + ck * ci, sk * sj * ci - ck * si),
        (k, -sj, cj * si, cj * ci),
    )
    return sum(m[3 * row + i] * a + m[3 * row + j] * b + m[3 * row + k] * c for row, a, b, c in rows)


def _clipped(wanted: Triple, bounds: Sequence[tuple[float, float]]) -> Triple:
    x, y, z = (min(high, max(low, now)) for now, (low, high) in zip(wanted, bounds, strict=True))
    return x, y, z
