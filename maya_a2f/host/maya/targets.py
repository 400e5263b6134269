"""Where the curves of a bake go: attributes found again, whether they take keys, and what lies there from before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from maya import cmds
from maya.api import OpenMaya, OpenMayaAnim

from maya_a2f.core.channels import ChannelKind
from maya_a2f.core.handing_over import TAKE_OVER_HINT, CurveFate
from maya_a2f.core.ports import KeptKeys, SkippedCurve
from maya_a2f.core.result_record import CurveRecord
from maya_a2f.core.rig import KeyedCurve
from maya_a2f.host.maya import layers as anim_layers
from maya_a2f.host.maya.bake_options import BakeOptions
from maya_a2f.host.maya.edits import TANGENTS, NewKeys
from maya_a2f.host.maya.existing import ExistingAnimation
from maya_a2f.host.maya.metadata import Result, curve_of_record
from maya_a2f.host.maya.outside_stubs import alias_pairs, curve_on_layer
from maya_a2f.host.maya.plugs import PlugState, node_named, plug_named, plug_state
from maya_a2f.host.maya.scan import Character, ScannedAttribute
from maya_a2f.host.maya.units import internal_value, ticks_of_frame, time_of_ticks

CURVE_TYPES: dict[ChannelKind, int] = {
    "rotate": OpenMayaAnim.MFnAnimCurve.kAnimCurveTA,
    "translate": OpenMayaAnim.MFnAnimCurve.kAnimCurveTL,
    "weight": OpenMayaAnim.MFnAnimCurve.kAnimCurveTU,
}


@dataclass(frozen=True)
class Target:
    """A curve and where it goes."""

    curve: KeyedCurve
    scanned: ScannedAttribute
    plug: OpenMaya.MPlug
    plug_name: str
    state: PlugState
    keys: NewKeys
    layer: str = ""
    """The animation layer that takes the keys; empty where none is asked."""
    record: CurveRecord | None = None
    """What an earlier run wrote there, and this one merges with."""
    is_again: bool = False
    """An earlier run left a result, whether it wrote here or not."""
    joined: str = ""
    """The layer it has to be made a member of."""


@dataclass(frozen=True)
class FoundTargets:
    """Every curve of a bake, sorted."""

    targets: tuple[Target, ...]
    skipped: tuple[SkippedCurve, ...]
    kept: tuple[KeptKeys, ...]
    """Those of the skipped ones that an animator took into their own hands."""


def find_targets(
    character: Character, curves: Sequence[KeyedCurve], rate: Fraction, options: BakeOptions, earlier: Result | None
) -> FoundTargets:
    """Curves that can be written, resolved anew: nodes may have been renamed or deleted since they were read.

    Curves outside of the regions asked for are in none of the lists.
    """
    finder, history, existing = _Finder(), _History(earlier), ExistingAnimation(character)
    skipped: list[SkippedCurve] = []
    kept: list[KeptKeys] = []
    places: list[tuple[KeyedCurve, ScannedAttribute, OpenMaya.MPlug, str, PlugState, CurveRecord | None]] = []
    for curve in curves:
        scanned = character.by_name[curve.attribute]
        record = history.record_of(scanned)
        if not options.scope.includes(_channels(curve.attribute, options, record)):
            continue
        found = finder.find(scanned)
        if isinstance(found, str):
            skipped.append(SkippedCurve(curve.attribute, found))
            continue
        state = plug_state(found[0])
        places.append((curve, scanned, *found, state, record))
        history.note(record, has_curve=state.freedom in ("keyed", "layered"))
    times: dict[tuple[float, ...], tuple[list[int], OpenMaya.MTimeArray]] = {}
    targets: list[Target] = []
    for curve, scanned, plug, name, state, record in places:
        layer = _layer_for(state, name, options, record)
        reason = state.reason or _layer_reason(state, layer, options)
        if record is not None and options.layer is not None and _is_elsewhere(record, layer, name, options):
            record = None  # another layer was asked for: nothing of that result lies there yet
        if not reason and record is not None and not options.whole_scope.takes(curve.attribute):
            reason = history.hand_over(record, plug, name, state, layer)
            if reason:
                kept.append(KeptKeys(curve.attribute, (), reason))
                reason += TAKE_OVER_HINT
        if not reason and record is None and options.layer is None and state.freedom in ("keyed", "layered"):
            channels = _channels(curve.attribute, options, record)
            reason = existing.kept_reason(scanned, channels, options.keep_existing)
        if reason:
            skipped.append(SkippedCurve(curve.attribute, reason))
            continue
        keys = new_keys(curve, rate, times)
        is_again = history.is_there and (record is not None or options.layer is None)
        joined = record.layer if record is not None and layer else ""
        targets.append(Target(curve, scanned, plug, name, state, keys, layer, record, is_again, joined))
    return FoundTargets(tuple(targets), tuple(skipped), tuple(kept))


def _channels(attribute: str, options: BakeOptions, record: CurveRecord | None) -> Sequence[str]:
    """What drives an attribute; its own name where nobody says."""
    known = options.channels.get(attribute) or (record.channels if record is not None else ())
    return known or (attribute.rpartition(".")[0].rpartition("|")[2] + "." + attribute.rpartition(".")[2],)


class _History:
    """What the earlier result left, and what became of it."""

    def __init__(self, earlier: Result | None) -> None:
        records = earlier.curves if earlier is not None else ()
        self._by_place = {record.place: record for record in records}
        # Nodes that came by an import have other UUIDs than those recorded: they are known by name.
        self._by_name = {record.attribute: record for record in records if not cmds.ls(record.node)}
        self._curves = {record.place: curve_of_record(record) for record in records}
        self._is_cleared = all(curve is None for curve in self._curves.values())

    def record_of(self, scanned: ScannedAttribute) -> CurveRecord | None:
        """What was written onto an attribute."""
        return self._by_place.get((scanned.node_uuid, scanned.plug)) or self._by_name.get(scanned.name)

    def note(self, record: CurveRecord | None, *, has_curve: bool) -> None:
        """An attribute of the record has keys: then the result was not cleared away."""
        self._is_cleared = self._is_cleared and not (record is not None and has_curve)

    @property
    def is_there(self) -> bool:
        """Whether anything of it is left."""
        return bool(self._by_place) and not self._is_cleared

    def hand_over(self, record: CurveRecord, plug: OpenMaya.MPlug, name: str, state: PlugState, layer: str) -> str:
        """Why the curve of a record is the animator's own by now; empty where keys of ours may still lie on it."""
        ours, now = self._curves[record.place], _curve_now(plug, name, state, layer)
        other_type = ""
        if now is not None and OpenMayaAnim.MFnAnimCurve(now).animCurveType != CURVE_TYPES[record.kind]:
            other_type = str(OpenMaya.MFnDependencyNode(now).typeName)
        fate = CurveFate(ours is not None, now is not None, ours == now, other_type, self._is_cleared)
        return fate.reason


def _curve_now(plug: OpenMaya.MPlug, name: str, state: PlugState, layer: str) -> OpenMaya.MObject | None:
    """The curve that keys would go to."""
    if layer:
        found = curve_on_layer(layer, name) if state.freedom == "layered" else None
        return None if found is None else node_named(found)
    return plug.source().node() if state.freedom == "keyed" else None


def _layer_for(state: PlugState, name: str, options: BakeOptions, record: CurveRecord | None) -> str:
    """Where keys of an attribute go that is layered, or is to be; a layer still to be made is not known here."""
    if options.layer is not None:
        return "" if options.layer.is_new else options.layer.name
    if state.freedom != "layered":
        return ""
    home = layer_of_record(record, name) if record is not None else ""
    return home or anim_layers.base_layer() or ""


def layer_of_record(record: CurveRecord, plug_name: str) -> str:
    """The animation layer that has the curve of a record, whatever it is called now; empty where none has."""
    curve = curve_of_record(record)
    for layer in anim_layers.layers_of(plug_name) if curve is not None else ():
        name = curve_on_layer(layer, plug_name)
        if name is not None and node_named(name) == curve:
            return layer
    return ""


def _is_elsewhere(record: CurveRecord, layer: str, plug_name: str, options: BakeOptions) -> bool:
    """Whether a layer was asked for that does not have the keys of the record."""
    is_new = options.layer is not None and options.layer.is_new
    return is_new or (curve_of_record(record) is not None and layer_of_record(record, plug_name) != layer)


def _layer_reason(state: PlugState, layer: str, options: BakeOptions) -> str:
    if state.freedom != "layered" or options.layer is not None:
        return ""
    if not layer:
        return "it is layered, and the scene has no base layer"
    return f"the animation layer '{layer}' is locked" if anim_layers.is_locked(layer) else ""


class _Finder:
    """Finds the attributes of a character again; asks once per node."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[str, str], str] = {}
        self._aliases: dict[str, dict[str, str]] = {}

    def find(self, scanned: ScannedAttribute) -> tuple[OpenMaya.MPlug, str] | str:
        """(plug, its name), or why there is none."""
        node = self._node(scanned)
        if not node:
            return f"its node '{scanned.node_path.rpartition('|')[2]}' is gone"
        if scanned.alias and self._alias_place(node, scanned.alias) != scanned.plug:
            return "its shape was renamed or removed since the character was read; read it again"
        name = f"{node}.{scanned.plug}"
        plug = plug_named(name)
        return (plug, name) if plug is not None else "it is gone"

    def _node(self, scanned: ScannedAttribute) -> str:
        """By UUID, so that a renamed node is found; by path where one reference loaded twice repeats the UUID."""
        key = (scanned.node_uuid, scanned.node_path)
        if key not in self._nodes:
            names = cmds.ls(scanned.node_uuid, long=True) or []
            if len(names) > 1:
                names = [name for name in names if name == scanned.node_path]
            self._nodes[key] = names[0] if names else ""
        return self._nodes[key]

    def _alias_place(self, node: str, alias: str) -> str:
        if node not in self._aliases:
            self._aliases[node] = dict(alias_pairs(node))
        return self._aliases[node].get(alias, "")


def new_keys(
    curve: KeyedCurve, rate: Fraction, times: dict[tuple[float, ...], tuple[list[int], OpenMaya.MTimeArray]]
) -> NewKeys:
    """Keys for the API; ``times`` is shared by curves with equal frames."""
    frames = tuple(curve.frames)
    if frames not in times:
        ticks = [ticks_of_frame(frame, rate) for frame in frames]
        times[frames] = ticks, OpenMaya.MTimeArray([time_of_ticks(tick) for tick in ticks])
    ticks, array = times[frames]
    return NewKeys(ticks, array, [internal_value(value, curve.kind) for value in curve.values], TANGENTS[curve.tangent])
