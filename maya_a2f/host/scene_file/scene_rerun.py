"""Keys of a run onto the curves of a scene file: what an animator edited since an earlier run stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from maya_a2f.core.face_regions import KEPT_REASON, moves_any
from maya_a2f.core.handing_over import TAKE_OVER_HINT, CurveFate
from maya_a2f.core.key_marks import frames_of
from maya_a2f.core.keyed_merging import internal, keyed_of
from maya_a2f.core.ports import KeptKeys, SkippedCurve
from maya_a2f.core.rerun import Merged
from maya_a2f.core.rerun_scope import RerunScope
from maya_a2f.core.result_record import CurveRecord
from maya_a2f.core.rig import KeyedCurve
from maya_a2f.host.scene_file.curve_merging import merge_curve, write_merged
from maya_a2f.host.scene_file.ma_keys import unit_scale
from maya_a2f.host.scene_file.ma_scene import Scene, node_of_plug
from maya_a2f.host.scene_file.ma_text import node_name
from maya_a2f.host.scene_file.ma_writer import SceneText
from maya_a2f.host.scene_file.node_names import FreeNames
from maya_a2f.host.scene_file.scene_character import SceneAttribute
from maya_a2f.host.scene_file.scene_parts import CURVE_TYPES, write_curve
from maya_a2f.host.scene_file.scene_results import SceneResult, long_plug, made_uid, scene_results

_EDITED = "its keys were edited since they were written"


@dataclass(frozen=True)
class FileBakeOptions:
    """How keys land in a scene file."""

    result: str = ""
    """Name of the result; empty names it after the sound."""
    channels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Attribute -> channels that drive it, for the record."""
    scope: RerunScope | None = None
    """How much of an earlier result of that name is renewed, edits apart; None replaces whatever lies in the range."""
    keep_existing: frozenset[str] = frozenset()
    """Regions (:data:`maya_a2f.core.face_regions.REGIONS`) whose attributes are left alone where they carry animation
    that no run of ours has written."""


class CurveKeys:
    """Puts keys onto one attribute after the other, and remembers what it did."""

    def __init__(
        self,
        scene: Scene,
        added: SceneText,
        names: FreeNames,
        options: FileBakeOptions,
        earlier: SceneResult | None,
        attributes: Iterable[SceneAttribute],
    ) -> None:
        """``attributes`` are all of the character."""
        self._scene, self._added, self._names, self._options = scene, added, names, options
        self._scope = options.scope or RerunScope(takes_all=True)
        self._is_again = options.scope is not None and earlier is not None
        records = earlier.records if earlier is not None else ()
        self._by_place = {record.place: record for record in records if record.node}
        self._ours = {record.place for result in scene_results(scene) for record in result.records}
        self._by_name = {record.attribute: record for record in records}
        self._there = {node.uid: node for node in scene.nodes if node.uid}
        have_curves = any(item.curve is not None and self._record_of(item) is not None for item in attributes)
        self._all_gone = bool(records) and not have_curves and not any(item.curve in self._there for item in records)
        self.records: list[CurveRecord] = []
        self.skipped: list[SkippedCurve] = []
        self.kept: list[KeptKeys] = []
        self.key_count = 0
        self.beside = 0
        """Keys of others that stay."""

    def add(self, attribute: SceneAttribute, curve: KeyedCurve) -> None:
        """One curve of the run."""
        place, record = self._place_of(attribute), self._record_of(attribute)
        channels = self._options.channels.get(curve.attribute) or (record.channels if record is not None else ())
        if not self._scope.includes(channels or (curve.attribute,)):
            return
        reason = attribute.blocked or self._handed_over(attribute, curve, record)
        is_foreign = attribute.curve is not None and record is None and place not in self._ours
        if not reason and is_foreign and moves_any(channels or (curve.attribute,), self._options.keep_existing):
            reason = KEPT_REASON
        if reason:
            self.skipped.append(SkippedCurve(curve.attribute, reason))
            return
        plan = self._merged(attribute, curve, record)
        if plan.written is None:
            return
        made = CurveRecord(
            curve.attribute, curve.kind, *place, self._written_onto(attribute, curve, plan), 0, 0, "",
            record.before if record is not None else internal(attribute.rest, curve.kind),
            attribute.rest, tuple(channels), record.layer if record is not None else "",
        )  # fmt: skip
        self.records.append(made.renewed(plan.written))

    def _place_of(self, attribute: SceneAttribute) -> tuple[str, str]:
        return self._scene.node(node_of_plug(attribute.plug)).uid, long_plug(attribute.plug)

    def _record_of(self, attribute: SceneAttribute) -> CurveRecord | None:
        """By name where the nodes of the file have no UUIDs, or others than those recorded."""
        known = self._by_place.get(self._place_of(attribute))
        named = self._by_name.get(attribute.name)
        return known or (named if named is not None and named.node not in self._there else None)

    def _handed_over(self, attribute: SceneAttribute, curve: KeyedCurve, record: CurveRecord | None) -> str:
        now = attribute.curve
        other_type = now.type if now is not None and now.type != CURVE_TYPES[curve.kind] else ""
        if record is not None and self._is_again and not self._scope.takes(curve.attribute):
            ours = self._there.get(record.curve)
            reason = CurveFate(ours is not None, now is not None, ours is now, other_type, self._all_gone).reason
            if reason:
                self.kept.append(KeptKeys(curve.attribute, (), reason))
                return reason + TAKE_OVER_HINT
        return f"its curve '{now.name}' is of another type ({other_type})" if now is not None and other_type else ""

    def _merged(self, attribute: SceneAttribute, curve: KeyedCurve, record: CurveRecord | None) -> Merged:
        is_again = self._is_again and not self._all_gone
        rules = self._scope.rules(curve.attribute, self._scene.rate, clears_others=True, is_again=is_again)
        plan = merge_curve(self._scene, attribute.curve, curve, record.written if record is not None else None, rules)
        if plan.edited:
            frames = tuple(frames_of(zone, self._scene.rate) for zone in plan.edited)
            self.kept.append(KeptKeys(curve.attribute, frames, _EDITED))
        if plan.written is None:
            why = f"{_EDITED}{TAKE_OVER_HINT}" if plan.edited else "the new keys have nothing in the range"
            self.skipped.append(SkippedCurve(curve.attribute, why))
        elif record is None:
            self.beside += len(plan.stays)
        return plan

    def _written_onto(self, attribute: SceneAttribute, curve: KeyedCurve, plan: Merged) -> str:
        """Write the keys; the curve's UUID, empty where the file gives it none."""
        self.key_count += len(plan.keys)
        keyed = keyed_of(plan, curve, self._scene.rate)
        if attribute.curve is not None:
            write_merged(self._scene, attribute.curve, plan, keyed)
            return attribute.curve.uid
        name = self._names.free(node_name(curve.attribute))
        uid = made_uid(f"{self._scene.name}\n{attribute.plug}", name)
        write_curve(self._added, keyed, name, attribute.plug, 1.0 / unit_scale(self._scene, curve.kind), uid=uid)
        return uid
