"""Eyeball meshes: a sphere about +z with a small cornea, and rings for pupil, iris and sclera."""

from __future__ import annotations

import numpy as np

from maya_a2f.training.head.proportions import EYE_CENTRE, EYE_RADIUS, IRIS_RADIUS
from maya_a2f.training.head.teeth import Mesh

AROUND = 24
PUPIL_RADIUS = 0.31
CORNEA_BULGE = 0.0
# A bulge would have to be cleared by the lids at every step of a blink.
SCLERA, IRIS, PUPIL = 0, 1, 2


def eyeball(left: bool) -> Mesh:
    """One eyeball in place; materials: sclera 0, iris 1, pupil 2. The right one mirrors the left."""
    limbus = np.arcsin(IRIS_RADIUS / EYE_RADIUS)
    pupil = np.arcsin(PUPIL_RADIUS / EYE_RADIUS)
    polar = np.concatenate(
        [
            [pupil * 0.55, pupil],
            pupil + (limbus - pupil) * np.array([0.35, 0.7, 1.0]),
            limbus + (np.pi - limbus) * np.array([0.05, 0.12, 0.22, 0.34, 0.48, 0.64, 0.8, 0.93]),
        ]
    )
    around = 2.0 * np.pi * np.arange(AROUND) / AROUND
    radius = EYE_RADIUS + CORNEA_BULGE * np.clip(1.0 - polar / limbus, 0.0, 1.0) ** 0.8
    p, a = np.meshgrid(polar, around, indexing="ij")
    r = np.broadcast_to(radius[:, None], p.shape)
    ring = np.stack([r * np.sin(p) * np.cos(a), r * np.sin(p) * np.sin(a), r * np.cos(p)], axis=-1).reshape(-1, 3)
    poles = np.array([[0.0, 0.0, EYE_RADIUS + CORNEA_BULGE], [0.0, 0.0, -EYE_RADIUS]])
    points = np.concatenate([ring, poles])
    ids = np.arange(len(ring)).reshape(len(polar), AROUND)
    after = np.roll(ids, -1, axis=1)
    sides = np.stack([ids[:-1], ids[1:], after[1:], after[:-1]], axis=-1)
    front = np.array([[len(ring), ids[0, k], ids[0, k + 1], ids[0, (k + 2) % AROUND]] for k in range(0, AROUND, 2)])
    back = np.array(
        [[len(ring) + 1, ids[-1, (k + 2) % AROUND], ids[-1, k + 1], ids[-1, k]] for k in range(0, AROUND, 2)]
    )
    kinds = np.repeat([PUPIL, *[IRIS] * 3, *[SCLERA] * (len(polar) - 5)], AROUND)
    quads = np.concatenate([sides.reshape(-1, 4), front, back])
    materials = np.concatenate([kinds, np.full(len(front), PUPIL), np.full(len(back), SCLERA)])
    flat = np.concatenate([p.ravel() / np.pi * 0.5, [0.0, 0.5]])
    turn = np.concatenate([a.ravel(), [0.0, 0.0]])
    uvs = np.column_stack([0.5 + flat * np.cos(turn), 0.5 + flat * np.sin(turn)])
    uvs[-1] = (1.0, 0.5)
    if not left:
        points = points * np.array([-1.0, 1.0, 1.0])
        quads = quads[:, ::-1]
        uvs = uvs * np.array([-1.0, 1.0]) + np.array([1.0, 0.0])
    centre = np.asarray(EYE_CENTRE) * (1.0 if left else -1.0, 1.0, 1.0)
    return Mesh(points + centre, quads, uvs, materials.astype(np.int64))
