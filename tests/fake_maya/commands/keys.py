"""Keys through commands: frames and values are in the user's units."""

from __future__ import annotations

from typing import Any

from tests.fake_maya.commands.registry import behaviour, names_in, or_none
from tests.fake_maya.model.curves import TANGENT_NAMES, TANGENT_NUMBERS, CurveData, Key
from tests.fake_maya.model.layers import curve_of_plug, layer_input
from tests.fake_maya.model.scene import Node, Plug, Scene
from tests.fake_maya.model.units import nearest_tick
from tests.fake_maya.session import Session

CURVE_OF_KIND = {"angle": "animCurveTA", "distance": "animCurveTL", "time": "animCurveTT"}


def new_curve(scene: Scene, plug: Plug, name: str = "") -> Node:
    """A curve of the right type, connected."""
    node = scene.nodes[plug[0]]
    kind = CURVE_OF_KIND.get(node.attribute(plug[1]).kind, "animCurveTU")
    default = (
        scene.plug_name(plug).rpartition("|")[2].rpartition(":")[2].replace(".", "_").replace("[", "_").rstrip("]")
    )
    curve = scene.create(kind, name or default)
    scene.connect((curve.uuid, "output"), plug)
    return curve


@behaviour
def setKeyframe(session: Session, mode: str, *args: Any, **flags: Any) -> int:
    scene = session.scene
    count = 0
    attributes = flags.get("attribute")
    attributes = [attributes] if isinstance(attributes, str) else attributes
    for name in names_in(args):
        plugs = (
            [scene.plug(name)] if "." in name else [scene.plug(f"{name}.{attribute}") for attribute in attributes or []]
        )
        count += sum(_key(session, plug, flags) for plug in plugs)
    return count


def _key(session: Session, plug: Plug, flags: dict[str, Any]) -> int:
    scene = session.scene
    target = plug
    if scene.is_locked(plug) and "locks ignored" not in session.faults:
        return 0
    if flags.get("animLayer"):
        layer = scene.node(flags["animLayer"])
        if layer.values.get("lock") and "layer locks ignored" not in session.faults:
            return 0
        found = layer_input(scene, layer, plug)
        if found is None:
            return 0  # documented: ignored where the object is no member
        target = found
    source = scene.connections.get(target)
    if source is None:
        curve = new_curve(scene, target)
    elif scene.nodes[source[0]].type.startswith("animCurveT"):
        curve = scene.nodes[source[0]]
    else:
        return 0
    kind = scene.nodes[target[0]].attribute(target[1]).kind
    times = flags.get("time", scene.ticks / scene.unit_scale("time"))
    times = times if isinstance(times, list) else [times]
    value = flags.get("value")
    inside = scene.value(target) if value is None else value * scene.unit_scale(kind)
    assert curve.curve is not None
    into = TANGENT_NUMBERS[flags.get("inTangentType", "auto")]
    out = TANGENT_NUMBERS[flags.get("outTangentType", "auto")]
    for time in times:
        at = nearest_tick(time, scene.rate)
        kept = [key for key in curve.curve.keys if key.at != at]
        scene.set_curve(curve, curve.curve.with_keys([*kept, Key(at, inside, into, out)]))
    return len(times)


def _curves(scene: Scene, args: tuple[Any, ...], attribute: Any) -> list[Node]:
    found = []
    wanted = [attribute] if isinstance(attribute, str) else attribute
    for name in names_in(args):
        if "." not in name and scene.node(name).curve is not None:
            found.append(scene.node(name))
            continue
        names = [name] if "." in name else [f"{name}.{item}" for item in wanted or []]
        for item in names:
            curve = curve_of_plug(scene, scene.plug(item))
            if curve is not None:
                found.append(curve)
    return found


def _within(scene: Scene, curve: CurveData, time: Any) -> list[Key]:
    if time is None:
        return list(curve.keys)
    first, last = time if isinstance(time, tuple) else (time, time)
    low, high = nearest_tick(first, scene.rate), nearest_tick(last, scene.rate)
    return [key for key in curve.keys if low <= key.at <= high]


@behaviour
def keyframe(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
    scene = session.scene
    if mode != "q":
        raise NotImplementedError("keyframe: edit")
    curves = _curves(scene, args, flags.get("attribute"))
    if flags.get("name"):
        return or_none([curve.name for curve in curves])
    keys = [(curve, key) for curve in curves for key in _within(scene, curve.curve, flags.get("time"))]  # type: ignore[arg-type]
    if flags.get("keyframeCount"):
        return len(keys)
    if flags.get("timeChange"):
        return or_none([key.at / scene.unit_scale("time") for _, key in keys])
    if flags.get("valueChange"):
        kinds = {"A": "angle", "L": "distance"}
        return or_none([key.value / scene.unit_scale(kinds.get(curve.type[-1], "double")) for curve, key in keys])
    raise NotImplementedError(f"keyframe: {sorted(flags)}")


@behaviour
def keyTangent(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
    scene = session.scene
    if mode != "q":
        raise NotImplementedError("keyTangent: create or edit")
    curves = _curves(scene, args, flags.get("attribute"))
    keys = [key for curve in curves for key in _within(scene, curve.curve, flags.get("time"))]  # type: ignore[arg-type]
    if flags.get("inTangentType"):
        return or_none([TANGENT_NAMES[key.into] for key in keys])
    if flags.get("outTangentType"):
        return or_none([TANGENT_NAMES[key.out] for key in keys])
    raise NotImplementedError(f"keyTangent: {sorted(flags)}")


@behaviour
def cutKey(session: Session, mode: str, *args: Any, **flags: Any) -> int:
    scene = session.scene
    count = 0
    for curve in _curves(scene, args, flags.get("attribute")):
        assert curve.curve is not None
        gone = set(_within(scene, curve.curve, flags.get("time")))
        scene.set_curve(curve, curve.curve.with_keys([key for key in curve.curve.keys if key not in gone]))
        if not curve.curve.keys:
            scene.delete(curve)
        count += len(gone)
    return count


@behaviour
def setDrivenKeyframe(session: Session, mode: str, *args: Any, currentDriver: str = "", **flags: Any) -> int:
    scene = session.scene
    plug = scene.plug(next(names_in(args)))
    driver = scene.plug(currentDriver)
    kind = {"angle": "animCurveUA", "distance": "animCurveUL"}.get(
        scene.nodes[plug[0]].attribute(plug[1]).kind, "animCurveUU"
    )
    curve = scene.create(kind, f"{scene.nodes[plug[0]].short}_{plug[1]}_driven")
    assert curve.curve is not None
    scene.set_curve(curve, curve.curve.with_keys([Key(0.0, 0.0, 2, 2), Key(1.0, 1.0, 2, 2)]))
    scene.connect(driver, (curve.uuid, "input"))
    scene.connect((curve.uuid, "output"), plug)
    return 1
