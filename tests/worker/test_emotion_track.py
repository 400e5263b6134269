"""Emotion keys: interpolation as in the specification (emotion.md section 4, sdk-benchmarks.md section 3.3)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from maya_a2f.core.channels import EMOTIONS
from maya_a2f.errors import UserError
from maya_a2f.worker.emotion_track import EmotionTrack, constant_emotion, keyed_emotion
from tests.worker.test_windows import INFO

TEN = replace(INFO, explicit_emotions=EMOTIONS, default_emotion=(0.1, *([0.0] * 9)))


def track(keys: dict[int, tuple[float, ...]]) -> EmotionTrack:
    vectors = np.array(list(keys.values()), np.float32)
    return EmotionTrack(tuple(f"e{i}" for i in range(vectors.shape[1])), tuple(keys), vectors)


@pytest.mark.parametrize(
    ("time", "expected"),
    [(1, (1, 2, 3)), (2, (1, 2, 3)), (3, (2, 4, 6)), (4, (3, 6, 9)), (5, (4, 8, 12)), (6, (5, 10, 15)),
     (7, (5, 10, 15)), (-100, (1, 2, 3))],
)  # fmt: skip
def test_values_between_two_keys_are_linear(time: int, expected: tuple[float, ...]) -> None:
    assert track({2: (1, 2, 3), 6: (5, 10, 15)}).sampled(np.array([time])).tolist() == [list(expected)]


@pytest.mark.parametrize("time", [-7, 0, 1, 2, 3, 4, 10**9])
def test_a_single_key_holds_for_ever(time: int) -> None:
    assert track({3: (0.25, 0.5)}).sampled(np.array([time])).tolist() == [[0.25, 0.5]]


@pytest.mark.parametrize(
    ("time", "before", "after"),
    [(1, 0, 0), (2, 0, 0), (3, 0, 1), (5, 0, 1), (6, 1, 1), (7, 1, 2), (8, 2, 2), (9, 2, 3), (10, 2, 3), (11, 3, 3),
     (12, 4, 4), (13, 4, 4)],
)  # fmt: skip
def test_only_the_surrounding_keys_count(time: int, before: int, after: int) -> None:
    keys = [2, 6, 8, 11, 12]
    one_hot = np.eye(5, dtype=np.float32)
    weights = track({key: tuple(row) for key, row in zip(keys, one_hot, strict=True)}).sampled(np.array([time]))[0]
    assert set(np.flatnonzero(weights)) == {before, after}
    assert weights.sum() == pytest.approx(1.0)


def test_many_times_are_sampled_at_once() -> None:
    assert track({0: (0.0,), 10: (1.0,)}).sampled(np.array([20, 0, 5])).ravel().tolist() == [1.0, 0.0, 0.5]


def test_a_constant_emotion_fills_in_the_packages_default() -> None:
    constant = constant_emotion(TEN, {"joy": 0.6, "Anger": 1})
    assert constant.sampled(np.array([0, 16000])).tolist() == [
        pytest.approx([0.1, 1.0, 0, 0, 0, 0, 0.6, 0, 0, 0], abs=1e-7)
    ] * 2  # fmt: skip


def test_keys_in_seconds_fall_on_the_nearest_sample() -> None:
    keyed = keyed_emotion(TEN, [(0.0, {"joy": 1}), (0.50003, {"fear": 1}), (1.0, {})])
    assert keyed.times == (0, 8000, 16000)
    assert keyed.sampled(np.array([4000]))[0, [4, 6]].tolist() == [0.5, 0.5]


def test_an_unknown_emotion_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(UserError, match=r"no emotion 'happy'.*joy") as caught:
        constant_emotion(TEN, {"happy": 0.5})
    assert caught.value.code == "emotion.unknown"
    with pytest.raises(UserError, match="Did you mean 'sadness'"):
        constant_emotion(TEN, {"sadnes": 0.5})


@pytest.mark.parametrize("strength", [-0.01, 1.01, float("nan"), float("inf"), "1", None, True])
def test_a_strength_outside_0_to_1_is_refused(strength: float) -> None:
    with pytest.raises(UserError, match="joy") as caught:
        constant_emotion(TEN, {"joy": strength})
    assert caught.value.code == "emotion.out_of_range"


@pytest.mark.parametrize(
    "keys", [[], [(0.0, {}), (0.0, {})], [(1.0, {}), (0.5, {})], [(float("nan"), {})], [(1e300, {})]]
)
def test_keys_without_order_are_refused(keys: list[tuple[float, dict[str, float]]]) -> None:
    with pytest.raises(UserError) as caught:
        keyed_emotion(TEN, keys)
    assert caught.value.code == "emotion.bad_keys"


def test_the_digest_tells_tracks_apart() -> None:
    digests = {
        constant_emotion(TEN, {}).digest(),
        constant_emotion(TEN, {"joy": 0.5}).digest(),
        constant_emotion(TEN, {"fear": 0.5}).digest(),
        keyed_emotion(TEN, [(1.0, {"joy": 0.5})]).digest(),
    }
    assert len(digests) == 4
    assert constant_emotion(TEN, {"joy": 0.5}).digest() == constant_emotion(TEN, {"JOY": 0.5}).digest()
