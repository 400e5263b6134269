"""Our own estimator on made voices: what it notices, what it refuses to say, and how sure it claims to be."""

from __future__ import annotations

import numpy as np
import pytest

from maya_a2f.errors import Cancelled
from maya_a2f.worker.emotion.estimator import MOST_CERTAIN, VoiceEstimator, heard_voice, pattern_scores
from maya_a2f.worker.emotion.listener import CLASSES, Heard
from maya_a2f.worker.emotion.pitch import sound_frames
from maya_a2f.worker.emotion.voice import FEATURES, baseline, changes, manner, measured_voice
from tests.worker.emotion.speaking import RATE, Speech, speak

CALM = Speech(12.0)
AGITATED = Speech(6.0, pitch_hz=175, swing_semitones=3.5, level_db=9, slope=1.0, syllables_per_second=5.5)
DOWN = Speech(6.0, pitch_hz=95, swing_semitones=0.7, level_db=-8, slope=2.2, syllables_per_second=2.8)


def heard(audio: np.ndarray, at_seconds: list[float], minimum: float = 0.25) -> Heard:
    estimator = VoiceEstimator(RATE, minimum)
    starts = np.array([round(at * RATE) - estimator.usual_window // 2 for at in at_seconds])
    return estimator.hear(audio, starts, estimator.usual_window)


def shares(found: Heard) -> list[dict[str, float]]:
    powers = np.exp(found.logits)
    return [dict(zip(CLASSES, row, strict=True)) for row in powers / powers.sum(axis=1, keepdims=True)]


# Pitch


@pytest.mark.parametrize("hz", [75.0, 120.0, 210.0, 390.0])
def test_the_pitch_of_a_voice_is_found(hz: float) -> None:
    frames = sound_frames(speak(Speech(2.0, pitch_hz=hz, swing_semitones=0.0)), RATE)
    found = frames.pitch_hz[frames.pitch_hz > 0]
    assert len(found) > 100
    assert np.median(np.abs(12 * np.log2(found / hz))) < 0.35
    assert np.mean(np.abs(12 * np.log2(found / hz)) > 6) < 0.02  # octaves


def test_a_voice_without_its_fundamental_keeps_its_pitch() -> None:
    times = np.arange(RATE) / RATE
    sound = sum(np.sin(2 * np.pi * 110 * k * times) for k in (3, 4, 5, 6)) * 0.05
    frames = sound_frames(np.asarray(sound, np.float32), RATE)
    assert np.median(frames.pitch_hz[10:-10]) == pytest.approx(110, rel=0.01)


def test_noise_and_silence_have_no_pitch() -> None:
    noise = (0.1 * np.random.default_rng(0).normal(size=2 * RATE)).astype(np.float32)
    assert np.mean(sound_frames(noise, RATE).pitch_hz > 0) < 0.03
    assert not sound_frames(np.zeros(RATE, np.float32), RATE).pitch_hz.any()
    assert len(sound_frames(np.zeros(10, np.float32), RATE).pitch_hz) == 0


# Manner


@pytest.mark.parametrize("feature", FEATURES)
def test_each_feature_moves_with_its_own_cause(feature: str) -> None:
    other = {
        "pitch": Speech(6.0, pitch_hz=160),
        "range": Speech(6.0, swing_semitones=5),
        "level": Speech(6.0, level_db=8),
        "tilt": Speech(6.0, slope=1.0),
        "rate": Speech(6.0, syllables_per_second=5.8),
    }[feature]
    voice = measured_voice(sound_frames(speak(CALM, other, CALM), RATE))
    usual = baseline(voice, 3 * RATE, RATE // 100)
    away = dict(zip(FEATURES, changes(manner(voice, 13 * RATE, 17 * RATE), usual), strict=True))
    assert away[feature] > 0.6
    assert away[feature] == max(away.values())


# What is heard


def test_a_voice_that_goes_on_as_before_is_neutral() -> None:
    found = heard(speak(Speech(30.0)), [2, 6, 10, 15, 20, 25, 28])
    assert all(share["neutral"] > 0.9 for share in shares(found))


def test_agitation_is_noticed_where_it_is_and_nowhere_else() -> None:
    found = heard(speak(CALM, AGITATED, CALM), [5, 15, 25])
    before, during, after = shares(found)
    assert before["neutral"] > 0.9
    assert after["neutral"] > 0.9
    aroused = during["angry"] + during["happy"]
    assert aroused > 0.5
    assert aroused > 20 * (during["sad"] + during["disgust"])


def test_a_voice_that_sinks_is_sad() -> None:
    before, during, _ = shares(heard(speak(CALM, DOWN, CALM), [5, 15, 25]))
    assert before["neutral"] > 0.9
    assert during["sad"] > 0.5


def test_the_distance_to_the_microphone_does_not_matter() -> None:
    audio = speak(CALM, AGITATED, CALM)
    near, far = heard(audio, [5, 15]), heard(audio * np.float32(0.1), [5, 15])
    assert far.logits == pytest.approx(near.logits, abs=0.05)


def test_arousal_that_fits_anger_and_joy_alike_is_less_certain_than_one_that_leads() -> None:
    calm = manner_of = np.array([1.0, 1.0, 1.0, 1.0, 1.0])
    scores = pattern_scores(manner_of)
    assert scores["angry"] == pytest.approx(scores["happy"])
    voice = measured_voice(sound_frames(speak(CALM), RATE))
    now = manner(voice, 0, 3 * RATE)
    from maya_a2f.worker.emotion.estimator import sure

    tied = sure(scores, now, voice, 10.0)
    leading = sure(pattern_scores(calm * [0.2, 0.0, 1.6, 1.6, 0.2]), now, voice, 10.0)
    assert tied < 0.6 * leading


# How sure


def test_it_never_claims_more_than_listeners_reach() -> None:
    found = heard(speak(CALM, AGITATED, DOWN, CALM), list(range(1, 36)))
    assert 0 < found.certainty.max() <= MOST_CERTAIN


@pytest.mark.parametrize(
    "audio",
    [
        np.zeros(8 * RATE, np.float32),
        (0.1 * np.random.default_rng(0).normal(size=8 * RATE)).astype(np.float32),
        speak(Speech(0.3)),
        np.zeros(1, np.float32),
    ],
    ids=["silence", "noise", "a third of a second", "one sample"],
)
def test_where_there_is_no_voice_it_is_unsure_and_neutral(audio: np.ndarray) -> None:
    found = heard(audio, [0.0, 2.0])
    assert found.certainty.max() < 0.1
    assert all(share["neutral"] > 0.9 for share in shares(found))


def test_a_voice_buried_in_noise_is_heard_with_less_certainty() -> None:
    clean, noisy = (heard(speak(CALM, AGITATED, CALM, noise=noise), [15]) for noise in (0.001, 0.03))
    assert noisy.certainty[0] < clean.certainty[0]


def test_below_the_wanted_certainty_the_answer_is_neutral_and_the_certainty_still_told() -> None:
    audio = speak(CALM, AGITATED, CALM)
    found = heard(audio, [15], minimum=1.0)
    assert shares(found)[0]["neutral"] > 0.95
    assert found.certainty[0] == heard(audio, [15]).certainty[0] > 0.2


def test_a_mood_all_through_is_only_heard_against_another_recording() -> None:
    audio = speak(AGITATED)
    alone = VoiceEstimator(RATE, 0.25)
    compared = VoiceEstimator(RATE, 0.25, usual=heard_voice(speak(CALM), RATE))
    starts = np.array([RATE])
    assert shares(alone.hear(audio, starts, 3 * RATE))[0]["neutral"] > 0.9
    found = shares(compared.hear(audio, starts, 3 * RATE))[0]
    assert found["angry"] + found["happy"] > 0.5


def test_disgust_is_never_claimed() -> None:
    found = heard(speak(CALM, AGITATED, DOWN, CALM), list(range(1, 36)))
    assert max(share["disgust"] for share in shares(found)) < 0.01


def test_measuring_can_be_called_off() -> None:
    with pytest.raises(Cancelled):
        VoiceEstimator(RATE, 0.25, lambda: True).hear(speak(CALM), np.array([0]), 3 * RATE)
