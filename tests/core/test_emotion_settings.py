"""Settings of the emotion from the voice: ranges, names, what is off."""

from __future__ import annotations

import pytest

from maya_a2f.core.emotion_settings import (
    EMOTION_SETTINGS,
    SETTING_NAMES,
    EmotionAuto,
    auto_from_data,
    checked_auto,
    checked_settings,
)
from maya_a2f.errors import UserError


def test_the_voice_is_off_unless_asked_for() -> None:
    assert not EmotionAuto().is_on
    assert EmotionAuto(0.01).is_on


@pytest.mark.parametrize("setting", EMOTION_SETTINGS, ids=lambda setting: setting.name)
def test_a_range_includes_its_ends_and_nothing_beyond(setting) -> None:  # type: ignore[no-untyped-def]
    for value in (setting.minimum, setting.maximum, setting.default):
        assert checked_settings({setting.name: value}) == {setting.name: value}
    step = 1 if setting.kind != "number" else 1e-3
    for value in (setting.minimum - step, setting.maximum + step, float("nan"), float("inf"), "1", None, True):
        with pytest.raises(UserError, match=setting.name) as caught:
            checked_settings({setting.name: value})
        assert caught.value.code == "emotion.setting_out_of_range"


@pytest.mark.parametrize(
    ("name", "lowest", "highest"),
    [("emotionContrast", 0.3, 3), ("maxEmotions", 1, 6), ("liveBlendCoef", 0, 1), ("preferredEmotionStrength", 0, 1),
     ("emotionStrength", 0, 1)],
)  # fmt: skip
def test_ranges_are_those_of_the_service(name: str, lowest: float, highest: float) -> None:
    setting = next(item for item in EMOTION_SETTINGS if item.name == name)
    assert (setting.minimum, setting.maximum) == (lowest, highest)


def test_the_beginning_has_a_value_for_every_emotion() -> None:
    assert checked_settings({"beginningEmotion.Joy": 1}) == {"beginningEmotion.joy": 1.0}
    assert "beginningEmotion.outofbreath" in SETTING_NAMES
    with pytest.raises(UserError):
        checked_settings({"beginningEmotion.joy": 1.01})


@pytest.mark.parametrize(("name", "near"), [("maxEmotion", "maxEmotions"), ("beginningEmotion.happy", "beginning")])
def test_an_unknown_name_is_refused_with_the_nearest(name: str, near: str) -> None:
    with pytest.raises(UserError) as caught:
        checked_settings({name: 1})
    assert caught.value.code == "emotion.setting_unknown"
    assert near in caught.value.hint


def test_half_an_emotion_is_no_count() -> None:
    with pytest.raises(UserError, match="whole number"):
        checked_settings({"maxEmotions": 2.5})


@pytest.mark.parametrize("strength", [-0.1, 1.01, float("nan"), "1", None, True])
def test_a_strength_outside_0_to_1_is_refused(strength: float) -> None:
    with pytest.raises(UserError) as caught:
        checked_auto(EmotionAuto(strength))
    assert caught.value.code == "emotion.auto_out_of_range"


def test_fields_survive_the_way_to_the_worker() -> None:
    auto = EmotionAuto(0.5, "estimator", {"maxEmotions": 2.0})
    assert auto_from_data(auto.to_fields()) == auto
