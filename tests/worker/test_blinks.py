"""Blinks: how often, where, how they look, and that they only ever close the lids."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from maya_a2f.worker.blinks import Blink, blinks, frame_times, lid_closure, pause_starts, with_blinks


def test_people_blink_about_as_often_as_asked_over_a_long_take() -> None:
    counts = [len(blinks(600.0, 20.0, (), seed)) for seed in range(8)]
    assert np.mean(counts) == pytest.approx(200, rel=0.15)


def test_the_same_clip_always_blinks_alike_and_another_seed_differently() -> None:
    assert blinks(30.0, 17.0, (4.0,), 3) == blinks(30.0, 17.0, (4.0,), 3)
    assert blinks(30.0, 17.0, (4.0,), 3) != blinks(30.0, 17.0, (4.0,), 4)


def test_no_rate_and_no_time_mean_no_blinks() -> None:
    assert blinks(60.0, 0.0, (), 1) == ()
    assert blinks(0.5, 20.0, (), 1) == ()


def test_blinks_gather_at_the_ends_of_phrases() -> None:
    pauses = tuple(float(second) for second in range(2, 600, 3))
    found = blinks(600.0, 18.0, pauses, 5)
    at_pauses = [event for event in found if event.start_seconds in pauses]
    assert len(at_pauses) > 0.35 * len(found)


def test_every_blink_is_over_before_the_take_ends_and_blinks_never_touch() -> None:
    found = blinks(120.0, 30.0, tuple(np.arange(1.0, 120.0, 0.9)), 2)
    starts = [event.start_seconds for event in found]
    assert starts == sorted(starts)
    assert min(np.diff(starts)) > 0.3
    assert lid_closure(found, np.array([0.0, 120.0])).tolist() == [0.0, 0.0]


def test_a_blink_falls_faster_than_it_rises_and_reaches_its_depth() -> None:
    times = frame_times(1000, Fraction(1000))
    closed = lid_closure((Blink(0.2, 0.9),), times)
    assert closed.max() == pytest.approx(0.9)
    half = np.flatnonzero(closed > 0.45)
    peak = int(closed.argmax())
    assert peak - half[0] < half[-1] - peak
    assert closed[times < 0.2].max() == 0.0


def test_lids_close_over_what_they_did_and_nothing_else_moves() -> None:
    channels = {"eyeBlinkLeft": np.array([0.4, 0.4]), "eyeBlinkRight": np.zeros(2), "jawOpen": np.array([0.2, 0.3])}
    made = with_blinks(channels, np.array([0.0, 1.0]), 1.0)
    assert made["eyeBlinkLeft"].tolist() == [0.4, 1.0]
    assert made["eyeBlinkRight"].tolist() == [0.0, 1.0]
    assert made["jawOpen"] is channels["jawOpen"]
    assert with_blinks(channels, np.ones(2), 5.0)["eyeBlinkLeft"].max() <= 1.0


def test_pauses_are_where_the_voice_falls_silent() -> None:
    speech = np.sin(np.arange(16000) * 0.3).astype(np.float32)
    silence = np.zeros(8000, np.float32)
    found = pause_starts(np.concatenate([speech, silence, speech, silence[:800], speech]), 16000)
    assert found == (1.0,)
    assert pause_starts(np.zeros(0, np.float32), 16000) == ()


def test_blinks_last_as_long_as_people_s() -> None:
    found = blinks(1200.0, 20.0, (), 3)
    seconds = np.array([event.duration_seconds for event in found])
    assert 0.1 < seconds.min() < 0.19
    assert 0.35 < seconds.max() < 0.4
    assert np.median(seconds) == pytest.approx(0.27, abs=0.02)


def test_no_blink_touches_a_held_stretch() -> None:
    held = ((10.0, 14.0), (30.0, 31.0))
    found = blinks(60.0, 50.0, tuple(np.arange(1.0, 60.0, 1.3)), 2, held)
    assert found
    for start, end in held:
        assert not any(
            event.start_seconds < end and event.start_seconds + event.duration_seconds > start for event in found
        )
