"""Is a plug free to take keys, and if not, who has it (specification, maya.md section 8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from maya.api import OpenMaya

Freedom = Literal[
    "free", "keyed", "layered", "locked", "constraint", "driven key", "expression", "pairBlend", "character",
    "mute", "proxy", "referenced keys", "connected",
]  # fmt: skip
WRITABLE: frozenset[Freedom] = frozenset({"free", "keyed", "layered"})
_LOOKED_THROUGH = ("unitConversion", "unitToTimeConversion", "timeToUnitConversion")


@dataclass(frozen=True)
class PlugState:
    """Who has a plug."""

    freedom: Freedom
    reason: str = ""
    """Why it takes no keys, as a sentence without its subject; empty where it does."""
    source: str = ""
    """Node that drives it."""

    @property
    def takes_keys(self) -> bool:
        """Whether keys can be written."""
        return self.freedom in WRITABLE


def plug_named(name: str) -> OpenMaya.MPlug | None:
    """The plug of ``node.attribute``; None where it does not exist or the name means several."""
    found = OpenMaya.MSelectionList()
    try:
        found.add(name)
        return found.getPlug(0)
    except (RuntimeError, TypeError):
        return None


def node_named(name: str) -> OpenMaya.MObject | None:
    """The node of a name; None where it does not exist or the name means several."""
    found = OpenMaya.MSelectionList()
    try:
        found.add(name)
        return found.getDependNode(0)
    except RuntimeError:
        return None


def plug_state(plug: OpenMaya.MPlug) -> PlugState:
    """Classify a plug by its locks and by what drives it."""
    node = OpenMaya.MFnDependencyNode(plug.node())
    if node.isLocked:
        return PlugState("locked", f"its node '{node.name()}' is locked")
    if _is_locked(plug):
        where = " (the node is referenced: in its file, or by a reference edit)" if node.isFromReferencedFile else ""
        return PlugState("locked", f"it is locked{where}")
    if plug.isProxy:
        return PlugState("proxy", "it is a proxy of another attribute; key that one")
    return driver_state(plug)


def driver_state(plug: OpenMaya.MPlug) -> PlugState:
    """As :func:`plug_state`, by what drives it alone: locks of the attribute and its node do not count."""
    source = _source(plug)
    return PlugState("free") if source.isNull else _state_by_source(source)


def _is_locked(plug: OpenMaya.MPlug) -> bool:
    """Locked itself, or through its compound or multi: a locked parent counts (maya.md section 8)."""
    if plug.isLocked:
        return True
    if plug.isChild:
        return bool(plug.parent().isLocked)
    return bool(plug.isElement and plug.array().isLocked)


def _source(plug: OpenMaya.MPlug) -> OpenMaya.MPlug:
    """What drives a plug, unit conversions looked through."""
    source = plug.source()
    for _ in range(4):
        if source.isNull:
            break
        node = OpenMaya.MFnDependencyNode(source.node())
        if node.typeName not in _LOOKED_THROUGH:
            break
        source = node.findPlug("input", False).source()
    return source


def _state_by_source(source: OpenMaya.MPlug) -> PlugState:
    item = source.node()
    driver: Any = OpenMaya.MFnDependencyNode(item)
    kind, name = str(driver.typeName), str(driver.name())
    if kind.startswith("animCurveT"):
        if driver.isFromReferencedFile:
            return PlugState("referenced keys", f"its keys ('{name}') come from a referenced file", name)
        if driver.isLocked:
            return PlugState("locked", f"its curve '{name}' is locked", name)
        return PlugState("keyed", source=name)
    if kind.startswith("animBlend"):
        return PlugState("layered", source=name)
    if kind.startswith("animCurveU"):
        return PlugState("driven key", f"the driven key '{name}' has it", name)
    if item.hasFn(OpenMaya.MFn.kConstraint):
        return PlugState("constraint", f"the constraint '{name}' has it", name)
    if kind == "pairBlend":
        return PlugState("pairBlend", f"the blend '{name}' of keys and a constraint has it", name)
    if kind == "expression":
        return PlugState("expression", f"the expression '{name}' has it", name)
    if kind == "character":
        return PlugState("character", f"the character set '{name}' has it", name)
    if kind.startswith("mute"):
        return PlugState("mute", f"its channel is muted ('{name}')", name)
    return PlugState("connected", f"'{source.partialName(includeNodeName=True, useLongNames=True)}' drives it", name)
