"""Praat TextGrid files, long and short text format: interval tiers with their spans.

Source of the format: Praat manual, "TextGrid file formats". Both formats hold the same values in the same order; the
long one names them. So quotes and numbers are read in order, and everything else is skipped.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from pathlib import Path

from maya_a2f.errors import UserError

_TOKEN = re.compile(r'"((?:[^"]|"")*)"|<(exists|absent)>|(?<![\w\[.])(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)(?![\w\].])')
_PHONE_TIERS = re.compile(r"phon|segment|^phn$|sampa|^ipa$", re.IGNORECASE)
_WORD_TIERS = re.compile(r"word|^wrd$|ortho", re.IGNORECASE)
_LARGEST_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Span:
    """A labelled stretch of time."""

    start_seconds: float
    end_seconds: float
    label: str
    """As written; empty in pauses."""

    @property
    def middle_seconds(self) -> float:
        """Half way."""
        return (self.start_seconds + self.end_seconds) / 2

    @property
    def duration_seconds(self) -> float:
        """How long it lasts."""
        return self.end_seconds - self.start_seconds


@dataclass(frozen=True)
class Tier:
    """One interval tier."""

    name: str
    spans: tuple[Span, ...]


def read_textgrid(path: Path) -> tuple[Tier, ...]:
    """The interval tiers of a TextGrid. Raises :class:`UserError` ``textgrid.missing`` or ``textgrid.damaged``."""
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise _damaged(str(path), "it is larger than any TextGrid of a clip")
        content = path.read_bytes()
    except OSError as error:
        raise UserError(
            f"The TextGrid '{path}' cannot be read: {error.strerror or error}.",
            code="textgrid.missing",
            hint="Check the path.",
        ) from error
    return parse_textgrid(_decoded(content, str(path)), str(path))


def parse_textgrid(text: str, name: str = "TextGrid") -> tuple[Tier, ...]:
    """The interval tiers in the text of a TextGrid; ``name`` is what errors call it. Point tiers are left out."""
    if '"ooTextFile"' not in text[:200] or '"TextGrid"' not in text[:400]:
        raise _damaged(name, "it does not begin as a TextGrid text file does")
    reader = _Reader(re.sub(r"\[\s*\d*\s*\]", "", text), name)
    reader.words(2)
    reader.numbers(2)
    if not reader.flag():
        return ()
    tiers = []
    for _ in range(reader.count()):
        kind, title = reader.words(2)
        reader.numbers(2)
        spans = []
        for _ in range(reader.count()):
            start, *end = reader.numbers(2 if kind == "IntervalTier" else 1)
            label = reader.words(1)[0].replace('""', '"').strip()
            spans.append(Span(start, end[0] if end else start, label))
        if kind == "IntervalTier":
            tiers.append(Tier(title.strip(), _in_order(spans, title, name)))
    return tuple(tiers)


def phone_tier(tiers: tuple[Tier, ...], name: str) -> Tier:
    """The tier that holds phones, by its name. Raises :class:`UserError` ``textgrid.no_phones``."""
    for tier in tiers:
        if _PHONE_TIERS.search(tier.name) and any(span.label for span in tier.spans):
            return tier
    found = ", ".join(f"'{tier.name}'" for tier in tiers) or "none"
    raise UserError(
        f"The TextGrid '{name}' has no tier with phones (its interval tiers: {found}).",
        code="textgrid.no_phones",
        hint="Name the tier with one interval per sound 'phones'.",
    )


def word_tier(tiers: tuple[Tier, ...]) -> Tier | None:
    """The tier that holds words, if there is one."""
    return next((tier for tier in tiers if _WORD_TIERS.search(tier.name)), None)


class _Reader:
    """Takes the values of a file one after another, checking their kinds."""

    def __init__(self, text: str, name: str) -> None:
        self._tokens = _TOKEN.finditer(text)
        self._name = name

    def words(self, count: int) -> list[str]:
        return [self._next(1, "a quoted text") for _ in range(count)]

    def numbers(self, count: int) -> list[float]:
        return [float(self._next(3, "a number")) for _ in range(count)]

    def flag(self) -> bool:
        return self._next(2, "<exists>") == "exists"

    def count(self) -> int:
        return int(float(self._next(3, "a count")))

    def _next(self, group: int, wanted: str) -> str:
        token = next(self._tokens, None)
        if token is None:
            raise _damaged(self._name, "it ends too early")
        found: str | None = token.group(group)
        if found is None:
            raise _damaged(self._name, f"{wanted} is expected where it has {token.group(0)[:40]}")
        return found


def _in_order(spans: list[Span], title: str, name: str) -> tuple[Span, ...]:
    for earlier, later in itertools.pairwise(spans):
        if later.start_seconds < earlier.end_seconds - 1e-6 or later.end_seconds < later.start_seconds:
            raise _damaged(name, f"the spans of tier '{title}' are not in order near {later.start_seconds:g} s")
    return tuple(spans)


def _decoded(content: bytes, name: str) -> str:
    try:
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return content.decode("utf-16")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _damaged(name, "it is neither UTF-8 nor UTF-16 text") from error


def _damaged(name: str, why: str) -> UserError:
    return UserError(
        f"'{name}' cannot be read as a TextGrid: {why}.",
        code="textgrid.damaged",
        hint="Save it from Praat as a text file, long or short.",
    )
