"""Maya's curves: hand cases, figures evaluated elsewhere, and properties."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maya_a2f.core.anim_curve import (
    STEEPEST_SLOPE,
    AnimCurve,
    CurveEvaluator,
    CurveKey,
    CurveTangent,
    Infinity,
    curve_of,
    evaluate,
)
from maya_a2f.core.rig import KeyedCurve

_RATE = Fraction(24)


def _curve(
    keys: list[tuple[float, float]],
    tangent: CurveTangent,
    *,
    weighted: bool = False,
    pre: Infinity = "constant",
    post: Infinity = "constant",
) -> AnimCurve:
    return AnimCurve(
        tuple(CurveKey(frame, value, tangent, tangent) for frame, value in keys), _RATE,
        weighted=weighted, pre_infinity=pre, post_infinity=post,
    )  # fmt: skip


def _slopes(curve: AnimCurve, index: int) -> tuple[float, float]:
    """In- and out-slope of a key, per frame."""
    evaluator = CurveEvaluator(curve)
    into, out = evaluator.direction(index, incoming=True), evaluator.direction(index, incoming=False)
    return into[1] / into[0] / 24, out[1] / out[0] / 24


def test_a_curve_without_keys_is_zero_and_one_key_holds_everywhere() -> None:
    assert evaluate(_curve([], "auto"), [3]) == [0.0]
    assert evaluate(_curve([(5, 2.5)], "auto", pre="cycle", post="linear"), [-10, 5, 99]) == [2.5, 2.5, 2.5]


def test_linear_tangents_give_straight_lines() -> None:
    assert evaluate(_curve([(0, 0), (10, 5), (20, 0)], "linear"), [2, 10, 14, 25, -3]) == [1, 5, 3, 0, 0]


def test_step_holds_the_value_before_and_stepnext_the_one_after() -> None:
    keys = [(0.0, 1.0), (10.0, 2.0), (20.0, 3.0)]
    assert evaluate(_curve(keys, "step"), [0, 9.999, 10, 11]) == [1, 1, 2, 2]
    assert evaluate(_curve(keys, "stepnext"), [0, 0.001, 10, 11]) == [1, 2, 2, 3]


def test_flat_tangents_give_the_smoothstep() -> None:
    values = evaluate(_curve([(0, 0), (10, 1)], "flat"), [2.5, 5, 7.5])
    assert values == pytest.approx([0.15625, 0.5, 0.84375], abs=1e-15)


def test_spline_tangents_take_the_slope_between_the_neighbours() -> None:
    curve = _curve([(0, 0), (4, 1), (10, 10)], "spline")
    assert _slopes(curve, 1) == pytest.approx((1.0, 1.0))
    assert _slopes(curve, 0)[1] == pytest.approx(0.25)
    assert _slopes(curve, 2)[0] == pytest.approx(1.5)


def test_auto_tangents_are_flat_at_ends_and_extremes() -> None:
    curve = _curve([(0, 0), (10, 5), (20, 1)], "auto")
    assert [_slopes(curve, index) for index in range(3)] == [(0, 0), (0, 0), (0, 0)]


def test_auto_tangents_take_the_spline_slope_where_it_fits() -> None:
    assert _slopes(_curve([(0, 0), (10, 5), (20, 12)], "auto"), 1) == pytest.approx((0.6, 0.6))


def test_auto_tangents_are_limited_by_the_gentler_neighbour() -> None:
    # Chords 0.1 and 1.9 a frame: the spline's 1.0 is cut to three times 0.1.
    assert _slopes(_curve([(0, 0), (10, 1), (20, 20)], "auto"), 1) == pytest.approx((0.3, 0.3))
    assert _slopes(_curve([(0, 0), (10, -1), (20, -20)], "auto"), 1) == pytest.approx((-0.3, -0.3))


def test_plateau_tangents_are_flat_where_auto_ones_are_limited() -> None:
    assert _slopes(_curve([(0, 0), (10, 1), (20, 20)], "plateau"), 1) == (0, 0)
    assert _slopes(_curve([(0, 0), (10, 5), (20, 12)], "plateau"), 1) == pytest.approx((0.6, 0.6))


def test_clamped_tangents_are_flat_beside_a_close_neighbour() -> None:
    assert _slopes(_curve([(0, 0), (10, 0.04), (20, 1)], "clamped"), 1) == (0, 0)
    assert _slopes(_curve([(0, 0), (10, 0.5), (20, 1)], "clamped"), 1) == pytest.approx((0.05, 0.05))


def test_a_span_is_curved_where_only_one_tangent_is_linear() -> None:
    keys = (CurveKey(0, 0, "linear", "linear"), CurveKey(10, 1, "flat", "flat"))
    # Hermite with rises 1 and 0 at the middle: 1/2 + (1 - 0)/8.
    assert evaluate(AnimCurve(keys, _RATE), [5]) == [pytest.approx(0.625)]


def test_fixed_tangents_are_seconds_and_radians_and_curves_are_degrees() -> None:
    slope = math.radians(48.0)  # a second; 2 degrees a frame at 24 frames per second
    length = math.hypot(1.0, slope)
    direction = (1.0 / length, slope / length)
    keys = (
        CurveKey(0, 0, "fixed", "fixed", direction, direction),
        CurveKey(12, 24, "fixed", "fixed", direction, direction),
    )
    curve = AnimCurve(keys, _RATE, "rotate")
    assert evaluate(curve, [3, 6, 9]) == pytest.approx([6.0, 12.0, 18.0], abs=1e-12)


def test_a_vertical_fixed_tangent_is_as_steep_as_it_gets() -> None:
    keys = (CurveKey(0, 0, "fixed", "fixed", None, (0.0, 1.0)), CurveKey(24, 0, "flat", "flat"))
    # At a quarter of one second a start slope s adds s · 1/4 · (3/4)².
    assert evaluate(AnimCurve(keys, _RATE), [6]) == [pytest.approx(STEEPEST_SLOPE * 0.140625)]


@pytest.mark.parametrize(
    ("infinity", "before", "after"),
    [
        ("constant", [0.0, 0.0, 0.0], [4.0, 4.0, 4.0]),
        ("cycle", [2.0, 1.0, 3.0], [2.0, 1.0, 3.0]),
        ("cycle_relative", [-2.0, -7.0, -5.0], [6.0, 9.0, 11.0]),
        ("oscillate", [2.0, 1.0, 3.0], [2.0, 1.0, 3.0]),
    ],
)
def test_infinities_repeat_the_curve(infinity: Infinity, before: list[float], after: list[float]) -> None:
    curve = _curve([(10, 0), (20, 4)], "linear", pre=infinity, post=infinity)
    assert evaluate(curve, [5, -7.5, -2.5]) == pytest.approx(before)
    assert evaluate(curve, [25, 32.5, 37.5]) == pytest.approx(after)


def test_linear_infinity_goes_on_along_the_outer_tangents() -> None:
    curve = _curve([(0, 0), (10, 5)], "spline", pre="linear", post="linear")
    assert evaluate(curve, [-4, 12]) == pytest.approx([-2.0, 6.0])
    assert evaluate(_curve([(0, 0), (10, 5)], "auto", pre="linear", post="linear"), [-4, 12]) == [0.0, 5.0]


def test_a_curve_exported_from_maya_is_evaluated_like_its_published_figures() -> None:
    """Keys, slopes, weights and values of ufbx's test file maya_interpolation_modes (24 frames per second)."""
    second = 1 / 24

    def direction(slope: float, weight: float, frames: float) -> tuple[float, float]:
        reach = 3 * weight * frames * second
        return reach, slope * reach

    third = 1 / 3
    keys = (
        CurveKey(1, -8.653366, "auto", "auto"),
        CurveKey(11, -6.490576, "auto", "auto"),
        CurveKey(21, -6.113196, "flat", "linear"),
        CurveKey(36, -3.958113, "linear", "linear"),
        CurveKey(46, -5.905977, "linear", "auto"),
        CurveKey(53, -5.118543, "fixed", "fixed", direction(-4.29038, 0.766877, 7), direction(3.90672, 0.540154, 10)),
        CurveKey(63, -5.118543, "fixed", "fixed", direction(3.98061, 0.520752, 10), direction(-4.16532, 0.508151, 10)),
        CurveKey(73, -3.875225, "fixed", "step", direction(0.216844, 0.616662, 10), direction(0, third, 7)),
        CurveKey(80, -2.942738, "auto", "step"),
        CurveKey(89, -1.927362, "auto", "stepnext"),
        CurveKey(96, -1.243537, "auto", "stepnext"),
        CurveKey(120, 5.603338, "auto", "auto"),
    )
    published = {
        0: -8.653366, 2: -8.602998, 5: -8.00075, 8: -7.124163, 10: -6.642837, 12: -6.388305, 15: -6.19471,
        19: -6.116215, 20: -6.113573, 22: -5.969524, 30: -4.820146, 37: -4.1529, 45: -5.71119, 47: -5.767788,
        48: -5.315578, 49: -4.954943, 50: -4.83559, 51: -4.856855, 52: -4.960766, 54: -4.976541, 55: -4.885909,
        57: -4.93845, 59: -5.270246, 61: -5.349404, 64: -5.264501, 66: -5.285445, 68: -4.69383, 70: -4.124978,
        72: -3.904232, 75: -3.875225, 84: -2.942738, 90: -1.243537, 100: 5.603338, 125: 5.603338,
    }  # fmt: skip
    curve = AnimCurve(keys, _RATE, weighted=True)
    frames = [frame + 2.4e-5 for frame in published]  # the figures were taken a microsecond after each frame
    assert evaluate(curve, frames) == pytest.approx(list(published.values()), abs=4e-5)


def test_weighted_directions_that_run_back_in_time_are_drawn_in() -> None:
    for reach in (2.0, 3.0, 3.5, 6.0):
        keys = (
            CurveKey(0, 0, "fixed", "fixed", None, (reach, 0.0)),
            CurveKey(24, 1, "fixed", "fixed", (reach, 0.0), None),
        )
        values = evaluate(AnimCurve(keys, _RATE, weighted=True), list(range(25)))
        assert values == sorted(values)
        assert values[0] == 0.0
        assert values[24] == 1.0
        if reach <= 3.0:  # nothing is drawn in, so the curve is symmetric
            assert values[12] == pytest.approx(0.5)


_KEYS = st.lists(
    st.tuples(st.integers(-50, 200), st.floats(-100, 100, allow_subnormal=False)),
    min_size=1,
    max_size=12,
    unique_by=lambda key: key[0],
).map(sorted)
_TANGENT: st.SearchStrategy[CurveTangent] = st.sampled_from(["linear", "flat", "spline", "clamped", "plateau", "auto"])


@settings(deadline=None)
@given(_KEYS, _TANGENT, st.booleans())
def test_every_curve_goes_through_its_keys(
    keys: list[tuple[float, float]], tangent: CurveTangent, weighted: bool
) -> None:
    curve = _curve(keys, tangent, weighted=weighted)
    assert evaluate(curve, [frame for frame, _ in keys]) == [value for _, value in keys]


@settings(deadline=None)
@given(_KEYS, _TANGENT)
def test_computed_tangents_give_the_same_curve_with_and_without_weights(
    keys: list[tuple[float, float]], tangent: CurveTangent
) -> None:
    frames = [keys[0][0] + 0.37 * step for step in range(60)]
    plain = evaluate(_curve(keys, tangent), frames)
    assert evaluate(_curve(keys, tangent, weighted=True), frames) == pytest.approx(plain, abs=1e-8)


@settings(deadline=None)
@given(_KEYS, st.sampled_from(["auto", "plateau", "flat"]))
def test_these_tangents_never_overshoot_the_two_keys_beside(
    keys: list[tuple[float, float]], tangent: CurveTangent
) -> None:
    evaluator = CurveEvaluator(_curve(keys, tangent))
    for (first, low), (last, high) in itertools.pairwise(keys):
        for step in range(1, 8):
            value = evaluator.value(first + (last - first) * step / 8)
            assert min(low, high) - 1e-9 <= value <= max(low, high) + 1e-9


def test_plain_keys_become_a_curve_of_one_tangent_type() -> None:
    curve = curve_of(KeyedCurve("jaw_jnt.rotateX", "rotate", (1, 2.5), (0, 10), "auto"), Fraction(30))
    assert curve.kind == "rotate"
    assert [(key.frame, key.value, key.in_tangent, key.out_tangent) for key in curve.keys] == [
        (1.0, 0.0, "auto", "auto"),
        (2.5, 10.0, "auto", "auto"),
    ]
