"""Offers to make attributes take keys: unlock, unmute, switch a deformer on. Nothing is done unasked.

Only what leads to keys that show is offered: unlocking an attribute that a constraint has would help nobody, and locks
of referenced nodes may lie in the referenced file, where a scene cannot open them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from maya import cmds
from maya.api import OpenMaya

from maya_a2f.host.maya.outside_stubs import mute_off
from maya_a2f.host.maya.plugs import driver_state, node_named, plug_named
from maya_a2f.host.maya.scan import Character, ScannedAttribute
from maya_a2f.host.maya.undo_step import one_step

Action = Literal["unlock node", "unlock attribute", "unmute", "switch on"]
_ORDER: tuple[Action, ...] = ("unlock node", "unlock attribute", "unmute", "switch on")
"""A locked node lets none of its attributes be changed, so nodes come first."""


@dataclass(frozen=True)
class Step:
    """One thing to do."""

    action: Action
    name: str
    """The node or attribute it is done to."""
    words: str


@dataclass(frozen=True)
class Fix:
    """What would make one attribute take keys that show."""

    words: str
    """As on a button: "Unlock"."""
    steps: tuple[Step, ...]


def fixable(character: Character) -> dict[str, Fix]:
    """Attribute -> the offer, as the scene is now; attributes that need nothing, or cannot be helped, are not in it."""
    envelopes = _envelopes(character)
    found: dict[str, Fix] = {}
    for item in character.attributes:
        steps = [] if item.follows else _steps(item, envelopes)
        if steps:
            words = " and ".join(dict.fromkeys(step.words for step in steps))
            found[item.name] = Fix(words[0].upper() + words[1:], tuple(steps))
    return found


def apply_fixes(character: Character, attributes: Iterable[str]) -> tuple[str, ...]:
    """Do what :func:`fixable` offers for some attributes, as one undo step; the attributes it was done for.

    Raises :class:`HostError` ``maya.refused``; then nothing was changed.
    """
    wanted = set(attributes)
    offers = {name: fix for name, fix in fixable(character).items() if name in wanted}
    if offers:
        steps = dict.fromkeys(step for fix in offers.values() for step in fix.steps)
        with one_step("fix"):
            for step in sorted(steps, key=lambda step: _ORDER.index(step.action)):
                _do(step)
    return tuple(offers)


def _do(step: Step) -> None:
    if step.action == "unlock node":
        cmds.lockNode(step.name, lock=False)
    elif step.action == "unlock attribute":
        cmds.setAttr(step.name, lock=False)
    elif step.action == "unmute":
        mute_off(step.name)
    else:
        cmds.setAttr(step.name, 1.0)


def _steps(item: ScannedAttribute, envelopes: Mapping[str, Step]) -> list[Step]:
    name = f"{item.node_path}.{item.plug}"
    plug = plug_named(name)
    if plug is None or plug.isProxy:
        return []
    locks, driver = _lock_steps(plug, item.node_path), _driver_steps(plug, name)
    if locks is None or driver is None:
        return []
    envelope = envelopes.get(item.node_path) if item.plug.startswith("weight[") else None
    return [*locks, *driver, *([envelope] if envelope else [])]


def _lock_steps(plug: OpenMaya.MPlug, node_path: str) -> list[Step] | None:
    """What opens the locks of a plug; None where they cannot be opened from here."""
    node = OpenMaya.MFnDependencyNode(plug.node())
    steps = [Step("unlock node", node_path, "unlock its node")] if node.isLocked else []
    holders = [plug, *([plug.parent()] if plug.isChild else []), *([plug.array()] if plug.isElement else [])]
    for holder in holders:
        if holder.isLocked:
            place = holder.partialName(useLongNames=True)
            words = "unlock" if holder is plug else f"unlock '{place}'"
            steps.append(Step("unlock attribute", f"{node_path}.{place}", words))
    return None if steps and node.isFromReferencedFile else steps


def _driver_steps(plug: OpenMaya.MPlug, name: str) -> list[Step] | None:
    """What frees a plug from what drives it; None where that is not ours to take away."""
    state = driver_state(plug)
    if state.takes_keys:
        return []
    source = node_named(state.source) if state.source else None
    if source is None or OpenMaya.MFnDependencyNode(source).isFromReferencedFile:
        return None
    if state.freedom == "locked":
        return [Step("unlock node", state.source, "unlock its curve")]
    if state.freedom == "mute" and _is_free_behind(source):
        return [Step("unmute", name, "unmute")]
    return None


def _is_free_behind(mute: OpenMaya.MObject) -> bool:
    """Whether an attribute takes keys once its mute node is gone."""
    return driver_state(OpenMaya.MFnDependencyNode(mute).findPlug("input", False)).takes_keys


def _envelopes(character: Character) -> dict[str, Step]:
    """blendShape -> the step that switches it on, for those that are off and can be."""
    found = {}
    for path in dict.fromkeys(item.node_path for item in character.attributes if item.plug.startswith("weight[")):
        plug = plug_named(f"{path}.envelope")
        if plug is not None and plug.asDouble() == 0.0 and not plug.isLocked and plug.source().isNull:
            found[path] = Step("switch on", f"{path}.envelope", "set the envelope to 1")
    return found
