"""Shapes that carry the lower face with the mandible, and mouthClose, which undoes jawOpen at the lips."""

from __future__ import annotations

import numpy as np

from maya_a2f.training.head.face import Face
from maya_a2f.training.head.fields import Interpolator, ramp
from maya_a2f.training.head.forms import Array, Mask
from maya_a2f.training.head.mouth import CONTACT_RING
from maya_a2f.training.head.proportions import HINGE, JAW_FORWARD_CM, JAW_OPEN_DEGREES, JAW_SIDE_CM

CORNER_SHARE = 0.45
"""Share of the jaw's motion taken by the mouth corners."""
UPPER_LIP_SHARE = np.array([0.35, 0.35, 0.15])
"""Share of the gap that the upper lip closes in mouthClose, per axis; the lower lip takes the rest."""


def opened(points: Array, degrees: float = JAW_OPEN_DEGREES) -> Array:
    """Displacements (N, 3) of points that follow the mandible wholly, rotated about the hinge by ``degrees``."""
    a = np.radians(degrees)
    turn = np.array([[1.0, 0.0, 0.0], [0.0, np.cos(a), -np.sin(a)], [0.0, np.sin(a), np.cos(a)]])
    d = points - np.asarray(HINGE)
    return np.asarray(d @ turn.T - d)


def jaw_share(face: Face, interpolator: Interpolator) -> Array:
    """(V,) how much each vertex follows the mandible."""
    ring, place, side = face.lip_ring, face.lip_place, face.lip_side
    column, row, p = face.column, face.row, face.points
    share = np.zeros(face.count)
    held = np.zeros(face.count, dtype=bool)
    lips = (ring >= 4) & (ring <= 11)
    lower = 1.0 - (1.0 - CORNER_SHARE) * place**2.6
    upper = CORNER_SHARE * place**2.4
    share[lips] = np.where(side > 0, upper, np.where(side < 0, lower, CORNER_SHARE))[lips]
    held |= lips
    one = (row >= 8) & (row <= 12) & (column <= 8) & (column >= 0)
    one |= (row >= 8) & (row <= 10) & (column > 8) & (column <= 14)
    share[one] = 1.0
    held |= one
    zero = (row >= 0) & (row <= 3)
    zero |= (column >= 19) & (row >= 22)
    zero |= (column >= 22) | (p[:, 1] > 2.0)
    zero |= (row >= 28) & (column <= 18)
    zero |= (row >= 23) & (column <= 6) & (column >= 0)
    for ids in (face.half.eye, face.half.ear, face.half.nostril, face.half.concha, face.half.crown):
        both = np.concatenate([ids.ravel(), face.mirror.twin[ids.ravel()]])
        zero[both] = True
    share[zero] = 0.0
    held |= zero
    back = face.half.mouth[13:].ravel()
    throat = face.half.throat.ravel()
    for ids in (back, throat, face.mirror.twin[back], face.mirror.twin[throat]):
        held[ids] = True
        share[ids] = ramp(p[ids, 1], -5.5, -8.5) * 0.85
    return np.clip(interpolator.spread(held, share), 0.0, 1.0)


def jaw_shapes(face: Face, share: Array) -> dict[str, Array]:
    """jawOpen, jawForward, jawLeft, jawRight."""
    side = share[:, None]
    left = side * np.array([JAW_SIDE_CM, 0.0, 0.0])
    return {
        "jawOpen": side * opened(face.points),
        "jawForward": side * np.array([0.0, -0.05, JAW_FORWARD_CM]),
        "jawLeft": left,
        "jawRight": face.swapped(left),
    }


RING_FOLLOW = {3: 0.62, 4: 0.82, 5: 0.93, 6: 0.98, 7: 1.0, 8: 1.0, 9: 1.0, 10: 0.75, 11: 0.1}


def mouth_close(face: Face, jaw_open: Array, interpolator: Interpolator, frozen: Mask) -> Array:
    """Displacements (V, 3) that, added to jawOpen, bring each pair of contact vertices together exactly."""
    half = face.half
    field = np.zeros((face.count, 3))
    held = frozen.copy()
    contact = half.mouth[CONTACT_RING]
    gap = np.zeros((25, 3))
    for k in range(13):
        gap[k] = gap[24 - k] = jaw_open[contact[24 - k]] - jaw_open[contact[k]]
    for ring, follow in RING_FOLLOW.items():
        ids = half.mouth[ring]
        for k in range(25):
            amount = gap[k] * (UPPER_LIP_SHARE if k < 12 else UPPER_LIP_SHARE - 1.0) * (follow if k != 12 else 0.0)
            field[ids[k]] = amount
            twin = face.mirror.twin[ids[k]]
            field[twin] = amount * ((-1.0, 1.0, 1.0) if twin != ids[k] else (1.0, 1.0, 1.0))
            held[[ids[k], twin]] = True
    return interpolator.spread(held, field)
