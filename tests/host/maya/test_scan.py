"""What a character offers, and who has each of its attributes."""

from __future__ import annotations

import pytest

from tests.fake_maya.scenes import build_head
from tests.fake_maya.session import Session
from tests.host.maya.benches import JAW_DOWN, JAW_OPEN, JAW_TURN, TIMELINE, host

# isort: split
from maya import cmds

from maya_a2f.core.rig import KeyedCurve
from maya_a2f.host.maya.scan import read_character
from maya_a2f.host.scene_file.head_rig import head_rig
from tests.head_factory import tiny_head


@pytest.fixture
def scene(maya: Session) -> Session:
    build_head(maya.scene)
    return maya


def test_the_rig_read_from_maya_is_the_rig_of_the_scene_file(scene: Session) -> None:
    ours = {item.name: (item.kind, item.rest) for item in host().rig().attributes}
    assert ours == {item.name: (item.kind, pytest.approx(item.rest)) for item in head_rig(tiny_head()).attributes}


@pytest.mark.parametrize("selected", ["jaw_jnt", "face_geo", "a2f_head", "leftEye_jnt", "face_geo.vtx[3]"])
def test_any_part_of_the_character_means_the_character(scene: Session, selected: str) -> None:
    cmds.select(selected)
    assert read_character().name == "a2f_head"
    assert len(read_character().attributes) == len(head_rig(tiny_head()).attributes) + 1


def test_a_weight_that_follows_another_is_recorded_but_not_offered(scene: Session) -> None:
    character = read_character(["jaw_jnt"])
    follower = character.by_name["tongue_shapes.cheekPuff"]
    assert follower.follows == "face_shapes.cheekPuff"
    assert "tongue_shapes.cheekPuff" not in {item.name for item in character.rig().attributes}


def test_joints_carry_order_orientation_and_axes(scene: Session) -> None:
    cmds.setAttr("jaw_jnt.rotateOrder", 3)
    cmds.setAttr("jaw_jnt.jointOrient", 10, 20, 30)
    cmds.setAttr("jaw_jnt.rotateAxis", 1, 2, 3)
    joint = next(item for item in read_character(["jaw_jnt"]).joints if item.name == "jaw_jnt")
    assert joint.rotate_order == "xzy"
    assert joint.joint_orient_degrees == pytest.approx((10, 20, 30))
    assert joint.rotate_axis_degrees == pytest.approx((1, 2, 3))
    assert joint.compensates_scale


def test_controls_offer_what_an_animator_can_key_with_its_limits(scene: Session) -> None:
    control = cmds.createNode("transform", name="mouth_ctl", parent="a2f_head")
    cmds.createNode("nurbsCurve", name="mouth_ctlShape", parent=control)
    cmds.setAttr("mouth_ctl.scaleX", keyable=False)
    cmds.addAttr(control, longName="smile", attributeType="double", minValue=-1.0, maxValue=1.0, keyable=True)
    cmds.addAttr(control, longName="secret", attributeType="double")
    cmds.addAttr(control, longName="twist", attributeType="doubleAngle", keyable=True)
    cmds.setAttr("mouth_ctl.minTransYLimitEnable", True)
    cmds.setAttr("mouth_ctl.minTransYLimit", -2.0)
    found = {item.name: item for item in read_character(["jaw_jnt"]).attributes if item.name.startswith("mouth_ctl")}
    assert set(found) == {
        *(f"mouth_ctl.{word}{axis}" for word in ("translate", "rotate") for axis in "XYZ"),
        "mouth_ctl.scaleY", "mouth_ctl.scaleZ", "mouth_ctl.smile", "mouth_ctl.twist",
    }  # fmt: skip
    smile = found["mouth_ctl.smile"]
    assert (smile.kind, smile.lowest, smile.highest) == ("weight", -1.0, 1.0)
    assert found["mouth_ctl.twist"].kind == "rotate"
    assert (found["mouth_ctl.translateY"].lowest, found["mouth_ctl.translateY"].highest) == (-2.0, None)
    assert found["mouth_ctl.scaleY"].rest == 1.0


def test_limits_of_rotations_are_degrees(scene: Session) -> None:
    cmds.setAttr("jaw_jnt.maxRotXLimitEnable", True)
    cmds.setAttr("jaw_jnt.maxRotXLimit", 40.0)
    assert read_character(["jaw_jnt"]).by_name[JAW_TURN].highest == pytest.approx(40.0)


def test_states_are_recorded_with_each_attribute(scene: Session) -> None:
    cmds.setAttr("jaw_jnt.rotateY", lock=True)
    cmds.setAttr("jaw_jnt.rotateZ", keyable=False)
    cmds.setKeyframe("jaw_jnt.tx", time=1, value=1)
    cmds.animLayer("speech", override=True)
    cmds.animLayer("speech", edit=True, attribute=[JAW_DOWN])
    cmds.animLayer("speech", edit=True, mute=True)
    found = read_character(["jaw_jnt"]).by_name
    assert found["jaw_jnt.rotateY"].state.freedom == "locked"
    assert found["jaw_jnt.rotateZ"].is_hidden
    assert found["jaw_jnt.rotateZ"].state.takes_keys, "not keyable is a hint only"
    assert found["jaw_jnt.translateX"].state.freedom == "keyed"
    assert found[JAW_DOWN].state.freedom == "layered"
    assert found[JAW_DOWN].layers == ("BaseAnimation", "speech")
    assert found[JAW_DOWN].muted_layers == ("speech",)
    assert found[JAW_OPEN].state.freedom == "free"


def test_a_referenced_character_is_read_by_namespace(maya: Session) -> None:
    build_head(maya.scene, namespace="bob", reference="bobRN")
    character = read_character(namespace="bob")
    assert character.name == "bob"
    assert all(item.is_referenced for item in character.attributes)
    assert JAW_OPEN in character.by_name


def test_the_rest_of_a_keyed_joint_is_the_one_its_keys_were_made_from(scene: Session) -> None:
    host().bake([KeyedCurve(JAW_DOWN, "translate", (1, 5), (-9.0, -9.0))], timeline=TIMELINE)
    assert cmds.getAttr(JAW_DOWN) == -9.0
    assert read_character(["jaw_jnt"]).by_name[JAW_DOWN].rest == -2.5


def test_reading_changes_nothing(scene: Session) -> None:
    before = scene.scene.state()
    read_character(["jaw_jnt"])
    assert scene.scene.state() == before
    assert scene.undo.done == []
