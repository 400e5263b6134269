from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maya_a2f.core.joint_calibration import OPEN_JAW_DEGREES, calibrated, standing_of_example, with_example
from maya_a2f.core.joint_drives import JointDrive, JointSection, joints_data, joints_from_data
from maya_a2f.core.joint_tracks import joint_tracks
from maya_a2f.core.rig import Rig, RigAttribute, RigJoint
from maya_a2f.core.rig_map import Drive, RigMap
from maya_a2f.errors import UserError
from tests import maya_matrices as mm

CHANNELS = [f"{word}{axis}" for word in ("rotate", "translate") for axis in "XYZ"]


def rig_of(joint: RigJoint) -> Rig:
    rests = dict(zip(CHANNELS, (*joint.rotate, *joint.translate), strict=True))
    attributes = [
        RigAttribute(f"{joint.name}.{name}", "rotate" if name.startswith("rotate") else "translate", rest)
        for name, rest in rests.items()
    ]
    return Rig("hero", (*attributes, RigAttribute(f"{joint.name}.open", "weight", 0.1)), (joint,))


angle = st.floats(-170, 170)


@settings(max_examples=100, deadline=None)
@given(
    st.tuples(angle, angle, angle),
    st.tuples(angle, angle, angle),
    st.sampled_from(["xyz", "zxy", "yxz"]),
    st.floats(-3, 3),
)
def test_a_take_as_open_as_the_example_puts_the_rig_into_it(rest, example, order, shift):
    joint = RigJoint("jaw_ctl", None, (1.0, 2.0, 3.0), rest, order, joint_orient=(20.0, 30.0, 40.0))
    pose = dict(zip((f"jaw_ctl.rotate{axis}" for axis in "XYZ"), example, strict=True))
    pose["jaw_ctl.translateY"] = 2.0 + shift
    pose["jaw_ctl.open"] = 0.6
    made = calibrated(rig_of(joint), pose)
    tracks = joint_tracks({"jaw.rotateX": [0.0, OPEN_JAW_DEGREES]}, 2, JointSection(made.joints), rig_of(joint)).tracks
    values = {track.attribute: list(track.samples) for track in tracks}
    x, y, z = (values.get(f"jaw_ctl.rotate{axis}", [0, rest[at]])[1] for at, axis in enumerate("XYZ"))
    for got, wanted in zip(mm.flat(mm.rotation((x, y, z), order)), mm.flat(mm.rotation(example, order)), strict=True):
        assert got == pytest.approx(wanted, abs=2e-4)
    if abs(shift) > 1e-3:
        assert values["jaw_ctl.translateY"] == pytest.approx([2.0, 2.0 + shift])
    assert made.drives["jaw_ctl.open"].gains == {"jaw.rotateX": pytest.approx(0.5 / OPEN_JAW_DEGREES)}


def test_half_as_open_is_half_way_about_the_examples_axis():
    made = calibrated(rig_of(RigJoint("jaw_ctl")), {"jaw_ctl.rotateZ": -30.0}, "jawOpen", 1.0)
    tracks = joint_tracks({"jawOpen": [0.5]}, 1, JointSection(made.joints), rig_of(RigJoint("jaw_ctl"))).tracks
    assert {track.attribute: track.samples[0] for track in tracks} == pytest.approx(
        {"jaw_ctl.rotateX": 0.0, "jaw_ctl.rotateY": 0.0, "jaw_ctl.rotateZ": -15.0}
    )


@pytest.mark.parametrize(
    ("example", "word"),
    [({}, "nothing has moved"), ({"jaw_ctl.rotateX": 0.001}, "nothing has moved"), ({"chin.x": 1.0}, "'chin.x'")],
)
def test_an_example_that_shows_nothing_is_refused(example, word):
    with pytest.raises(UserError, match=word) as caught:
        calibrated(rig_of(RigJoint("jaw_ctl")), example)
    assert caught.value.code == "joints.example"


def test_an_opening_jaw_shows_where_the_character_faces():
    """A joint whose own Z lies along the character's left, on a character that faces +X."""
    joint = RigJoint("jaw", joint_orient=(0.0, 180.0, 0.0))
    up, forward = standing_of_example(rig_of(joint), "jaw", {"jaw.rotateZ": 25.0}, (0.0, 1.0, 0.0))
    assert up == pytest.approx((0.0, 1.0, 0.0))
    assert forward == pytest.approx((1.0, 0.0, 0.0))


def test_a_jaw_that_only_yaws_shows_nothing():
    with pytest.raises(UserError, match="does not open like a jaw"):
        standing_of_example(rig_of(RigJoint("jaw")), "jaw", {"jaw.rotateY": 25.0}, (0.0, 1.0, 0.0))


def test_an_example_replaces_what_the_control_had_and_mutes_the_jaw_joint_below_it():
    joint = RigJoint("jaw_ctl")
    before = RigMap(
        "hero",
        {"jaw_ctl.rotateY": Drive({"jaw.rotateY": 1.0}), "face.jawOpen": Drive({"jawOpen": 1.0})},
        joints=JointSection({"jaw_jnt": JointDrive("jaw"), "eye_L": JointDrive("leftEye")}, scale=2.0),
    )
    made = with_example(before, rig_of(joint), {"jaw_ctl.rotateZ": 30.0, "jaw_ctl.open": 1.1})
    assert list(made.drives) == ["face.jawOpen", "jaw_ctl.open"]
    assert made.joints.drives["jaw_ctl"].space == "joint"
    assert (made.joints.drives["jaw_jnt"].muted, made.joints.drives["jaw_jnt"].instead) == (True, "jaw_ctl.open")
    assert made.joints.drives["eye_L"] == JointDrive("leftEye")
    assert made.joints.scale == 2.0
    assert joints_from_data(joints_data(made.joints), lambda why: UserError(why, code="x", hint="")) == made.joints
