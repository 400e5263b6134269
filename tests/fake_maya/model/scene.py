"""The fake's scene: nodes, plugs, connections, selection, time. Every change goes through a few primitives, so that a
command can be undone and redone exactly."""

from __future__ import annotations

import re
import uuid as uuids
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from maya_a2f.core.frame_rate import TICKS_PER_SECOND, rate_of_maya_unit
from tests.fake_maya.model.curves import CurveData
from tests.fake_maya.model.geometry import Geometry
from tests.fake_maya.model.node_types import DAG_TYPES, NODE_TYPES, SHAPE_TYPES, AttributeType
from tests.fake_maya.model.units import ANGULAR, LINEAR

_NO_RATES = {"hour": Fraction(1, 3600), "min": Fraction(1, 60), "sec": Fraction(1), "millisec": Fraction(1000)}

Plug = tuple[str, str]
"""(uuid of the node, path such as ``weight[3]``)."""


@dataclass(eq=False)
class Node:
    """A node. Change it through :class:`Scene` only."""

    type: str
    name: str
    """Namespace included."""
    uuid: str
    parent: Node | None = None
    attributes: dict[str, AttributeType] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    """Alias -> path."""
    locked_paths: frozenset[str] = frozenset()
    hidden_paths: dict[str, bool] = field(default_factory=dict)
    """Path -> keyable, where it was changed."""
    locked: bool = False
    reference: str = ""
    """Name of the reference node it came from."""
    curve: CurveData | None = None
    geometry: Geometry = field(default_factory=Geometry)
    """Points of a mesh, what a deformer does; no test changes it once it stands."""

    @property
    def is_dag(self) -> bool:
        return self.type in DAG_TYPES

    @property
    def short(self) -> str:
        return self.name.rpartition(":")[2]

    @property
    def namespace(self) -> str:
        return self.name.rpartition(":")[0]

    @property
    def path(self) -> str:
        """Full DAG path, or the name."""
        if not self.is_dag:
            return self.name
        return f"{self.parent.path if self.parent else ''}|{self.name}"

    def attribute(self, path: str) -> AttributeType:
        return self.attributes[path.partition("[")[0]]


class Scene:
    """One scene."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.connections: dict[Plug, Plug] = {}
        """Destination -> source."""
        self.selection: list[str] = []
        self.linear, self.angular, self.time_unit = "cm", "deg", "film"
        self.up = "y"
        self.ticks = 5880000
        self.ranges: dict[str, float] = {}
        self.file_name = ""
        self.file_info: dict[str, str] = {}
        self.reference_state: dict[str, dict[str, Any]] = {}
        self.shown: dict[Plug, float] = {}
        """Keyed plugs that were set past their curves: until the next evaluation."""
        self.recording = False
        self.journal: list[tuple[Callable[[], None], Callable[[], None]]] = []
        self._serial = 0
        for name in ("minTime", "animationStartTime"):
            self.ranges[name] = self.ticks
        for name in ("maxTime", "animationEndTime"):
            self.ranges[name] = self.ticks * 48
        self.ranges["playbackSpeed"] = 0.0

    # -- primitives -------------------------------------------------------------------------------------------------

    def apply(self, redo: Callable[[], None], undo: Callable[[], None]) -> None:
        """Do something; remember how to take it back while a command records."""
        redo()
        if self.recording:
            self.journal.append((undo, redo))

    def _assign(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        had, old = key in table, table.get(key)

        def undo() -> None:
            if had:
                table[key] = old
            else:
                table.pop(key, None)

        self.apply(lambda: table.__setitem__(key, value), undo)

    def _drop(self, table: dict[Any, Any], key: Any) -> None:
        if key in table:
            old, order = table[key], list(table)

            def undo() -> None:
                table[key] = old
                for name in order:
                    if name in table:
                        table[name] = table.pop(name)

            self.apply(lambda: table.__delitem__(key), undo)

    def set_member(self, owner: Any, name: str, value: Any) -> None:
        """Set a member of the scene or of a node."""
        old = getattr(owner, name)
        self.apply(lambda: setattr(owner, name, value), lambda: setattr(owner, name, old))

    def new_uuid(self) -> str:
        """The next UUID; the same ones in every run."""
        self._serial += 1
        return str(uuids.UUID(int=0xA2F00000000000000000000000000000 + self._serial)).upper()

    def create(self, node_type: str, name: str = "", parent: Node | None = None) -> Node:
        """A new node. Raises RuntimeError for an unknown type, as createNode does."""
        if node_type not in NODE_TYPES:
            raise RuntimeError(f"Unknown object type: {node_type}")
        node = self.unattached(node_type, name, parent)
        self.attach(node)
        return node

    def unattached(self, node_type: str, name: str, parent: Node | None = None) -> Node:
        """A node that is not yet in the scene."""
        node = Node(node_type, "", self.new_uuid(), parent)
        node.attributes = {attribute.long: attribute for attribute in NODE_TYPES[node_type]}
        if node_type.startswith("animCurve"):
            node.curve = CurveData(node_type[-2:])
        node.name = self.unique_name(name or f"{node_type}1", node)
        return node

    def attach(self, node: Node) -> None:
        """Put a node into the scene."""
        self._assign(self.nodes, node.uuid, node)

    def delete(self, node: Node) -> None:
        """Take a node out, with its children and connections."""
        for child in [other for other in self.nodes.values() if other.parent is node]:
            self.delete(child)
        for destination, source in list(self.connections.items()):
            if node.uuid in (destination[0], source[0]):
                self.disconnect(destination)
        left = [item for item in self.selection if item.partition(".")[0] != node.uuid]
        if left != self.selection:
            self.set_member(self, "selection", left)
        self._drop(self.nodes, node.uuid)

    def rename(self, node: Node, name: str) -> None:
        self.set_member(node, "name", self.unique_name(name, node))

    def connect(self, source: Plug, destination: Plug) -> None:
        if destination in self.connections:
            taken = self.plug_name(self.connections[destination])
            raise RuntimeError(f"'{self.plug_name(destination)}' already has an incoming connection from '{taken}'.")
        self.touch(destination)
        self._assign(self.connections, destination, source)

    def disconnect(self, destination: Plug) -> None:
        node = self.nodes[destination[0]]
        holds_value = node.attribute(destination[1]).kind not in ("generic", "message", "compound")
        kept = self.value(destination) if holds_value else None
        self._drop(self.connections, destination)
        if holds_value:
            self.set_value(destination, kept)

    def touch(self, plug: Plug) -> None:
        """Make an element of a multi exist."""
        node = self.nodes[plug[0]]
        if "[" in plug[1] and plug[1] not in node.values:
            self._assign(node.values, plug[1], node.attribute(plug[1]).default)

    def set_value(self, plug: Plug, value: Any) -> None:
        """In internal units."""
        self._assign(self.nodes[plug[0]].values, plug[1], value)

    def remove_element(self, plug: Plug) -> None:
        node = self.nodes[plug[0]]
        self._drop(node.values, plug[1])
        for alias in [name for name, path in node.aliases.items() if path == plug[1]]:
            self._drop(node.aliases, alias)

    def set_alias(self, node: Node, alias: str, path: str) -> None:
        for old in [name for name, other in node.aliases.items() if other == path]:
            self._drop(node.aliases, old)
        self._assign(node.aliases, alias, path)

    def set_locked(self, plug: Plug, locked: bool) -> None:
        node = self.nodes[plug[0]]
        self.set_member(
            node, "locked_paths", node.locked_paths | {plug[1]} if locked else node.locked_paths - {plug[1]}
        )

    def set_keyable(self, plug: Plug, keyable: bool) -> None:
        self._assign(self.nodes[plug[0]].hidden_paths, plug[1], keyable)

    def add_attribute(self, node: Node, attribute: AttributeType) -> None:
        if attribute.long in node.attributes:
            raise RuntimeError(f"Found an attribute with the same name: {attribute.long}")
        self._assign(node.attributes, attribute.long, attribute)

    def set_curve(self, node: Node, data: CurveData) -> None:
        self.set_member(node, "curve", data)

    # -- names ------------------------------------------------------------------------------------------------------

    def unique_name(self, wanted: str, node: Node) -> str:
        """The wanted name, or with a number where it is taken (among siblings for DAG nodes)."""
        wanted = re.sub(r"[^\w:]", "_", wanted.lstrip(":"))
        name = wanted
        while self._taken(name, node):
            stem, digits = re.fullmatch(r"(.*?)(\d*)", name).groups()  # type: ignore[union-attr]
            name = f"{stem}{int(digits or 0) + 1}"
        return name

    def _taken(self, name: str, node: Node) -> bool:
        return any(
            other.name == name
            and other is not node
            and (not (node.is_dag and other.is_dag) or other.parent is node.parent)
            for other in self.nodes.values()
        )

    def display_name(self, node: Node, long: bool = False) -> str:
        """As ``ls`` gives it: the shortest path that is unique."""
        if not node.is_dag or long:
            return node.path
        parts = node.path.split("|")[1:]
        for count in range(1, len(parts) + 1):
            name = "|".join(parts[-count:])
            if sum(1 for _ in self.matching(name)) == 1:
                return name
        return node.path

    def matching(self, name: str) -> Iterator[Node]:
        """Nodes a name means; * stands for any letters but a separator."""
        wanted = name.lstrip(":")
        if "|" not in wanted and "*" not in wanted:
            yield from [node for node in self.nodes.values() if node.name == wanted]
            return
        pattern = re.compile(re.escape(wanted).replace(r"\*", "[^|:]*"))
        for node in self.nodes.values():
            if name.startswith("|"):
                if node.is_dag and pattern.fullmatch(node.path):
                    yield node
            elif "|" in name:
                tail = "|".join(node.path.split("|")[-(name.count("|") + 1) :])
                if node.is_dag and pattern.fullmatch(tail):
                    yield node
            elif pattern.fullmatch(node.name):
                yield node

    def node(self, name: str) -> Node:
        """The one node of a name. RuntimeError for none, ValueError for several."""
        found = list(self.matching(name))
        if not found:
            raise RuntimeError(f"No object matches name: {name}")
        if len(found) > 1:
            raise ValueError(f"More than one object matches name: {name}")
        return found[0]

    def plug(self, name: str) -> Plug:
        """The plug of ``node.attribute``, short names and aliases included. RuntimeError where there is none."""
        owner, _, rest = name.partition(".")
        node = self.node(owner)
        path = self.path_of(node, rest)
        if path is None:
            raise RuntimeError(f"No object matches name: {name}")
        return node.uuid, path

    def path_of(self, node: Node, rest: str) -> str | None:
        """The canonical path of an attribute's name on a node."""
        last = rest.rpartition(".")[2]
        if last in node.aliases:
            return node.aliases[last]
        base, bracket, index = last.partition("[")
        for attribute in node.attributes.values():
            if base in (attribute.long, attribute.short):
                return f"{attribute.long}{bracket}{index}"
        return None

    def plug_name(self, plug: Plug, alias: bool = True) -> str:
        node = self.nodes[plug[0]]
        names = {path: name for name, path in node.aliases.items()}
        return f"{self.display_name(node)}.{names.get(plug[1], plug[1]) if alias else plug[1]}"

    # -- values -----------------------------------------------------------------------------------------------------

    @property
    def rate(self) -> Fraction:
        """Units of time per second; Maya counts in hours, minutes, seconds and milliseconds as well."""
        rate = rate_of_maya_unit(self.time_unit)
        return rate if rate is not None else _NO_RATES[self.time_unit]

    def unit_scale(self, kind: str) -> float:
        """What one unit the user sees is inside."""
        if kind == "angle":
            return ANGULAR[self.angular]
        if kind == "distance":
            return LINEAR[self.linear]
        if kind == "time":
            return float(TICKS_PER_SECOND / self.rate)
        return 1.0

    def value(self, plug: Plug, ticks: float | None = None) -> Any:
        """In internal units, through connections."""
        if ticks is None and plug in self.shown:
            return self.shown[plug]
        at = self.ticks if ticks is None else ticks
        source = self.connections.get(plug)
        if source is not None:
            return self._computed(source, at)
        node = self.nodes[plug[0]]
        return node.values.get(plug[1], node.attribute(plug[1]).default)

    def _computed(self, source: Plug, at: float) -> Any:
        node = self.nodes[source[0]]
        if node.curve is not None:
            where = at if node.curve.kind[0] == "T" else self.value((node.uuid, "input"), at)
            return node.curve.value_at(where)
        if node.type.startswith("animBlendNode"):
            axis = source[1].removeprefix("output")
            below = self.value((node.uuid, f"inputA{axis}"), at)
            own = self.value((node.uuid, f"inputB{axis}"), at)
            share = self.value((node.uuid, "weightB"), at)
            layer = self.layer_of(node)
            if layer is not None and layer.values.get("mute"):
                share = 0.0
            if layer is not None and layer.values.get("override"):
                return below + share * (own - below)
            return below + share * own
        if node.type == "pairBlend":
            return self.value((node.uuid, f"in{source[1].removeprefix('out')}1"), at)
        return self.value(source, at)

    def layer_of(self, blend: Node) -> Node | None:
        """The layer a blend node belongs to."""
        for destination, source in self.connections.items():
            if source == (blend.uuid, "message") and self.nodes[destination[0]].type == "animLayer":
                return self.nodes[destination[0]]
        return None

    # -- looking ----------------------------------------------------------------------------------------------------

    def indices(self, node: Node, attribute: str) -> list[int]:
        """Logical indices that exist."""
        found = {int(path[len(attribute) + 1 : -1]) for path in node.values if path.startswith(f"{attribute}[")}
        return sorted(found)

    def is_keyable(self, plug: Plug) -> bool:
        node = self.nodes[plug[0]]
        return node.hidden_paths.get(plug[1], node.attribute(plug[1]).keyable)

    def is_locked(self, plug: Plug) -> bool:
        """Locked itself, or through its compound or multi."""
        node = self.nodes[plug[0]]
        attribute = node.attribute(plug[1])
        return bool({plug[1], attribute.long, attribute.parent} & node.locked_paths)

    def shapes(self, node: Node) -> list[Node]:
        return [other for other in self.nodes.values() if other.parent is node and other.type in SHAPE_TYPES]

    def state(self) -> dict[str, Any]:
        """Everything, as plain data: two scenes are equal when their states are."""
        return {
            "nodes": {
                node.uuid: (
                    node.type, node.path, sorted(node.attributes), _set_values(node), dict(node.aliases),
                    node.locked_paths, dict(node.hidden_paths), node.locked, node.reference, node.curve,
                )
                for node in self.nodes.values()
            },
            "connections": dict(self.connections),
            "selection": list(self.selection),
            "time": (self.ticks, self.time_unit, self.linear, self.angular, dict(self.ranges)),
            "file": (self.file_name, dict(self.file_info)),
        }  # fmt: skip


def _set_values(node: Node) -> dict[str, Any]:
    """Values but defaults; elements of multis always count, for they exist."""
    return {path: value for path, value in node.values.items() if "[" in path or value != node.attribute(path).default}
