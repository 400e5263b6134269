"""Frames and ticks of keys held in memory."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from maya_a2f.core.frame_rate import TICKS_PER_SECOND
from maya_a2f.core.keyed_merging import keys_of, ticks_of
from maya_a2f.core.rig import KeyedCurve

rates = st.sampled_from(
    [
        Fraction(TICKS_PER_SECOND, 256),
        Fraction(24),
        Fraction(30),
        Fraction(60),
        Fraction(24000, 1001),
        Fraction(119880, 1001),
    ]
)


@given(st.one_of(st.integers(-(10**6), 10**6).map(float), st.floats(-1e7, 1e7)), rates)
def test_a_frame_lies_on_the_nearest_tick_and_between_two_on_the_even_one(frame: float, rate: Fraction) -> None:
    assert ticks_of(frame, rate) == round(Fraction(frame) * TICKS_PER_SECOND / rate)


def test_a_tick_between_two_is_even() -> None:
    rate = Fraction(TICKS_PER_SECOND, 2**8)  # a tick is 1/256 of a frame
    assert [ticks_of(n / 512, rate) for n in (-3, -1, 1, 3, 5)] == [-2, 0, 0, 2, 2]


def test_curves_with_other_frames_keep_their_own_ticks() -> None:
    frames = ((1.0, 2.0), (1.5, 2.5), (1.0, 2.0))
    curves = [KeyedCurve("face.jawOpen", "weight", own, (0.0, 1.0), "linear") for own in frames]
    ticks = [[key.ticks for key in keys_of(curve, Fraction(24))] for curve in curves]
    assert ticks == [[5_880_000, 11_760_000], [8_820_000, 14_700_000], [5_880_000, 11_760_000]]
