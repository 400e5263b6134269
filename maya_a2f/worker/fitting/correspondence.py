"""For each vertex of their face: where it lies on ours, and how our motion turns there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maya_a2f.errors import UserError
from maya_a2f.worker.fitting.registration import Registered
from maya_a2f.worker.fitting.scene import Scene
from maya_a2f.worker.fitting.source_face import SourceFace
from maya_a2f.worker.fitting.surface import Doubles, Indices, Surface, adjacency, vertex_areas, vertex_normals

_REACH_SHARE = 0.02
"""Of our face's height: a vertex further from the laid-over face has no counterpart."""
_FACING = 0.2
_FEWEST = 30
"""Vertices with a counterpart."""
_STRETCH = (0.5, 2.0)
"""Local scale of motion, against that of the whole face."""
_SMOOTHING_ROUNDS = 6


@dataclass(frozen=True, eq=False)
class Correspondence:
    """Vertices of the rig that have a counterpart."""

    vertices: Indices
    """(m,) of the rig's mesh."""
    corners: Indices
    """(m, 3) our vertices around the counterpart."""
    bary: Doubles
    """(m, 3) and their shares."""
    turn: Doubles
    """(m, 3, 3) takes our offsets there to theirs, in our space."""
    weight: Doubles
    """(m,) area times trust, 1 on average."""
    trust: Doubles
    """(m,) 0…1: how near the two surfaces lie, facing the same way."""
    region: Indices
    """(m,) index into REGIONS, −1 where ours is still."""

    def carried(self, deltas: npt.NDArray[np.floating]) -> Doubles:
        """(S, V, 3) offsets of ours -> (S, m, 3) of theirs, in our space."""
        result = np.empty((len(deltas), len(self.vertices), 3))
        for row, delta in zip(result, deltas, strict=True):
            there = np.einsum("mc,mcd->md", self.bary, delta[self.corners].astype(np.float64))
            row[:] = np.einsum("mij,mj->mi", self.turn, there)
        return result


def correspond(scene: Scene, registered: Registered) -> Correspondence:
    """Raises :class:`UserError` ``fit.no_overlap`` where hardly a vertex has a counterpart."""
    source, target, moving = scene.source, scene.target, scene.moving
    kept = moving[source.triangles].all(axis=1)
    outer = source.triangles[kept]
    laid = Surface(registered.points, outer)
    reach = _REACH_SHARE * float(np.ptp(source.points[moving][:, 1]))
    used = np.unique(target.triangles)
    low, high = registered.points[moving].min(axis=0) - reach, registered.points[moving].max(axis=0) + reach
    used = used[((target.points[used] >= low) & (target.points[used] <= high)).all(axis=1)]
    own = None if scene.sides is None else (scene.sides.their[used], scene.sides.own_triangles[kept])
    normals = target.normals[used]
    triangle, bary, distance = laid.closest(target.points[used], normals, own, normal_cost=reach)
    cosine = np.einsum("md,md->m", normals, laid.triangle_normals[triangle])
    found = (distance < 2.5 * reach) & (cosine > _FACING)
    if own is not None:
        found &= own[0] * own[1][triangle] >= 0
    trust = np.exp(-((distance / reach) ** 2)) * np.clip(cosine, 0.0, 1.0)
    area = vertex_areas(target.points, target.triangles)[used]
    if int(found.sum()) < _FEWEST:
        raise UserError(
            f"Our face and '{scene.rig.name}' could not be laid over each other.",
            code="fit.no_overlap",
            hint="Check the landmarks, and that the mesh is the face's skin.",
        )
    used, triangle, bary = used[found], triangle[found], bary[found]
    trust, weight = trust[found], (trust * area)[found]
    corners = outer[triangle]
    gradients = _gradients(source, registered.points)
    turn = np.einsum("mc,mcij->mij", bary, gradients[corners])
    region = source.region[corners[np.arange(len(corners)), np.argmax(bary, axis=1)]]
    return Correspondence(used, corners, bary, turn, weight / max(float(weight.mean()), 1e-12), trust, region)


def _gradients(source: SourceFace, laid: Doubles) -> Doubles:
    """(V, 3, 3) local rotation times local scale of the way from our form to theirs, smoothed over the surface."""
    rest = source.points
    neighbours = adjacency(source.triangles, len(rest))
    rows = np.repeat(np.arange(len(rest)), np.diff(neighbours.indptr))
    before, after = rest[neighbours.indices] - rest[rows], laid[neighbours.indices] - laid[rows]
    normal, new_normal = vertex_normals(rest, source.triangles), vertex_normals(laid, source.triangles)
    square, cross = np.zeros((len(rest), 3, 3)), np.zeros((len(rest), 3, 3))
    np.add.at(square, rows, before[:, :, None] * before[:, None, :])
    np.add.at(cross, rows, after[:, :, None] * before[:, None, :])
    length = np.trace(square, axis1=1, axis2=2) / 2.0
    grown = np.sqrt(np.maximum(_summed(rows, after, len(rest)), 1e-12) / np.maximum(2 * length, 1e-12))
    square += length[:, None, None] * normal[:, :, None] * normal[:, None, :]
    cross += (length * grown)[:, None, None] * new_normal[:, :, None] * normal[:, None, :]
    # The rotation nearest to the cross product: which way the neighbourhood turned (Kabsch).
    u, _, vt = np.linalg.svd(cross)
    sign = np.sign(np.linalg.det(u) * np.linalg.det(vt))
    u[:, :, 2] *= np.where(sign == 0, 1.0, sign)[:, None]
    turned = (u @ vt) * np.clip(grown, *_STRETCH)[:, None, None]
    degree = np.maximum(np.asarray(neighbours.sum(axis=1)).ravel(), 1.0)
    flat = turned.reshape(len(rest), 9)
    for _ in range(_SMOOTHING_ROUNDS):
        flat = 0.5 * flat + 0.5 * (neighbours @ flat) / degree[:, None]
    result: Doubles = flat.reshape(len(rest), 3, 3)
    return result


def _summed(rows: Indices, vectors: Doubles, count: int) -> Doubles:
    return np.bincount(rows, (vectors**2).sum(axis=1), minlength=count).astype(np.float64)
