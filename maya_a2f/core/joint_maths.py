"""Rotations and places of joints, on the standard library: quaternions, matrices, and a joint's own space.

Quaternions are (w, x, y, z), matrices nine numbers row by row; both turn column vectors, so that ``a·b`` is b first.
Angles are radians here. A rotate order names the axes from the first turn to the last, as Maya's does.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from maya_a2f.core.rig import Rig, RigJoint, RotateOrder, Triple
from maya_a2f.errors import UserError

Quaternion = tuple[float, float, float, float]
Matrix = tuple[float, float, float, float, float, float, float, float, float]
Affine = tuple[Matrix, Triple]
"""x -> matrix·x + offset."""

UNTURNED: Quaternion = (1.0, 0.0, 0.0, 0.0)
UNIT: Matrix = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
_SHEAR = 1e-9
"""How far a scaled rotation's columns may be from square and of one length, relative."""


def product(a: Quaternion, b: Quaternion) -> Quaternion:
    """First ``b``, then ``a``."""
    aw, ax, ay, az = a
    bw, bx, by, bz = b
    return (
        aw * bw - ax * bx - ay * by - az * bz,
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
    )


def reverse(q: Quaternion) -> Quaternion:
    """The turn back."""
    return q[0], -q[1], -q[2], -q[3]


def turned(q: Quaternion, v: Triple) -> Triple:
    """A vector, turned."""
    w, x, y, z = q
    tx, ty, tz = 2.0 * (y * v[2] - z * v[1]), 2.0 * (z * v[0] - x * v[2]), 2.0 * (x * v[1] - y * v[0])
    return (
        v[0] + w * tx + y * tz - z * ty,
        v[1] + w * ty + z * tx - x * tz,
        v[2] + w * tz + x * ty - y * tx,
    )


def axis_turn(axis: int, angle: float) -> Quaternion:
    """About x (0), y (1) or z (2)."""
    parts = [math.cos(angle / 2), 0.0, 0.0, 0.0]
    parts[axis + 1] = math.sin(angle / 2)
    return parts[0], parts[1], parts[2], parts[3]


def turn_of_vector(v: Triple) -> Quaternion:
    """The turn about ``v`` by its length."""
    angle = math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
    factor = math.sin(angle / 2) / angle if angle > 1e-12 else 0.5
    return math.cos(angle / 2), factor * v[0], factor * v[1], factor * v[2]


def vector_of_turn(q: Quaternion) -> Triple:
    """Axis times angle, the angle within ±180°: the inverse of :func:`turn_of_vector`."""
    w, x, y, z = q if q[0] >= 0.0 else (-q[0], -q[1], -q[2], -q[3])
    sine = math.sqrt(x * x + y * y + z * z)
    factor = 2.0 * math.atan2(sine, w) / sine if sine > 1e-12 else 2.0
    return factor * x, factor * y, factor * z


def turn_between(a: Triple, b: Triple) -> Quaternion:
    """The shortest turn that brings the direction of ``a`` to that of ``b``; none where either has no length."""
    lengths = math.hypot(*a) * math.hypot(*b)
    if lengths < 1e-12:
        return UNTURNED
    w = lengths + a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
    x, y, z = cross(a, b)
    size = math.sqrt(w * w + x * x + y * y + z * z)
    if size < 1e-9 * lengths:
        x, y, z = cross(a, (1.0, 0.0, 0.0) if abs(a[0]) < 0.6 * math.hypot(*a) else (0.0, 1.0, 0.0))
        size = math.hypot(x, y, z)
        return 0.0, x / size, y / size, z / size
    return w / size, x / size, y / size, z / size


def plus(a: Triple, b: Triple, sign: float = 1.0) -> Triple:
    """The sum; with a sign of −1 the difference."""
    return a[0] + sign * b[0], a[1] + sign * b[1], a[2] + sign * b[2]


def cross(a: Triple, b: Triple) -> Triple:
    """The cross product."""
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def euler_turn(angles: Triple, order: RotateOrder) -> Quaternion:
    """The turn of three angles about x, y, z, made in the order named."""
    first, second, third = ("xyz".index(letter) for letter in order)
    last = product(axis_turn(third, angles[third]), axis_turn(second, angles[second]))
    return product(last, axis_turn(first, angles[first]))


def matrix_of_turn(q: Quaternion) -> Matrix:
    """The matrix of a unit quaternion."""
    w, x, y, z = q
    return (
        1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y),
        2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
        2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y),
    )  # fmt: skip


def turn_of_matrix(m: Matrix) -> Quaternion:
    """The unit quaternion of a rotation matrix."""
    candidates = (
        1 + m[0] + m[4] + m[8], 1 + m[0] - m[4] - m[8], 1 - m[0] + m[4] - m[8], 1 - m[0] - m[4] + m[8],
    )  # fmt: skip
    largest = max(range(4), key=candidates.__getitem__)
    twice = 2.0 * math.sqrt(max(candidates[largest], 0.0))
    pairs = (m[7] - m[5], m[2] - m[6], m[3] - m[1], m[1] + m[3], m[2] + m[6], m[5] + m[7])
    own, (wx, wy, wz, xy, xz, yz) = twice / 4, (value / twice for value in pairs)
    rows: tuple[Quaternion, ...] = ((own, wx, wy, wz), (wx, own, xy, xz), (wy, xy, own, yz), (wz, xz, yz, own))
    return rows[largest]


def matrix_product(a: Matrix, b: Matrix) -> Matrix:
    """First ``b``, then ``a``."""
    rows = ((a[row] * b[at] + a[row + 1] * b[at + 3] + a[row + 2] * b[at + 6]) for row in (0, 3, 6) for at in (0, 1, 2))
    m0, m1, m2, m3, m4, m5, m6, m7, m8 = rows
    return m0, m1, m2, m3, m4, m5, m6, m7, m8


def matrix_times(m: Matrix, v: Triple) -> Triple:
    """A vector, transformed."""
    return (
        m[0] * v[0] + m[1] * v[1] + m[2] * v[2],
        m[3] * v[0] + m[4] * v[1] + m[5] * v[2],
        m[6] * v[0] + m[7] * v[1] + m[8] * v[2],
    )


def determinant(m: Matrix) -> float:
    """Volume of the unit cube's image; negative where it is mirrored."""
    return m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) + m[2] * (m[3] * m[7] - m[4] * m[6])


def inverse(m: Matrix) -> Matrix:
    """The inverse; ``ZeroDivisionError`` where there is none."""
    volume = determinant(m)
    adjugate = (
        m[4] * m[8] - m[5] * m[7], m[2] * m[7] - m[1] * m[8], m[1] * m[5] - m[2] * m[4],
        m[5] * m[6] - m[3] * m[8], m[0] * m[8] - m[2] * m[6], m[2] * m[3] - m[0] * m[5],
        m[3] * m[7] - m[4] * m[6], m[1] * m[6] - m[0] * m[7], m[0] * m[4] - m[1] * m[3],
    )  # fmt: skip
    a, b, c, d, e, f, g, h, i = (value / volume for value in adjugate)
    return a, b, c, d, e, f, g, h, i


def nearest_rotation(m: Matrix) -> Matrix:
    """The rotation nearest to a matrix that may scale, shear and mirror (a mirror is taken out in all three axes).

    The orthogonal factor of the polar decomposition, by Newton's iteration (N. Higham, SIAM J. Sci. Stat. Comput. 7
    (1986) 1160). ``ZeroDivisionError`` for a flat matrix.
    """
    size = abs(determinant(m)) ** (1 / 3)
    current: list[float] = [value / size for value in m]
    for _ in range(60):
        a, b, c, d, e, f, g, h, i = current
        other = inverse((a, d, g, b, e, h, c, f, i))
        ahead = [(value + partner) / 2 for value, partner in zip(current, other, strict=True)]
        moved = max(abs(new - old) for new, old in zip(ahead, current, strict=True))
        current = ahead
        if moved < 1e-15:
            break
    sign = math.copysign(1.0, determinant(m))
    a, b, c, d, e, f, g, h, i = (sign * value for value in current)
    return a, b, c, d, e, f, g, h, i


def compose(a: Affine, b: Affine) -> Affine:
    """First ``b``, then ``a``."""
    return matrix_product(a[0], b[0]), moved(a, b[1])


def moved(a: Affine, point: Triple) -> Triple:
    """A point, transformed."""
    x, y, z = matrix_times(a[0], point)
    return x + a[1][0], y + a[1][1], z + a[1][2]


def affine_inverse(a: Affine) -> Affine:
    """The way back; ``ZeroDivisionError`` where there is none."""
    back = inverse(a[0])
    x, y, z = matrix_times(back, a[1])
    return back, (-x, -y, -z)


def affine_of_rows(rows: tuple[float, ...]) -> Affine:
    """From Maya's sixteen numbers, which transform row vectors."""
    m = rows
    return (m[0], m[4], m[8], m[1], m[5], m[9], m[2], m[6], m[10]), (m[12], m[13], m[14])


def rows_of_affine(a: Affine) -> tuple[float, ...]:
    """To Maya's sixteen numbers."""
    m, t = a
    return m[0], m[3], m[6], 0.0, m[1], m[4], m[7], 0.0, m[2], m[5], m[8], 0.0, *t, 1.0


@dataclass(frozen=True)
class JointPlace:
    """Where a joint is at rest, and how its channels lie in the world."""

    joint: RigJoint
    order: RotateOrder
    parent: Affine
    """From its parent's space to the world, at rest."""
    parent_inverse: Affine
    shift: Triple
    """Added to ``translate`` in the parent's space: a transform's pivot."""
    frame: Quaternion
    """From the space its rotation happens in to the world; a mirror and scales taken out."""
    translate: Triple
    """At rest, centimetres."""
    rotate: Triple
    """At rest, radians."""
    origin: Triple
    """The point it turns about, in the world at rest, centimetres."""
    is_sheared: bool
    """Its parents are scaled unevenly: no rotation of it turns it rigidly, the nearest one is taken."""

    @property
    def turn(self) -> Quaternion:
        """Its rotation at rest."""
        return euler_turn(self.rotate, self.order)


def joint_places(rig: Rig) -> dict[str, JointPlace]:
    """Every described joint at rest: the rests of the rig's attributes put in for the values of now.

    Raises :class:`UserError` ``joints.flat`` where a parent is scaled to nothing.
    """
    rests = {attribute.name: attribute.rest for attribute in rig.attributes}
    now: dict[str, Affine] = {}
    resting: dict[str, Affine] = {}
    places: dict[str, JointPlace] = {}
    for joint in rig.joints:
        try:
            parent = affine_of_rows(joint.parent_matrix)
            now[joint.name] = compose(parent, channel_affine(joint, joint.translate, joint.rotate))
            if joint.parent in resting:
                offset = compose(affine_inverse(now[joint.parent]), parent)
                parent = compose(resting[joint.parent], offset)
            place = _placed(joint, parent, rests)
        except (ZeroDivisionError, OverflowError) as error:
            raise UserError(
                f"The joint '{joint.name}' cannot be driven: something above it is scaled to nothing.",
                code="joints.flat",
                hint="Give its parents a scale that is not 0, or take the joint out of the rig map.",
            ) from error
        places[joint.name] = place
        degrees = tuple(math.degrees(angle) for angle in place.rotate)
        resting[joint.name] = compose(
            parent, channel_affine(joint, place.translate, (degrees[0], degrees[1], degrees[2]))
        )
    return places


def channel_affine(joint: RigJoint, translate: Triple, rotate: Triple) -> Affine:
    """What ``translate`` and ``rotate`` (degrees) do between a joint's rotation axis and its parent: T · C · R."""
    linear, shift = _between(joint)
    x, y, z = (own + more for own, more in zip(translate, shift, strict=True))
    spin = euler_turn(_radians(rotate), joint.rotate_order)
    return matrix_product(linear, matrix_of_turn(spin)), (x, y, z)


def world_matrix(joint: RigJoint, translate: Triple, rotate: Triple, parent: tuple[float, ...]) -> tuple[float, ...]:
    """A joint's world matrix as Maya gives it, for channels (centimetres, degrees) below ``parent``."""
    channels = compose(affine_of_rows(parent), channel_affine(joint, translate, rotate))
    axis = matrix_of_turn(euler_turn(_radians(joint.rotate_axis), "xyz"))
    x, y, z = joint.scale
    px, py, pz = joint.pivot
    spun = compose(channels, (axis, (0.0, 0.0, 0.0)))
    scaled = compose(spun, (UNIT, (-px, -py, -pz)))
    return rows_of_affine(compose(scaled, ((x, 0.0, 0.0, 0.0, y, 0.0, 0.0, 0.0, z), (0.0, 0.0, 0.0))))


def _between(joint: RigJoint) -> Affine:
    """What stands between a joint's rotation and its translation: JO · IS, or a transform's pivot."""
    orient = matrix_of_turn(euler_turn(_radians(joint.joint_orient), "xyz"))
    x, y, z = (own + more for own, more in zip(joint.pivot, joint.pivot_translate, strict=True))
    if joint.inverse_scale is not None:
        a, b, c = (1.0 / factor for factor in joint.inverse_scale)
        orient = matrix_product((a, 0.0, 0.0, 0.0, b, 0.0, 0.0, 0.0, c), orient)
    return orient, (x, y, z)


def _placed(joint: RigJoint, parent: Affine, rests: Mapping[str, float]) -> JointPlace:
    def rest(word: str, values: Triple) -> Triple:
        x, y, z = (rests.get(f"{joint.name}.{word}{axis}", now) for axis, now in zip("XYZ", values, strict=True))
        return x, y, z

    translate, rotate = rest("translate", joint.translate), _radians(rest("rotate", joint.rotate))
    linear, shift = _between(joint)
    frame = matrix_product(parent[0], linear)
    x, y, z = (own + more for own, more in zip(translate, shift, strict=True))
    return JointPlace(
        joint, joint.rotate_order, parent, affine_inverse(parent), shift, turn_of_matrix(nearest_rotation(frame)),
        translate, rotate, moved(parent, (x, y, z)), _is_sheared(frame),
    )  # fmt: skip


def _is_sheared(m: Matrix) -> bool:
    columns = [(m[at], m[at + 3], m[at + 6]) for at in (0, 1, 2)]
    dots = [sum(x * y for x, y in zip(a, b, strict=True)) for a in columns for b in columns]
    size = max(dots[0], dots[4], dots[8])
    expected = [size if at in (0, 4, 8) else 0.0 for at in range(9)]
    return any(abs(dot - wanted) > _SHEAR * size for dot, wanted in zip(dots, expected, strict=True))


def _radians(degrees: Triple) -> Triple:
    x, y, z = map(math.radians, degrees)
    return x, y, z
