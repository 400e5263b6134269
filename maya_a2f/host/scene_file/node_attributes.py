"""Attributes of joints and controls as a scene file has them: channels, added attributes, locks, limits.

Short names and their meaning: Maya's node reference for ``transform`` (limits: ``minRotXLimit`` is ``mrxl``, its switch
``mrxe``; maximum ``xrxl``, ``xrxe``; translation with ``t``, scale with ``s`` in the second place).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from maya_a2f.core.channels import ChannelKind
from maya_a2f.host.scene_file.ma_scene import SceneNode
from maya_a2f.host.scene_file.ma_statements import flag_values, words

_LOCK = re.compile(r'setAttr\b[^"]*?-l(?:ock)?\s+(\w+)')
_KEYABLE = re.compile(r'setAttr\b[^"]*?-k(?:eyable)?\s+(\w+)')
_LOCK_NODE = re.compile(r"lockNode\b[^;]*?-l(?:ock)?\s+(\w+)")
_YES = frozenset({"on", "yes", "true", "1"})
_NUMBER_TYPES: dict[str, ChannelKind] = {
    "double": "weight", "float": "weight", "long": "weight", "short": "weight", "byte": "weight",
    "doubleAngle": "rotate", "floatAngle": "rotate", "doubleLinear": "translate", "floatLinear": "translate",
}  # fmt: skip


@dataclass(frozen=True)
class AddedAttribute:
    """A number on a node."""

    short: str
    long: str
    kind: ChannelKind
    default: float = 0.0
    lowest: float | None = None
    """Hard limits, in the file's units."""
    highest: float | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Every name a connection may use."""
        return (self.short, self.long)


TRANSFORM_CHANNELS: tuple[AddedAttribute, ...] = (
    *(AddedAttribute(f"t{axis}", f"translate{axis.upper()}", "translate") for axis in "xyz"),
    *(AddedAttribute(f"r{axis}", f"rotate{axis.upper()}", "rotate") for axis in "xyz"),
    *(AddedAttribute(f"s{axis}", f"scale{axis.upper()}", "weight", 1.0) for axis in "xyz"),
)


def added_attributes(node: SceneNode) -> list[AddedAttribute]:
    """Keyable numbers that ``addAttr`` gave a node."""
    found = []
    for statement in node.statements:
        if statement.command != "addAttr":
            continue
        arguments = words(statement.body)
        kind = _NUMBER_TYPES.get(_flag(arguments, "-at", "-attributeType"))
        long = _flag(arguments, "-ln", "-longName")
        short = _flag(arguments, "-sn", "-shortName") or long
        if kind is None or not long or _flag(arguments, "-p", "-parent"):
            continue
        keyable = _flag(arguments, "-k", "-keyable") in _YES
        if keyable and is_keyable(node, short):
            default = _number(_flag(arguments, "-dv", "-defaultValue"))
            lowest = _number(_flag(arguments, "-min", "-minValue"))
            highest = _number(_flag(arguments, "-max", "-maxValue"))
            found.append(AddedAttribute(short, long, kind, default or 0.0, lowest, highest))
    return found


def is_locked(node: SceneNode, place: str) -> bool:
    """Whether an attribute, its compound or its multi is locked; an empty ``place`` asks for the node itself."""
    if not place:
        locks = [match for item in node.statements if (match := _LOCK_NODE.search(item.source))]
        return bool(locks) and locks[-1].group(1) in _YES
    return any(_said(node, name, _LOCK, default=False) for name in _carriers(place))


def is_keyable(node: SceneNode, place: str) -> bool:
    """Whether the file leaves an attribute keyable."""
    return _said(node, place, _KEYABLE, default=True)


def hard_limits(node: SceneNode, place: str) -> tuple[float | None, float | None]:
    """Limits of a transform's channel that are switched on, in the file's units."""
    kind, axis = place[:1], place[1:]
    if kind not in ("t", "r", "s") or axis not in ("x", "y", "z"):
        return None, None
    return _limit(node, "m", kind, axis), _limit(node, "x", kind, axis)


def _limit(node: SceneNode, end: str, kind: str, axis: str) -> float | None:
    """``end`` is ``m`` or ``x``; set one by one, or three at once on the compound (``mnrl``, ``mrle``)."""
    compound = f".{'mn' if end == 'm' else 'mx'}{kind}l"
    column = "xyz".index(axis)
    single = node.find(f".{end}{kind}{axis}l")
    switch = node.find(f".{end}{kind}{axis}e")
    switches = node.find(f".{end}{kind}le")
    is_on = False
    if switches is not None and len(switches.text.split()) == 3:
        is_on = switches.numbers()[column] != 0.0
    if switch is not None and switch.text.strip():
        is_on = switch.flag()
    if not is_on:
        return None
    if single is not None:
        return single.number()
    values = node.find(compound)
    return values.numbers()[column] if values is not None and len(values.text.split()) == 3 else None


def _carriers(place: str) -> tuple[str, ...]:
    """A plug and what holds it: ``rx`` -> ``r``, ``w[3]`` -> ``w``."""
    word, bracket, _ = place.partition("[")
    if bracket:
        return place, word
    return (place, place[0]) if place in {item.short for item in TRANSFORM_CHANNELS} else (place,)


def _said(node: SceneNode, place: str, flag: re.Pattern[str], *, default: bool) -> bool:
    """What the last ``setAttr`` of that name with the flag says."""
    word, bracket, index = place.partition("[")
    wanted = int(index.rstrip("]")) if bracket else None
    answer = default
    for item in node.attributes:
        if item.name != f".{place}" and (wanted is None or item.base != f".{word}" or item.index_range is None):
            continue
        if item.name != f".{place}" and wanted is not None and item.index_range is not None:
            first, last = item.index_range
            if not first <= wanted <= last:
                continue
        match = flag.search(item.statement.source[: item.value_start])
        if match:
            answer = match.group(1) in _YES
    return answer


def _flag(arguments: list[str], *names: str) -> str:
    return next(iter(flag_values(arguments, *names)), "")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
