"""Skin and tongue on vertices, against plain loops and hand-computed values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import pytest

from maya_a2f.core.face_parameters import effective_parameters
from maya_a2f.errors import EngineError
from maya_a2f.worker.animator import (
    SkinAnimator,
    TwoStageSmoother,
    animated_tongue,
    decoded,
    lower_face_mask,
    smoothing_factor,
    two_stage_smoothed,
)
from maya_a2f.worker.package import Floats, ModelData
from tests.worker.package_values import package_values, raw_values


def parameters(**overrides: float) -> dict[str, float]:
    return effective_parameters({}, overrides)


def slow_skin(data: ModelData, deltas: Floats, rate: Fraction, p: Mapping[str, float]) -> list[list[float]]:
    """animator.md section 3, one number at a time in float64."""
    neutral = data.neutral_skin.tolist()
    heights = neutral[1::3]
    low, high = min(heights), max(heights)
    frames = []
    state: list[list[float]] = []
    for delta in deltas.tolist():
        frame = []
        for i, (n, e, lip) in enumerate(
            zip(neutral, data.eye_close_pose_delta.tolist(), data.lip_open_pose_delta.tolist(), strict=True)
        ):
            d = p["skinStrength"] * delta[i]
            d += e * (-p["eyelidOpenOffset"] + p["blinkOffset"] * p["blinkStrength"]) + lip * p["lipOpenOffset"]
            if len(state) <= i:
                state.append([d, d, d, d])
            s = state[i]
            for first, name in ((0, "lowerFaceSmoothing"), (2, "upperFaceSmoothing")):
                if p[name] > 0:
                    alpha = 1 - 0.5 ** (float(1 / rate) / p[name])
                    s[first] += (d - s[first]) * alpha
                    s[first + 1] += (s[first] - s[first + 1]) * alpha
                else:
                    s[first] = s[first + 1] = d
            level = p["faceMaskLevel"] - (heights[i // 3] - low) / (high - low)
            m = 1 / (1 + math.exp(min(700.0, -level / p["faceMaskSoftness"])))
            frame.append(n + s[3] * p["upperFaceStrength"] * (1 - m) + s[1] * p["lowerFaceStrength"] * m)
        frames.append(frame)
    return frames


@pytest.mark.parametrize(
    "overrides",
    [
        {},
        {"lowerFaceSmoothing": 0.1, "upperFaceSmoothing": 0.03, "faceMaskSoftness": 0.2},
        {"lowerFaceSmoothing": 0.0, "blinkOffset": 0.7, "blinkStrength": 1.5, "skinStrength": 0.4},
        {"upperFaceStrength": 2.0, "lowerFaceStrength": 0.0, "lipOpenOffset": 0.2, "faceMaskLevel": 0.2},
    ],
)
@pytest.mark.parametrize("rate", [Fraction(30), Fraction(60000, 1001)])
def test_the_skin_equals_a_plain_loop(overrides: dict[str, float], rate: Fraction) -> None:
    package = package_values(3, vertices=40)
    deltas = decoded(raw_values(package, 12)[:, :12], package.data.shapes_matrix_skin)
    expected = np.array(slow_skin(package.data, deltas, rate, parameters(**overrides)))
    skin = SkinAnimator(package.data, parameters(**overrides), rate).animated(deltas)
    motion = np.ptp(expected - package.data.neutral_skin)
    assert skin.dtype == np.float32
    assert np.abs(skin - expected).max() <= 1e-5 * motion


def test_chunks_of_frames_give_exactly_what_one_call_gives() -> None:
    package = package_values(4)
    deltas = decoded(raw_values(package)[:, :12], package.data.shapes_matrix_skin)
    whole = SkinAnimator(package.data, parameters(lowerFaceSmoothing=0.05), Fraction(30)).animated(deltas.copy())
    pieces = SkinAnimator(package.data, parameters(lowerFaceSmoothing=0.05), Fraction(30))
    assert np.array_equal(whole, np.concatenate([pieces.animated(deltas[i : i + 7]) for i in range(0, 40, 7)]))


def test_a_reset_begins_a_new_clip() -> None:
    package = package_values(4)
    deltas = decoded(raw_values(package)[:, :12], package.data.shapes_matrix_skin)
    animator = SkinAnimator(package.data, parameters(lowerFaceSmoothing=0.1), Fraction(30))
    first = animator.animated(deltas[:5])
    carried_on = animator.animated(deltas[:5])
    animator.reset()
    assert not np.allclose(carried_on, first, atol=1e-4)
    assert np.array_equal(animator.animated(deltas[:5]), first)


def test_the_mask_is_one_half_at_its_level_and_exact_at_a_hard_border() -> None:
    points = np.array([[0, -10, 0], [0, 0, 0], [0, 2, 0], [0, 10, 0]], np.float32)
    soft = lower_face_mask(points.reshape(-1), 0.6, 0.1)  # relative heights 0, 0.5, 0.6, 1
    assert soft == pytest.approx([1 / (1 + math.exp(-6)), 1 / (1 + math.exp(-1)), 0.5, 1 / (1 + math.exp(4))], abs=1e-6)
    hard = lower_face_mask(points.reshape(-1), 0.5, 0.001)
    assert hard[0] == 1.0
    assert hard[3] == 0.0


def test_a_face_without_height_is_refused() -> None:
    with pytest.raises(EngineError) as caught:
        lower_face_mask(np.zeros(9, np.float32), 0.6, 0.01)
    assert caught.value.code == "package.flat_face"


@pytest.mark.parametrize(
    ("seconds", "rate", "alpha"), [(0.0023, 60, 0.9934), (0.006, 60, 0.854), (0.001, 60, 0.99999), (0.1, 60, 0.109)]
)
def test_smoothing_factors_are_those_of_the_specification(seconds: float, rate: int, alpha: float) -> None:
    assert smoothing_factor(seconds, 1 / rate) == pytest.approx(alpha, abs=5e-4)


@pytest.mark.parametrize("seed", range(5))
def test_two_stages_follow_the_formula_for_changing_steps_and_pass_a_step_of_no_time(seed: int) -> None:
    rng = np.random.default_rng(seed)
    smoother = TwoStageSmoother()
    s1 = s2 = None
    for step in rng.choice([0.0, 0.1, 0.3, 0.2, 0.65], 200):
        value = rng.normal(0, 1, 3).astype(np.float32)
        alpha = 1.0 - 0.5 ** (step / 0.2)
        if s1 is None or s2 is None or step == 0.0:  # the reference treats no time as no smoothing
            s1, s2 = value.astype(np.float64), value.astype(np.float64)
        else:
            s1 = s1 + (value - s1) * alpha
            s2 = s2 + (s1 - s2) * alpha
        assert smoother.smoothed(value, smoothing_factor(0.2, float(step))) == pytest.approx(s2, abs=1e-6)


def test_a_step_through_two_stages_by_hand() -> None:
    """One half-life per frame: alpha is 1/2, so 0, 1, 1, 1 gives s1 = 1/2, 3/4, 7/8 and s2 = 1/4, 1/2, 11/16."""
    clip = np.array([[0.0], [1.0], [1.0], [1.0]])
    two_stage_smoothed(clip, smoothing_factor(0.1, 0.1))
    assert clip[:, 0].tolist() == [0.0, 0.25, 0.5, 0.6875]


def test_the_tongue_is_scaled_and_shifted_up_and_forward() -> None:
    neutral = np.array([1, 2, 3, 4, 5, 6], np.float32)
    deltas = np.array([[1, 1, 1, 0, 0, 0], [0, 0, 0, 2, 2, 2]], np.float32)
    values = parameters(tongueStrength=2.0, tongueHeightOffset=0.5, tongueDepthOffset=-0.25)
    assert animated_tongue(deltas, neutral, values).tolist() == [
        [3, 4.5, 4.75, 4, 5.5, 5.75],
        [1, 2.5, 2.75, 8, 9.5, 9.75],
    ]


def test_decoding_adds_no_mean() -> None:
    package = package_values(5)
    raw = raw_values(package, 6)[:, :12]
    slow = [[sum(float(c) * float(row[v]) for c, row in zip(frame, package.data.shapes_matrix_skin, strict=True))
             for v in range(30)] for frame in raw]  # fmt: skip
    assert decoded(raw, package.data.shapes_matrix_skin)[:, :30] == pytest.approx(np.array(slow), abs=1e-5)
