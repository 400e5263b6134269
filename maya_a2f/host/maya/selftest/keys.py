"""Checks about curves, keys and undo."""

from __future__ import annotations

import time

from maya import cmds
from maya.api import OpenMaya, OpenMayaAnim

from maya_a2f.host.maya.apply_command import apply, load_command
from maya_a2f.host.maya.edits import TANGENTS, DeleteCurve
from maya_a2f.host.maya.outside_stubs import mute_off
from maya_a2f.host.maya.plugs import plug_state
from maya_a2f.host.maya.selftest.check import Answer, Check, Surroundings, inside_command, new_node, plug
from maya_a2f.host.maya.snapshot import snapshot
from maya_a2f.host.maya.units import ticks_of_frame, ticks_of_time, time_of_ticks

_Curve = OpenMayaAnim.MFnAnimCurve
_LINEAR = _Curve.kTangentLinear
_COUNT = 2000


def _curve(name: str, frames: tuple[float, ...] = (1, 5, 9)) -> OpenMaya.MObject:
    for frame in frames:
        cmds.setKeyframe(name, time=frame, value=frame)
    return plug(name).source().node()


def _times(count: int) -> OpenMaya.MTimeArray:
    return OpenMaya.MTimeArray([OpenMaya.MTime(float(at), OpenMaya.MTime.uiUnit()) for at in range(count)])


def _add_keys_change(_: Surroundings) -> Answer:
    curve = _curve(f"{new_node()}.translateX")
    before, seen = snapshot(curve), []

    def work() -> None:
        change = OpenMayaAnim.MAnimCurveChange()
        values = OpenMaya.MDoubleArray([7.0, 8.0])
        OpenMayaAnim.MFnAnimCurve(curve).addKeys(_times(2), values, _LINEAR, _LINEAR, False, change)
        change.undoIt()
        seen.append(snapshot(curve))

    inside_command(work)
    same = [(key.ticks, key.value) for key in seen[0].keys] == [(key.ticks, key.value) for key in before.keys]
    return same, f"{len(before.keys)} keys before, {len(seen[0].keys)} after undoIt, {'' if same else 'not '}the same"


def _create_by_type(_: Surroundings) -> Answer:
    target = plug(f"{new_node()}.translateX")
    seen: list[object] = []

    def work() -> None:
        modifier = OpenMaya.MDGModifier()
        function = OpenMayaAnim.MFnAnimCurve()
        function.create(_Curve.kAnimCurveTL, modifier)
        modifier.connect(function.findPlug("output", False), target)
        seen.append(target.source().isNull)
        modifier.doIt()
        seen.append(target.source().isNull)
        function.addKeys(_times(2), OpenMaya.MDoubleArray([3.0, 4.0]), _LINEAR, _LINEAR, False)
        modifier.undoIt()
        seen.append(target.source().isNull)

    inside_command(work)
    return seen == [True, False, True], f"unconnected before doIt, after it, after undoIt: {seen}"


def _value_after_undo(_: Surroundings) -> Answer:
    name = f"{new_node()}.translateX"
    cmds.setAttr(name, 2.0)
    target = plug(name)

    def work() -> None:
        modifier = OpenMaya.MDGModifier()
        function = OpenMayaAnim.MFnAnimCurve()
        function.create(_Curve.kAnimCurveTL, modifier)
        modifier.connect(function.findPlug("output", False), target)
        modifier.doIt()
        function.addKeys(_times(2), OpenMaya.MDoubleArray([30.0, 40.0]), _LINEAR, _LINEAR, False)
        target.asDouble()
        modifier.undoIt()

    inside_command(work)
    value = target.asDouble()
    return value != 2.0, f"it was 2, with keys of 30 and 40; afterwards it is {value:g}"


def _cost(_: Surroundings) -> Answer:
    one, other = (_curve(f"{new_node()}.translateX") for _ in range(2))
    times, values = _times(_COUNT), OpenMaya.MDoubleArray([float(at % 7) for at in range(_COUNT)])
    seconds: list[float] = []

    def work() -> None:
        start = time.perf_counter()
        function = OpenMayaAnim.MFnAnimCurve(one)
        function.addKeys(times, values, _LINEAR, _LINEAR, False)
        function.setTangentTypes(list(range(_COUNT)), _LINEAR, _LINEAR)
        seconds.append(time.perf_counter() - start)
        start = time.perf_counter()
        OpenMayaAnim.MFnAnimCurve(other).addKeysWithTangents(times, values, _LINEAR, _LINEAR)
        seconds.append(time.perf_counter() - start)

    inside_command(work)
    first, second = (1e3 * value for value in seconds)
    return True, f"{_COUNT} keys: addKeys + setTangentTypes {first:.1f} ms, addKeysWithTangents {second:.1f} ms"


def _locked(_: Surroundings) -> Answer:
    name = f"{new_node()}.translateX"
    cmds.setAttr(name, lock=True)
    words, count = "nothing said", -1
    try:
        count = int(cmds.setKeyframe(name, time=1.0, value=1.0) or 0)
    except RuntimeError as error:
        words, count = f"RuntimeError: {str(error).strip()}", 0
    free = plug(name).source().isNull
    return count == 0 and free, f"{count} keys set, {words}, {'no curve made' if free else 'a curve was made'}"


def _aliases(_: Surroundings) -> Answer:
    node = new_node("blendShape")
    cmds.setAttr(f"{node}.weight[3]", 0.0)
    cmds.aliasAttr("smile", f"{node}.weight[3]")
    from maya_a2f.host.maya.outside_stubs import alias_words

    found = alias_words(node)
    return found == ["smile", "weight[3]"], f"{found!r}"


def _tangents(_: Surroundings) -> Answer:
    wrong = []
    for name, (into, out) in TANGENTS.items():
        curve = _curve(f"{new_node()}.translateX")

        def work(curve: OpenMaya.MObject = curve, into: int = into, out: int = out) -> None:
            values = OpenMaya.MDoubleArray([0.0, 2.0, 1.0])
            OpenMayaAnim.MFnAnimCurve(curve).addKeys(_times(3), values, into, out, False)

        inside_command(work)
        function = OpenMayaAnim.MFnAnimCurve(curve)
        read = {(function.inTangentType(at), function.outTangentType(at)) for at in range(3)}
        if read != {(into, out)}:
            wrong.append(f"{name} {into}/{out} reads {sorted(read)}")
    return not wrong, "; ".join(wrong) or f"{len(TANGENTS)} kinds read as written"


def _deleted_curve(_: Surroundings) -> Answer:
    name = f"{new_node()}.translateX"
    curve = _curve(name)
    uuid = OpenMaya.MFnDependencyNode(curve).uuid().asString()
    keys = snapshot(curve)
    load_command()
    apply(DeleteCurve(curve, keys, plug(name), 0.0))
    gone = plug(name).source().isNull
    cmds.undo()
    source = plug(name).source()
    if source.isNull:
        return False, "the curve did not come back"
    back = source.node()
    same = OpenMaya.MFnDependencyNode(back).uuid().asString() == uuid
    whole = snapshot(back).keys == keys.keys
    return gone and same and whole, f"gone: {gone}; same UUID: {same}; same keys: {whole}"


def _ticks(_: Surroundings) -> Answer:
    from maya_a2f.host.maya.scene import rate

    wrong = [
        frame
        for frame in (-17.5, 0, 1, 1001, 86400, 123456)
        if ticks_of_time(time_of_ticks(ticks_of_frame(frame, rate()))) != ticks_of_frame(frame, rate())
    ]
    return not wrong, f"frames that move: {wrong}" if wrong else "every frame tried comes back on its tick"


def _failing_command(_: Surroundings) -> Answer:
    def fail() -> None:
        raise ValueError("on purpose")

    try:
        inside_command(fail)
    except RuntimeError as error:
        return True, f"RuntimeError: {str(error).strip()[-80:]}"
    except Exception as error:
        return False, f"{type(error).__name__}: {error}"
    return False, "nothing was raised"


def _unmuted(_: Surroundings) -> Answer:
    name = f"{new_node()}.translateX"
    _curve(name)
    cmds.mute(name)
    muted = plug_state(plug(name)).freedom
    mute_off(name)
    after = plug_state(plug(name)).freedom
    return (muted, after) == ("mute", "keyed"), f"muted: '{muted}', then '{after}'"


KEY_CHECKS = (
    Check(
        "keys.replace_undo", "4, 20.1", "Does MAnimCurveChange take back addKeys that dropped the old keys?",
        "the old keys come back", "old keys are read first and written back; nothing relies on it", _add_keys_change,
    ),
    Check(
        "curve.create", "4, 20.2", "Does a curve made by type appear with the modifier's doIt and go with its undoIt?",
        "connected by doIt, gone by undoIt", "none: report this", _create_by_type,
    ),
    Check(
        "curve.value_after_undo", "4, 20.2", "Does a plug keep its curve's last value when the modifier takes it out?",
        "the curve's value stays", "the old value is set again in any case", _value_after_undo,
    ),
    Check(
        "keys.cost", "20.3", "What do addKeys + setTangentTypes and addKeysWithTangents cost?",
        "measured only", "-", _cost,
    ),
    Check(
        "keys.locked", "4, 20.4", "What does setKeyframe do on a locked attribute?",
        "0 keys, no curve", "locks are asked for before writing", _locked,
    ),
    Check(
        "alias.query", "5, 20.5", "Does aliasAttr have a query mode?",
        "a flat list alias, attribute", "the API's getAliasList", _aliases,
    ),
    Check(
        "keys.tangents", "4", "Are tangent types kept as written?",
        "all", "re-runs see the keys as edited and leave them", _tangents,
    ),
    Check(
        "curve.deleted", "3", "Does a deleted curve come back by undo, with UUID and keys?",
        "yes", "keys are written back; without its UUID a result cannot be removed again", _deleted_curve,
    ),
    Check(
        "time.ticks", "9", "Does a time in seconds lie on the tick it was computed for?",
        "always", "none: report this", _ticks,
    ),
    Check(
        "command.error", "3", "What becomes of an exception in the module's own command?",
        "a RuntimeError", "none: report this", _failing_command,
    ),
    Check(
        "mute.off", "8", "Does mute(disable=True) give an attribute back to its curve?",
        "yes", "the offer to unmute does not help; unmute in the channel box", _unmuted,
    ),
)  # fmt: skip
