"""Cheeks, nose and brows: soft bumps of motion."""

from __future__ import annotations

import numpy as np

from maya_a2f.training.head.face import Face
from maya_a2f.training.head.fields import bump
from maya_a2f.training.head.forms import Array, gradient


def outside_mask(face: Face) -> Array:
    """(V, 1) 1 on the outer skin, 0 in the mouth bag, the lids' inside and the nostrils' depth."""
    mask = np.ones(face.count)
    for ids in (face.half.mouth[6:], face.half.throat, face.half.eye[5:]):
        flat = ids.ravel()
        mask[flat] = 0.0
        mask[face.mirror.twin[flat]] = 0.0
    return mask[:, None]


def cheek_shapes(face: Face) -> dict[str, Array]:
    """cheekPuff, cheekSquint*, noseSneer*."""
    p, mask = face.points, outside_mask(face)
    outward = gradient(p)
    outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-6)
    puff_left = bump(p, (4.3, -6.4, 5.6), (1.5, 1.6, 2.2))[:, None] * outward * 0.95 * mask
    squint = bump(p, (3.9, -2.5, 7.3), (1.5, 0.85, 2.0))[:, None] * np.array([0.0, 0.55, 0.3]) * mask
    ala = bump(p, (1.35, -4.2, 9.7), (0.75, 0.8, 1.2))[:, None] * np.array([0.12, 0.38, 0.0])
    fold = bump(p, (2.2, -4.6, 8.9), (0.9, 1.0, 1.2))[:, None] * np.array([0.05, 0.28, 0.06])
    bridge = bump(p, (0.9, -1.2, 9.0), (0.55, 0.8, 0.8))[:, None] * np.array([-0.02, 0.12, 0.08])
    sneer = ala + fold + bridge
    inner = np.concatenate([face.half.mouth[5:].ravel(), face.half.throat.ravel()])
    sneer[np.concatenate([inner, face.mirror.twin[inner]])] *= 0.0
    return {
        "cheekPuff": puff_left + face.swapped(puff_left),
        "cheekSquintLeft": squint,
        "cheekSquintRight": face.swapped(squint),
        "noseSneerLeft": sneer,
        "noseSneerRight": face.swapped(sneer),
    }


def brow_shapes(face: Face) -> dict[str, Array]:
    """browDown*, browInnerUp, browOuterUp*."""
    p, mask = face.points, outside_mask(face)
    inner = bump(p, (1.4, 2.1, 9.2), (1.0, 1.0, 2.0))[:, None]
    middle = bump(p, (2.9, 2.2, 8.6), (1.3, 0.9, 2.0))[:, None]
    outer = bump(p, (4.5, 2.1, 7.6), (1.3, 1.1, 2.0))[:, None]
    down = (inner * np.array([-0.2, -0.5, 0.1]) + middle * np.array([-0.06, -0.3, 0.05])) * mask
    up = (inner * np.array([-0.02, 0.75, 0.05]) + middle * np.array([0.0, 0.12, 0.0])) * mask
    wing = (outer * np.array([0.0, 0.65, 0.0]) + middle * np.array([0.0, 0.25, 0.0])) * mask
    return {
        "browDownLeft": down,
        "browDownRight": face.swapped(down),
        "browInnerUp": up + face.swapped(up),
        "browOuterUpLeft": wing,
        "browOuterUpRight": face.swapped(wing),
    }
