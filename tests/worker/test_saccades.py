"""Natural saccades keep to the figures they are drawn from."""

from __future__ import annotations

import numpy as np
import pytest

from maya_a2f.worker.saccades import gaze_path, natural_saccades, saccade_seconds

EVENTS = [event for seed in range(6) for event in natural_saccades(1200.0, seed)]
LARGE = [event for event in EVENTS if event.degrees >= 1.0]


def test_magnitudes_fall_off_as_measured() -> None:
    sizes = np.array([event.degrees for event in LARGE])
    assert sizes.mean() == pytest.approx(7.3, abs=0.5)
    assert sizes.max() < 28.5
    assert np.mean(sizes > 15) == pytest.approx(0.11, abs=0.03)


def test_they_follow_the_main_sequence() -> None:
    assert saccade_seconds(10.0) == pytest.approx(0.049)
    one = LARGE[0]
    path = gaze_path((one,), np.array([one.start_seconds, one.start_seconds + one.duration_seconds]))
    assert path[0] == pytest.approx([0.0, 0.0])
    assert path[1] == pytest.approx([one.yaw, one.pitch])


def test_the_eyes_are_mostly_on_the_other_person_and_come_back() -> None:
    path = gaze_path(natural_saccades(600.0, 1), np.arange(0, 600.0, 0.05))
    near = np.linalg.norm(path, axis=1) < 1.2
    assert 0.65 < near.mean() < 0.9
    assert abs(path.mean(0)).max() < 1.0


def test_the_same_seed_gives_the_same_and_time_goes_on() -> None:
    assert natural_saccades(60.0, 5) == natural_saccades(60.0, 5)
    assert natural_saccades(60.0, 5) != natural_saccades(60.0, 6)
    starts = [event.start_seconds for event in natural_saccades(300.0, 5)]
    assert starts == sorted(starts)
    assert natural_saccades(0.1, 5) == ()
