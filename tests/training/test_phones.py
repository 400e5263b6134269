"""Symbols of both alphabets as articulations."""

from __future__ import annotations

import pytest

from maya_a2f.training.phones import PHONE_CLASSES, Alphabet, articulations

EVERY_CLASS = "p b m f θ t n k ŋ l ɹ s ʃ w j h i e æ a o u y ɝ ə"


@pytest.mark.parametrize(
    ("symbol", "alphabet", "expected"),
    [
        ("M", "arpabet", "m"),
        ("AH0", "arpabet", "a"),
        ("y", "arpabet", "j"),
        ("y", "ipa", "y"),
        ("r", "arpabet", "r"),
        ("tʃ", "ipa", "sh"),
        ("ts", "ipa", "s"),
        ("ph", "ipa", "p"),
        ("ɡ", "ipa", "velar"),
        ("ɑː", "ipa", "a"),
        ("ɑ̃", "ipa", "a"),
        ("", "ipa", "pause"),
        ("pau", "arpabet", "pause"),
        ("☃", "ipa", "schwa"),
    ],
)
def test_a_symbol_means_its_articulation(symbol: str, alphabet: Alphabet, expected: str) -> None:
    assert articulations(symbol, alphabet)[0].phone_class == expected


def test_diphthongs_have_two_halves_in_both_alphabets() -> None:
    assert [a.phone_class for a in articulations("AY1", "arpabet")] == ["a", "i"]
    assert [a.phone_class for a in articulations("aɪ", "ipa")] == ["a", "i"]


def test_only_bilabials_close_and_only_labiodentals_tuck() -> None:
    for symbol in ["p", "b", "m"]:
        assert articulations(symbol)[0].contact == "closed"
    for symbol in ["f", "v"]:
        assert articulations(symbol)[0].contact == "tuck"
    for symbol in ["t", "d", "n", "k", "ŋ", "s", "ʃ", "l", "ɹ", "θ", "w", "i", "a", "u"]:
        assert articulations(symbol)[0].contact == "none"


def test_every_articulation_has_a_class_of_the_network() -> None:
    for symbol in [
        "p",
        "b",
        "m",
        "f",
        "θ",
        "t",
        "n",
        "k",
        "ŋ",
        "l",
        "ɹ",
        "s",
        "ʃ",
        "w",
        "j",
        "h",
        "i",
        "e",
        "æ",
        "a",
        "o",
        "u",
        "y",
        "ɝ",
        "ə",
    ]:
        assert articulations(symbol)[0].phone_class in PHONE_CLASSES
