"""A triangle mesh that can be asked for its closest point."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

Doubles = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

ACROSS = np.array([-1.0, 1.0, 1.0])
"""Left becomes right."""
_CANDIDATES = 16
"""Triangles looked at per query: those with the nearest centres."""


class Surface:
    """Points (n, 3) and triangles (t, 3), with normals; immutable."""

    def __init__(self, points: Doubles, triangles: Indices) -> None:
        self.points = points
        self.triangles = triangles
        self.triangle_normals, self.areas = _face_normals(points, triangles)
        self.normals = vertex_normals(points, triangles)
        """(n, 3) unit, weighted by area; zero at vertices without a face."""
        self._tree = cKDTree(points[triangles].mean(axis=1))

    def closest(
        self,
        queries: Doubles,
        normals: Doubles | None = None,
        sides: tuple[npt.NDArray[np.int8], npt.NDArray[np.int8]] | None = None,
        normal_cost: float = 0.0,
        candidates: int = _CANDIDATES,
    ) -> tuple[Indices, Doubles, Doubles]:
        """For each query (m, 3): triangle (m,), barycentric coordinates (m, 3) and distance (m,).

        With ``normals`` (m, 3) a triangle facing away costs ``normal_cost`` · (1 − cosine) more, a length. ``sides``
        are those (−1, 0, 1) of queries and of triangles; opposite ones never meet while another candidate is there.
        """
        count = min(candidates, len(self.triangles))
        _, near = self._tree.query(queries, k=count)
        near = np.asarray(near, dtype=np.int64).reshape(len(queries), count)
        corners = self.points[self.triangles[near]]
        bary = barycentric(np.repeat(queries[:, None], count, axis=1), corners)
        distance = np.linalg.norm(np.einsum("mkc,mkcd->mkd", bary, corners) - queries[:, None], axis=2)
        cost = distance.copy()
        if normals is not None:
            cosine = np.einsum("md,mkd->mk", normals, self.triangle_normals[near])
            cost += normal_cost * (1.0 - cosine)
        if sides is not None:
            cost[sides[0][:, None] * sides[1][near] < 0] += 1e6
        best = np.argmin(cost, axis=1)
        rows = np.arange(len(queries))
        return near[rows, best], bary[rows, best], distance[rows, best]

    def at(self, triangle: Indices, bary: Doubles, values: npt.NDArray[np.floating]) -> Doubles:
        """(m, …) interpolated per-vertex ``values`` (n, …)."""
        result: Doubles = np.einsum("mc,mc...->m...", bary, values[self.triangles[triangle]].astype(np.float64))
        return result


def triangulated(counts: Indices, indices: Indices) -> tuple[Indices, Indices]:
    """Fans of polygons: (t, 3) triangles and (t,) the face each came from."""
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    fans = np.maximum(counts - 2, 0)
    face = np.repeat(np.arange(len(counts)), fans)
    if len(face) == 0:
        return np.zeros((0, 3), np.int64), np.zeros(0, np.int64)
    step = np.arange(len(face)) - np.repeat(np.concatenate([[0], np.cumsum(fans)[:-1]]), fans)
    first = starts[face]
    triangles = np.stack([indices[first], indices[first + step + 1], indices[first + step + 2]], axis=1)
    return triangles.astype(np.int64), face


def vertex_normals(points: Doubles, triangles: Indices) -> Doubles:
    """(n, 3) unit normals, weighted by area."""
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    area = np.cross(b - a, c - a)
    total = np.zeros_like(points)
    for corner in range(3):
        np.add.at(total, triangles[:, corner], area)
    result: Doubles = total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)
    return result


def vertex_areas(points: Doubles, triangles: Indices) -> Doubles:
    """(n,) a third of the area of the triangles around."""
    _, areas = _face_normals(points, triangles)
    return np.bincount(triangles.ravel(), np.repeat(areas / 3.0, 3), minlength=len(points)).astype(np.float64)


def edges(triangles: Indices) -> Indices:
    """(e, 2) undirected edges, each once, ascending."""
    pairs = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    return np.unique(np.sort(pairs, axis=1), axis=0)


def adjacency(triangles: Indices, count: int) -> csr_matrix:
    """(n, n) ones at neighbours."""
    pairs = edges(triangles)
    ones = np.ones(len(pairs))
    half = coo_matrix((ones, (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    return csr_matrix(half + half.T)


def shells(triangles: Indices, count: int) -> tuple[int, Indices]:
    """Number of connected pieces, and (n,) the piece of each vertex."""
    number, labels = connected_components(adjacency(triangles, count), directed=False)
    return int(number), labels.astype(np.int64)


def barycentric(points: Doubles, corners: Doubles) -> Doubles:
    """(…, 3) coordinates of the closest point in triangles (…, 3 corners, 3)."""
    a, b, c = corners[..., 0, :], corners[..., 1, :], corners[..., 2, :]
    ab, ac, ap = b - a, c - a, points - a
    d00, d01, d11 = (np.einsum("...d,...d->...", x, y) for x, y in ((ab, ab), (ab, ac), (ac, ac)))
    d20, d21 = np.einsum("...d,...d->...", ap, ab), np.einsum("...d,...d->...", ap, ac)
    scale = d00 * d11 - d01 * d01
    safe = np.where(scale > 1e-20, scale, 1.0)
    v = np.where(scale > 1e-20, (d11 * d20 - d01 * d21) / safe, 0.0)
    w = np.where(scale > 1e-20, (d00 * d21 - d01 * d20) / safe, 0.0)
    inside = np.stack([1.0 - v - w, v, w], axis=-1)
    best = inside
    outside = (inside < 0.0).any(axis=-1)
    if outside.any():
        on_edges = [_on_edge(points, a, b, (0, 1)), _on_edge(points, b, c, (1, 2)), _on_edge(points, c, a, (2, 0))]
        distances = np.stack(
            [np.linalg.norm(np.einsum("...c,...cd->...d", e, corners) - points, axis=-1) for e in on_edges], axis=-1
        )
        chosen: Indices = np.asarray(np.argmin(distances, axis=-1), dtype=np.int64)
        picked: Doubles = np.take_along_axis(np.stack(on_edges, axis=-2), chosen[..., None, None], axis=-2)
        edge = picked[..., 0, :]
        best = np.where(np.asarray(outside)[..., None], edge, inside)
    result: Doubles = best
    return result


def _on_edge(points: Doubles, start: Doubles, end: Doubles, places: tuple[int, int]) -> Doubles:
    along = end - start
    length = np.maximum(np.einsum("...d,...d->...", along, along), 1e-20)
    share = np.clip(np.einsum("...d,...d->...", points - start, along) / length, 0.0, 1.0)
    result = np.zeros((*share.shape, 3))
    result[..., places[0]], result[..., places[1]] = 1.0 - share, share
    return result


def _face_normals(points: Doubles, triangles: Indices) -> tuple[Doubles, Doubles]:
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    area = np.cross(b - a, c - a)
    length = np.linalg.norm(area, axis=1)
    return area / np.maximum(length, 1e-20)[:, None], length / 2.0
