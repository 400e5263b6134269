"""A host that keeps keys in a dictionary: tests, dry runs, anything that wants the keys themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

from maya_a2f.core.bake_plan import BakePlan, plan_bake
from maya_a2f.core.handing_over import TAKE_OVER_HINT
from maya_a2f.core.key_marks import frames_of
from maya_a2f.core.keyed_merging import fresh_of, keyed_of, keys_of
from maya_a2f.core.ports import AudioNode, BakeReport, KeptKeys, SkippedCurve, Timeline
from maya_a2f.core.rerun import Merged, Written, first_written, merged
from maya_a2f.core.rerun_scope import RerunScope
from maya_a2f.core.rig import KeyedCurve, Rig

_EDITED: Final = "its keys were edited since they were written"
_DELETED: Final = "its keys were deleted since they were written"
_OTHER_KEYS: Final = "its keys that stay have another kind of tangent"
_NOTHING: Final = "the new keys have nothing in the range"


class MemoryHost:
    """Keeps what was baked last per attribute.

    With a ``scope`` a bake over earlier keys is a second run: what was changed in :attr:`keys` since stays. All keys of
    a curve have one kind of tangent here, so edits beside keys of another kind keep their whole curve.
    """

    def __init__(
        self, rig: Rig, *, scope: RerunScope | None = None, channels: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self._rig = rig
        self.scope = scope
        self._channels = channels or {}
        self._written: dict[str, Written] = {}
        self.keys: dict[str, KeyedCurve] = {}
        """Attribute -> its keys."""
        self.timeline: Timeline | None = None
        self.audio: AudioNode | None = None
        self.metadata: dict[str, str] = {}

    def rig(self) -> Rig:
        """The rig it was made for."""
        return self._rig

    def bake(
        self,
        curves: Sequence[KeyedCurve],
        *,
        timeline: Timeline,
        audio: AudioNode | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> BakeReport:
        """Keep the keys the rig can take; see :class:`maya_a2f.core.ports.Host`."""
        plan = plan_bake(self._rig, curves)
        self.timeline, self.audio, self.metadata = timeline, audio, dict(metadata or {})
        if self.scope is None:
            self.keys.update((curve.attribute, curve) for curve in plan.curves)
            self._written.update(
                (curve.attribute, first_written(keys_of(curve, timeline.rate))) for curve in plan.curves
            )
            return BakeReport(tuple(curve.attribute for curve in plan.curves), plan.skipped)
        return self._renew(plan, timeline.rate, self.scope)

    def _renew(self, plan: BakePlan, rate: Fraction, scope: RerunScope) -> BakeReport:
        written: list[str] = []
        skipped, kept = list(plan.skipped), []
        count = 0
        for curve in plan.curves:
            name = curve.attribute
            if not scope.includes(self._channels.get(name, (name,))):
                continue
            record, old = self._written.get(name), self.keys.get(name)
            if record is not None and old is None and not scope.takes(name):
                kept.append(KeptKeys(name, (), _DELETED))
                skipped.append(SkippedCurve(name, _DELETED + TAKE_OVER_HINT))
                continue
            rules = scope.rules(name, rate, clears_others=True, is_again=bool(self._written))
            found = [] if old is None else keys_of(old, rate)
            result = merged(found, record, fresh_of(curve, rate), curve.kind, rules)
            if result.edited:
                kept.append(KeptKeys(name, tuple(frames_of(zone, rate) for zone in result.edited), _EDITED))
            is_mixed = old is not None and bool(result.stays) and old.tangent != curve.tangent
            if result.written is None or is_mixed:
                skipped.append(SkippedCurve(name, _EDITED if result.edited else _OTHER_KEYS if is_mixed else _NOTHING))
                continue
            self.keys[name] = _together(old, result, keyed_of(result, curve, rate))
            self._written[name] = result.written
            written.append(name)
            count += len(result.keys)
        return BakeReport(tuple(written), tuple(skipped), (), count, tuple(kept))


def _together(old: KeyedCurve | None, plan: Merged, fresh: KeyedCurve) -> KeyedCurve:
    stays = [(old.frames[at], old.values[at]) for at in plan.stays] if old is not None else []
    keys = sorted([*stays, *zip(fresh.frames, fresh.values, strict=True)])
    return KeyedCurve(
        fresh.attribute, fresh.kind, [frame for frame, _ in keys], [value for _, value in keys], fresh.tangent
    )
