"""Moving a rig to values that nobody wants to keep: no keys, no undo steps, and everything put back.

Values go straight into plugs through the API, which keeps no undo. Switching undo off instead (``undoInfo
-stateWithoutFlush``) would make the steps before it unsafe (specification, maya.md section 3). What somebody else
changed meanwhile (an undo, a hand on a control, another frame) is theirs and stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from maya import cmds
from maya.api import OpenMaya, OpenMayaAnim

from maya_a2f.host.maya.outside_stubs import is_alive
from maya_a2f.host.maya.plugs import plug_named, plug_state
from maya_a2f.host.maya.scan import Character
from maya_a2f.host.maya.units import internal_value, ticks_of_time


@dataclass
class _Shown:
    """One attribute that was moved."""

    plug: OpenMaya.MPlug
    handle: OpenMaya.MObjectHandle
    """Says whether the node is still there: a plug of a deleted node must not be touched."""
    before: float
    last: float
    """As the plug gave it back: weights are held in single precision."""
    is_keyed: bool
    ticks: int
    """Time at which ``before`` was read."""


class ShownValues:
    """What is shown now, and what was there before."""

    def __init__(self) -> None:
        self._shown: dict[str, _Shown] = {}
        self._character: Character | None = None

    def show(self, character: Character, values: Mapping[str, float]) -> None:
        """Move attributes (degrees, centimetres or weights); those that are not free are left."""
        if character is not self._character:
            self.put_back()
            self._character = character
        for name, value in values.items():
            shown = self._shown.get(name) or self._start(character, name)
            if shown is None or not is_alive(shown.handle) or not _is_free(shown.plug):
                continue
            try:
                shown.plug.setDouble(internal_value(value, character.by_name[name].kind))
            except RuntimeError:
                continue
            shown.last = shown.plug.asDouble()
            self._shown[name] = shown

    def _start(self, character: Character, name: str) -> _Shown | None:
        item = character.by_name.get(name)
        plug = plug_named(f"{item.node_path}.{item.plug}") if item is not None else None
        if item is None or plug is None:
            return None
        if OpenMaya.MFnDependencyNode(plug.node()).uuid().asString() != item.node_uuid:
            return None
        state = plug_state(plug)
        if state.freedom not in ("free", "keyed"):
            return None
        handle = OpenMaya.MObjectHandle(plug.node())
        value = plug.asDouble()
        return _Shown(plug, handle, value, value, state.freedom == "keyed", _now())

    def put_back(self) -> None:
        """Restore what was there. A keyed attribute at another time than then gets what its curve gives."""
        shown, self._shown, self._character = self._shown, {}, None
        stale: list[str] = []
        for item in shown.values():
            if not is_alive(item.handle) or not _is_free(item.plug) or item.plug.asDouble() != item.last:
                continue
            if item.is_keyed and _now() != item.ticks:
                stale.append(item.plug.partialName(includeNodeName=True, useLongNames=True))
                continue
            try:
                item.plug.setDouble(item.before)
            except RuntimeError:
                continue
        if stale:
            cmds.dgdirty(stale)
            OpenMayaAnim.MAnimControl.setCurrentTime(OpenMayaAnim.MAnimControl.currentTime())

    def forget(self) -> None:
        """Another scene was opened: there is nothing to put back."""
        self._shown, self._character = {}, None


def _is_free(plug: OpenMaya.MPlug) -> bool:
    return bool(plug.isFreeToChange() == OpenMaya.MPlug.kFreeToChange)


def _now() -> int:
    return ticks_of_time(OpenMayaAnim.MAnimControl.currentTime())
