"""Landmarks bring a face to ours, or say what is wrong with them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from maya_a2f.errors import UserError
from maya_a2f.worker.fitting.alignment import align
from maya_a2f.worker.fitting.face_rig import FaceRig
from tests.worker.fitting.warped_faces import MARKS, our_face, weight


def moved_face(scale: float = 1.0, angles: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> FaceRig:
    source = our_face()
    turn = Rotation.from_euler("xyz", angles).as_matrix()
    points = scale * source.points @ turn.T + np.array([100.0, -3.0, 8.0])
    marks = {name: source.landmarks[name] for name in MARKS}
    return FaceRig("moved", points, source.triangles, (weight("any", np.ones_like(points)),), marks)


@settings(max_examples=40, deadline=None)
@given(
    scale=st.floats(1e-3, 1e3),
    angles=st.tuples(*[st.floats(-3.14, 3.14)] * 3),
)
def test_scale_rotation_and_place_are_undone(scale: float, angles: tuple[float, float, float]) -> None:
    rig = moved_face(scale, angles)
    found = align(our_face(), rig, rig.landmarks)
    assert found.scale == pytest.approx(1.0 / scale, rel=1e-6)
    assert np.abs(found.points(rig.points) - our_face().points).max() < 1e-5
    assert np.linalg.det(found.rotation) == pytest.approx(1.0)


def refusal(rig: FaceRig, marks: dict[str, int]) -> str:
    with pytest.raises(UserError) as caught:
        align(our_face(), rig, marks)
    return caught.value.code + ": " + str(caught.value)


def test_left_and_right_swapped_are_noticed() -> None:
    rig = moved_face()
    swapped = {
        name.replace("Left", "#").replace("Right", "Left").replace("#", "Right"): vertex
        for name, vertex in rig.landmarks.items()
    }
    assert refusal(rig, swapped).startswith("fit.landmarks_sides")


def test_a_mirrored_mesh_is_noticed() -> None:
    rig = moved_face()
    mirrored = replace(rig, points=rig.points * [-1.0, 1.0, 1.0])
    told = refusal(mirrored, dict(rig.landmarks))
    assert told.startswith("fit.landmarks_sides")
    assert "faces point inwards" in told
    assert "left-handed axes" in told
    turned = replace(mirrored, triangles=mirrored.triangles[:, ::-1])
    assert "inwards" not in refusal(turned, dict(rig.landmarks))


def test_a_landmark_in_the_wrong_place_is_named() -> None:
    rig = moved_face()
    back_of_head = int(np.argmin(rig.points[:, 2]))
    assert "'noseTip'" in refusal(rig, {**rig.landmarks, "noseTip": back_of_head})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"elbow": 3}, "'elbow' is no landmark"),
        ({"chin": 10**7}, "'chin' is vertex 10000000"),
        ({"chin": "noseTip"}, "are at one place"),
        ({"lipLower": "lipUpper"}, "are at one place"),
    ],
)
def test_impossible_landmarks_are_named(change: dict[str, int | str], words: str) -> None:
    rig = moved_face()
    marks = dict(rig.landmarks)
    for name, vertex in change.items():
        marks[name] = marks[vertex] if isinstance(vertex, str) else vertex
    assert words in refusal(rig, marks)


def test_too_few_landmarks_and_those_in_a_line_are_refused() -> None:
    rig = moved_face()
    marks = dict(rig.landmarks)
    assert "at least are needed" in refusal(rig, {name: marks[name] for name in ("chin", "noseTip")})
    column = np.argsort(np.abs(rig.points[:, 0] - 100.0) + np.abs(rig.points[:, 2] - rig.points[:, 2].max()))[:1]
    line = replace(rig, points=np.linspace(0, 1, len(rig.points))[:, None] * [1.0, 2.0, 3.0])
    assert len(column) == 1
    assert "lie in a line" in refusal(line, marks)
