"""Our face laid over theirs: a non-rigid iterative closest point.

Every round pairs our outer vertices with the closest compatible points of their surface, then moves all vertices at
once by the smoothest displacement that brings the pairs together (landmarks strongly, surface points along their
normal); the smoothness is relaxed from round to round. Method: B. Amberg, S. Romdhani, T. Vetter, "Optimal step
nonrigid ICP algorithms for surface registration", CVPR 2007; here with a Laplacian of the displacements.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import bmat, csr_matrix, diags, identity
from scipy.sparse.linalg import splu

from maya_a2f.worker.fitting.scene import Scene
from maya_a2f.worker.fitting.surface import Doubles, Indices, adjacency, vertex_normals

_SCHEDULE = ((3000.0, 1), (800.0, 1), (200.0, 1), (60.0, 2), (20.0, 2), (6.0, 2), (3.0, 2))
"""(stiffness, rounds)"""
_RINGS = 2
"""Rings of vertices around those that look for a partner: they are carried along."""
_LANDMARK_WEIGHT = 300.0
_TANGENT = 0.05
"""How much a pair holds along the surface, against along its normal."""
_FACING = 0.3
"""Least cosine between the normals of a pair."""


@dataclass(frozen=True, eq=False)
class Registered:
    """Our face in their form."""

    points: Doubles
    """(V, 3) our vertices, on their surface."""
    misfit: float
    """RMS distance of the outer vertices of the moving face from their surface, centimetres."""


def register(scene: Scene, on_round: Callable[[], None] = lambda: None) -> Registered:
    """Lay our face over theirs. ``on_round`` is called before every round and may raise to stop."""
    source, target = scene.source, scene.target
    marks = np.array([source.landmarks[name] for name in scene.landmarks], dtype=np.int64)
    places = scene.points[list(scene.landmarks.values())]
    bending = _bending(source.triangles, len(source.points))
    laid = source.points + _smooth_to_landmarks(bending, marks, places - source.points[marks], len(source.points))
    part = _Part.of(scene, marks)
    edge = _edge_length(part.rest, part.triangles)
    reach = 0.25 * float(np.linalg.norm(np.ptp(part.rest[part.seekers], axis=0)))
    bending = _bending(part.triangles, len(part.rest))
    points = laid[part.kept]
    sides = None if scene.sides is None else scene.sides.own[part.kept[part.seekers]]
    for level, (stiffness, rounds) in enumerate(_SCHEDULE):
        limit = max(reach * 0.4**level, 4.0 * edge)
        for _ in range(rounds):
            on_round()
            normals = vertex_normals(points, part.triangles)[part.seekers]
            own = None if scene.sides is None or sides is None else (sides, scene.sides.their_triangles)
            triangle, bary, distance = target.closest(points[part.seekers], normals, own, normal_cost=0.5 * edge)
            spot = target.at(triangle, bary, target.points)
            normal = target.triangle_normals[triangle]
            cosine = np.einsum("md,md->m", normals, normal)
            weight = np.where((cosine > _FACING) & (distance < limit), np.clip(cosine, 0.0, 1.0), 0.0)
            weight /= 1.0 + (distance / limit) ** 2
            points = part.rest + _solved(part, stiffness * bending, spot, normal, weight, places)
    laid[part.kept] = points
    _, _, distance = target.closest(points[part.seekers])
    return Registered(laid, float(np.sqrt((distance**2).mean())))


@dataclass(frozen=True, eq=False)
class _Part:
    """Our face as far as pairs can bend it."""

    kept: Indices
    """(k,) vertices of the whole."""
    rest: Doubles
    triangles: Indices
    seekers: Indices
    """Which of the kept ones look for a partner."""
    marks: Indices
    """The landmarks among the kept ones."""

    @classmethod
    def of(cls, scene: Scene, marks: Indices) -> _Part:
        source = scene.source
        kept = scene.moving.copy()
        kept[marks] = True
        neighbours = adjacency(source.triangles, len(kept))
        for _ in range(_RINGS):
            kept |= neighbours @ kept.astype(np.float64) > 0
        ids = np.flatnonzero(kept)
        place = np.full(len(kept), -1, np.int64)
        place[ids] = np.arange(len(ids))
        triangles = place[source.triangles[kept[source.triangles].all(axis=1)]]
        return cls(ids, source.points[ids], triangles, place[np.flatnonzero(scene.moving)], place[marks])


def _bending(triangles: Indices, count: int) -> csr_matrix:
    laplacian = _laplacian(triangles, count)
    return csr_matrix(laplacian.T @ laplacian)


def _laplacian(triangles: Indices, count: int) -> csr_matrix:
    neighbours = adjacency(triangles, count)
    degree = np.maximum(np.asarray(neighbours.sum(axis=1)).ravel(), 1.0)
    return csr_matrix(identity(count) - diags(1.0 / degree) @ neighbours)


def _edge_length(points: Doubles, triangles: Indices) -> float:
    return float(np.median(np.linalg.norm(points[triangles[:, 0]] - points[triangles[:, 1]], axis=1)))


def _smooth_to_landmarks(bending: csr_matrix, marks: Indices, goals: Doubles, count: int) -> Doubles:
    weight = np.zeros(count)
    weight[marks] = _LANDMARK_WEIGHT
    right = np.zeros((count, 3))
    right[marks] = _LANDMARK_WEIGHT * goals
    system = _SCHEDULE[0][0] * bending + diags(weight + 1e-6)
    result: Doubles = splu(system.tocsc()).solve(right)
    return result


def _solved(
    part: _Part, smooth: csr_matrix, spots: Doubles, normals: Doubles, weight: Doubles, places: Doubles
) -> Doubles:
    """The (k, 3) displacement; x, y and z are coupled by the normals of the pairs."""
    count = len(part.rest)
    # Σ w (n nᵀ + tangent · I) per pair
    pull = weight[:, None, None] * ((1.0 - _TANGENT) * normals[:, :, None] * normals[:, None, :] + _TANGENT * np.eye(3))
    right = np.zeros((count, 3))
    right[part.seekers] = np.einsum("mij,mj->mi", pull, spots - part.rest[part.seekers])
    np.add.at(right, part.marks, _LANDMARK_WEIGHT * (places - part.rest[part.marks]))
    diagonal = np.zeros((3, 3, count))
    diagonal[:, :, part.seekers] = pull.transpose(1, 2, 0)
    for axis in range(3):
        np.add.at(diagonal[axis, axis], part.marks, _LANDMARK_WEIGHT)
        diagonal[axis, axis] += 1e-6
    blocks = [
        [diags(diagonal[row, column]) + (smooth if row == column else 0) for column in range(3)] for row in range(3)
    ]
    # x, y and z of one vertex side by side, so that the factorisation fills little
    order = np.arange(3 * count).reshape(3, count).T.ravel()
    system = csr_matrix(bmat(blocks))[order][:, order].tocsc()
    solved = splu(system, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}).solve(right.ravel())
    result: Doubles = solved.reshape(count, 3)
    return result
