"""Lip shapes: displacements written for the lip rings, spread over the rest of the lower face."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from maya_a2f.training.head.face import Face
from maya_a2f.training.head.fields import Interpolator, bump, left_share, ramp
from maya_a2f.training.head.forms import Array, Mask
from maya_a2f.training.head.mouth import spread

LIP_RINGS = (4, 10)
"""Rings whose motion is written; outside them lies skin, inside them the bag."""


def frozen_for_lips(face: Face) -> Mask:
    """(V,) vertices that no lip shape moves: skull, eyes, nose bridge, neck, ears, back of the mouth."""
    column, row, p = face.column, face.row, face.points
    held = (row >= 29) | ((row >= 0) & (row <= 8)) | (column >= 17)
    held |= (row >= 24) & (column >= 0) & (column <= 4)
    held |= p[:, 1] > 1.5
    ids = [face.half.ear, face.half.concha, face.half.crown, face.half.mouth[13:], face.half.throat, face.half.eye]
    for group in ids:
        flat = group.ravel()
        held[flat] = True
        held[face.mirror.twin[flat]] = True
    return held


@dataclass(frozen=True)
class Lips:
    """What a shape may depend on, per vertex (V,); only vertices of the lip rings are used."""

    place: Array
    share: Array
    """Share of the half width."""
    upper: Array
    """1 on the upper lip, 0 on the lower, 0.5 at the corners (soft near them)."""
    depth: Array
    """0 at the outer rim, 1 at the contact line, then up to 2 on the inner lip."""
    soft: Array
    """``depth``, but one value in the corners: for motion out of the face."""
    side: Array
    """+1 left, -1 right, 0 at the midline."""


def lips_of(face: Face) -> Lips:
    place = face.lip_place
    ring = face.lip_ring.astype(float)
    depth = np.interp(ring, [4, 5, 6, 7, 8, 9, 10], [0.12, 0.15, 0.45, 0.8, 1.0, 1.4, 2.0])
    # The rings run together in the corner: there they must move alike, or they would cross.
    soft = 0.15 + (depth - 0.15) * ramp(place, 1.0, 0.6)
    near = ramp(place, 1.0, 0.75)
    upper = 0.5 + 0.5 * face.lip_side * near
    return Lips(place, spread(place), upper, depth, soft, np.sign(np.round(face.points[:, 0], 9)))


def xyz(x: Array | float, y: Array | float, z: Array | float) -> Array:
    """Stack three components, any of them scalar, into (V, 3)."""
    return np.stack(np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float), np.asarray(z, float)), axis=-1)


def funnel(m: Lips) -> Array:
    open_up = 1.0 - m.place**3
    lift = np.interp(m.depth, [0, 0.15, 1, 2], [0.24, 0.3, 0.45, 0.4]) * open_up
    out = np.interp(m.soft, [0, 0.15, 0.6, 1, 2], [0.42, 0.6, 0.8, 0.75, 0.3]) * (1.0 - 0.35 * m.place**2)
    return xyz(-0.46 * m.side * m.share, lift * (2 * m.upper - 1), out)


def pucker(m: Lips) -> Array:
    out = np.interp(m.soft, [0, 0.15, 0.6, 1, 2], [0.4, 0.6, 0.85, 0.8, 0.3]) * (1.0 - 0.6 * m.place**2)
    gather = np.interp(m.depth, [0, 0.15, 0.5, 1], [-0.1, -0.04, 0.04, 0.0]) * (1 - m.place**2)
    return xyz(-0.8 * m.side * m.share**0.9, gather * (2 * m.upper - 1), out)


def smile(m: Lips) -> Array:
    pull = 0.1 * m.share + 0.9 * m.share**2
    thin = np.interp(m.depth, [0, 0.15, 1], [0.0, 0.08, 0.0]) * (1 - m.place**2)
    return xyz(
        0.5 * m.side * m.share,
        0.72 * pull - thin * (2 * m.upper - 1) + 0.08 * (1 - pull),
        -0.55 * pull - 0.1 * (1 - pull),
    )


def frown(m: Lips) -> Array:
    pull = ramp(m.place, 0.2, 1.0)
    return xyz(0.08 * m.side * pull, -0.6 * pull + 0.08 * (1 - pull) * (1 - m.upper), -0.2 * pull)


def dimple(m: Lips) -> Array:
    pull = ramp(m.place, 0.25, 1.0)
    return xyz(0.32 * m.side * pull, 0.08 * pull, -0.5 * pull)


def stretch(m: Lips) -> Array:
    pull = ramp(m.place, 0.0, 1.0)
    return xyz(0.5 * m.side * m.share, -0.22 * pull, -0.5 * pull - 0.08)


def roll_lower(m: Lips) -> Array:
    on = (1 - m.upper) * ramp(m.place, 1.0, 0.45)
    y = np.interp(m.depth, [0, 0.15, 0.45, 0.8, 1, 1.4, 2], [0.22, 0.36, 0.28, 0.12, 0.0, -0.1, -0.1])
    z = np.interp(m.soft, [0, 0.15, 0.45, 0.8, 1, 1.4, 2], [-0.18, -0.26, -0.36, -0.3, -0.12, -0.06, 0.0])
    return xyz(0.0, y * on, z * on)


def roll_upper(m: Lips) -> Array:
    on = m.upper * ramp(m.place, 1.0, 0.45)
    y = np.interp(m.depth, [0, 0.15, 0.45, 0.8, 1, 1.4, 2], [-0.12, -0.22, -0.17, -0.07, 0.0, 0.06, 0.05])
    z = np.interp(m.soft, [0, 0.15, 0.45, 0.8, 1, 1.4, 2], [-0.14, -0.22, -0.32, -0.26, -0.1, -0.05, 0.0])
    return xyz(0.0, y * on, z * on)


def shrug_lower(m: Lips) -> Array:
    on = (1 - m.upper) * (1 - m.place**3)
    y = np.interp(m.depth, [0, 0.15, 1, 2], [0.42, 0.48, 0.48, 0.35])
    z = np.interp(m.soft, [0, 0.15, 0.6, 1, 2], [0.08, 0.2, 0.3, 0.34, 0.1])
    return xyz(0.0, y * on, z * on)


def shrug_upper(m: Lips) -> Array:
    on = m.upper * (1 - m.place**3)
    y = np.interp(m.depth, [0, 0.15, 1, 2], [0.34, 0.4, 0.42, 0.3])
    z = np.interp(m.soft, [0, 0.15, 0.6, 1, 2], [0.06, 0.16, 0.24, 0.2, 0.05])
    return xyz(0.0, y * on, z * on)


def press(m: Lips) -> Array:
    on = 1 - m.place**4
    y = np.interp(m.depth, [0, 0.15, 0.45, 0.8, 1, 2], [-0.06, -0.14, -0.12, -0.05, 0.0, 0.0]) * (2 * m.upper - 1)
    z = np.interp(m.soft, [0, 0.15, 0.45, 0.8, 1, 2], [-0.06, -0.1, -0.14, -0.13, -0.1, 0.0])
    return xyz(0.05 * m.side * m.place**2, y * on + 0.05 * m.place**3, z * on - 0.1 * m.place**3)


def upper_up(m: Lips) -> Array:
    on = m.upper * (1 - m.place**3)
    y = np.interp(m.depth, [0, 0.15, 1, 2], [0.6, 0.66, 0.7, 0.5])
    z = np.interp(m.soft, [0, 0.15, 1, 2], [0.0, 0.05, 0.06, 0.0])
    return xyz(0.0, y * on, z * on)


def lower_down(m: Lips) -> Array:
    on = (1 - m.upper) * (1 - m.place**3)
    y = np.interp(m.depth, [0, 0.15, 1, 2], [-0.5, -0.56, -0.6, -0.45])
    z = np.interp(m.soft, [0, 0.15, 1, 2], [-0.02, 0.0, 0.04, 0.0])
    return xyz(0.04 * m.side * on, y * on, z * on)


BOTH: dict[str, Callable[[Lips], Array]] = {
    "mouthFunnel": funnel,
    "mouthPucker": pucker,
    "mouthRollLower": roll_lower,
    "mouthRollUpper": roll_upper,
    "mouthShrugLower": shrug_lower,
    "mouthShrugUpper": shrug_upper,
}
SIDED: dict[str, Callable[[Lips], Array]] = {
    "mouthSmile": smile,
    "mouthFrown": frown,
    "mouthDimple": dimple,
    "mouthStretch": stretch,
    "mouthPress": press,
    "mouthLowerDown": lower_down,
    "mouthUpperUp": upper_up,
}


def lip_shapes(face: Face, interpolator: Interpolator, frozen: Mask) -> dict[str, Array]:
    """All mouth shapes but mouthClose."""
    m = lips_of(face)
    on_rings = (face.lip_ring >= LIP_RINGS[0]) & (face.lip_ring <= LIP_RINGS[1])
    held = frozen | on_rings
    half = left_share(face.points)[:, None]

    def solve(field: Array) -> Array:
        return interpolator.spread(held, np.where(on_rings[:, None], field, 0.0))

    shapes = {name: solve(motion(m)) for name, motion in BOTH.items()}
    for name, motion in SIDED.items():
        left = solve(motion(m) * half) + accents(face, name)
        shapes[name + "Left"] = left
        shapes[name + "Right"] = face.swapped(left)
    p = face.points
    back = -0.14 * p[:, 0] * np.abs(np.clip(p[:, 0] / 2.5, -1, 1)) * 0.6
    left = solve(xyz(0.85 + 0.0 * p[:, 0], 0.06 * p[:, 0] * 0.5, back))
    shapes["mouthLeft"] = left
    shapes["mouthRight"] = face.swapped(left)
    return shapes


# Frontal run of the left nasolabial fold, beside the ala to beside the mouth corner.
NASOLABIAL_FOLD = ((2.1, -4.5, 9.0), (2.6, -5.2, 8.8), (3.05, -5.95, 8.5))


def skin_of(face: Face) -> Mask:
    """(V,) vertices of the grid and of the rings outside the lips."""
    return (face.column >= 0) | ((face.lip_ring >= 0) & (face.lip_ring < 4))


def accents(face: Face, name: str) -> Array:
    """Motion of the left cheek that a lip shape brings along, (V, 3)."""
    p = face.points
    outside = (face.lip_ring < 4)[:, None]
    zero = np.zeros((face.count, 3))
    if name == "mouthSmile":
        apple = bump(p, (4.0, -3.4, 7.4), (1.2, 1.1, 2.0))[:, None] * np.array([0.14, 0.34, 0.42])
        fold = np.sum([bump(p, place, (0.32, 0.5, 0.9)) for place in NASOLABIAL_FOLD], axis=0)
        crease = fold[:, None] * np.array([-0.02, -0.02, -0.13])
        return np.where(outside & (face.lip_ring < 2)[:, None] & skin_of(face)[:, None], apple + crease, zero)
    if name == "mouthDimple":
        dent = bump(p, (3.2, -6.8, 7.8), (0.6, 0.7, 1.2))[:, None] * np.array([-0.05, 0.0, -0.2])
        return np.where(outside & (face.column >= 0)[:, None], dent, zero)
    return zero
