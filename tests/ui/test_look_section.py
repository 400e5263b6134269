"""The look section as an animator uses it: dials, emotions, keys at the playhead, looks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDoubleSpinBox,
    QInputDialog,
    QLabel,
    QLineEdit,
    QSlider,
)

from maya_a2f import settings
from maya_a2f.core.emotion_keys import EmotionKey
from maya_a2f.core.face_parameters import FACE_PARAMETERS, PARAMETER_NAMES
from maya_a2f.core.look import Change, Look, read_look, write_look
from maya_a2f.ui.dial import Dial
from maya_a2f.ui.emotion_strip import EmotionStrip
from maya_a2f.ui.field_message import FieldMessage
from maya_a2f.ui.layers_section import LayersSection
from maya_a2f.ui.look_section import LookSection
from maya_a2f.ui.look_shelf import LookShelf
from maya_a2f.ui.style_section import StyleSection

MODEL = {
    "report": {
        "facts": {
            "emotions": ["joy", "Anger"],
            "parameters": {"lowerFaceStrength": 1.4, "lipOpenOffset": -0.05},
            "input_strength": 1.3,
        }
    }
}


@pytest.fixture
def own_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shipped = settings.look_folders()[-1]
    monkeypatch.setattr(settings, "look_folders", lambda: (tmp_path / "looks", shipped))
    return tmp_path / "looks"


@pytest.fixture
def section(app: QApplication, own_looks: Path) -> LookSection:
    widget = LookSection()
    widget.set_model(MODEL)
    widget.set_duration(4.0)
    widget.resize(420, 900)
    widget.show()
    return widget


class Spies:
    """Counts what the section says."""

    def __init__(self, section: LookSection) -> None:
        self._spies = (QSignalSpy(section.emotionChanged), QSignalSpy(section.dialsChanged))

    @property
    def counts(self) -> tuple[int, ...]:
        return tuple(spy.count() for spy in self._spies)


def dial(section: LookSection, name: str) -> Dial:
    return next(found for found in section.findChildren(Dial) if found.name == name and found.parent() is not None)


def turn(section: LookSection, name: str, shown: float) -> None:
    """Type a number into a dial's field."""
    field = dial(section, name).findChild(QDoubleSpinBox)
    field.selectAll()
    QTest.keyClicks(field, f"{shown:g}")
    QTest.keyClick(field, Qt.Key.Key_Return)


def button(section: LookSection, words: str) -> QAbstractButton:
    return next(b for b in section.findChildren(QAbstractButton) if b.text().replace("&", "") == words)


def strip(section: LookSection) -> EmotionStrip:
    return section.findChild(EmotionStrip)


def test_a_new_section_changes_nothing(section: LookSection) -> None:
    assert (section.emotion(), section.emotion_keys(), section.parameters()) == ({}, (), {})
    assert section.tail_seconds() == settings.SolveSettings.tail_seconds
    assert section.summary() == "Neutral"


def test_every_parameter_has_one_dial_with_its_meaning(section: LookSection) -> None:
    dials = [found for found in section.findChildren(Dial) if found.name in PARAMETER_NAMES]
    assert sorted(found.name for found in dials) == sorted(PARAMETER_NAMES)
    for parameter in FACE_PARAMETERS:
        words = dial(section, parameter.name).toolTip()
        assert parameter.meaning in words
        assert parameter.name in words


def test_dials_start_from_the_package(section: LookSection) -> None:
    assert dial(section, "lowerFaceStrength").value == 1.4
    assert dial(section, "inputStrength").value == 1.3
    assert dial(section, "skinStrength").value == 1.0


def test_a_turned_dial_is_said_and_can_be_taken_back(section: LookSection) -> None:
    spies = Spies(section)
    turn(section, "lowerFaceStrength", 0.9)
    assert section.parameters() == {"lowerFaceStrength": 0.9}
    assert spies.counts == (0, 1)
    assert dial(section, "lowerFaceStrength").is_changed
    reset = next(b for b in section.findChildren(QAbstractButton) if b.accessibleName() == "Reset Mouth strength")
    assert reset.isEnabled()
    QTest.mouseClick(reset, Qt.MouseButton.LeftButton)
    assert section.parameters() == {}
    assert spies.counts == (0, 2)
    assert not reset.isEnabled()


def test_a_slider_follows_mouse_and_keys(section: LookSection) -> None:
    slider = dial(section, "tongueStrength").findChild(QSlider)
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=slider.rect().center())
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton)
    middle = dial(section, "tongueStrength").value
    assert middle == pytest.approx(1.5, abs=0.05)
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert dial(section, "tongueStrength").value > middle
    QTest.mouseDClick(slider, Qt.MouseButton.LeftButton)
    assert not dial(section, "tongueStrength").is_changed


def test_smoothing_is_shown_in_milliseconds_and_kept_in_seconds(section: LookSection) -> None:
    turn(section, "lowerFaceSmoothing", 12.5)
    assert section.parameters() == {"lowerFaceSmoothing": 0.0125}


def test_another_package_moves_what_nobody_touched(section: LookSection) -> None:
    turn(section, "lipOpenOffset", 0.1)
    section.set_model({"report": {"facts": {"parameters": {"lowerFaceStrength": 1.1, "lipOpenOffset": 0.0}}}})
    assert section.parameters() == {"lipOpenOffset": 0.1}
    assert dial(section, "lowerFaceStrength").value == 1.1


def test_the_model_s_emotions_have_dials(section: LookSection) -> None:
    spies = Spies(section)
    turn(section, "anger", 0.4)
    assert section.emotion() == {"anger": 0.4}
    assert spies.counts == (1, 0)
    section.set_model({"report": {"facts": {"emotions": ["anger", "fear"]}}})
    assert section.emotion() == {"anger": 0.4}
    section.set_model({"report": {"facts": {"emotions": []}}})
    assert section.emotion() == {}


@pytest.mark.parametrize("info", [None, {}, {"report": None}, {"report": {"facts": {"emotions": 3, "parameters": 4}}}])
def test_without_a_model_the_usual_dials_are_there(section: LookSection, info: Any) -> None:
    section.set_model(info)
    assert len(strip(section).layout_now().names) == 10
    assert section.parameters() == {}


def test_a_keyed_emotion_s_dial_shows_the_playhead_and_sets_keys_there(section: LookSection) -> None:
    turn(section, "joy", 0.3)
    strip(section).add_key("joy", 0.0, 0.2)
    strip(section).add_key("joy", 2.0, 1.0)
    spies = Spies(section)
    section.set_playhead(1.0)
    assert dial(section, "joy").value == pytest.approx(0.6)
    assert spies.counts == (0, 0)
    turn(section, "joy", 0.9)
    assert section.emotion_keys() == (
        EmotionKey(0.0, {"joy": 0.2}), EmotionKey(1.0, {"joy": 0.9}), EmotionKey(2.0, {"joy": 1.0}),
    )  # fmt: skip
    assert spies.counts == (1, 0)
    assert section.emotion() == {"joy": 0.3}, "the strength without keys is still known"


def test_a_button_sets_a_key_for_the_emotion_last_touched(section: LookSection) -> None:
    turn(section, "joy", 0.3)
    section.set_playhead(1.5)
    spies = Spies(section)
    QTest.mouseClick(button(section, "Set key"), Qt.MouseButton.LeftButton)
    assert section.emotion_keys() == (EmotionKey(1.5, {"joy": 0.3}),)
    assert spies.counts == (1, 0)
    assert strip(section).isVisible()


def test_a_look_sets_all_at_once_and_says_so(section: LookSection) -> None:
    spies = Spies(section)
    box = section.findChild(QComboBox)
    shelf = section.findChild(LookShelf)
    assert {"Subtle", "Neutral", "Broadcast", "Cartoon", "Whisper", "Shout"} <= set(shelf.names)
    at = shelf.names.index("Mumble")
    box.setCurrentIndex(at)
    box.activated.emit(at)
    assert spies.counts == (1, 1)
    assert section.parameters()["lowerFaceStrength"] == pytest.approx(0.6 * 1.4), "relative to the package's value"
    assert section.summary() == "Mumble"
    turn(section, "skinStrength", 0.5)
    assert section.summary() == "Mumble (changed)"
    assert box.currentIndex() == -1


def test_a_look_sets_style_and_layers_and_a_saved_one_holds_them(section: LookSection, own_looks: Path) -> None:
    layers = LayersSection()
    section.use_layers(layers)
    section.set_look(read_look(settings.look_folders()[-1] / "Cartoon.look.json"))
    assert section.summary().startswith("Cartoon")
    assert "changed" not in section.summary()
    assert section.style_settings()["exaggeration"] == 1.5
    assert (dial(section, "lipLead").value, layers.layers().head.strength) == (30.0, 1.6)
    turn(section, "jawStyle", -0.4)
    assert section.summary().startswith("Cartoon (changed)")
    section.findChild(LookShelf).save_asked.emit("Mine")
    saved = read_look(own_looks / "Mine.look.json")
    assert (saved.style, saved.layers) == (section.style_settings(), layers.layers())
    section.set_look(Look("Calm"))
    assert (section.style_settings(), layers.layers().head.strength) == ({}, None)


def test_single_channels_are_read_and_nonsense_is_said_beside_the_field(section: LookSection) -> None:
    part = section.findChild(StyleSection)
    message, spy = part.findChild(FieldMessage), QSignalSpy(part.changed)
    for text, style in (
        ("mouthSmile.gain=1.3; brows.mute=1", {"brows.mute": 1.0, "mouthSmile.gain": 1.3}),
        ("mouthSmile.gain=9", {}),
        ("mouthSmile", {}),
        ("", {}),
    ):
        field = next(found for found in part.findChildren(QLineEdit) if found.accessibleName() == "Channels")
        field.setText(text)
        field.editingFinished.emit()
        assert part.style_settings() == style
        assert bool(message.text) is (bool(text) and not style)
    assert spy.count() == 4


def test_a_channel_that_the_model_does_not_have_is_refused_beside_the_field(section: LookSection) -> None:
    part = section.findChild(StyleSection)
    message = part.findChild(FieldMessage)
    field = next(found for found in part.findChildren(QLineEdit) if found.accessibleName() == "Channels")
    field.setText("mouthSmle.gain=1.3; lip_roll_in.gain=2; brows.mute=1")
    field.editingFinished.emit()
    assert message.text == "", "the model is not known yet"
    section.set_model({"report": {"facts": {"skin_poses": ["lip_roll_in", "jawOpen"]}}})
    assert "There is no channel 'mouthSmle' to style" in message.text
    assert part.style_settings() == {}
    field.setText("mouthSmile.gain=1.3; lip_roll_in.gain=2; brows.mute=1")
    field.editingFinished.emit()
    assert message.text == ""
    assert part.style_settings() == {"brows.mute": 1.0, "lip_roll_in.gain": 2.0, "mouthSmile.gain": 1.3}


def test_the_style_comes_back_as_it_was_and_survives_damage(section: LookSection) -> None:
    section.set_look(Look("Odd", style={"lipLead": 40.0, "tongueOut.mute": 1.0}))
    other = LookSection()
    other.restore(section.state())
    assert other.style_settings() == {"lipLead": 40.0, "tongueOut.mute": 1.0}
    for damage in (None, 3, {"dials": [], "channels": 4}, {"dials": {"lipLead": "x"}}):
        other.restore({"style": damage})
        assert other.style_settings() == {}


def test_a_look_leaves_the_keys_of_the_clip_alone(section: LookSection) -> None:
    strip(section).add_key("joy", 1.0, 0.5)
    section.set_look(Look("Calm"))
    assert section.emotion_keys() == (EmotionKey(1.0, {"joy": 0.5}),)


def test_emotions_the_model_lacks_are_said(section: LookSection) -> None:
    section.set_look(Look("Sad", {"sadness": 0.5, "joy": 0.1}))
    assert section.emotion() == {"joy": 0.1}
    assert "no Sadness" in section.findChild(FieldMessage).text


def test_what_the_dials_say_is_saved_and_chosen_again(
    section: LookSection, own_looks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn(section, "skinStrength", 0.7)
    turn(section, "joy", 0.25)
    monkeypatch.setattr(QInputDialog, "getText", lambda *rest, **more: ("My look", True))
    QTest.mouseClick(button(section, "Save…"), Qt.MouseButton.LeftButton)
    [path] = own_looks.iterdir()
    saved = read_look(path)
    assert (saved.name, dict(saved.emotion)) == ("My look", {"joy": 0.25})
    assert saved.parameters == {"skinStrength": Change(value=0.7)}
    assert section.summary().startswith("My look ·")
    QTest.mouseClick(button(section, "Reset all"), Qt.MouseButton.LeftButton)
    section.findChild(LookShelf).choose("My look")
    assert section.parameters() == {"skinStrength": 0.7}


def test_only_the_user_s_own_looks_can_be_deleted(section: LookSection, own_looks: Path) -> None:
    shelf = section.findChild(LookShelf)
    shelf.choose("Shout")
    shelf.delete()
    assert "Shout" in shelf.names
    write_look(Look("Mine"), own_looks)
    shelf.read_folders()
    shelf.choose("Mine")
    shelf.delete()
    assert "Mine" not in shelf.names


def test_a_look_that_cannot_be_saved_is_an_error_in_place(section: LookSection, own_looks: Path) -> None:
    own_looks.write_text("in the way")
    section.findChild(LookShelf).save(Look("Mine"))
    assert "was not written" in section.findChild(FieldMessage).text


def test_reset_all_takes_everything_back(section: LookSection) -> None:
    turn(section, "skinStrength", 0.7)
    turn(section, "joy", 0.25)
    turn(section, "tail", 1.0)
    strip(section).add_key("anger", 1.0, 0.5)
    spies = Spies(section)
    QTest.mouseClick(button(section, "Reset all"), Qt.MouseButton.LeftButton)
    assert (section.emotion(), section.emotion_keys(), section.parameters()) == ({}, (), {})
    assert section.tail_seconds() == settings.SolveSettings.tail_seconds
    assert spies.counts == (1, 1)
    assert section.summary() == "Neutral"


def test_the_state_survives_json_and_restoring_says_nothing(section: LookSection) -> None:
    turn(section, "skinStrength", 0.7)
    turn(section, "joy", 0.25)
    turn(section, "tail", 0.5)
    strip(section).add_key("anger", 1.0, 0.5)
    state = json.loads(json.dumps(section.state()))
    other = LookSection()
    other.set_model(MODEL)
    spies = Spies(other)
    other.restore(state)
    assert other.state() == section.state()
    assert (other.parameters(), other.tail_seconds()) == ({"skinStrength": 0.7}, 0.5)
    assert other.emotion_keys() == section.emotion_keys()
    assert spies.counts == (0, 0)


@pytest.mark.parametrize(
    "state",
    [
        None,
        [],
        {"emotion": {"joy": "much"}, "parameters": {"skinStrength": None, "nonsense": 1}},
        {"emotion_keys": [{"seconds": "x"}]},
        {"emotion_keys": 7, "tail_seconds": "long", "look": 3, "more": "yes"},
        {"parameters": {"skinStrength": float("nan")}, "tail_seconds": 1e9},
    ],
)
def test_a_damaged_state_does_no_harm(section: LookSection, state: Any) -> None:
    section.restore(state)
    assert section.emotion_keys() == ()
    assert section.parameters() == {}
    assert section.emotion() == {}
    assert 0 <= section.tail_seconds() <= 60


def test_the_six_most_used_are_in_sight_and_the_rest_under_more(section: LookSection) -> None:
    main = ["lowerFaceStrength", "lowerTeethStrength", "tongueStrength", "upperFaceStrength", "lipOpenOffset"]
    assert all(dial(section, name).isVisible() for name in (*main, "lowerFaceSmoothing", "tail", "joy"))
    assert not dial(section, "saccadeStrength").isVisible()
    QTest.mouseClick(button(section, "More"), Qt.MouseButton.LeftButton)
    assert dial(section, "saccadeStrength").isVisible()
    turn(section, "saccadeStrength", 0.0)
    assert any(label.text() == "1 changed" for label in section.findChildren(QLabel))


def test_it_fits_a_narrow_panel(section: LookSection) -> None:
    section.restore({"more": True, "over_time": True})
    assert section.minimumSizeHint().width() <= 420
