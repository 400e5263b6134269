"""Values, locks, aliases, added attributes. Values are in the user's units here."""

from __future__ import annotations

import json
from typing import Any

from tests.fake_maya.commands.registry import behaviour, names_in, or_none
from tests.fake_maya.model.node_types import NODE_TYPES, AttributeType, user_attribute
from tests.fake_maya.model.scene import Plug, Scene
from tests.fake_maya.session import Session

_DATA_KINDS = {"double": "double", "angle": "doubleAngle", "distance": "doubleLinear", "time": "time", "bool": "bool",
               "enum": "enum", "long": "long", "string": "string", "message": "message", "compound": "double3",
               "generic": "mesh"}  # fmt: skip


def children(scene: Scene, plug: Plug) -> list[Plug]:
    """Children of a compound."""
    node = scene.nodes[plug[0]]
    return [(plug[0], child.long) for child in node.attributes.values() if child.parent == plug[1]]


@behaviour
def getAttr(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
    scene = session.scene
    name = next(names_in(args))
    plug = scene.plug(name)
    node = scene.nodes[plug[0]]
    attribute = node.attribute(plug[1])
    if flags.get("multiIndices"):
        return or_none(scene.indices(node, plug[1]))
    if flags.get("size"):
        return len(scene.indices(node, plug[1]))
    if flags.get("lock"):
        return scene.is_locked(plug)
    if flags.get("keyable"):
        return scene.is_keyable(plug)
    if flags.get("settable"):
        source = scene.connections.get(plug)
        by_keys = source is not None and scene.nodes[source[0]].type.startswith("animCurveT")
        return not scene.is_locked(plug) and (source is None or by_keys)
    if flags.get("type"):
        return _DATA_KINDS[attribute.kind]
    if attribute.kind == "message":
        raise RuntimeError("Message attributes have no data values.")
    ticks = flags["time"] * scene.unit_scale("time") if "time" in flags else None
    if attribute.kind == "compound":
        return [tuple(_seen(scene, child, ticks) for child in children(scene, plug))]
    if attribute.multi and "[" not in plug[1]:
        values = [_seen(scene, (plug[0], f"{plug[1]}[{at}]"), ticks) for at in scene.indices(node, plug[1])]
        return [tuple(values)]
    return _seen(scene, plug, ticks)


def _seen(scene: Scene, plug: Plug, ticks: float | None) -> Any:
    attribute = scene.nodes[plug[0]].attribute(plug[1])
    value = scene.value(plug, ticks)
    if attribute.kind == "string":
        return value or None
    if attribute.kind == "bool":
        return bool(value)
    if attribute.kind in ("enum", "long"):
        return int(value)
    return value / scene.unit_scale(attribute.kind)


@behaviour
def setAttr(session: Session, mode: str, *args: Any, **flags: Any) -> None:
    scene = session.scene
    if not args or not isinstance(args[0], str):
        raise TypeError("setAttr: the first argument is the attribute")
    plug = scene.plug(args[0])
    if "lock" in flags:
        scene.set_locked(plug, bool(flags["lock"]))
    if "keyable" in flags:
        scene.set_keyable(plug, bool(flags["keyable"]))
    values = list(args[1:])
    if not values:
        if not {"lock", "keyable", "size", "channelBox"} & set(flags):
            raise RuntimeError(f"setAttr: no values for '{args[0]}'")
        return
    attribute = scene.nodes[plug[0]].attribute(plug[1])
    kind = flags.get("type")
    if attribute.kind == "string" and kind != "string":
        raise RuntimeError(f"setAttr: '{args[0]}' is a string: type='string' is needed")
    if attribute.kind == "compound":
        for child, value in zip(children(scene, plug), values, strict=True):
            _store(session, child, value)
        return
    if len(values) != 1:
        raise RuntimeError(f"setAttr: {len(values)} values for '{args[0]}'")
    _store(session, plug, values[0])


def _store(session: Session, plug: Plug, value: Any) -> None:
    scene = session.scene
    node = scene.nodes[plug[0]]
    attribute = node.attribute(plug[1])
    if scene.is_locked(plug) or plug in scene.connections or node.locked:
        raise RuntimeError(
            f"setAttr: The attribute '{scene.plug_name(plug)}' is locked or connected and cannot be modified."
        )
    if attribute.kind == "string":
        if not isinstance(value, str):
            raise TypeError(f"setAttr: {value!r} is no string")
        scene.set_value(plug, value[:65535] if "short texts" in session.faults else value)
    else:
        if isinstance(value, str):
            raise TypeError(f"setAttr: {value!r} is no number")
        scene.set_value(plug, float(value) * scene.unit_scale(attribute.kind))


@behaviour
def addAttr(session: Session, mode: str, *args: Any, **flags: Any) -> None:
    scene = session.scene
    long = flags.get("longName") or flags.get("shortName")
    if not long:
        raise RuntimeError("New attribute needs either a long (-ln) or short (-sn) attribute name.")
    if flags.get("proxy"):
        source = scene.plug(flags["proxy"])
        original = scene.nodes[source[0]].attribute(source[1])
        for node in [scene.node(name) for name in names_in(args)]:
            scene.add_attribute(node, user_attribute(long, long, original.kind, keyable=True, proxy=True))
            scene.connect(source, (node.uuid, long))
        return
    kinds = {"double": "double", "float": "double", "doubleAngle": "angle", "doubleLinear": "distance", "bool": "bool",
             "long": "long", "enum": "enum", "message": "message", "time": "time"}  # fmt: skip
    if flags.get("dataType") == "string":
        kind = "string"
    elif flags.get("attributeType") in kinds:
        kind = kinds[flags["attributeType"]]
    else:
        raise RuntimeError(
            f"Type specified for new attribute is unknown: {flags.get('attributeType') or flags.get('dataType')}."
        )
    facts: dict[str, Any] = {"keyable": bool(flags.get("keyable")), "multi": bool(flags.get("multi"))}
    facts["default"] = "" if kind == "string" else float(flags.get("defaultValue", 0.0))
    facts["lowest"], facts["highest"] = flags.get("minValue"), flags.get("maxValue")
    for name in names_in(args):
        attribute = user_attribute(long, flags.get("shortName") or long, kind, **facts)
        scene.add_attribute(scene.node(name), attribute)


@behaviour
def attributeQuery(session: Session, mode: str, *args: Any, node: str = "", **flags: Any) -> Any:
    scene = session.scene
    if flags.get("type"):
        return any(args[0] in (item.long, item.short) for item in NODE_TYPES[flags["type"]])
    owner = scene.node(node)
    path = scene.path_of(owner, next(names_in(args)))
    if flags.get("exists"):
        return path is not None
    if path is None:
        raise RuntimeError(f"No object matches name: {node}.{args[0]}")
    attribute = owner.attribute(path)
    if flags.get("minExists"):
        return attribute.lowest is not None
    if flags.get("maxExists"):
        return attribute.highest is not None
    if flags.get("minimum"):
        return None if attribute.lowest is None else [attribute.lowest]
    if flags.get("maximum"):
        return None if attribute.highest is None else [attribute.highest]
    if flags.get("longName"):
        return attribute.long
    if flags.get("usedAsProxy"):
        return False
    raise NotImplementedError(f"attributeQuery: {sorted(flags)}")


@behaviour
def listAttr(session: Session, mode: str, *args: Any, **flags: Any) -> list[str] | None:
    scene = session.scene
    found: list[str] = []
    for name in names_in(args):
        node = scene.node(name.partition(".")[0])
        wanted = scene.plug(name)[1] if "." in name else ""
        for attribute in node.attributes.values():
            if wanted and attribute.long != wanted and attribute.parent != wanted:
                continue
            found += _listed(scene, (node.uuid, attribute.long), attribute, flags)
    return or_none(found)


def _listed(scene: Scene, plug: Plug, attribute: AttributeType, flags: dict[str, Any]) -> list[str]:
    node = scene.nodes[plug[0]]
    if flags.get("userDefined") and not attribute.user:
        return []
    if flags.get("scalar") and attribute.kind in ("compound", "string", "message", "generic"):
        return []
    if flags.get("keyable") and not scene.is_keyable(plug):
        return []
    if attribute.multi:
        if not flags.get("multi"):
            return [] if flags.get("scalar") else [attribute.long]
        names = {path: alias for alias, path in node.aliases.items()}
        paths = [f"{attribute.long}[{at}]" for at in scene.indices(node, attribute.long)]
        return [names.get(path, path) for path in paths]
    return [attribute.long]


@behaviour
def aliasAttr(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
    scene = session.scene
    names = list(names_in(args))
    if mode == "q":
        if "aliasAttr query" in session.faults:
            raise RuntimeError("aliasAttr has no query mode")
        node = scene.node(names[0])
        return or_none([word for alias, path in node.aliases.items() for word in (alias, path)])
    alias, target = names
    plug = scene.plug(target)
    scene.touch(plug)
    scene.set_alias(scene.nodes[plug[0]], alias, plug[1])
    return f"Set alias {alias}"


@behaviour
def removeMultiInstance(session: Session, mode: str, *args: Any, **flags: Any) -> None:
    for name in names_in(args):
        session.scene.remove_element(session.scene.plug(name))


@behaviour
def fileInfo(session: Session, mode: str, *args: Any, remove: Any = None, **flags: Any) -> Any:
    names = list(names_in(args))
    if mode == "q":
        items = session.scene.file_info.items()
        if names:
            return or_none([value for key, value in items if key == names[0]])
        return or_none([word for pair in items for word in pair])
    session.scene.file_info[names[0]] = json.dumps(names[1], ensure_ascii=False)[1:-1]
    return None


@behaviour
def mute(session: Session, mode: str, *args: Any, disable: bool = False, force: bool = False) -> list[str] | None:
    """A mute node goes between an attribute and its curve; ``disable`` takes it out again."""
    scene = session.scene
    made = []
    for name in names_in(args):
        plug = scene.plug(name)
        source = scene.connections.get(plug)
        muted = source is not None and scene.nodes[source[0]].type == "mute"
        if "mute stays" in session.faults:
            muted = disable = False
        if disable and source is not None and muted:
            behind = scene.connections.get((source[0], "input"))
            scene.disconnect(plug)
            if behind is not None:
                scene.connect(behind, plug)
            scene.delete(scene.nodes[source[0]])
        elif not disable and not muted:
            node = scene.create("mute", f"mute_{scene.nodes[plug[0]].short}_{plug[1]}")
            if source is not None:
                scene.disconnect(plug)
                scene.connect(source, (node.uuid, "input"))
            scene.connect((node.uuid, "output"), plug)
            made.append(node.name)
    return or_none(made)
