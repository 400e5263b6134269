"""The ease to rest after a clip."""

from __future__ import annotations

import math
from array import array
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maya_a2f.core.tail import tail_frame_count, with_tail
from maya_a2f.core.take import Take, take_bytes
from maya_a2f.errors import UserError


def take(**tracks: list[float]) -> Take:
    return Take(rate=Fraction(30), tracks={name: array("d", samples) for name, samples in tracks.items()})


@pytest.mark.parametrize(
    ("seconds", "rate", "frames"),
    [(0.2, Fraction(30), 6), (0.2, Fraction(24000, 1001), 5), (0.1, Fraction(60), 6), (0.01, Fraction(30), 1),
     (0, Fraction(30), 0), (0.3, Fraction(10), 3), (1 / 3, Fraction(30), 10)],
)  # fmt: skip
def test_the_tail_has_as_many_frames_as_begin_within_it(seconds: float, rate: Fraction, frames: int) -> None:
    assert tail_frame_count(seconds, rate) == frames


def test_the_clip_stays_and_the_last_frame_is_exactly_at_rest() -> None:
    clip = take(jawOpen=[0.0, 0.3, 0.7], **{"jaw.rotateX": [0.0, 5.0, -9.0], "leftEye.rotateY": [2.0, 2.0, 2.0]})
    eased = with_tail(clip, 0.2)
    assert eased.tail_frames == 6
    assert eased.clip_frame_count == 3
    for name, samples in eased.tracks.items():
        assert list(samples[:3]) == list(clip.tracks[name])
        assert len(samples) == 9
        assert samples[-1] == 0.0
    assert take_bytes(eased)


def test_a_face_that_stands_eases_along_the_smooth_step() -> None:
    samples = with_tail(take(a=[0.8, 0.8]), 0.2).tracks["a"][2:]
    steps = [0.8 * (1 - (3 * (k / 6) ** 2 - 2 * (k / 6) ** 3)) for k in range(1, 7)]
    assert list(samples) == pytest.approx(steps)


def test_a_face_on_its_way_home_keeps_its_speed() -> None:
    samples = with_tail(take(a=[0.8, 0.75]), 1.0).tracks["a"]
    assert samples[2] - samples[1] == pytest.approx(-0.05, abs=0.006)
    assert all(later <= earlier for earlier, later in pairwise(samples))


def test_a_face_that_rushes_home_does_not_pass_beyond() -> None:
    samples = with_tail(take(a=[1.0, 0.02], b=[-5.0, -0.1]), 0.2).tracks
    assert min(samples["a"]) >= 0.0
    assert max(samples["b"]) <= 0.0


def test_a_face_that_opens_is_carried_on_a_little_but_not_beyond_what_the_clip_shows() -> None:
    free = with_tail(take(a=[1.0, 0.3, 0.5]), 1.0).tracks["a"]
    assert 0.5 < max(free[3:]) < 0.52
    at_limit = with_tail(take(a=[0.3, 0.5]), 1.0).tracks["a"]
    assert max(at_limit) == 0.5


@given(
    st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=5),
    st.floats(0.0, 3.0),
    st.sampled_from([Fraction(30), Fraction(24000, 1001), Fraction(120)]),
)
def test_any_track_stays_within_what_it_showed_and_ends_without_a_jump(
    samples: list[float], seconds: float, rate: Fraction
) -> None:
    eased = with_tail(Take(rate=rate, tracks={"a": samples}), seconds)
    added = list(eased.tracks["a"])[len(samples) :]
    assert len(added) == eased.tail_frames == math.ceil(Fraction(str(seconds)) * rate)
    if added:
        assert added[-1] == 0.0
        assert min(0.0, *samples) <= min(added)
        assert max(added) <= max(0.0, *samples)
        # The curve leaves at no more than three times and arrives with less than three times the mean speed.
        steps = [b - a for a, b in pairwise([samples[-1], *added])]
        assert max(map(abs, steps)) <= 3.0 * abs(samples[-1]) / len(added) + 1e-9


def test_one_frame_is_enough_to_ease_from() -> None:
    assert list(with_tail(take(a=[0.4]), 0.03).tracks["a"]) == [0.4, 0.0]


def test_off_and_empty_takes_are_returned_as_they_are() -> None:
    clip = take(a=[0.4])
    assert with_tail(clip, 0.0) is clip
    empty = take(a=[])
    assert with_tail(empty, 0.2) is empty
    assert with_tail(Take(rate=Fraction(30), tracks={}), 0.2).frame_count == 0


@pytest.mark.parametrize("seconds", [-0.1, math.nan, math.inf, -math.inf, 61.0])
def test_impossible_lengths_are_refused(seconds: float) -> None:
    with pytest.raises(UserError) as caught:
        with_tail(take(a=[0.4]), seconds)
    assert caught.value.code == "tail.bad"
    assert "60" in caught.value.hint
