"""The character in a scene that was read: every attribute of it that could be driven, and what stands in the way.

Names are those the panel gives in Maya, so that one rig map serves both: no namespace, the shortest path that is
unique; ``node.alias`` for weights, ``node.rotateX`` for joints and controls.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from maya_a2f.core.channels import ChannelKind
from maya_a2f.core.rig import Rig, RigAttribute, RigJoint, Triple
from maya_a2f.errors import HostError
from maya_a2f.host.scene_file.ma_geometry import scene_blend_shapes
from maya_a2f.host.scene_file.ma_keys import unit_scale
from maya_a2f.host.scene_file.ma_scene import Scene, SceneNode, short_attribute
from maya_a2f.host.scene_file.node_attributes import (
    TRANSFORM_CHANNELS,
    AddedAttribute,
    added_attributes,
    hard_limits,
    is_keyable,
    is_locked,
)
from maya_a2f.host.scene_file.plug_sources import PlugSources
from maya_a2f.host.scene_file.scene_joints import rig_joints

_NAMED = 8


@dataclass(frozen=True)
class SceneAttribute:
    """One attribute of the character."""

    name: str
    """Name in the rig."""
    kind: ChannelKind
    rest: float
    """Degrees, centimetres or weight."""
    lowest: float | None
    highest: float | None
    plug: str
    """As a ``connectAttr`` of the file names it: ``|head|jaw.rx``, ``shapes.w[3]``."""
    curve: SceneNode | None
    """The animation curve that drives it alone."""
    blocked: str
    """Why it cannot be keyed, as a sentence without its subject; empty where it can."""
    follows: str = ""
    """The attribute of the same character that drives it."""


@dataclass(frozen=True)
class SceneCharacter:
    """What was read."""

    name: str
    attributes: tuple[SceneAttribute, ...]
    joints: tuple[RigJoint, ...]
    """Joints and control curves, in order of the file."""
    notes: tuple[str, ...]
    """What is worth knowing before keys are set, a sentence each."""

    def rig(self) -> Rig:
        """What can be driven; locked and connected attributes are in it, so that a bake can name them."""
        return Rig(
            self.name,
            tuple(
                RigAttribute(item.name, item.kind, item.rest, item.lowest, item.highest)
                for item in self.attributes
                if not item.follows
            ),
            self.joints,
        )


def scene_character(scene: Scene, name: str, namespace: str | None = None) -> SceneCharacter:
    """Read the character of a scene, or of one namespace of it (empty: what has none).

    ``name`` is the rig's name where there is no namespace. Raises :class:`HostError` ``character.several``,
    ``character.namespace``, ``character.empty``, ``scene.damaged`` or ``scene.unit``.
    """
    chosen = _namespace(scene, namespace)
    nodes = [node for node in scene.nodes if node.type and _namespace_of(node) == chosen]
    reader = _Reader(scene, nodes)
    for node in nodes:
        if node.type == "blendShape":
            reader.read_blend_shape(node)
    for node in nodes:
        if node.type == "joint":
            reader.read_joint(node)
    for node in nodes:
        if node.type == "transform":
            reader.read_control(node)
    if not reader.attributes:
        raise HostError(
            f"Nothing in '{scene.name}' can be driven: it has no blendShape, joint or control.{_references(scene)}",
            code="character.empty",
            hint="Choose the character's own scene; import its reference and save as Maya ASCII where it has one.",
        )
    notes = [*reader.notes, *([_references(scene).strip()] if scene.references else [])]
    return SceneCharacter(chosen or name, tuple(reader.with_followers()), tuple(reader.joints(nodes)), tuple(notes))


def _references(scene: Scene) -> str:
    if not scene.references:
        return ""
    shown = ", ".join(f"'{path}'" for path in scene.references[:3])
    return f" It references {shown}: what lies there is not in this file and is not keyed."


def _namespace(scene: Scene, wanted: str | None) -> str:
    found = {_namespace_of(node) for node in scene.of_type("blendShape", "joint")}
    shown = ", ".join(f"'{name}'" if name else "none ('')" for name in sorted(found)[:_NAMED])
    if wanted is not None:
        asked = wanted.strip(":")
        if asked in found or not found:
            return asked
        raise HostError(
            f"'{scene.name}' has no blendShape or joint in the namespace '{asked}'.",
            code="character.namespace",
            hint=f"It has them in: {shown}.",
        )
    if len(found) > 1:
        raise HostError(
            f"'{scene.name}' has several characters: blendShapes and joints lie in the namespaces {shown}.",
            code="character.several",
            hint="Say which one with --namespace NAME.",
        )
    return next(iter(found), "")


def _namespace_of(node: SceneNode) -> str:
    return node.name.removeprefix(":").rpartition(":")[0]


def _bare(name: str) -> str:
    return name.rpartition("|")[2].rpartition(":")[2]


def unique_names(nodes: Sequence[SceneNode]) -> dict[int, str]:
    """``id`` of a node -> its name without namespaces, made longer by its parents' names where two are equal."""
    names = {id(node): _bare(node.name) for node in nodes}
    for length in range(2, 1 + max((node.path.count("|") for node in nodes), default=1)):
        for node in _clashing(nodes, names):
            parts = [_bare(part) for part in node.path.split("|")[1:]]
            names[id(node)] = "|".join(parts[-length:]) if parts else node.name
    for node in _clashing(nodes, names):
        names[id(node)] = node.path
    return names


def _clashing(nodes: Sequence[SceneNode], names: dict[int, str]) -> list[SceneNode]:
    seen: dict[str, int] = {}
    for name in names.values():
        seen[name] = seen.get(name, 0) + 1
    return [node for node in nodes if seen[names[id(node)]] > 1]


class _Reader:
    """Gathers attributes and notes while nodes are read."""

    def __init__(self, scene: Scene, nodes: Sequence[SceneNode]) -> None:
        self._scene = scene
        self._names = unique_names([node for node in nodes if node.type in ("blendShape", "joint", "transform")])
        self._sources = PlugSources(scene)
        read = zip(scene.of_type("blendShape"), scene_blend_shapes(scene), strict=True)
        self._targets = {id(node): shape.targets for node, shape in read}
        self._controls = {node.parent for node in scene.of_type("nurbsCurve")}
        self._owners: dict[tuple[int, str], str] = {}
        self._rests: dict[int, dict[str, Triple]] = {}
        self._followed: dict[str, tuple[int, str]] = {}
        self.attributes: list[SceneAttribute] = []
        self.notes: list[str] = []

    def read_blend_shape(self, node: SceneNode) -> None:
        name, targets = self._names[id(node)], self._targets[id(node)]
        if not targets:
            self.notes.append(f"The blendShape '{name}' has no weights.")
        elif node.number(".en", 1.0) == 0.0:
            self.notes.append(f"The envelope of the blendShape '{name}' is 0: its keys would not show.")
        seen: set[str] = set()
        for target in targets:
            shown = target.alias or f"weight[{target.index}]"
            if shown in seen:
                self.notes.append(f"The blendShape '{name}' has two targets '{shown}'; only the first is keyed.")
                continue
            seen.add(shown)
            others = (f"weight[{target.index}]", shown)
            self._add(node, f"w[{target.index}]", f"{name}.{shown}", "weight", 0.0, (None, None), others)

    def read_joint(self, node: SceneNode) -> None:
        for channel in TRANSFORM_CHANNELS[:6]:
            self._add_channel(node, channel)
        self._add_own(node)

    def read_control(self, node: SceneNode) -> None:
        """All keyable channels of what carries a curve, else added attributes only."""
        if node.path in self._controls:
            for channel in TRANSFORM_CHANNELS:
                if is_keyable(node, channel.short):
                    self._add_channel(node, channel)
        self._add_own(node)

    def _add_channel(self, node: SceneNode, channel: AddedAttribute) -> None:
        limits = hard_limits(node, channel.short)
        name = f"{self._names[id(node)]}.{channel.long}"
        self._add(node, channel.short, name, channel.kind, self._rest(node, channel), limits, (channel.long,))

    def _add_own(self, node: SceneNode) -> None:
        for added in added_attributes(node):
            name = f"{self._names[id(node)]}.{added.long}"
            limits = (added.lowest, added.highest)
            self._add(node, added.short, name, added.kind, self._rest(node, added), limits, (added.long,))

    def _rest(self, node: SceneNode, attribute: AddedAttribute) -> float:
        """The saved value; of an animated attribute, which has none, its first key's."""
        compound, axis = attribute.short[:-1], attribute.short[-1:]
        if attribute in TRANSFORM_CHANNELS:
            default = attribute.default
            value: float | None = node.vector(f".{compound}", (default,) * 3)["xyz".index(axis)]
            is_set = any(item.name in (f".{compound}", f".{attribute.short}") for item in node.attributes)
        else:
            found = node.find(f".{attribute.short}") or node.find(f".{attribute.long}")
            is_set = found is not None and bool(found.text.strip())
            value = found.number() if found is not None and is_set else attribute.default
        if not is_set:
            value = self._sources.first_key(node, attribute.names)
            value = attribute.default if value is None else value
            if attribute in TRANSFORM_CHANNELS:
                self._rest_on_axis(node, attribute, value)
        return (value or 0.0) * unit_scale(self._scene, attribute.kind)

    def _rest_on_axis(self, node: SceneNode, attribute: AddedAttribute, value: float) -> None:
        """Remember where an animated node is at rest, in the file's units."""
        kind, axis = attribute.short[0], attribute.short[1]
        x, y, z = self._rests.setdefault(id(node), {}).get(kind) or node.vector(f".{kind}", (attribute.default,) * 3)
        x, y, z = (value if axis == name else old for name, old in zip("xyz", (x, y, z), strict=True))
        self._rests[id(node)][kind] = (x, y, z)

    def _add(
        self,
        node: SceneNode,
        place: str,
        name: str,
        kind: ChannelKind,
        rest: float,
        limits: tuple[float | None, float | None],
        other_names: Iterable[str],
    ) -> None:
        scale = unit_scale(self._scene, kind)
        low, high = (None if limit is None else limit * scale for limit in limits)
        if low is not None and high is not None and low > high:
            self.notes.append(f"'{name}' has its lowest value above its highest; the limits are not used.")
            low = high = None
        driver = self._sources.driver(node, place, tuple(other_names))
        blocked = driver.blocked
        if is_locked(node, place):
            blocked = "it is locked"
        elif is_locked(node, ""):
            blocked = f"its node '{node.name}' is locked"
        elif driver.plug is not None:
            self._followed[name] = driver.plug
        for own in (place, *other_names):
            self._owners[id(node), short_attribute(f".{own}")] = name
        plug = f"{self._plug_node(node)}.{place}"
        self.attributes.append(SceneAttribute(name, kind, rest, low, high, plug, driver.curve, blocked))

    def joints(self, nodes: Sequence[SceneNode]) -> list[RigJoint]:
        """Joints, and transforms that carry a curve."""
        placed = [
            node for node in nodes if node.type == "joint" or (node.type == "transform" and node.path in self._controls)
        ]
        free = {item.plug.rpartition(".")[0] for item in self.attributes if not item.blocked and item.kind != "weight"}
        driven = {id(node) for node in placed if self._plug_node(node) not in free}
        return rig_joints(self._scene, placed, self._names, self._rests, driven)

    def with_followers(self) -> list[SceneAttribute]:
        """The attributes, marked where another attribute of the character drives them, plug to plug."""
        return [
            replace(item, follows=self._owners.get(self._followed[item.name], ""))
            if item.name in self._followed
            else item
            for item in self.attributes
        ]

    def _plug_node(self, node: SceneNode) -> str:
        return node.name if len(self._scene.find_nodes(node.name)) == 1 else node.path
