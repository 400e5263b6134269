"""The lower jaw as a rigid motion: five moved points -> rotation and translation -> joint channels.

Source: specification, animator.md section 5 (the CPU formula); W. Kabsch, Acta Cryst. A32 (1976) 922.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from maya_a2f.worker.package import Floats

Doubles = npt.NDArray[np.float64]

_COLLINEAR = 1e-9
"""Second singular value over the first below which the points say nothing about the turn around their own line."""


def jaw_targets(deltas: Floats, neutral: Floats, parameters: Mapping[str, float]) -> Doubles:
    """(F, n, 3) where the jaw's points go: neutral + strength·delta + (0, height, depth), centimetres.

    ``deltas`` (F, 3n) or (F, n, 3) from the network, ``neutral`` (n, 3).
    """
    points = neutral.reshape(-1, 3).astype(np.float64)
    offset = np.array([0.0, parameters["lowerTeethHeightOffset"], parameters["lowerTeethDepthOffset"]])
    moved: Doubles = deltas.reshape(len(deltas), len(points), 3).astype(np.float64)
    targets: Doubles = points + parameters["lowerTeethStrength"] * moved + offset
    return targets


def rigid_motions(neutral: npt.NDArray[np.floating], targets: npt.NDArray[np.floating]) -> tuple[Doubles, Doubles]:
    """The rotations R (F, 3, 3) and translations t (F, 3) with target ≈ R·p + t, best in the least-squares sense.

    ``neutral`` (n, 3), ``targets`` (F, n, 3). det R is +1 always, also where the points lie in a plane: the sign goes
    inside, R = V·diag(1, 1, det(V·Uᵀ))·Uᵀ. Points on one line (or a single one) leave a turn open; of the possible
    rotations the one nearest to none is taken, so that it does not jump between frames.
    """
    source = np.asarray(neutral, dtype=np.float64).reshape(-1, 3)
    target = np.asarray(targets, dtype=np.float64)
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=1)
    covariance = np.einsum("ni,fnj->fij", source - source_mean, target - target_mean[:, None, :])
    u, singular, vt = np.linalg.svd(covariance)
    undecided = singular[:, 1] <= _COLLINEAR * singular[:, 0]
    if undecided.any():
        # Maximising tr(R·H) + ε·tr(R) picks the smallest rotation among equals and changes the others by about ε.
        nudge = np.maximum(singular[undecided, 0], np.finfo(np.float64).tiny) * 1e-6
        u[undecided], _, vt[undecided] = np.linalg.svd(covariance[undecided] + nudge[:, None, None] * np.eye(3))
    v, ut = vt.swapaxes(1, 2), u.swapaxes(1, 2)
    signs = np.ones((len(target), 3))
    signs[:, 2] = np.sign(np.linalg.det(v @ ut))
    rotations: Doubles = (v * signs[:, None, :]) @ ut
    translations: Doubles = target_mean - rotations @ source_mean
    return rotations, translations


def jaw_matrices(rotations: Doubles, translations: Doubles) -> Doubles:
    """(F, 4, 4) for column vectors: [R t; 0 1]. The reference writes the same numbers column by column."""
    matrices = np.zeros((len(rotations), 4, 4))
    matrices[:, :3, :3] = rotations
    matrices[:, :3, 3] = translations
    matrices[:, 3, 3] = 1.0
    return matrices


def jaw_channels(neutral: Floats, rotations: Doubles, translations: Doubles) -> Doubles:
    """(F, 6) translate x, y, z in centimetres, rotate x, y, z in degrees, for a joint whose pivot is the centroid.

    translate = R·c + t − c with c the centroid of ``neutral`` (n, 3).
    """
    centre = neutral.reshape(-1, 3).astype(np.float64).mean(axis=0)
    translate = rotations @ centre + translations - centre
    return np.concatenate([translate, euler_angles(rotations)], axis=1)


def euler_angles(rotations: Doubles) -> Doubles:
    """(F, 3) degrees x, y, z with R = Rz·Ry·Rx for column vectors, which is Maya's rotate order ``xyz``.

    Continuous over the frames: of the two triples (and their full turns) the one closest to the frame before is
    taken, the first frame being closest to zero; at y = ±90° x keeps the value of the frame before.
    """
    small = _small_angles(rotations)
    if small is not None:
        return np.degrees(small)
    angles = np.empty((len(rotations), 3))
    before = (0.0, 0.0, 0.0)
    for frame, rotation in enumerate(rotations.tolist()):
        before = _closest_triple(rotation, before)
        angles[frame] = before
    return np.degrees(angles)


def _small_angles(rotations: Doubles) -> Doubles | None:
    """The triples, radians, of turns about x and z by less than 45°: none of the others is ever closer to the frame
    before. None where some turn is larger."""
    r = rotations
    cosine = np.hypot(r[:, 0, 0], r[:, 1, 0])
    x, z = np.arctan2(r[:, 2, 1], r[:, 2, 2]), np.arctan2(r[:, 1, 0], r[:, 0, 0])
    if len(r) == 0 or max(np.abs(x).max(), np.abs(z).max()) >= math.pi / 4 or cosine.min() < 1e-9:
        return None
    return np.stack([x, np.arctan2(-r[:, 2, 0], cosine), z], axis=1)


_Triple = tuple[float, float, float]


def _closest_triple(r: list[list[float]], before: _Triple) -> _Triple:
    cosine = math.hypot(r[0][0], r[1][0])
    y = math.atan2(-r[2][0], cosine)
    if cosine < 1e-9:
        # Rz·Ry = R·Rx⁻¹ has (−sin z, cos z, 0) as its second column.
        sin_x, cos_x = math.sin(before[0]), math.cos(before[0])
        z = math.atan2(-(r[0][1] * cos_x - r[0][2] * sin_x), r[1][1] * cos_x - r[1][2] * sin_x)
        return before[0], _near(y, before[1]), _near(z, before[2])
    x, z = math.atan2(r[2][1], r[2][2]), math.atan2(r[1][0], r[0][0])
    first = (_near(x, before[0]), _near(y, before[1]), _near(z, before[2]))
    second = (_near(x + math.pi, before[0]), _near(math.pi - y, before[1]), _near(z + math.pi, before[2]))
    return first if _distance(first, before) <= _distance(second, before) else second


def _near(angle: float, reference: float) -> float:
    """``angle`` plus the whole turns that bring it closest to ``reference``, radians."""
    return angle + math.tau * round((reference - angle) / math.tau)


def _distance(a: _Triple, b: _Triple) -> float:
    return math.dist(a, b)
