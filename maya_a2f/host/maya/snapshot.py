"""What curves and scene looked like before, and putting it back exactly.

Undo does not rely on ``MAnimCurveChange``: whether it takes back replaced keys is doubtful (specification, maya.md
section 4), so the old keys are read before they are touched.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from maya import cmds
from maya.api import OpenMaya, OpenMayaAnim

from maya_a2f.host.maya.outside_stubs import current_frame, set_current_frame
from maya_a2f.host.maya.units import ticks_of_time, time_of_ticks

_STEPS = frozenset((OpenMayaAnim.MFnAnimCurve.kTangentStep, OpenMayaAnim.MFnAnimCurve.kTangentStepNext))


class SavedKey(NamedTuple):
    """One key as Maya holds it."""

    ticks: int
    value: float
    """Radians, centimetres or plain."""
    into: int
    """In-tangent, a number of MFnAnimCurve."""
    out: int
    into_xy: tuple[float, float] | None
    """Direction, for fixed tangents only: Maya computes the others."""
    out_xy: tuple[float, float] | None
    is_tangent_locked: bool
    is_weight_locked: bool
    is_breakdown: bool


@dataclass(frozen=True)
class CurveSnapshot:
    """A curve as it was."""

    keys: tuple[SavedKey, ...]
    is_weighted: bool
    pre_infinity: int
    post_infinity: int


def snapshot(curve: OpenMaya.MObject) -> CurveSnapshot:
    """Read a curve. One call per key and fact: only curves that have keys already pay for it."""
    function = OpenMayaAnim.MFnAnimCurve(curve)
    fixed = OpenMayaAnim.MFnAnimCurve.kTangentFixed
    keys = []
    for index in range(function.numKeys):
        into, out = function.inTangentType(index), function.outTangentType(index)
        keys.append(
            SavedKey(
                ticks_of_time(function.input(index)),
                function.value(index),
                into,
                out,
                tuple(function.getTangentXY(index, True)) if into == fixed else None,
                tuple(function.getTangentXY(index, False)) if out == fixed else None,
                function.tangentsLocked(index),
                function.weightsLocked(index),
                function.isBreakdown(index),
            )
        )
    return CurveSnapshot(tuple(keys), function.isWeighted, function.preInfinityType, function.postInfinityType)


def restore(curve: OpenMaya.MObject, saved: CurveSnapshot) -> None:
    """Give a curve its old keys, tangents, locks and infinities back."""
    function = OpenMayaAnim.MFnAnimCurve(curve)
    if function.isWeighted != saved.is_weighted:
        function.setIsWeighted(saved.is_weighted)
    if saved.keys:
        function.addKeys(
            OpenMaya.MTimeArray([time_of_ticks(key.ticks) for key in saved.keys]),
            OpenMaya.MDoubleArray([key.value for key in saved.keys]),
            OpenMayaAnim.MFnAnimCurve.kTangentLinear,
            OpenMayaAnim.MFnAnimCurve.kTangentLinear,
            False,
        )
    else:
        for index in reversed(range(function.numKeys)):
            function.remove(index)
    _restore_tangents(function, saved.keys)
    function.setPreInfinityType(saved.pre_infinity)
    function.setPostInfinityType(saved.post_infinity)


def _restore_tangents(function: OpenMayaAnim.MFnAnimCurve, keys: tuple[SavedKey, ...]) -> None:
    """Types of equal pairs at once; directions key by key with the lock open, else one side would move the other."""
    pairs: dict[tuple[int, int], list[int]] = {}
    for index, key in enumerate(keys):
        pairs.setdefault((key.into, key.out), []).append(index)
    for (into, out), indices in pairs.items():
        function.setTangentTypes(indices, into, out)
    for index, key in enumerate(keys):
        if key.into_xy is not None or key.out_xy is not None or not key.is_tangent_locked:
            function.setTangentsLocked(index, False)
        if key.into_xy is not None:
            function.setTangent(index, *key.into_xy, True, None, False)
        if key.out_xy is not None:
            function.setTangent(index, *key.out_xy, False, None, False)
        if key.is_tangent_locked and (key.into_xy is not None or key.out_xy is not None):
            function.setTangentsLocked(index, True)
        if not key.is_weight_locked:
            function.setWeightsLocked(index, False)
        if key.is_breakdown:
            function.setIsBreakdown(index, True)


@dataclass(frozen=True)
class ViewSnapshot:
    """What the animator had selected, and the frame shown."""

    selection: tuple[str, ...]
    frame: float


def view_snapshot() -> ViewSnapshot:
    """Read it."""
    return ViewSnapshot(tuple(cmds.ls(selection=True, long=True) or []), current_frame())


def deselect(nodes: Iterable[str]) -> None:
    """Take nodes (long names) that are about to go out of the selection, by a command: its undo selects them again."""
    going = set(nodes)
    selected = [name for name in view_snapshot().selection if name.partition(".")[0] in going]
    if selected:
        cmds.select(selected, deselect=True)


def restore_view(saved: ViewSnapshot) -> None:
    """Put it back where it changed; what was selected and is gone stays out."""
    now = view_snapshot()
    selection = [name for name in saved.selection if cmds.objExists(name)]
    if list(now.selection) != selection:
        if selection:
            cmds.select(selection, replace=True, noExpand=True)
        else:
            cmds.select(clear=True)
    if now.frame != saved.frame:
        set_current_frame(saved.frame)
