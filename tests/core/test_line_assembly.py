"""Lines in one take: their own frames untouched, rest between them, no jumps."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maya_a2f.core.line_assembly import PlacedTake, assembled
from maya_a2f.core.take import Take

RATE = Fraction(30)


def placed(first: int, level: float, frames: int = 20, tail: int = 6) -> PlacedTake:
    ease = [level * (1 - (index + 1) / tail) for index in range(tail)]
    return PlacedTake("x", first, Take(RATE, {"jawOpen": [level] * frames + ease}, tail, notes=("n",)))


def test_a_line_is_its_own_take_and_the_face_rests_around_it() -> None:
    whole = assembled([placed(30, 0.5), placed(80, 0.8)], 120, 6, RATE, {})
    jaw = list(whole.tracks["jawOpen"])
    assert (whole.frame_count, whole.tail_frames, whole.notes) == (126, 6, ("n",))
    assert jaw[30:50] == [0.5] * 20
    assert jaw[80:100] == [0.8] * 20
    assert jaw[:25] == [0.0] * 25
    assert jaw[56:75] == [0.0] * 19
    assert jaw[106:] == [0.0] * 20


@given(gap=st.integers(0, 20), first=st.integers(0, 8), levels=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_the_face_never_jumps_and_never_leaves_the_range_of_its_lines(
    gap: int, first: int, levels: tuple[float, float]
) -> None:
    whole = assembled([placed(first, levels[0]), placed(first + 20 + gap, levels[1])], 80, 6, RATE, {})
    jaw = list(whole.tracks["jawOpen"])[first:]
    assert max(abs(after - before) for before, after in itertools.pairwise(jaw)) <= 0.6
    assert 0.0 <= min(jaw) <= max(jaw) <= max(levels) + 1e-12
    assert jaw[20 + gap + 5 : 40 + gap] == pytest.approx([levels[1]] * 15)


def test_a_line_that_runs_to_the_end_keeps_its_ease() -> None:
    whole = assembled([placed(10, 0.5)], 30, 6, RATE, {})
    assert list(whole.tracks["jawOpen"])[-1] == 0.0
    assert list(whole.tracks["jawOpen"])[29] == 0.5
