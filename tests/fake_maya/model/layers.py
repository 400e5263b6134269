"""Animation layers: blend nodes between a plug and its curves."""

from __future__ import annotations

from tests.fake_maya.model.scene import Node, Plug, Scene

BLEND_OF_KIND = {"distance": "animBlendNodeAdditiveDL", "angle": "animBlendNodeAdditiveDA"}
ROTATIONS = ("rotateX", "rotateY", "rotateZ")


def root_layer(scene: Scene) -> Node | None:
    """The base layer, made with the first layer."""
    return next(
        (node for node in scene.nodes.values() if node.type == "animLayer" and node.name == "BaseAnimation"), None
    )


def blends_on(scene: Scene, plug: Plug) -> list[Plug]:
    """Blend outputs from the plug downwards: the last layer first."""
    found = []
    source = scene.connections.get(plug)
    while source is not None and scene.nodes[source[0]].type.startswith("animBlendNode"):
        found.append(source)
        axis = source[1].removeprefix("output")
        source = scene.connections.get((source[0], f"inputA{axis}"))
    return found


def layer_input(scene: Scene, layer: Node, plug: Plug) -> Plug | None:
    """The blend input that a layer's curve for a plug drives; None for a plug that is no member."""
    found = blends_on(scene, plug)
    if layer.name == "BaseAnimation":
        return (found[-1][0], f"inputA{found[-1][1].removeprefix('output')}") if found else plug
    for blend in found:
        if scene.layer_of(scene.nodes[blend[0]]) is layer:
            return blend[0], f"inputB{blend[1].removeprefix('output')}"
    return None


def add_to_layer(scene: Scene, layer: Node, plug: Plug) -> None:
    """Make a plug a member: a new blend node on top (one for the three rotations)."""
    if layer_input(scene, layer, plug) is not None:
        return
    node = scene.nodes[plug[0]]
    attribute = node.attribute(plug[1])
    if plug[1] in ROTATIONS:
        blend = scene.create("animBlendNodeAdditiveRotation", f"{node.short}_rotate_{layer.short}")
        for name in ROTATIONS:
            _insert(scene, blend, (plug[0], name), name[-1])
    else:
        kind = BLEND_OF_KIND.get(attribute.kind, "animBlendNodeAdditive")
        blend = scene.create(kind, f"{node.short}_{attribute.long}_{layer.short}")
        _insert(scene, blend, plug, "")
    index = sum(1 for uuid, path in scene.connections if uuid == layer.uuid and path.startswith("blendNodes["))
    scene.connect((blend.uuid, "message"), (layer.uuid, f"blendNodes[{index}]"))
    scene.connect(plug, (layer.uuid, f"dagSetMembers[{index}]"))


def _insert(scene: Scene, blend: Node, plug: Plug, axis: str) -> None:
    source = scene.connections.get(plug)
    value = scene.value(plug)
    if source is not None:
        scene.disconnect(plug)
        scene.connect(source, (blend.uuid, f"inputA{axis}"))
    else:
        scene.set_value((blend.uuid, f"inputA{axis}"), value)
    scene.connect((blend.uuid, f"output{axis}"), plug)


def remove_from_layer(scene: Scene, layer: Node, plug: Plug) -> None:
    """Make a plug no member: what is below drives what the blend drove; the layer's curve goes."""
    entry = layer_input(scene, layer, plug)
    if entry is None:
        return
    axis = entry[1].removeprefix("inputB")
    output = (entry[0], f"output{axis}")
    below = scene.connections.get((entry[0], f"inputA{axis}"))
    value = scene.value((entry[0], f"inputA{axis}"))
    curve = curve_of_plug(scene, entry)
    if curve is not None:
        scene.delete(curve)
    for driven in [to for to, source in scene.connections.items() if source == output]:
        scene.disconnect(driven)
        if below is not None:
            scene.connect(below, driven)
        else:
            scene.set_value(driven, value)
    if not any(source[0] == entry[0] and source[1].startswith("output") for source in scene.connections.values()):
        scene.delete(scene.nodes[entry[0]])
    for member in [to for to, source in scene.connections.items() if to[0] == layer.uuid and source == plug]:
        scene.disconnect(member)


def curve_of_plug(scene: Scene, plug: Plug) -> Node | None:
    """The curve that drives a plug directly."""
    source = scene.connections.get(plug)
    if source is None:
        return None
    node = scene.nodes[source[0]]
    return node if node.curve is not None and node.curve.kind[0] == "T" else None
