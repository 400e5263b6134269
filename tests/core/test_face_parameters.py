"""The table of dials and its checks."""

from __future__ import annotations

import math

import pytest

from maya_a2f.core.face_parameters import (
    FACE_PARAMETERS,
    JSON_KEYS,
    NAMES_BY_JSON_KEY,
    PARAMETER_NAMES,
    effective_parameters,
    face_parameter,
    range_fault,
    validated_parameters,
)
from maya_a2f.errors import UserError

# animator.md section 1, retyped: name, default, smallest, largest.
SPECIFIED = """
lowerFaceSmoothing 0.0023 0 0.1
upperFaceSmoothing 0.001 0 0.1
lowerFaceStrength 1.3 0 2
upperFaceStrength 1.0 0 2
faceMaskLevel 0.6 0 1
faceMaskSoftness 0.0085 0.001 0.5
skinStrength 1.0 0 2
blinkStrength 1.0 0 2
eyelidOpenOffset 0.06 -1 1
lipOpenOffset -0.03 -0.2 0.2
blinkOffset 0 0 1
tongueStrength 1.5 0 3
tongueHeightOffset 0.2 -3 3
tongueDepthOffset 0.13 -3 3
lowerTeethStrength 1.0 0 2
lowerTeethHeightOffset 0 -3 3
lowerTeethDepthOffset 0 -3 3
eyeballsStrength 1.0 0 2
saccadeStrength 1.0 0 2
rightEyeballRotationOffsetX 0 -10 10
rightEyeballRotationOffsetY 0 -10 10
leftEyeballRotationOffsetX 0 -10 10
leftEyeballRotationOffsetY 0 -10 10
saccadeSeed 0 0 4999
"""
ROWS = [(row.split()[0], *map(float, row.split()[1:])) for row in SPECIFIED.strip().splitlines()]


def test_the_table_is_that_of_the_specification_and_the_audio_gain() -> None:
    table = [(p.name, p.default, p.minimum, p.maximum) for p in FACE_PARAMETERS if p.group != "audio"]
    assert table[:-2] == ROWS
    assert [*PARAMETER_NAMES] == ["inputStrength", *(row[0] for row in ROWS), "blinkRate", "browEmphasis"]


def test_a_package_that_says_nothing_of_blinks_and_brows_gets_none() -> None:
    assert [face_parameter(name).default for name in ("blinkRate", "browEmphasis")] == [0, 0]


def test_every_dial_has_a_meaning_and_a_default_it_may_take() -> None:
    for parameter in FACE_PARAMETERS:
        assert parameter.meaning.endswith(".")
        assert range_fault(parameter.name, parameter.default) is None


def test_keys_of_the_file_and_names_map_both_ways() -> None:
    assert JSON_KEYS["rightEyeballRotationOffsetY"] == "right_eye_rot_y_offset"
    assert NAMES_BY_JSON_KEY["eye_saccade_seed"] == "saccadeSeed"
    assert NAMES_BY_JSON_KEY["input_strength"] == "inputStrength"
    assert len(NAMES_BY_JSON_KEY) == 26
    assert set(PARAMETER_NAMES) - set(JSON_KEYS) == {"blinkOffset"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_bounds_are_inclusive_and_nothing_beyond_is_taken(row: tuple[str, float, float, float]) -> None:
    name, _, smallest, largest = row
    assert validated_parameters({name: smallest}) == {name: smallest}
    assert validated_parameters({name: largest}) == {name: largest}
    for value in (smallest - 1e-6, largest + 1e-6, math.nan, math.inf, -math.inf):
        with pytest.raises(UserError) as caught:
            validated_parameters({name: value})
        assert caught.value.code == "parameter.out_of_range"
        assert f"{smallest:g} to {largest:g}" in str(caught.value)
        assert name in caught.value.message


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("lowerfacestrength", "lowerFaceStrength"),
        ("lower_face_strength", "lowerFaceStrength"),
        ("sacadeSeed", "saccadeSeed"),
    ],
)
def test_an_unknown_name_is_answered_with_close_ones(typed: str, meant: str) -> None:
    with pytest.raises(UserError) as caught:
        validated_parameters({typed: 1.0})
    assert caught.value.code == "parameter.unknown"
    assert f"'{meant}'" in caught.value.hint
    assert f"'{typed}'" in caught.value.message


def test_a_name_like_no_other_is_answered_with_all() -> None:
    with pytest.raises(UserError) as caught:
        face_parameter("zzz")
    assert "saccadeSeed" in caught.value.hint


@pytest.mark.parametrize("value", ["1", None, True, [1.0]])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(UserError) as caught:
        validated_parameters({"skinStrength": value})  # type: ignore[dict-item]
    assert caught.value.code == "parameter.not_a_number"


def test_overrides_come_before_the_package_and_the_package_before_the_table() -> None:
    values = effective_parameters({"skinStrength": 1.1, "lowerFaceStrength": 1.4}, {"skinStrength": 2})
    assert tuple(values) == PARAMETER_NAMES
    assert (values["skinStrength"], values["lowerFaceStrength"], values["tongueStrength"]) == (2.0, 1.4, 1.5)


def test_a_gain_of_nonsense_size_is_refused() -> None:
    assert validated_parameters({"inputStrength": 1.3}) == {"inputStrength": 1.3}
    for gain in (-1.0, 1e9, math.nan):
        with pytest.raises(UserError):
            validated_parameters({"inputStrength": gain})
