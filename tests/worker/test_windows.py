"""Window stepping and audio reads: the worked cases of inference.md section 2, sdk-benchmarks.md 3.1 and 3.2."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maya_a2f.core.frame_rate import frame_count
from maya_a2f.worker.package import NetworkInfo
from maya_a2f.worker.windows import WindowProgress, gather_windows, regression_progress

Triple = tuple[int, int, int]

INFO = NetworkInfo(
    actor="",
    explicit_emotions=(),
    default_emotion=(),
    implicit_emotion_len=0,
    num_shapes_skin=1,
    num_verts_skin=1,
    num_shapes_tongue=1,
    num_verts_tongue=1,
    result_jaw_size=15,
    result_eyes_size=4,
    buffer_len=8320,
    buffer_ofs=4160,
    samplerate=16000,
)


def progress(size: int, start: int, target: int, numerator: int, denominator: int) -> WindowProgress:
    return WindowProgress(size, start, target, Fraction(numerator, denominator))


def windows(steps: WindowProgress, count: int) -> list[Triple]:
    return [(steps.start(k), steps.target(k), steps.end(k)) for k in range(count)]


PLAIN = progress(3, 0, 1, 2, 1)
FOUR = [(0, 1, 3), (2, 3, 5), (4, 5, 7), (6, 7, 9)]
THIRDS = progress(8, -4, 4, 10, 3)
THREE = [(-4, 0, 4), (-1, 3, 7), (2, 6, 10)]


@pytest.mark.parametrize(
    ("steps", "samples", "expected"),
    [
        (PLAIN, 10, FOUR),
        (PLAIN, 11, [*FOUR, (8, 9, 11)]),
        (PLAIN, 12, [*FOUR, (8, 9, 11)]),
        (PLAIN, 13, [*FOUR, (8, 9, 11), (10, 11, 13)]),
        (PLAIN, 14, [*FOUR, (8, 9, 11), (10, 11, 13)]),
        (PLAIN, 15, [*FOUR, (8, 9, 11), (10, 11, 13), (12, 13, 15)]),
        (
            progress(16000, -16000, 1, 8000, 1),
            16000,
            [(-16000, -15999, 0), (-8000, -7999, 8000), (0, 1, 16000)],
        ),
        (progress(2, 0, 1, 2, 1), 4, [(0, 1, 2), (2, 3, 4)]),
        (progress(2, 0, 1, 2, 1), 5, [(0, 1, 2), (2, 3, 4)]),
        (progress(2, 0, 1, 2, 1), 6, [(0, 1, 2), (2, 3, 4), (4, 5, 6)]),
        (progress(2, 0, 1, 2, 1), 7, [(0, 1, 2), (2, 3, 4), (4, 5, 6)]),
        *((THIRDS, samples, THREE) for samples in (10, 11, 12, 13)),
        *((THIRDS, samples, [*THREE, (6, 10, 14)]) for samples in (14, 15, 16)),
        *((THIRDS, samples, [*THREE, (6, 10, 14), (9, 13, 17)]) for samples in (17, 18)),
        (progress(1, -2, 0, 1, 1), 4, [(k, k, k + 1) for k in range(-2, 4)]),
    ],
)
def test_open_audio_offers_the_windows_that_are_complete(
    steps: WindowProgress, samples: int, expected: list[Triple]
) -> None:
    assert windows(steps, steps.count_open(samples)) == expected


@pytest.mark.parametrize(
    ("steps", "samples", "expected"),
    [
        (PLAIN, 10, [*FOUR, (8, 9, 11)]),
        (PLAIN, 11, [*FOUR, (8, 9, 11)]),
        (PLAIN, 12, [*FOUR, (8, 9, 11), (10, 11, 13)]),
        (PLAIN, 13, [*FOUR, (8, 9, 11), (10, 11, 13)]),
        (PLAIN, 14, [*FOUR, (8, 9, 11), (10, 11, 13), (12, 13, 15)]),
        (PLAIN, 15, [*FOUR, (8, 9, 11), (10, 11, 13), (12, 13, 15)]),
        (progress(2, 0, 1, 2, 1), 4, [(0, 1, 2), (2, 3, 4)]),
        (progress(2, 0, 1, 2, 1), 5, [(0, 1, 2), (2, 3, 4)]),
        (progress(2, 0, 1, 2, 1), 6, [(0, 1, 2), (2, 3, 4), (4, 5, 6)]),
        (progress(2, 0, 1, 2, 1), 7, [(0, 1, 2), (2, 3, 4), (4, 5, 6)]),
        (THIRDS, 10, THREE),
        *((THIRDS, samples, [*THREE, (6, 10, 14)]) for samples in (11, 12, 13)),
        *((THIRDS, samples, [*THREE, (6, 10, 14), (9, 13, 17)]) for samples in (14, 15, 16)),
        (THIRDS, 17, [*THREE, (6, 10, 14), (9, 13, 17), (12, 16, 20)]),
    ],
)
def test_closed_audio_offers_every_window_whose_target_it_holds(
    steps: WindowProgress, samples: int, expected: list[Triple]
) -> None:
    assert windows(steps, steps.count_closed(samples)) == expected


def test_frames_of_30_per_second_in_open_audio() -> None:
    steps = progress(8320, -4160, 4160, 16000, 30)
    assert steps.count_open(7360) == 7
    assert steps.targets(0, 7).tolist() == [0, 533, 1066, 1600, 2133, 2666, 3200]


@pytest.mark.parametrize(
    ("rate", "targets"),
    [
        (Fraction(30), [0, 533, 1066, 1600, 2133, 2666, 3200]),
        (Fraction(60), [0, 266, 533, 800, 1066, 1333, 1600]),
        (Fraction(30000, 1001), [0, 533, 1067, 1601, 2135, 2669, 3203]),
    ],
)
def test_regression_frames_fall_on_these_samples(rate: Fraction, targets: list[int]) -> None:
    steps = regression_progress(INFO, rate)
    assert steps.targets(0, 7).tolist() == targets == [steps.target(k) for k in range(7)]
    assert steps.starts(2, 3).tolist() == [target - 4160 for target in targets[2:5]]


@pytest.mark.parametrize(("samples", "frames"), [(16000, 60), (16001, 61), (1, 1), (0, 0)])
def test_regression_frames_of_a_closed_clip_at_60(samples: int, frames: int) -> None:
    assert regression_progress(INFO, Fraction(60)).count_closed(samples) == frames


def test_frame_time_stamps_at_60_are_integer_divisions() -> None:
    assert regression_progress(INFO, Fraction(60)).targets(0, 1000).tolist() == [k * 16000 // 60 for k in range(1000)]


@given(
    samples=st.integers(0, 10_000_000),
    rate=st.fractions(Fraction(1), Fraction(6000), max_denominator=1001),
)
def test_the_frame_count_is_the_one_takes_are_made_with(samples: int, rate: Fraction) -> None:
    assert regression_progress(INFO, rate).count_closed(samples) == frame_count(samples, 16000, rate)


@given(
    size=st.integers(1, 50),
    start=st.integers(-40, 40),
    target=st.integers(0, 50),
    stride=st.fractions(Fraction(1, 5), Fraction(30), max_denominator=40),
    samples=st.integers(0, 300),
)
def test_counts_agree_with_counting(size: int, start: int, target: int, stride: Fraction, samples: int) -> None:
    steps = WindowProgress(size, start, target, stride)
    many = range(3000)
    assert steps.count_closed(samples) == sum(steps.target(k) < samples for k in many)
    assert steps.count_open(samples) == sum(steps.end(k) <= samples for k in many)


def test_diffusion_steps_follow_from_the_same_numbers() -> None:
    whole = progress(16000, -16000, 4000, 8000, 1)
    frames = whole.per_frame(30)
    for inference in range(5):
        assert (whole.start(inference), whole.end(inference)) == (-16000 + 8000 * inference, 8000 * inference)
        expected = [-12000 + (30 * inference + j) * 800 // 3 for j in range(30)]
        assert frames.targets(30 * inference, 30).tolist() == expected
    assert whole.count_closed(64000) == 10
    for samples in (1, 799, 800, 64000):
        assert whole.count_closed(samples) == -(-(samples + 12000) // 8000)
        assert frames.count_closed(samples) - 45 == -(-samples * 3 // 800)  # 45 frames lie before the audio
    assert frames.targets(45, 100).tolist() == regression_progress(INFO, Fraction(60)).targets(0, 100).tolist()


@pytest.mark.parametrize(
    ("written", "start", "length", "expected"),
    [
        (10, -20, 10, [0] * 10),
        (10, -20, 25, [0] * 20 + [1, 2, 3, 4, 5]),
        (10, -20, 31, [0] * 20 + list(range(1, 11)) + [0]),
        (10, -20, 55, [0] * 20 + list(range(1, 11)) + [0] * 25),
        (10, -1, 12, [0, *range(1, 11), 0]),
        (10, 0, 11, [*range(1, 11), 0]),
        (10, 5, 10, [6, 7, 8, 9, 10] + [0] * 5),
        (10, 9, 26, [10] + [0] * 25),
        (10, 11, 24, [0] * 24),
        (30, 5, 35, [*range(6, 31)] + [0] * 10),
    ],
)
def test_zeros_stand_for_what_lies_outside_the_audio(
    written: int, start: int, length: int, expected: list[int]
) -> None:
    audio = np.arange(1, written + 1, dtype=np.float32)
    gathered = gather_windows(audio, np.array([start]), length)
    assert gathered.dtype == np.float32
    assert gathered.tolist() == [expected]


def test_many_windows_are_gathered_at_once() -> None:
    gathered = gather_windows(np.arange(1, 5, dtype=np.float32), np.array([-1, 3, 0]), 3)
    assert gathered.tolist() == [[0, 1, 2], [4, 0, 0], [1, 2, 3]]
