"""UVs of the face: one piece cut along the back, mapped without overlap by Tutte's embedding.

The rim (neck, and both banks of the cut from the nape to the top of the crown) is laid on the unit square; every other
vertex lies at a weighted mean of its neighbours. With positive weights and a convex rim no face turns over (Tutte, "How
to draw a graph", 1963).
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import spsolve

from maya_a2f.training.head.face import Face
from maya_a2f.training.head.forms import Array
from maya_a2f.training.head.topology import Ids

CUT_END = 5
"""Place along the crown's midline, front to back, where the cut ends."""


def cut(face: Face) -> tuple[Ids, Ids, list[int], list[int]]:
    """Open the face along the back.

    Returns, per UV vertex, the vertex it belongs to; the quads in UV vertices; and the left and the right bank of the
    cut from the neck to its end, which is the last of both.
    """
    half = face.half
    left = [int(v) for v in half.grid[-1]] + [int(v) for v in half.crown[0, -2 : CUT_END - 1 : -1]]
    copies = {v: face.count + k for k, v in enumerate(left[:-1])}
    quads = face.mirror.quads.copy()
    right_half = quads[len(quads) // 2 :]
    quads[len(quads) // 2 :] = np.vectorize(lambda v: copies.get(v, v))(right_half)
    return np.array([*range(face.count), *left[:-1]]), quads, left, [copies.get(v, v) for v in left]


def rim_places(face: Face, left: list[int], right: list[int]) -> tuple[Ids, Array]:
    """Ids and UVs of the rim on the unit square: the neck below, the cut's banks at the sides and meeting above."""
    half, twin = face.half, face.mirror.twin
    neck = [int(v) for v in half.grid[:, 0]]
    bottom = 0.5 + 0.5 * np.linspace(0.0, 1.0, len(neck))
    side = len(half.grid[-1])
    up = np.concatenate([np.linspace(0.0, 1.0, side), np.ones(len(left) - side)])
    across = np.concatenate([np.ones(side), np.linspace(1.0, 0.5, len(left) - side + 1)[1:]])
    ids = [*neck[:-1], *(int(twin[v]) for v in neck[1:-1]), *left, *right[:-1]]
    places = np.concatenate(
        [
            np.column_stack([bottom[:-1], np.zeros(len(neck) - 1)]),
            np.column_stack([1.0 - bottom[1:-1], np.zeros(len(neck) - 2)]),
            np.column_stack([across, up]),
            np.column_stack([1.0 - across[:-1], up[:-1]]),
        ]
    )
    return np.array(ids), places


def face_uvs(face: Face) -> tuple[Array, Ids]:
    """(U, 2) UVs in the unit square and (F, 4) their use by the quads; mirror-symmetric about u = 0.5."""
    owner, quads, left, right = cut(face)
    rim, places = rim_places(face, left, right)
    holes = [face.half.eye[-1], face.mirror.twin[face.half.eye[-1]]]
    # A virtual vertex closes each eye's hole, so that the face is a disc.
    spokes = [(hole, np.full(len(hole), len(owner) + k)) for k, hole in enumerate(holes)]
    a = np.concatenate([*(quads[:, k] for k in range(4)), *(hole for hole, _ in spokes)])
    b = np.concatenate([*(quads[:, (k + 1) % 4] for k in range(4)), *(hub for _, hub in spokes)])
    keep = np.unique(np.sort(np.column_stack([a, b]), axis=1), axis=0)
    solid = np.concatenate([face.points[owner], [face.points[hole].mean(0) for hole in holes]])
    # Between even spacing of the vertices and true lengths: eyes and mouth get more room than they have in space.
    length = np.maximum(np.linalg.norm(solid[keep[:, 0]] - solid[keep[:, 1]], axis=1), 0.05)
    n = len(solid)
    w = sparse.coo_matrix((length**-0.4, (keep[:, 0], keep[:, 1])), shape=(n, n))
    w = (w + w.T).tocsr()
    laplacian = (sparse.diags(np.asarray(w.sum(1)).ravel()) - w).tocsr()
    uvs = np.zeros((n, 2))
    uvs[rim] = places
    free = np.setdiff1d(np.arange(n), rim)
    uvs[free] = spsolve(laplacian[free][:, free].tocsc(), -(laplacian[free][:, rim] @ uvs[rim]))
    return uvs[: len(owner)], quads
