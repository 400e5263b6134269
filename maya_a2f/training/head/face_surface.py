"""Positions of the half face: features pinned on the form, the rest of the grid relaxed along it."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.interpolate import CubicSpline

from maya_a2f.training.head import ears, eyes, mouth, nose
from maya_a2f.training.head.forms import Array, Mask, gradient, head_distance, projected
from maya_a2f.training.head.proportions import NECK_BOTTOM_Y
from maya_a2f.training.head.topology import COLUMNS, CROWN_COLUMNS, ROWS, HalfFace, Ids

FRONT_ROWS = (0, 3, 4.5, 8, 9, 10, 11, 12, 13, 21, 29, 35, 43)
FRONT_HEIGHTS = (-17.0, -13.6, -12.4, -11.7, -11.25, -10.75, -10.25, -9.8, -9.3, -5.45, -1.9, 1.8, 9.4)
BACK_ROWS = (0, 4, 13, 35, 43)
BACK_HEIGHTS = (-17.0, -13.5, -8.5, 2.5, 7.6)
ANGLE_COLUMNS = (0, 5, 8, 13, 18, 22, 30)
ANGLES = (0.0, 14.0, 29.0, 52.0, 82.0, 112.0, 180.0)

RELAXATION_STEPS = 240
JAW_LINE_ROW, JAW_LINE_COLUMNS = 9, 9
# The lower edge of the mandible from under the chin towards its angle, before projection.
JAW_LINE = ((0.0, -11.3, 8.0), (1.5, -11.0, 7.3), (2.9, -10.1, 5.4))


def jaw_line() -> Array:
    """(JAW_LINE_COLUMNS, 3) evenly spaced points of a grid row that follows the edge of the mandible."""
    knots = np.array(JAW_LINE)
    run = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=1))])
    return projected(CubicSpline(run, knots)(np.linspace(0.0, run[-1], JAW_LINE_COLUMNS)), 6)


def neighbour_average(half: HalfFace) -> sparse.csr_matrix:
    """Row-normalised adjacency of the half face along its edges."""
    q = half.quads
    a = np.concatenate([q[:, k] for k in range(4)])
    b = np.concatenate([q[:, (k + 1) % 4] for k in range(4)])
    m = sparse.coo_matrix((np.ones(2 * len(a)), (np.r_[a, b], np.r_[b, a])), shape=(half.count, half.count)).tocsr()
    m.data[:] = 1.0
    return sparse.csr_matrix(sparse.diags(1.0 / np.asarray(m.sum(1)).ravel()) @ m)


def guessed(half: HalfFace) -> Array:
    """Rough positions (count, 3) of grid and crown on a cylinder, projected onto the form."""
    points = np.zeros((half.count, 3))
    c, r = np.meshgrid(np.arange(COLUMNS + 1), np.arange(ROWS + 1), indexing="ij")
    theta = np.radians(np.interp(c, ANGLE_COLUMNS, ANGLES))
    front = np.interp(r, FRONT_ROWS, FRONT_HEIGHTS)
    back = np.interp(r, BACK_ROWS, BACK_HEIGHTS)
    w = 0.5 - 0.5 * np.cos(theta)
    y = front + w * (back - front)
    radius = np.interp(y, (-17, -12.5, -11.5, 0, 6, 9.5), (5, 5, 7.5, 8, 7.5, 4.5))
    place = np.stack([radius * np.sin(theta), y, radius * np.cos(theta) * 1.1 - 0.5], axis=-1)
    ok = half.grid >= 0
    points[half.grid[ok]] = place[ok]
    a, b = np.meshgrid(np.arange(CROWN_COLUMNS + 1), np.arange(half.crown.shape[1]), indexing="ij")
    along = b / (half.crown.shape[1] - 1)
    inner = np.stack([4.2 * a / CROWN_COLUMNS, 11.0 + 0 * along, 5.0 - 11.0 * along], axis=-1)
    mask = np.zeros(half.count, dtype=bool)
    mask[half.grid[ok]] = True
    new = ~mask[half.crown]
    points[half.crown[new]] = inner[new]
    used = np.unique(np.concatenate([half.grid[ok], half.crown.ravel()]))
    points[used] = projected(points[used], 8)
    return points


def half_points(half: HalfFace) -> Array:
    """(count, 3): the finished half face at rest."""
    points = guessed(half)
    pinned = np.zeros(half.count, dtype=bool)

    def pin(ids: Ids, places: Array) -> None:
        points[ids] = places
        pinned[ids] = True

    rows, places = nose.nose_points()
    for row, line in zip(rows.astype(int), places, strict=True):
        for column in range(nose.NOSE_COLUMNS):
            vertex = half.grid[column, row]
            if vertex >= 0 and not (column >= 5 and row >= 29):
                points[vertex] = projected(line[column][None], 6)
                pinned[vertex] = 22 <= row <= 26 or column == 0 or (row == 21 and column <= 5)
    pin(half.nostril[0], projected(np.array(nose.NOSTRIL_RIM), 2))
    pin(half.grid[:JAW_LINE_COLUMNS, JAW_LINE_ROW], jaw_line())
    lips, lids = mouth.lip_rings(), eyes.lid_rings()
    pin(half.mouth, lips)
    pin(half.eye, lids)
    ear, skull = ears.ear_rings()
    pin(half.ear[1:], ear)
    points[half.ear[0]] = skull
    _relax(half, points, pinned)
    _soften(half, points, _under_the_nose(half), 4)
    _close(half, points, half.throat)
    _close(half, points, half.concha)
    _nostril(half, points)
    points[half.midline, 0] = 0.0
    return points


def _relax(half: HalfFace, points: Array, pinned: Mask) -> None:
    """Even out the free vertices of grid and crown along the form, in place."""
    used = np.unique(np.concatenate([half.grid[half.grid >= 0], half.crown.ravel()]))
    free = used[~pinned[used]]
    bottom = set(half.grid[:, 0].tolist())
    is_bottom = np.array([v in bottom for v in free])
    is_middle = np.isin(free, half.midline)
    average = neighbour_average(half)[free]
    for step in range(RELAXATION_STEPS):
        target = np.asarray(average @ points)
        target[is_middle, 0] = 0.0
        target[is_bottom, 1] = NECK_BOTTOM_Y
        moved = points[free] + 0.6 * (target - points[free])
        points[free] = projected(moved, 1 if step < RELAXATION_STEPS - 5 else 4)
        points[free[is_middle], 0] = 0.0
        points[free[is_bottom], 1] = NECK_BOTTOM_Y
    for _ in range(6):
        edge = points[free[is_bottom]]
        slope = gradient(edge) * np.array([1.0, 0.0, 1.0])
        points[free[is_bottom]] = edge - head_distance(edge)[:, None] * slope / (slope**2).sum(1, keepdims=True)
        points[free[is_bottom & is_middle], 0] = 0.0


def _under_the_nose(half: HalfFace) -> Ids:
    """Vertices of the upper lip's skin, where long cells would show the form's creases as rays."""
    return np.concatenate([half.mouth[0, 2:10], half.mouth[1, 1:10], half.mouth[2, 1:10]])


def _soften(half: HalfFace, points: Array, ids: Ids, rounds: int) -> None:
    """Laplacian smoothing of some vertices off the midline, in place."""
    average = neighbour_average(half)[ids]
    for _ in range(rounds):
        points[ids] += 0.5 * (np.asarray(average @ points) - points[ids])


def _close(half: HalfFace, points: Array, cap: Ids) -> None:
    """Fill a cap's inner vertices by bilinear blending of its rim, in place."""
    a, b = cap.shape[0] - 1, cap.shape[1] - 1
    rim = points[cap]
    open_side = bool(np.isin(cap[0], half.midline).all())
    for i in range(a + 1):
        for j in range(b + 1):
            if j in (0, b) or i == a or (i == 0 and not open_side):
                continue
            u, v = i / a, j / b
            across = (1 - v) * rim[i, 0] + v * rim[i, b]
            if open_side:
                points[cap[i, j]] = 0.5 * across + 0.5 * ((1 - v) * rim[i, 0] + v * rim[i, b])
            else:
                points[cap[i, j]] = 0.5 * across + 0.5 * ((1 - u) * rim[0, j] + u * rim[a, j])


def _nostril(half: HalfFace, points: Array) -> None:
    """Sink the nostril rings into the nose, in place."""
    rim = points[half.nostril[0]]
    centre = rim.mean(0)
    inward = np.array([-0.1, 0.85, -0.25])
    points[half.nostril[1]] = centre + 0.72 * (rim - centre) + 0.1 * inward
    points[half.nostril[2]] = centre + 0.5 * (rim - centre) + 0.55 * inward
    points[half.nostril_centre] = centre + 0.75 * inward
