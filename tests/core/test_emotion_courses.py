"""Emotion from the voice as keys to edit."""

from __future__ import annotations

import math

import pytest

from maya_a2f.core.emotion_courses import TOLERANCE, keys_of_courses
from maya_a2f.core.emotion_keys import lanes, strength_at

HILL = [0.6 * math.exp(-(((at / 30 - 2.0) / 0.5) ** 2)) for at in range(150)]


def test_few_keys_follow_the_course() -> None:
    keys = keys_of_courses({"joy": HILL, "fear": [0.01] * 150}, 30.0)
    found = lanes(keys)
    assert set(found) == {"joy"}
    assert 3 <= len(found["joy"]) <= 20
    for at, value in enumerate(HILL):
        assert strength_at(found["joy"], at / 30) == pytest.approx(value, abs=TOLERANCE + 0.002)


def test_a_share_scales_them() -> None:
    half = lanes(keys_of_courses({"joy": HILL}, 30.0, share=0.5))["joy"]
    assert max(value for _, value in half) == pytest.approx(0.3, abs=TOLERANCE)


def test_silence_gives_no_keys() -> None:
    assert keys_of_courses({"joy": [0.0] * 10, "fear": []}, 30.0) == ()
