"""Joints of a scene file stand where Maya's formula puts them."""

from __future__ import annotations

from pathlib import Path

import pytest

from maya_a2f.core.joint_maths import world_matrix as world_of_joint
from maya_a2f.host.scene_file.ma_reader import scene_from_bytes
from maya_a2f.host.scene_file.scene_character import scene_character
from maya_a2f.host.scene_file.transforms import world_matrix

_SCENE = b"""//Maya ASCII 2025 scene
currentUnit -l centimeter -a degree -t film;
createNode transform -n "bob";
	setAttr ".t" -type "double3" 1 20 -3 ;
	setAttr ".r" -type "double3" 10 -35 5 ;
	setAttr ".s" -type "double3" 2 2 2 ;
createNode joint -n "head" -p "bob";
	setAttr ".t" -type "double3" 0 5 0.5 ;
	setAttr ".r" -type "double3" 3 4 5 ;
	setAttr ".ro" 3;
	setAttr ".s" -type "double3" 1.5 1 0.5 ;
	setAttr ".jo" -type "double3" 90 0 -20 ;
createNode joint -n "jaw" -p "head";
	setAttr ".tx" 0.5;
	setAttr ".tz" 1;
	setAttr ".ra" -type "double3" 5 0 0 ;
	setAttr ".jo" -type "double3" 0 45 0 ;
	setAttr ".ro" 5;
createNode joint -n "tongue" -p "jaw";
	setAttr ".t" -type "double3" 0 0 2 ;
	setAttr ".ssc" no;
createNode transform -n "ctl" -p "jaw";
	setAttr ".rp" -type "double3" 0 1 0 ;
	setAttr ".rpt" -type "double3" 0.1 0 0 ;
createNode nurbsCurve -n "ctlShape" -p "ctl";
createNode animCurveTA -n "jaw_rx";
	setAttr -s 2 ".ktv[0:1]"  1 12 20 30;
createNode animCurveTL -n "jaw_ty";
	setAttr ".ktv[0]"  1 -1.5;
connectAttr "jaw_rx.o" "jaw.rx";
connectAttr "jaw_ty.o" "jaw.ty";
"""


def test_joints_and_controls_stand_where_their_channels_put_them() -> None:
    scene = scene_from_bytes(_SCENE, "bob.ma")
    character = scene_character(scene, "bob")
    found = {joint.name: joint for joint in character.joints}
    assert [joint.name for joint in character.joints] == ["head", "jaw", "tongue", "ctl"]
    assert (found["tongue"].parent, found["head"].parent) == ("jaw", None)
    assert found["head"].rotate_order == "xzy"
    assert (found["jaw"].inverse_scale, found["tongue"].inverse_scale) == ((1.5, 1.0, 0.5), None)
    for name in ("head", "tongue", "ctl"):
        joint = found[name]
        (node,) = scene.find_nodes(name)
        ours = world_of_joint(joint, joint.translate, joint.rotate, joint.parent_matrix)
        rests = {id(scene.node("jaw")): {"r": found["jaw"].rotate, "t": found["jaw"].translate}}
        assert ours == pytest.approx(world_matrix(scene, node.path, rests), abs=1e-9)


def test_a_joint_whose_channels_are_all_locked_counts_as_driven() -> None:
    locks = "".join(f'\tsetAttr -l on ".{kind}";\n' for kind in "tr").encode()
    scene = scene_from_bytes(_SCENE.replace(b'createNode transform -n "ctl"', locks + b'createNode transform -n "ctl"'))
    found = {joint.name: joint.is_driven for joint in scene_character(scene, "bob").joints}
    assert found == {"head": False, "jaw": False, "tongue": True, "ctl": False}


def test_an_animated_joint_rests_at_its_first_key() -> None:
    found = scene_character(scene_from_bytes(_SCENE, "bob.ma"), "bob")
    jaw = next(joint for joint in found.joints if joint.name == "jaw")
    assert jaw.rotate == (12.0, 0.0, 0.0)
    assert jaw.translate == (0.5, -1.5, 1.0)
    rests = {item.name: item.rest for item in found.attributes}
    assert (rests["jaw.rotateX"], rests["jaw.translateY"]) == (12.0, -1.5)


def test_a_real_skeleton_is_read_whole() -> None:
    path = Path(__file__).resolve().parents[4] / "shared" / "eval" / "maya" / "mayausd__UsdExportSkeleton.ma"
    if not path.is_file():
        pytest.skip("the shared evaluation scenes are not here")
    scene = scene_from_bytes(path.read_bytes(), "skeleton.ma")
    found = scene_character(scene, "skeleton")
    assert len(found.joints) == len(scene.of_type("joint"))
    assert next(joint for joint in found.joints if joint.name == "LEye").parent == "Head"
