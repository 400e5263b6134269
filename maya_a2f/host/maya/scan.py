"""Reading a character: every attribute of it that could be driven, and who has it (specification, maya.md 5, 6, 8)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from maya import cmds
from maya.api import OpenMaya, OpenMayaAnim

from maya_a2f.core.channels import ChannelKind
from maya_a2f.core.rig import Rig, RigAttribute, RigJoint
from maya_a2f.errors import HostError
from maya_a2f.host.maya.layers import is_muted, layers_of
from maya_a2f.host.maya.metadata import results
from maya_a2f.host.maya.outside_stubs import alias_pairs, attribute_limit, deformed_shapes
from maya_a2f.host.maya.placing import ROTATE_ORDERS, mesh_name, placed_joints
from maya_a2f.host.maya.plugs import PlugState, node_named, plug_named, plug_state
from maya_a2f.host.maya.units import outside_value

_KINDS: dict[int, ChannelKind] = {
    OpenMayaAnim.MFnAnimCurve.kAnimCurveTA: "rotate",
    OpenMayaAnim.MFnAnimCurve.kAnimCurveTL: "translate",
    OpenMayaAnim.MFnAnimCurve.kAnimCurveTU: "weight",
}
_JOINT_CHANNELS = tuple(f"{word}{axis}" for word in ("translate", "rotate") for axis in "XYZ")
_LIMIT_WORDS = {"translate": "Trans", "rotate": "Rot", "scale": "Scale"}


@dataclass(frozen=True)
class ScannedAttribute:
    """One attribute of the character."""

    name: str
    """Name in the rig: no namespace, the shortest path that is unique in the character."""
    kind: ChannelKind
    rest: float
    lowest: float | None
    highest: float | None
    node_uuid: str
    node_path: str
    plug: str
    """``weight[3]``, ``rotateX``."""
    alias: str
    """Name of the shape; empty for other attributes and for weights without one."""
    state: PlugState
    is_hidden: bool
    """Not keyable: a hint only, it can be keyed all the same."""
    is_referenced: bool
    layers: tuple[str, ...] = ()
    muted_layers: tuple[str, ...] = ()
    follows: str = ""
    """The attribute of the same character that drives it."""
    meshes: tuple[str, ...] = ()
    """Meshes that a weight of shapes moves."""


@dataclass(frozen=True)
class ScannedJoint:
    """One joint."""

    name: str
    rotate_order: str
    """``xyz`` …"""
    joint_orient_degrees: tuple[float, float, float]
    rotate_axis_degrees: tuple[float, float, float]
    compensates_scale: bool


@dataclass(frozen=True)
class ScannedBlendShape:
    """One blendShape node."""

    name: str
    weights: tuple[tuple[int, str], ...]
    """(logical index, alias); indices are sparse where targets were deleted."""
    envelope: float


@dataclass(frozen=True)
class Character:
    """What was read."""

    name: str
    namespace: str
    attributes: tuple[ScannedAttribute, ...]
    joints: tuple[ScannedJoint, ...]
    blend_shapes: tuple[ScannedBlendShape, ...]
    warnings: tuple[str, ...]
    places: tuple[RigJoint, ...] = ()
    """Where joints and controls stand."""
    by_name: dict[str, ScannedAttribute] = field(default_factory=dict, compare=False, repr=False)

    def rig(self) -> Rig:
        """What can be driven. Locked and connected attributes are in it, so that a bake can name them and say why they
        were skipped; those that follow another attribute of the character are not: that one is keyed."""
        return Rig(
            self.name,
            tuple(
                RigAttribute(item.name, item.kind, item.rest, item.lowest, item.highest, item.meshes)
                for item in self.attributes
                if not item.follows
            ),
            self.places,
        )


def read_character(selection: Sequence[str] | None = None, *, namespace: str | None = None) -> Character:
    """Read the selected character, or everything in a namespace.

    A selected node in a namespace means that namespace; one without means everything below its topmost node. Raises
    :class:`HostError` ``character.unselected``, ``character.several``, ``character.namespace`` or ``character.empty``.
    """
    if namespace is not None:
        return _read(namespace.strip(":"), _in_namespace(namespace.strip(":")), ())
    chosen = cmds.ls(list(selection), long=True) if selection is not None else cmds.ls(selection=True, long=True)
    if not chosen:
        raise HostError(
            "No character is selected.",
            code="character.unselected",
            hint="Select any part of the character (a joint, a control or the mesh), or name its namespace.",
        )
    chosen = [name.partition(".")[0] for name in chosen]  # a vertex means its mesh
    namespaces = sorted({_namespace(name) for name in chosen})
    if len(namespaces) > 1:
        raise HostError(
            f"Several characters are selected: {', '.join(repr(name) for name in namespaces)}.",
            code="character.several",
            hint="Select parts of one character only.",
        )
    if namespaces[0]:
        return _read(namespaces[0], _in_namespace(namespaces[0]), ())
    roots = sorted({f"|{name.split('|')[1]}" for name in chosen if name.startswith("|")})
    loose = [name for name in chosen if not name.startswith("|")]
    return _read("", _below(roots), loose)


def _known(node: str) -> OpenMaya.MObject:
    found = node_named(node)
    if found is None:
        raise HostError(
            f"The node '{node}' went away while the character was read.", code="scene.changed", hint="Read it again."
        )
    return found


def _namespace(name: str) -> str:
    return name.rpartition("|")[2].rpartition(":")[0]


def _bare(name: str) -> str:
    return name.rpartition("|")[2].rpartition(":")[2]


def _in_namespace(namespace: str) -> list[str]:
    if not cmds.namespace(exists=f":{namespace}"):
        raise HostError(
            f"The scene has no namespace '{namespace}'.",
            code="character.namespace",
            hint="Load the character's reference, or choose another namespace.",
        )
    names = cmds.namespaceInfo(f":{namespace}", listOnlyDependencyNodes=True, recurse=True, dagPath=True)
    return (cmds.ls(list(names), long=True) or []) if names else []


def _below(roots: Sequence[str]) -> list[str]:
    found = list(roots)
    for root in roots:
        found += reversed(cmds.listRelatives(root, allDescendents=True, fullPath=True) or [])
    return found


def _read(namespace: str, nodes: list[str], loose: Sequence[str]) -> Character:
    joints = [node for node in nodes if cmds.nodeType(node) == "joint"]
    controls = [node for node in nodes if cmds.nodeType(node) == "transform"]
    shapes = _blend_shapes([*nodes, *loose])
    names = _unique_names([*shapes, *joints, *controls])
    reader = _Reader(names)
    blend_shapes = tuple(reader.read_blend_shape(node) for node in shapes)
    scanned_joints = tuple(reader.read_joint(node) for node in joints)
    for node in controls:
        reader.read_control(node)
    if not reader.attributes:
        what = namespace or _bare([*nodes, *loose, "?"][0])
        raise HostError(
            f"Nothing of '{what}' can be driven: it has no blendShape, joint or control.",
            code="character.empty",
            hint="Select the character's own rig or face; a bare mesh has nothing to put keys on.",
        )
    attributes = _with_followers(reader.attributes)
    roots = [node for node in nodes if node.count("|") == 1]
    name = namespace or (_bare(roots[0]) if roots else _bare(loose[0]))
    return Character(
        name, namespace, attributes, scanned_joints, blend_shapes, tuple(reader.warnings),
        placed_joints([*joints, *reader.curve_controls], names, _driven_nodes(reader.attributes)),
        {item.name: item for item in attributes},
    )  # fmt: skip


def _blend_shapes(nodes: Sequence[str]) -> list[str]:
    """blendShapes among the nodes and in the history of the meshes, each once."""
    found = dict.fromkeys(node for node in nodes if cmds.nodeType(node) == "blendShape")
    for mesh in nodes:
        if cmds.nodeType(mesh) == "mesh" and not cmds.getAttr(f"{mesh}.intermediateObject"):
            history = cmds.listHistory(mesh, pruneDagObjects=True) or []
            found.update(dict.fromkeys(node for node in history if cmds.nodeType(node) == "blendShape"))
    return list(found)


def _unique_names(nodes: Sequence[str]) -> dict[str, str]:
    """Node -> its name without namespaces, made longer by its parents' names (or its namespace) where two are equal."""
    names = {node: _bare(node) for node in nodes}
    for length in range(2, 1 + max((node.count("|") for node in nodes), default=1)):
        for node in _clashing(names):
            parts = [part.rpartition(":")[2] for part in node.split("|")[1:]]
            names[node] = "|".join(parts[-length:]) if parts else node
    for node in _clashing(names):
        names[node] = node.rpartition("|")[2]
    return names


def _clashing(names: dict[str, str]) -> list[str]:
    values = list(names.values())
    return [node for node, name in names.items() if values.count(name) > 1]


def _with_followers(attributes: Sequence[ScannedAttribute]) -> tuple[ScannedAttribute, ...]:
    """Mark what is driven by another attribute of the character, plug to plug."""
    places = {f"{item.node_path.rpartition('|')[2]}.{item.plug}": item.name for item in attributes}
    return tuple(
        replace(item, follows=places.get(_driver(item), "")) if item.state.freedom == "connected" else item
        for item in attributes
    )


def _driven_nodes(attributes: Sequence[ScannedAttribute]) -> frozenset[str]:
    """Paths of nodes none of whose rotations and translations takes keys."""
    takes_keys: dict[str, bool] = {}
    for item in attributes:
        if item.kind != "weight":
            takes_keys[item.node_path] = takes_keys.get(item.node_path, False) or item.state.takes_keys
    return frozenset(node for node, takes in takes_keys.items() if not takes)


def _driver(item: ScannedAttribute) -> str:
    plug = plug_named(f"{item.node_path}.{item.plug}")
    if plug is None:
        return ""
    source = plug.source()
    return f"{OpenMaya.MFnDependencyNode(source.node()).name()}.{source.partialName(useLongNames=True)}"


class _Reader:
    """Gathers attributes and warnings while nodes are read."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = names
        self._rests = {(record.node, record.plug): record.rest for result in results() for record in result.curves}
        self.attributes: list[ScannedAttribute] = []
        self.warnings: list[str] = []
        self.curve_controls: list[str] = []

    def read_blend_shape(self, node: str) -> ScannedBlendShape:
        """Every weight that exists, by its logical index."""
        function = OpenMaya.MFnDependencyNode(_known(node))
        aliases = {place: alias for alias, place in alias_pairs(node)}
        indices: Iterable[int] = cmds.getAttr(f"{node}.weight", multiIndices=True) or ()
        weights = []
        meshes = tuple(dict.fromkeys(mesh_name(shape) for shape in deformed_shapes(node)))
        for index in indices:
            alias = aliases.get(f"weight[{index}]", "")
            weights.append((index, alias))
            self._add(node, f"weight[{index}]", shown=alias or f"weight[{index}]", alias=alias, meshes=meshes)
        name = self._names[node]
        envelope = function.findPlug("envelope", False).asDouble()
        if not weights:
            self.warnings.append(f"The blendShape '{name}' has no weights.")
        if envelope == 0.0:
            self.warnings.append(f"The envelope of the blendShape '{name}' is 0: its keys would not show.")
        return ScannedBlendShape(name, tuple(weights), envelope)

    def read_joint(self, node: str) -> ScannedJoint:
        """Translations, rotations and added attributes of a joint."""
        for channel in _JOINT_CHANNELS:
            self._add(node, channel)
        self._add_user_attributes(node)
        function = OpenMaya.MFnDependencyNode(_known(node))

        def degrees(name: str) -> tuple[float, float, float]:
            x, y, z = (math.degrees(function.findPlug(f"{name}{axis}", False).asDouble()) for axis in "XYZ")
            return x, y, z

        return ScannedJoint(
            self._names[node],
            ROTATE_ORDERS[function.findPlug("rotateOrder", False).asInt()],
            degrees("jointOrient"),
            degrees("rotateAxis"),
            function.findPlug("segmentScaleCompensate", False).asBool(),
        )

    def read_control(self, node: str) -> None:
        """What an animator can key on a transform: all of a control curve's channels, else added attributes only."""
        if cmds.listRelatives(node, shapes=True, type="nurbsCurve"):
            self.curve_controls.append(node)
            for name in cmds.listAttr(node, keyable=True, scalar=True) or []:
                if name != "visibility":
                    self._add(node, name)
        else:
            self._add_user_attributes(node)

    def _add_user_attributes(self, node: str) -> None:
        for name in cmds.listAttr(node, userDefined=True, keyable=True, scalar=True) or []:
            self._add(node, name)

    def _add(self, node: str, place: str, *, shown: str = "", alias: str = "", meshes: tuple[str, ...] = ()) -> None:
        plug = plug_named(f"{node}.{place}")
        kind = _KINDS.get(OpenMayaAnim.MFnAnimCurve().timedAnimCurveTypeForPlug(plug)) if plug is not None else None
        if plug is None or kind is None:
            return
        function = OpenMaya.MFnDependencyNode(plug.node())
        uuid = function.uuid().asString()
        state = plug_state(plug)
        layers = layers_of(f"{node}.{place}") if state.freedom == "layered" else ()
        lowest, highest = self._limits(function, node, place, kind)
        rest = self._rest(plug, kind, uuid, place)
        self.attributes.append(
            ScannedAttribute(
                f"{self._names[node]}.{shown or place}", kind, rest, lowest,
                highest, uuid, node, place, alias, state, not plug.isKeyable, function.isFromReferencedFile, layers,
                tuple(layer for layer in layers if is_muted(layer)), meshes=meshes,
            )
        )  # fmt: skip

    def _rest(self, plug: OpenMaya.MPlug, kind: ChannelKind, uuid: str, place: str) -> float:
        """Weights of shapes rest at 0; keys of ours remember the rest they were made from; else it is the value now."""
        if place.startswith("weight["):
            return 0.0
        known = self._rests.get((uuid, place))
        if known is not None:
            return known
        return outside_value(plug.asDouble(), kind)

    def _limits(
        self, function: OpenMaya.MFnDependencyNode, node: str, place: str, kind: ChannelKind
    ) -> tuple[float | None, float | None]:
        """Hard limits in the rig's unit. Weights of shapes have soft ones only."""
        word = _LIMIT_WORDS.get(place[:-1])
        if word is not None and place[-1] in "XYZ":
            low, high = (
                outside_value(function.findPlug(name, False).asDouble(), kind)
                if function.findPlug(f"{name}Enable", False).asBool()
                else None
                for name in (f"min{word}{place[-1]}Limit", f"max{word}{place[-1]}Limit")
            )
            return low, high
        if kind != "weight" or place.startswith("weight["):
            return None, None
        return attribute_limit(node, place, lowest=True), attribute_limit(node, place, lowest=False)
