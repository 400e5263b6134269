"""Soft shadows that cost nothing per frame: how much sky and key light reach each vertex, baked once.

For many directions the head is drawn as splats into a coarse depth grid along that direction; a vertex behind the
nearest splat of its cell is in shadow. Averaged over the sphere (cosine-weighted) this is ambient occlusion; over a
narrow cone around the key light it is the key's soft shadow. A finer term from the mesh's curvature darkens creases
that the grid is too coarse for.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from maya_a2f.preview.arrays import FloatArray, IntArray, least, normalised

_SKY_DIRECTIONS = 72
_KEY_DIRECTIONS = 20
_KEY_CONE = 0.22
_CREASE_STRENGTH = 1.6


def bake_sky_light(points: FloatArray, normals: FloatArray, quads: IntArray) -> FloatArray:
    """(V,) 0…1: the cosine-weighted share of the sphere of directions that a vertex sees."""
    splats, cell = _splats(points, quads), _cell_size(points, quads)
    total = np.zeros(len(points), np.float32)
    weights = np.full(len(points), 1e-6, np.float32)
    for direction in fibonacci_directions(_SKY_DIRECTIONS):
        facing = np.maximum(normals @ direction, 0)
        total += facing * _visible(points, splats, direction, cell)
        weights += facing
    open_share = total / weights
    return _smoothed(np.asarray(open_share * _creases(points, normals, quads), np.float32), quads)


def bake_key_light(points: FloatArray, normals: FloatArray, quads: IntArray, toward_key: FloatArray) -> FloatArray:
    """(V,) 0…1: the share of the key light, a disc seen in the direction ``toward_key``, that a vertex sees."""
    splats, cell = _splats(points, quads), _cell_size(points, quads)
    total = np.zeros(len(points), np.float32)
    lifted = points + normals * np.float32(cell)
    for offset in fibonacci_directions(_KEY_DIRECTIONS):
        direction = normalised(toward_key + np.float32(_KEY_CONE) * offset)
        total += _visible(lifted, splats, direction, cell)
    return _smoothed(total / np.float32(_KEY_DIRECTIONS), quads, times=4)


def fibonacci_directions(count: int) -> FloatArray:
    """(count, 3) unit vectors spread evenly over the sphere, along a golden-angle spiral."""
    turn = np.pi * (3.0 - np.sqrt(5.0)) * np.arange(count)
    height = 1.0 - (2.0 * np.arange(count) + 1.0) / count
    radius = np.sqrt(1.0 - height**2)
    return np.stack([radius * np.cos(turn), height, radius * np.sin(turn)], 1).astype(np.float32)


def _visible(points: FloatArray, splats: FloatArray, direction: FloatArray, cell: float) -> FloatArray:
    up = (0.0, 1.0, 0.0) if abs(direction[1]) < 0.9 else (1.0, 0.0, 0.0)
    across = normalised(np.cross(direction, up).astype(np.float32))
    plane = np.stack([across, np.cross(direction, across)], 1).astype(np.float32)
    flat = splats @ plane
    low = least(flat) - 2 * cell
    splat_cells = ((flat - low) / cell).astype(np.int32)
    width, height = splat_cells[:, 0].max() + 3, splat_cells[:, 1].max() + 3
    nearest = np.full(int(width * height), -1e9, np.float32)
    np.maximum.at(nearest, splat_cells[:, 0] * height + splat_cells[:, 1], splats @ direction)
    place = np.clip((points @ plane - low) / cell, 0, np.array([width - 1, height - 1], np.float32))
    cells = place.astype(np.int32)
    depth = nearest[cells[:, 0] * height + cells[:, 1]] - points @ direction
    return np.asarray(np.clip(1.0 - (depth / np.float32(cell) - 1.2) / 1.5, 0.0, 1.0), np.float32)


def _splats(points: FloatArray, quads: IntArray) -> FloatArray:
    return np.concatenate([points, points[quads].mean(1, dtype=np.float32)])


def _cell_size(points: FloatArray, quads: IntArray) -> float:
    edges = np.linalg.norm(points[quads[:, 1]] - points[quads[:, 0]], axis=1)
    return max(1.3 * float(np.percentile(edges, 75)), 1e-3)


def _creases(points: FloatArray, normals: FloatArray, quads: IntArray) -> FloatArray:
    """Below 1 where the neighbours of a vertex lie in front of its tangent plane."""
    mean = neighbour_mean(quads, len(points))
    around = mean @ points - points
    size = np.sqrt((around**2).sum(1)) + np.float32(0.05)
    hollow = np.maximum(np.einsum("vi,vi->v", around, normals), 0) / size
    return np.asarray(1.0 / (1.0 + _CREASE_STRENGTH * hollow * np.minimum(size / 0.08, 1.0)), np.float32)


def _smoothed(values: FloatArray, quads: IntArray, times: int = 1) -> FloatArray:
    mean = neighbour_mean(quads, len(values))
    for _ in range(times):
        values = np.asarray(0.5 * values + 0.5 * (mean @ values), np.float32)
    return values


def neighbour_mean(quads: IntArray, vertex_count: int) -> csr_matrix:
    """(V, V) matrix that averages the vertices joined to each vertex by an edge; itself where there is none."""
    starts = quads.ravel()
    ends = np.roll(quads, -1, axis=1).ravel()
    lone = np.setdiff1d(np.arange(vertex_count), quads)
    rows: NDArray[np.intp] = np.concatenate([starts, ends, lone]).astype(np.intp)
    columns: NDArray[np.intp] = np.concatenate([ends, starts, lone]).astype(np.intp)
    kept = (rows != columns) | np.isin(rows, lone)
    rows, columns = rows[kept], columns[kept]
    matrix = csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=(vertex_count, vertex_count))
    matrix.data[:] = 1.0
    scale = 1.0 / np.maximum(np.asarray(matrix.sum(1)).ravel(), 1e-9)
    return csr_matrix(matrix.multiply(scale[:, None]).astype(np.float32))
