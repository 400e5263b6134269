"""Emotion from the voice and on attributes of the host, in the Look section and its strip."""

from __future__ import annotations

from array import array

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QDoubleSpinBox, QPushButton

from maya_a2f.core.emotion_direction import EmotionDirection
from maya_a2f.core.emotion_keys import EmotionKey
from maya_a2f.core.emotion_settings import EmotionAuto
from maya_a2f.ui.dial import Dial
from maya_a2f.ui.emotion_strip import EmotionStrip
from maya_a2f.ui.look_section import LookSection
from maya_a2f.ui.theme import maya_like_palette
from maya_a2f.ui.voice_curves import VoiceCourse
from maya_a2f.ui.voice_section import status_words

COURSE = VoiceCourse(30.0, {"joy": array("f", [0.0] * 30 + [0.8] * 60), "fear": array("f", [0.0] * 90)}, {})


@pytest.fixture
def section(app: QApplication) -> LookSection:
    widget = LookSection()
    widget.setPalette(maya_like_palette())
    widget.set_duration(3.0)
    widget.resize(420, 900)
    widget.show()
    return widget


def switch(widget: object) -> QCheckBox:
    return next(box for box in widget.findChildren(QCheckBox) if "voice" in box.text().replace("&", ""))  # type: ignore[attr-defined]


def turn(section: LookSection, name: str, value: float) -> None:
    dial = next(found for found in section.findChildren(Dial) if found.name == name)
    field = dial.findChild(QDoubleSpinBox)
    field.selectAll()
    QTest.keyClicks(field, f"{value:g}")
    QTest.keyClick(field, Qt.Key.Key_Return)


def strip(section: LookSection) -> EmotionStrip:
    return section.findChild(EmotionStrip)


def control_button(section: LookSection, words: str) -> QPushButton:
    return next(each for each in section.findChildren(QPushButton) if each.text().replace("&", "") == words)


# The section


def test_the_voice_is_off_until_it_is_switched_on(section: LookSection) -> None:
    spy = QSignalSpy(section.emotionChanged)
    assert section.emotion_auto() == EmotionAuto()
    switch(section).click()
    assert section.emotion_auto().strength == 0.7
    assert spy.count() == 1
    turn(section, "fromVoice", 0.4)
    turn(section, "emotion.maxEmotions", 2)
    assert section.emotion_auto() == EmotionAuto(0.4, "", {"maxEmotions": 2.0})
    switch(section).click()
    assert section.emotion_auto().strength == 0


def test_what_was_chosen_comes_back(section: LookSection, app: QApplication) -> None:
    switch(section).click()
    turn(section, "fromVoice", 0.4)
    turn(section, "emotion.emotionContrast", 1.5)
    other = LookSection()
    other.restore(section.state())
    assert other.emotion_auto() == section.emotion_auto() == EmotionAuto(0.4, "", {"emotionContrast": 1.5})
    other.restore({"voice": {"on": 1, "settings": [], "strength": "x"}})
    assert other.emotion_auto() == EmotionAuto()


def test_reset_switches_the_voice_off(section: LookSection) -> None:
    switch(section).click()
    turn(section, "emotion.maxEmotions", 2)
    section.reset()
    assert section.emotion_auto() == EmotionAuto()


def test_who_listened_and_how_sure_it_was_is_told() -> None:
    words = status_words({"description": "our own estimator", "certainty": {"mean": 0.31}, "strongest": {"joy": 0.42}})
    assert words == "Heard by our own estimator; certainty 0.31; strongest joy 0.42."
    assert "stays neutral" in status_words({"description": "x", "strongest": {}})


# The strip


def picture(widget: EmotionStrip) -> QImage:
    return widget.grab().toImage()


def test_the_voice_is_drawn_faintly_below_the_keys_in_its_share(section: LookSection, app: QApplication) -> None:
    section.emotions._over_time.set_open(True)
    app.processEvents()
    shown = strip(section)
    before = picture(shown)
    section.emotions.set_voice(COURSE)
    assert picture(shown) == before, "the voice is off"
    switch(section).click()
    app.processEvents()
    layout = shown.layout_now()
    lane = layout.lane("joy")
    drawn, bare = picture(shown), before
    assert drawn.size() == bare.size()

    def differs(seconds: float, name: str) -> bool:
        column = round(layout.x_of(seconds))
        rows = range(round(layout.lane(name).top()), round(layout.lane(name).center().y()))
        return any(drawn.pixel(column, row) != bare.pixel(column, row) for row in rows)

    assert differs(2.0, "joy")
    assert not differs(0.3, "joy")
    assert not differs(2.0, "fear")
    assert lane.height() > 0
    section.emotions.set_voice(None)
    assert picture(shown) == before


def test_a_course_is_read_at_the_nearest_sample_and_holds_at_its_ends() -> None:
    assert [round(COURSE.strength_at("joy", at), 3) for at in (-1, 0, 0.99, 1.01, 50)] == [0, 0, 0.8, 0.8, 0.8]
    assert COURSE.strength_at("pain", 1.0) == 0


def test_the_voice_turns_into_keys_that_show_the_same(section: LookSection) -> None:
    strip(section).set_keys((EmotionKey(0.0, {"joy": 0.0}), EmotionKey(2.0, {"joy": 1.0})))
    section.emotions.set_voice(COURSE)
    switch(section).click()
    turn(section, "fromVoice", 0.5)
    spy = QSignalSpy(section.emotionChanged)
    wanted = [0.5 * strip(section).strength("joy", at) + 0.5 * COURSE.strength_at("joy", at) for at in (0.5, 1.5, 2.5)]
    control_button(section, "Turn into keys").click()
    assert spy.count() == 1
    assert section.emotion_auto().strength == 0
    assert [strip(section).strength("joy", at) for at in (0.5, 1.5, 2.5)] == pytest.approx(wanted, abs=0.025)
    assert {name for key in section.emotion_keys() for name in key.strengths} == {"joy"}


# Attributes in the host

DIRECTION = EmotionDirection("feelings", {"fear": 0.3}, (EmotionKey(0.5, {"joy": 0.8}),), 0.5)


def test_emotions_of_the_host_are_shown_and_not_edited_here(section: LookSection) -> None:
    section.emotions.set_control_offer("Maya")
    spy = QSignalSpy(section.emotions.controlAsked)
    control_button(section, "Key in Maya").click()
    assert spy.at(0) == [True]
    section.emotions.set_directed(DIRECTION)
    assert (section.emotion(), section.emotion_keys()) == (dict(DIRECTION.emotion), DIRECTION.keys)
    assert section.emotion_auto().strength == 0.5
    assert not strip(section).isEnabled()
    control_button(section, "Back here").click()
    assert spy.at(1) == [False]
    section.emotions.set_directed(None)
    assert section.emotion_keys() == DIRECTION.keys
    assert strip(section).isEnabled()


def test_without_such_a_host_nothing_is_offered(section: LookSection) -> None:
    assert not [each for each in section.findChildren(QPushButton) if "Key in" in each.text() and each.isVisible()]
