"""Sampling what controls do to the face: every state read once, the scene left exactly as it was."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.fake_maya import guard
from tests.fake_maya.model.geometry import world_matrix
from tests.fake_maya.scenes import build_head
from tests.fake_maya.session import Session, new_session

new_session()

from maya import cmds  # noqa: E402

from maya_a2f.core.rig_description import Control, ControlSample, RigDescription, read_rig_description  # noqa: E402
from maya_a2f.errors import HostError  # noqa: E402
from maya_a2f.host.maya.find_character import find_character  # noqa: E402
from maya_a2f.host.maya.sampling import sampled_rig, write_sampled_rig  # noqa: E402
from tests import maya_matrices as mm  # noqa: E402
from tests.head_factory import tiny_head  # noqa: E402


@pytest.fixture
def head(maya: Session) -> Session:
    maya.may_preview = True
    build_head(maya.scene)
    return maya


def sampled(**options: object) -> RigDescription:
    return sampled_rig(find_character("a2f_head"), **options)  # type: ignore[arg-type]


def control(description: RigDescription, attribute: str) -> Control:
    return next(item for item in description.controls if item.attribute == attribute)


def offsets(sample: ControlSample) -> dict[int, tuple[float, float, float]]:
    flat = list(sample.deltas)
    return dict(zip(sample.indices, zip(flat[0::3], flat[1::3], flat[2::3], strict=True), strict=True))


def rows(values: Sequence[float]) -> list[tuple[float, float, float]]:
    return list(zip(values[0::3], values[1::3], values[2::3], strict=True))


def test_a_shape_is_sampled_as_it_was_sculpted_and_the_face_is_where_it_stands(head: Session):
    found = sampled()
    face, tongue = tiny_head().mesh("face"), tiny_head().mesh("tongue")
    assert found.parts == (("face_geo", 16), ("tongue_geo", 6))
    assert list(found.points) == pytest.approx([*face.points, *tongue.points])
    assert list(found.face_counts) == [*face.face_sizes, *tongue.face_sizes]
    (sample,) = control(found, "face_shapes.jawOpen").samples
    assert sample.value == 1.0
    assert offsets(sample)[1] == pytest.approx((0.0, -1.25, 0.0))
    assert set(sample.indices) == {0, 1, 2}


def test_a_joint_is_sampled_to_both_sides_along_its_arc(head: Session):
    jaw = control(sampled(), "jaw_jnt.rotateX")
    assert [sample.value for sample in jaw.samples] == [-25.0, -10.0, 10.0, 25.0]
    place = tiny_head().joint("jaw").position
    tip = rows(tiny_head().mesh("tongue").points)[5]
    spin = mm.times(mm.translation(*(-v for v in place)), mm.rotation((25.0, 0.0, 0.0)), mm.translation(*place))
    expected = [after - before for after, before in zip(mm.point(tip, spin), tip, strict=True)]
    assert offsets(jaw.samples[-1])[16 + 5] == pytest.approx(expected, abs=1e-6)


def test_a_scene_with_z_up_is_described_with_y_up(head: Session):
    head.scene.up = "z"
    turned = sampled().points
    head.scene.up = "y"
    plain = sampled().points
    assert rows(turned)[3] == pytest.approx((rows(plain)[3][0], rows(plain)[3][2], -rows(plain)[3][1]))


def test_limits_are_kept_and_the_half_way_sample_of_a_straight_motion_is_left_out(head: Session):
    for name, value in (("minRotXLimit", -5.0), ("maxRotXLimit", 20.0)):
        cmds.setAttr(f"jaw_jnt.{name}", value)
        cmds.setAttr(f"jaw_jnt.{name}Enable", True)
    jaw = control(sampled(attributes=["jaw_jnt.rotateX", "jaw_jnt.translateY"]), "jaw_jnt.rotateX")
    assert (jaw.lowest, jaw.highest) == pytest.approx((-5.0, 20.0))
    assert (jaw.samples[0].value, jaw.samples[-1].value) == pytest.approx((-5.0, 20.0))
    moved = control(sampled(attributes=["jaw_jnt.translateY"]), "jaw_jnt.translateY")
    assert len(moved.samples) == 2
    assert moved.samples[0].value < moved.rest < moved.samples[1].value


def test_locked_and_driven_controls_are_recorded_and_left_alone(head: Session):
    cmds.setAttr("jaw_jnt.rotateY", lock=True)
    driver = cmds.createNode("transform", name="driver", parent="a2f_head")
    cmds.connectAttr(f"{driver}.rotateX", "leftEye_jnt.rotateX")
    found = sampled()
    for name in ("jaw_jnt.rotateY", "leftEye_jnt.rotateX"):
        assert control(found, name).locked
        assert not control(found, name).samples
        assert any(name in note for note in found.notes)


def test_what_moves_nothing_and_what_moves_the_whole_head_is_left_out_and_said(head: Session):
    found = sampled()
    names = {item.attribute for item in found.controls}
    assert "tongue1_jnt.rotateX" not in names
    assert "'tongue1_jnt.rotateX' moves nothing of the face." in found.notes
    assert "head_jnt.translateX" not in names
    assert "'head_jnt.translateX' moves the whole head and is left out." in found.notes


def test_the_scene_is_exactly_as_before_with_keys_poses_and_undo(head: Session):
    cmds.setKeyframe("face_shapes.jawOpen", time=[1, 20], value=0.4)
    cmds.setAttr("jaw_jnt.rotateX", 7.0)
    cmds.select("jaw_jnt")
    before, steps = head.scene.state(), len(head.undo.done)
    shown = cmds.getAttr("face_shapes.jawOpen")
    found = sampled()
    assert head.scene.state() == before
    assert cmds.getAttr("face_shapes.jawOpen") == pytest.approx(shown)
    assert len(head.undo.done) == steps
    assert list(found.points)[:48] == pytest.approx(list(tiny_head().mesh("face").points)), "keys do not pose the rest"


def test_stopping_leaves_the_scene_as_it_was(head: Session):
    cmds.setAttr("jaw_jnt.rotateX", 7.0)
    before = head.scene.state()
    told: list[tuple[int, str]] = []

    def go_on(done: int, count: int, name: str) -> bool:
        told.append((done, name))
        return done < 5 < count

    with pytest.raises(HostError) as caught:
        sampled(progress=go_on)
    assert caught.value.code == "sampling.stopped"
    assert head.scene.state() == before
    assert [done for done, _ in told] == [0, 1, 2, 3, 4, 5]


def test_every_state_is_one_read_per_mesh(head: Session):
    guard.calls.clear()
    sampled(attributes=["face_shapes.jawOpen"])
    assert guard.calls["MFnMesh.getPoints"] == 2 * 3, "rest, half and full, of two meshes"


def test_landmarks_are_vertices_of_the_whole_face(head: Session):
    found = sampled(
        attributes=["face_shapes.jawOpen"], landmarks={"chin": "face_geo.vtx[1]", "tip": "tongue_geo.vtx[4]"}
    )
    assert found.landmarks == {"chin": 1, "tip": 16 + 4}
    with pytest.raises(HostError) as caught:
        sampled(landmarks={"chin": "leftEye_geo.vtx[0]"})
    assert caught.value.code == "sampling.vertex"


def test_what_is_asked_for_by_name_must_be_there(head: Session):
    with pytest.raises(HostError, match=r"'face_shapes\.gone'"):
        sampled(attributes=["face_shapes.gone"])
    with pytest.raises(HostError, match="'gone_geo'"):
        sampled(meshes=["gone_geo"])


def test_a_skinned_face_without_shapes_is_found_by_its_jaw(maya: Session):
    maya.may_preview = True
    scene = maya.scene
    root = scene.create("joint", "root_jnt")
    jaw = scene.create("joint", "jaw_jnt", root)
    mesh = scene.create("mesh", "skinShape", scene.create("transform", "skin"))
    base = scene.create("mesh", "skinShapeOrig", mesh.parent)
    scene.set_value((base.uuid, "intermediateObject"), 1.0)
    base.geometry.points = [(float(x), 0.0, 5.0) for x in range(12)]
    base.geometry.counts, base.geometry.corners = [3], [0, 1, 2]
    skin = scene.create("skinCluster", "skinCluster1")
    skin.geometry.influences = {jaw.uuid: dict.fromkeys(range(4), 1.0), root.uuid: dict.fromkeys(range(4, 12), 1.0)}
    skin.geometry.binds = {item.uuid: mm.inverse(world_matrix(scene, item)) for item in (jaw, root)}
    scene.connect((jaw.uuid, "worldMatrix[0]"), (skin.uuid, "matrix[0]"))
    scene.connect((base.uuid, "worldMesh[0]"), (skin.uuid, "input[0]"))
    scene.connect((skin.uuid, "outputGeometry[0]"), (mesh.uuid, "inMesh"))
    found = sampled_rig(find_character("root_jnt"))
    assert found.parts == (("skin", 12),)
    turned = offsets(control(found, "jaw_jnt.rotateX").samples[-1])
    assert set(turned) == {0, 1, 2, 3}
    assert turned[0][1] == pytest.approx(-5 * math.sin(math.radians(25)))


def test_the_file_comes_back(head: Session, tmp_path: Path):
    found = sampled(landmarks={"chin": "face_geo.vtx[1]"})
    write_sampled_rig(found, tmp_path / "tiny.a2frig.npz")
    again = read_rig_description(tmp_path / "tiny.a2frig.npz")
    assert again.controls == found.controls
    assert again.landmarks == found.landmarks
