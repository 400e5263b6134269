"""Changes of the scene that can be done, taken back and done again: the content of one undo step.

They go through the API, which keeps no undo of its own: whoever runs them (``apply_command.py``) answers for undo.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from maya.api import OpenMaya, OpenMayaAnim

from maya_a2f.core.rig import Tangent
from maya_a2f.host.maya.snapshot import CurveSnapshot, restore

_Curve: TypeAlias = OpenMayaAnim.MFnAnimCurve
TANGENTS: dict[Tangent, tuple[int, int]] = {
    "linear": (_Curve.kTangentLinear, _Curve.kTangentLinear),
    "auto": (_Curve.kTangentAuto, _Curve.kTangentAuto),
    "spline": (_Curve.kTangentSmooth, _Curve.kTangentSmooth),
    "flat": (_Curve.kTangentFlat, _Curve.kTangentFlat),
    "step": (_Curve.kTangentSmooth, _Curve.kTangentStep),
    "clamped": (_Curve.kTangentClamped, _Curve.kTangentClamped),
    "plateau": (_Curve.kTangentPlateau, _Curve.kTangentPlateau),
}
"""In- and out-tangent. Step is an out-tangent only (specification, maya.md section 4)."""


class Edit(Protocol):
    """One change."""

    def redo(self) -> None:
        """Do it, for the first time or again."""

    def undo(self) -> None:
        """Take it back."""


@dataclass(frozen=True)
class NewKeys:
    """Keys ready for the API."""

    ticks: Sequence[int]
    times: OpenMaya.MTimeArray
    """The same times; curves with equal frames share one array."""
    values: Sequence[float]
    """Internal units."""
    tangents: tuple[int, int]

    def write(self, curve: _Curve, *, keep: bool) -> None:
        """One call, however many keys."""
        curve.addKeys(self.times, OpenMaya.MDoubleArray(self.values), *self.tangents, keep)


class SeveralEdits:
    """Edits as one: all of them, or none."""

    def __init__(self, edits: Sequence[Edit]) -> None:
        self._edits = edits

    def redo(self) -> None:
        """Do all; a failure takes back those already done and goes on up."""
        done: list[Edit] = []
        try:
            for edit in self._edits:
                done.append(edit)
                edit.redo()
        except BaseException:
            for edit in reversed(done):
                edit.undo()
            raise

    def undo(self) -> None:
        """Take all back, last first."""
        for edit in reversed(self._edits):
            edit.undo()


class CreateCurves:
    """New curves for plugs without any, with their keys. One modifier makes and connects all of them.

    The curve's type is given, so Maya puts no unit conversion between; creating by type and connecting in the same
    modifier is the path known to work (specification, maya.md section 4).
    """

    def __init__(
        self, targets: Sequence[tuple[OpenMaya.MPlug, str, NewKeys]], *, curve_types: Sequence[int], weighted: bool
    ) -> None:
        self._targets = targets
        self._types = curve_types
        self._weighted = weighted
        self._modifier: OpenMaya.MDGModifier | None = None
        self._functions: list[_Curve] = []
        self.values: list[float] = []
        """What the plugs held before, internal units, in the order of the targets, once done."""
        self.curves: list[OpenMaya.MObject] = []
        """The curves, likewise."""

    def redo(self) -> None:
        """Make and connect the curves, or bring them back; then write their keys."""
        if self._modifier is None:
            self.values = [plug.asDouble() for plug, _, _ in self._targets]
            self._modifier = self._create()
        self._modifier.doIt()
        functions, self._functions = self._functions or [_Curve(curve) for curve in self.curves], []
        for function, (_, _, keys) in zip(functions, self._targets, strict=True):
            if self._weighted:
                function.setIsWeighted(True)
            keys.write(function, keep=False)

    def _create(self) -> OpenMaya.MDGModifier:
        modifier = OpenMaya.MDGModifier()
        for (plug, name, _), kind in zip(self._targets, self._types, strict=True):
            function = _Curve()
            curve = function.create(kind, modifier)
            modifier.renameNode(curve, name)
            modifier.connect(function.findPlug("output", False), plug)
            self.curves.append(curve)
            self._functions.append(function)
        return modifier

    def undo(self) -> None:
        """Take the curves out. A plug that loses its curve keeps the last value it had, so the old one is set."""
        if self._modifier is None:
            return
        self._modifier.undoIt()
        for (plug, _, _), value in zip(self._targets, self.values, strict=True):
            plug.setDouble(value)


class WriteKeys:
    """Keys onto a curve that is there; keys that are not to be removed are not touched."""

    def __init__(self, curve: OpenMaya.MObject, before: CurveSnapshot, keys: NewKeys, removed: Sequence[int]) -> None:
        """``removed`` are indices into the old keys, ascending."""
        self._curve = curve
        self._before = before
        self._keys = keys
        self._removed = removed

    def redo(self) -> None:
        """Remove from the last key down, then add; where no old key stays, adding drops them all in the same call."""
        function = _Curve(self._curve)
        keeps_some = len(self._removed) < len(self._before.keys)
        if keeps_some:
            for index in reversed(self._removed):
                function.remove(index)
        self._keys.write(function, keep=keeps_some)

    def undo(self) -> None:
        """Give the curve its old keys."""
        restore(self._curve, self._before)


class ReplaceCurve:
    """All keys of a curve at once: few calls, however many keys change, as long as few have directions of their own."""

    def __init__(self, curve: OpenMaya.MObject, before: CurveSnapshot, after: CurveSnapshot) -> None:
        self._curve = curve
        self._before = before
        self._after = after

    def redo(self) -> None:
        """Write the keys as they are to be."""
        restore(self._curve, self._after)

    def undo(self) -> None:
        """Write them as they were."""
        restore(self._curve, self._before)


class RemoveKeys:
    """Takes keys off a curve that keeps others."""

    def __init__(self, curve: OpenMaya.MObject, before: CurveSnapshot, removed: Sequence[int]) -> None:
        self._curve = curve
        self._before = before
        self._removed = removed

    def redo(self) -> None:
        """Remove from the last key down."""
        function = _Curve(self._curve)
        for index in sorted(self._removed, reverse=True):
            function.remove(index)

    def undo(self) -> None:
        """Give the curve its old keys."""
        restore(self._curve, self._before)


class DeleteCurve:
    """Takes a curve out that would be left without keys, and gives the plug the value it had before the curve."""

    def __init__(self, curve: OpenMaya.MObject, before: CurveSnapshot, plug: OpenMaya.MPlug, value: float) -> None:
        self._curve = curve
        self._before = before
        self._plug = plug
        self._value = value
        self._modifier: OpenMaya.MDGModifier | None = None

    def redo(self) -> None:
        """Delete."""
        if self._modifier is None:
            self._modifier = OpenMaya.MDGModifier()
            self._modifier.deleteNode(self._curve)
        self._modifier.doIt()
        self._plug.setDouble(self._value)

    def undo(self) -> None:
        """Bring the curve back, with its keys: what a deleted node keeps is not relied on."""
        if self._modifier is None:
            return
        self._modifier.undoIt()
        restore(self._curve, self._before)


class SetPlaybackRange:
    """Widens or sets the playback range; the API call keeps no undo, so the old range is kept here."""

    def __init__(self, first: OpenMaya.MTime, last: OpenMaya.MTime) -> None:
        self._wanted = (first, last)
        self._before: tuple[OpenMaya.MTime, OpenMaya.MTime, OpenMaya.MTime, OpenMaya.MTime] | None = None

    def redo(self) -> None:
        """Set it; the outer range grows where the inner one would not fit."""
        control = OpenMayaAnim.MAnimControl
        first, last = self._wanted
        start, end = control.animationStartTime(), control.animationEndTime()
        self._before = (control.minTime(), control.maxTime(), start, end)
        control.setAnimationStartEndTime(first if first < start else start, end if last < end else last)
        control.setMinMaxTime(first, last)

    def undo(self) -> None:
        """Set the old one."""
        if self._before is not None:
            control = OpenMayaAnim.MAnimControl
            control.setAnimationStartEndTime(*self._before[2:])
            control.setMinMaxTime(*self._before[:2])
