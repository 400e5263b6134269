"""Brows rise on accents, a little, and never for long."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy.signal import find_peaks

from maya_a2f.core.face_parameters import effective_parameters
from maya_a2f.core.layers import Layer, LayerSettings, with_layer
from maya_a2f.worker.audio import Audio
from maya_a2f.worker.brows import Accent, _peaks, accents, brow_rise
from maya_a2f.worker.layering import LayerPlan
from tests.worker.talk import talk

RATE = 16000


def syllables(loud: set[int], count: int = 12) -> np.ndarray:
    """A syllable every 0.3 s; those in ``loud`` four times as strong."""
    times = np.arange(count * int(0.3 * RATE)) / RATE
    bumps = np.sin(np.pi * (times % 0.3) / 0.3) ** 4
    strengths = np.array([0.4 if index in loud else 0.1 for index in range(count)])
    return (np.sin(2 * np.pi * 180 * times) * bumps * strengths[(times / 0.3).astype(int)]).astype(np.float32)


def audio_of(samples: np.ndarray, **more: object) -> Audio:
    fields = {
        "samples": samples,
        "rate_hz": RATE,
        "content_hash": "x",
        "duration_seconds": Fraction(len(samples), RATE),
    }
    made = Audio.__new__(Audio)
    for name, value in {**fields, **more}.items():
        object.__setattr__(made, name, value)
    return made


def test_the_strong_syllables_of_a_phrase_are_its_accents() -> None:
    found = accents(syllables({3, 8}), RATE)
    assert [event.seconds for event in found] == pytest.approx([3.5 * 0.3, 8.5 * 0.3], abs=0.05)


def test_level_does_not_matter_and_silence_has_none() -> None:
    whole, quiet = (accents(syllables({3, 8}) * gain, RATE) for gain in (1.0, 0.05))
    assert [event.seconds for event in whole] == [event.seconds for event in quiet]
    assert accents(np.zeros(RATE * 4, np.float32), RATE) == ()
    assert accents(np.zeros(10, np.float32), RATE) == ()


def test_what_was_said_before_changes_no_accent_a_second_later() -> None:
    samples = talk(60.0, 4)
    whole = accents(samples, RATE)
    for cut_seconds in (5.0, 13.37, 20.02, 31.44):
        rest = accents(samples[round(cut_seconds * RATE) :], RATE)
        later = [event.seconds + cut_seconds for event in rest if event.seconds > 0.5]
        assert later == pytest.approx([event.seconds for event in whole if event.seconds > cut_seconds + 0.5])


def test_brows_are_up_when_the_accent_comes_and_down_soon_after() -> None:
    raised = brow_rise((Accent(2.0, 0.8),), np.array([1.7, 1.98, 2.7]))
    assert raised.tolist() == pytest.approx([0.0, 0.8, 0.0])


def laid(channels: dict[str, np.ndarray], strength: float, first_frame: int = 0) -> dict[str, np.ndarray]:
    layers = with_layer(LayerSettings(head=Layer(0.0)), "brows", Layer(strength))
    audio = audio_of(syllables({3, 8}))
    return LayerPlan().over(channels, audio, Fraction(30), effective_parameters({}, {}), layers, first_frame)


def test_only_brows_move_and_not_at_all_at_strength_zero() -> None:
    frames = 108
    channels = {"browInnerUp": np.zeros(frames), "jawOpen": np.full(frames, 0.2)}
    made = laid(channels, 1.0)
    assert 0.1 < made["browInnerUp"].max() <= 0.26
    assert made["browInnerUp"][-1] == 0.0
    assert made["jawOpen"] is channels["jawOpen"]
    assert laid(channels, 0.0) == channels


def test_a_stretch_of_the_clip_gets_the_same_as_the_whole() -> None:
    whole = laid({"browInnerUp": np.zeros(108)}, 1.0)["browInnerUp"]
    part = laid({"browInnerUp": np.zeros(20)}, 1.0, 25)["browInnerUp"]
    assert part == pytest.approx(whole[25:45])


def test_peaks_are_those_of_scipy() -> None:
    rng = np.random.default_rng(5)
    for count in (1, 2, 3, 7, 200):
        for levels in (2, 5, 1000):  # few levels: long stretches of equal values
            values = rng.integers(0, levels, count).astype(np.float64)
            assert _peaks(values).tolist() == find_peaks(values)[0].tolist()
