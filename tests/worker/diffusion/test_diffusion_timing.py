"""Worked values of the specification: inference.md sections 2 and 5, sdk-benchmarks.md section 4."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from maya_a2f.worker.diffusion.package import DiffusionInfo
from maya_a2f.worker.diffusion.package_reading import read_diffusion_info
from maya_a2f.worker.diffusion.row_resampling import RowResampler, RowTimes, mixed_rows
from maya_a2f.worker.diffusion.timing import Schedule, schedule_of
from tests.diffusion_package_factory import make_diffusion_package
from tests.diffusion_package_network import NetworkShape


@pytest.fixture(scope="module")
def info(tmp_path_factory: pytest.TempPathFactory) -> DiffusionInfo:
    return read_diffusion_info(make_diffusion_package(tmp_path_factory.mktemp("v3")) / "network_info.json")


@pytest.fixture(scope="module")
def schedule(info: DiffusionInfo) -> Schedule:
    return schedule_of(info)


def test_the_published_sizes_give_60_frames_a_second(info: DiffusionInfo) -> None:
    assert info.frame_rate == 60
    assert info.noise_shape[:2] == (3, 60)
    assert info.latents_shape[:2] == (2, 2)


@pytest.mark.parametrize("inference", [0, 1, 2, 17])
def test_windows_and_targets_are_those_of_the_specification(schedule: Schedule, inference: int) -> None:
    assert schedule.windows.start(inference) == -16000 + 8000 * inference
    assert schedule.windows.end(inference) == 8000 * inference
    targets = schedule.frames.targets(30 * inference, 30).tolist()
    assert targets == [-12000 + (30 * inference + frame) * 800 // 3 for frame in range(30)]


@pytest.mark.parametrize(
    ("samples", "frames", "inferences"),
    [(0, 0, 2), (1, 1, 2), (267, 2, 2), (4000, 15, 2), (4001, 16, 3), (16000, 60, 4), (16001, 61, 4), (64000, 240, 10)],
)
def test_a_finished_recording_has_as_many_frames_and_inferences(
    schedule: Schedule, samples: int, frames: int, inferences: int
) -> None:
    assert schedule.frame_count(samples) == frames == -(-samples * 3 // 800)
    assert schedule.inference_count(samples) == inferences == -(-(samples + 12000) // 8000)


def test_45_frames_lie_before_the_recording(schedule: Schedule) -> None:
    assert schedule.first_frame == 45


def test_the_first_inference_shows_nothing_the_second_15_frames_later_ones_30(schedule: Schedule) -> None:
    long = 160_000
    shown = [end - first for first, end in (schedule.kept_range(inference, long) for inference in range(5))]
    assert shown == [0, 15, 30, 30, 30]
    assert [schedule.frames.target(number) for number in range(45, 60)][-1] == 3733


def test_frames_beyond_the_end_are_dropped(schedule: Schedule) -> None:
    assert schedule.kept_range(1, 1000) == (45, 49)
    assert schedule.kept_range(2, 1000) == (60, 60)


def test_frames_have_the_time_stamps_of_60_frames_a_second(schedule: Schedule) -> None:
    stamps = schedule.frames.targets(45, 1000).tolist()
    assert stamps == [frame * 16000 // 60 for frame in range(1000)]


def test_other_numbers_than_the_published_ones_are_followed(tmp_path: Path) -> None:
    shape = NetworkShape(left=7, kept=15, right=8)
    made = make_diffusion_package(tmp_path, shape=shape)
    other = schedule_of(read_diffusion_info(made / "network_info.json"))
    assert other.windows.stride == 8000
    assert other.frames.stride == Fraction(1600, 3)
    assert other.frames.target(other.first_frame) >= 0 > other.frames.target(other.first_frame - 1)


# -- the scene's rate --


def resampled(schedule: Schedule, rate: Fraction, samples: int, pieces: int = 30) -> np.ndarray:
    """What the scene gets of rows that hold their own frame number."""
    times = RowTimes(schedule, 16000, rate, samples)
    resampler = RowResampler(times)
    made = []
    for inference in range(schedule.inference_count(samples)):
        first, end = schedule.kept_range(inference, samples)
        for start in range(first, end, pieces):
            numbers = np.arange(start, min(end, start + pieces), dtype=np.float32)
            made.append(resampler.push(start, np.stack([numbers, numbers * 10], axis=1)))
    joined = np.concatenate(made) if made else np.empty((0, 2), np.float32)
    assert len(joined) == times.count
    return joined


def test_every_second_frame_is_taken_for_30_frames_a_second(schedule: Schedule) -> None:
    rows = resampled(schedule, Fraction(30), 64000)
    assert np.array_equal(rows[:, 0], 45.0 + 2.0 * np.arange(120, dtype=np.float32))


def test_every_frame_is_taken_for_60(schedule: Schedule) -> None:
    assert np.array_equal(resampled(schedule, Fraction(60), 64001)[:, 0], np.arange(45, 286, dtype=np.float32))


@pytest.mark.parametrize("rate", ["24", "25", "24000/1001", "30000/1001", "48", "120", "12"])
@pytest.mark.parametrize("samples", [1, 5333, 64000, 64001])
def test_between_frames_of_the_network_rows_are_mixed_by_time(schedule: Schedule, rate: str, samples: int) -> None:
    frames_per_second = Fraction(rate)
    rows = resampled(schedule, frames_per_second, samples)
    assert len(rows) == math.ceil(Fraction(samples, 16000) * frames_per_second)
    wanted = 45.0 + np.arange(len(rows)) * float(60 / frames_per_second)
    last = 44.0 + schedule.frame_count(samples)
    assert np.allclose(rows[:, 0], np.minimum(wanted, last), atol=2e-4)  # the last frame is held


def test_common_times_are_exact(schedule: Schedule) -> None:
    rows = resampled(schedule, Fraction(24), 64000)  # every second frame of 24 falls on every fifth of 60
    assert np.array_equal(rows[::2, 0], 45.0 + 5.0 * np.arange(48, dtype=np.float32))


@pytest.mark.parametrize("pieces", [1, 7, 30])
def test_how_rows_arrive_changes_nothing(schedule: Schedule, pieces: int) -> None:
    rate = Fraction(24000, 1001)
    assert np.array_equal(resampled(schedule, rate, 40_123, pieces), resampled(schedule, rate, 40_123))


def test_any_stretch_has_the_same_sources(schedule: Schedule) -> None:
    times = RowTimes(schedule, 16000, Fraction(25), 64000)
    before, share = times.sources(0, times.count)
    some_before, some_share = times.sources(37, 11)
    assert np.array_equal(before[37:48], some_before)
    assert np.array_equal(share[37:48], some_share)


def test_a_row_alone_is_not_rounded() -> None:
    rows = np.array([[0.1, 1e8], [0.3, -1e8]], np.float32)
    assert np.array_equal(mixed_rows(rows, np.array([1, 0]), np.zeros(2, np.float32)), rows[[1, 0]])
