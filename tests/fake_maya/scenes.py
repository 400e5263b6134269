"""Scenes for tests, built past the undo queue as a file that was opened."""

from __future__ import annotations

import math
from fractions import Fraction

from maya_a2f.core.frame_rate import TICKS_PER_SECOND
from maya_a2f.core.head import Head, HeadMesh, Shape
from maya_a2f.host.scene_file.head_rig import GROUP_NODE, blend_shape_node, joint_node, mesh_node, mesh_shape_node
from tests.fake_maya.model.geometry import Geometry
from tests.fake_maya.model.scene import Node, Scene
from tests.head_factory import tiny_head


def build_head(scene: Scene, head: Head | None = None, *, namespace: str = "", reference: str = "") -> Node:
    """The nodes of a head as the scene file has them; the topmost one."""
    head = head or tiny_head()
    prefix = f"{namespace}:" if namespace else ""
    before = set(scene.nodes)
    group = scene.create("transform", f"{prefix}{GROUP_NODE}")
    joints: dict[str, Node] = {}
    for joint in head.joints:
        parent = group if joint.parent is None else joints[joint.parent]
        node = joints[joint.name] = scene.create("joint", f"{prefix}{joint_node(joint.name)}", parent)
        for axis, value in zip("XYZ", head.rest_translate(joint.name), strict=True):
            scene.set_value((node.uuid, f"translate{axis}"), value)
    shapes: dict[str, Node] = {}
    for mesh in head.meshes:
        transform = scene.create("transform", f"{prefix}{mesh_node(mesh.name)}", joints[mesh.joint])
        shape = scene.create("mesh", f"{prefix}{mesh_shape_node(mesh.name)}", transform)
        geometry = _geometry(mesh, head.joint(mesh.joint).position)
        if mesh.shapes:
            name = f"{prefix}{blend_shape_node(mesh.name)}"
            shapes[mesh.name] = _blend_shape(scene, name, shape, geometry, list(mesh.shapes.values()))
        else:
            shape.geometry = geometry
    leaders = head.shape_leaders()
    for mesh in head.meshes:
        for name in mesh.shapes:
            if leaders[name] != mesh.name:
                leader, follower = shapes[leaders[name]], shapes[mesh.name]
                scene.connect((leader.uuid, leader.aliases[name]), (follower.uuid, follower.aliases[name]))
    if reference:
        add_reference(scene, reference, namespace)
        for uuid in set(scene.nodes) - before:
            if scene.nodes[uuid].type != "reference":
                scene.nodes[uuid].reference = reference
    return group


def add_reference(scene: Scene, name: str, namespace: str, *, loaded: bool = True) -> Node:
    """A reference node."""
    node = scene.create("reference", name)
    scene.reference_state[name] = {"loaded": loaded, "filename": f"/rigs/{namespace}.ma", "namespace": namespace}
    return node


def keys_in(scene: Scene) -> dict[str, list[tuple[float, float]]]:
    """Attribute -> (frame, value in degrees, centimetres or weight) of every key on a curve that drives it directly."""
    found = {}
    for destination, source in scene.connections.items():
        curve = scene.nodes[source[0]].curve
        if curve is not None and curve.kind[0] == "T":
            scale = math.degrees(1.0) if curve.kind == "TA" else 1.0
            found[scene.plug_name(destination)] = [
                (float(Fraction(key.at) * scene.rate / TICKS_PER_SECOND), key.value * scale) for key in curve.keys
            ]
    return found


def _geometry(mesh: HeadMesh, origin: tuple[float, float, float]) -> Geometry:
    """A mesh in the space of the joint that it hangs below."""
    points = [
        (mesh.points[at] - origin[0], mesh.points[at + 1] - origin[1], mesh.points[at + 2] - origin[2])
        for at in range(0, len(mesh.points), 3)
    ]
    return Geometry(points, list(mesh.face_sizes), list(mesh.face_vertices))


def _blend_shape(scene: Scene, name: str, shape: Node, geometry: Geometry, shapes: list[Shape]) -> Node:
    node = scene.create("blendShape", name)
    for index, target in enumerate(shapes):
        alias = target.name
        node.geometry.targets[index] = {
            vertex: (target.deltas[3 * at], target.deltas[3 * at + 1], target.deltas[3 * at + 2])
            for at, vertex in enumerate(target.indices)
        }
        scene.touch((node.uuid, f"weight[{index}]"))
        scene.set_alias(node, alias, f"weight[{index}]")
    original = scene.create("mesh", f"{shape.name}Orig", shape.parent)
    scene.set_value((original.uuid, "intermediateObject"), 1.0)
    original.geometry = geometry
    scene.connect((original.uuid, "worldMesh[0]"), (node.uuid, "input[0]"))
    scene.connect((original.uuid, "outMesh"), (node.uuid, "originalGeometry[0]"))
    scene.connect((node.uuid, "outputGeometry[0]"), (shape.uuid, "inMesh"))
    return node
