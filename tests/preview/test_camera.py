"""Where the camera stands."""

from __future__ import annotations

import math

import numpy as np
import pytest

from maya_a2f.preview.camera import Camera, Crop, View, frame_head
from maya_a2f.preview.head_mesh import HeadMesh
from maya_a2f.preview.window import PictureWindow, picture_places


def test_axes_are_right_up_and_backwards() -> None:
    straight = Camera((0.0, 1.0, 50.0), (0.0, 1.0, 0.0)).axes()
    assert np.allclose(straight, np.eye(3))
    slanted = Camera((30.0, 25.0, 40.0), (1.0, 2.0, 3.0)).axes()
    assert np.allclose(slanted @ slanted.T, np.eye(3))
    assert np.linalg.det(slanted) == pytest.approx(1)
    assert slanted[0, 1] == 0
    assert slanted[1, 1] > 0
    assert np.allclose(slanted[2], np.array([29, 23, 37]) / math.hypot(29, 23, 37))


def test_a_point_lands_where_the_hand_says() -> None:
    camera = Camera((0.0, 0.0, 100.0), (0.0, 0.0, 0.0), vertical_field_degrees=2 * math.degrees(math.atan(0.1)))
    # 90 cm away the picture is 18 cm high: 9 cm up is the top edge, 3 cm to the right a third of the half height.
    places = picture_places(np.array([[0, 0, 0], [3, 9, 10]], np.float32), camera, (400, 200))
    assert places[0] == pytest.approx([200, 100, 1 / 100], rel=1e-5)
    assert places[1] == pytest.approx([200 + 100 / 3, 0, 1 / 90], abs=1e-3)


@pytest.mark.parametrize("view", ["three_quarter", "front", "side"])
@pytest.mark.parametrize("crop", ["head", "face"])
@pytest.mark.parametrize("size", [(960, 540), (240, 270), (120, 400)])
def test_the_face_fills_the_picture_and_stays_inside(
    head: HeadMesh, view: View, crop: Crop, size: tuple[int, int]
) -> None:
    camera = frame_head(head, size[0] / size[1], view, crop)
    eyes = np.array([[3.0, 2.0, 7.9], [-3.0, 2.0, 7.9], [0.0, -5.0, 7.0]], np.float32)
    places = picture_places(eyes, camera, size)
    assert (places[:, 0] > 0).all()
    assert (places[:, 0] < size[0]).all()
    assert places[2, 1] > places[0, 1]
    crown, chin = picture_places(np.array([[0, 11, 0], [0, -9, 5]], np.float32), camera, size)
    height = chin[1] - crown[1]
    assert height > 0.25 * size[1]
    if crop == "head":
        assert crown[1] > 0
        assert chin[1] < size[1]


def test_a_windows_projection_puts_its_corners_at_the_edges() -> None:
    window = PictureWindow(20, 30, 60, 50)
    matrix = window.projection((100, 80))
    left_top = matrix @ [20 / 50 - 1, 1 - 30 / 40, 0, 1]
    right_bottom = matrix @ [60 / 50 - 1, 1 - 50 / 40, 0, 1]
    assert left_top[:2] == pytest.approx([-1, -1])
    assert right_bottom[:2] == pytest.approx([1, 1])
