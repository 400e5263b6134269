"""Our face laid over theirs: a non-rigid iterative closest point.

Every round pairs our outer vertices with the closest compatible points of their surface, then moves all vertices at
once by the smoothest displacement that brings the pairs together (landmarks strongly, surface points along their
normal); the smoothness is relaxed from round to round. Method: B. Amberg, S. Romdhani, T. Vetter, "Optimal step
nonrigid ICP algorithms for surface registration", CVPR 2007; here with a Laplacian of the displacements.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import block_diag, bmat, csr_matrix, diags, identity
from scipy.sparse.linalg import splu

from maya_a2f.worker.fitting.source_face import SourceFace
from maya_a2f.worker.fitting.surface import Bools, Doubles, Indices, Surface, adjacency, vertex_normals

Sides = npt.NDArray[np.int8]

_STIFFNESS = (3000.0, 1000.0, 300.0, 100.0, 40.0, 15.0, 6.0, 3.0)
_ROUNDS = 2
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


def register(
    source: SourceFace,
    target: Surface,
    landmarks: list[tuple[int, Doubles]],
    sides: tuple[Sides, Sides] | None,
    moving: Bools,
) -> Registered:
    """Lay ``source`` over ``target`` (already aligned).

    ``landmarks``: (our vertex, place on theirs); ``sides``: of our vertices and of their triangles, upper lip −1, lower
    1; ``moving`` (V,): our vertices that pairs are sought for.
    """
    rest = source.points
    count = len(rest)
    laplacian = _laplacian(source.triangles, count)
    bending = (laplacian.T @ laplacian).tocsr()
    edge = _edge_length(rest, source.triangles)
    reach = 0.25 * float(np.linalg.norm(np.ptp(rest[moving], axis=0)))
    seekers = np.flatnonzero(moving)
    displaced = np.zeros_like(rest)
    marks = np.array([vertex for vertex, _ in landmarks], dtype=np.int64)
    places = np.array([place for _, place in landmarks]).reshape(-1, 3)
    displaced = _smooth_to_landmarks(bending, marks, places - rest[marks], count)
    for level, stiffness in enumerate(_STIFFNESS):
        limit = max(reach * 0.5**level, 4.0 * edge)
        for _ in range(_ROUNDS):
            points = rest + displaced
            normals = vertex_normals(points, source.triangles)[seekers]
            own_sides = None if sides is None else (sides[0][seekers], sides[1])
            triangle, bary, distance = target.closest(points[seekers], normals, own_sides, normal_cost=0.5 * edge)
            spot = target.at(triangle, bary, target.points)
            normal = target.triangle_normals[triangle]
            cosine = np.einsum("md,md->m", normals, normal)
            weight = np.where((cosine > _FACING) & (distance < limit), np.clip(cosine, 0.0, 1.0), 0.0)
            weight /= 1.0 + (distance / limit) ** 2
            displaced = _solved(
                bending, stiffness, seekers, spot - rest[seekers], normal, weight, marks, places - rest[marks], count
            )
    points = rest + displaced
    triangle, bary, distance = target.closest(points[seekers])
    return Registered(points, float(np.sqrt((distance**2).mean())))


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
    system = _STIFFNESS[0] * bending + diags(weight + 1e-6)
    result: Doubles = splu(system.tocsc()).solve(right)
    return result


def _solved(
    bending: csr_matrix,
    stiffness: float,
    seekers: Indices,
    goals: Doubles,
    normals: Doubles,
    weight: Doubles,
    marks: Indices,
    mark_goals: Doubles,
    count: int,
) -> Doubles:
    """The (V, 3) displacement; x, y and z are coupled by the normals of the pairs."""
    # Σ w (n nᵀ + tangent · I) per pair, as nine diagonals
    matrix = weight[:, None, None] * (
        (1.0 - _TANGENT) * normals[:, :, None] * normals[:, None, :] + _TANGENT * np.eye(3)
    )
    right = np.zeros((count, 3))
    right[seekers] = np.einsum("mij,mj->mi", matrix, goals)
    np.add.at(right, marks, _LANDMARK_WEIGHT * mark_goals)
    blocks: list[list[csr_matrix]] = []
    for row in range(3):
        line = []
        for column in range(3):
            diagonal = np.zeros(count)
            diagonal[seekers] = matrix[:, row, column]
            if row == column:
                np.add.at(diagonal, marks, _LANDMARK_WEIGHT)
                diagonal += 1e-6
            line.append(csr_matrix(diags(diagonal)))
        blocks.append(line)
    smooth = block_diag([stiffness * bending] * 3)
    system = (bmat(blocks) + smooth).tocsc()
    solution = splu(system, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}).solve(right.T.ravel())
    result: Doubles = solution.reshape(3, count).T
    return result
