"""Candidates for a rig's attributes, and which of them mean the same motion of the same points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from maya_a2f.core.match_report import Candidate, Match
from maya_a2f.core.rig_map import Drive
from maya_a2f.core.word_matching import Meaning

_PAIRS = ({"left", "right"}, {"upper", "lower"})


@dataclass(frozen=True)
class FoundDrive:
    """A candidate with what decides between it and others."""

    drive: Drive
    match: Match
    meaning: Meaning | None = None
    """What the words said; None for a name that is known as it stands."""
    is_viseme: bool = False

    @property
    def candidate(self) -> Candidate:
        """What a question offers."""
        return Candidate(self.drive, self.match)


def own_channels(found: Sequence[FoundDrive]) -> Iterable[str]:
    """The channels that a name's best reading means, where that needs nothing beside it."""
    meaning = found[0].meaning
    return () if meaning is None or meaning.beside is not None else found[0].drive.gains


def rivals_of(name: str, clear: Mapping[str, FoundDrive], known: Mapping[str, FoundDrive]) -> dict[str, FoundDrive]:
    """Attributes of the group that mean the same part of the same motion."""
    own = clear[name]
    return {
        other: item
        for other, item in (*known.items(), *clear.items())
        if other != name
        and not item.is_viseme
        and item.drive.gains.keys() & own.drive.gains.keys()
        and _are_together(name, own, other, item)
        and _overlap(own, item)
    }


def _are_together(name: str, own: FoundDrive, other: str, item: FoundDrive) -> bool:
    """Whether two attributes may move the same points: on one node, or controls that only their nodes tell apart. The
    same name on another node is the same shape on another mesh."""
    if name.rpartition(".")[0] == other.rpartition(".")[0]:
        return True
    return any(found.meaning is not None and found.meaning.needs_node for found in (own, item))


def _overlap(one: FoundDrive, other: FoundDrive) -> bool:
    """Whether the parts of a motion that two names speak of have anything in common; numbers do not tell apart."""
    if one.meaning is None or other.meaning is None:
        return True
    first, second = set(one.meaning.part), set(other.meaning.part)
    for pair in _PAIRS:
        ours, theirs = first & pair, second & pair
        if ours and theirs and not ours & theirs:
            return False
    return True
