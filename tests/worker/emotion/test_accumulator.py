"""Emotion keys one by one, and which frames they let through (emotion.md section 4, sdk-benchmarks.md section 3.3)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from maya_a2f.errors import UserError
from maya_a2f.worker.emotion.accumulator import EmotionAccumulator
from maya_a2f.worker.emotion.frames import available_runs, classifier_frames, postprocess_frames
from maya_a2f.worker.windows import WindowProgress


def accumulated(*times: int, names: int = 1, block_keys: int = 300) -> EmotionAccumulator:
    found = EmotionAccumulator([f"e{index}" for index in range(names)], block_keys)
    for time in times:
        found.add(time, [float(time)] * names)
    return found


def two_keys() -> EmotionAccumulator:
    found = EmotionAccumulator(["a", "b", "c"])
    found.add(2, (1, 2, 3))
    found.add(6, (5, 10, 15))
    return found


CASES = [(1, (1, 2, 3)), (2, (1, 2, 3)), (3, (2, 4, 6)), (4, (3, 6, 9)), (5, (4, 8, 12)), (6, (5, 10, 15))]


@pytest.mark.parametrize(("time", "expected"), CASES)
@pytest.mark.parametrize("is_closed", [False, True])
def test_two_keys_give_a_line(time: int, expected: tuple[float, ...], is_closed: bool) -> None:
    keys = two_keys()
    if is_closed:
        keys.close()
    assert keys.read(time).tolist() == list(expected)


def refused(action: Callable[[], object]) -> str:
    with pytest.raises(UserError) as caught:
        action()
    return caught.value.code


def test_beyond_the_last_key_nothing_is_known_until_they_are_ended() -> None:
    keys = two_keys()
    assert refused(lambda: keys.read(7)) == "emotion.keys_missing"
    keys.close()
    assert keys.read(7).tolist() == [5, 10, 15]


def test_a_single_key_holds_before_it_and_after_it_once_it_is_the_last() -> None:
    keys = accumulated(1)
    assert [keys.read(time).tolist() for time in (0, 1)] == [[1.0], [1.0]]
    assert refused(lambda: keys.read(2)) == "emotion.keys_missing"
    keys.close()
    assert keys.read(2).tolist() == [1.0]


def test_no_keys_can_neither_be_read_nor_ended() -> None:
    keys = accumulated()
    assert refused(lambda: keys.read(0)) == "emotion.keys_none"
    assert refused(keys.close) == "emotion.keys_none"


@pytest.mark.parametrize("time", [5, 4, -10])
def test_keys_come_in_the_order_of_time(time: int) -> None:
    keys = accumulated(-3, 5)
    assert refused(lambda: keys.add(time, [0.0])) == "emotion.keys_order"
    assert keys.last_time == 5


def test_after_the_end_nothing_is_added_until_a_reset() -> None:
    keys = accumulated(1)
    keys.close()
    assert refused(lambda: keys.add(2, [0.0])) == "emotion.keys_closed"
    assert refused(keys.close) == "emotion.keys_closed"
    keys.reset()
    assert keys.is_empty
    keys.add(0, [0.5])
    assert keys.read(0).tolist() == [0.5]


@pytest.mark.parametrize(("time", "dropped"), [(-1, 0), (0, 0), (1, 0), (3, 0), (4, 0), (5, 2), (7, 2), (9, 4)])
def test_whole_blocks_are_dropped_once_the_next_one_starts_in_time(time: int, dropped: int) -> None:
    keys = accumulated(1, 4, 5, 7, 9, block_keys=2)
    assert refused(lambda: keys.read(10)) == "emotion.keys_missing"
    keys.drop_before(time)
    assert keys.dropped_count == dropped
    assert refused(lambda: keys.read(time - 1)) == "emotion.keys_dropped"
    assert keys.read(max(time, 1)).tolist() == [pytest.approx(max(time, 1.0))]


def test_what_is_not_there_yet_cannot_be_dropped() -> None:
    keys = accumulated(1, 4)
    assert refused(lambda: keys.drop_before(5)) == "emotion.keys_missing"
    keys.close()
    keys.drop_before(5)
    assert keys.read(5).tolist() == [4.0]


def test_a_key_of_another_length_is_refused() -> None:
    assert refused(lambda: accumulated(1).add(2, [1.0, 2.0])) == "emotion.keys_length"


# Gating (inference.md section 2)

REGRESSION = WindowProgress(8320, -4160, 4160, Fraction(16000, 30))


def test_open_keys_let_frames_through_up_to_the_last_one() -> None:
    keys = accumulated(0)
    assert available_runs(REGRESSION, 1, 16000, is_closed=True, keys=keys) == 1
    keys.add(532, [0.0])
    assert available_runs(REGRESSION, 1, 16000, is_closed=True, keys=keys) == 1
    keys.add(533, [0.0])
    assert available_runs(REGRESSION, 1, 16000, is_closed=True, keys=keys) == 2
    assert available_runs(REGRESSION, 1, 16000, is_closed=True, keys=keys, done=1) == 1
    keys.close()
    assert available_runs(REGRESSION, 1, 16000, is_closed=True, keys=keys) == 30


def test_no_keys_at_all_let_nothing_through() -> None:
    assert available_runs(REGRESSION, 1, 16000, is_closed=True, keys=accumulated()) == 0


def test_keys_are_no_limit_where_the_audio_is_the_tighter_one() -> None:
    keys = accumulated(0, 1_000_000)
    assert available_runs(REGRESSION, 1, 7360, is_closed=False, keys=keys) == 7
    assert available_runs(REGRESSION, 1, 7360, is_closed=False, keys=keys, done=9) == 0


def test_a_run_of_several_frames_needs_all_of_them_let_through() -> None:
    frames = classifier_frames(30_000, 16000, Fraction(30), 9)
    last_of_first_run = frames.per_frame.target(9)
    assert available_runs(frames.progress, 10, 160_000, is_closed=True, keys=accumulated(last_of_first_run - 1)) == 0
    assert available_runs(frames.progress, 10, 160_000, is_closed=True, keys=accumulated(last_of_first_run)) == 1


def test_without_a_classifier_a_frame_is_there_with_its_sample() -> None:
    progress = postprocess_frames(16000, Fraction(30)).progress
    assert [available_runs(progress, 1, count, is_closed=False) for count in (0, 1, 533, 534)] == [0, 1, 1, 2]


def test_the_values_read_are_those_of_float32() -> None:
    keys = EmotionAccumulator(["a"])
    keys.add(0, [0.1])
    keys.add(3, [0.7])
    u, a, b = np.float32(1) / np.float32(3), np.float32(0.1), np.float32(0.7)
    rest = np.float32(np.float64(a) - np.float64(u) * np.float64(a))
    assert keys.read(1)[0] == np.float32(np.float64(u) * np.float64(b) + np.float64(rest))
