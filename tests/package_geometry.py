"""A small parametric face and tongue with the standard poses, for generated model packages.

Centimetres, y up, the face looks along +z, the character's left is +x. Every pose named ``…Right`` is the exact mirror
image of its ``…Left``. Nothing here looks like a person; it only moves like one: smooth, local, of plausible size.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Vector = tuple[float, float, float]

_GOLDEN = 0.6180339887498949
_MIRROR = np.array([-1.0, 1.0, 1.0], np.float32)


@dataclass(frozen=True)
class Bump:
    """A displacement that fades with the distance from ``centre``."""

    centre: Vector
    radius: float
    direction: Vector
    both_sides: bool = False


_SKIN_BUMPS: dict[str, Bump] = {
    "eyeBlink": Bump((3.2, 2.6, 8.5), 1.0, (0.0, -1.0, 0.15)),
    "eyeLookDown": Bump((3.2, 2.4, 8.5), 1.0, (0.0, -0.4, 0.05)),
    "eyeLookIn": Bump((2.6, 2.0, 8.8), 0.9, (-0.15, 0.0, 0.05)),
    "eyeLookOut": Bump((3.8, 2.0, 8.2), 0.9, (0.15, 0.0, 0.05)),
    "eyeLookUp": Bump((3.2, 2.8, 8.5), 1.0, (0.0, 0.3, 0.05)),
    "eyeSquint": Bump((3.4, 1.2, 8.6), 1.2, (0.0, 0.4, 0.1)),
    "eyeWide": Bump((3.2, 3.1, 8.5), 0.9, (0.0, 0.5, -0.1)),
    "jawForward": Bump((0.0, -9.0, 8.0), 3.5, (0.0, 0.0, 0.8)),
    "jaw": Bump((1.0, -9.0, 8.0), 3.5, (0.9, 0.0, 0.0)),
    "jawOpen": Bump((0.0, -9.5, 8.5), 3.2, (0.0, -2.5, -0.6)),
    "mouthClose": Bump((0.0, -6.8, 9.5), 1.4, (0.0, 1.0, 0.1)),
    "mouthFunnel": Bump((0.0, -6.0, 9.8), 1.9, (0.0, 0.0, 1.1)),
    "mouthPucker": Bump((2.0, -6.0, 9.3), 1.3, (-0.9, 0.0, 0.8), both_sides=True),
    "mouth": Bump((0.8, -6.0, 9.5), 2.0, (1.1, 0.0, 0.0)),
    "mouthSmile": Bump((2.6, -5.8, 9.0), 1.5, (0.8, 0.9, -0.2)),
    "mouthFrown": Bump((2.5, -6.6, 9.0), 1.4, (0.1, -0.8, 0.0)),
    "mouthDimple": Bump((2.9, -6.0, 8.7), 1.1, (0.4, 0.1, -0.5)),
    "mouthStretch": Bump((2.7, -6.4, 8.8), 1.6, (0.9, -0.4, -0.3)),
    "mouthRollLower": Bump((0.0, -6.9, 9.9), 1.2, (0.0, 0.4, -0.6)),
    "mouthRollUpper": Bump((0.0, -5.4, 10.0), 1.2, (0.0, -0.3, -0.6)),
    "mouthShrugLower": Bump((0.0, -7.6, 9.6), 1.4, (0.0, 0.8, 0.3)),
    "mouthShrugUpper": Bump((0.0, -5.0, 10.0), 1.3, (0.0, 0.5, 0.2)),
    "mouthPress": Bump((1.6, -6.2, 9.5), 1.1, (0.0, 0.25, -0.4)),
    "mouthLowerDown": Bump((1.2, -7.0, 9.6), 1.1, (0.0, -0.8, 0.1)),
    "mouthUpperUp": Bump((1.2, -5.2, 9.8), 1.1, (0.0, 0.8, 0.1)),
    "browDown": Bump((2.8, 4.4, 8.8), 1.5, (-0.1, -0.8, 0.1)),
    "browInnerUp": Bump((1.0, 4.6, 9.4), 1.2, (0.0, 0.9, 0.0), both_sides=True),
    "browOuterUp": Bump((4.2, 4.6, 7.8), 1.5, (0.0, 0.9, 0.0)),
    "cheekPuff": Bump((4.2, -4.5, 7.5), 2.0, (0.9, 0.0, 0.5), both_sides=True),
    "cheekSquint": Bump((3.8, -0.5, 8.0), 1.6, (0.0, 0.7, 0.2)),
    "noseSneer": Bump((1.2, -1.8, 9.8), 1.1, (0.0, 0.6, -0.1)),
    "tongueOut": Bump((0.0, -6.4, 10.0), 0.8, (0.0, -0.1, 0.5)),
}
_TONGUE_BUMPS: dict[str, Bump] = {
    "tongueTipUp": Bump((0.0, -6.0, 8.0), 2.5, (0.0, 1.5, -0.2)),
    "tongueTipDown": Bump((0.0, -6.0, 8.0), 2.2, (0.0, -1.4, -0.3)),
    "tongueTip": Bump((0.6, -6.0, 8.0), 2.5, (1.5, 0.0, 0.0)),
    "tongueRollUp": Bump((0.0, -6.0, 7.0), 1.8, (0.0, 1.2, -1.0)),
    "tongueRollDown": Bump((0.0, -6.0, 7.0), 1.8, (0.0, -1.2, -1.0)),
    "tongueRoll": Bump((1.5, -6.0, 4.5), 1.8, (-0.2, 0.9, 0.0)),
    "tongueUp": Bump((0.0, -6.0, 4.5), 3.0, (0.0, 1.2, 0.0)),
    "tongueDown": Bump((0.0, -6.0, 4.2), 2.6, (0.0, -1.1, 0.1)),
    "tongue": Bump((0.6, -6.0, 4.5), 3.0, (1.2, 0.0, 0.0)),
    "tongueIn": Bump((0.0, -6.0, 4.5), 4.0, (0.0, 0.0, -1.5)),
    "tongueStretch": Bump((0.0, -6.0, 7.0), 2.8, (0.0, 0.0, 1.5)),
    "tongueWide": Bump((1.8, -6.0, 4.5), 2.5, (0.6, 0.0, 0.0), both_sides=True),
    "tongueNarrow": Bump((1.8, -6.0, 5.5), 2.0, (-0.6, 0.1, 0.0), both_sides=True),
}


def face_points(count: int) -> Floats:
    """(count, 3) points on the front of an ellipsoid, mirrored pairs first (left, then right), then the midline."""
    middle = min(count, count % 2 + 2 * max(1, count // 50))
    pairs = (count - middle) // 2
    steps = np.arange(pairs, dtype=np.float64)
    heights = -12.0 + 24.0 * (steps + 0.5) / max(pairs, 1)
    angles = 0.02 + 1.85 * ((steps * _GOLDEN) % 1.0)
    left = _on_ellipsoid(heights, angles)
    midline = _on_ellipsoid(np.linspace(-12.0, 12.0, middle), np.zeros(middle))
    midline[:, 0] = 0.0
    return np.concatenate([left, left * _MIRROR, midline]).astype(np.float32)


def tongue_points(count: int) -> Floats:
    """(count, 3) points on a flat ellipsoid behind the teeth, mirrored pairs first, then the midline."""
    middle = min(count, count % 2 + 2)
    pairs = (count - middle) // 2
    steps = np.arange(pairs, dtype=np.float64)
    z = 1.0 + 7.5 * (steps + 0.5) / max(pairs, 1)
    turn = np.pi * (((steps * _GOLDEN) % 1.0) - 0.5)
    left = np.stack([2.2 * np.cos(turn), -6.0 + 0.8 * np.sin(turn), z], axis=1)
    midline = np.stack([np.zeros(middle), np.full(middle, -5.2), np.linspace(1.0, 8.5, middle)], axis=1)
    return np.concatenate([left, left * _MIRROR, midline]).astype(np.float32)


def pose_delta(points: Floats, name: str) -> Floats:
    """(V, 3) displacement of pose ``name``; an unknown name gets a bump of its own, the same one every time."""
    bump, mirrored = _bump_of(name)
    delta = _displaced(points, bump, mirrored)
    if bump.both_sides:
        delta += _displaced(points, bump, not mirrored)
    if name in ("tongueRollLeft", "tongueRollRight"):  # one edge up, the other down
        delta -= _displaced(points, bump, not mirrored) * np.array([-1.0, 1.0, 1.0], np.float32)
    return delta


def smooth_field(points: Floats, rng: np.random.Generator) -> Floats:
    """(V, 3) a random displacement of about 1 cm that varies slowly over the face."""
    waves = rng.normal(0.0, 0.25, (3, 3))
    phases = rng.uniform(0.0, 2.0 * np.pi, 3)
    return np.asarray(np.cos(points @ waves.astype(np.float32) + phases.astype(np.float32)), np.float32)


def basis(points: Floats, poses: Sequence[Floats], shapes: int, rng: np.random.Generator) -> Floats:
    """(shapes, V, 3) orthonormal rows, the first one along ``poses[0]``; the rest mix poses and smooth fields."""
    rows = np.empty((shapes, points.size), np.float32)
    for index in range(shapes):
        rows[index] = (smooth_field(points, rng) * 0.2).reshape(-1)
        for pose in rng.permutation(len(poses))[:4]:
            rows[index] += rng.normal() * poses[pose].reshape(-1)
    if shapes:
        rows[0] = poses[0].reshape(-1)
    q, r = np.linalg.qr(rows.T)
    signs = np.where(np.diag(r) < 0, -1.0, 1.0).astype(np.float32)
    return np.ascontiguousarray((q * signs).T, np.float32).reshape(shapes, -1, 3)


def _on_ellipsoid(heights: npt.NDArray[np.float64], angles: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    narrowing = np.sqrt(1.0 - (heights / 13.5) ** 2)
    return np.stack([7.5 * narrowing * np.sin(angles), heights, 10.0 * narrowing * np.cos(angles)], axis=1)


def _bump_of(name: str) -> tuple[Bump, bool]:
    table = _TONGUE_BUMPS if name.startswith("tongue") and name != "tongueOut" else _SKIN_BUMPS
    if name in table:
        return table[name], False
    for side, mirrored in (("Left", False), ("Right", True)):
        if name.endswith(side):
            base = name.removesuffix(side)
            return table.get(base, _invented_bump(base)), mirrored
    return _invented_bump(name), False


def _invented_bump(name: str) -> Bump:
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    x, y = rng.uniform(0.0, 5.0), rng.uniform(-10.0, 8.0)
    dx, dy, dz = rng.normal(0.0, 0.6, 3)
    return Bump((float(x), float(y), 8.0), 2.0, (float(dx), float(dy), float(dz)))


def _displaced(points: Floats, bump: Bump, mirrored: bool) -> Floats:
    sign = _MIRROR if mirrored else np.ones(3, np.float32)
    distance = points - np.array(bump.centre, np.float32) * sign
    distance[:, 2] *= 0.35  # the surface curves away; the height and width of a bump are what counts
    fade = np.exp(-0.5 * np.square(distance).sum(axis=1) / bump.radius**2)
    return np.asarray(fade[:, None] * (np.array(bump.direction, np.float32) * sign), np.float32)
