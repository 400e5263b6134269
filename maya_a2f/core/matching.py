"""Finding, by name, which rig attribute a channel means.

Version 1 matches exact names, whatever their case: a weight channel against the attribute's last part
(``face_shapes.JawOpen`` is ``jawOpen``), a joint channel against ``node.attribute`` (``Jaw.rotateX`` is
``jaw.rotateX``). Namespaces before a node are ignored. It never guesses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from maya_a2f.core.channels import channel_kind
from maya_a2f.core.rig import Rig, RigAttribute
from maya_a2f.core.rig_map import Drive, RigMap

SAME_NAME = "same name"
SAME_NAME_ANY_CASE = "same name, other case"
BY_HAND = "by hand"


@dataclass(frozen=True)
class Match:
    """How sure it is that an attribute is driven by the right channels."""

    confidence: float
    """0 to 1; 1 is certain."""
    why: str
    """In a few words: "same name"."""


@dataclass(frozen=True)
class MatchReport:
    """A map made by name, and what it leaves open."""

    rig_map: RigMap
    unmatched_channels: tuple[str, ...]
    """Channels that drive nothing."""
    unmatched_attributes: tuple[str, ...]
    """Rig attributes that nothing drives."""
    matches: Mapping[str, Match] = field(default_factory=dict)
    """Attribute -> how sure its drive is; one for every drive of the map."""


def matched_by_name(rig: Rig, channels: Iterable[str]) -> MatchReport:
    """A rig map with gain 1 for every pair of equal names; one channel may drive several attributes."""
    wanted = {channel.casefold(): channel for channel in channels}
    drives: dict[str, Drive] = {}
    matches: dict[str, Match] = {}
    unmatched: list[str] = []
    for attribute in rig.attributes:
        name = neutral_name(attribute)
        channel = wanted.get(name.casefold())
        if channel is None:
            unmatched.append(attribute.name)
        else:
            drives[attribute.name] = Drive({channel: 1.0}, limits=_limits(attribute))
            matches[attribute.name] = Match(1.0, SAME_NAME if name == channel else SAME_NAME_ANY_CASE)
    used = {channel for drive in drives.values() for channel in drive.gains}
    return MatchReport(
        rig_map=RigMap(name=rig.name, drives=drives),
        unmatched_channels=tuple(channel for channel in wanted.values() if channel not in used),
        unmatched_attributes=tuple(unmatched),
        matches=matches,
    )


def judged(rig_map: RigMap, matched: MatchReport) -> dict[str, Match]:
    """How sure each drive of a map is: as matched where it takes the same channels, else made by hand (certain)."""
    by_hand = Match(1.0, BY_HAND)
    return {
        attribute: matched.matches[attribute]
        if attribute in matched.matches and drive.gains.keys() == matched.rig_map.drives[attribute].gains.keys()
        else by_hand
        for attribute, drive in rig_map.drives.items()
    }


def neutral_name(attribute: RigAttribute) -> str:
    """What the attribute would be called as a channel: no namespace, and for weights no node."""
    node, _, leaf = attribute.name.rpartition(".")
    if channel_kind(leaf) == "weight":
        return leaf.rpartition(":")[2]
    return f"{node.rpartition('|')[2].rpartition(':')[2]}.{leaf}"


def _limits(attribute: RigAttribute) -> tuple[float, float] | None:
    """The attribute's own hard limits, relative to nothing: only weights, whose rest is 0, carry them over."""
    if attribute.kind != "weight" or attribute.lowest is None or attribute.highest is None:
        return None
    return attribute.lowest, attribute.highest
