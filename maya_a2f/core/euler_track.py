"""Rotations over time -> three angles per frame that go on from frame to frame without a flip.

Three angles in a fixed order cannot follow every rotation evenly: near ±90° of the middle one (gimbal lock) two of them
run away while the joint hardly turns. There the track goes through the lock instead of around it: each angle moves as
far as a step allows, to where the joint is nearest to what it should be.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from maya_a2f.core.joint_maths import Matrix, Quaternion, matrix_of_turn
from maya_a2f.core.rig import RotateOrder, Triple

LARGEST_STEP = math.radians(18.0)
"""What an angle may move between two frames, unless the joint itself turns faster."""
_FASTER = 1.4
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
    axes = i, j, k, sign = _axes(order)
    at_i, at_j, at_k = i + 1, j + 1, k + 1
    atan2, hypot = math.atan2, math.hypot
    columns = array("d"), array("d"), array("d")
    append_i, append_j, append_k = columns[i].append, columns[j].append, columns[k].append
    special: dict[int, float] = {}
    passages: list[int] = []
    first, second, third = start[i], start[j], start[k]
    last: Quaternion | None = None
    for frame, turn in enumerate(turns):
        if turn is not last:
            w, a, b, c = sign * turn[0], turn[at_i], turn[at_j], turn[at_k]
            ii, ji = 1.0 - 2.0 * (b * b + c * c), 2.0 * (a * b + w * c)
            one = atan2(sign * 2.0 * (b * c + w * a), 1.0 - 2.0 * (a * a + b * b))
            two = atan2(sign * 2.0 * (w * b - a * c), hypot(ii, ji))
            three = atan2(sign * ji, ii)
            if (
                -LARGEST_STEP < one - first < LARGEST_STEP
                and -LARGEST_STEP < two - second < LARGEST_STEP
                and -LARGEST_STEP < three - third < LARGEST_STEP
            ):
                first, second, third = one, two, three
            else:
                before = _sorted(axes[:3], (first, second, third))
                angles, reach, is_passage = _stepped(turn, last, axes, before)
                first, second, third = angles[i], angles[j], angles[k]
                special[frame] = reach
                if is_passage:
                    passages.append(frame)
            last = turn
        append_i(first)
        append_j(second)
        append_k(third)
    largest_error = _smoothed(turns, axes, columns, special, passages) if passages else 0.0
    return EulerTrack(*columns, largest_error)


def _stepped(turn: Quaternion, last: Quaternion | None, axes: _Axes, before: Triple) -> tuple[Triple, float, bool]:
    """The next angles where they are not plainly near, how far an angle may go there, and whether it was held back."""
    matrix = matrix_of_turn(turn)
    wanted = closest_angles(matrix, axes, before)
    furthest = max(abs(now - then) for now, then in zip(wanted, before, strict=True))
    if last is None or furthest <= LARGEST_STEP:
        return wanted, LARGEST_STEP, False
    reach = max(LARGEST_STEP, _FASTER * _angle_between(turn, last))
    if furthest <= reach:
        return wanted, reach, False
    return _nearest_within(matrix, axes, before, wanted, reach), reach, True


def closest_angles(m: Matrix, axes: _Axes, before: Triple) -> Triple:
    """The angles about x, y, z (radians) that make a rotation, of all that do those closest to ``before``.

    There are two triples and their whole turns; in gimbal lock, where there is a line of them, the first angle stays.
    """
    i, j, k, sign = axes
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
    turns: Sequence[Quaternion],
    axes: _Axes,
    columns: tuple[array[float], array[float], array[float]],
    special: Mapping[int, float],
    passages: Sequence[int],
) -> float:
    """Lets the frames around passages through gimbal lock share the way, in place; returns the largest error."""
    last = len(turns) - 1
    frames = sorted({at for frame in passages for at in range(max(0, frame - _AROUND), min(last, frame + _AROUND) + 1)})
    matrices = {frame: matrix_of_turn(turns[frame]) for frame in frames}
    for _ in range(_ROUNDS):
        for frame in frames:
            bounds = [(-math.inf, math.inf)] * 3
            for other, into in ((frame - 1, frame), (frame + 1, frame + 1)):
                if 0 <= other <= last:
                    reach = special.get(into, LARGEST_STEP)
                    bounds = [
                        (max(low, column[other] - reach), min(high, column[other] + reach))
                        for (low, high), column in zip(bounds, columns, strict=True)
                    ]
            now = _climbed(matrices[frame], axes, _angles_at(columns, frame), bounds, 2)
            for column, angle in zip(columns, now, strict=True):
                column[frame] = angle
    least = min(_trace(matrices[frame], axes, _angles_at(columns, frame)) for frame in frames)
    return math.acos(max(-1.0, min(1.0, (least - 1.0) / 2.0)))


def _angles_at(columns: tuple[array[float], array[float], array[float]], frame: int) -> Triple:
    x, y, z = columns
    return x[frame], y[frame], z[frame]


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
