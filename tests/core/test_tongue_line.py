from __future__ import annotations

import math
from pathlib import Path

import pytest

import maya_a2f
from maya_a2f.core.channels import TONGUE_CHANNELS
from maya_a2f.core.head import HeadMesh, load_head
from maya_a2f.core.joint_drives import JointDrive, JointSection
from maya_a2f.core.joint_maths import vector_of_turn
from maya_a2f.core.joint_tracks import joint_tracks
from maya_a2f.core.rig import Rig, RigAttribute, RigJoint
from maya_a2f.core.tongue_line import TONGUE_LINE, TONGUE_MOVES, tongue_direction, tongue_motion

HALF_WIDTH = 0.5


@pytest.fixture(scope="module")
def tongue() -> HeadMesh:
    return load_head(Path(maya_a2f.__file__).parent / "presets" / "default_head").mesh("tongue")


def stations(mesh: HeadMesh) -> list[list[float]]:
    """Weight of every vertex at each station from back to front."""
    depths = mesh.points[2::3]
    low, high = min(depths), max(depths)
    at = [low + (high - low) * station / (len(TONGUE_LINE) - 1) for station in range(len(TONGUE_LINE))]
    return [[math.exp(-(((depth - z) / HALF_WIDTH) ** 2) / 2) for depth in depths] for z in at]


def mean(weights: list[float], values: list[float]) -> float:
    return sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)


def moved(mesh: HeadMesh, channel: str, axis: int) -> list[float]:
    shape = mesh.shapes[channel]
    deltas = [0.0] * mesh.vertex_count
    for index, delta in zip(shape.indices, shape.deltas[axis::3], strict=True):
        deltas[index] = delta
    return deltas


def test_the_line_is_the_middle_of_our_heads_tongue(tongue):
    for weights, (y, z) in zip(stations(tongue), TONGUE_LINE, strict=True):
        assert mean(weights, list(tongue.points[1::3])) == pytest.approx(y, abs=0.02)
        assert mean(weights, list(tongue.points[2::3])) == pytest.approx(z, abs=0.02)


@pytest.mark.parametrize("channel", [*TONGUE_CHANNELS, "tongueOut"])
def test_every_tongue_channel_moves_the_line_as_the_heads_shape_does(tongue, channel):
    rows = TONGUE_MOVES.get(channel, {})
    for axis, letter in enumerate("xyz"):
        measured = [mean(weights, moved(tongue, channel, axis)) for weights in stations(tongue)]
        assert measured == pytest.approx(list(rows.get(letter, (0,) * 7)), abs=0.07)


def chain(length: int) -> tuple[Rig, JointSection]:
    """A straight tongue of ``length`` joints along +z, 6 cm long."""
    step = 6.0 / length
    names = [f"tongue_{at:02d}" for at in range(length)]
    joints = tuple(
        RigJoint(
            name, names[at - 1] if at else None, (0.0, 0.0, step if at else 0.0),
            parent_matrix=(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, step * max(0, at - 1), 1),
        )
        for at, name in enumerate(names)
    )  # fmt: skip
    attributes = tuple(
        RigAttribute(f"{joint.name}.{word}{axis}", word, rest)
        for joint in joints
        for word, rests in (("rotate", joint.rotate), ("translate", joint.translate))
        for axis, rest in zip("XYZ", rests, strict=True)
    )  # type: ignore[misc]
    drives = {name: JointDrive("tongue", (at / length, (at + 1) / length)) for at, name in enumerate(names)}
    return Rig("tongue", attributes, joints), JointSection(drives)


@pytest.mark.parametrize("length", range(1, 9))
def test_chains_of_one_to_eight_joints_raise_their_tip_with_tongue_tip_up(length):
    rig, section = chain(length)
    result = joint_tracks({"tongueTipUp": [0.0, 1.0]}, 2, section, rig)
    pitch = [t for t in result.tracks if t.attribute.endswith("rotateX")]
    assert len(pitch) == length
    total = sum(track.samples[1] for track in pitch)
    last = (max(0.0, 1 - 1 / length), 1.0)
    turns, _ = tongue_motion({"tongueTipUp": [1.0]}, 1, *last)
    assert total == pytest.approx(math.degrees(vector_of_turn(turns[0])[0]), abs=1e-6)
    assert total < -5
    assert all(track.samples[0] == pytest.approx(0, abs=1e-9) for track in pitch)


def test_left_is_the_mirror_of_right():
    channels = {"tongueLeft": [0.7], "tongueRollLeft": [0.3]}
    mirrored = {"tongueRight": [0.7], "tongueRollRight": [0.3]}
    (one, (shift,)), (other, (across,)) = (tongue_motion(given, 1, 0.3, 0.8) for given in (channels, mirrored))
    assert shift == pytest.approx((-across[0], across[1], across[2]))
    assert one[0] == pytest.approx((other[0][0], other[0][1], -other[0][2], -other[0][3]))


def test_a_take_without_a_tongue_moves_none():
    assert tongue_motion({"jawOpen": [1.0]}, 1, 0.0, 1.0) is None
    assert tongue_direction(0.5, 1.0)[2] > 2.5
