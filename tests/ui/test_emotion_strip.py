"""The emotion strip under an animator's hands: mouse, keyboard, what it shows."""

from __future__ import annotations

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication

from maya_a2f.core.emotion_keys import EmotionKey
from maya_a2f.errors import UserError
from maya_a2f.ui.emotion_strip import EmotionStrip
from maya_a2f.ui.theme import maya_like_palette

KEYS = (EmotionKey(1.0, {"joy": 0.2}), EmotionKey(3.0, {"joy": 0.8, "anger": 0.5}))


@pytest.fixture
def strip(app: QApplication) -> EmotionStrip:
    widget = EmotionStrip()
    widget.setPalette(maya_like_palette())
    widget.set_duration(4.0)
    widget.resize(420, widget.sizeHint().height())
    widget.show()
    return widget


def in_large(strip: EmotionStrip, seconds: float, strength: float) -> QPoint:
    layout = strip.layout_now()
    box = layout.large
    return QPointF(layout.x_of(seconds), box.bottom() - strength * box.height()).toPoint()


def in_lane(strip: EmotionStrip, name: str, seconds: float) -> QPoint:
    layout = strip.layout_now()
    return QPointF(layout.x_of(seconds), layout.lane(name).center().y()).toPoint()


def lane(strip: EmotionStrip, name: str) -> list[tuple[float, float]]:
    return [(key.seconds, key.strengths[name]) for key in strip.emotion_keys() if name in key.strengths]


def drag(strip: EmotionStrip, start: QPoint, end: QPoint) -> None:
    left = Qt.MouseButton.LeftButton
    QTest.mousePress(strip, left, pos=start)
    for share in (0.3, 0.7, 1.0):
        at = QPointF(start) + (QPointF(end) - QPointF(start)) * share
        _move(strip, at)
    QTest.mouseRelease(strip, left, pos=end)


def _move(strip: EmotionStrip, at: QPointF) -> None:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    button = Qt.MouseButton.LeftButton
    event = QMouseEvent(
        QEvent.Type.MouseMove, at, strip.mapToGlobal(at), button, button, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(strip, event)


def test_a_double_click_in_a_lane_adds_a_key_there(strip: EmotionStrip) -> None:
    spy = QSignalSpy(strip.emotionChanged)
    QTest.mouseDClick(strip, Qt.MouseButton.LeftButton, pos=in_lane(strip, "fear", 2.0))
    [(seconds, strength)] = lane(strip, "fear")
    assert seconds == pytest.approx(2.0, abs=0.02)
    assert strength == pytest.approx(0.5, abs=0.15)
    assert spy.count() == 1
    assert strip.chosen == "fear"


def test_a_double_click_in_the_large_lane_sets_the_strength_too(strip: EmotionStrip) -> None:
    strip.choose("joy")
    QTest.mouseDClick(strip, Qt.MouseButton.LeftButton, pos=in_large(strip, 1.5, 0.75))
    assert lane(strip, "joy") == [(pytest.approx(1.5, abs=0.02), pytest.approx(0.75, abs=0.051))]


def test_a_key_is_dragged_in_time_and_strength(strip: EmotionStrip) -> None:
    strip.set_keys(KEYS)
    strip.choose("joy")
    spy = QSignalSpy(strip.emotionChanged)
    drag(strip, in_large(strip, 1.0, 0.2), in_large(strip, 2.0, 0.9))
    moved = lane(strip, "joy")
    assert moved[0] == (pytest.approx(2.0, abs=0.03), pytest.approx(0.9, abs=0.03))
    assert moved[1] == (3.0, 0.8)
    assert spy.count() >= 1
    assert lane(strip, "anger") == [(3.0, 0.5)]


def test_a_key_in_a_thin_lane_keeps_its_strength(strip: EmotionStrip) -> None:
    strip.set_keys(KEYS)
    drag(strip, in_lane(strip, "joy", 1.0), in_lane(strip, "joy", 2.0) + QPoint(0, 4))
    assert lane(strip, "joy")[0] == (pytest.approx(2.0, abs=0.03), 0.2)


def test_a_key_never_passes_its_neighbour_or_leaves_the_clip(strip: EmotionStrip) -> None:
    strip.set_keys(KEYS)
    strip.choose("joy")
    drag(strip, in_large(strip, 1.0, 0.2), in_large(strip, 3.9, 0.2))
    assert lane(strip, "joy")[0][0] == 2.999
    drag(strip, in_large(strip, 3.0, 0.8), QPoint(strip.width() + 500, 0))
    assert lane(strip, "joy")[1][0] <= 4.0


def test_a_click_without_a_way_moves_nothing(strip: EmotionStrip) -> None:
    strip.set_keys(KEYS)
    spy = QSignalSpy(strip.emotionChanged)
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=in_lane(strip, "anger", 3.0))
    assert (strip.chosen, strip.chosen_key) == ("anger", 0)
    assert spy.count() == 0
    assert strip.emotion_keys() == KEYS


def test_delete_removes_the_chosen_key_only(strip: EmotionStrip) -> None:
    strip.set_keys(KEYS)
    strip.choose("joy", 1)
    QTest.keyClick(strip, Qt.Key.Key_Delete)
    assert lane(strip, "joy") == [(1.0, 0.2)]
    assert lane(strip, "anger") == [(3.0, 0.5)]
    QTest.keyClick(strip, Qt.Key.Key_Delete)
    assert not strip.is_keyed("joy")
    before = strip.emotion_keys()
    QTest.keyClick(strip, Qt.Key.Key_Delete)
    assert strip.emotion_keys() == before


def test_everything_can_be_done_by_keyboard(strip: EmotionStrip) -> None:
    strip.choose("amazement")
    strip.set_playhead(1.25)
    QTest.keyClick(strip, Qt.Key.Key_Down)
    assert strip.chosen == "anger"
    QTest.keyClick(strip, Qt.Key.Key_Return)
    assert lane(strip, "anger") == [(1.25, 0.0)]
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    for _ in range(4):
        QTest.keyClick(strip, Qt.Key.Key_Up, control)
    QTest.keyClick(strip, Qt.Key.Key_Up, control | shift)
    QTest.keyClick(strip, Qt.Key.Key_Right, control)
    assert lane(strip, "anger") == [(1.3, 0.21)]
    strip.set_playhead(2.0)
    QTest.keyClick(strip, Qt.Key.Key_Insert)
    QTest.keyClick(strip, Qt.Key.Key_Left)
    assert strip.chosen_key == 0
    assert "Anger 0.21 at 1.30 s (key 1 of 2)" in strip.accessibleDescription()
    QTest.keyClick(strip, Qt.Key.Key_Escape)
    assert strip.chosen_key is None


def test_the_menu_offers_what_is_possible(strip: EmotionStrip) -> None:
    strip.set_keys(KEYS)
    strip.choose("joy")
    offered = {action.text().replace("&", ""): action for action in strip.menu(2.0).actions()}
    assert not offered["Delete key"].isEnabled()
    assert not offered["Add key at the playhead"].isEnabled()
    offered["Add key for Joy here"].trigger()
    assert lane(strip, "joy")[1] == (2.0, 0.5)
    offered["Delete all keys of Joy"].trigger()
    assert strip.emotion_keys() == (EmotionKey(3.0, {"anger": 0.5}),)


def test_setting_from_outside_says_nothing(strip: EmotionStrip) -> None:
    spy = QSignalSpy(strip.emotionChanged)
    strip.set_keys(KEYS)
    strip.set_base({"fear": 0.5})
    strip.set_emotions(["joy", "anger"])
    strip.choose("joy")
    assert spy.count() == 0
    assert strip.emotion_keys() == KEYS


def test_contradicting_keys_are_refused(strip: EmotionStrip) -> None:
    with pytest.raises(UserError):
        strip.set_keys([EmotionKey(1.0, {"joy": 0.1}), EmotionKey(1.0, {"joy": 0.2})])


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_what_is_keyed_can_be_seen(strip: EmotionStrip, scale: float) -> None:
    def drawn() -> QImage:
        image = QImage(strip.size() * scale, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(scale)
        strip.render(image)
        return image

    empty = drawn()
    strip.set_keys(KEYS)
    keyed = drawn()
    strip.set_playhead(2.0)
    assert len({bytes(image.constBits()) for image in (empty, keyed, drawn())}) == 3


def test_it_can_be_shown_without_a_clip_or_emotions(strip: EmotionStrip) -> None:
    strip.set_duration(None)
    strip.grab()
    strip.set_emotions([])
    strip.grab()
    QTest.keyClick(strip, Qt.Key.Key_Return)
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(100, 20))
    assert strip.emotion_keys() == ()
