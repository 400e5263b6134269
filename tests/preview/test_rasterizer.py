"""Triangles to pixels."""

from __future__ import annotations

import numpy as np

from maya_a2f.preview.rasterizer import rasterize


def _slow(places: np.ndarray, triangles: np.ndarray, width: int, height: int) -> np.ndarray:
    """The nearest front-facing triangle at each pixel centre, -1 where there is none; every pixel asks every one."""
    result = np.full((height, width), -1)
    nearest = np.full((height, width), -np.inf)
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    for index, triangle in enumerate(triangles):
        (x0, y0, z0), (x1, y1, z1), (x2, y2, z2) = places[triangle].astype(np.float64)
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if area >= 0:
            continue
        b = ((x - x0) * (y2 - y0) - (x2 - x0) * (y - y0)) / area
        c = ((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) / area
        depth = z0 + b * (z1 - z0) + c * (z2 - z0)
        front = (b >= 0) & (c >= 0) & (b + c <= 1) & (depth > nearest)
        result[front], nearest[front] = index, depth[front]
    return result


def test_random_triangles_agree_with_asking_every_pixel() -> None:
    random = np.random.default_rng(4)
    places = (random.random((60, 3)) * [70, 50, 1] - [5, 5, 0]).astype(np.float32)
    places[:, 2] += 0.1
    triangles = random.integers(0, 60, (80, 3)).astype(np.int32)
    coverage = rasterize(places, triangles, (60, 40), two_sided_from=len(triangles))
    seen = np.full(60 * 40, -1)
    seen[coverage.pixel] = coverage.triangle
    assert (seen.reshape(40, 60) == _slow(places, triangles, 60, 40)).mean() > 0.998
    assert np.allclose(coverage.share.sum(1), 1, atol=1e-4)
    assert coverage.share.min() > -1e-3


def test_shares_give_back_the_pixels_place() -> None:
    places = np.array([[2, 3, 1], [31, 9, 1], [7, 28, 1]], np.float32)
    coverage = rasterize(places, np.array([[0, 2, 1]], np.int32), (40, 30), two_sided_from=1)
    found = np.einsum("pc,ck->pk", coverage.share, places[[0, 2, 1]])
    assert np.abs(found[:, 0] - (coverage.pixel % 40 + 0.5)).max() < 1e-3
    assert np.abs(found[:, 1] - (coverage.pixel // 40 + 0.5)).max() < 1e-3


def test_neighbours_leave_no_hole_and_share_no_pixel() -> None:
    random = np.random.default_rng(9)
    x, y = np.meshgrid(np.arange(13) * 4.0, np.arange(9) * 4.0)
    x[1:-1, 1:-1] += random.random((7, 11)) * 3 - 1.5
    y[1:-1, 1:-1] += random.random((7, 11)) * 3 - 1.5
    places = np.stack([x, y, np.ones_like(x)], -1).reshape(-1, 3).astype(np.float32)
    corner = (np.arange(8)[:, None] * 13 + np.arange(12)).ravel()
    quads = np.stack([corner, corner + 13, corner + 14, corner + 1], 1)
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).astype(np.int32)
    coverage = rasterize(places, triangles, (48, 32), two_sided_from=len(triangles))
    assert len(coverage.pixel) == 48 * 32


def test_a_triangle_from_behind_is_seen_only_where_it_has_two_sides() -> None:
    places = np.array([[2, 3, 1], [31, 9, 1], [7, 28, 1]], np.float32)
    behind = np.array([[0, 1, 2]], np.int32)
    assert len(rasterize(places, behind, (40, 30), two_sided_from=1).pixel) == 0
    assert len(rasterize(places, behind, (40, 30), two_sided_from=0).pixel) > 200
