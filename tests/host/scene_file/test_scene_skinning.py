"""What joints do to the skin of a scene file, against skinning by numpy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

pytest.importorskip("numpy")

import numpy as np
import numpy.typing as npt

from maya_a2f.core.rig_description import Control, RigDescription
from maya_a2f.errors import HostError, UserError
from maya_a2f.host.scene_file.ma_reader import read_scene, scene_from_bytes
from maya_a2f.host.scene_file.scene_character import scene_character
from maya_a2f.host.scene_file.scene_description import scene_description

_REAL = Path(__file__).resolve().parents[4] / "shared" / "eval" / "maya" / "mayausd__blendShapesExport.ma"
Doubles = npt.NDArray[np.float64]
POINTS = np.array([[0, 0, 0], [2, 0, 0], [2, 2, 0], [0, 2, 0], [1, 3, 1], [5, 5, 5]], float)
WEIGHTS = np.array([[1, 0, 0], [0.4, 0.6, 0], [0, 1, 0], [0.25, 0.25, 0.5], [0, 0, 1], [1, 0, 0]], float)
"""Of ``root``, ``jaw`` and ``chin``."""

HEAD = """//Maya ASCII 2025 scene
requires maya "2025";
currentUnit -l centimeter -a degree -t film;
createNode joint -n "root";
	setAttr ".t" -type "double3" 0 1 0 ;
createNode joint -n "jaw" -p "root";
	setAttr ".t" -type "double3" 1 0 0.5 ;
	setAttr ".jo" -type "double3" 30 0 0 ;
	setAttr ".mrxl" -5;
	setAttr ".mrxe" yes;
	setAttr ".xrxl" 20;
	setAttr ".xrxe" yes;
createNode joint -n "chin" -p "jaw";
	setAttr ".t" -type "double3" 0 -1 1 ;
	setAttr -l on ".tx";
createNode transform -n "bob";
createNode mesh -n "bobShape" -p "bob";
createNode mesh -n "bobShapeOrig" -p "bob";
	setAttr ".io" yes;
	setAttr -s 6 ".vt[0:5]" {points};
	setAttr -s 5 ".ed[0:4]" 0 1 0 1 2 0 2 3 0 3 0 0 4 5 0;
	setAttr ".fc[0]" -type "polyFaces"
		f 4 0 1 2 3 ;
createNode skinCluster -n "skin";
{weights}
{binds}
	setAttr ".gm" -type "matrix" 1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1;
{extra}
connectAttr "bobShapeOrig.w" "skin.ip[0].ig";
connectAttr "skin.og[0]" "bobShape.i";
connectAttr "root.wm" "skin.ma[0]";
connectAttr "jaw.wm" "skin.ma[1]";
connectAttr "chin.wm" "skin.ma[4]";
"""
"""The influences are 0, 1 and 4: indices of a skinCluster may have gaps."""


def turn(degrees: float) -> Doubles:
    """About x, for row vectors."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[1, 0, 0, 0], [0, c, s, 0], [0, -s, c, 0], [0, 0, 0, 1]], float)


def shift(x: float, y: float, z: float) -> Doubles:
    result = np.eye(4)
    result[3, :3] = x, y, z
    return result


def worlds(jaw: float = 0.0, chin_z: float = 1.0) -> list[Doubles]:
    root = shift(0, 1, 0)
    jaw_world = turn(jaw) @ turn(30) @ shift(1, 0, 0.5) @ root
    return [root, jaw_world, shift(0, -1, chin_z) @ jaw_world]


def skinned(**pose: float) -> Doubles:
    whole = np.concatenate([POINTS, np.ones((6, 1))], axis=1)
    moves = [np.linalg.inv(rest) @ now for rest, now in zip(worlds(), worlds(**pose), strict=True)]
    return sum(WEIGHTS[:, [at]] * (whole @ move)[:, :3] for at, move in enumerate(moves)) - POINTS


def text(extra: str = "", *, plain: bool = False, binds: Sequence[npt.NDArray[np.floating]] | None = None) -> str:
    numbered = [0, 1, 4]
    if plain:
        lines = [
            f'\tsetAttr ".wl[{vertex}].w[{numbered[at]}]"  {share:g};'
            for vertex, row in enumerate(WEIGHTS) for at, share in enumerate(row) if share
        ]  # fmt: skip
    else:
        pairs = [
            " ".join([str((row > 0).sum()), *(f"{numbered[at]} {row[at]:g}" for at in np.flatnonzero(row))])
            for row in WEIGHTS
        ]
        lines = ['\tsetAttr -s 6 ".wl";', '\tsetAttr ".wl[0:5].w"', *(f"\t\t{line}" for line in pairs), "\t;"]
    own = [np.linalg.inv(world) for world in worlds()] if binds is None else binds
    given = "\n".join(
        f'\tsetAttr ".pm[{numbered[at]}]" -type "matrix" {" ".join(f"{v:.12g}" for v in bind.ravel())};'
        for at, bind in enumerate(own)
    )
    points = " ".join(f"{value:g}" for value in POINTS.ravel())
    return HEAD.format(points=points, weights="\n".join(lines), binds=given, extra=extra)


def described(scene: str) -> RigDescription:
    read = scene_from_bytes(scene.encode(), "bob.ma")
    return scene_description(read, scene_character(read, "bob"), skins=True)


def offsets(control: Control, value: float) -> Doubles:
    (sample,) = (sample for sample in control.samples if sample.value == pytest.approx(value))
    result = np.zeros((6, 3))
    result[list(sample.indices)] = np.array(sample.deltas).reshape(-1, 3)
    return result


@pytest.mark.parametrize("plain", [False, True])
def test_joints_move_the_skin_as_maya_would(plain: bool) -> None:
    controls = {control.attribute: control for control in described(text(plain=plain)).controls}
    jaw = controls["jaw.rotateX"]
    assert (jaw.kind, jaw.rest, jaw.lowest, jaw.highest) == ("rotate", 0.0, -5.0, 20.0)
    assert [sample.value for sample in jaw.samples] == [-5.0, -2.5, 10.0, 20.0]
    for value in (-2.5, 20.0):
        assert offsets(jaw, value) == pytest.approx(skinned(jaw=value), abs=1e-5)
    chin = controls["chin.translateZ"]
    far = chin.samples[-1].value
    assert (chin.kind, chin.rest) == ("translate", 1.0)
    assert offsets(chin, far) == pytest.approx(skinned(chin_z=far), abs=1e-5)


def test_what_carries_all_or_is_locked_is_left_out() -> None:
    names = [control.attribute for control in described(text()).controls]
    assert not [name for name in names if name.startswith("root.")]
    assert "chin.translateX" not in names


@pytest.mark.parametrize(
    ("extra", "why"),
    [
        ('\tsetAttr ".skm" 1;', "dual quaternion"),
        ('\tsetAttr ".en" 0.5;', "envelope"),
        ('\tsetAttr ".wl[2].w[1]" 0.2;', "the weights of vertex 2 are 0.2 together"),
        ('connectAttr "root.wim" "skin.pm[1]";', "bindPreMatrix is driven"),
        ('\tsetAttr ".wl[9].w[1]" 1;', "it weighs vertices that its mesh does not have"),
        ('connectAttr "elsewhere.wm" "skin.ma[5]";', "its influence 'elsewhere' is not in this file"),
    ],
)
def test_a_skin_that_is_anything_else_is_named(extra: str, why: str) -> None:
    with pytest.raises(UserError, match="no mesh with shapes"):
        described(text(extra))
    shapes = (
        'createNode blendShape -n "shapes";\n'
        '\tsetAttr ".it[0].itg[0].iti[6000].ipt" -type "pointArray" 1 1 0 0 1 ;\n'
        '\tsetAttr ".it[0].itg[0].iti[6000].ict" -type "componentList" 1 "vtx[1]";\n'
        '\tsetAttr ".aal" -type "attributeAlias" {"open","weight[0]"} ;\n'
        'connectAttr "bobShapeOrig.w" "shapes.ip[0].ig";\n'
    )
    found = described(text(extra) + shapes)
    assert [control.attribute for control in found.controls] == ["shapes.open"]
    (note,) = (note for note in found.notes if note.startswith("The skin 'skin' is not read"))
    assert why in note
    assert note.endswith("Sample the rig in Maya.")


def test_joints_that_left_their_bind_pose_are_named() -> None:
    moved = [np.linalg.inv(world @ shift(0, 0.5, 0)) for world in worlds()]
    with pytest.raises(UserError, match="no mesh with shapes"):
        described(text(binds=moved))


def test_weights_that_are_cut_short_are_refused_with_their_line() -> None:
    with pytest.raises(HostError, match="cut short"):
        described(text('\tsetAttr ".wl[0:1].w" 2 0 0.5 1;'))


@pytest.mark.eval
@pytest.mark.skipif(not _REAL.is_file(), reason="the shared evaluation scenes are not here")
def test_skins_saved_by_maya_are_read_or_named() -> None:
    scene = read_scene(_REAL)
    found = scene_description(scene, scene_character(scene, "cubes"), skins=True)
    joints = [control.attribute for control in found.controls if control.kind != "weight"]
    assert joints or any("is not read" in note for note in found.notes)
