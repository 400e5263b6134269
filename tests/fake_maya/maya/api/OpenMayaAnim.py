"""``maya.api.OpenMayaAnim``: curves and the playback range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from maya.api.OpenMaya import MDGModifier, MFnDependencyNode, MObject, MPlug, MTime, check_editing, time_of

from tests.fake_maya import guard
from tests.fake_maya.model.curves import TANGENT_NAMES, CurveData, Key
from tests.fake_maya.session import current

_KINDS = {"angle": 0, "distance": 1, "time": 2}
_TYPES = {0: "animCurveTA", 1: "animCurveTL", 2: "animCurveTT", 3: "animCurveTU", 4: "animCurveUA", 5: "animCurveUL",
          6: "animCurveUT", 7: "animCurveUU"}  # fmt: skip


class MAnimCurveChange:
    """Gathers changes; the module does not rely on it."""

    def __init__(self) -> None:
        self._undo: list[Any] = []

    def undoIt(self) -> MAnimCurveChange:
        check_editing()
        if "addKeys change" not in current().faults:
            for node, data in reversed(self._undo):
                current().scene.set_curve(node, data)
        return self


class MFnAnimCurve(MFnDependencyNode):
    """Function set for curves."""

    kAnimCurveTA, kAnimCurveTL, kAnimCurveTT, kAnimCurveTU = 0, 1, 2, 3
    kAnimCurveUA, kAnimCurveUL, kAnimCurveUT, kAnimCurveUU, kAnimCurveUnknown = 4, 5, 6, 7, 8
    kTangentGlobal, kTangentFixed, kTangentLinear, kTangentFlat, kTangentSmooth, kTangentStep = 0, 1, 2, 3, 4, 5
    kTangentClamped, kTangentPlateau, kTangentStepNext, kTangentAuto = 8, 9, 10, 11
    kTangentAutoMix, kTangentAutoEase, kTangentAutoCustom = 27, 28, 29
    kConstant, kLinear, kCycle, kCycleRelative, kOscillate = 0, 1, 3, 4, 5

    def __init__(self, item: MObject | MPlug | None = None) -> None:
        self._node = None  # type: ignore[assignment]
        scene = current().scene
        if isinstance(item, MPlug):
            source = scene.connections.get(item._known())
            if source is None or scene.nodes[source[0]].curve is None:
                raise RuntimeError("(kInvalidParameter): Object is incompatible with this method")
            self._node = scene.nodes[source[0]]
        elif isinstance(item, MObject):
            if item._node is None or item._node.curve is None:
                raise RuntimeError("(kInvalidParameter): Object is incompatible with this method")
            self._node = item._node
        elif item is not None:
            raise TypeError("MFnAnimCurve takes a plug or an object")

    def create(self, curve_type: int, modifier: MDGModifier | None = None) -> MObject:
        """A curve of a type; with a modifier it is made by the modifier's doIt."""
        if not isinstance(curve_type, int):
            raise TypeError("the fake creates curves by type only")
        if modifier is None:
            raise RuntimeError("a curve made without a modifier could not be undone")
        made = modifier.createNode(_TYPES[curve_type])
        self._node = made._node
        return made

    def timedAnimCurveTypeForPlug(self, plug: MPlug) -> int:
        uuid, path = plug._known()
        return _KINDS.get(current().scene.nodes[uuid].attribute(path).kind, 3)

    def _data(self) -> CurveData:
        if self._node is None or self._node.curve is None:
            raise RuntimeError("(kFailure): no curve")
        return self._node.curve

    def _change(self, data: CurveData) -> None:
        check_editing()
        if self._node.reference:
            raise RuntimeError("(kFailure): the curve comes from a reference")
        if self._node.locked:
            raise RuntimeError("(kFailure): the curve is locked")
        current().scene.set_curve(self._node, data)

    @property
    def animCurveType(self) -> int:
        return next(number for number, name in _TYPES.items() if name[-2:] == self._data().kind)

    @property
    def numKeys(self) -> int:
        return len(self._data().keys)

    @property
    def isWeighted(self) -> bool:
        return self._data().weighted

    @property
    def preInfinityType(self) -> int:
        return self._data().pre

    @property
    def postInfinityType(self) -> int:
        return self._data().post

    def setIsWeighted(self, weighted: bool, change: Any = None) -> MFnAnimCurve:
        self._change(replace(self._data(), weighted=bool(weighted)))
        return self

    def setPreInfinityType(self, kind: int, change: Any = None) -> MFnAnimCurve:
        self._change(replace(self._data(), pre=kind))
        return self

    def setPostInfinityType(self, kind: int, change: Any = None) -> MFnAnimCurve:
        self._change(replace(self._data(), post=kind))
        return self

    def addKeys(
        self,
        times: Sequence[MTime],
        values: Sequence[float],
        tangentInType: int = 0,
        tangentOutType: int = 0,
        keepExistingKeys: bool = False,
        change: Any = None,
    ) -> MFnAnimCurve:
        data = self._data()
        if data.kind not in ("TA", "TL", "TU"):
            raise RuntimeError("(kInvalidParameter): addKeys is for TA, TL and TU curves")
        if len(times) != len(values):
            raise RuntimeError("(kInvalidParameter): times and values differ in length")
        if not all(isinstance(time, MTime) for time in times):
            raise TypeError("times must be MTime objects")
        if tangentInType in (5, 10):
            raise RuntimeError("(kInvalidParameter): step is no in-tangent")
        into, out = (_tangent(tangentInType), _tangent(tangentOutType))
        if change is not None:
            change._undo.append((self._node, data))
        if "tangents" in current().faults:
            into = out = 4
        kept = {key.at: key for key in data.keys} if keepExistingKeys else {}
        kept.update(
            {time._ticks: Key(time._ticks, float(value), into, out) for time, value in zip(times, values, strict=True)}
        )
        self._change(data.with_keys(list(kept.values())))
        return self

    def addKeysWithTangents(
        self,
        times: Sequence[MTime],
        values: Sequence[float],
        tangentInType: int = 0,
        tangentOutType: int = 0,
        *more: Any,
    ) -> MFnAnimCurve:
        if more:
            raise NotImplementedError("addKeysWithTangents: only types of all keys")
        return self.addKeys(times, values, tangentInType, tangentOutType)

    def remove(self, index: int, change: Any = None) -> MFnAnimCurve:
        data = self._data()
        _check_index(data, index)
        self._change(replace(data, keys=(*data.keys[:index], *data.keys[index + 1 :])))
        return self

    def find(self, at: MTime) -> int | None:
        return next((index for index, key in enumerate(self._data().keys) if key.at == at._ticks), None)

    def input(self, index: int) -> MTime:
        data = self._data()
        _check_index(data, index)
        return time_of(data.keys[index].at)

    def value(self, index: int) -> float:
        data = self._data()
        _check_index(data, index)
        return data.keys[index].value

    def evaluate(self, at: MTime) -> float:
        return self._data().value_at(at._ticks)

    def inTangentType(self, index: int) -> int:
        return self._data().keys[index].into

    def outTangentType(self, index: int) -> int:
        return self._data().keys[index].out

    def getTangentXY(self, index: int, isInTangent: bool) -> tuple[float, float]:
        key = self._data().keys[index]
        return key.into_xy if isInTangent else key.out_xy

    def tangentsLocked(self, index: int) -> bool:
        return self._data().keys[index].locked

    def weightsLocked(self, index: int) -> bool:
        return self._data().keys[index].weight_locked

    def isBreakdown(self, index: int) -> bool:
        return self._data().keys[index].breakdown

    def setTangentTypes(
        self, indices: Sequence[int], tangentInType: int = 0, tangentOutType: int = 0, change: Any = None
    ) -> MFnAnimCurve:
        data = self._data()
        keys = list(data.keys)
        for index in indices:
            keys[index] = keys[index]._replace(into=_tangent(tangentInType), out=_tangent(tangentOutType))
        self._change(replace(data, keys=tuple(keys)))
        return self

    def setTangent(
        self,
        index: int,
        xOrAngle: float,
        yOrWeight: float,
        isInTangent: bool,
        change: Any = None,
        convertUnits: bool = True,
    ) -> MFnAnimCurve:
        """Set one side's vector; the side becomes fixed, and the other side too where the tangents are locked."""
        xy = (float(xOrAngle), float(yOrWeight))
        key = self._data().keys[index]
        if isInTangent:
            self._replace(index, into_xy=xy, into=1, **({"out_xy": xy, "out": 1} if key.locked else {}))
        else:
            self._replace(index, out_xy=xy, out=1, **({"into_xy": xy, "into": 1} if key.locked else {}))
        return self

    def setTangentsLocked(self, index: int, locked: bool, change: Any = None) -> MFnAnimCurve:
        self._replace(index, locked=bool(locked))
        return self

    def setWeightsLocked(self, index: int, locked: bool, change: Any = None) -> MFnAnimCurve:
        self._replace(index, weight_locked=bool(locked))
        return self

    def setIsBreakdown(self, index: int, breakdown: bool, change: Any = None) -> MFnAnimCurve:
        self._replace(index, breakdown=bool(breakdown))
        return self

    def _replace(self, index: int, **facts: Any) -> None:
        data = self._data()
        _check_index(data, index)
        keys = list(data.keys)
        keys[index] = keys[index]._replace(**facts)
        self._change(replace(data, keys=tuple(keys)))


def _tangent(number: int) -> int:
    if number == 0:
        return 11
    if number not in TANGENT_NAMES:
        raise RuntimeError(f"(kInvalidParameter): tangent {number}")
    return number


def _check_index(data: CurveData, index: int) -> None:
    if not 0 <= index < len(data.keys):
        raise IndexError("(kInvalidParameter): key index out of range")


class MAnimControl:
    """The playback range and the current time."""

    @staticmethod
    def minTime() -> MTime:
        return time_of(current().scene.ranges["minTime"])

    @staticmethod
    def maxTime() -> MTime:
        return time_of(current().scene.ranges["maxTime"])

    @staticmethod
    def animationStartTime() -> MTime:
        return time_of(current().scene.ranges["animationStartTime"])

    @staticmethod
    def animationEndTime() -> MTime:
        return time_of(current().scene.ranges["animationEndTime"])

    @staticmethod
    def setMinMaxTime(first: MTime, last: MTime) -> None:
        current().scene.ranges.update(minTime=first._ticks, maxTime=last._ticks)

    @staticmethod
    def setAnimationStartEndTime(first: MTime, last: MTime) -> None:
        current().scene.ranges.update(animationStartTime=first._ticks, animationEndTime=last._ticks)

    @staticmethod
    def currentTime() -> MTime:
        return time_of(current().scene.ticks)

    @staticmethod
    def setCurrentTime(at: MTime) -> None:
        """No undo step; everything keyed is evaluated anew."""
        current().scene.shown.clear()
        current().scene.ticks = at._ticks


for _kind in (MFnAnimCurve, MAnimControl, MAnimCurveChange):
    guard.guarded_class(_kind)
