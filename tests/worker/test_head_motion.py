"""The head: gentle, at rest at both ends and in silence, the same wherever the same sound lies."""

from __future__ import annotations

import numpy as np
import pytest

from maya_a2f.worker.head_motion import LARGEST_DEGREES, head_score, head_turns
from maya_a2f.worker.voice import voice_of
from tests.worker.talk import RATE_HZ, talk

SECONDS = 120.0
VOICE = voice_of(talk(SECONDS), RATE_HZ)
TIMES = np.arange(0, SECONDS, 1 / 60)
TURNS = head_turns(head_score(VOICE, SECONDS, 0), TIMES)


def test_it_moves_but_gently() -> None:
    assert np.all(TURNS.std(0) > 0.25)
    assert np.all(np.abs(TURNS) <= LARGEST_DEGREES)
    assert np.abs(np.diff(TURNS, axis=0)).max() * 60 < 30.0


def test_it_starts_and_ends_at_rest_and_does_not_drift() -> None:
    assert TURNS[0] == pytest.approx(0.0)
    assert np.abs(TURNS[-1]).max() < 0.05
    assert np.abs(TURNS[-1] - TURNS[-2]).max() < 0.01
    assert max(np.abs(part.mean(0)).max() for part in np.array_split(TURNS, 4)) < 1.2


def test_it_is_at_rest_in_silence() -> None:
    silent = voice_of(np.concatenate([talk(5.0), np.zeros(RATE_HZ * 10, np.float32), talk(5.0)]), RATE_HZ)
    turns = head_turns(head_score(silent, 20.0, 0), np.arange(8.0, 14.0, 0.1))
    assert np.abs(turns).max() < 0.02


def test_silence_alone_and_no_sound_at_all_move_nothing() -> None:
    for samples in (np.zeros(RATE_HZ * 5, np.float32), np.zeros(0, np.float32)):
        turns = head_turns(head_score(voice_of(samples, RATE_HZ), len(samples) / RATE_HZ, 0), np.arange(0, 5, 0.1))
        assert np.abs(turns).max() < 1e-9


@pytest.mark.parametrize("cut_seconds", [7.35, 18.0, 26.05, 41.5, 63.7])
def test_a_second_after_a_cut_nothing_tells_that_something_was_cut_off(cut_seconds: float) -> None:
    samples = talk(100.0, 1)
    whole = head_score(voice_of(samples, RATE_HZ), 100.0, 0)
    rest = head_score(voice_of(samples[round(cut_seconds * RATE_HZ) :], RATE_HZ), 100.0 - cut_seconds, 0)
    times = np.arange(1.0, 100.0 - cut_seconds, 1 / 30)
    assert head_turns(rest, times) == pytest.approx(head_turns(whole, times + cut_seconds), abs=1e-9)
