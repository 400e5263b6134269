"""Words of a Maya ASCII file."""

from __future__ import annotations

import itertools
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maya_a2f.errors import HostError
from maya_a2f.host.scene_file.ma_text import (
    component_list,
    exact_number,
    exact_numbers,
    node_name,
    quoted,
    ranges,
    single_number,
    unquoted,
    wrapped,
)


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_read_back_as_the_same_float(value: float) -> None:
    assert float(exact_number(value)) == value


@settings(deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([-0.0, 0.0, 7.0, -7.0])))
def test_many_numbers_are_written_as_each_is(values: list[float]) -> None:
    assert exact_numbers(values) == [exact_number(value) for value in values]


@settings(deadline=None)
@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_single_numbers_read_back_as_the_same_float32(value: float) -> None:
    assert struct.pack("<f", float(single_number(value))) == struct.pack("<f", value + 0.0)


@pytest.mark.parametrize(("value", "text"), [(-0.0, "0"), (3.0, "3"), (-2.5, "-2.5"), (1e-7, "1e-07")])
def test_numbers_are_written_short(value: float, text: str) -> None:
    assert exact_number(value) == text


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(HostError):
        exact_numbers([1.0, value])
    with pytest.raises(HostError):
        exact_number(value)


@settings(deadline=None)
@given(st.text(st.characters(blacklist_categories=["Cc", "Cs"])))
def test_strings_read_back(text: str) -> None:
    literal = quoted(text + '\n\t"\\')
    assert unquoted(literal[1:-1]) == text + '\n\t"\\'


def test_control_characters_become_spaces() -> None:
    assert quoted("a\x00b\x1bc") == '"a b c"'


@pytest.mark.parametrize(
    ("text", "name"),
    [("Take 1.final", "Take_1_final"), ("3 Töne", "_3_Tone"), ("日本", "node"), ("ok_name", "ok_name")],
)
def test_node_names_are_legal_and_readable(text: str, name: str) -> None:
    assert node_name(text) == name


@settings(deadline=None)
@given(st.sets(st.integers(0, 60)))
def test_ranges_cover_exactly_the_indices(indices: set[int]) -> None:
    found = list(ranges(sorted(indices)))
    assert [index for first, last in found for index in range(first, last + 1)] == sorted(indices)
    assert all(after[0] > before[1] + 1 for before, after in itertools.pairwise(found))


def test_component_lists_look_as_in_a_file() -> None:
    assert component_list("vtx", [0, 6, 7]) == '2 "vtx[0]" "vtx[6:7]"'
    assert component_list("f", []) == ""


def test_long_values_are_wrapped_at_spaces() -> None:
    text = wrapped([str(number) for number in range(30)])
    assert text.split() == [str(number) for number in range(30)]
    assert len(text.splitlines()) == 3
