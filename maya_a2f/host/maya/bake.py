"""Writing keys onto a character: one undo step, one call per curve, nothing but what was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from maya.api import OpenMaya

from maya_a2f.core.bake_plan import plan_bake
from maya_a2f.core.frame_rate import describe_rate
from maya_a2f.core.ports import AudioNode, BakeReport, KeptKeys, SkippedCurve, Timeline
from maya_a2f.core.rerun import Merged, Written
from maya_a2f.core.result_record import CurveRecord
from maya_a2f.core.rig import KeyedCurve
from maya_a2f.errors import HostError
from maya_a2f.host.maya import layers as anim_layers
from maya_a2f.host.maya import timeline as sound
from maya_a2f.host.maya.apply_command import apply, load_command
from maya_a2f.host.maya.bake_options import BakeOptions as BakeOptions
from maya_a2f.host.maya.edits import CreateCurves, Edit, SetPlaybackRange, SeveralEdits
from maya_a2f.host.maya.merging import EDITED, edit_of, kept_keys, keys_to_write, merge
from maya_a2f.host.maya.metadata import Result, check_metadata, check_version, layer_of, results_on, write_result
from maya_a2f.host.maya.scan import Character
from maya_a2f.host.maya.snapshot import SavedKey, snapshot
from maya_a2f.host.maya.targets import CURVE_TYPES, Target, find_targets
from maya_a2f.host.maya.undo_step import one_step
from maya_a2f.host.maya.units import internal_value, scene_rate, ticks_of_frame, time_of_ticks


@dataclass(frozen=True)
class _Placed:
    """Where a target's keys went."""

    target: Target
    curve: OpenMaya.MObject
    before: float
    """Value without the curve, internal units."""
    written: Written


@dataclass(frozen=True)
class _Outcome:
    """What was written, and what was not."""

    layer: str
    records: tuple[CurveRecord, ...]
    skipped: tuple[SkippedCurve, ...]
    kept: tuple[KeptKeys, ...]
    key_count: int


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
    ``metadata.name``, ``result.newer``, or ``maya.refused`` for whatever Maya did not let happen; then nothing was
    changed.
    """
    options = options or BakeOptions()
    _check_rate(timeline.rate)
    if options.layer is not None:
        anim_layers.check_layer(options.layer)
    check_metadata(metadata or {})
    plan = plan_bake(character.rig(), curves)
    result = options.result or (audio.path.replace("\\", "/").rpartition("/")[2] if audio is not None else "")
    earlier = _earlier(character, result)
    if earlier is not None:
        check_version(earlier)
        if options.scope.is_part:
            metadata = None  # what made the whole still holds for the whole
    found = find_targets(character, plan.curves, timeline.rate, options, earlier)
    load_command()
    notes = _notes(character, found.targets, audio)
    with one_step():
        audio_name = sound.lay_sound(audio) if audio is not None else ""
        done = _write(found.targets, options, timeline)
        if done.records or metadata or audio_name:
            write_result(
                character.name,
                result,
                done.records,
                metadata or {},
                known=earlier,
                layer=done.layer or (layer_of(earlier) if earlier is not None else ""),
                audio_node=audio_name,
                audio_offset_frame=audio.offset_frame if audio is not None else 0.0,
            )
    if audio_name and options.show_sound:
        sound.show_sound(audio_name)
    order = [curve.attribute for curve in plan.curves]
    written = {record.attribute for record in done.records}
    return BakeReport(
        tuple(attribute for attribute in order if attribute in written),
        (*plan.skipped, *found.skipped, *done.skipped),
        tuple(notes),
        done.key_count,
        (*found.kept, *done.kept),
    )


def _earlier(character: Character, result: str) -> Result | None:
    """The result that this bake renews."""
    known = results_on(character.name, {item.node_uuid for item in character.attributes}, character.namespace)
    return next((item for item in known if item.name == result), None)


def _check_rate(rate: Fraction) -> None:
    now = scene_rate()
    if now != rate:
        raise HostError(
            f"The scene runs at {describe_rate(now)} frames per second, the keys were made for {describe_rate(rate)}.",
            code="scene.rate_changed",
            hint="Animate again, or set the scene's frame rate back.",
        )


def _notes(character: Character, targets: Sequence[Target], audio: AudioNode | None) -> list[str]:
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


def _write(targets: Sequence[Target], options: BakeOptions, timeline: Timeline) -> _Outcome:
    """Layers by commands, then all keys by one command."""
    layer = anim_layers.made_layer(options.layer) if options.layer is not None and targets else ""
    if layer:
        targets = [_member(target, layer) for target in targets]
        anim_layers.add_to_layer(layer, [target.plug_name for target in targets if target.joined])
    work = _Work(options, timeline.rate)
    for target in targets:
        work.add(target, layer or target.layer)
    creation = CreateCurves(
        [(target.plug, _curve_name(target), target.keys) for target, _ in work.fresh],
        curve_types=[CURVE_TYPES[target.curve.kind] for target, _ in work.fresh],
        weighted=options.weighted,
    )
    edits: list[Edit] = [*([creation] if work.fresh else []), *work.edits]
    if options.fit_range:
        first, last = (
            time_of_ticks(ticks_of_frame(frame, timeline.rate)) for frame in (timeline.first_frame, timeline.last_frame)
        )
        edits.append(SetPlaybackRange(first, last))
    if edits:
        apply(SeveralEdits(edits))
    for (target, written), curve, before in zip(work.fresh, creation.curves, creation.values, strict=False):
        work.placed.append(_Placed(target, curve, before, written))
    order = {target.curve.attribute: at for at, target in enumerate(targets)}
    work.placed.sort(key=lambda item: order[item.target.curve.attribute])
    records = tuple(_record(item, options) for item in work.placed)
    return _Outcome(layer, records, tuple(work.skipped), tuple(work.kept), work.key_count)


class _Work:
    """What is to be done, gathered target by target; a layer's first key is made at once."""

    def __init__(self, options: BakeOptions, rate: Fraction) -> None:
        self._options = options
        self._rate = rate
        self.edits: list[Edit] = []
        self.placed: list[_Placed] = []
        self.fresh: list[tuple[Target, Written]] = []
        """Attributes that get a new curve."""
        self.skipped: list[SkippedCurve] = []
        self.kept: list[KeptKeys] = []
        self.key_count = 0

    def add(self, target: Target, layer: str) -> None:
        """Merge the keys of a target with what lies there."""
        if layer:
            self._add_on_layer(target, layer)
        elif target.state.freedom == "keyed":
            curve = target.plug.source().node()
            before = target.record.before if target.record is not None else _rest_inside(target)
            self._merge(target, curve, before)
        else:
            plan = self._planned(target, ())
            if plan is not None and plan.written is not None:
                self.fresh.append((replace(target, keys=keys_to_write(plan, target.keys)), plan.written))

    def _add_on_layer(self, target: Target, layer: str) -> None:
        found = anim_layers.curve_for_layer(layer, target.plug_name, target.curve.frames[0])
        if found is None:
            reason = f"the animation layer '{layer}' takes no key for it"
            self.skipped.append(SkippedCurve(target.curve.attribute, reason))
            return
        curve, is_new = found
        rest = _rest_inside(target)
        is_additive = layer != anim_layers.base_layer() and not anim_layers.is_override(layer)
        if is_additive:
            # Differences from the rest; an override layer and the base take the values as they are.
            target = replace(target, keys=replace(target.keys, values=[value - rest for value in target.keys.values]))
        self._merge(target, curve, 0.0 if is_additive else rest, is_new=is_new)

    def _merge(self, target: Target, curve: OpenMaya.MObject, before: float, *, is_new: bool = False) -> None:
        """``is_new``: the only key on the curve is the one that made Maya make it."""
        found = snapshot(curve)
        plan = self._planned(target, () if is_new else found.keys)
        if plan is None or plan.written is None:
            return
        self.edits.append(edit_of(plan, curve, found, keys_to_write(plan, target.keys)))
        self.placed.append(_Placed(target, curve, before, plan.written))

    def _planned(self, target: Target, found: Sequence[SavedKey]) -> Merged | None:
        """How the keys merge; None, and a reason, where nothing is written."""
        plan = merge(target, found, self._rate, self._options)
        attribute = target.curve.attribute
        kept = kept_keys(attribute, plan, self._rate)
        if kept is not None:
            self.kept.append(kept)
        if plan.written is None:
            edited = f"{EDITED}; take it over to lose the edits"
            self.skipped.append(SkippedCurve(attribute, edited if kept else "the new keys have nothing in the range"))
            return None
        self.key_count += len(plan.keys)
        return plan


def _member(target: Target, layer: str) -> Target:
    is_member = target.state.freedom == "layered" and layer in anim_layers.layers_of(target.plug_name)
    known = target.record.layer if target.record is not None and is_member else ""
    return replace(target, joined=known or ("" if is_member else layer))


def _rest_inside(target: Target) -> float:
    return internal_value(target.scanned.rest, target.curve.kind)


def _curve_name(target: Target) -> str:
    """``face_shapes_jawOpen``, as Maya would name it; without namespace, so the curve belongs to the scene."""
    name = target.curve.attribute.rpartition("|")[2].rpartition(":")[2]
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name)


def _record(placed: _Placed, options: BakeOptions) -> CurveRecord:
    target = placed.target
    known = target.record.channels if target.record is not None else ()
    record = CurveRecord(
        target.curve.attribute,
        target.curve.kind,
        target.scanned.node_uuid,
        target.scanned.plug,
        OpenMaya.MFnDependencyNode(placed.curve).uuid().asString(),
        placed.written.first,
        placed.written.last,
        placed.written.fingerprint,
        placed.before,
        target.scanned.rest,
        tuple(options.channels.get(target.curve.attribute, known)),
        target.joined,
    )
    return record.renewed(placed.written)
