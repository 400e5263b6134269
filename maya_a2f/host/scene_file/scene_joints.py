"""Joints and controls of a scene file as a rig map's joints need them: their place and axes at rest."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from maya_a2f.core.rig import RigJoint, Triple
from maya_a2f.host.scene_file.ma_keys import unit_scale
from maya_a2f.host.scene_file.ma_scene import Scene, SceneNode
from maya_a2f.host.scene_file.transforms import Rests, compensated_scale, rest_vector, rotate_order, world_matrix

_ZERO = (0.0, 0.0, 0.0)
_SHIFT = slice(12, 15)


def rig_joints(
    scene: Scene, nodes: Sequence[SceneNode], names: Mapping[int, str], rests: Rests, driven: Collection[int] = ()
) -> list[RigJoint]:
    """Those nodes in order of the file, parents before children; ``names`` are the rig's, by ``id``, and ``driven``
    the ``id`` of those whose channels take no keys."""
    described = {node.path: names[id(node)] for node in nodes}
    return [replace(_joint(scene, node, described, names, rests), is_driven=id(node) in driven) for node in nodes]


def _joint(
    scene: Scene, node: SceneNode, described: Mapping[str, str], names: Mapping[int, str], rests: Rests
) -> RigJoint:
    degrees, centimetres = unit_scale(scene, "rotate"), unit_scale(scene, "translate")
    is_joint = node.type == "joint"
    above = list(world_matrix(scene, node.parent, rests))
    above[_SHIFT] = [value * centimetres for value in above[_SHIFT]]
    return RigJoint(
        names[id(node)],
        _described_above(node, described),
        _times(rest_vector(node, "t", rests), centimetres),
        _times(rest_vector(node, "r", rests), degrees),
        rotate_order(node),
        _times(node.vector(".jo", _ZERO), degrees) if is_joint else _ZERO,
        _times(node.vector(".ra", _ZERO), degrees),
        rest_vector(node, "s", rests),
        compensated_scale(scene, node, rests) if is_joint else None,
        tuple(above),
        _ZERO if is_joint else _times(node.vector(".rp", _ZERO), centimetres),
        _ZERO if is_joint else _times(node.vector(".rpt", _ZERO), centimetres),
    )


def _described_above(node: SceneNode, described: Mapping[str, str]) -> str | None:
    path = node.parent
    while path:
        if path in described:
            return described[path]
        path = path.rpartition("|")[0]
    return None


def _times(values: Triple, factor: float) -> Triple:
    if factor == 1.0:
        return values
    x, y, z = values
    return x * factor, y * factor, z * factor
