"""Triangles to pixels in numpy: all triangles of a frame at once, row by row, with a depth buffer.

Every triangle is cut into the pixel rows it covers; a row of a triangle is a run of pixels between two edges. Runs are
laid end to end as fragments and written into the depth buffer with one maximum: the key is the depth in the high bits
and the triangle in the low ones, so that the nearest triangle of every pixel is left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maya_a2f.preview.arrays import FloatArray, IntArray

_TRIANGLE_BITS = 24
_DEPTH_STEPS = float(2**38)


@dataclass(frozen=True)
class Coverage:
    """The P pixels that any triangle covers, and what covers them."""

    pixel: NDArray[np.int64]
    """(P,) index into the picture: row · width + column."""
    triangle: NDArray[np.int64]
    """(P,) the nearest triangle there."""
    share: FloatArray
    """(P, 3) how much each of its corners counts; adds up to 1."""
    nearness: FloatArray
    """(P,) 1 / distance."""


def rasterize(places: FloatArray, triangles: IntArray, size: tuple[int, int], *, two_sided_from: int) -> Coverage:
    """Which triangle is seen at which pixel centre.

    ``places`` (R, 3): x and y in pixels (y down) and 1 / distance. Triangles wound clockwise in the picture look away
    and are left out, except from ``two_sided_from`` on. Corners count linearly in the picture, which is right for small
    triangles.
    """
    width, height = size
    corners = places[triangles].astype(np.float64)
    (x0, y0), (x1, y1), (x2, y2) = (corners[:, corner, :2].T for corner in range(3))
    area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
    two_sided = np.arange(len(triangles)) >= two_sided_from
    # With y down, counter-clockwise in the world is a negative area here.
    seen = np.flatnonzero((area < -1e-9) | (two_sided & (area > 1e-9)))
    corners, area = corners[seen], area[seen]
    run_triangle, run_row, run_start, run_length = _runs(corners, width, height)

    fragment_count = int(run_length.sum())
    first = np.cumsum(run_length) - run_length
    slope_x, slope_y, base = _plane(corners, area, corners[:, :, 2])
    run_depth = slope_x[run_triangle] * (run_start + 0.5) + slope_y[run_triangle] * (run_row + 0.5) + base[run_triangle]
    scale = _DEPTH_STEPS / max(float(corners[:, :, 2].max(initial=1e-9)), 1e-9)
    step = np.arange(fragment_count) - np.repeat(first, run_length)
    depth = np.repeat(run_depth * scale, run_length) + np.repeat(slope_x[run_triangle] * scale, run_length) * step
    pixel = np.repeat(run_row * width + run_start, run_length) + step
    key = (np.maximum(depth, 0).astype(np.int64) << _TRIANGLE_BITS) | np.repeat(run_triangle, run_length)
    nearest = np.full(width * height, -1, np.int64)
    np.maximum.at(nearest, pixel, key)

    covered = np.flatnonzero(nearest >= 0)
    left = nearest[covered]
    winner = left & ((1 << _TRIANGLE_BITS) - 1)
    share = _shares(corners, area, winner, covered, width)
    return Coverage(covered, seen[winner], share, ((left >> _TRIANGLE_BITS) / scale).astype(np.float32))


def _runs(
    corners: NDArray[np.float64], width: int, height: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """(triangle, row, first column, columns) of every row of every triangle whose pixel centres lie inside."""
    low, high = corners[:, :, 1].min(1), corners[:, :, 1].max(1)
    top = np.clip(np.ceil(low - 0.5), 0, height).astype(np.int64)
    bottom = np.clip(np.ceil(high - 0.5), 0, height).astype(np.int64)
    rows = np.maximum(bottom - top, 0)
    triangle = np.repeat(np.arange(len(corners)), rows)
    row = np.arange(len(triangle)) - np.repeat(np.cumsum(rows) - rows, rows) + np.repeat(top, rows)
    center = row + 0.5
    left = np.full(len(row), np.inf)
    right = np.full(len(row), -np.inf)
    for start, end in ((0, 1), (1, 2), (2, 0)):
        a, b = corners[:, start, :2], corners[:, end, :2]
        # Both triangles at an edge must cut it alike, whichever way round they walk it: always from the upper end.
        swapped = (a[:, 1] > b[:, 1]) | ((a[:, 1] == b[:, 1]) & (a[:, 0] > b[:, 0]))
        upper, lower = np.where(swapped[:, None], b, a), np.where(swapped[:, None], a, b)
        rise = lower[:, 1] - upper[:, 1]
        slope = np.where(rise > 0, (lower[:, 0] - upper[:, 0]) / np.maximum(rise, 1e-12), 0.0)
        offset = upper[:, 0] - slope * upper[:, 1]
        crossed = (upper[triangle, 1] <= center) & (center < lower[triangle, 1])
        cut = slope[triangle] * center + offset[triangle]
        np.minimum(left, cut, out=left, where=crossed)
        np.maximum(right, cut, out=right, where=crossed)
    start_column = np.clip(np.ceil(left - 0.5), 0, width)
    end_column = np.clip(np.ceil(right - 0.5), 0, width)
    length = (end_column - start_column).astype(np.int64)
    kept = length > 0
    return triangle[kept], row[kept], start_column[kept].astype(np.int64), length[kept]


def _plane(
    corners: NDArray[np.float64], area: NDArray[np.float64], values: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """values = slope_x · x + slope_y · y + base through the three corners of each triangle."""
    (x0, y0), (x1, y1), (x2, y2) = (corners[:, corner, :2].T for corner in range(3))
    v0, v1, v2 = values.T
    slope_x = ((v1 - v0) * (y2 - y0) - (v2 - v0) * (y1 - y0)) / area
    slope_y = ((v2 - v0) * (x1 - x0) - (v1 - v0) * (x2 - x0)) / area
    return slope_x, slope_y, v0 - slope_x * x0 - slope_y * y0


def _shares(
    corners: NDArray[np.float64],
    area: NDArray[np.float64],
    winner: NDArray[np.int64],
    pixel: NDArray[np.int64],
    width: int,
) -> FloatArray:
    x = (pixel % width + 0.5).astype(np.float32)
    y = (pixel // width + 0.5).astype(np.float32)
    # Relative to the first corner, which keeps float32 exact enough.
    origin = corners[:, 0, :2].astype(np.float32)
    planes = np.empty((len(corners), 6), np.float32)
    unit = np.zeros((len(corners), 3))
    for column in (1, 2):
        unit[:] = 0
        unit[:, column] = 1
        planes[:, column - 1], planes[:, column + 1], _ = _plane(corners, area, unit)
    planes[:, 4:] = origin
    chosen = planes[winner]
    x -= chosen[:, 4]
    y -= chosen[:, 5]
    share = np.empty((len(pixel), 3), np.float32)
    share[:, 1] = chosen[:, 0] * x + chosen[:, 2] * y
    share[:, 2] = chosen[:, 1] * x + chosen[:, 3] * y
    share[:, 0] = 1 - share[:, 1] - share[:, 2]
    return share
