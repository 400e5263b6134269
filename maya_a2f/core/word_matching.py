"""What one attribute's name says by its words: candidates with how sure they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from maya_a2f.core.name_parts import NameParts, parts_of
from maya_a2f.core.naming_words import NamingWords, Phrase

_SIDES = {"left": "Left", "right": "Right"}
_UNSIDED_COST = 0.05
"""One attribute for both sides."""
_NODE_COST = 0.05
"""The node's name had to help."""
_OPEN_SIDE_COST = 0.2
"""The node says a side and its other words cannot be read."""
_UNKNOWN_FACTOR = 0.65
"""A word that is not known stands in the name."""
_ODD_SIDE_COST = 0.25
"""A side on what has none: jaw and tongue."""


@dataclass(frozen=True)
class Meaning:
    """What a name may mean."""

    gains: Mapping[str, float]
    confidence: float
    part: tuple[str, ...]
    """Side and height that the name speaks of: other parts of the same motion are no rivals."""
    beside: str | None = None
    """A channel that something else in the rig must mean for this to hold."""
    needs_node: bool = False
    """The words of the attribute's node helped."""


def meanings(words: tuple[str, ...], node: tuple[str, ...], table: NamingWords) -> list[Meaning]:
    """What a name's words mean, best first. The node's words help where they alone mean nothing, or say no side."""
    alone = _meanings(words, table, 0.0)
    is_side_open = bool(parts_of(node).sides) and not parts_of(words).sides
    if alone and not is_side_open:
        return alone
    together = _meanings((*node, *words), table, _NODE_COST, has_node=True) if node else []
    return together or [replace(item, confidence=item.confidence - _OPEN_SIDE_COST) for item in alone]


def _meanings(words: tuple[str, ...], table: NamingWords, cost: float, has_node: bool = False) -> list[Meaning]:
    if table.correctives.intersection(words):
        return []
    parts = parts_of(table.unwrapped(words))
    numbers = [word for word in parts.words if word.isdigit()]
    spoken = tuple(word for word in parts.words if not word.isdigit() and word not in table.wrapping)
    unknown = [word for word in spoken if word not in table.meanings]
    known = tuple(word for word in spoken if word in table.meanings)
    if len(numbers) > 1 or len(unknown) > 1 or not known:
        return []
    factor = _UNKNOWN_FACTOR if unknown else 1.0
    heights = [height for word in known for height in ("upper", "lower") if height in table.meanings[word]]
    found = []
    for phrase, sureness in table.meant_by(known):
        resolved = _gains(phrase, parts)
        if resolved is not None:
            gains, extra = resolved
            part = (*parts.sides, *heights)
            confidence = (sureness - cost - extra) * factor
            found.append(Meaning(gains, confidence, part, phrase.beside, has_node))
    return found


def _gains(phrase: Phrase, parts: NameParts) -> tuple[dict[str, float], float] | None:
    """Channel -> gain for the name's sides, and what that takes off the confidence; None where they do not fit."""
    channel, sides = phrase.channels, parts.sides
    if channel == "eyeLook@*":
        return _looks(parts)
    if len(set(sides)) > 1:
        return None
    if "@" in channel:
        return ({channel.replace("@", _SIDES[sides[0]]): 1.0}, 0.0) if len(sides) == 1 else None
    if "*" in channel:
        if sides:
            return {channel.replace("*", _SIDES[sides[0]]): 1.0}, 0.0
        return {channel.replace("*", side): 0.5 for side in _SIDES.values()}, _UNSIDED_COST
    is_odd = bool(sides) and channel.startswith(("jaw", "tongue"))
    return {channel: 1.0}, _ODD_SIDE_COST if is_odd else 0.0


def _looks(parts: NameParts) -> tuple[dict[str, float], float] | None:
    """An eye that looks left or right: outward or inward, whichever eye it is."""
    sides = list(parts.sides)
    if len(sides) == 1:
        if not parts.is_direction_spelled:
            return None
        return {f"eyeLook{_way(eye, sides[0])}{_SIDES[eye]}": 0.5 for eye in _SIDES}, _UNSIDED_COST
    if len(sides) != 2:
        return None
    direction = parts.direction
    if direction is None:
        if sides[0] != sides[1]:
            return None
        direction = sides[0]
    sides.remove(direction)
    return {f"eyeLook{_way(sides[0], direction)}{_SIDES[sides[0]]}": 1.0}, 0.0


def _way(eye: str, direction: str) -> str:
    return "Out" if eye == direction else "In"
