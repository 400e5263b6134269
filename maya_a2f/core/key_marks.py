"""What a host remembers of keys it wrote: enough to tell later, block by block, whether somebody edited them.

A curve is cut into blocks of equal length (half a second, longer where a curve would have more than
:data:`MOST_BLOCKS`); of each block eight letters are kept. So 72 curves of a minute take some 70 kB, and never more
than 150 kB however long they are. The letters say nothing of where the block lies: keys moved together keep them.
"""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from operator import add
from typing import Protocol

from maya_a2f.core.frame_rate import TICKS_PER_SECOND

BLOCK_TICKS = TICKS_PER_SECOND // 2
MOST_BLOCKS = 256
NO_KEYS = ""
"""Mark of a block without keys."""
NEVER_EQUAL = "!" * 8
"""Mark of a block in which edited keys and ours lie side by side: it counts as edited whatever is in it."""
_LETTERS = 8
_NO_KEYS_TEXT = "." * _LETTERS
_ROUNDED_TICKS = Fraction(3, 5)
"""A key lies on the tick nearest to its frame."""
Zone = tuple[int, int]
"""First tick, and the one after the last."""


class Key(Protocol):
    """One key of a curve, as any host reads it."""

    @property
    def ticks(self) -> int:
        """Time on Maya's clock."""

    @property
    def value(self) -> float:
        """Radians, centimetres or plain."""

    @property
    def into(self) -> int:
        """In-tangent, a number of ``MFnAnimCurve``."""

    @property
    def out(self) -> int:
        """Out-tangent, likewise."""


def key_text(ticks: int, value: float, into: int, out: int) -> str:
    """What counts of a key. Values to nine digits: an edit by hand is coarser, rounding in a scene file is finer."""
    return f"{ticks} {value + 0.0:.9g} {into} {out};"


def fingerprint(keys: Iterable[tuple[int, float, int, int]]) -> str:
    """Short name of keys (ticks, internal value, in- and out-tangent): two sets of keys with one name are equal."""
    return _name_of(key_text(*key) for key in keys)


def fingerprint_of(keys: Iterable[Key]) -> str:
    """:func:`fingerprint` of keys that were read."""
    return fingerprint((key.ticks, key.value, key.into, key.out) for key in keys)


def _name_of(texts: Iterable[str]) -> str:
    return hashlib.sha256("".join(texts).encode()).hexdigest()[:20]


def block_length(span_ticks: int) -> int:
    """Ticks of a block for a stretch of this length."""
    return max(1, -(-span_ticks // (BLOCK_TICKS * MOST_BLOCKS))) * BLOCK_TICKS


@dataclass(frozen=True)
class BlockMarks:
    """The marks of one curve."""

    first: int
    """Tick on which the first block starts."""
    length: int
    """Ticks of each block."""
    marks: tuple[str, ...]

    def index_of(self, ticks: int) -> int:
        """The block a tick lies in; may be beyond those that have marks."""
        return (ticks - self.first) // self.length

    def zone_of(self, index: int) -> Zone:
        """Where a block lies."""
        start = self.first + index * self.length
        return start, start + self.length

    def mark_at(self, index: int) -> str:
        """The mark of a block; beyond them all nothing was written."""
        return self.marks[index] if 0 <= index < len(self.marks) else NO_KEYS

    def moved(self, ticks: int) -> BlockMarks:
        """The same for keys that were all moved together."""
        return BlockMarks(self.first + ticks, self.length, self.marks)

    def text(self) -> str:
        """For the record in a scene: ``first length marks``."""
        return f"{self.first} {self.length} {''.join(mark or _NO_KEYS_TEXT for mark in self.marks)}"


def marks_from_text(text: str) -> BlockMarks | None:
    """The inverse of :meth:`BlockMarks.text`; None for a text that is none."""
    words = text.split(" ")
    try:
        first, length, letters = int(words[0]), int(words[1]), words[2]
    except (ValueError, IndexError):
        return None
    if len(words) != 3 or length <= 0 or len(letters) % _LETTERS:
        return None
    marks = (letters[at : at + _LETTERS] for at in range(0, len(letters), _LETTERS))
    return BlockMarks(first, length, tuple(NO_KEYS if mark == _NO_KEYS_TEXT else mark for mark in marks))


def marks_of(keys: Sequence[Key], first: int, length: int, last: int) -> BlockMarks:
    """Marks of keys (in order of time) for the blocks from ``first`` to the one that ``last`` lies in."""
    return _marks_of(_grid(tuple(key.ticks for key in keys), first, length), _texts_without_time(keys), last)


def marks_and_fingerprint_of(keys: Sequence[Key], first: int, length: int, last: int) -> tuple[BlockMarks, str]:
    """:func:`marks_of` and :func:`fingerprint_of`."""
    return _both([key.ticks for key in keys], _texts_without_time(keys), first, length, last)


def marks_and_fingerprint_of_equal(
    ticks: Sequence[int], values: Sequence[float], tangents: tuple[int, int], first: int, length: int, last: int
) -> tuple[BlockMarks, str]:
    """The same of keys that all have the same tangents (in, out)."""
    into, out = tangents
    return _both(ticks, [f"{value + 0.0:.9g} {into} {out};" for value in values], first, length, last)


def _both(ticks: Sequence[int], texts: list[str], first: int, length: int, last: int) -> tuple[BlockMarks, str]:
    grid = _grid(tuple(ticks), first, length)
    return _marks_of(grid, texts, last), _name_of(map(add, grid.times, texts))


@dataclass(frozen=True)
class _Grid:
    """Where the keys of a curve lie among the blocks."""

    first: int
    length: int
    times: tuple[str, ...]
    """First word of each key's text."""
    times_within: tuple[str, ...]
    """The same counted from the start of its block."""
    spans: dict[int, slice]
    """Block -> its keys."""


@lru_cache(maxsize=4)
def _grid(ticks: tuple[int, ...], first: int, length: int) -> _Grid:
    """The curves of a take have the same ticks."""
    places = [divmod(tick - first, length) for tick in ticks]
    spans: dict[int, slice] = {}
    for at, (index, _) in enumerate(places):
        spans[index] = slice(spans[index].start if index in spans else at, at + 1)
    within = tuple(f"{place} " for _, place in places)
    return _Grid(first, length, tuple(f"{tick} " for tick in ticks), within, spans)


def _texts_without_time(keys: Iterable[Key]) -> list[str]:
    """:func:`key_text` without its first word."""
    return [f"{key.value + 0.0:.9g} {key.into} {key.out};" for key in keys]


def _marks_of(grid: _Grid, texts: Sequence[str], last: int) -> BlockMarks:
    words = list(map(add, grid.times_within, texts))
    count = (last - grid.first) // grid.length + 1
    marks = (_mark(words[grid.spans[index]]) if index in grid.spans else NO_KEYS for index in range(count))
    return BlockMarks(grid.first, grid.length, tuple(marks))


def _mark(texts: Sequence[str]) -> str:
    digest = hashlib.sha256("".join(texts).encode()).digest()
    return base64.urlsafe_b64encode(digest[:6]).decode()


def edited_blocks(marks: BlockMarks, keys: Sequence[Key]) -> list[int]:
    """Blocks whose keys are not those that were written. ``keys`` are those that count as ours, in order of time."""
    if not marks.marks:
        return sorted({marks.index_of(key.ticks) for key in keys})
    lowest = min((marks.index_of(key.ticks) for key in keys), default=0)
    highest = max((marks.index_of(key.ticks) for key in keys), default=0)
    start, end = min(0, lowest), max(len(marks.marks) - 1, highest)
    now = marks_of(keys, marks.zone_of(start)[0], marks.length, marks.zone_of(end)[0])
    return [index for index in range(start, end + 1) if now.marks[index - start] != marks.mark_at(index)]


def frames_of(zone: Zone, rate: Fraction) -> tuple[float, float]:
    """First and last whole frame of a stretch; its ends where no whole frame lies in it."""
    start, end = (Fraction(ticks) * rate / TICKS_PER_SECOND for ticks in (zone[0], zone[1] - 1))
    rounding = _ROUNDED_TICKS * rate / TICKS_PER_SECOND
    first, last = math.ceil(start - rounding), math.floor(end + rounding)
    return (float(first), float(last)) if first <= last else (float(start), float(end))
