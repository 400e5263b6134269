"""What of their mesh has no counterpart on ours and still moves: the mouth's inside, teeth and gums, the throat.

Lips alone cannot tell a jaw that opens from lips that are pushed forward; what lies behind them can. So the fit asks
something of these vertices too: on the skin, that the motion around them fades out smoothly (and that of the jaw goes
on); of what is not joined to the skin, that it goes with the jaw and with nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix, diags
from scipy.sparse.linalg import SuperLU, splu

from maya_a2f.worker.fitting.correspondence import Correspondence
from maya_a2f.worker.fitting.identify import Match
from maya_a2f.worker.fitting.scene import Scene
from maya_a2f.worker.fitting.surface import Bools, Doubles, Indices, edges

_MOVED_CM = 0.1
_MOST = 8000
"""More vertices than these are thinned out evenly."""
_SURE = 0.5
_FADE_CM = 1.8
"""Motion of the lips fades to 1/e in so much surface: what tells most of our own mouth's inside from its outside."""


def unseen_vertices(scene: Scene, found: Correspondence, same: Sequence[Match]) -> Indices:
    """(u,) vertices without a counterpart that some control moves: of the skin, and of what the jaw carries, where a
    control is known to be the opening of the jaw."""
    moved = np.zeros(len(scene.points), np.bool_)
    for field in scene.fields:
        moved |= np.linalg.norm(field, axis=1) > _MOVED_CM
    wanted = _of_skin(scene)
    jaw = scene.source.shapes.index("jawOpen") if "jawOpen" in scene.source.shapes else -1
    for match in same:
        if match.shapes == (jaw,) and match.trust > _SURE:
            opened = scene.fields[list(match.fields)].sum(axis=0)
            wanted |= np.linalg.norm(opened, axis=1) > _MOVED_CM
    wanted &= moved
    wanted[found.vertices] = False
    vertices = np.flatnonzero(wanted).astype(np.int64)
    if len(vertices) > _MOST:
        vertices = vertices[np.linspace(0, len(vertices) - 1, _MOST).astype(np.int64)]
    return vertices


def continued(scene: Scene, found: Correspondence, carried: Doubles, vertices: Indices) -> Doubles:
    """(S, u, 3) the motion (S, m, 3) of the vertices with a counterpart, continued to ``vertices``."""
    result = np.zeros((len(carried), len(vertices), 3))
    skin = _of_skin(scene)
    fixed = np.zeros(len(skin), np.bool_)
    fixed[scene.welded[found.vertices]] = True
    free = np.unique(scene.welded[skin & ~fixed[scene.welded]])
    on_skin = skin[vertices]
    place = np.full(len(skin), -1, np.int64)
    place[free] = np.arange(len(free))
    own = place[scene.welded[vertices]]
    inside = np.flatnonzero(on_skin & (own >= 0))
    if len(inside):
        laplacian, length = _laplacian(scene)
        pull = -laplacian[free][:, scene.welded[found.vertices]]
        block = laplacian[free][:, free]
        goes_on, fades = (_factorised(block + diags(hold)) for hold in (0.0 * length[free], length[free] / _FADE_CM**2))
        for name, row, motion in zip(scene.source.shapes, result, carried, strict=True):
            solver = goes_on if name.startswith("jaw") else fades
            row[inside] = solver.solve(pull @ motion)[own[inside]]
    _follow_the_jaw(scene, found, carried, result, ~on_skin)
    return result


def _follow_the_jaw(scene: Scene, found: Correspondence, carried: Doubles, result: Doubles, apart: Bools) -> None:
    """What is not joined to the skin goes as far as the lower jaw does with shapes of the jaw."""
    shapes = scene.source.shapes
    if "jawOpen" not in shapes or not apart.any():
        return
    share = found.weight * (carried[shapes.index("jawOpen")] ** 2).sum(axis=1)
    for at, name in enumerate(shapes):
        if name.startswith("jaw"):
            result[at, apart] = share @ carried[at] / max(float(share.sum()), 1e-12)


def _of_skin(scene: Scene) -> Bools:
    skin = np.zeros(len(scene.points), np.bool_)
    skin[scene.target.triangles.ravel()] = True
    return skin


def _factorised(matrix: csr_matrix) -> SuperLU:
    return splu(matrix.tocsc(), permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})


def _laplacian(scene: Scene) -> tuple[csr_matrix, Doubles]:
    """(n, n) over welded vertices, near neighbours holding more; and (n,) the mean length of a vertex's edges."""
    pairs = edges(scene.welded[scene.target.triangles])
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    length = np.linalg.norm(scene.points[pairs[:, 0]] - scene.points[pairs[:, 1]], axis=1)
    hold = 1.0 / np.maximum(length, 1e-3)
    count = len(scene.points)
    half = coo_matrix((hold, (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    both = csr_matrix(half + half.T)
    ends = pairs.T.ravel()
    mean = np.bincount(ends, np.tile(length, 2), minlength=count) / np.maximum(np.bincount(ends, minlength=count), 1)
    return csr_matrix(diags(np.asarray(both.sum(axis=1)).ravel() + 1e-9) - both), mean
