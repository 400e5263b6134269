from __future__ import annotations

from maya_a2f.core.channels import ARKIT_CHANNELS, EYE_CHANNELS, JAW_CHANNELS, TONGUE_CHANNELS, channel_kind
from maya_a2f.core.joint_drives import JointDrive
from maya_a2f.core.matched_joints import with_joints
from maya_a2f.core.matching import matched_by_name
from maya_a2f.core.rig import Rig, RigAttribute, RigJoint

CHANNELS = (*ARKIT_CHANNELS, *TONGUE_CHANNELS, *JAW_CHANNELS, *EYE_CHANNELS)


def rig_of(*names: str, weights: tuple[str, ...] = ()) -> Rig:
    parts = [f"{name}.{word}{axis}" for name in names for word in ("rotate", "translate") for axis in "XYZ"]
    attributes = [RigAttribute(part, channel_kind(part)) for part in parts]
    places = {"L": 3.15, "R": -3.15}
    joints = [RigJoint(name, translate=(places.get(name[-1], 0.0), 160.0, 8.0)) for name in names]
    return Rig("hero", (*attributes, *(RigAttribute(name, "weight") for name in weights)), tuple(joints))


def test_a_match_by_name_drives_joints_as_a_whole_and_counts_their_channels_as_used():
    rig = rig_of("jaw", "eye_L", "eye_R")
    by_name = matched_by_name(rig, CHANNELS)
    found = with_joints(by_name, rig, CHANNELS)
    assert found.rig_map.joints.drives["jaw"] == JointDrive("jaw")
    assert not [name for name in found.rig_map.drives if name.startswith("jaw.")]
    assert set(found.matches) == set(found.rig_map.drives)
    assert not {"jaw.rotateX", "leftEye.rotateY"} & set(found.unmatched_channels)
    assert "jaw.rotateX" not in found.unmatched_attributes


def test_looks_follow_the_eyes_where_the_rig_has_the_shapes_only():
    rig = rig_of(weights=("face.eyeLookUpLeft", "face.jawOpen"))
    assert with_joints(matched_by_name(rig, CHANNELS), rig, CHANNELS).rig_map.joints.eye_look["up"] == 25.0


def test_joints_that_nothing_of_the_take_moves_are_left_out():
    rig = rig_of("jaw", "neck_jnt")
    assert list(with_joints(matched_by_name(rig, CHANNELS), rig, CHANNELS).rig_map.joints.drives) == ["jaw"]
    assert not with_joints(matched_by_name(rig, ["jawOpen"]), rig, ["jawOpen"]).rig_map.joints


def test_joints_that_are_not_plain_are_named_and_nothing_else_changes():
    rig = rig_of("jawA", "jawB", weights=("face.jawOpen",))
    by_name = matched_by_name(rig, CHANNELS)
    found = with_joints(by_name, rig, CHANNELS)
    assert found.rig_map == by_name.rig_map
    assert "'jawA', 'jawB' sound like joints of the face and are not driven" in found.notes[-1]
