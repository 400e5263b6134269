"""Writing keys onto a character: one undo step, one call per curve, nothing but what was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal

from maya import cmds
from maya.api import OpenMaya, OpenMayaAnim

from maya_a2f.core.bake_plan import plan_bake
from maya_a2f.core.channels import ChannelKind
from maya_a2f.core.frame_rate import describe_rate
from maya_a2f.core.ports import AudioNode, BakeReport, SkippedCurve, Timeline
from maya_a2f.core.rig import KeyedCurve
from maya_a2f.errors import HostError
from maya_a2f.host.maya import layers as anim_layers
from maya_a2f.host.maya import timeline as sound
from maya_a2f.host.maya.apply_command import apply, load_command
from maya_a2f.host.maya.edits import (
    TANGENTS,
    CreateCurves,
    DeleteCurve,
    Edit,
    NewKeys,
    RemoveKeys,
    SetPlaybackRange,
    SeveralEdits,
    WriteKeys,
)
from maya_a2f.host.maya.metadata import (
    CurveRecord,
    RecordedKeys,
    Result,
    check_metadata,
    driven_plug,
    recorded_keys,
    recorded_plug,
    results,
    write_result,
)
from maya_a2f.host.maya.outside_stubs import alias_pairs
from maya_a2f.host.maya.plugs import PlugState, plug_named, plug_state
from maya_a2f.host.maya.scan import Character, ScannedAttribute
from maya_a2f.host.maya.snapshot import deselect, fingerprint, snapshot
from maya_a2f.host.maya.undo_step import one_step
from maya_a2f.host.maya.units import internal_value, scene_rate, ticks_of_frame, time_of_ticks

_CURVE_TYPES: dict[ChannelKind, int] = {
    "rotate": OpenMayaAnim.MFnAnimCurve.kAnimCurveTA,
    "translate": OpenMayaAnim.MFnAnimCurve.kAnimCurveTL,
    "weight": OpenMayaAnim.MFnAnimCurve.kAnimCurveTU,
}
_EDITED = "its keys were edited since they were written; force to lose the edits"


@dataclass(frozen=True)
class BakeOptions:
    """How keys land."""

    mode: Literal["replace", "insert"] = "replace"
    """Replace the keys from the first to the last new one, or leave those in between that are on other frames."""
    layer: anim_layers.LayerChoice | None = None
    """None writes to the curves themselves; where an attribute is layered already, to the base layer."""
    weighted: bool = False
    """Weighted tangents on new curves; curves that are there keep what they have."""
    force: bool = False
    """Replace keys of an earlier run even where they were edited since."""
    result: str = ""
    """Name of the result in the scene; empty names it after the sound. A result of the same name is replaced."""
    fit_range: bool = False
    """Set the playback range to the time line given."""
    show_sound: bool = True
    channels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Attribute -> channels that drove it, for the record."""


@dataclass(frozen=True)
class _Target:
    """A curve and where it goes."""

    curve: KeyedCurve
    scanned: ScannedAttribute
    plug: OpenMaya.MPlug
    plug_name: str
    state: PlugState
    keys: NewKeys
    old: RecordedKeys | None = None
    joined: str = ""
    """The layer it has to be made a member of."""


@dataclass(frozen=True)
class _Placed:
    """Where a target's keys went."""

    target: _Target
    curve: OpenMaya.MObject
    before: float
    """Value without the curve, internal units."""
    others: tuple[int, ...] = ()
    """Ticks of other keys in the stretch."""


def bake_character(
    character: Character,
    curves: Sequence[KeyedCurve],
    *,
    timeline: Timeline,
    audio: AudioNode | None = None,
    metadata: Mapping[str, str] | None = None,
    options: BakeOptions | None = None,
) -> BakeReport:
    """Write keys, all or none; one undo step. See :class:`maya_a2f.core.ports.Host`.

    Raises :class:`HostError` ``scene.rate``, ``scene.rate_changed``, ``layer.missing``, ``layer.locked`` or
    ``metadata.name``, or ``maya.refused`` for whatever Maya did not let happen; then nothing was changed.
    """
    options = options or BakeOptions()
    _check_rate(timeline.rate)
    if options.layer is not None:
        anim_layers.check_layer(options.layer)
    check_metadata(metadata or {})
    plan = plan_bake(character.rig(), curves)
    result = options.result or (audio.path.replace("\\", "/").rpartition("/")[2] if audio is not None else "")
    targets, skipped = _targets(character, plan.curves, timeline.rate, options, result)
    load_command()
    notes = _notes(character, targets, audio)
    with one_step():
        audio_name = sound.lay_sound(audio) if audio is not None else ""
        layer, written, refused = _write(targets, options, timeline)
        skipped += refused
        if written or metadata or audio_name:
            write_result(
                character.name,
                result,
                written,
                metadata or {},
                layer=layer,
                audio_node=audio_name,
                audio_offset_frame=audio.offset_frame if audio is not None else 0.0,
            )
    if audio_name and options.show_sound:
        sound.show_sound(audio_name)
    order = [curve.attribute for curve in plan.curves]
    done = {record.attribute for record in written}
    return BakeReport(
        tuple(attribute for attribute in order if attribute in done),
        (*plan.skipped, *skipped),
        tuple(notes),
    )


def remove_result(result: Result, *, force: bool = False) -> BakeReport:
    """Take exactly the keys of a result out again, with its node; one undo step.

    A curve edited since keeps its keys, is named, and the node stays for it, unless ``force``. A curve left without
    keys goes, and its attribute gets the value it had before.
    """
    edits: list[Edit] = []
    skipped: list[SkippedCurve] = []
    removed: list[str] = []
    going: list[str] = []
    memberships: dict[str, list[str]] = {}
    for record in result.curves:
        found = recorded_keys(record)
        plug = recorded_plug(record)
        if found is None or plug is None:
            skipped.append(SkippedCurve(record.attribute, "its curve is gone"))
        elif not found.is_untouched and not force:
            skipped.append(SkippedCurve(record.attribute, _EDITED))
        elif not _is_editable(found.curve):
            skipped.append(SkippedCurve(record.attribute, "its curve is locked or referenced"))
        else:
            edits.append(_removal(found, plug))
            removed.append(record.attribute)
            if isinstance(edits[-1], DeleteCurve):
                going.append(OpenMaya.MFnDependencyNode(found.curve).name())
            if record.layer and isinstance(edits[-1], DeleteCurve):
                name = plug.partialName(includeNodeName=True, useLongNames=True)
                memberships.setdefault(record.layer, []).append(name)
    stays = any(item.reason != "its curve is gone" for item in skipped)
    load_command()
    with one_step():
        deselect([*going, *([] if stays else [result.node])])
        if edits:
            apply(SeveralEdits(edits))
        for layer, names in memberships.items():
            anim_layers.take_from_layer(layer, names)
        if not stays:
            cmds.delete(result.node)
    return BakeReport(tuple(removed), tuple(skipped))


def _removal(found: RecordedKeys, plug: OpenMaya.MPlug) -> Edit:
    record = found.record
    inside = [at for at, key in enumerate(found.now.keys) if record.owns(key.ticks)]
    if len(inside) < len(found.now.keys):
        return RemoveKeys(found.curve, found.now, inside)
    return DeleteCurve(found.curve, found.now, driven_plug(found.curve) or plug, record.before)


def _is_editable(curve: OpenMaya.MObject) -> bool:
    function = OpenMaya.MFnDependencyNode(curve)
    return not function.isLocked and not function.isFromReferencedFile


def _check_rate(rate: Fraction) -> None:
    now = scene_rate()
    if now != rate:
        raise HostError(
            f"The scene runs at {describe_rate(now)} frames per second, the keys were made for {describe_rate(rate)}.",
            code="scene.rate_changed",
            hint="Animate again, or set the scene's frame rate back.",
        )


def _targets(
    character: Character, curves: Sequence[KeyedCurve], rate: Fraction, options: BakeOptions, result: str
) -> tuple[list[_Target], list[SkippedCurve]]:
    """Curves that can be written, resolved anew: nodes may have been renamed or deleted since they were read."""
    finder = _Finder()
    times: dict[tuple[float, ...], tuple[list[int], OpenMaya.MTimeArray]] = {}
    earlier = _earlier(character, result)
    targets: list[_Target] = []
    skipped: list[SkippedCurve] = []
    for curve in curves:
        scanned = character.by_name[curve.attribute]
        found = finder.find(scanned)
        if isinstance(found, str):
            skipped.append(SkippedCurve(curve.attribute, found))
            continue
        plug, name = found
        state = plug_state(plug)
        old = recorded_keys(earlier[curve.attribute]) if curve.attribute in earlier else None
        reason = state.reason or _layer_reason(state, name, options)
        if not reason and old is not None and not old.is_untouched and not options.force:
            reason = _EDITED
        if reason:
            skipped.append(SkippedCurve(curve.attribute, reason))
            continue
        targets.append(_Target(curve, scanned, plug, name, state, _new_keys(curve, rate, times), old=old))
    return targets, skipped


def _earlier(character: Character, result: str) -> dict[str, CurveRecord]:
    """Records of the result that this bake replaces."""
    return {
        record.attribute: record for known in results(character.name) if known.name == result for record in known.curves
    }


def _layer_reason(state: PlugState, plug_name: str, options: BakeOptions) -> str:
    if state.freedom != "layered" or options.layer is not None:
        return ""
    base = anim_layers.base_layer()
    if base is None:
        return "it is layered, and the scene has no base layer"
    return f"the animation layer '{base}' is locked" if anim_layers.is_locked(base) else ""


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


def _new_keys(
    curve: KeyedCurve, rate: Fraction, times: dict[tuple[float, ...], tuple[list[int], OpenMaya.MTimeArray]]
) -> NewKeys:
    frames = tuple(curve.frames)
    if frames not in times:
        ticks = [ticks_of_frame(frame, rate) for frame in frames]
        times[frames] = ticks, OpenMaya.MTimeArray([time_of_ticks(tick) for tick in ticks])
    ticks, array = times[frames]
    return NewKeys(ticks, array, [internal_value(value, curve.kind) for value in curve.values], TANGENTS[curve.tangent])


def _notes(character: Character, targets: Sequence[_Target], audio: AudioNode | None) -> list[str]:
    written = {target.curve.attribute.rpartition(".")[0] for target in targets}
    notes = [
        f"The envelope of '{shape.name}' is 0: its keys do not show."
        for shape in character.blend_shapes
        if shape.envelope == 0.0 and shape.name in written
    ]
    layered = [target for target in targets if target.state.freedom == "layered"]
    if layered:
        names = sorted({layer for target in layered for layer in anim_layers.layers_of(target.plug_name)})
        muted = [name for name in names if anim_layers.is_muted(name)]
        if muted:
            notes.append(f"Muted animation layers take part: {', '.join(muted)}.")
    return notes + (sound.playback_notes() if audio is not None else [])


def _write(
    targets: Sequence[_Target], options: BakeOptions, timeline: Timeline
) -> tuple[str, list[CurveRecord], list[SkippedCurve]]:
    """Layers by commands, then all keys by one command; (layer, what was written, what a layer refused)."""
    layer = anim_layers.made_layer(options.layer) if options.layer is not None and targets else ""
    if layer:
        targets = [_member(target, layer) for target in targets]
        anim_layers.add_to_layer(layer, [target.plug_name for target in targets if target.joined])
    refused: list[SkippedCurve] = []
    edits: list[Edit] = []
    placed: list[_Placed] = []
    fresh: list[_Target] = []
    for target in targets:
        where = layer or (anim_layers.base_layer() if target.state.freedom == "layered" else None)
        if where:
            found = anim_layers.curve_for_layer(where, target.plug_name, target.curve.frames[0])
            if found is None:
                refused.append(
                    SkippedCurve(target.curve.attribute, f"the animation layer '{where}' takes no key for it")
                )
                continue
            curve, is_new = found
            rest = _rest_inside(target)
            is_additive = where != anim_layers.base_layer() and not anim_layers.is_override(where)
            if is_additive:
                # Differences from the rest; an override layer and the base take the values as they are.
                target = replace(
                    target, keys=replace(target.keys, values=[value - rest for value in target.keys.values])
                )
            edit, others = _key_edit(target, curve, options, replaces_all=is_new)
            edits.append(edit)
            placed.append(_Placed(target, curve, 0.0 if is_additive else rest, others))
        elif target.state.freedom == "keyed":
            curve = target.plug.source().node()
            edit, others = _key_edit(target, curve, options)
            edits.append(edit)
            before = target.old.record.before if target.old else _rest_inside(target)
            placed.append(_Placed(target, curve, before, others))
        else:
            fresh.append(target)
    creation = CreateCurves(
        [(target.plug, _curve_name(target), target.keys) for target in fresh],
        curve_types=[_CURVE_TYPES[target.curve.kind] for target in fresh],
        weighted=options.weighted,
    )
    if fresh:
        edits.insert(0, creation)
    if options.fit_range:
        first, last = (
            time_of_ticks(ticks_of_frame(frame, timeline.rate)) for frame in (timeline.first_frame, timeline.last_frame)
        )
        edits.append(SetPlaybackRange(first, last))
    if edits:
        apply(SeveralEdits(edits))
    placed += map(_Placed, fresh, creation.curves, creation.values)
    order = {target.curve.attribute: at for at, target in enumerate(targets)}
    placed.sort(key=lambda item: order[item.target.curve.attribute])
    return layer, [_record(item, options) for item in placed], refused


def _member(target: _Target, layer: str) -> _Target:
    is_member = target.state.freedom == "layered" and layer in anim_layers.layers_of(target.plug_name)
    known = target.old.record.layer if target.old is not None and is_member else ""
    return replace(target, joined=known or ("" if is_member else layer))


def _rest_inside(target: _Target) -> float:
    return internal_value(target.scanned.rest, target.curve.kind)


def _key_edit(
    target: _Target, curve: OpenMaya.MObject, options: BakeOptions, *, replaces_all: bool = False
) -> tuple[Edit, tuple[int, ...]]:
    """(the edit, ticks of other keys that stay in the stretch): clears the stretch of the new keys and what is left of
    the earlier run, then writes."""
    is_known = target.old is not None and target.old.curve == curve
    before = target.old.now if target.old is not None and is_known else snapshot(curve)
    new = set(target.keys.ticks)
    first, last = target.keys.ticks[0], target.keys.ticks[-1]
    old = target.old.record if target.old is not None and is_known else None

    def goes(ticks: int) -> bool:
        in_stretch = options.mode == "replace" and first <= ticks <= last
        return replaces_all or ticks in new or in_stretch or (old is not None and old.owns(ticks))

    removed = [index for index, key in enumerate(before.keys) if goes(key.ticks)]
    others = tuple(key.ticks for key in before.keys if first <= key.ticks <= last and not goes(key.ticks))
    return WriteKeys(curve, before, target.keys, removed), others


def _curve_name(target: _Target) -> str:
    """``face_shapes_jawOpen``, as Maya would name it; without namespace, so the curve belongs to the scene."""
    name = target.curve.attribute.rpartition("|")[2].rpartition(":")[2]
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name)


def _record(placed: _Placed, options: BakeOptions) -> CurveRecord:
    target = placed.target
    keys = target.keys
    into, out = keys.tangents
    mark = fingerprint((tick, value, into, out) for tick, value in zip(keys.ticks, keys.values, strict=True))
    return CurveRecord(
        target.curve.attribute,
        target.curve.kind,
        target.scanned.node_uuid,
        target.scanned.plug,
        OpenMaya.MFnDependencyNode(placed.curve).uuid().asString(),
        keys.ticks[0],
        keys.ticks[-1],
        mark,
        placed.before,
        target.scanned.rest,
        tuple(options.channels.get(target.curve.attribute, ())),
        target.joined,
        placed.others,
    )
