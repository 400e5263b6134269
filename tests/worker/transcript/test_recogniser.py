"""English alignment against the exact phone times of a synthesiser; transcripts of something else."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np
import pytest

from maya_a2f.core.transcript import Transcript
from maya_a2f.errors import Cancelled, EngineError, UserError
from maya_a2f.worker.transcript.alignment import Alignment, align
from tests.worker.transcript.speech import flite, needs_flite, needs_pocketsphinx

LINE = "My baby brother bought a paper map for Bob and Pam."
OTHERS = ("She sees three green trees near the street.", "You can put the parcel down in front of the door.")


def middles(found: Alignment, *symbols: str) -> list[float]:
    return [(p.start_seconds + p.end_seconds) / 2 for p in found.phones if p.symbol in symbols]


@needs_flite
@needs_pocketsphinx
@pytest.mark.parametrize("voice", ["rms", "slt"])
def test_every_lip_contact_is_found_within_40_ms(voice: str) -> None:
    speech = flite(LINE, voice)
    found = align(speech.samples, 16000, Transcript(LINE))
    assert found.fits, found.reason
    assert found.score > 0.5
    truth = speech.seconds("P", "B", "M")
    assert len(truth) == 13
    assert middles(found, "P", "B", "M") == pytest.approx(truth, abs=0.04)
    assert [word.text for word in found.words] == LINE.lower().rstrip(".").split()


@needs_flite
@needs_pocketsphinx
def test_half_of_all_phone_starts_lie_within_20_ms() -> None:
    speech = flite(LINE)
    found = align(speech.samples, 16000, Transcript(LINE))
    truth = [p.start_seconds for p in speech.phones if p.symbol != "PAU"]
    nearest = [min(abs(p.start_seconds - start) for start in truth) for p in found.phones]
    assert np.median(nearest) <= 0.02


@needs_flite
@needs_pocketsphinx
@pytest.mark.parametrize("text", [*OTHERS, "for map and brother Pam a bought my Bob paper baby", "Bob"])
def test_other_words_in_another_order_or_far_too_few_do_not_fit(text: str) -> None:
    found = align(flite(LINE).samples, 16000, Transcript(text))
    assert not found.fits
    assert found.reason
    assert found.phones == ()


@needs_flite
@needs_pocketsphinx
def test_level_does_not_matter() -> None:
    quiet = align(flite(LINE).samples * 0.02, 16000, Transcript(LINE))
    assert quiet.fits
    assert middles(quiet, "B") == pytest.approx(flite(LINE).seconds("B"), abs=0.04)


@needs_flite
@needs_pocketsphinx
def test_a_word_that_no_dictionary_has_is_spelled() -> None:
    text = "The zabimple told Bob a plumbop story."
    found = align(flite(text).samples, 16000, Transcript(text))
    assert found.fits, found.reason
    assert found.words[1].text == "zabimple"


@needs_pocketsphinx
@pytest.mark.parametrize("count", [0, 500, 16000])
def test_silence_fits_nothing(count: int) -> None:
    assert not align(np.zeros(count, np.float32), 16000, Transcript("Bob")).fits


@needs_pocketsphinx
def test_a_transcript_in_other_letters_is_no_english() -> None:
    with pytest.raises(UserError) as caught:
        align(np.zeros(16000, np.float32), 16000, Transcript("你好"))
    assert caught.value.code == "transcript.empty"


@needs_flite
@needs_pocketsphinx
def test_it_can_be_cancelled() -> None:
    with pytest.raises(Cancelled):
        align(flite(LINE).samples, 16000, Transcript(LINE), lambda: True)


def test_without_pocketsphinx_the_hint_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **options: Any) -> Any:
        if name == "pocketsphinx":
            raise ImportError(name)
        return real(name, *rest, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(EngineError) as caught:
        align(np.zeros(16000, np.float32), 16000, Transcript("Bob"))
    assert caught.value.code == "transcript.no_recogniser"
    assert "transcript" in caught.value.hint
