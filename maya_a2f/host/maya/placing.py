"""Where joints and controls stand, and which meshes they move: what turns a pose into their own space."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

from maya import cmds
from maya.api import OpenMaya

from maya_a2f.core.joint_matching import joint_words
from maya_a2f.core.rig import IDENTITY, RigJoint, RotateOrder, Triple
from maya_a2f.host.maya.outside_stubs import matrix_of, skinned_shapes
from maya_a2f.host.maya.plugs import node_named

ROTATE_ORDERS: tuple[RotateOrder, ...] = ("xyz", "yzx", "zxy", "xzy", "yxz", "zyx")
"""By Maya's numbers."""
_OF_INTEREST = frozenset({"jaw", "tongue", "lid", "eyelid"})
"""Words of joints that may move what a shape moves, too."""


def placed_joints(nodes: Sequence[str], names: Mapping[str, str], driven: Collection[str] = ()) -> tuple[RigJoint, ...]:
    """Joints and controls (full paths, those above before those below) by names in the rig; ``driven`` take no keys.

    Meshes are asked for where shapes may move the same: a large rig has hundreds of joints. A node whose own matrix
    cannot be turned back is taken to stand in the world.
    """
    return tuple(_placed(node, names, node in driven) for node in sorted(nodes, key=lambda path: path.count("|")))


def carried_meshes(node: str) -> tuple[str, ...]:
    """Meshes below a node, and those that it or a joint below it deforms; transforms' names without namespace."""
    below = [node, *(cmds.listRelatives(node, allDescendents=True, fullPath=True) or [])]
    shapes = [
        item for item in below if cmds.nodeType(item) == "mesh" and not cmds.getAttr(f"{item}.intermediateObject")
    ]
    joints = [item for item in below if cmds.nodeType(item) == "joint"]
    skins = cmds.listConnections(joints, type="skinCluster", source=False, destination=True) if joints else []
    for skin in dict.fromkeys(skins or []):
        shapes += skinned_shapes(skin)
    return tuple(dict.fromkeys(mesh_name(shape) for shape in shapes))


def mesh_name(shape: str) -> str:
    """A mesh by its transform, without namespace."""
    (path,) = cmds.ls(shape, long=True) or [shape]
    return str(path.rpartition("|")[0].rpartition("|")[2].rpartition(":")[2] or path)


def _placed(node: str, names: Mapping[str, str], is_driven: bool) -> RigJoint:
    item = node_named(node)
    if item is None:
        return RigJoint(names[node])
    function = OpenMaya.MFnDependencyNode(item)
    is_joint = function.typeName == "joint"

    def vector(name: str, scale: float = 1.0) -> Triple:
        x, y, z = (scale * function.findPlug(f"{name}{axis}", False).asDouble() for axis in "XYZ")
        return x, y, z

    degrees = math.degrees(1.0)
    compensates = is_joint and function.findPlug("segmentScaleCompensate", False).asBool()
    above = vector("inverseScale") if compensates else None
    return RigJoint(
        names[node],
        _parent(node, names),
        vector("translate"),
        vector("rotate", degrees),
        ROTATE_ORDERS[function.findPlug("rotateOrder", False).asInt()],
        vector("jointOrient", degrees) if is_joint else (0.0, 0.0, 0.0),
        vector("rotateAxis", degrees),
        vector("scale"),
        above if above is not None and all(above) else None,
        _parent_matrix(function),
        (0.0, 0.0, 0.0) if is_joint else vector("rotatePivot"),
        (0.0, 0.0, 0.0) if is_joint else vector("rotatePivotTranslate"),
        carried_meshes(node) if _OF_INTEREST & set(joint_words(names[node])) else (),
        is_driven,
    )


def _parent(node: str, names: Mapping[str, str]) -> str | None:
    """The nearest node above that is described too."""
    above = node.rpartition("|")[0]
    while above and above not in names:
        above = above.rpartition("|")[0]
    return names.get(above)


def _parent_matrix(function: OpenMaya.MFnDependencyNode) -> tuple[float, ...]:
    """World matrix of what lies above, an offsetParentMatrix included: the node's own matrix taken out of its world."""
    local = matrix_of(function.findPlug("matrix", False))
    world = matrix_of(function.findPlug("worldMatrix", False).elementByLogicalIndex(0))
    if abs(local.det4x4()) < 1e-12:
        return IDENTITY
    above = local.inverse() * world
    return tuple(above.getElement(row, column) for row in range(4) for column in range(4))
