"""Scene files of the fake: its own form (what ``save`` writes), and the part of real Maya ASCII that rigs are made of.

A file saved by the fake says so in its first line; the endings are those of Maya.
"""

from __future__ import annotations

import pickle
from pathlib import Path

from maya_a2f.core.frame_rate import TICKS_PER_SECOND
from maya_a2f.host.scene_file.ma_geometry import scene_blend_shapes, scene_meshes
from maya_a2f.host.scene_file.ma_keys import SceneCurve, scene_curves
from maya_a2f.host.scene_file.ma_reader import read_scene
from maya_a2f.host.scene_file.ma_scene import Scene as FileScene
from maya_a2f.host.scene_file.ma_scene import SceneNode, SetAttr
from maya_a2f.host.scene_file.ma_statements import flag_values, words
from tests.fake_maya.model.curves import TANGENT_NUMBERS, CurveData, Key
from tests.fake_maya.model.geometry import Geometry
from tests.fake_maya.model.node_types import NODE_TYPES, user_attribute
from tests.fake_maya.model.scene import Node, Scene
from tests.fake_maya.model.units import LINEAR_NAMES

_HEAD = {"mayaAscii": b"//fake Maya ASCII scene\n", "mayaBinary": b"FOR8fake Maya binary scene\n"}
_KINDS = {"": "double", "string": "string"}


def write(scene: Scene, path: Path, kind: str) -> None:
    """Save."""
    scene.recording, scene.journal = False, []
    path.write_bytes(_HEAD[kind] + pickle.dumps(scene))


def read(path: Path) -> Scene:
    """Open. RuntimeError for what is no scene, as Maya."""
    content = path.read_bytes()
    for head in _HEAD.values():
        if content.startswith(head):
            scene: Scene = pickle.loads(content[len(head) :])
            return scene
    if content.startswith(b"//Maya ASCII"):
        return _from_maya_ascii(read_scene(path))
    raise RuntimeError(f"Error reading file '{path}': it is no Maya scene")


def kind_of(path: Path) -> str:
    """How a file saved by the fake was saved."""
    content = path.read_bytes()
    return next(kind for kind, head in _HEAD.items() if content.startswith(head))


def _from_maya_ascii(file: FileScene) -> Scene:
    scene = Scene()
    scene.time_unit, scene.linear = file.time_unit, LINEAR_NAMES.get(file.linear_unit, file.linear_unit)
    nodes = {item.path: _made(scene, item) for item in file.nodes if item.type in NODE_TYPES}
    for item in file.nodes:
        if item.path in nodes:
            parent = nodes.get(item.parent or "")
            nodes[item.path].parent = parent
            for attribute in item.attributes:
                _set(scene, nodes[item.path], attribute)
    for link in file.connections:
        try:
            scene.connect(scene.plug(link.source), scene.plug(link.destination))
        except (RuntimeError, ValueError):
            continue  # of a node type that the fake leaves out
    for curve in scene_curves(file):
        _fill(scene, curve)
    _take_geometry(scene, file, nodes, scene.unit_scale("distance"))
    first_last = file.playback
    if first_last is not None:
        ticks = [round(frame * TICKS_PER_SECOND / scene.rate) for frame in first_last]
        scene.ranges.update(minTime=ticks[0], maxTime=ticks[1], animationStartTime=ticks[0], animationEndTime=ticks[1])
    return scene


def _take_geometry(scene: Scene, file: FileScene, nodes: dict[str, Node], scale: float) -> None:
    """Points of meshes and offsets of full shapes; in-betweens are left out."""
    for mesh in scene_meshes(file):
        flat = [scale * value for value in mesh.points]
        nodes[mesh.path].geometry = Geometry(
            list(zip(flat[0::3], flat[1::3], flat[2::3], strict=True)),
            [len(face) for face in mesh.faces],
            [vertex for face in mesh.faces for vertex in face],
        )
    for found in scene_blend_shapes(file):
        node = next(item for item in nodes.values() if item.type == "blendShape" and item.name == found.node)
        for target in found.targets:
            for item in target.items:
                if item.geometry == 0 and item.item == 6000:
                    deltas = [scale * value for value in item.deltas]
                    offsets = zip(deltas[0::3], deltas[1::3], deltas[2::3], strict=True)
                    node.geometry.targets[target.index] = dict(zip(item.indices, offsets, strict=True))
        _connect_geometry(scene, file, node)


def _connect_geometry(scene: Scene, file: FileScene, deformer: Node) -> None:
    """From the original mesh through the deformer to the shape; nodes that only sort faces are passed over."""
    links = [(link.source.partition(".")[0], link.destination.partition(".")) for link in file.connections]
    before = next(
        (source for source, (node, _, plug) in links if node == deformer.name and plug.startswith("ip[0]")), None
    )
    after = deformer.name
    while True:
        below = [node for source, (node, _, plug) in links if source == after and plug in ("ig", "i", "inMesh")]
        if not below:
            return
        after = below[0]
        shape = next((node for node in scene.nodes.values() if node.name == after and node.type == "mesh"), None)
        if shape is not None and before is not None:
            for source, to in (
                ((scene.node(before).uuid, "worldMesh[0]"), (deformer.uuid, "input[0]")),
                ((deformer.uuid, "outputGeometry[0]"), (shape.uuid, "inMesh")),
            ):
                if to not in scene.connections:
                    scene.connect(source, to)
            return


def _made(scene: Scene, item: SceneNode) -> Node:
    node = scene.create(item.type, item.name)
    node.name = item.name
    if item.uid:
        del scene.nodes[node.uuid]
        node.uuid = item.uid
        scene.nodes[node.uuid] = node
    for statement in item.statements:
        if statement.command == "addAttr":
            given = words(statement.body)
            (long,) = flag_values(given, "-ln", "-longName")[:1] or [""]
            kind = "string" if "string" in flag_values(given, "-dt", "-dataType") else "double"
            if long and long != "attributeAliasList" and long not in node.attributes:
                default = "" if kind == "string" else 0.0
                scene.add_attribute(node, user_attribute(long, long, kind, default=default))
    return node


def _set(scene: Scene, node: Node, item: SetAttr) -> None:
    name = item.name.removeprefix(".")
    if item.type == "attributeAlias":
        pairs = [word for word in item.words() if word not in "{},"]
        for alias, path in zip(pairs[0::2], pairs[1::2], strict=True):
            scene.set_alias(node, alias, path)
        return
    span = item.index_range
    base = scene.path_of(node, name.partition("[")[0])
    if base is None or item.type not in ("", "double3", "string") or not item.text.strip():
        return
    if item.type == "string":
        scene.set_value((node.uuid, base), item.string())
        return
    kind = node.attribute(base).kind
    if kind in ("generic", "message", "string"):
        return
    values = item.numbers()
    if span is not None:
        for index, value in zip(range(span[0], span[1] + 1), values, strict=False):
            scene.set_value((node.uuid, f"{base}[{index}]"), value)
    elif kind == "compound":
        children = [child for child in node.attributes.values() if child.parent == base]
        for child, value in zip(children, values, strict=False):
            scene.set_value((node.uuid, child.long), value * scene.unit_scale(child.kind))
    else:
        scene.set_value((node.uuid, base), values[0] * scene.unit_scale(kind))


def _fill(scene: Scene, found: SceneCurve) -> None:
    node = scene.node(found.node)
    scale = scene.unit_scale("angle") if found.type.endswith("A") else 1.0
    ticks = TICKS_PER_SECOND / scene.rate if not found.is_driven_key else 1
    keys = [
        Key(
            round(key.frame * ticks) if not found.is_driven_key else key.frame,
            key.value * scale,
            28 if 28 in codes else TANGENT_NUMBERS.get(key.in_tangent, 11),
            28 if 28 in codes else TANGENT_NUMBERS.get(key.out_tangent, 11),
        )
        for key, codes in zip(found.curve.keys, found.tangent_codes, strict=True)
    ]
    node.curve = CurveData(found.type[-2:]).with_keys(keys)
