"""The animLayer command."""

from __future__ import annotations

from typing import Any

from tests.fake_maya.commands.registry import behaviour, names_in, or_none
from tests.fake_maya.model.layers import (
    add_to_layer,
    blends_on,
    curve_of_plug,
    layer_input,
    remove_from_layer,
    root_layer,
)
from tests.fake_maya.model.scene import Node, Scene
from tests.fake_maya.session import Session

_FACTS = ("mute", "lock", "solo", "override", "passthrough", "preferred", "selected", "weight")


@behaviour
def animLayer(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
    scene = session.scene
    names = list(names_in(args))
    if mode == "q":
        return _asked(session, names, flags)
    if mode == "e":
        layer = scene.node(names[0])
        _set(scene, layer, flags)
        return scene.display_name(layer)
    if root_layer(scene) is None:
        scene.create("animLayer", "BaseAnimation")
    layer = scene.create("animLayer", names[0] if names else "AnimLayer1")
    _set(scene, layer, flags)
    return scene.display_name(layer)


def _set(scene: Scene, layer: Node, flags: dict[str, Any]) -> None:
    for name, value in flags.items():
        if name in _FACTS:
            scene.set_value((layer.uuid, name), float(value))
        elif name == "attribute":
            if layer.values.get("lock"):
                raise RuntimeError(f"Layer '{layer.name}' is locked")
            for plug in [value] if isinstance(value, str) else value:
                add_to_layer(scene, layer, scene.plug(plug))
        elif name == "removeAttribute":
            for plug in [value] if isinstance(value, str) else value:
                remove_from_layer(scene, layer, scene.plug(plug))
        else:
            raise NotImplementedError(f"animLayer: {name}")


def _asked(session: Session, names: list[str], flags: dict[str, Any]) -> Any:
    scene = session.scene
    root = root_layer(scene)
    if flags.get("root"):
        return root.name if root else None
    if flags.get("affectedLayers"):
        found: list[str] = []
        for name in names:
            for uuid, _path in _layers_of(scene, name):
                layer = scene.layer_of(scene.nodes[uuid])
                if layer is not None and layer.name not in found:
                    found.append(layer.name)
        return or_none([*([root.name] if root and found else []), *found])
    if flags.get("exists"):
        return any(node.type == "animLayer" for name in names for node in scene.matching(name))
    layer = scene.node(names[0])
    if isinstance(flags.get("layeredPlug"), str):
        plug = layer_input(scene, layer, scene.plug(flags["layeredPlug"]))
        return scene.plug_name(plug) if plug else None
    if isinstance(flags.get("findCurveForPlug"), str):
        plug = layer_input(scene, layer, scene.plug(flags["findCurveForPlug"]))
        curve = curve_of_plug(scene, plug) if plug else None
        return [curve.name] if curve and "layer curves hidden" not in session.faults else None
    for name in _FACTS:
        if flags.get(name):
            value = scene.value((layer.uuid, name))
            return value if name == "weight" else bool(value)
    if flags.get("children"):
        others = [node.name for node in scene.nodes.values() if node.type == "animLayer" and node is not root]
        return or_none(others if layer is root else [])
    raise NotImplementedError(f"animLayer: query {sorted(flags)}")


def _layers_of(scene: Scene, name: str) -> list[tuple[str, str]]:
    if "." in name:
        return blends_on(scene, scene.plug(name))
    node = scene.node(name)
    return [blend for plug in list(scene.connections) if plug[0] == node.uuid for blend in blends_on(scene, plug)]
