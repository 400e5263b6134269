"""Eyeballs: offsets, strengths, and which saccade frame is shown."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from maya_a2f.core.face_parameters import effective_parameters
from maya_a2f.worker.eyes import eye_rotations, saccade_frames


@pytest.mark.parametrize("length", [4000, 5000, 5999])
def test_random_angles_and_saccades_add_up(length: int) -> None:
    rng = np.random.default_rng(length)
    saccades = rng.uniform(-10, 10, (length, 2)).astype(np.float32)
    angles = rng.uniform(-10, 10, (50, 4)).astype(np.float32)
    seed = float(rng.integers(0, length))
    rotations = eye_rotations(angles, saccades, Fraction(30), effective_parameters({}, {}) | {"saccadeSeed": seed})
    for frame in range(50):
        x, y = saccades[(int(seed) + frame) % length]
        e0, e1, e2, e3 = angles[frame]
        assert rotations[frame] == pytest.approx([e0 + x, e1 + y, 0, e2 + x, e3 + y, 0], abs=1e-4)


def test_strengths_of_zero_leave_exactly_the_offsets() -> None:
    rng = np.random.default_rng(1)
    saccades, angles = rng.normal(0, 9, (100, 2)).astype(np.float32), rng.normal(0, 9, (20, 4)).astype(np.float32)
    still = effective_parameters({}, {"eyeballsStrength": 0, "saccadeStrength": 0})
    assert not eye_rotations(angles, saccades, Fraction(30), still).any()
    offsets = {"rightEyeballRotationOffsetX": 1.5, "rightEyeballRotationOffsetY": -2,
               "leftEyeballRotationOffsetX": 0.1, "leftEyeballRotationOffsetY": 10}  # fmt: skip
    turned = eye_rotations(angles, saccades, Fraction(30), still | offsets)
    assert (turned == np.array([1.5, -2, 0, 0.1, 10, 0], np.float32)).all()


def test_the_sum_is_rounded_in_the_order_of_the_reference() -> None:
    rng = np.random.default_rng(2)
    saccades, angles = rng.normal(0, 1, (500, 2)).astype(np.float32), rng.normal(0, 1, (500, 4)).astype(np.float32)
    values = effective_parameters(
        {}, {"eyeballsStrength": 0.3, "saccadeStrength": 0.9, "leftEyeballRotationOffsetY": 2}
    )
    f = np.float32
    expected = [f(f(2) + f(f(0.3) * angles[k, 3])) + f(f(0.9) * saccades[k, 1]) for k in range(500)]
    assert eye_rotations(angles, saccades, Fraction(30), values)[:, 4].tolist() == [float(value) for value in expected]


def test_saccades_play_at_30_frames_a_second_at_any_frame_rate_and_wrap() -> None:
    assert saccade_frames(6, 5000, 0, Fraction(60)).tolist() == [0, 0, 1, 1, 2, 2]
    assert saccade_frames(4, 5000, 0, Fraction(15)).tolist() == [0, 2, 4, 6]
    assert saccade_frames(4, 5000, 4998, Fraction(30)).tolist() == [4998, 4999, 0, 1]
    assert saccade_frames(3, 10, 2.5, Fraction(60)).tolist() == [2, 3, 3]
    assert saccade_frames(12000, 5000, 0, Fraction(30)).tolist() == [frame % 5000 for frame in range(12000)]


def test_the_first_frame_of_every_call_is_at_the_seed() -> None:
    assert saccade_frames(1, 5000, 17.9, Fraction(24)).tolist() == [17]
    assert saccade_frames(0, 5000, 17.9, Fraction(24)).size == 0


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(24000, 1001), Fraction(60000, 1001)])
def test_the_play_head_is_the_wrapped_float32_of_the_reference(rate: Fraction) -> None:
    step = np.float32(np.float32(30) * np.float32(float(1 / rate)))
    live, expected = np.float32(0), []
    for _ in range(9000):
        expected.append(int(math.fmod(np.float32(np.float32(17) + live), 5000)))
        live = np.float32(math.fmod(np.float32(live + step), 5000))
    assert saccade_frames(9000, 5000, 17, rate).tolist() == expected
