"""Alignment in other languages, by a synthetic voice laid over the recording."""

from __future__ import annotations

import numpy as np
import pytest

from maya_a2f.core.lip_contacts import phone_kind
from maya_a2f.core.transcript import Transcript
from maya_a2f.errors import EngineError, UserError
from maya_a2f.worker import espeak as espeak_module
from maya_a2f.worker.espeak import espeak, espeak_phones
from maya_a2f.worker.resampling import resample
from maya_a2f.worker.transcript import imitation
from maya_a2f.worker.transcript.alignment import align
from maya_a2f.worker.transcript.warping import cepstra, warped
from tests.worker.transcript.speech import flite, needs_espeak, needs_flite

LINES = {
    "de": ("Der Papa kam am Abend mit dem Boot nach Bremen.", "Zehn graue Gänse ziehen rasch nach Süden."),
    "fr": ("Papa met un beau bateau sur la petite table.", "Les oiseaux chantent dans la rue."),
    "es": ("Mi mamá compra pan y un poco de miel.", "El niño quiere leer una carta."),
}


def spoken(voice: str, text: str, pitch: int = 40, rate: int = 150) -> tuple[np.ndarray, list[float]]:
    """Samples at 16 kHz and the middles of the lip contacts, behind half a second of silence."""
    said = espeak().speak(voice, text, rate, pitch)
    assert said is not None
    sound = resample(said.samples.astype(np.float32) / 32768, said.sample_rate_hz, 16000)
    truth = [
        0.5 + (p.start_seconds + p.end_seconds) / 2
        for p in espeak_phones(said)
        if phone_kind(p.symbol, "ipa") == "closed"
    ]
    return np.concatenate([np.zeros(8000, np.float32), sound, np.zeros(4000, np.float32)]), truth


@needs_espeak
@pytest.mark.parametrize("language", sorted(LINES))
def test_the_contacts_of_another_voice_are_found_within_40_ms(language: str) -> None:
    right, _ = LINES[language]
    samples, truth = spoken(f"{language}+linda", right)
    found = align(samples, 16000, Transcript(right, language))
    assert found.fits, found.reason
    assert found.alphabet == "ipa"
    middles = [
        (p.start_seconds + p.end_seconds) / 2 for p in found.phones if phone_kind(p.symbol, found.alphabet) == "closed"
    ]
    assert len(truth) >= 3
    assert middles == pytest.approx(truth, abs=0.04)
    assert found.words[0].text == right.split()[0]


@needs_espeak
@pytest.mark.parametrize("language", sorted(LINES))
def test_another_sentence_scores_far_less_than_the_right_one(language: str) -> None:
    right, other = LINES[language]
    samples, _ = spoken(f"{language}+linda", right)
    good, bad = (align(samples, 16000, Transcript(text, language)).score for text in (right, other))
    assert bad < 0.5 * good


@needs_espeak
@needs_flite
def test_another_language_does_not_fit() -> None:
    found = align(flite("She sells sea shells near the old harbour.").samples, 16000, Transcript(LINES["de"][0], "de"))
    assert not found.fits
    assert found.phones == ()


@needs_espeak
@pytest.mark.parametrize("language", ["klingonisch", "xx", "d e", "../en"])
def test_a_language_that_no_voice_speaks_is_refused(language: str) -> None:
    with pytest.raises(UserError) as caught:
        align(np.ones(16000, np.float32), 16000, Transcript("Hallo", language))
    assert caught.value.code == "transcript.language"
    assert language in caught.value.message


@needs_espeak
def test_silence_fits_nothing() -> None:
    assert not align(np.zeros(32000, np.float32), 16000, Transcript("Hallo", "de")).fits


def test_without_espeak_the_hint_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> object:
        raise OSError("not here")

    monkeypatch.setattr(espeak_module.ctypes, "CDLL", lambda name: missing())
    monkeypatch.setattr(imitation, "espeak", espeak_module.Espeak)
    with pytest.raises(EngineError) as caught:
        align(np.zeros(16000, np.float32), 16000, Transcript("Hallo", "de"))
    assert caught.value.code == "transcript.no_voices"
    assert "eSpeak" in caught.value.hint


def test_warping_finds_a_stretched_copy() -> None:
    noise = np.random.default_rng(4).normal(size=(80, 6))
    stretched = np.repeat(noise, 2, axis=0)
    warp = warped(noise, stretched)
    assert warp.position == pytest.approx(np.arange(80) * 2 + 0.5, abs=0.51)
    assert warp.cost < 1e-3 < warp.chance


def test_cepstra_do_not_depend_on_the_level() -> None:
    sound = np.random.default_rng(1).normal(size=8000).astype(np.float32) * np.linspace(0, 1, 8000, dtype=np.float32)
    assert cepstra(sound) == pytest.approx(cepstra(sound * 0.05), abs=1e-3)
