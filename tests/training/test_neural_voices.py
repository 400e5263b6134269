"""Neural voices: the models' spelling, their durations as phone times, and the voices that are installed."""

from __future__ import annotations

import random
import shutil

import numpy as np
import pytest

from maya_a2f.training.corpus.neural_spelling import in_ipa, kokoro_letters
from maya_a2f.training.corpus.neural_voices import HELD_OUT_STYLE, missing_packages, mixed_style, mixed_voice
from maya_a2f.training.corpus.phone_times import Token, spans_of, with_closures
from maya_a2f.training.corpus.synthesis import planned_shards
from maya_a2f.training.corpus.voices import Phone, Prompt, speak

OLD = frozenset({"flite", "festival", "espeak"})


def test_english_diphthongs_and_affricates_become_one_letter_and_come_back_as_ipa() -> None:
    letters = kokoro_letters("tʃˈeɪndʒ", english=True)
    assert letters == "ʧˈAnʤ"
    assert [in_ipa(letter) for letter in "ʧAʤm"] == ["tʃ", "eɪ", "dʒ", "m"]


def test_a_phone_may_begin_anywhere_in_the_mark_before_it_and_a_space_may_be_a_pause() -> None:
    tokens = [Token("", 0.3), Token("m", 0.05), Token("ˈ", 0.05), Token("a", 0.1), Token("ː", 0.05), Token(" ", 0.05)]
    spans = spans_of([*tokens, Token("p", 0.1), Token(".", 0.2)])
    assert [span.symbol for span in spans] == ["pau", "m", "aː", "pau", "p", "pau"]
    assert (spans[2].earliest, spans[2].latest) == pytest.approx((0.35, 0.40))
    assert spans[3].latest == pytest.approx(0.60)


def test_the_silence_before_a_stop_is_its_closure_and_a_long_pause_stays() -> None:
    short = with_closures([Phone(0, 0.1, "a"), Phone(0.1, 0.17, "pau"), Phone(0.17, 0.2, "p")])
    assert short == (Phone(0, 0.1, "a"), Phone(0.1, 0.2, "p"))
    long = with_closures([Phone(0, 0.1, "a"), Phone(0.1, 0.6, "pau"), Phone(0.6, 0.62, "b")])
    assert [phone.symbol for phone in long] == ["a", "pau", "b"]
    assert long[2].start_seconds == pytest.approx(0.54)


def test_mixed_voices_sum_to_one_and_never_use_the_held_out_style() -> None:
    draw = random.Random(1)
    for _ in range(200):
        voice = mixed_voice(draw, held_out=False)
        assert HELD_OUT_STYLE not in voice
        names = {part.split("*")[1] for half in voice.split("/") for part in half.split("+")}
        same = dict.fromkeys(names, np.ones((3, 1, 256), np.float32))
        assert np.allclose(mixed_style(voice, same, 2), 1.0, atol=0.006)


def test_new_voices_leave_the_shards_of_an_older_plan_as_they_were() -> None:
    old = planned_shards(1, 60, OLD)
    new = planned_shards(1, 60, OLD | {"kokoro", "hibari", "piper"})
    assert new[: len(old)] == old
    assert len(new) > len(old)


@pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed")
@pytest.mark.parametrize(("engine", "voice"), [("hibari", "heart"), ("piper", "joe")])
def test_a_neural_voice_is_quiet_in_p_and_loud_in_vowels(engine: str, voice: str) -> None:
    if missing_packages(engine):
        pytest.skip(f"the package {missing_packages(engine)[0]} is not installed")
    pytest.importorskip("onnx")
    lines = ("A copy of a paper.", "Open the happy map.", "Apart from a puppy.", "The copper pipe.")
    levels: dict[str, list[float]] = {"p": [], "vowel": []}
    for utterance in speak([Prompt(engine, voice, line, 1.0, 0.0, 1.0) for line in lines]):
        assert utterance is not None
        for phone in utterance.phones:
            middle = round((phone.start_seconds + phone.end_seconds) / 2 * 16000)
            loud = float(np.sqrt(np.mean(utterance.samples[max(0, middle - 80) : middle + 80].astype(float) ** 2)))
            kind = "p" if phone.symbol == "p" else "vowel" if phone.symbol[0] in "aæɑoɔeɛi" else ""
            if kind:
                levels[kind].append(loud)
    assert np.median(levels["p"]) < 0.1 * np.median(levels["vowel"])
