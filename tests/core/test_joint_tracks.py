from __future__ import annotations

import itertools
import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maya_a2f.core.channels import channel_kind
from maya_a2f.core.joint_drives import JointDrive, JointSection
from maya_a2f.core.joint_tracks import JointTracks, joint_tracks
from maya_a2f.core.rig import IDENTITY, Rig, RigAttribute, RigJoint, Triple
from maya_a2f.errors import UserError
from tests import maya_matrices as mm

ORDERS = ("xyz", "yzx", "zxy", "xzy", "yxz", "zyx")
angle = st.floats(-180, 180)
small = st.floats(-50, 50)
factor = st.floats(0.2, 4.0)
angles = st.tuples(angle, angle, angle)
places = st.tuples(small, small, small)
factors = st.tuples(factor, factor, factor)


def rig_of(*joints: RigJoint, **limits: tuple[float, float]) -> Rig:
    attributes = []
    for joint in joints:
        for word, values in (("translate", joint.translate), ("rotate", joint.rotate)):
            for axis, rest in zip("XYZ", values, strict=True):
                low, high = limits.get(f"{joint.name}_{word}{axis}", (None, None))
                attributes.append(RigAttribute(f"{joint.name}.{word}{axis}", word, rest, low, high))  # type: ignore[arg-type]
    return Rig("character", tuple(attributes), joints)


def values(result: JointTracks, frame: int) -> dict[str, float]:
    return {track.attribute: track.samples[frame] for track in result.tracks}


def channels_of(joint: RigJoint, shown: dict[str, float]) -> tuple[Triple, Triple]:
    def triple(word: str, rests: Triple) -> Triple:
        x, y, z = (shown.get(f"{joint.name}.{word}{a}", rest) for a, rest in zip("XYZ", rests, strict=True))
        return x, y, z

    return triple("translate", joint.translate), triple("rotate", joint.rotate)


def world(joint: RigJoint, shown: dict[str, float], parent: mm.Rows) -> mm.Rows:
    """S · RO · R · JO · IS · T · parent, as the documentation has it; a transform's with its pivots."""
    translate, rotate = channels_of(joint, shown)
    spin = mm.times(mm.rotation(joint.rotate_axis), mm.rotation(rotate, joint.rotate_order))
    if any(joint.pivot) or any(joint.pivot_translate):
        there, back = mm.translation(*joint.pivot), mm.translation(*(-value for value in joint.pivot))
        shift = mm.times(mm.translation(*joint.pivot_translate), mm.translation(*translate))
        return mm.times(mm.scaling(*joint.scale), back, spin, there, shift, parent)
    inverse = mm.scaling(*(1 / value for value in joint.inverse_scale or (1, 1, 1)))
    own = mm.times(mm.scaling(*joint.scale), spin, mm.rotation(joint.joint_orient), inverse)
    return mm.times(own, mm.translation(*translate), parent)


def jaw_motion(channels: dict[str, float], pivot: Triple, axes: mm.Rows, scale: float) -> mm.Rows:
    """The jaw's rigid motion of the rig's world, for row vectors: ``axes`` has left, up, forward as its rows."""
    turn = mm.rotation((channels["jaw.rotateX"], channels["jaw.rotateY"], channels["jaw.rotateZ"]))
    back = [list(column) for column in zip(*axes, strict=True)]
    x, y, z = (scale * channels[f"jaw.translate{axis}"] for axis in "XYZ")
    slide = mm.point((x, y, z), axes)
    return mm.times(
        mm.translation(*(-v for v in pivot)), back, turn, axes, mm.translation(*pivot), mm.translation(*slide)
    )


def largest_difference(a: mm.Rows, b: mm.Rows) -> float:
    return max(abs(x - y) for one, other in zip(a, b, strict=True) for x, y in zip(one, other, strict=True))


jaw_poses = st.fixed_dictionaries(
    {f"jaw.rotate{axis}": st.floats(-170, 170) for axis in "XYZ"}
    | {f"jaw.translate{axis}": st.floats(-5, 5) for axis in "XYZ"}
)


@settings(max_examples=300, deadline=None)
@given(
    angles, angles, angles, places, factors, factors, st.sampled_from(ORDERS), angles, places, factor,
    st.booleans(), st.booleans(), jaw_poses, places, st.sampled_from(ORDERS), angles, st.floats(0.3, 3),
)  # fmt: skip
def test_the_joints_world_transform_is_the_poses(
    orient, axis, rest, place, own_scale, parent_scale, order, group_turn, group_place, group_scale,
    is_mirrored, is_even, pose, pivot, above_order, facing, scale,
):  # fmt: skip
    if is_even:
        parent_scale = (parent_scale[0],) * 3
    inverse = None if is_even else parent_scale
    mirror = (-group_scale, group_scale, group_scale) if is_mirrored else (group_scale,) * 3
    above = mm.times(
        mm.scaling(*parent_scale),
        mm.rotation(group_turn, above_order),
        mm.scaling(*mirror),
        mm.translation(*group_place),
    )
    joint = RigJoint("jaw_jnt", None, place, rest, order, orient, axis, own_scale, inverse, mm.flat(above))
    axes = mm.rotation(facing)
    section = JointSection(
        {"jaw_jnt": JointDrive("jaw")}, tuple(axes[1][:3]), tuple(axes[2][:3]), scale, pivot,
    )  # fmt: skip
    result = joint_tracks({name: [0.0, value] for name, value in pose.items()}, 2, section, rig_of(joint))
    at_rest = world(joint, {}, above)
    expected = mm.times(at_rest, jaw_motion(pose, pivot, axes, scale))
    size = max(1.0, max(abs(value) for row in expected for value in row))
    assert largest_difference(world(joint, values(result, 0), above), at_rest) <= 1e-6 * size
    alone = joint_tracks({name: [value] for name, value in pose.items()}, 1, section, rig_of(joint))
    assert largest_difference(world(joint, values(alone, 0), above), expected) <= 1e-6 * size


@settings(max_examples=150, deadline=None)
@given(angles, angles, places, places, st.sampled_from(ORDERS), jaw_poses, angles)
def test_a_control_with_its_pivot_elsewhere_follows_the_pose(turn, rest, place, pivot, order, pose, group_turn):
    above = mm.times(mm.rotation(group_turn), mm.translation(3, 4, 5))
    control = RigJoint("jaw_ctl", None, place, rest, order, rotate_axis=turn, parent_matrix=mm.flat(above),
                       pivot=pivot, pivot_translate=(0.5, -1.0, 2.0), scale=(1.0, 2.0, 0.5))  # fmt: skip
    section = JointSection({"jaw_ctl": JointDrive("jaw")}, jaw_pivot=(0.0, 1.0, 2.0))
    result = joint_tracks({name: [value] for name, value in pose.items()}, 1, section, rig_of(control))
    expected = mm.times(world(control, {}, above), jaw_motion(pose, (0.0, 1.0, 2.0), mm.identity(), 1.0))
    assert largest_difference(world(control, values(result, 0), above), expected) < 1e-6


@settings(max_examples=100, deadline=None)
@given(jaw_poses, angles, angles, places, factors, st.floats(0, 1), st.floats(0, 1))
def test_a_tongue_below_the_jaw_is_where_the_pose_has_it(pose, jaw_orient, tongue_orient, place, scale, up, tip):
    tongue_pose = {"tongueUp": [up], "tongueTipUp": [tip]}
    jaw = RigJoint("jaw_jnt", None, (0.0, 150.0, 2.0), joint_orient=jaw_orient, scale=scale)
    jaw_world = world(jaw, {}, mm.identity())
    tongue = RigJoint("tongue_jnt", "jaw_jnt", place, joint_orient=tongue_orient, inverse_scale=scale,
                      parent_matrix=mm.flat(jaw_world))  # fmt: skip
    drives = {"jaw_jnt": JointDrive("jaw"), "tongue_jnt": JointDrive("tongue", (0.5, 1.0))}
    channels = {name: [value] for name, value in pose.items()} | tongue_pose
    shown = values(joint_tracks(channels, 1, JointSection(drives), rig_of(jaw, tongue)), 0)
    below = world(tongue, shown, world(jaw, shown, mm.identity()))

    origin = mm.point((0, 0, 0), world(tongue, {}, jaw_world))
    loose = replace(tongue, parent=None, translate=origin, inverse_scale=None, parent_matrix=IDENTITY)
    apart = values(joint_tracks(channels, 1, JointSection(drives), rig_of(jaw, loose)), 0)
    free = world(loose, apart, mm.identity())
    assert below[3][:3] == pytest.approx(free[3][:3], abs=1e-6)
    assert shown != apart


def speech_like(frame_count: int, step: float, amplitude: float) -> list[float]:
    return [
        amplitude * math.sin(step * frame) + 0.3 * amplitude * math.sin(2.7 * step * frame + 1)
        for frame in range(frame_count)
    ]


@settings(max_examples=120, deadline=None)
@given(
    angles, angles, st.sampled_from(ORDERS), st.floats(0.01, 0.12), st.floats(5, 40), st.floats(-1, 1), st.floats(-1, 1)
)
def test_angles_go_on_without_a_jump_near_gimbal_lock_too(orient, rest, order, step, amplitude, yaw, middle):
    """The middle angle rests within a degree of ±90: every motion passes the lock."""
    turns = list(rest)
    turns["xyz".index(order[1])] = math.copysign(90.0, middle) + middle
    joint = RigJoint("jaw_jnt", rotate=tuple(turns), rotate_order=order, joint_orient=orient)
    channels = {
        "jaw.rotateX": speech_like(80, step, amplitude),
        "jaw.rotateY": speech_like(80, 1.3 * step, yaw * amplitude),
    }
    result = joint_tracks(channels, 80, JointSection({"jaw_jnt": JointDrive("jaw", parts=("rotate",))}), rig_of(joint))
    for track in result.tracks:
        assert max(abs(b - a) for a, b in itertools.pairwise(track.samples)) <= 20.0


def test_a_joint_that_passes_gimbal_lock_says_by_how_much_it_is_off():
    joint = RigJoint("jaw_jnt", rotate=(0.0, 88.0, 0.0))
    channels = {"jaw.rotateX": [4.0] * 40, "jaw.rotateY": [4.0 * (frame - 20) for frame in range(40)]}
    result = joint_tracks(channels, 40, JointSection({"jaw_jnt": JointDrive("jaw")}), rig_of(joint))
    assert len(result.notes) == 1
    assert "'jaw_jnt' goes through gimbal lock (rotate order xyz)" in result.notes[0]


def test_values_stay_within_the_maps_limits_and_the_attributes_own():
    rig = rig_of(RigJoint("jaw_jnt"), jaw_jnt_rotateX=(-3.0, 12.0))
    section = JointSection({"jaw_jnt": JointDrive("jaw", limits={"rotateX": (-50.0, 20.0), "rotateY": (-1.0, 1.0)})})
    result = joint_tracks({"jaw.rotateX": [0.0, 10.0, 30.0], "jaw.rotateY": [0.0, 5.0, 0.0]}, 3, section, rig)
    tracks = {track.attribute: list(track.samples) for track in result.tracks}
    assert tracks["jaw_jnt.rotateX"][2] == 12.0
    assert max(tracks["jaw_jnt.rotateY"]) == 1.0


def test_rest_pose_is_kept_where_keys_have_moved_the_joint_since():
    """The scan sees the jaw open at 20 degrees; the rig's attribute remembers that it rests at 5."""
    now = RigJoint("jaw_jnt", None, (0.0, 10.0, 0.0), (20.0, 0.0, 0.0))
    seen = world(now, {}, mm.identity())
    chin = RigJoint("tongue_jnt", "jaw_jnt", (0.0, 0.0, 4.0), parent_matrix=mm.flat(seen))
    rests = {
        "jaw_jnt.rotateX": 5.0,
        "tongue_jnt.rotateX": 0.0,
        "tongue_jnt.translateY": 0.0,
        "tongue_jnt.translateZ": 4.0,
    }
    attributes = tuple(RigAttribute(name, channel_kind(name), rest) for name, rest in rests.items())
    section = JointSection({"jaw_jnt": JointDrive("jaw"), "tongue_jnt": JointDrive("tongue")})
    still = {"jaw.rotateX": [0.0], "tongueUp": [0.0]}
    shown = values(joint_tracks(still, 1, section, Rig("c", attributes, (now, chin))), 0)
    assert shown == pytest.approx(rests)


def test_an_aim_control_lies_where_the_eyes_look():
    eyes = (RigJoint("eye_L", translate=(3.0, 160.0, 6.0)), RigJoint("eye_R", translate=(-3.0, 160.0, 6.0)))
    control = RigJoint("look_ctl", translate=(0.0, 0.0, 0.0), pivot=(0.0, 160.0, 56.0))
    drive = JointDrive(aim=("leftEye", "rightEye"), centres=("eye_L", "eye_R"))
    channels = {"leftEye.rotateY": [0.0, 10.0], "rightEye.rotateY": [0.0, 10.0],
                "leftEye.rotateX": [0.0, 0.0], "rightEye.rotateX": [0.0, 0.0]}  # fmt: skip
    result = joint_tracks(channels, 2, JointSection({"look_ctl": drive}), rig_of(*eyes, control))
    assert values(result, 0) == pytest.approx({f"look_ctl.translate{axis}": 0.0 for axis in "XYZ"})
    turned = values(result, 1)
    assert turned["look_ctl.translateX"] == pytest.approx(50 * math.sin(math.radians(10)))
    assert turned["look_ctl.translateZ"] == pytest.approx(50 * (math.cos(math.radians(10)) - 1))


def test_a_lid_turns_about_the_eye_and_takes_a_share_of_its_pitch():
    eye = RigJoint("eye_L", translate=(3.0, 160.0, 6.0))
    lid = RigJoint("lid_L", translate=(3.0, 161.0, 7.0))
    drive = JointDrive("leftEye", gain=0.5, turn={"eyeBlinkLeft": (30.0, 0.0, 0.0)}, pivot="eye_L")
    channels = {"leftEye.rotateX": [20.0], "eyeBlinkLeft": [1.0]}
    shown = values(joint_tracks(channels, 1, JointSection({"lid_L": drive}), rig_of(eye, lid)), 0)
    assert shown["lid_L.rotateX"] == pytest.approx(40.0)
    where = mm.times(world(lid, shown, mm.identity()))[3][:3]
    assert math.dist(where, (3.0, 160.0, 6.0)) == pytest.approx(math.sqrt(2))
    assert where[2] > 7.0


def test_a_turn_in_the_joints_own_space_is_about_its_own_axes():
    joint = RigJoint("jaw_ctl", rotate=(0.0, 90.0, 0.0))
    drive = JointDrive(turn={"jaw.rotateX": (0.0, 0.0, 1.0)}, space="joint")
    shown = values(joint_tracks({"jaw.rotateX": [25.0]}, 1, JointSection({"jaw_ctl": drive}), rig_of(joint)), 0)
    expected = mm.times(mm.rotation((0, 0, 25)), mm.rotation((0, 90, 0)))
    got = mm.rotation((shown["jaw_ctl.rotateX"], shown["jaw_ctl.rotateY"], shown["jaw_ctl.rotateZ"]))
    assert largest_difference(got, expected) < 1e-9


def test_own_turns_come_on_top_of_the_joint_above():
    jaw = RigJoint("jaw_jnt", translate=(0.0, 150.0, 0.0))
    lip = RigJoint("lip_jnt", "jaw_jnt", (0.0, 0.0, 8.0), parent_matrix=mm.flat(mm.translation(0, 150, 0)))
    drives = {"lip_jnt": JointDrive(turn={"mouthRollLower": (15.0, 0.0, 0.0)}), "jaw_jnt": JointDrive("jaw")}
    channels = {"jaw.rotateX": [20.0], "mouthRollLower": [1.0]}
    shown = values(joint_tracks(channels, 1, JointSection(drives), rig_of(jaw, lip)), 0)
    assert shown["jaw_jnt.rotateX"] == pytest.approx(20.0)
    assert shown["lip_jnt.rotateX"] == pytest.approx(15.0)


def test_what_is_missing_silent_muted_or_taken_is_said_and_left_alone():
    rig = rig_of(RigJoint("jaw_jnt"), RigJoint("eye_L"), RigJoint("eye_R"), RigJoint("lid_L"))
    drives = {
        "jaw_jnt": JointDrive("jaw", muted=True, instead="face.jawOpen"),
        "eye_L": JointDrive("leftEye"),
        "eye_R": JointDrive("rightEye"),
        "chin": JointDrive("jaw"),
        "lid_L": JointDrive(turn={"eyeBlinkLeft": (30, 0, 0)}, pivot="nothing"),
    }
    result = joint_tracks({"leftEye.rotateX": [1.0]}, 1, JointSection(drives), rig, taken=["eye_L.rotateX"])
    assert result.muted == ("jaw_jnt",)
    assert result.silent == ("eye_R",)
    assert result.missing == ("chin", "lid_L")
    assert "'nothing'" in result.notes[0]
    assert {track.attribute for track in result.tracks} == {"eye_L.rotateY", "eye_L.rotateZ"}


def test_a_joint_below_a_scale_of_zero_is_refused_by_name():
    flat = RigJoint("jaw_jnt", parent_matrix=mm.flat(mm.scaling(1, 0, 1)))
    with pytest.raises(UserError, match="'jaw_jnt'") as caught:
        joint_tracks({"jaw.rotateX": [1.0]}, 1, JointSection({"jaw_jnt": JointDrive("jaw")}), rig_of(flat))
    assert caught.value.code == "joints.flat"


def test_uneven_scales_above_are_noted():
    above = mm.times(mm.rotation((0, 0, 30)), mm.scaling(1, 2, 1))
    rig = rig_of(RigJoint("jaw_jnt", parent_matrix=mm.flat(above)))
    result = joint_tracks({"jaw.rotateX": [1.0]}, 1, JointSection({"jaw_jnt": JointDrive("jaw")}), rig)
    assert "'jaw_jnt' stands below uneven scales" in result.notes[0]
