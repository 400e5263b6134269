"""The part of a picture that a head covers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maya_a2f.preview.arrays import FloatArray, least
from maya_a2f.preview.camera import Camera

_SLACK_PIXELS = 12
_EDGE_PIXELS = 2


@dataclass(frozen=True)
class PictureWindow:
    """A rectangle of pixels; right and bottom are the first column and row outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.right - self.left, self.bottom - self.top

    @property
    def empty(self) -> bool:
        """Whether nothing lies inside."""
        return self.right <= self.left or self.bottom <= self.top

    def holds(self, other: PictureWindow) -> bool:
        """Whether ``other`` lies inside."""
        return (
            self.left <= other.left
            and self.top <= other.top
            and self.right >= other.right
            and self.bottom >= other.bottom
        )

    def projection(self, size: tuple[int, int]) -> NDArray[np.float64]:
        """(4, 4) clip space of the whole picture -> clip space of this window, top row first (y points down)."""
        (width, height), (own_width, own_height) = size, self.size
        matrix = np.eye(4)
        matrix[0, 0] = width / own_width
        matrix[0, 3] = (width - 2 * self.left) / own_width - 1
        matrix[1, 1] = -height / own_height
        matrix[1, 3] = (height - 2 * self.top) / own_height - 1
        return matrix


def head_window(points: FloatArray, camera: Camera, size: tuple[int, int]) -> PictureWindow:
    """The smallest window that holds all points, one or two pixels wider, cut at the picture's edges."""
    place = picture_places(points, camera, size)
    low, high = least(place[:, :2]), -least(-place[:, :2])
    left, top = (max(0, int(value) - _EDGE_PIXELS) for value in low)
    right, bottom = (min(edge, int(value) + _EDGE_PIXELS) for edge, value in zip(size, high, strict=True))
    return PictureWindow(left, top, right, bottom)


def grown_window(needed: PictureWindow, old: PictureWindow, size: tuple[int, int]) -> PictureWindow:
    """A window that holds ``needed`` and ``old`` with some slack, so that it need not grow at every frame."""
    if old.empty:
        old = needed
    return PictureWindow(
        max(0, min(needed.left - _SLACK_PIXELS, old.left)),
        max(0, min(needed.top - _SLACK_PIXELS, old.top)),
        min(size[0], max(needed.right + _SLACK_PIXELS, old.right)),
        min(size[1], max(needed.bottom + _SLACK_PIXELS, old.bottom)),
    )


def picture_places(points: FloatArray, camera: Camera, size: tuple[int, int]) -> FloatArray:
    """(V, 3) points -> (V, 3): x in pixels from the left, y in pixels from the top, and 1 / distance along the view."""
    matrix = camera.view_projection(size[0] / size[1]).astype(np.float32)
    clip = points @ matrix[[0, 1, 3], :3].T + matrix[[0, 1, 3], 3]
    nearness = 1 / np.maximum(clip[:, 2], np.float32(1e-3))
    result = np.empty_like(points)
    result[:, 0] = (clip[:, 0] * nearness + 1) * np.float32(size[0] / 2)
    result[:, 1] = (1 - clip[:, 1] * nearness) * np.float32(size[1] / 2)
    result[:, 2] = nearness
    return result
