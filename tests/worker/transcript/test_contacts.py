"""What an alignment does to a take, on alignments made by hand."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import pytest

from maya_a2f.core.closures import CLOSED_GAP_CM, GENERIC_LIP_GAP
from maya_a2f.core.lip_contacts import SpokenPhone
from maya_a2f.core.take import Take, take_bytes, take_from_bytes
from maya_a2f.worker.transcript.alignment import Alignment, SpokenWord, is_english, misfit
from maya_a2f.worker.transcript.contacts import FALLBACK_NOTE, NO_CHANNELS_NOTE, with_alignment

FOUND = Alignment(
    phones=(SpokenPhone(0.2, 0.3, "AE"), SpokenPhone(0.3, 0.4, "P"), SpokenPhone(0.4, 0.5, "AH")),
    words=(SpokenWord(0.2, 0.5, "appa"),),
    alphabet="arpabet",
    score=1.1,
    fits=True,
    reason="1 of 1 words found.",
    aligner="by hand",
)


@pytest.fixture
def take() -> Take:
    tracks = {"jawOpen": [0.2] * 24, "mouthClose": [0.0] * 24, "mouthPucker": [0.3] * 24, "jaw.rotateX": [4.0] * 24}
    return Take(rate=Fraction(30), tracks=tracks, made_by={"version": "1"}, notes=("A note.",))


def test_a_fitting_alignment_closes_the_lips_and_is_kept_with_the_take(take: Take) -> None:
    made = with_alignment(take, FOUND, GENERIC_LIP_GAP)
    assert GENERIC_LIP_GAP.cm(made.tracks, 10) == pytest.approx(CLOSED_GAP_CM)
    assert made.tracks["mouthPucker"] == take.tracks["mouthPucker"]
    assert made.tracks["jaw.rotateX"] == take.tracks["jaw.rotateX"]
    assert made.notes == take.notes
    assert made.made_by["version"] == "1"
    assert made.made_by["alignment"]["phones"][1] == [0.3, 0.4, "P"]


def test_an_alignment_that_does_not_fit_leaves_the_motion_alone_and_says_so(take: Take) -> None:
    made = with_alignment(take, misfit("arpabet", "by hand", "Other words.", 0.2), GENERIC_LIP_GAP)
    assert made.tracks == take.tracks
    assert made.notes == ("A note.", f"{FALLBACK_NOTE} Other words.")
    assert made.made_by["alignment"]["fits"] is False


def test_a_model_without_a_jaw_says_that_it_cannot(take: Take) -> None:
    bare = dataclasses.replace(take, tracks={"mouthPucker": [0.3] * 24})
    made = with_alignment(bare, FOUND, GENERIC_LIP_GAP)
    assert made.tracks == bare.tracks
    assert NO_CHANNELS_NOTE in made.notes


def test_the_take_can_be_written_and_read_back(take: Take) -> None:
    made = with_alignment(take, FOUND, GENERIC_LIP_GAP)
    again = take_from_bytes(take_bytes(made))
    assert again.made_by == made.made_by
    assert list(again.tracks["mouthClose"]) == list(made.tracks["mouthClose"])


@pytest.mark.parametrize(("language", "english"), [("en", True), ("en-GB", True), ("EN_us", True), ("es", False)])
def test_english_is_known_by_its_code(language: str, english: bool) -> None:
    assert is_english(language) is english
