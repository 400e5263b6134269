"""The section ``joints`` in a rig map's file, and what a retarget makes of it."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from maya_a2f.core.joint_drives import JointDrive, JointSection
from maya_a2f.core.part_shapes import FULL_LOOK
from maya_a2f.core.retarget import retargeted
from maya_a2f.core.rig import Rig, RigAttribute, RigJoint
from maya_a2f.core.rig_map import Drive, RigMap, read_rig_map, write_rig_map
from maya_a2f.core.take import Take
from maya_a2f.errors import UserError

JOINTS = JointSection({"jaw_jnt": JointDrive("jaw"), "eye_L": JointDrive("leftEye")}, scale=2.0, eye_look=FULL_LOOK)


def test_a_map_with_joints_comes_back_from_its_file_and_has_one_joint_per_line(tmp_path: Path):
    rig_map = RigMap("hero", {"face.jawOpen": Drive({"jawOpen": 1.0})}, joints=JOINTS)
    write_rig_map(rig_map, tmp_path / "hero.json")
    assert read_rig_map(tmp_path / "hero.json") == rig_map
    lines = (tmp_path / "hero.json").read_text("utf-8").splitlines()
    assert '   "jaw_jnt": {"motion": "jaw"},' in lines
    assert '   "eye_L": {"motion": "leftEye"}' in lines


def test_what_is_wrong_in_the_joints_is_said_with_the_file_and_the_place(tmp_path: Path):
    path = tmp_path / "hero.json"
    path.write_text(
        json.dumps({"schema": "a2f.rig_map/2", "attributes": {}, "joints": {"drives": {"a": {"motion": "x"}}}})
    )
    with pytest.raises(UserError, match=r'hero\.json.*"joints" / "drives" / "a"') as caught:
        read_rig_map(path)
    assert caught.value.code == "rig_map.bad"


def rig() -> Rig:
    names = ("jaw_jnt.rotateX", "jaw_jnt.rotateY", "jaw_jnt.rotateZ", "jaw_jnt.translateZ", "eye_L.rotateY")
    joints = (RigJoint("jaw_jnt"), RigJoint("eye_L"))
    attributes = tuple(RigAttribute(name, "translate" if "translate" in name else "rotate") for name in names)
    return Rig("hero", (*attributes, RigAttribute("face.lookLeft", "weight")), joints)


def test_joints_get_tracks_beside_the_attributes_and_never_take_one_over():
    rig_map = RigMap(
        "hero",
        {"jaw_jnt.rotateY": Drive({"jaw.rotateY": 3.0}), "face.lookLeft": Drive({"eyeLookOutLeft": 1.0})},
        yaw_sign=-1,
        joints=JOINTS,
    )
    tracks = {"jaw.rotateX": [10.0], "jaw.rotateY": [2.0], "jaw.translateZ": [0.5], "leftEye.rotateY": [-15.0]}
    result = retargeted(Take(Fraction(30), tracks), rig_map, rig())
    values = {track.attribute: track.samples[0] for track in result.tracks}
    assert len(values) == len(result.tracks)
    assert values["jaw_jnt.rotateX"] == pytest.approx(10.0, abs=0.5)
    assert values["jaw_jnt.rotateY"] == 6.0
    assert values["jaw_jnt.translateZ"] == pytest.approx(1.0)
    assert values["eye_L.rotateY"] == pytest.approx(15.0)
    assert values["face.lookLeft"] == pytest.approx(0.5)


def test_joints_that_are_not_there_are_missing_like_attributes():
    rig_map = RigMap("hero", {}, joints=JointSection({"chin": JointDrive("jaw")}))
    result = retargeted(Take(Fraction(30), {"jaw.rotateX": [1.0]}), rig_map, rig())
    assert result.missing_attributes == ("chin",)
