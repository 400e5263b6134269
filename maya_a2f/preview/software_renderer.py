"""Drawing without OpenGL: smooth-shaded triangles with a depth buffer, in numpy alone."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from maya_a2f.preview.arrays import FloatArray, Picture, normalised
from maya_a2f.preview.camera import Camera
from maya_a2f.preview.look import KEY_COLOR, background, toned
from maya_a2f.preview.rasterizer import Coverage, rasterize
from maya_a2f.preview.shading import EYE_MAP_SIZE, ShadedVertices, Shading, catchlight, eye_map, lobe
from maya_a2f.preview.surface import Surface
from maya_a2f.preview.window import PictureWindow, head_window, picture_places

_EDGE_JUMP = 0.006
"""Change of 1 / distance between neighbours, relative to the nearest point, that counts as an outline."""


class SoftwareRenderer:
    """See :class:`maya_a2f.preview.renderer.Renderer`. Light is interpolated between vertices, on eyes per pixel."""

    name = "software"

    def __init__(self, surface: Surface, size: tuple[int, int], note: str = "") -> None:
        self.note = note or "Rendered in software: slower and a little coarser than with OpenGL."
        self._surface = surface
        self._size = size
        self._shading = Shading(surface)
        self._backdrop = background(size)
        self._eye_map = eye_map().reshape(-1, 3)

    def render(self, points: FloatArray, normals: FloatArray, camera: Camera) -> Picture:
        """Draw one frame; see the port."""
        surface = self._surface
        window = head_window(points, camera, self._size)
        picture = self._backdrop.copy()
        if window.empty:
            return picture
        places = picture_places(points, camera, self._size)
        places[:, 0] -= window.left
        places[:, 1] -= window.top
        turned = normals[surface.source]
        shaded = self._shading.shade(points[surface.source], turned, camera)
        coverage = rasterize(
            places[surface.source], surface.triangles, window.size, two_sided_from=surface.two_sided_from
        )
        tones = self._displayed(shaded, turned)
        shown = _blended(tones, surface.triangles, coverage)
        eyes = np.flatnonzero(surface.eye_triangles[coverage.triangle])
        if len(eyes):
            shown[eyes] = self._eye_pixels(shaded, turned, coverage, eyes)
        self._paint(picture, window, coverage, shown)
        return picture

    def close(self) -> None:
        """Nothing is held."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _displayed(self, shaded: ShadedVertices, normals: FloatArray) -> FloatArray:
        """(R, 3) display colours 0…255 of the vertices, highlight included."""
        facing = np.einsum("vi,vi->v", normals, shaded.half)
        highlight = shaded.shine * lobe(facing, self._surface.gloss)
        return toned(shaded.color + highlight[:, None] * np.asarray(KEY_COLOR, np.float32)) * 255

    def _eye_pixels(
        self, shaded: ShadedVertices, normals: FloatArray, coverage: Coverage, chosen: NDArray[np.intp]
    ) -> FloatArray:
        """Display colours of pixels on eyeballs: iris and highlight are too small to come from vertices."""
        part = Coverage(
            coverage.pixel[chosen], coverage.triangle[chosen], coverage.share[chosen], coverage.nearness[chosen]
        )
        triangles = self._surface.triangles
        looked_up = _blended(self._surface.eye[:, :2], triangles, part)
        cells = np.clip(((looked_up + 1) * (EYE_MAP_SIZE / 2)).astype(np.int32), 0, EYE_MAP_SIZE - 1)
        color = _blended(shaded.color, triangles, part) * self._eye_map[cells[:, 1] * EYE_MAP_SIZE + cells[:, 0]]
        normal = normalised(_blended(normals, triangles, part))
        facing = np.einsum("pi,pi->p", normal, normalised(_blended(shaded.half, triangles, part)))
        highlight = _blended(shaded.shine[:, None], triangles, part) * catchlight(facing)[:, None]
        return toned(color + highlight * np.asarray(KEY_COLOR, np.float32)) * 255

    def _paint(self, picture: Picture, window: PictureWindow, coverage: Coverage, shown: FloatArray) -> None:
        width, height = window.size
        inside = picture[window.top : window.bottom, window.left : window.right]
        flat = np.ascontiguousarray(inside).reshape(-1, 3)
        flat[coverage.pixel] = np.clip(shown + 0.5, 0, 255).astype(np.uint8)
        nearness = np.zeros(width * height, np.float32)
        nearness[coverage.pixel] = coverage.nearness
        drawn = flat.reshape(height, width, 3)
        soften_edges(drawn, nearness.reshape(height, width))
        inside[:] = drawn


def soften_edges(picture: Picture, nearness: FloatArray) -> None:
    """Blend the pixels at jumps in depth with their four neighbours, in place: steps along outlines become slopes."""
    jump = np.zeros(nearness.shape, bool)
    limit = np.float32(_EDGE_JUMP) * nearness.max(initial=0)
    for first, second in (
        ((slice(1, None),), (slice(None, -1),)),
        ((slice(None), slice(1, None)), (slice(None), slice(None, -1))),
    ):
        apart = np.abs(nearness[first] - nearness[second]) > limit
        jump[first] |= apart
        jump[second] |= apart
    jump[[0, -1], :] = jump[:, [0, -1]] = False
    row, column = np.nonzero(jump)
    around = sum(picture[row + dy, column + dx].astype(np.uint16) for dy, dx in ((-1, 0), (1, 0), (0, -1), (0, 1)))
    picture[row, column] = (picture[row, column].astype(np.uint16) * 4 + around + 4) // 8


def _blended(values: FloatArray, triangles: NDArray[np.int32], coverage: Coverage) -> FloatArray:
    """(R, K) values of vertices -> (P, K) at the covered pixels."""
    corners, share = triangles[coverage.triangle], coverage.share
    result = values[corners[:, 0]]
    result *= share[:, 0:1]
    for corner in (1, 2):
        part = values[corners[:, corner]]
        part *= share[:, corner : corner + 1]
        result += part
    return result
