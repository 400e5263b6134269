"""What an attribute's name is put together from: words, sides, numbers.

``CTRL_expressions_mouthFunnelUL`` is the words ctrl, expressions, mouth, funnel, u and the side left. A side is a word
of its own (``left``, ``rgt``, ``L``) or stands behind upper or lower (``UL``, ``dr``). Words that were written together
in small letters (``mouthsmileleft``) are told apart where a vocabulary covers them entirely.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from maya_a2f.core.mirroring import Side

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
_SIDES: dict[str, Side] = {
    **dict.fromkeys(("left", "lft", "lf", "l"), "left"),
    **dict.fromkeys(("right", "rgt", "rt", "r"), "right"),
}
_QUARTERS = {f"{height}{side}" for height in "ud" for side in "lr"}
_SHORTEST_COMPOUND = 5


@dataclass(frozen=True)
class NameParts:
    """A name in parts, all in small letters."""

    words: tuple[str, ...]
    """Without sides; numbers among them, without leading zeros."""
    sides: tuple[Side, ...]
    """In the order of the name."""
    direction: Side | None = None
    """The side that stands right behind ``look``."""
    is_direction_spelled: bool = False
    """The direction is a whole word, not a letter."""

    @property
    def key(self) -> tuple[str, tuple[Side, ...]]:
        """The same for names that differ in case, separators and how they write their sides."""
        return "".join(self.words), self.sides


def name_words(name: str, vocabulary: Collection[str] = ()) -> tuple[str, ...]:
    """The words of a name in small letters, sides and numbers included."""
    found: list[str] = []
    for part in _WORD.findall(name):
        word = part.casefold()
        if word.isdigit():
            found.append(str(int(word)))
        elif word in _QUARTERS:
            found += list(word)
        else:
            found += _told_apart(word, vocabulary)
    return tuple(found)


def parts_of(words: tuple[str, ...]) -> NameParts:
    """Words with the sides taken out. A name that is nothing but a side (a mouth shape ``L``) keeps it as a word."""
    sides = [(at, _SIDES[word]) for at, word in enumerate(words) if word in _SIDES]
    if len(sides) == len(words):
        return NameParts(words, ())
    looked_at = next((at for at, _ in sides if at and words[at - 1] in ("look", "looks", "gaze")), None)
    places = {at for at, _ in sides}
    return NameParts(
        tuple(word for at, word in enumerate(words) if at not in places),
        tuple(side for _, side in sides),
        None if looked_at is None else _SIDES[words[looked_at]],
        looked_at is not None and len(words[looked_at]) > 1,
    )


def is_side(word: str) -> bool:
    """Whether a word says left or right."""
    return word in _SIDES


def _told_apart(word: str, vocabulary: Collection[str]) -> list[str]:
    """The fewest words of the vocabulary that make up ``word``, a side at either end included; else the word."""
    if word in vocabulary or word in _SIDES or len(word) < _SHORTEST_COMPOUND or not vocabulary:
        return [word]
    best: list[list[str] | None] = [[], *([None] * len(word))]
    for end in range(1, len(word) + 1):
        for start in range(end):
            before, piece = best[start], word[start:end]
            if before is None or not _is_piece(piece, start, end == len(word), vocabulary):
                continue
            known = best[end]
            if known is None or len(before) + 1 < len(known):
                best[end] = [*before, piece]
    return best[-1] or [word]


def _is_piece(piece: str, start: int, is_last: bool, vocabulary: Collection[str]) -> bool:
    if piece in _SIDES:
        return len(piece) > 2 or (len(piece) == 1 and is_last and start > 0)
    return len(piece) > 1 and piece in vocabulary
