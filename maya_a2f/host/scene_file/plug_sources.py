"""What drives an attribute in a scene that was read, and whether keys may take its place."""

from __future__ import annotations

from dataclasses import dataclass

from maya_a2f.host.scene_file.ma_scene import Connection, Scene, SceneNode, node_of_plug, short_attribute
from maya_a2f.host.scene_file.node_attributes import TRANSFORM_CHANNELS, is_locked

_COMPOUNDS = {item.short: (item.short[0], item.long[:-1]) for item in TRANSFORM_CHANNELS}
_TIME = ("time1", ":time1")


@dataclass(frozen=True)
class Driver:
    """What has an attribute."""

    curve: SceneNode | None = None
    """The animation curve over time that drives it, where its keys may be replaced."""
    blocked: str = ""
    """Why keys cannot be set, as a sentence without its subject."""
    plug: tuple[int, str] | None = None
    """``id`` of the driving node and its attribute, for a plain connection."""


class PlugSources:
    """Every connection of a scene by where it leads."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._by_destination: dict[tuple[int, str], Connection] = {}
        self._by_source: dict[tuple[int, str], list[Connection]] = {}
        for link in scene.connections:
            for place in self._places(link.destination):
                self._by_destination[place] = link
            for place in self._places(link.source):
                self._by_source.setdefault(place, []).append(link)

    def driver(self, node: SceneNode, place: str, other_names: tuple[str, ...] = ()) -> Driver:
        """What drives ``place`` (a short name) of a node; ``other_names`` are further names of the same attribute."""
        link = self._link(node, (place, *other_names, *_COMPOUNDS.get(place, ())))
        if link is None:
            return Driver()
        owner = node_of_plug(link.source)
        found = self._scene.find_nodes(owner)
        if len(found) != 1 or not found[0].type:
            return Driver(blocked=f"'{link.source}' drives it")
        return self._judged(found[0], link)

    def first_key(self, node: SceneNode, names: tuple[str, ...]) -> float | None:
        """Value of the first key of the curve that drives an attribute, in the file's units; None without one."""
        link = self._link(node, (*names, *_COMPOUNDS.get(names[0], ())))
        found = self._scene.find_nodes(node_of_plug(link.source)) if link is not None else []
        if len(found) != 1 or not found[0].type.startswith("animCurveT"):
            return None
        for attribute in found[0].having_base(".ktv"):
            if (attribute.index_range or (1, 1))[0] == 0 and len(attribute.numbers()) > 1:
                return attribute.numbers()[1]
        return None

    def _link(self, node: SceneNode, names: tuple[str, ...]) -> Connection | None:
        found = (self._by_destination.get((id(node), short_attribute(f".{name}"))) for name in names)
        return next((link for link in found if link is not None), None)

    def _judged(self, source: SceneNode, link: Connection) -> Driver:
        kind, name = source.type, source.name
        if kind.startswith("animCurveU"):
            return Driver(blocked=f"the driven key '{name}' has it")
        if kind.startswith("animCurveT"):
            return self._judged_curve(source)
        if kind.endswith("Constraint"):
            return Driver(blocked=f"the constraint '{name}' has it")
        if kind == "pairBlend":
            return Driver(blocked=f"the blend '{name}' of keys and a constraint has it")
        if kind.startswith("animBlend"):
            return Driver(blocked=f"animation layers have it ('{name}'); open the scene in Maya for those")
        words = {"expression": "the expression", "character": "the character set", "mute": "the muted channel"}
        if kind in words:
            return Driver(blocked=f"{words[kind]} '{name}' has it")
        attribute = short_attribute(link.source[len(node_of_plug(link.source)) :])
        return Driver(blocked=f"'{link.source}' drives it", plug=(id(source), attribute))

    def _judged_curve(self, curve: SceneNode) -> Driver:
        name = curve.name
        if is_locked(curve, "") or any(is_locked(curve, item.base[1:]) for item in curve.having_base(".ktv")):
            return Driver(blocked=f"its curve '{name}' is locked")
        onward = self._by_source.get((id(curve), ".o"), [])
        if len(onward) > 1:
            return Driver(blocked=f"its curve '{name}' also drives {len(onward) - 1} other attributes")
        driving = self._by_destination.get((id(curve), ".i"))
        if driving is not None and node_of_plug(driving.source) not in _TIME:
            return Driver(blocked=f"its curve '{name}' runs on '{driving.source}' instead of the scene's time")
        return Driver(curve)

    def _places(self, plug: str) -> list[tuple[int, str]]:
        owner = node_of_plug(plug)
        attribute = short_attribute(plug[len(owner) :])
        return [(id(node), attribute) for node in self._scene.find_nodes(owner) if node.type]
