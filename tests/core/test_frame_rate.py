"""Frame rates, counts and times."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maya_a2f.core.frame_rate import (
    TICKS_PER_SECOND,
    frame_count,
    frame_seconds,
    maya_time_unit,
    parse_frame_rate,
    rate_of_maya_unit,
)
from maya_a2f.errors import UserError


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("30", Fraction(30)), ("24000/1001", Fraction(24000, 1001)), ("29.97", Fraction(30000, 1001)),
        ("23.976", Fraction(24000, 1001)), ("47.952", Fraction(48000, 1001)), ("59.94fps", Fraction(60000, 1001)),
        ("119.88", Fraction(120000, 1001)), ("12.5", Fraction(25, 2)), (" 60 ", Fraction(60)),
    ],
)  # fmt: skip
def test_a_rate_means_what_people_mean(text: str, rate: Fraction) -> None:
    assert parse_frame_rate(text) == rate


@pytest.mark.parametrize("text", ["", "0", "-30", "abc", "30/0", "1e9", "inf", "nan", "0.5", "6001", "٣٠/x", "1_0"])
def test_an_impossible_rate_is_refused_by_name(text: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_frame_rate(text)
    assert caught.value.code == "rate.bad"


@pytest.mark.parametrize(
    ("samples", "rate", "frames"), [(16000, 60, 60), (16001, 60, 61), (1, 60, 1), (0, 60, 0), (16000, 30, 30)]
)
def test_frames_are_counted_as_specified(samples: int, rate: int, frames: int) -> None:
    assert frame_count(samples, 16000, Fraction(rate)) == frames


@given(st.integers(1, 10**9), st.fractions(1, 6000, max_denominator=1001))
def test_the_last_frame_lies_within_the_samples_and_the_next_does_not(samples: int, rate: Fraction) -> None:
    count = frame_count(samples, 16000, rate)
    assert frame_seconds(count - 1, rate) < Fraction(samples, 16000) <= frame_seconds(count, rate)


@pytest.mark.parametrize("unit", ["film", "pal", "ntsc", "23.976fps", "29.97fps", "59.94fps", "120fps", "game"])
def test_mayas_units_go_both_ways(unit: str) -> None:
    rate = rate_of_maya_unit(unit)
    assert rate is not None
    assert maya_time_unit(rate) == unit
    assert (TICKS_PER_SECOND / rate).denominator == 1


def test_a_rate_maya_has_no_unit_for_is_none() -> None:
    assert maya_time_unit(Fraction(22)) is None
