"""The character section as an animator and a character TD use it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton

from maya_a2f.core.channels import ARKIT_CHANNELS
from maya_a2f.core.rig import Rig, RigAttribute
from maya_a2f.core.rig_map import Drive, RigMap, read_rig_map, write_rig_map
from maya_a2f.ui.attribute_adder import AttributeAdder
from maya_a2f.ui.character_section import CharacterSection
from maya_a2f.ui.drive_editor import TermCompleter
from maya_a2f.ui.panel_host import Abilities, FoundCharacter
from maya_a2f.ui.rig_map_model import Column
from maya_a2f.ui.rig_map_window import RigMapWindow
from tests.ui.face_host import FaceHost

FACE = tuple(RigAttribute(f"face.{name}", "weight", lowest=0.0, highest=2.0) for name in ARKIT_CHANNELS)
CONTROLS = (
    RigAttribute("L_eye.rotateY", "rotate", rest=5.0),
    RigAttribute("R_eye.rotateY", "rotate"),
    RigAttribute("jaw_ctl.rotateX", "rotate", rest=2.0, lowest=-10.0, highest=10.0),
    RigAttribute("lids.squash", "weight"),
)
HERO = FoundCharacter(
    "hero",
    Rig("hero", (*FACE, *CONTROLS)),
    remarks=("The envelope of the blendShape 'face' is 0: its keys would not show.",),
    blocked={
        "face.jawOpen": "it is locked",
        "face.jawLeft": "it is locked",
        "face.cheekPuff": "an expression drives it",
        "lids.squash": "it is locked",
    },
    fixable={"face.jawOpen": "Unlock", "face.jawLeft": "Unlock", "lids.squash": "Unlock"},
)
BALL = FoundCharacter("ball", Rig("ball", (RigAttribute("ball.bounce", "weight"),)))


@pytest.fixture
def host(app: QApplication) -> FaceHost:
    return FaceHost(HERO, BALL)


@pytest.fixture
def section(host: FaceHost) -> CharacterSection:
    return CharacterSection(host)


@pytest.fixture
def window(section: CharacterSection) -> RigMapWindow:
    section.choose("hero")
    return section.open_map()


def button(section: CharacterSection | RigMapWindow, words: str) -> QPushButton:
    buttons: list[QPushButton] = section.findChildren(QPushButton)
    return next(found for found in buttons if found.text().replace("&", "") == words)


def cell(window: RigMapWindow, name: str, column: Column) -> str:
    model = window.table.model()
    return str(model.index(window.table._model.row_of(name), column).data())


def type_in(window: RigMapWindow, name: str, column: Column, text: str) -> bool:
    model = window.table._model
    return model.setData(model.index(model.row_of(name), column), text)


def drive(section: CharacterSection, name: str) -> Drive | None:
    rig_map = section.rig_map()
    assert rig_map is not None
    return rig_map.drives.get(name)


# picking


def test_nothing_selected_is_said_in_place(section: CharacterSection) -> None:
    changes = QSignalSpy(section.characterChanged)
    button(section, "Pick selected").click()
    assert "No character is selected." in section.message.text
    assert section.character() is None
    assert section.rig_map() is None
    assert changes.count() == 0


def test_the_selected_character_is_picked_and_described(host: FaceHost, section: CharacterSection) -> None:
    changes, maps = QSignalSpy(section.characterChanged), QSignalSpy(section.rigMapChanged)
    button(section, "Pick selected").click()
    host.selected = "hero"
    button(section, "Pick selected").click()
    assert section.message.text == ""
    assert section.character() is HERO
    assert (changes.count(), maps.count()) == (1, 1)
    assert section._readiness.words == "49 of 52 shapes, no jaw, eyes by shapes, no tongue"
    assert HERO.remarks[0].replace("_", "") in "".join(section._readiness.remarks)
    assert section._names.currentText() == "hero"


def test_a_failed_pick_keeps_the_character_there_is(host: FaceHost, section: CharacterSection) -> None:
    section.choose("hero")
    button(section, "Pick selected").click()
    assert section.character() is HERO
    assert section._names.currentText() == "hero"


def test_a_character_without_faces_says_that_nothing_is_driven(section: CharacterSection) -> None:
    section.choose("ball")
    assert section._readiness.words == "Nothing is driven"


def test_a_standalone_host_with_one_character_has_it_at_once(app: QApplication) -> None:
    abilities = Abilities(
        plays_sound=False, has_layers=False, picks_from_selection=False, writes_file=True, live_rig=False
    )
    section = CharacterSection(FaceHost(HERO, abilities=abilities))
    assert section.character() is HERO
    assert section._pick.isHidden()


def test_a_character_that_went_away_is_named(host: FaceHost, section: CharacterSection) -> None:
    section.choose("hero")
    changes = QSignalSpy(section.characterChanged)
    del host.found["hero"]
    section.refresh()
    assert section.character() is None
    assert "'hero'" in section.message.text
    assert changes.count() == 0


# blocked attributes


def test_blocked_attributes_are_grouped_by_reason_and_fixed(host: FaceHost, section: CharacterSection) -> None:
    section.choose("hero")
    assert section._blocked.sentences == [
        "Locked: face.jawLeft, face.jawOpen",
        "An expression drives it: face.cheekPuff",
    ]
    button(section, "Unlock").click()
    assert [(who, set(names)) for who, names in host.fixed] == [("hero", {"face.jawOpen", "face.jawLeft"})]
    assert section._blocked.sentences == ["An expression drives it: face.cheekPuff"]
    assert section._readiness.words.startswith("51 of 52 shapes, jaw shape")


def test_a_fix_keeps_the_edits_of_the_map(section: CharacterSection, window: RigMapWindow) -> None:
    assert type_in(window, "face.jawOpen", Column.GAIN, "0.5")
    button(section, "Unlock").click()
    assert drive(section, "face.jawOpen") == Drive({"jawOpen": 0.5}, limits=(0.0, 2.0))


def test_blocked_attributes_that_cannot_be_fixed_are_shown_in_the_map(section: CharacterSection) -> None:
    section.choose("hero")
    button(section, "Show…").click()
    window = section._window
    assert window is not None
    assert window.table._model.rowCount() == 4
    assert cell(window, "face.cheekPuff", Column.STATUS) == "an expression drives it"


# the table


def test_a_search_narrows_the_rows(window: RigMapWindow) -> None:
    QTest.keyClicks(window._search, "browdown")
    model = window.table._model
    assert [model.name(row) for row in range(model.rowCount())] == ["face.browDownLeft", "face.browDownRight"]
    assert window._count.text() == "2 of 56"


def test_an_edited_cell_changes_the_map_and_undo_brings_it_back(
    section: CharacterSection, window: RigMapWindow
) -> None:
    before, maps = section.rig_map(), QSignalSpy(section.rigMapChanged)
    assert type_in(window, "face.jawOpen", Column.GAIN, "0.8")
    assert type_in(window, "face.jawOpen", Column.LOWEST, "0.1")
    assert drive(section, "face.jawOpen") == Drive({"jawOpen": 0.8}, limits=(0.1, 2.0))
    assert maps.count() == 2
    button(window, "Undo").click()
    button(window, "Undo").click()
    assert section.rig_map() == before
    assert not button(window, "Undo").isEnabled()
    button(window, "Redo").click()
    assert drive(section, "face.jawOpen") == Drive({"jawOpen": 0.8}, limits=(0.0, 2.0))


def test_a_sum_of_channels_is_typed_in_the_cell(section: CharacterSection, window: RigMapWindow) -> None:
    table, model = window.table, window.table._model
    table.select("jaw_ctl.rotateX")
    QTest.keyClick(table, Qt.Key.Key_Return)
    editor = table.findChild(QComboBox)
    assert editor is not None
    QTest.keyClicks(editor, "20 jawOpen + 5 mouthClse")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QApplication.processEvents()
    assert drive(section, "jaw_ctl.rotateX") is None
    assert "'mouthClse'" in window.message.text
    assert "mouthClose" in window.message.text
    assert editor.isVisible()
    for _ in range(2):
        QTest.keyClick(editor, Qt.Key.Key_Backspace)
    QTest.keyClicks(editor, "ose")
    assert window.message.text == ""
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QApplication.processEvents()
    assert drive(section, "jaw_ctl.rotateX") == Drive({"jawOpen": 20.0, "mouthClose": 5.0})
    assert cell(window, "jaw_ctl.rotateX", Column.STATUS) == "by hand"
    assert model.row_of("jaw_ctl.rotateX") >= 0


def test_a_completion_fills_in_the_last_name_of_a_sum(section: CharacterSection, window: RigMapWindow) -> None:
    window.table.select("jaw_ctl.rotateX")
    window.table.edit(window.table.currentIndex().siblingAtColumn(Column.CHANNELS))
    editor = window.table.findChild(QComboBox)
    assert editor is not None
    QTest.keyClicks(editor, "20 jawOpen + 5 cheekpu")
    popup = editor.findChild(TermCompleter).popup()
    assert popup.model().rowCount() == 1
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    assert editor.currentText() == "20 jawOpen + 5 cheekPuff"
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QApplication.processEvents()
    assert drive(section, "jaw_ctl.rotateX") == Drive({"jawOpen": 20.0, "cheekPuff": 5.0})


def test_what_cannot_be_taken_is_said_and_the_cell_keeps_its_value(window: RigMapWindow) -> None:
    assert not type_in(window, "face.mouthClose", Column.GAIN, "lots")
    assert "'lots'" in window.message.text
    assert cell(window, "face.mouthClose", Column.GAIN) == "1"
    assert type_in(window, "face.mouthClose", Column.GAIN, "2")
    assert window.message.text == ""


def test_an_edit_of_a_selected_row_is_one_of_all_selected_and_one_undo_step(
    section: CharacterSection, window: RigMapWindow
) -> None:
    QTest.keyClicks(window._search, "browdown")
    window.table.selectAll()
    assert type_in(window, "face.browDownLeft", Column.OFFSET, "0.25")
    assert [drive(section, f"face.browDown{side}").offset for side in ("Left", "Right")] == [0.25, 0.25]  # type: ignore[union-attr]
    button(window, "Undo").click()
    assert [drive(section, f"face.browDown{side}").offset for side in ("Left", "Right")] == [0.0, 0.0]  # type: ignore[union-attr]


def test_a_click_mutes_and_space_unmutes(section: CharacterSection, window: RigMapWindow) -> None:
    table, model = window.table, window.table._model
    table.select("face.mouthClose")
    place = table.visualRect(model.index(model.row_of("face.mouthClose"), Column.MUTE)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert drive(section, "face.mouthClose").muted  # type: ignore[union-attr]
    assert "mutes 'face.mouthClose'" in "".join(section._readiness.remarks)
    QTest.keyClick(table, Qt.Key.Key_Space)
    assert not drive(section, "face.mouthClose").muted  # type: ignore[union-attr]


def test_delete_empties_a_row_and_frees_its_channel(section: CharacterSection, window: RigMapWindow) -> None:
    section.set_channels(ARKIT_CHANNELS)
    window.table.select("face.mouthClose")
    QTest.keyClick(window.table, Qt.Key.Key_Delete)
    assert drive(section, "face.mouthClose") is None
    assert window._unused.text() == "1 channel drives nothing…"
    window._unused.click()
    model = window.table._model
    assert [model.name(row) for row in range(model.rowCount())] == ["mouthClose"]
    assert model.setData(model.index(0, Column.ATTRIBUTE), "lids.squash")
    assert drive(section, "lids.squash") == Drive({"mouthClose": 1.0})
    assert model.rowCount() == 0


def test_an_unused_channel_joins_what_drives_an_attribute_already(
    section: CharacterSection, window: RigMapWindow
) -> None:
    window.set_filter("unused")
    model = window.table._model
    row = model.row_of("tongueUp")
    assert model.setData(model.index(row, Column.ATTRIBUTE), "face.tongueOut")
    assert drive(section, "face.tongueOut").gains == {"tongueOut": 1.0, "tongueUp": 1.0}  # type: ignore[union-attr]
    assert not model.setData(model.index(0, Column.ATTRIBUTE), "face.nothing")
    assert "'face.nothing'" in window.message.text


def test_a_row_is_added_for_an_attribute_that_only_other_rigs_have(window: RigMapWindow) -> None:
    adder = AttributeAdder(window._document)
    adder.attribute.setEditText("nonsense")
    adder.accept()
    assert "'nonsense'" in adder.message.text
    adder.attribute.setEditText("other.jaw")
    adder.accept()
    assert "No channel is chosen." in adder.message.text
    adder.channels.setEditText("2 jawOpen")
    adder.accept()
    assert adder.found == ("other.jaw", Drive({"jawOpen": 2.0}))


# sides


def test_rows_are_mirrored_to_the_other_side(section: CharacterSection, window: RigMapWindow) -> None:
    assert type_in(window, "L_eye.rotateY", Column.CHANNELS, "0.9 leftEye.rotateY")
    assert type_in(window, "L_eye.rotateY", Column.OFFSET, "3")
    window.table.select("L_eye.rotateY")
    window._mirror(None)
    assert drive(section, "R_eye.rotateY") == Drive({"rightEye.rotateY": 0.9}, offset=-3.0)
    window._document.axes = "opposite"
    window._mirror(None)
    assert drive(section, "R_eye.rotateY") == Drive({"rightEye.rotateY": -0.9}, offset=3.0)


def test_a_row_of_the_middle_has_no_other_side(window: RigMapWindow) -> None:
    window.table.select("face.jawOpen")
    window._mirror(None)
    assert "'face.jawOpen' has no other side" in window.message.text


def test_both_sides_are_edited_at_once_and_only_in_the_edited_field(
    section: CharacterSection, window: RigMapWindow
) -> None:
    assert type_in(window, "face.mouthSmileRight", Column.OFFSET, "0.1")
    window._both_sides.setChecked(True)
    assert type_in(window, "face.mouthSmileLeft", Column.GAIN, "0.7")
    assert drive(section, "face.mouthSmileRight") == Drive({"mouthSmileRight": 0.7}, 0.1, (0.0, 2.0))
    button(window, "Undo").click()
    assert drive(section, "face.mouthSmileRight") == Drive({"mouthSmileRight": 1.0}, 0.1, (0.0, 2.0))
    window._both_sides.setChecked(False)
    assert type_in(window, "face.mouthSmileLeft", Column.GAIN, "0.7")
    assert drive(section, "face.mouthSmileRight").gains == {"mouthSmileRight": 1.0}  # type: ignore[union-attr]


# the test slider


def test_the_slider_moves_the_rig_and_release_puts_it_back(host: FaceHost, window: RigMapWindow) -> None:
    assert type_in(window, "jaw_ctl.rotateX", Column.CHANNELS, "20 jawOpen")
    window.table.select("jaw_ctl.rotateX")
    slider = window.slider._slider
    slider.setSliderDown(True)
    slider.setValue(slider.maximum() // 4)
    assert host.values == {"jaw_ctl.rotateX": 7.0}
    slider.setValue(slider.maximum())
    assert host.values == {"jaw_ctl.rotateX": 10.0}
    slider.setSliderDown(False)
    assert host.values == {}
    assert slider.value() == 0
    assert not window.slider.is_moved


def test_degrees_go_both_ways(host: FaceHost, window: RigMapWindow) -> None:
    assert type_in(window, "L_eye.rotateY", Column.CHANNELS, "leftEye.rotateY")
    window.table.select("L_eye.rotateY")
    slider = window.slider._slider
    slider.setValue(slider.minimum())
    assert host.values == {"L_eye.rotateY": -15.0}


def test_an_attribute_that_follows_nothing_is_moved_itself(host: FaceHost, window: RigMapWindow) -> None:
    window.table.select("lids.squash")
    window.slider._slider.setValue(window.slider._slider.maximum() // 2)
    assert host.values == {"lids.squash": 0.5}


def test_another_row_and_closing_the_window_put_the_rig_back(host: FaceHost, window: RigMapWindow) -> None:
    window.slider._hold.setChecked(True)
    window.table.select("face.mouthClose")
    window.slider._slider.setValue(100)
    assert host.values
    window.table.select("face.mouthPucker")
    assert host.values == {}
    window.slider._slider.setValue(100)
    assert host.values
    window.close()
    assert host.values == {}


def test_a_closed_section_puts_the_rig_back(host: FaceHost, section: CharacterSection, window: RigMapWindow) -> None:
    section.show()
    window.slider._hold.setChecked(True)
    window.table.select("face.mouthClose")
    window.slider._slider.setValue(100)
    assert host.values
    section.hide()
    assert host.values == {}


def test_a_held_pose_follows_an_edit(host: FaceHost, window: RigMapWindow) -> None:
    window.table.select("face.mouthClose")
    window.slider._hold.setChecked(True)
    window.slider._slider.setValue(window.slider._slider.maximum())
    assert host.values == {"face.mouthClose": 1.0}
    assert type_in(window, "face.mouthClose", Column.GAIN, "0.5")
    assert host.values == {"face.mouthClose": 0.5}
    window.slider._hold.setChecked(False)
    assert host.values == {}


def test_a_channel_moves_all_that_it_drives(host: FaceHost, window: RigMapWindow) -> None:
    assert type_in(window, "lids.squash", Column.CHANNELS, "-0.5 mouthClose")
    window.table.select("face.mouthClose")
    window.slider._all.setChecked(True)
    window.slider._slider.setValue(window.slider._slider.maximum())
    assert host.values == {"face.mouthClose": 1.0, "lids.squash": -0.5}


def test_a_host_that_shows_nothing_has_no_slider(app: QApplication) -> None:
    abilities = Abilities(
        plays_sound=False, has_layers=False, picks_from_selection=True, writes_file=True, live_rig=False
    )
    section = CharacterSection(FaceHost(HERO, abilities=abilities))
    section.choose("hero")
    window = section.open_map()
    window.table.select("face.mouthClose")
    assert not window.slider._slider.isEnabled()


# files and state


def test_a_map_is_saved_loaded_and_reset(section: CharacterSection, window: RigMapWindow, tmp_path: Path) -> None:
    automatic = section.rig_map()
    assert type_in(window, "lids.squash", Column.CHANNELS, "0.5 jawOpen")
    edited = section.rig_map()
    section.files.save_to(tmp_path / "hero.json")
    assert "hero.json" in section._map_words.text().replace("\u200b", "")
    section.files.reset()
    assert section.rig_map() == automatic
    section.files.load(tmp_path / "hero.json")
    assert section.rig_map() == edited == read_rig_map(tmp_path / "hero.json")
    button(window, "Undo").click()
    assert section.rig_map() == automatic


def test_a_bad_map_file_is_refused_in_place(section: CharacterSection, window: RigMapWindow, tmp_path: Path) -> None:
    before = section.rig_map()
    path = tmp_path / "bad.json"
    path.write_text('{"schema": "a2f.rig_map/1", "attributes": {"face.x": {"from": {}}}}')
    section.files.load(path)
    for message in (section.message, window.message):
        assert '"face.x" / "from" names no channel' in message.text
    assert section.rig_map() == before


def test_a_map_for_another_rig_says_what_is_missing(section: CharacterSection, tmp_path: Path) -> None:
    section.choose("hero")
    write_rig_map(RigMap("m", {"other.jaw": Drive({"jawOpen": 1.0})}), tmp_path / "other.json")
    section.files.load(tmp_path / "other.json")
    assert "'other.jaw'" in "".join(section._readiness.remarks)


def test_edits_survive_another_character_and_another_day(host: FaceHost, section: CharacterSection) -> None:
    section.choose("hero")
    window = section.open_map()
    assert type_in(window, "lids.squash", Column.CHANNELS, "0.5 jawOpen")
    edited = section.rig_map()
    section.choose("ball")
    section.choose("hero")
    assert section.rig_map() == edited
    kept = json.loads(json.dumps(section.state()))
    again = CharacterSection(host)
    changes = QSignalSpy(again.characterChanged)
    again.restore(kept)
    assert again.character() is HERO
    assert again.rig_map() == edited
    assert changes.count() == 0


@pytest.mark.parametrize(
    "state",
    [None, [], {}, {"character": 3, "maps": []}, {"character": "nobody"}, {"character": "hero", "maps": {"hero": 1}},
     {"character": "hero", "maps": {"hero": {"map": "{", "path": 4}}}],
)  # fmt: skip
def test_a_damaged_state_is_ignored(section: CharacterSection, state: object) -> None:
    section.restore(state)
    assert section.character() in (None, HERO)


def test_a_map_that_nobody_touched_follows_the_models_channels(section: CharacterSection) -> None:
    section.choose("hero")
    section.set_channels(["jawOpen", "mouthClose"])
    rig_map = section.rig_map()
    assert rig_map is not None
    assert set(rig_map.drives) == {"face.jawOpen", "face.mouthClose"}
    window = section.open_map()
    assert type_in(window, "lids.squash", Column.CHANNELS, "jawOpen")
    section.set_channels(ARKIT_CHANNELS)
    assert drive(section, "face.cheekPuff") is None
    assert drive(section, "lids.squash") is not None


def test_the_default_head_starts_with_its_own_map(app: QApplication) -> None:
    from maya_a2f.core.head import load_head
    from maya_a2f.host.scene_file.head_rig import head_rig
    from maya_a2f.outputs import HEAD_FOLDER

    section = CharacterSection(FaceHost(FoundCharacter("head", head_rig(load_head(HEAD_FOLDER)))))
    section.choose("head")
    assert section.rig_map() == read_rig_map(HEAD_FOLDER / "rig_map.json")
    assert section._readiness.words == "52 of 52 shapes, jaw joint, 2 eyes, tongue"


def test_while_a_job_runs_nothing_is_edited_and_the_rig_is_put_back(
    host: FaceHost, section: CharacterSection, window: RigMapWindow
) -> None:
    window.table.select("face.mouthClose")
    window.slider._slider.setValue(500)
    section.set_busy(True)
    assert host.values == {}
    assert not section._names.isEnabled()
    assert not window.isEnabled()
    section.set_busy(False)
    assert window.isEnabled()
