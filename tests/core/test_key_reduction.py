"""Key reduction: the bound on the curve as Maya evaluates it, and what must stay."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maya_a2f.core.anim_curve import curve_of, evaluate
from maya_a2f.core.key_reduction import (
    ReducedTangent,
    closure_samples,
    every_key,
    reduced_keys,
    sample_frames,
    tolerance_for,
    turning_points,
)
from maya_a2f.core.rig import AttributeTrack, KeyedCurve

_RATE = Fraction(30)


def _track(values: list[float]) -> AttributeTrack:
    return AttributeTrack("face_shapes.jawOpen", "weight", values)


def _largest_error(keyed: KeyedCurve, frames: tuple[float, ...], values: list[float]) -> float:
    curve = evaluate(curve_of(keyed, _RATE), frames)
    return max(abs(kept - wanted) for kept, wanted in zip(curve, values, strict=True))


@settings(deadline=None)
@given(
    st.lists(st.floats(-2, 2, allow_subnormal=False), min_size=1, max_size=60),
    st.floats(1e-4, 0.5),
    st.sampled_from(["auto", "linear"]),
    st.sampled_from([Fraction(1), Fraction(24000, 30030), Fraction(5, 2)]),
    st.sets(st.integers(-3, 70), max_size=4),
)
def test_the_reduced_curve_stays_within_the_tolerance_and_keeps_what_is_protected(
    values: list[float], tolerance: float, tangent: ReducedTangent, step: Fraction, protected: set[int]
) -> None:
    frames = sample_frames(len(values), -4.5, step)
    keyed = reduced_keys(_track(values), frames, tolerance, protected=protected, tangent=tangent)
    assert _largest_error(keyed, frames, values) <= tolerance + 1e-9
    kept = dict(zip(keyed.frames, keyed.values, strict=True))
    for index in {0, len(values) - 1} | protected:
        if 0 <= index < len(values) and max(values) - min(values) > tolerance:
            assert kept[frames[index]] == values[index]
    assert list(kept.items()) == [(frame, value) for frame, value in zip(frames, values, strict=True) if frame in kept]


def test_smooth_speech_like_motion_needs_few_keys() -> None:
    values = [max(0.0, math.sin(frame / 9) * math.sin(frame / 31)) for frame in range(600)]
    frames = sample_frames(600, 1, Fraction(1))
    keyed = reduced_keys(_track(values), frames, 0.01)
    assert _largest_error(keyed, frames, values) <= 0.01
    assert len(keyed.frames) < 150
    assert keyed.tangent == "auto"


def test_automatic_tangents_need_fewer_keys_than_straight_lines_on_smooth_motion() -> None:
    values = [math.sin(frame / 20) for frame in range(400)]
    frames = sample_frames(400, 0, Fraction(1))
    smooth = reduced_keys(_track(values), frames, 0.005)
    straight = reduced_keys(_track(values), frames, 0.005, tangent="linear")
    assert len(smooth.frames) < len(straight.frames)


def test_peaks_keep_their_exact_value() -> None:
    values = [0.0, 0.1, 0.5, 0.93, 0.6, 0.2, 0.0, 0.0, 0.4, 0.1]
    keyed = reduced_keys(_track(values), sample_frames(10, 1, Fraction(1)), 0.2)
    kept = dict(zip(keyed.frames, keyed.values, strict=True))
    assert kept[4] == 0.93
    assert kept[9] == 0.4


def test_a_channel_that_hardly_moves_keeps_only_its_ends() -> None:
    for wobble in (0.0, 0.004):
        values = [0.25 + wobble * (index % 3) for index in range(50)]
        keyed = reduced_keys(_track(values), sample_frames(50, 1, Fraction(1)), 0.01, protected={7})
        assert list(zip(keyed.frames, keyed.values, strict=True)) == [(1, 0.25), (50, values[-1])]


@pytest.mark.parametrize("values", [[0.5], [0.0, 1.0]])
def test_one_or_two_samples_are_kept(values: list[float]) -> None:
    keyed = reduced_keys(_track(values), sample_frames(len(values), 7, Fraction(1)), 0.5)
    assert list(keyed.values) == values


def test_no_tolerance_keeps_every_key() -> None:
    keyed = reduced_keys(_track([0.0, 0.1, 0.2, 0.3]), sample_frames(4, 1, Fraction(1)), 0.0)
    assert list(keyed.frames) == [1, 2, 3, 4]


def test_every_key_holds_the_samples_exactly() -> None:
    values = [0.1, 1 / 3, 0.7]
    keyed = every_key(_track(values), sample_frames(3, 10.5, Fraction(30000, 1001) / 30))
    assert list(keyed.values) == values
    assert keyed.tangent == "linear"
    assert keyed.frames == (10.5, float(Fraction(21, 2) + Fraction(1000, 1001)), float(10.5 + Fraction(2000, 1001)))


def test_samples_without_their_frames_are_a_programming_error() -> None:
    with pytest.raises(ValueError, match="jawOpen"):
        every_key(_track([0.0, 1.0]), (1.0,))


def test_tolerances_are_in_the_attributes_unit() -> None:
    assert tolerance_for("weight", 0.01) == 0.01
    assert tolerance_for("rotate", 0.01) == pytest.approx(0.1)


def test_turning_points_are_the_start_and_the_peaks_deeper_than_asked_with_both_ends_of_a_level_one() -> None:
    values = [0.0, 1.0, 1.0, 0.95, 1.0, 0.2, 0.25, 0.1, 0.8]
    assert turning_points(values, 0.1) == [0, 1, 2, 7]
    assert turning_points([0.5] * 4, 0.1) == []


def test_closures_are_where_the_lips_meet() -> None:
    jaw = [0.3, 0.3, 0.2, 0.2, 0.3, 0.4, 0.1, 0.0, 0.3, 0.3]
    close = [0.0, 0.0, 0.1, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert closure_samples({"jawOpen": jaw, "mouthClose": close}) == (3, 7)
    assert closure_samples({"mouthClose": close}) == ()
