"""From attribute tracks to vertices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from maya_a2f.errors import UserError
from maya_a2f.preview.head_mesh import HeadMesh
from maya_a2f.preview.posing import HeadPoser, rotations_xyz

Array = NDArray[np.float64]


def _turned(point: Array, angles: Array) -> Array:
    """About X, then Y, then Z, one plane rotation after the other."""
    for first, second, angle in ((1, 2, angles[0]), (2, 0, angles[1]), (0, 1, angles[2])):
        c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        point = point.copy()
        point[first], point[second] = c * point[first] - s * point[second], s * point[first] + c * point[second]
    return point


def _slow(head: HeadMesh, values: dict[str, float]) -> Array:
    """Every vertex on its own, joint by joint up the chain."""
    joints = {joint.name: joint for joint in head.joints}
    result = []
    for part in head.parts:
        points = part.points.astype(np.float64)
        for shape, delta in part.shapes.items():
            for index, move in zip(delta.indices, delta.deltas, strict=True):
                points[index] += values.get(f"{part.name}_shapes.{shape}", 0.0) * move
        for point in points:
            name: str | None = part.joint
            while name is not None:
                angles, shift = (
                    np.array([values.get(f"{name}.{kind}{axis}", 0.0) for axis in "XYZ"])
                    for kind in ("rotate", "translate")
                )
                center = np.array(joints[name].position)
                point = _turned(point - center, angles) + center + shift
                name = joints[name].parent
            result.append(point)
    return np.array(result)


_VALUES = {
    "face_shapes.jawOpen": 0.8, "face_shapes.mouthSmileLeft": -0.3, "tongue_shapes.tongueOut": 1.2,
    "head.rotateX": 5.0, "head.rotateY": -12.0, "head.translateY": 0.5, "jaw.rotateX": 17.0, "jaw.rotateZ": -3.0,
    "jaw.translateX": 0.2, "jaw.translateZ": -0.4, "tongue1.rotateX": -25.0, "leftEye.rotateX": 8.0,
    "leftEye.rotateY": 30.0,
}  # fmt: skip


def test_posing_agrees_with_a_slow_loop_over_vertices_and_joints(head: HeadMesh) -> None:
    posed = HeadPoser(head).pose(_VALUES)
    assert np.abs(posed.points[0] - _slow(head, _VALUES)).max() < 2e-5


def test_every_frame_of_a_chunk_is_posed_like_that_frame_alone(head: HeadMesh) -> None:
    poser = HeadPoser(head)
    ramp = np.linspace(0, 1, 7)
    motion = poser.motion({name: value * ramp for name, value in _VALUES.items()})
    chunk = poser.frames(motion, 2, 6)
    for index, frame in enumerate(range(2, 6)):
        alone = poser.pose({name: value * ramp[frame] for name, value in _VALUES.items()})
        assert np.abs(chunk.points[index] - alone.points[0]).max() < 2e-5
        assert np.abs(chunk.normals[index] - alone.normals[0]).max() < 2e-4


def test_a_quarter_turn_of_the_jaw_lands_where_the_hand_says(head: HeadMesh) -> None:
    jaw = next(joint for joint in head.joints if joint.name == "jaw")
    teeth = head.slices["lowerTeeth"]
    posed = HeadPoser(head).pose({"jaw.rotateX": 90.0, "jaw.translateY": 2.0})
    offset = head.points[teeth] - np.float32(jaw.position)
    expected = np.stack([offset[:, 0], -offset[:, 2], offset[:, 1]], 1) + np.float32(jaw.position) + [0, 2, 0]
    assert np.abs(posed.points[0, teeth] - expected).max() < 1e-5


def test_rotations_turn_about_x_first_and_z_last() -> None:
    y_axis = rotations_xyz(np.array([[90.0, 0.0, 90.0]]))[0] @ [0.0, 1.0, 0.0]
    assert np.allclose(y_axis, [0, 0, 1])
    z_axis = rotations_xyz(np.array([[90.0, 0.0, 90.0]]))[0] @ [0.0, 0.0, 1.0]
    assert np.allclose(z_axis, [1, 0, 0])


def test_normals_are_unit_and_look_outward(head: HeadMesh) -> None:
    poser = HeadPoser(head)
    for values in ({}, {"face_shapes.jawOpen": 0.2, "head.rotateY": 40.0}):
        posed = poser.pose(values)
        assert np.allclose(np.linalg.norm(posed.normals[0], axis=1), 1, atol=1e-5)
        for name, where in head.slices.items():
            points, normals = posed.points[0, where], posed.normals[0, where]
            outward = points - points.mean(0)
            share = (np.einsum("vi,vi->v", outward, normals) > 0).mean()
            assert share > 0.97, name


def test_a_balls_normals_are_its_directions(head: HeadMesh) -> None:
    where = head.slices["leftEye"]
    posed = HeadPoser(head).pose({})
    directions = head.points[where] - np.float32([3.0, 2.0, 6.6])
    cosines = np.einsum("vi,vi->v", directions / 1.3, posed.normals[0, where])
    assert cosines.min() > 0.995


def test_suffixes_and_local_translations_name_the_same_pose(head: HeadMesh) -> None:
    suffixed = HeadPoser(head, joint_suffix="_jnt", shapes_suffix="Shapes", local_translations=True)
    place = {joint.name: np.array(joint.position) for joint in head.joints}
    local = place["jaw"] - place["head"]
    values = {"faceShapes.jawOpen": 0.5, "jaw_jnt.rotateX": 10.0, "jaw_jnt.translateY": float(local[1]) - 0.7}
    plain = {"face_shapes.jawOpen": 0.5, "jaw.rotateX": 10.0, "jaw.translateY": -0.7}
    difference = suffixed.pose(values).points - HeadPoser(head).pose(plain).points
    assert np.abs(difference).max() < 1e-5
    assert "jaw_jnt.rotateX" in suffixed.attributes
    assert "faceShapes.jawOpen" in suffixed.attributes


@pytest.mark.parametrize(
    ("samples", "code"),
    [
        ({"face_shapes.jawWide": [0.0]}, "preview.unknown_attribute"),
        ({"jaw.scaleX": [1.0]}, "preview.unknown_attribute"),
        ({"jaw.rotateX": [0.0, 1.0], "jaw.rotateY": [0.0]}, "preview.uneven"),
        ({"jaw.rotateX": [0.0, math.inf]}, "preview.not_finite"),
    ],
)
def test_tracks_that_do_not_fit_are_refused(head: HeadMesh, samples: dict[str, Any], code: str) -> None:
    with pytest.raises(UserError) as caught:
        HeadPoser(head).motion(samples)
    assert caught.value.code == code
