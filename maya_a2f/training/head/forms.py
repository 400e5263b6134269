"""The skin of the head as an implicit surface: rounded masses joined by smooth minima.

Distances are in centimetres, negative inside. The axes are the asset's: x to the character's left, y up, z forward;
the eye line lies at y = 0. The smooth minimum is the quadratic polynomial one (Quilez, "smooth minimum").
Every function takes points (N, 3) and is symmetric in x, so only |x| is used.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from maya_a2f.training.head.proportions import EYE_CENTRE, EYE_RADIUS

Array: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]


def smooth_union(a: Array, b: Array, blend: float) -> Array:
    """Minimum of two distances, rounded over ``blend`` centimetres."""
    h = np.maximum(blend - np.abs(a - b), 0.0) / blend
    return np.minimum(a, b) - h * h * blend * 0.25


def smooth_cut(a: Array, b: Array, blend: float) -> Array:
    """``a`` without ``b``, with a rounded rim."""
    return -smooth_union(-a, b, blend)


def ellipsoid(p: Array, centre: tuple[float, float, float], radii: tuple[float, float, float]) -> Array:
    """Approximate distance to an axis-parallel ellipsoid (exact on its surface)."""
    q = p - np.asarray(centre)
    r = np.asarray(radii)
    k0 = np.linalg.norm(q / r, axis=1)
    k1 = np.linalg.norm(q / (r * r), axis=1)
    return np.asarray(k0 * (k0 - 1.0) / np.maximum(k1, 1e-9))


def cone(p: Array, a: tuple[float, float, float], b: tuple[float, float, float], ra: float, rb: float) -> Array:
    """Capsule from ``a`` to ``b`` whose radius runs from ``ra`` to ``rb``."""
    start = np.asarray(a)
    axis = np.asarray(b) - start
    t = np.clip((p - start) @ axis / (axis @ axis), 0.0, 1.0)
    return np.asarray(np.linalg.norm(p - start - t[:, None] * axis, axis=1) - (ra + t * (rb - ra)))


def skull(p: Array) -> Array:
    """Cranium, face mass, jaw, chin, cheekbones and neck."""
    d = ellipsoid(p, (0.0, 3.3, -1.0), (7.15, 8.2, 8.9))
    d = smooth_union(d, ellipsoid(p, (0.0, 4.0, 1.5), (6.2, 6.0, 7.35)), 1.5)
    d = smooth_union(d, ellipsoid(p, (0.0, -3.2, 2.3), (5.75, 7.6, 6.4)), 2.0)
    d = smooth_union(d, cone(p, (4.0, -2.3, 5.5), (5.3, -0.9, 0.8), 1.45, 1.2), 2.2)
    d = smooth_union(d, ellipsoid(p, (3.1, -3.6, 5.8), (2.15, 2.3, 2.2)), 1.9)
    d = smooth_union(d, ellipsoid(p, (3.6, -4.6, 2.6), (2.35, 2.6, 2.8)), 1.5)
    d = smooth_union(d, cone(p, (3.75, -6.6, 0.6), (1.6, -9.7, 6.4), 1.25, 1.2), 2.4)
    d = smooth_union(d, ellipsoid(p, (0.0, -9.8, 7.85), (1.5, 1.4, 1.6)), 1.5)
    neck = cone(p, (0.0, -20.0, -3.2), (0.0, -7.0, -1.8), 4.5, 4.2)
    neck = smooth_union(neck, cone(p, (1.2, -18.5, 0.6), (4.6, -5.0, -2.0), 0.9, 0.8), 1.4)
    neck = smooth_union(neck, cone(p, (6.2, -21.5, -4.4), (1.6, -11.0, -4.4), 2.2, 1.4), 3.0)
    return smooth_union(d, neck, 1.6)


def features(p: Array, d: Array) -> Array:
    """Brow ridge, sockets, lids, muzzle and nose added to the skull distance ``d``."""
    d = smooth_union(d, cone(p, (0.0, 1.7, 8.55), (4.2, 1.9, 6.85), 0.8, 0.65), 1.4)
    d = smooth_cut(d, ellipsoid(p, (3.2, 0.3, 9.1), (1.75, 1.1, 1.75)), 1.5)
    d = smooth_union(d, ellipsoid(p, (0.0, -6.75, 5.9), (3.3, 2.45, 3.95)), 1.8)
    d = smooth_union(d, cone(p, (0.0, 0.2, 7.4), (0.0, -3.7, 8.35), 0.95, 1.2), 1.4)
    nose = cone(p, (0.0, 0.6, 8.0), (0.0, -3.2, 9.9), 0.6, 0.7)
    nose = smooth_union(nose, ellipsoid(p, (0.0, -3.78, 10.25), (0.9, 0.78, 0.88)), 0.7)
    nose = smooth_union(nose, ellipsoid(p, (1.08, -4.08, 9.45), (0.56, 0.54, 0.8)), 0.3)
    nose = smooth_union(nose, cone(p, (0.0, -4.4, 9.2), (0.0, -4.25, 10.35), 0.36, 0.36), 0.4)
    d = smooth_union(d, nose, 0.7)
    lid = np.linalg.norm(p - np.asarray(EYE_CENTRE), axis=1) - (EYE_RADIUS + 0.17)
    d = smooth_union(d, ellipsoid(p, (1.45, -0.2, 7.3), (0.6, 0.9, 0.55)), 0.6)
    return smooth_union(d, lid, 0.85) + folds(p)


# Shallow folds: centre, standard deviations, depth in centimetres (negative is a ridge).
FOLDS = (
    ((0.0, -5.55, 9.8), (0.2, 0.5, 0.8), 0.09),
    ((0.46, -5.6, 9.8), (0.2, 0.5, 0.8), -0.05),
    ((0.0, -8.55, 9.5), (1.1, 0.3, 0.8), 0.1),
    ((2.85, -7.0, 8.6), (0.35, 0.5, 0.8), 0.05),
    ((1.85, -4.0, 9.0), (0.2, 0.45, 0.7), 0.12),
)


def folds(p: Array) -> Array:
    """Distance added by the philtrum, the folds round the mouth and the furrow behind the alae."""
    total = np.zeros(len(p))
    for centre, sigma, depth in FOLDS:
        q = (p - np.asarray(centre)) / np.asarray(sigma)
        total += depth * np.exp(-0.5 * (q * q).sum(1))
    return total


def head_distance(points: Array) -> Array:
    """Signed distance (approximate) of (N, 3) points to the skin, (N,)."""
    p = np.array(points, dtype=np.float64)
    p[:, 0] = np.abs(p[:, 0])
    return features(p, skull(p))


def gradient(points: Array, step: float = 1e-3) -> Array:
    """Central differences of :func:`head_distance`, (N, 3)."""
    n = len(points)
    offsets = np.concatenate([np.eye(3), -np.eye(3)]) * step
    values = head_distance((points[None] + offsets[:, None]).reshape(-1, 3)).reshape(6, n)
    return np.asarray(((values[:3] - values[3:]) / (2.0 * step)).T)


def projected(points: Array, steps: int = 4) -> Array:
    """``points`` moved onto the skin along the gradient (damped Newton steps)."""
    p = np.array(points, dtype=np.float64)
    for _ in range(steps):
        g = gradient(p)
        move = head_distance(p)[:, None] * g / np.maximum((g * g).sum(1, keepdims=True), 0.2)
        p -= np.clip(move, -1.0, 1.0)
    return p


def traced(starts: Array, directions: Array, reach: float = 30.0) -> Array:
    """First points of the skin met from ``starts`` (outside) along unit ``directions``; sphere tracing."""
    t = np.zeros(len(starts))
    for _ in range(90):
        t = np.minimum(t + 0.7 * head_distance(starts + t[:, None] * directions), reach)
    return np.asarray(starts + t[:, None] * directions)


def front_points(xy: Array) -> Array:
    """Skin points (N, 3) under frontal positions (N, 2), seen along -z."""
    starts = np.column_stack([xy, np.full(len(xy), 16.0)])
    return traced(starts, np.tile([0.0, 0.0, -1.0], (len(xy), 1)))
