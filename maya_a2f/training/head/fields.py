"""Smooth fields over the face from values given on some of its vertices.

Biharmonic interpolation: minimise the integral of the squared Laplacian with the given values held (Botsch & Kobbelt,
"An intuitive framework for real-time freeform modeling", 2004), on a graph Laplacian with inverse edge lengths.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import SuperLU, splu

from maya_a2f.training.head.face import Face
from maya_a2f.training.head.forms import Array, Mask

TENSION_PER_CM2 = 0.3
"""Weight of the first-order (membrane) energy: keeps the field from overshooting beyond steep handles."""


@dataclass
class Interpolator:
    """Solves for one set of held vertices; the factorisations are kept for the next shape with the same set."""

    face: Face
    energy: sparse.csc_matrix = field(init=False)
    factors: dict[bytes, tuple[NDArray[np.intp], NDArray[np.intp], SuperLU]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        q, p = self.face.mirror.quads, self.face.points
        a = np.concatenate([q[:, k] for k in range(4)])
        b = np.concatenate([q[:, (k + 1) % 4] for k in range(4)])
        keep = np.unique(np.sort(np.column_stack([a, b]), axis=1), axis=0)
        length = np.maximum(np.linalg.norm(p[keep[:, 0]] - p[keep[:, 1]], axis=1), 0.05)
        n = len(p)
        w = sparse.coo_matrix((1.0 / length, (keep[:, 0], keep[:, 1])), shape=(n, n))
        w = (w + w.T).tocsr()
        laplacian = sparse.diags(np.asarray(w.sum(1)).ravel()) - w
        area = np.zeros(n)
        np.add.at(area, keep.ravel(), np.repeat(length * length, 2) * 0.25)
        bending = laplacian @ sparse.diags(1.0 / np.maximum(area, 1e-3)) @ laplacian
        self.energy = (bending + TENSION_PER_CM2 * laplacian).tocsc()

    def spread(self, held: Mask, values: Array) -> Array:
        """Field (V,) or (V, 3) equal to ``values`` where ``held`` (bool), smooth elsewhere."""
        key = np.packbits(held).tobytes()
        if key not in self.factors:
            free, fixed = np.flatnonzero(~held), np.flatnonzero(held)
            self.factors[key] = (free, fixed, splu(self.energy[free][:, free].tocsc()))
        free, fixed, factor = self.factors[key]
        out = np.array(values, dtype=np.float64)
        out[free] = factor.solve(-(self.energy[free][:, fixed] @ out[fixed]))
        return out


def ramp(x: Array, low: float, high: float) -> Array:
    """Smooth step from 0 at ``low`` to 1 at ``high`` (either order)."""
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t))


def bump(points: Array, centre: tuple[float, float, float], radii: tuple[float, float, float]) -> Array:
    """Gaussian of one standard deviation ``radii`` round ``centre``, (V,), cut smoothly to zero beyond 2.5."""
    d = np.sqrt((((points - np.asarray(centre)) / np.asarray(radii)) ** 2).sum(1))
    return np.asarray(np.exp(-0.5 * d * d) * ramp(d, 2.8, 1.8))


def left_share(points: Array, width: float = 0.9) -> Array:
    """1 on the left, 0 on the right, with a soft change over ``width`` on each side of the middle."""
    return np.asarray(0.5 + 0.5 * np.sin(np.clip(points[:, 0] / width, -1.0, 1.0) * np.pi / 2.0))
