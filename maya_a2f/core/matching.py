"""Finding, by name, which channels a rig's attributes follow, and how sure that is.

In this order: the channel's own name, whatever its case; the names of a convention that the rig follows
(:mod:`~maya_a2f.core.conventions`); what the words of the name mean (:mod:`~maya_a2f.core.word_matching`), whatever
their order, separators, sides (``L``, ``_left``, ``UL``), prefixes and suffixes. Namespaces are ignored. A joint's
rotations and translations are matched by their full name only, ``node.attribute``: axes cannot be guessed.

What is surer than :data:`SURE` drives its attribute; anything less is a question with candidates. Two attributes that
mean the same motion are never both driven: the surer one is, the other is asked about.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

from maya_a2f.core.attribute_groups import AttributeGroup, Recognised, groups_of, recognised
from maya_a2f.core.channels import channel_kind
from maya_a2f.core.conventions import Convention, shipped_conventions, speech_signals
from maya_a2f.core.match_report import (
    BY_HAND,
    SAME_NAME,
    SAME_NAME_ANY_CASE,
    SURE,
    Candidate,
    Match,
    MatchReport,
    Question,
    judged,
    open_questions,
    report_of,
)
from maya_a2f.core.match_rivals import FoundDrive, own_channels, rivals_of
from maya_a2f.core.naming_words import NamingWords, shipped_words
from maya_a2f.core.rig import Rig, RigAttribute
from maya_a2f.core.rig_map import Derived, Drive, RigMap, sources_of
from maya_a2f.core.word_matching import meanings

__all__ = [
    "BY_HAND", "SAME_NAME", "SAME_NAME_ANY_CASE", "SURE", "Candidate", "Match", "MatchReport", "Question", "judged",
    "matched_by_name", "neutral_name", "open_questions", "report_of",
]  # fmt: skip

_BY_CONVENTION = 0.97
_CLEAR_LEAD = 0.05
"""Two readings of a name that lie closer are a question."""
_TYPO_CONFIDENCE = 0.5
_TYPO_LIKENESS = 0.84
_MOST_TYPOS_SOUGHT = 200
_OWN_MOUTH_SHAPES = 6
_WIDEST_WEIGHT = 4.0
"""An attribute that goes further counts in tens or hundreds: its highest value is the full shape. One that goes a
little beyond 1 lets the shape be overdone."""


def matched_by_name(
    rig: Rig,
    channels: Iterable[str],
    conventions: Sequence[Convention] | None = None,
    words: NamingWords | None = None,
) -> MatchReport:
    """A rig map from the names of a rig's attributes; by the conventions and words that ship where none are given."""
    given = tuple(dict.fromkeys(channels))
    return _Matching(
        rig, given, shipped_conventions() if conventions is None else conventions, words or shipped_words()
    ).report()


def neutral_name(attribute: RigAttribute) -> str:
    """What the attribute would be called as a channel: no namespace, and for weights no node."""
    node, _, leaf = attribute.name.rpartition(".")
    if channel_kind(leaf) == "weight":
        return leaf.rpartition(":")[2]
    return f"{node.rpartition('|')[2].rpartition(':')[2]}.{leaf}"


class _Matching:
    """One run over a rig."""

    def __init__(
        self, rig: Rig, channels: tuple[str, ...], conventions: Sequence[Convention], words: NamingWords
    ) -> None:
        self._rig, self._channels, self._conventions, self._words = rig, channels, conventions, words
        self._by_case = {channel.casefold(): channel for channel in channels}
        self._found: dict[str, FoundDrive] = {}
        self._questions: dict[str, Question] = {}
        self._names: dict[str, None] = {}
        self._notes: list[str] = []

    def report(self) -> MatchReport:
        for attribute in self._rig.attributes:
            self._match_same_name(attribute)
        groups = groups_of(self._rig.attributes, self._words)
        for group in groups:
            self._match_group(group)
        self._leave_doubled_visemes()
        self._close_with_the_jaw()
        self._drop_settled_questions()
        for group in groups:
            self._ask_about_typos(group)
        drives = {
            attribute.name: self._found[attribute.name].drive
            for attribute in self._rig.attributes
            if attribute.name in self._found
        }
        asked = [candidate.drive for question in self._questions.values() for candidate in question.candidates]
        rig_map = RigMap(self._rig.name, drives, derived=self._needed(drives.values(), asked))
        used = rig_map.followed
        return MatchReport(
            rig_map=rig_map,
            unmatched_channels=tuple(channel for channel in self._channels if channel not in used),
            unmatched_attributes=tuple(item.name for item in self._rig.attributes if item.name not in drives),
            matches={name: self._found[name].match for name in drives},
            questions=tuple(
                self._questions[item.name] for item in self._rig.attributes if item.name in self._questions
            ),
            conventions=tuple(self._names),
            notes=tuple(self._notes),
        )

    def _match_same_name(self, attribute: RigAttribute) -> None:
        name = neutral_name(attribute)
        channel = self._by_case.get(name.casefold())
        if channel is not None:
            why = SAME_NAME if name == channel else SAME_NAME_ANY_CASE
            self._found[attribute.name] = FoundDrive(self._made({channel: 1.0}, attribute), Match(1.0, why))

    def _match_group(self, group: AttributeGroup) -> None:
        follows = recognised(group, self._conventions)
        spoken: dict[str, list[FoundDrive]] = {}
        for attribute in group.attributes:
            if attribute.name not in self._found and not self._match_by_convention(attribute, follows):
                found = self._by_words(attribute, group)
                if found:
                    spoken[attribute.name] = found
        self._settle(group, spoken)

    def _match_by_convention(self, attribute: RigAttribute, follows: Sequence[Recognised]) -> bool:
        """Whether a convention that the group follows knows the name; with a drive or as one without."""
        for item in follows:
            entry = item.entries.get(attribute.name)
            if entry is None:
                continue
            self._names[item.convention.name] = None
            drive = self._within_reach(entry.drive) if entry.drive is not None else None
            if drive is not None:
                made = self._made(drive.gains, attribute, drive)
                match = Match(_BY_CONVENTION, f"{item.convention.name} name")
                self._found[attribute.name] = FoundDrive(made, match, is_viseme=entry.is_viseme)
            return True
        return False

    def _by_words(self, attribute: RigAttribute, group: AttributeGroup) -> list[FoundDrive]:
        name = attribute.name
        found = []
        for meaning in meanings(group.bare[name], group.node_words[name], self._words):
            gains = {channel: gain for channel, gain in meaning.gains.items() if channel in self._channels}
            if gains:
                match = Match(round(meaning.confidence, 2), "by its words")
                found.append(FoundDrive(self._made(gains, attribute), match, meaning))
        return found

    def _settle(self, group: AttributeGroup, spoken: Mapping[str, list[FoundDrive]]) -> None:
        """Decide what words said: clear and without a rival it drives, else it is asked."""
        known = {name: self._found[name] for name in (item.name for item in group.attributes) if name in self._found}
        meant = {channel for found in known.values() for channel in found.drive.gains}
        meant |= {
            channel for found in spoken.values() if found[0].match.confidence >= SURE for channel in own_channels(found)
        }
        clear: dict[str, FoundDrive] = {}
        for name, found in spoken.items():
            best = found[0]
            if best.match.confidence < SURE:
                self._ask(name, found, "the name is not clear")
            elif best.meaning is not None and best.meaning.beside is not None and best.meaning.beside not in meant:
                self._ask(name, found, "the name may mean more than that")
            elif len(found) > 1 and best.match.confidence - found[1].match.confidence < _CLEAR_LEAD:
                self._ask(name, found, "the name may mean either")
            else:
                clear[name] = best
        rivals = {name: rivals_of(name, clear, known) for name in clear}
        for name, found_one in clear.items():
            better = [
                other for other, item in rivals[name].items() if item.match.confidence >= found_one.match.confidence
            ]
            if better:
                self._ask(name, [found_one], f"'{better[0].rpartition('.')[2]}' means the same")
            else:
                self._found[name] = found_one

    def _ask(self, name: str, found: Sequence[FoundDrive], why: str) -> None:
        self._questions[name] = Question(name, tuple(item.candidate for item in found), why)

    def _drop_settled_questions(self) -> None:
        """A question whose every candidate is driven elsewhere needs no answer."""
        driven = {channel for found in self._found.values() for channel in found.drive.gains}
        self._questions = {
            name: question
            for name, question in self._questions.items()
            if any(not candidate.drive.gains.keys() <= driven for candidate in question.candidates)
        }

    def _leave_doubled_visemes(self) -> None:
        """Whole mouth shapes stay at rest where the rig has parts that make them: both would double the motion."""
        shapes = {
            channel for found in self._found.values() if not found.is_viseme for channel in self._sources(found.drive)
        }
        visemes = [name for name, found in self._found.items() if found.is_viseme]
        mouths = [channel for channel in shapes if channel.startswith("mouth")]
        if visemes and "jawOpen" in shapes and len(mouths) >= _OWN_MOUTH_SHAPES:
            for name in visemes:
                del self._found[name]
            self._notes.append(
                f"{len(visemes)} whole mouth shapes ('{visemes[0].rpartition('.')[2]}' …) stay at rest: the rig's own "
                f"lip and jaw shapes make the same sounds, and both together would double them."
            )

    def _close_with_the_jaw(self) -> None:
        """Where nothing undoes the jaw's opening for lips that close over it, the jaw itself opens less: lips that
        touch on the model's face shall touch on this one."""
        followed = {channel for found in self._found.values() for channel in self._sources(found.drive)}
        if "mouthClose" in followed or "mouthClose" not in self._channels:
            return
        opened = [name for name, found in self._found.items() if found.drive.gains.keys() == {"jawOpen"}]
        for name in opened:
            drive = self._found[name].drive
            gain = drive.gains["jawOpen"]
            lowest, highest = drive.limits or (-math.inf, math.inf)
            closing = replace(
                drive, gains={"jawOpen": gain, "mouthClose": -gain}, limits=(max(0.0, lowest), max(0.0, highest))
            )
            if gain > 0.0:
                self._found[name] = replace(self._found[name], drive=closing)
        if opened:
            leaf = opened[0].rpartition(".")[2]
            self._notes.append(f"The rig has no shape that closes the lips over an open jaw: '{leaf}' closes for them.")

    def _ask_about_typos(self, group: AttributeGroup) -> None:
        names = [item.name for item in group.attributes]
        if sum(name in self._found for name in names) < len(names) / 4:
            return
        free = [item for item in group.attributes if item.name not in self._found and item.name not in self._questions]
        used = {channel for name in names if name in self._found for channel in self._found[name].drive.gains}
        open_channels = {name.casefold(): name for name in self._channels if "." not in name and name not in used}
        for attribute in free[:_MOST_TYPOS_SOUGHT]:
            written = "".join(group.bare[attribute.name])
            near = get_close_matches(written, open_channels, n=2, cutoff=_TYPO_LIKENESS)
            found = [
                FoundDrive(
                    self._made({open_channels[match]: 1.0}, attribute), Match(_TYPO_CONFIDENCE, "a similar name")
                )
                for match in near
            ]
            if found:
                self._ask(attribute.name, found, "the name is only similar")

    def _within_reach(self, drive: Drive) -> Drive | None:
        """The drive by what of its channels the model gives."""
        signals = speech_signals()
        gains = {
            name: gain
            for name, gain in drive.gains.items()
            if sources_of((name,), signals).intersection(self._channels)
        }
        return replace(drive, gains=gains) if gains else None

    def _sources(self, drive: Drive) -> Collection[str]:
        return sources_of(drive.gains, speech_signals())

    def _made(self, gains: Mapping[str, float], attribute: RigAttribute, like: Drive | None = None) -> Drive:
        """The drive in the attribute's own unit, within its own limits."""
        highest = attribute.highest
        unit = 1.0
        if attribute.kind == "weight" and highest is not None and math.isfinite(highest) and highest > _WIDEST_WEIGHT:
            unit = highest
        limits = _limits(attribute)
        if like is not None and like.limits is not None:
            limits = (like.limits[0] * unit, like.limits[1] * unit)
        curve = None if like is None else like.curve
        if curve is not None and unit != 1.0:
            return Drive(gains, limits=limits, curve=tuple((at, height * unit) for at, height in curve))
        return Drive({name: gain * unit for name, gain in gains.items()}, limits=limits, curve=curve)

    def _needed(self, *drives: Iterable[Drive]) -> dict[str, Derived]:
        """The speech signals that drives use, with those that they are made from."""
        signals = speech_signals()
        wanted = {name for some in drives for drive in some for name in drive.gains if name in signals}
        for name, item in reversed(tuple(signals.items())):
            if name in wanted:
                wanted |= {channel for channel in item.channels if channel in signals}
        return {name: item for name, item in signals.items() if name in wanted}


def _limits(attribute: RigAttribute) -> tuple[float, float] | None:
    """The attribute's own hard limits, relative to nothing: only weights, whose rest is 0, carry them over."""
    if attribute.kind != "weight" or attribute.lowest is None or attribute.highest is None:
        return None
    return attribute.lowest, attribute.highest
