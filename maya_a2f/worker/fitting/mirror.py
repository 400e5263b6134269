"""Left and right of a rig: which vertex is whose mirror image, and which controls are twins."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from maya_a2f.worker.fitting.correspondence import Correspondence
from maya_a2f.worker.fitting.scene import Scene
from maya_a2f.worker.fitting.surface import ACROSS, Doubles, Indices

_MIRRORED = 0.7
"""Cosine between a control's motion and another's mirror image that makes them a pair."""
_NEAR_CM = 0.5
"""A vertex so near to where the mirror image would be is taken for it."""


def mirror_images(points: Doubles) -> Indices:
    """(m,) of each point (m, 3) the one at its mirror image across x = 0; −1 where none is near."""
    if len(points) == 0:
        return np.zeros(0, np.int64)
    distance, image = cKDTree(points).query(points * ACROSS)
    return np.where(np.asarray(distance) < _NEAR_CM, image, -1).astype(np.int64)


def home_of(scene: Scene, found: Correspondence) -> Doubles:
    """(m, 3) counterparts on our head, which is symmetric; the lips, which touch, drawn apart."""
    home: Doubles = np.einsum("mc,mcd->md", found.bary, scene.source.points[found.corners])
    if scene.sides is not None:
        home[:, 1] -= scene.sides.their[found.vertices]
    return home


def mirror_pairs(scene: Scene, found: Correspondence, images: Indices) -> tuple[tuple[int, int], ...]:
    """(left, right) fields that are each other's mirror image across our middle."""
    fields = scene.fields[:, found.vertices]
    root = np.sqrt(found.weight * (images >= 0))[None, :, None]
    own = (fields * root).reshape(len(fields), -1)
    mirrored = (fields[:, images] * ACROSS * root).reshape(len(fields), -1)
    length = np.maximum(np.linalg.norm(own, axis=1), 1e-12)
    cosine = own @ mirrored.T / length[:, None] / np.maximum(np.linalg.norm(mirrored, axis=1), 1e-12)[None]
    best = np.argmax(cosine, axis=1)
    strength = (fields**2).sum(axis=2) * found.weight
    place = strength @ home_of(scene, found)[:, 0] / np.maximum(strength.sum(axis=1), 1e-12)
    pairs = [
        (at, int(other)) if place[at] > place[other] else (int(other), at)
        for at, other in enumerate(best)
        if at < other and best[other] == at and cosine[at, other] > _MIRRORED
    ]
    return tuple(pairs)
