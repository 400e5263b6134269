"""The face of a scene file as a rig description."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from maya_a2f.core.ports import Timeline
from maya_a2f.core.rig_description import RigDescription, read_rig_description, write_rig_description
from maya_a2f.errors import UserError
from maya_a2f.host.scene_file.head_scene import head_scene
from maya_a2f.host.scene_file.ma_reader import read_scene, scene_from_bytes
from maya_a2f.host.scene_file.scene_character import scene_character
from maya_a2f.host.scene_file.scene_description import scene_description
from tests.head_factory import tiny_head

_REAL = Path(__file__).resolve().parents[4] / "shared" / "eval" / "maya" / "mayausd__blendShapesExport.ma"

_SCENE = """//Maya ASCII 2025 scene
requires maya "2025";
currentUnit -l meter -a degree -t film;
createNode transform -n "bob";
	setAttr ".t" -type "double3" 0 1 0 ;
	setAttr ".r" -type "double3" 0 90 0 ;
createNode mesh -n "bobShape" -p "bob";
createNode mesh -n "bobShapeOrig" -p "bob";
	setAttr ".io" yes;
	setAttr -s 4 ".vt[0:3]" 0 0 0 1 0 0 1 1 0 0 1 0;
	setAttr -s 4 ".ed[0:3]" 0 1 0 1 2 0 2 3 0 3 0 0;
	setAttr ".fc[0]" -type "polyFaces"
		f 4 0 1 2 3 ;
createNode transform -n "wide";
createNode mesh -n "wideShape" -p "wide";
	setAttr -s {count} ".vt[0:{last}]" {wide};
createNode blendShape -n "shapes";
	setAttr -s 2 ".w[0:1]" 0 0;
	setAttr ".it[0].itg[0].iti[5500].ipt" -type "pointArray" 1 0.5 0 0 1 ;
	setAttr ".it[0].itg[0].iti[5500].ict" -type "componentList" 1 "vtx[1]";
	setAttr ".it[0].itg[0].iti[6000].ipt" -type "pointArray" 2 1 0 0 1 0 2 0 1 ;
	setAttr ".it[0].itg[0].iti[6000].ict" -type "componentList" 2 "vtx[3]" "vtx[1]";
	setAttr ".aal" -type "attributeAlias" {{"open","weight[0]","wide","weight[1]"}} ;
connectAttr "bobShapeOrig.w" "shapes.ip[0].ig";
connectAttr "bobShapeOrig.o" "shapes.orggeom[0]";
connectAttr "shapes.og[0]" "bobShape.i";
connectAttr "wideShape.w" "shapes.it[0].itg[1].iti[6000].igt";
"""


def _described(count: int = 4, extra: str = "") -> RigDescription:
    wide = ["0", "0", "0", "1", "0", "0.25", "1", "1", "0", "0", "1", "0", "7", "7", "7"][: 3 * count]
    text = _SCENE.format(count=count, last=count - 1, wide=" ".join(wide)) + extra
    scene = scene_from_bytes(text.encode(), "bob.ma")
    return scene_description(scene, scene_character(scene, "bob"))


def test_points_stand_in_the_world_in_centimetres() -> None:
    found = _described()
    assert list(found.points)[3:9] == pytest.approx([0, 100, -100, 0, 200, -100], abs=1e-4)
    assert list(found.face_indices) == [0, 1, 2, 3]


def test_in_betweens_and_unordered_components_are_read() -> None:
    control = _described().controls[0]
    assert control.attribute == "shapes.open"
    assert [(sample.value, list(sample.indices)) for sample in control.samples] == [(0.5, [1]), (1.0, [1, 3])]
    assert list(control.samples[1].deltas) == pytest.approx([0, 200, 0, 0, 0, -100], abs=1e-4)


def test_a_target_mesh_gives_its_difference() -> None:
    control = _described().controls[1]
    assert (control.attribute, list(control.samples[0].indices)) == ("shapes.wide", [1])
    assert list(control.samples[0].deltas) == pytest.approx([25, 0, 0], abs=1e-4)


def test_a_target_mesh_of_another_size_is_named_and_left_out() -> None:
    found = _described(count=5)
    assert [control.attribute for control in found.controls] == ["shapes.open"]
    assert "'shapes.wide' has 5 vertices, its mesh 'bob' 4; it is left out." in found.notes


def test_what_follows_another_weight_belongs_to_that_one() -> None:
    found = _described(extra='connectAttr "shapes.w[0]" "shapes.w[1]";\n')
    assert [control.attribute for control in found.controls] == ["shapes.open"]


def test_our_own_head_comes_back_with_every_shape(tmp_path: Path) -> None:
    head = tiny_head()
    content, _ = head_scene("x.ma", head, (), timeline=Timeline(Fraction(24), 1, 2))
    scene = scene_from_bytes(content, "x.ma")
    found = scene_description(scene, scene_character(scene, "x"))
    face = head.mesh("face")
    assert list(found.points)[: len(face.points)] == pytest.approx(list(face.points), abs=1e-5)
    assert {control.attribute for control in found.controls} >= {f"face_shapes.{name}" for name in face.shapes}
    write_rig_description(found, tmp_path / "x.a2frig.npz")
    assert read_rig_description(tmp_path / "x.a2frig.npz") == found


def test_a_scene_without_saved_points_says_so() -> None:
    text = _SCENE.format(count=4, last=3, wide="0 " * 12).replace('"bobShapeOrig.', '"polyCube1.')
    scene = scene_from_bytes(text.encode(), "bob.ma")
    with pytest.raises(UserError, match="no mesh with shapes"):
        scene_description(scene, scene_character(scene, "bob"))


@pytest.mark.eval
@pytest.mark.skipif(not _REAL.is_file(), reason="the shared evaluation scenes are not here")
def test_a_scene_saved_by_maya_is_described_with_what_it_lacks() -> None:
    scene = read_scene(_REAL)
    found = scene_description(scene, scene_character(scene, "cubes"))
    between = next(control for control in found.controls if control.attribute == "blendShape13.tgt")
    assert [sample.value for sample in between.samples] == [0.333, 0.667, 1.0]
    assert any("'blendShape14.tgt2' moves nothing" in note for note in found.notes)
    assert any("joints do to the skin" in note for note in found.notes)
