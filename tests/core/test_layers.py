"""Layers as settings: words, JSON, limits."""

from __future__ import annotations

from typing import Any

import pytest

from maya_a2f.core.layer_words import parse_gaze, parse_layer
from maya_a2f.core.layers import (
    GazeTarget,
    Layer,
    LayerSettings,
    layers_data,
    layers_from_data,
    with_layer,
    with_seed,
    with_targets,
)
from maya_a2f.errors import UserError


def test_layers_as_they_are_need_no_words() -> None:
    assert layers_data(LayerSettings()) == {}
    assert layers_from_data({}) == LayerSettings()


def test_what_is_written_is_read_back() -> None:
    made = with_layer(with_seed(LayerSettings(saccade_kind="natural"), 4), "blinks", Layer(0.5, 9))
    made = with_targets(made, (GazeTarget(3, 4, None, 2.0, 3.0), GazeTarget(1, 2, 50)))
    assert layers_from_data(layers_data(made)) == made
    assert made.targets[0].start_seconds is None
    assert made.held() == ((2.0, 3.0),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("blinks=0.5", ("blinks", Layer(0.5))),
        ("head=off", ("head", Layer(0.0))),
        ("brows=ON", ("brows", Layer(1.0))),
        ("head=0.8:7", ("head", Layer(0.8, 7))),
    ],
)
def test_layers_are_set_in_words(text: str, expected: tuple[str, Layer]) -> None:
    assert parse_layer(text) == expected


@pytest.mark.parametrize("text", ["blinks", "blinks=", "blinks=much", "head=1:x"])
def test_other_words_are_refused(text: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_layer(text)
    assert caught.value.code == "layer.bad"


def test_gaze_in_words_is_a_direction_or_a_point_held_or_not() -> None:
    assert parse_gaze("10,-5") == GazeTarget(10, -5)
    assert parse_gaze("10,5,60@2-4.5") == GazeTarget(10, 5, 60, 2.0, 4.5)
    assert parse_gaze("0,0@3") == GazeTarget(0, 0, None, 3.0, None)


@pytest.mark.parametrize("text", ["", "1", "1,2,3,4", "a,b", "90,0", "0,40", "1,2@4-3", "1,2,0", "1,2@x", "nan,1"])
def test_a_gaze_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_gaze(text)
    assert caught.value.code == "gaze.bad"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ([], "layer.bad"),
        ({"nose": {}}, "layer.unknown"),
        ({"head": 1}, "layer.bad"),
        ({"head": {"strength": 2.1}}, "layer.out_of_range"),
        ({"head": {"strength": float("nan")}}, "layer.out_of_range"),
        ({"head": {"strength": "1"}}, "layer.out_of_range"),
        ({"head": {"seed": -1}}, "layer.bad_seed"),
        ({"head": {"seed": 1.5}}, "layer.bad_seed"),
        ({"head": {"colour": 1}}, "layer.bad"),
        ({"saccadeKind": "wild"}, "layer.bad"),
        ({"gaze": {"targets": [{"x": 1}]}}, "gaze.bad"),
        ({"gaze": {"targets": [{"x": 1, "y": 1, "end": 2}]}}, "gaze.bad"),
        ({"gaze": {"targets": [{"x": 1, "y": 1}, {"x": 2, "y": 1}]}}, "gaze.bad"),
        ({"gaze": {"targets": [{"x": 1, "y": 1, "start": 1}, {"x": 2, "y": 1, "start": 2}]}}, "gaze.bad"),
    ],
)
def test_layers_that_make_no_sense_are_refused(data: Any, code: str) -> None:
    with pytest.raises(UserError) as caught:
        layers_from_data(data)
    assert caught.value.code == code


def test_a_near_point_turns_the_eyes_towards_each_other() -> None:
    point = GazeTarget(0, 0, 30)
    assert point.angles(3.15)[0] < 0 < point.angles(-3.15)[0]
    assert GazeTarget(0, 10, 100).angles()[1] < 0
