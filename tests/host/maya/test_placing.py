"""Where joints stand is read so that a pose can be brought into them: what is keyed stands where the pose has it."""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import maya_matrices as mm
from tests.fake_maya.model import geometry
from tests.fake_maya.model.scene import Node
from tests.fake_maya.scenes import build_head
from tests.fake_maya.session import Session, new_session

new_session()

from maya import cmds  # noqa: E402

from maya_a2f.core.joint_drives import JointDrive, JointSection  # noqa: E402
from maya_a2f.core.joint_tracks import joint_tracks  # noqa: E402
from maya_a2f.host.maya.find_character import find_character  # noqa: E402
from maya_a2f.host.maya.scan import read_character  # noqa: E402

angles = st.tuples(*[st.floats(-180, 180)] * 3)
places = st.tuples(*[st.floats(-20, 20)] * 3)
factors = st.tuples(*[st.floats(0.3, 3)] * 3)


def put(name: str, **values: tuple[float, float, float]) -> None:
    for attribute, triple in values.items():
        for axis, value in zip("XYZ", triple, strict=True):
            cmds.setAttr(f"{name}.{attribute}{axis}", value)


def world(session: Session, name: str) -> mm.Rows:
    node: Node = session.scene.node(name)
    return geometry.world_matrix(session.scene, node)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(angles, angles, angles, places, factors, st.integers(0, 5), angles)
def test_keys_on_a_joint_as_it_was_read_bring_it_where_the_pose_has_it(turn, orient, rest, place, scale, order, pose):
    session = new_session()
    cmds.createNode("transform", name="rig")
    put("rig", rotate=turn, translate=place)
    cmds.createNode("joint", name="head_jnt", parent="rig")
    put("head_jnt", scale=scale, translate=place)
    cmds.createNode("joint", name="jaw_jnt", parent="head_jnt")
    for axis in "XYZ":
        cmds.connectAttr(f"head_jnt.scale{axis}", f"jaw_jnt.inverseScale{axis}")
    cmds.setAttr("jaw_jnt.rotateOrder", order)
    put("jaw_jnt", jointOrient=orient, rotate=rest, translate=(1.0, 2.0, 3.0), rotateAxis=(10.0, 20.0, 30.0))
    before = world(session, "jaw_jnt")

    rig = read_character(["rig"]).rig()
    section = JointSection({"jaw_jnt": JointDrive("jaw")}, jaw_pivot=(1.0, 2.0, 3.0))
    channels = {f"jaw.rotate{axis}": [value] for axis, value in zip("XYZ", pose, strict=True)}
    for track in joint_tracks(channels, 1, section, rig).tracks:
        cmds.setAttr(track.attribute, track.samples[0])

    motion = mm.times(mm.translation(-1, -2, -3), mm.rotation(pose), mm.translation(1, 2, 3))
    for got, wanted in zip(mm.flat(world(session, "jaw_jnt")), mm.flat(mm.times(before, motion)), strict=True):
        assert got == pytest.approx(wanted, abs=1e-6)


def test_a_control_with_frozen_transforms_turns_about_its_pivot(maya: Session):
    cmds.createNode("transform", name="rig")
    cmds.createNode("transform", name="jaw_ctl", parent="rig")
    cmds.createNode("nurbsCurve", name="jaw_ctlShape", parent="jaw_ctl")
    put("jaw_ctl", rotatePivot=(0.0, 10.0, 2.0), scalePivot=(0.0, 10.0, 2.0))
    rig = read_character(["rig"]).rig()
    section = JointSection({"jaw_ctl": JointDrive("jaw")})
    for track in joint_tracks({"jaw.rotateX": [20.0]}, 1, section, rig).tracks:
        cmds.setAttr(track.attribute, track.samples[0])
    assert mm.point((0.0, 10.0, 2.0), world(maya, "jaw_ctl")) == pytest.approx((0.0, 10.0, 2.0))
    assert cmds.getAttr("jaw_ctl.rotateX") == pytest.approx(20.0)


def test_joints_know_the_described_joint_above_and_the_jaw_what_it_carries(maya: Session):
    build_head(maya.scene)
    joints = {joint.name: joint for joint in find_character("a2f_head").rig().joints}
    assert joints["jaw_jnt"].parent == "head_jnt"
    assert joints["jaw_jnt"].meshes == ("tongue_geo",)
    assert joints["tongue1_jnt"].parent == "jaw_jnt"


def test_a_jaw_that_is_skinned_to_the_face_knows_the_face(maya: Session):
    build_head(maya.scene)
    skin = cmds.createNode("skinCluster", name="face_skin")
    cmds.connectAttr("jaw_jnt.worldMatrix[0]", f"{skin}.matrix[0]")
    cmds.connectAttr(f"{skin}.outputGeometry[0]", "leftEye_geoShape.inMesh")
    joints = {joint.name: joint for joint in find_character("a2f_head").rig().joints}
    assert joints["jaw_jnt"].meshes == ("tongue_geo", "leftEye_geo")


def test_weights_know_the_mesh_they_move_and_the_tiny_heads_jaw_is_driven_beside_jaw_open(maya: Session):
    from maya_a2f.core.joint_matching import proposed_joints

    build_head(maya.scene)
    rig = find_character("a2f_head").rig()
    meshes = {attribute.name: attribute.meshes for attribute in rig.attributes}
    assert meshes["face_shapes.jawOpen"] == ("face_geo",)
    found = proposed_joints(rig, {"jawOpen": ["face_shapes.jawOpen"]})
    assert found.section.drives["jaw_jnt"] == JointDrive("jaw")
    assert found.section.scale == pytest.approx(6 / 6.3, abs=1e-3)
    assert math.isclose(found.section.forward[2], 1.0)
