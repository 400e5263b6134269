"""Rigid motions over time, whole lists at once: a take has thousands of frames, so nothing is called per frame here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from maya_a2f.core.joint_maths import UNTURNED, Affine, Matrix, Quaternion, matrix_of_turn
from maya_a2f.core.rig import Triple


@dataclass(frozen=True)
class RigidMotion:
    """x -> turn·x + shift per frame, from rest, in the rig's world and centimetres."""

    turns: Sequence[Quaternion]
    shifts: Sequence[Triple]

    def points(self, point: Triple) -> list[Triple]:
        """Where a point goes."""
        px, py, pz = point
        found = []
        for (w, x, y, z), (sx, sy, sz) in zip(self.turns, self.shifts, strict=True):
            tx, ty, tz = 2.0 * (y * pz - z * py), 2.0 * (z * px - x * pz), 2.0 * (x * py - y * px)
            found.append(
                (
                    px + w * tx + y * tz - z * ty + sx,
                    py + w * ty + z * tx - x * tz + sy,
                    pz + w * tz + x * ty - y * tx + sz,
                )
            )
        return found


def euler_turns(degrees: Iterable[Triple]) -> list[Quaternion]:
    """Turns of angles in order xyz."""
    half = math.radians(0.5)
    cos, sin = math.cos, math.sin
    turns: list[Quaternion] = []
    before: Triple | None = None
    turn = UNTURNED
    for angles in degrees:
        if angles != before:
            a, b, c = half * angles[0], half * angles[1], half * angles[2]
            ca, sa, cb, sb, cc, sc = cos(a), sin(a), cos(b), sin(b), cos(c), sin(c)
            turn = (
                ca * cb * cc + sa * sb * sc,
                sa * cb * cc - ca * sb * sc,
                ca * sb * cc + sa * cb * sc,
                ca * cb * sc - sa * sb * cc,
            )
            before = angles
        turns.append(turn)
    return turns


def seen_from(turns: Sequence[Quaternion], frame: Quaternion) -> list[Quaternion]:
    """Turns with their axes turned by ``frame``: the same turns, told in other axes."""
    if frame == UNTURNED:
        return list(turns)
    a, b, c, d, e, f, g, h, i = matrix_of_turn(frame)
    return [(w, a * x + b * y + c * z, d * x + e * y + f * z, g * x + h * y + i * z) for w, x, y, z in turns]


def transformed(vectors: Iterable[Sequence[float]], matrix: Matrix) -> list[Triple]:
    """Vectors, transformed."""
    a, b, c, d, e, f, g, h, i = matrix
    return [(a * x + b * y + c * z, d * x + e * y + f * z, g * x + h * y + i * z) for x, y, z in vectors]


def placed(points: Iterable[Triple], affine: Affine, less: Triple) -> list[Triple]:
    """Points, transformed, less a vector."""
    (a, b, c, d, e, f, g, h, i), (tx, ty, tz) = affine
    tx, ty, tz = tx - less[0], ty - less[1], tz - less[2]
    return [(a * x + b * y + c * z + tx, d * x + e * y + f * z + ty, g * x + h * y + i * z + tz) for x, y, z in points]


def after(turns: Sequence[Quaternion], first: Quaternion) -> list[Quaternion]:
    """``first``, then each of the turns."""
    if first == UNTURNED:
        return list(turns)
    bw, bx, by, bz = first
    return [
        (
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        )
        for aw, ax, ay, az in turns
    ]


def about(pivot: Triple, turns: Sequence[Quaternion], slides: Sequence[Triple]) -> RigidMotion:
    """Turns about a point, then slides."""
    px, py, pz = pivot
    shifts = []
    for (w, x, y, z), (sx, sy, sz) in zip(turns, slides, strict=True):
        tx, ty, tz = 2.0 * (y * pz - z * py), 2.0 * (z * px - x * pz), 2.0 * (x * py - y * px)
        shifts.append((sx - w * tx - y * tz + z * ty, sy - w * ty - z * tx + x * tz, sz - w * tz - x * ty + y * tx))
    return RigidMotion(turns, shifts)


def carried(above: RigidMotion, motion: RigidMotion) -> RigidMotion:
    """A motion on top of what carries it."""
    turns, shifts = [], []
    for a, b, (ox, oy, oz), (ux, uy, uz) in zip(above.turns, motion.turns, above.shifts, motion.shifts, strict=True):
        aw, ax, ay, az = a
        bw, bx, by, bz = b
        turns.append(
            (
                aw * bw - ax * bx - ay * by - az * bz,
                aw * bx + ax * bw + ay * bz - az * by,
                aw * by - ax * bz + ay * bw + az * bx,
                aw * bz + ax * by - ay * bx + az * bw,
            )
        )
        tx, ty, tz = 2.0 * (ay * uz - az * uy), 2.0 * (az * ux - ax * uz), 2.0 * (ax * uy - ay * ux)
        shifts.append(
            (
                ux + aw * tx + ay * tz - az * ty + ox,
                uy + aw * ty + az * tx - ax * tz + oy,
                uz + aw * tz + ax * ty - ay * tx + oz,
            )
        )
    return RigidMotion(turns, shifts)


def relative(above: RigidMotion, motion: RigidMotion) -> RigidMotion:
    """The motion that is left once everything is carried by ``above``."""
    back = [(w, -x, -y, -z) for w, x, y, z in above.turns]
    gone = [(ux - ox, uy - oy, uz - oz) for (ox, oy, oz), (ux, uy, uz) in zip(above.shifts, motion.shifts, strict=True)]
    return carried(RigidMotion(back, [(0.0, 0.0, 0.0)] * len(back)), RigidMotion(motion.turns, gone))
