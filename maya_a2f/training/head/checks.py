"""Soundness of the finished head, each as a figure that a test can bound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from maya_a2f.training.head import clearance, eyes
from maya_a2f.training.head.face import Face, lid_partners
from maya_a2f.training.head.forms import Array, gradient
from maya_a2f.training.head.model import Head
from maya_a2f.training.head.mouth import CONTACT_RING
from maya_a2f.training.head.proportions import EYE_CENTRE, EYE_RADIUS


def quad_normals(points: Array, quads: NDArray[np.int64]) -> Array:
    """Area-weighted normals (F, 3): half the cross product of the diagonals."""
    a, b, c, d = (points[quads[:, k]] for k in range(4))
    return np.asarray(0.5 * np.cross(c - a, d - b))


def directed_edge_counts(quads: NDArray[np.int64]) -> Counter[tuple[int, int]]:
    """How often each directed edge occurs; more than once means a non-manifold or badly wound mesh."""
    edges = np.concatenate([quads[:, [k, (k + 1) % 4]] for k in range(4)])
    return Counter(map(tuple, edges.tolist()))


def mirror_error(points: Array) -> float:
    """Largest distance from a point's mirror image to the nearest vertex."""
    from scipy.spatial import cKDTree

    return float(np.max(cKDTree(points).query(points * np.array([-1.0, 1.0, 1.0]))[0]))


def inverted_skin_quads(face: Face) -> NDArray[np.int64]:
    """Quads of the outer skin at rest that look into the head."""
    quads = face.mirror.quads
    ring = face.lip_ring[quads]
    lid = np.full(face.count, -1)
    for r, ids in enumerate(face.half.eye):
        lid[ids] = lid[face.mirror.twin[ids]] = r
    skip = np.zeros(face.count, dtype=bool)
    for group in (
        face.half.throat,
        face.half.ear[1:],
        face.half.concha,
        face.half.nostril[1:],
        np.array([face.half.nostril_centre]),
    ):
        skip[group.ravel()] = skip[face.mirror.twin[group.ravel()]] = True
    outer = (ring.max(1) <= 5) & (lid[quads].max(1) <= 4) & ~skip[quads].any(1)
    facing = (quad_normals(face.points, quads) * gradient(face.points[quads].mean(1))).sum(1)
    return np.flatnonzero(outer & (facing <= 0.0))


def seal_error(face: Face, shapes: dict[str, Array], weight: float) -> float:
    """Largest distance between paired contact vertices with jawOpen = mouthClose = ``weight``, beyond that at rest."""
    contact = face.half.mouth[CONTACT_RING]
    posed = face.points + weight * (shapes["jawOpen"] + shapes["mouthClose"])
    rest = np.linalg.norm(face.points[contact[:12]] - face.points[contact[:12:-1]], axis=1)
    return float((np.linalg.norm(posed[contact[:12]] - posed[contact[:12:-1]], axis=1) - rest).max())


def blink_gap(face: Face, shapes: dict[str, Array]) -> float:
    """Largest distance between paired margin vertices of the left lids at eyeBlinkLeft = 1."""
    top, bottom = lid_partners()
    posed = face.points + shapes["eyeBlinkLeft"]
    margin = face.half.eye[eyes.MARGIN_RING]
    return float(np.linalg.norm(posed[margin[top]] - posed[margin[bottom]], axis=1).max())


def lid_clearance(face: Face, displacement: Array) -> float:
    """Smallest distance of the left lids' quads (corners, edge middles and centres) from the eyeball's surface."""
    ids = np.zeros(face.count, dtype=bool)
    ids[face.half.eye[3 : eyes.WET_RING + 1].ravel()] = True
    quads = face.mirror.quads[ids[face.mirror.quads].all(1)]
    corners = (face.points + displacement)[quads]
    middles = 0.5 * (corners + np.roll(corners, -1, axis=1))
    samples = np.concatenate([corners.reshape(-1, 3), middles.reshape(-1, 3), corners.mean(1)])
    return float(np.linalg.norm(samples - np.asarray(EYE_CENTRE), axis=1).min() - EYE_RADIUS)


def flipped_quads(face: Face, displacement: Array) -> NDArray[np.int64]:
    """Visible skin quads whose normal turns by more than 115 degrees under a shape."""
    quads = face.mirror.quads
    hidden = np.zeros(face.count, dtype=bool)
    for group in (face.half.mouth[9:], face.half.throat, face.half.eye[7:], face.half.nostril[1:]):
        hidden[group.ravel()] = hidden[face.mirror.twin[group.ravel()]] = True
    before, after = quad_normals(face.points, quads), quad_normals(face.points + displacement, quads)
    cosine = (before * after).sum(1) / np.maximum(np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1), 1e-12)
    return np.flatnonzero((cosine < -0.42) & ~hidden[quads].any(1))


def pose_of(head: Head, weights: Mapping[str, float]) -> Array:
    """Displacement (V, 3) of the face under several shapes."""
    shapes = head.meshes["face"].shapes
    out = np.zeros_like(head.face.points)
    for name, weight in weights.items():
        if name in shapes:
            out += weight * shapes[name]
    return out


def combination_depth(head: Head, weights: Mapping[str, float]) -> float:
    """Deepest lip vertex inside the teeth under several shapes, centimetres."""
    return float(clearance.depths(head.face, weights, pose_of(head, weights)).max())


def teeth_depths(head: Head) -> dict[str, float]:
    """Deepest lip vertex inside the teeth at rest ("") and for each shape at weight 1, centimetres."""
    face, shapes = head.face, head.meshes["face"].shapes
    table = {"": float(clearance.depths(face, {}, np.zeros_like(face.points)).max())}
    for name, displacement in shapes.items():
        table[name] = float(clearance.depths(face, {name: 1.0}, displacement).max())
    return table
