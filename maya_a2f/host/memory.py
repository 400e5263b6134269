"""A host that keeps keys in a dictionary: tests, dry runs, anything that wants the keys themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from maya_a2f.core.bake_plan import plan_bake
from maya_a2f.core.ports import AudioNode, BakeReport, Timeline
from maya_a2f.core.rig import KeyedCurve, Rig


class MemoryHost:
    """Keeps what was baked last per attribute."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
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
        self.keys.update((curve.attribute, curve) for curve in plan.curves)
        self.timeline, self.audio, self.metadata = timeline, audio, dict(metadata or {})
        return BakeReport(tuple(curve.attribute for curve in plan.curves), plan.skipped)
