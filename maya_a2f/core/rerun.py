"""A second run over keys that were edited since: as written, as found and fresh -> what to write, what stays and why.

Pure: the hosts read curves, ask :func:`merged`, and write what it says. Times are ticks, values are internal units.
Edits are known by block (:mod:`maya_a2f.core.key_marks`); a block somebody edited stays as it is to the last key, and
so does every key that is not ours. Where fresh keys meet keys that stay, the first and last frames of the fresh ones
are blended with the curve that was there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from maya_a2f.core.channels import ChannelKind
from maya_a2f.core.key_blending import Border, FoundKey, Fresh, WrittenKey, blended_keys
from maya_a2f.core.key_marks import (
    BLOCK_TICKS,
    MOST_BLOCKS,
    NEVER_EQUAL,
    BlockMarks,
    Key,
    Zone,
    block_length,
    edited_blocks,
    fingerprint_of,
    marks_and_fingerprint_of,
    marks_and_fingerprint_of_equal,
    marks_of,
)

EVERYTHING: Zone = (-(2**62), 2**62)
DEFAULT_FADE_FRAMES = 5


@dataclass(frozen=True)
class Written:
    """What is remembered of keys that were written."""

    first: int
    last: int
    """Tick of the last key."""
    fingerprint: str
    """Of all of them."""
    others: frozenset[int] = frozenset()
    """Ticks among them that had keys of somebody else."""
    marks: BlockMarks | None = None
    """None for keys written before there were marks: then a curve is edited as a whole or not at all."""

    def owns(self, ticks: int) -> bool:
        """Whether a key there counts as one of these."""
        return self.first <= ticks <= self.last and ticks not in self.others


@dataclass(frozen=True)
class MergeRules:
    """What a run may do to one curve."""

    rate: Fraction
    span: Zone = EVERYTHING
    """Only keys in here are renewed."""
    fade_frames: int = DEFAULT_FADE_FRAMES
    """Length of the blend at a border; 0 is a hard cut."""
    takes_over: bool = False
    """Edited keys are replaced like all others."""
    clears_others: bool = True
    """Mode replace: where fresh keys come, keys of somebody else go, unless they came after ours."""
    is_again: bool = True
    """A run over an earlier result: keys that are not ours are kept, even where ``clears_others``."""


@dataclass(frozen=True)
class Merged:
    """What becomes of one curve."""

    stays: tuple[int, ...]
    """Indices of found keys that are not touched."""
    keys: tuple[WrittenKey, ...]
    """New keys, in order of time; none lies on one that stays."""
    edited: tuple[Zone, ...]
    """Where keys were kept since they are edited or somebody else's."""
    written: Written | None
    """To be remembered; None where nothing is written, and what was remembered still holds."""


def edited_zones(written: Written, found: Sequence[Key]) -> tuple[Zone, ...]:
    """Where keys are not as they were written; neighbouring blocks joined."""
    own = [key for key in found if written.owns(key.ticks)]
    if written.marks is None:
        return () if fingerprint_of(own) == written.fingerprint else ((written.first, written.last + 1),)
    marks = written.marks
    inside = (written.first, written.last + 1)
    zones = (_overlap(marks.zone_of(index), inside) for index in edited_blocks(marks, own))
    return _joined(zone for zone in zones if zone is not None)


def first_written(keys: Sequence[WrittenKey], others: Iterable[int] = ()) -> Written:
    """What to remember of keys (in order of time) that all lie as given."""
    first, last = keys[0].ticks, keys[-1].ticks
    marks, name = marks_and_fingerprint_of(keys, first, block_length(last + 1 - first), last)
    return Written(first, last, name, frozenset(others), marks)


def freshly_written(fresh: Fresh) -> Written:
    """:func:`first_written` of all keys of a new run."""
    first, last = fresh.ticks[0], fresh.ticks[-1]
    length = block_length(last + 1 - first)
    marks, name = marks_and_fingerprint_of_equal(fresh.ticks, fresh.values, fresh.tangents, first, length, last)
    return Written(first, last, name, frozenset(), marks)


def merged(
    found: Sequence[FoundKey], written: Written | None, fresh: Fresh, kind: ChannelKind, rules: MergeRules
) -> Merged:
    """What becomes of a curve whose keys are ``found`` (in order of time) when ``fresh`` ones come.

    No key in an edited block and, in a second run, no key of somebody else changes or goes. Keys of ours outside of
    ``rules.span`` stay. ``written`` is None for a curve that has none of ours.
    """
    keeps = rules.is_again and not rules.takes_over
    edited = edited_zones(written, found) if written is not None and keeps else ()
    if edited and written is not None and written.marks is None:
        return Merged(tuple(range(len(found))), (), edited, None)  # all or nothing
    blocked = _joined([*edited, *(_zones_of_others(found, written, fresh) if keeps and rules.clears_others else ())])
    goes = _going(written, fresh, rules, blocked)
    stays = tuple(at for at, key in enumerate(found) if not goes(key.ticks))
    left = [found[at] for at in stays]
    keys: list[WrittenKey] = []
    for zone in _without(_overlap(fresh.zone, rules.span), blocked):
        keys += blended_keys(zone, fresh, found, kind, rules.rate, _border(zone, left, rules, blocked))
    taken = {key.ticks for key in left}
    keys = [key for key in keys if key.ticks not in taken]
    if not keys and (len(stays) == len(found) or not stays):
        return Merged(tuple(range(len(found))), (), blocked, None)
    return Merged(
        stays, tuple(keys), blocked, _remembered(left, keys, written, fresh, edited if keeps else None, rules)
    )


def _zones_of_others(found: Sequence[Key], written: Written | None, fresh: Fresh) -> list[Zone]:
    """Around keys beside ours, under the fresh ones: they came after our first run, or belong to another result."""
    blocks = _grid(written, fresh)
    inside = [] if written is None else [(written.first, written.last + 1)]
    zones = []
    for key in found:
        if fresh.zone[0] <= key.ticks < fresh.zone[1] and not any(start <= key.ticks < end for start, end in inside):
            pieces = _without(blocks.zone_of(blocks.index_of(key.ticks)), inside)
            zones += [piece for piece in pieces if piece[0] <= key.ticks < piece[1]]
    return zones


def _grid(written: Written | None, fresh: Fresh) -> BlockMarks:
    if written is not None and written.marks is not None:
        return written.marks
    return BlockMarks(fresh.ticks[0] if written is None else written.first, BLOCK_TICKS, ())


def _going(written: Written | None, fresh: Fresh, rules: MergeRules, blocked: Sequence[Zone]) -> Callable[[int], bool]:
    """Whether the found key at a tick goes."""
    fresh_ticks = frozenset(fresh.ticks)
    spares_others = rules.is_again and not rules.takes_over

    def goes(ticks: int) -> bool:
        if not rules.span[0] <= ticks < rules.span[1] or _is_within(ticks, blocked):
            return False
        if written is not None and written.owns(ticks):
            return True
        is_under = fresh.zone[0] <= ticks < fresh.zone[1]
        return not spares_others and is_under and (rules.clears_others or ticks in fresh_ticks)

    return goes


def _border(zone: Zone, stays: Sequence[Key], rules: MergeRules, blocked: Sequence[Zone]) -> Border:
    """A stretch meets a curve at an end where something was left out, and keys stay beyond it."""
    left = any(end == zone[0] for _, end in blocked) or zone[0] == rules.span[0]
    right = any(start == zone[1] for start, _ in blocked) or zone[1] == rules.span[1]
    return Border(
        left and bool(stays) and stays[0].ticks < zone[0],
        right and bool(stays) and stays[-1].ticks >= zone[1],
        rules.fade_frames,
    )


def _remembered(
    stays: Sequence[Key],
    keys: Sequence[WrittenKey],
    written: Written | None,
    fresh: Fresh,
    edited: Sequence[Zone] | None,
    rules: MergeRules,
) -> Written | None:
    """``edited`` is None where edits do not count: in a first run and where keys are taken over."""
    kept = edited or ()
    own = [key for key in stays if written is not None and written.owns(key.ticks)]
    ours: list[Key] = sorted([*(key for key in own if not _is_within(key.ticks, kept)), *keys], key=_time)
    ends = [*(key.ticks for key in ours), *(tick for start, end in kept for tick in (start, end - 1))]
    if not ends:
        return None
    first, last = min(ends), max(ends)
    covered = [fresh.zone, *([(written.first, written.last + 1)] if written is not None else [])]
    own_ticks = {key.ticks for key in own}
    others = {key.ticks for key in stays if first <= key.ticks <= last and key.ticks not in own_ticks}
    if edited is not None and rules.clears_others:
        # Somebody's keys that kept fresh ones away do so again: they count as edits of ours from now on.
        known = written.others if written is not None else frozenset()
        others = {ticks for ticks in others if ticks in known or not _is_within(ticks, covered)}
    if not kept:
        marks, name = marks_and_fingerprint_of(ours, first, block_length(last + 1 - first), last)
        return Written(first, last, name, frozenset(others), marks)
    assert written is not None and written.marks is not None  # noqa: PT018 - without marks nothing is written
    marks = _marks_beside_edits(ours, kept, written.marks, first, last)
    # Earlier versions of the module know a curve by its fingerprint alone: this one no keys have.
    return Written(first, last, f"edited {fingerprint_of(ours)}"[:20], frozenset(others), marks)


def _time(key: Key) -> int:
    return key.ticks


def _marks_beside_edits(
    ours: Sequence[Key], edited: Sequence[Zone], old: BlockMarks, first: int, last: int
) -> BlockMarks:
    """Marks on the blocks of before, so that edited blocks keep the marks that tell them."""
    start = min(0, old.index_of(first))
    origin, length = old.zone_of(start)[0], old.length
    size = -(-(last + 1 - origin) // length)
    coarser = -(-size // MOST_BLOCKS) if size > 2 * MOST_BLOCKS else 1
    fresh = marks_of(ours, origin, length * coarser, last)
    marks = list(fresh.marks)
    for at, mark in enumerate(marks):
        if any(_overlap(fresh.zone_of(at), zone) for zone in edited):
            marks[at] = NEVER_EQUAL if mark or coarser > 1 else old.mark_at(at + start)
    return replace(fresh, marks=tuple(marks))


def _is_within(ticks: int, zones: Iterable[Zone]) -> bool:
    return any(start <= ticks < end for start, end in zones)


def _overlap(zone: Zone, other: Zone) -> Zone | None:
    start, end = max(zone[0], other[0]), min(zone[1], other[1])
    return (start, end) if start < end else None


def _joined(zones: Iterable[Zone]) -> tuple[Zone, ...]:
    joined: list[Zone] = []
    for start, end in sorted(zones):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return tuple(joined)


def _without(zone: Zone | None, holes: Iterable[Zone]) -> list[Zone]:
    """What is left of a stretch."""
    parts = [] if zone is None else [zone]
    for hole in holes:
        parts = [
            piece
            for part in parts
            for piece in ((part[0], min(part[1], hole[0])), (max(part[0], hole[1]), part[1]))
            if piece[0] < piece[1]
        ]
    return parts
