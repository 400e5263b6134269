"""Checks about rigs: joints stand where the maths says, a sampled face is the face, and nothing is left behind."""

from __future__ import annotations

import math

from maya import cmds

from maya_a2f.core.head import load_head
from maya_a2f.core.joint_drives import JointDrive, JointSection
from maya_a2f.core.joint_tracks import joint_tracks
from maya_a2f.core.rig_description import ControlSample
from maya_a2f.host.maya import scene
from maya_a2f.host.maya.find_character import find_character
from maya_a2f.host.maya.outside_stubs import matrix_of
from maya_a2f.host.maya.sampling import sampled_rig
from maya_a2f.host.maya.scan import read_character
from maya_a2f.host.maya.selftest.check import Answer, Check, Surroundings, plug
from maya_a2f.host.maya.selftest.scene_checks import HEAD_FOLDER, own_scene
from maya_a2f.host.scene_file.head_rig import GROUP_NODE

_TOLERANCE = 1e-3
_TURN = 25.0


def _world(_: Surroundings) -> Answer:
    """A jaw that turns 30 degrees about the world's X, through a joint with everything that can be in its way."""
    cmds.createNode("transform", name="a2f_rig", skipSelect=True)
    cmds.createNode("joint", name="a2f_head_jnt", parent="a2f_rig", skipSelect=True)
    cmds.createNode("joint", name="a2f_jaw_jnt", parent="a2f_head_jnt", skipSelect=True)
    for axis, turn, orient, factor in zip("XYZ", (20, 40, -70), (-35, 10, 80), (2.0, 2.0, 2.0), strict=True):
        cmds.setAttr(f"a2f_rig.rotate{axis}", turn)
        cmds.setAttr(f"a2f_head_jnt.scale{axis}", factor)
        cmds.setAttr(f"a2f_jaw_jnt.jointOrient{axis}", orient)
        cmds.setAttr(f"a2f_jaw_jnt.rotateAxis{axis}", orient / 2)
        cmds.setAttr(f"a2f_jaw_jnt.translate{axis}", factor)
    cmds.setAttr("a2f_jaw_jnt.rotateOrder", 2)
    before = _rows("a2f_jaw_jnt")
    rig = read_character(["a2f_rig"]).rig()
    section = JointSection({"a2f_jaw_jnt": JointDrive("jaw")}, jaw_pivot=(1.0, 2.0, 3.0))
    for track in joint_tracks({"jaw.rotateX": [30.0]}, 1, section, rig).tracks:
        cmds.setAttr(track.attribute, track.samples[0])
    cos, sin = math.cos(math.radians(30)), math.sin(math.radians(30))
    worst = 0.0
    for row, old in zip(_rows("a2f_jaw_jnt"), before, strict=True):
        x, y, z = old[0], old[1] - 2.0 * old[3], old[2] - 3.0 * old[3]
        wanted = (x, cos * y - sin * z + 2.0 * old[3], sin * y + cos * z + 3.0 * old[3])
        worst = max(worst, *(abs(a - b) for a, b in zip(row, wanted, strict=False)))
    return worst < 1e-6, f"largest difference of the world matrix {worst:.2g}"


def _rows(node: str) -> list[list[float]]:
    matrix = matrix_of(plug(f"{node}.worldMatrix[0]"))
    return [[matrix.getElement(row, column) for column in range(4)] for row in range(4)]


def _sampled(here: Surroundings) -> Answer:
    scene.open_scene(own_scene(here.folder))
    head = load_head(HEAD_FOLDER)
    wanted = ["face_shapes.jawOpen", "jaw_jnt.rotateX"]
    values = [plug(name).asDouble() for name in wanted]
    found = sampled_rig(find_character(GROUP_NODE), meshes=["face_geo", "lowerTeeth_geo"], attributes=wanted)
    left = [plug(name).asDouble() for name in wanted]
    face, teeth = head.mesh("face"), head.mesh("lowerTeeth")
    rest = _furthest(list(found.points), [*face.points, *teeth.points])
    controls = {control.attribute: control for control in found.controls}
    shape = face.shapes["jawOpen"]
    opened = _difference(
        controls[wanted[0]].samples[-1], dict(zip(shape.indices, _triples(list(shape.deltas)), strict=True))
    )
    _, py, pz = head.joint("jaw").position
    cos, sin = math.cos(math.radians(_TURN)) - 1, math.sin(math.radians(_TURN))
    turned = {
        face.vertex_count + at: (0.0, cos * (y - py) - sin * (z - pz), sin * (y - py) + cos * (z - pz))
        for at, (_, y, z) in enumerate(_triples(list(teeth.points)))
    }
    swung = _difference(controls[wanted[1]].samples[-1], turned)
    words = (
        f"rest {rest:.2g}, shape {opened:.2g}, joint {swung:.2g} cm off; values "
        f"{'back' if left == values else 'not back'}, scene modified: {scene.is_modified()}"
    )
    return max(rest, opened, swung) < _TOLERANCE and left == values and not scene.is_modified(), words


def _difference(sample: ControlSample, wanted: dict[int, tuple[float, float, float]]) -> float:
    found = dict(zip(sample.indices, _triples(list(sample.deltas)), strict=True))
    none = (0.0, 0.0, 0.0)
    return max(
        (math.dist(found.get(at, none), wanted.get(at, none)) for at in found.keys() | wanted.keys()), default=math.inf
    )


def _furthest(a: list[float], b: list[float]) -> float:
    return max(map(math.dist, _triples(a), _triples(b)), default=math.inf) if len(a) == len(b) else math.inf


def _triples(flat: list[float]) -> list[tuple[float, float, float]]:
    return list(zip(flat[0::3], flat[1::3], flat[2::3], strict=True))


RIG_CHECKS = (
    Check(
        "joint.world", "6", "Does a joint with orients, axes, order and scales above stand where the maths puts it?",
        "its world matrix is the pose's to 1e-6", "none: report it", _world,
    ),
    Check(
        "rig.sampled", "5, 6", "Are shapes and joints read from the evaluated mesh, past undo and without a trace?",
        "our own head's shapes and arcs to 1e-3 cm, values back, scene not modified",
        "fit from the character's scene file (a2f rig fit), or by name", _sampled,
    ),
)  # fmt: skip
