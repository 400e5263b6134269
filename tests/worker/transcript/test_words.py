"""English text to spoken words, and the sounds of words that no dictionary has."""

from __future__ import annotations

import pytest

from maya_a2f.worker.transcript.spelling import spelled_phones
from maya_a2f.worker.transcript.words import cardinal, english_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Bob's “map”, PLEASE!", "bob's map please"),
        ("I’m 42.", "i'm forty two"),
        ("In 1984 and 2005", "in nineteen eighty four and two thousand five"),
        ("1,250 bees", "one thousand two hundred fifty bees"),
        ("3.14 is pi", "three point one four is pi"),
        ("the 21st, the 30th, the 12th", "the twenty first the thirtieth the twelfth"),
        ("$5 & 50%", "five dollars and fifty percent"),
        ("$5.99", "five dollars and ninety nine cents"),
        ("007", "zero zero seven"),
        ("Dr. Brown [coughs] left <noise>", "doctor brown left"),
        ("café naïve", "cafe naive"),
        ("well-known", "well known"),
        ("...", ""),
    ],
)
def test_text_becomes_the_words_that_are_spoken(text: str, words: str) -> None:
    assert english_words(text) == words.split()


@pytest.mark.parametrize(
    ("number", "words"), [(0, "zero"), (100, "one hundred"), (1_000_001, "one million one"), (19, "nineteen")]
)
def test_numbers_are_said_in_words(number: int, words: str) -> None:
    assert " ".join(cardinal(number)) == words


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("bimph", "B IH M F"), ("lamb", "L AE M"), ("bbc", "B IY B IY S IY"), ("vopp", "V AA P"), ("mmm", "M"),
        ("knab", "N AE B"), ("yknow", "Y K N OW"),
    ],
)  # fmt: skip
def test_the_lip_consonants_of_an_unknown_word_are_right(word: str, phones: str) -> None:
    assert spelled_phones(word) == phones.split()
