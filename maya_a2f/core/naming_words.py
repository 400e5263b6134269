"""What the words in a rig's names mean: ``presets/naming_words.json`` as a table of phrases."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

PRESETS = Path(__file__).resolve().parent.parent / "presets"
_MOST_READINGS = 64
_UNUSUAL_COST = 0.06


@dataclass(frozen=True)
class Phrase:
    """A channel that some words mean."""

    channels: str
    """A channel; ``*`` is the name's side, ``@`` a direction that the name says."""
    confidence: float
    beside: str | None = None
    """Holds only in a rig where something else means this channel."""


@dataclass(frozen=True)
class NamingWords:
    """The table."""

    meanings: Mapping[str, tuple[str, ...]]
    """Spelling -> what it may mean."""
    unusual: frozenset[tuple[str, str]]
    """(spelling, meaning) that is not what the word usually means."""
    phrases: Mapping[tuple[str, ...], tuple[Phrase, ...]]
    """Meanings in alphabetical order -> channels."""
    correctives: frozenset[str]
    """Words that make any name a corrective shape, which no channel means."""
    wrapping: frozenset[str]
    """Words at either end that say nothing."""

    @property
    def vocabulary(self) -> frozenset[str]:
        """Every word that is known."""
        return frozenset(self.meanings) | self.correctives | self.wrapping

    def unwrapped(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """Without words at the ends that say nothing; at least one stays."""
        start, end = 0, len(words)
        while end - start > 1 and words[start] in self.wrapping:
            start += 1
        while end - start > 1 and words[end - 1] in self.wrapping:
            end -= 1
        return words[start:end]

    def meant_by(self, words: tuple[str, ...]) -> list[tuple[Phrase, float]]:
        """The phrases that words can be read as with how sure each is, best first, one for each channel; every word
        must be used."""
        options = [self.meanings.get(word, ()) for word in words]
        found: dict[str, tuple[Phrase, float]] = {}
        for reading in itertools.islice(itertools.product(*options), _MOST_READINGS):
            cost = _UNUSUAL_COST * sum(pair in self.unusual for pair in zip(words, reading, strict=True))
            for phrase in self._of_reading(reading):
                confidence = phrase.confidence - cost
                if phrase.channels not in found or confidence > found[phrase.channels][1]:
                    found[phrase.channels] = phrase, confidence
        return sorted(found.values(), key=lambda item: -item[1])

    def _of_reading(self, reading: tuple[str, ...]) -> tuple[Phrase, ...]:
        found = self.phrases.get(tuple(sorted(reading)), ())
        if found or "centre" not in reading:
            return found
        uncentred = self.phrases.get(tuple(sorted(word for word in reading if word != "centre")), ())
        return tuple(phrase for phrase in uncentred if not set("*@") & set(phrase.channels))


def naming_words_from(data: Mapping[str, Any]) -> NamingWords:
    """The table of JSON data in the form of ``presets/naming_words.json``."""
    meanings: dict[str, list[str]] = {}
    unusual = set()
    for meaning, spellings in data["words"].items():
        for spelling in spellings:
            meanings.setdefault(spelling.removesuffix("?"), []).append(meaning)
            if spelling.endswith("?"):
                unusual.add((spelling.removesuffix("?"), meaning))
    phrases: dict[tuple[str, ...], list[Phrase]] = {}
    for channels, words, confidence, *beside in data["phrases"]:
        for reading in _readings(words):
            phrases.setdefault(tuple(sorted(reading)), []).append(Phrase(channels, confidence, *beside))
    return NamingWords(
        {spelling: tuple(found) for spelling, found in meanings.items()},
        frozenset(unusual),
        {reading: tuple(found) for reading, found in phrases.items()},
        frozenset(data["correctives"]),
        frozenset(data["wrapping"]),
    )


@cache
def shipped_words() -> NamingWords:
    """The table that ships."""
    return naming_words_from(json.loads((PRESETS / "naming_words.json").read_text("utf-8")))


def _readings(phrase: str) -> list[tuple[str, ...]]:
    """Every way to write a phrase: ``(word)`` may be left out, ``word|word`` is either."""
    choices: list[list[tuple[str, ...]]] = []
    for part in phrase.split():
        optional = re.fullmatch(r"\((.*)\)", part)
        words = (optional[1] if optional else part).split("|")
        choices.append([*([()] if optional else []), *((word,) for word in words)])
    return [tuple(itertools.chain(*picked)) for picked in itertools.product(*choices)]
