"""What a match by name came to: drives with how sure they are, questions, and what is left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from maya_a2f.core.rig import Rig
from maya_a2f.core.rig_map import Drive, RigMap

SAME_NAME = "same name"
SAME_NAME_ANY_CASE = "same name, other case"
BY_HAND = "by hand"
SURE = 0.8
"""From this confidence on a match needs no second look."""


@dataclass(frozen=True)
class Match:
    """How sure it is that an attribute is driven by the right channels."""

    confidence: float
    """0 to 1; 1 is certain."""
    why: str
    """In a few words: "same name"."""


@dataclass(frozen=True)
class Candidate:
    """A drive that an attribute might want."""

    drive: Drive
    match: Match


@dataclass(frozen=True)
class Question:
    """An attribute whose name is not clear enough to drive it unasked."""

    attribute: str
    candidates: tuple[Candidate, ...]
    """Best first; at least one."""
    why: str
    """What keeps it from being clear, in a few words."""


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
    questions: tuple[Question, ...] = ()
    """Attributes to ask about; they are among the unmatched."""
    conventions: tuple[str, ...] = ()
    """Naming conventions that the rig follows."""
    notes: tuple[str, ...] = ()
    """What else is worth knowing, as sentences."""


def report_of(rig_map: RigMap, rig: Rig, channels: Iterable[str], why: str) -> MatchReport:
    """What a map that is there leaves open; all that it drives is sure, ``why`` says so in a few words."""
    used = rig_map.followed
    return MatchReport(
        rig_map=rig_map,
        unmatched_channels=tuple(channel for channel in channels if channel not in used),
        unmatched_attributes=tuple(item.name for item in rig.attributes if item.name not in rig_map.drives),
        matches=dict.fromkeys(rig_map.drives, Match(1.0, why)),
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


def open_questions(rig_map: RigMap, matched: MatchReport) -> tuple[Question, ...]:
    """The questions that a map leaves open: those about attributes that it does not drive."""
    return tuple(question for question in matched.questions if question.attribute not in rig_map.drives)
