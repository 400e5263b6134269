"""Emotion keys: lanes of their own, and what a file may hold."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from maya_a2f.core.emotion_keys import (
    SCHEMA,
    EmotionKey,
    complete_keys,
    key_fields,
    keys_from_data,
    keys_of_lanes,
    lanes,
    read_emotion_keys,
    strength_at,
)
from maya_a2f.errors import UserError

JOY_THEN_ANGER = (EmotionKey(0.0, {"joy": 0.0}), EmotionKey(1.0, {"anger": 0.4}), EmotionKey(2.0, {"joy": 1.0}))


@pytest.mark.parametrize(("seconds", "strength"), [(-5, 0.0), (0, 0.0), (0.5, 0.25), (1, 0.5), (2, 1.0), (9, 1.0)])
def test_a_lane_is_linear_between_its_keys_and_constant_outside(seconds: float, strength: float) -> None:
    assert strength_at(lanes(JOY_THEN_ANGER)["joy"], seconds) == strength


def test_a_key_leaves_the_lanes_alone_that_it_does_not_name() -> None:
    complete = complete_keys(JOY_THEN_ANGER, {})
    assert complete == [
        (0.0, {"joy": 0.0, "anger": 0.4}),
        (1.0, {"joy": 0.5, "anger": 0.4}),
        (2.0, {"joy": 1.0, "anger": 0.4}),
    ]


def test_the_base_holds_where_there_is_no_key_and_only_there() -> None:
    complete = complete_keys(JOY_THEN_ANGER, {"Joy": 0.9, "fear": 0.3})
    assert [strengths["fear"] for _, strengths in complete] == [0.3, 0.3, 0.3]
    assert all("Joy" not in strengths for _, strengths in complete)


def test_keys_go_to_lanes_and_back() -> None:
    assert keys_of_lanes(lanes(JOY_THEN_ANGER)) == JOY_THEN_ANGER


def test_keys_survive_json() -> None:
    assert keys_from_data(json.loads(json.dumps(key_fields(JOY_THEN_ANGER)))) == JOY_THEN_ANGER


def test_two_keys_of_one_emotion_at_one_moment_are_refused() -> None:
    with pytest.raises(UserError, match="'joy' has two keys") as caught:
        complete_keys((EmotionKey(1.0, {"joy": 0.1}), EmotionKey(1.0, {"Joy": 0.2})), {})
    assert caught.value.code == "emotion.bad_keys"


def test_a_time_that_is_no_number_is_refused() -> None:
    with pytest.raises(UserError):
        lanes([EmotionKey(math.nan, {"joy": 0.1})])


@pytest.mark.parametrize(
    "data",
    [
        {},
        [1],
        [{"seconds": 0}],
        [{"seconds": "0", "strengths": {}}],
        [{"seconds": True, "strengths": {}}],
        [{"seconds": 0, "strengths": {"joy": 1.5}}],
        [{"seconds": 0, "strengths": {"joy": None}}],
        [{"seconds": 0, "strengths": {"joy": 0.1}}, {"seconds": 0, "strengths": {"joy": 0.1}}],
    ],
)
def test_data_that_are_no_keys_are_refused(data: Any) -> None:
    with pytest.raises(UserError) as caught:
        keys_from_data(data)
    assert caught.value.code == "emotion.bad_keys"


def test_a_file_is_read_in_the_order_of_time(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"schema": SCHEMA, "keys": key_fields(reversed(JOY_THEN_ANGER))}), "utf-8")
    assert read_emotion_keys(path) == JOY_THEN_ANGER


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "emotion.keys_unreadable"),
        ("{", "emotion.keys_unreadable"),
        ("[]", "emotion.bad_keys"),
        ('{"schema": "a2f.look/1", "keys": []}', "emotion.bad_keys"),
    ],
)
def test_another_file_is_refused_by_name(tmp_path: Path, text: str | None, code: str) -> None:
    path = tmp_path / "keys.json"
    if text is not None:
        path.write_text(text, "utf-8")
    with pytest.raises(UserError, match=r"keys\.json") as caught:
        read_emotion_keys(path)
    assert caught.value.code == code


def test_an_emotion_that_fades_to_nothing_never_falls_below_it() -> None:
    fading = lanes([EmotionKey(0.5, {"joy": 0.8}), EmotionKey(2.0, {"joy": 0.0})])["joy"]
    assert strength_at(fading, 2.0) == 0.0
    assert all(0.0 <= strength_at(fading, 2.0 - step * 1e-16) <= 0.8 for step in range(20))
    for name in range(1, 200):  # any two keys: the second one's moment gives its strength
        before, after = name / 199, (name * 37 % 199) / 199
        lane = [(0.1 * name, before), (0.1 * name + 0.37, after)]
        assert min(before, after) <= strength_at(lane, lane[1][0]) <= max(before, after)
