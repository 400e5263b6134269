"""Names that are not clear are asked about in the panel, and saved maps are found again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from maya_a2f.core.rig import Rig, RigAttribute
from maya_a2f.core.rig_map import Derived, Drive, RigMap, read_rig_map, write_rig_map
from maya_a2f.ui.character_section import CharacterSection
from maya_a2f.ui.panel_host import FoundCharacter
from maya_a2f.ui.rig_map_model import Column
from maya_a2f.ui.rig_map_window import RigMapWindow
from tests.ui.face_host import FaceHost

NAMES = ("jaw_open", "eye_blink1_l", "eye_blink2_l", "eye_blink1_r", "eye_blink2_r", "mouth_pucker", "ears")
HERO = FoundCharacter("hero", Rig("hero", tuple(RigAttribute(f"face.{name}", "weight") for name in NAMES)))


@pytest.fixture
def section(app: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CharacterSection:
    monkeypatch.setenv("MAYA_A2F_RIG_MAPS", str(tmp_path))
    section = CharacterSection(FaceHost(HERO))
    section.choose("hero")
    return section


@pytest.fixture
def window(section: CharacterSection) -> RigMapWindow:
    return section.open_map("asked")


def rows(window: RigMapWindow) -> list[str]:
    model = window.table.model()
    return [str(model.index(row, Column.ATTRIBUTE).data()) for row in range(model.rowCount())]


def test_open_questions_are_counted_and_listed(section: CharacterSection, window: RigMapWindow) -> None:
    assert section._ask.text().replace("&", "") == "Answer 4 questions…"
    assert not section._ask.isHidden()
    assert rows(window) == [f"face.{name}" for name in NAMES if "blink" in name]
    row = window.table._model.row_of("face.eye_blink1_l")
    assert window.table.model().index(row, Column.STATUS).data() == "eyeBlinkLeft? 95%"
    assert "'eye_blink2_l' means the same" in window.table._model._tool_tip(row, Column.STATUS)


def test_an_answer_drives_the_attribute_and_goes_on_to_the_next(
    section: CharacterSection, window: RigMapWindow
) -> None:
    window.table.select("face.eye_blink1_l")
    assert window.questions.words.startswith("What is 'face.eye_blink1_l'?")
    first, leave = window.questions.buttons
    assert first.text() == "eyeBlinkLeft, 95%"
    first.click()
    rig_map = section.rig_map()
    assert rig_map is not None
    assert dict(rig_map.drives["face.eye_blink1_l"].gains) == {"eyeBlinkLeft": 1.0}
    assert "face.eye_blink1_l" not in rows(window)
    assert window.questions.words.startswith("What is 'face.eye_blink2_l'?")
    leave.click()
    rig_map = section.rig_map()
    assert rig_map is not None
    assert rig_map.drives["face.eye_blink2_l"].muted
    window._undo.click()
    assert section._ask.text().replace("&", "") == "Answer 3 questions…"


def test_several_questions_are_answered_at_once(section: CharacterSection, window: RigMapWindow) -> None:
    window.table.selectAll()
    assert [button.text().replace("&", "") for button in window.questions.buttons] == [
        "Take the best answers", "Leave at rest"
    ]  # fmt: skip
    window.questions.buttons[0].click()
    assert section._ask.isHidden()
    assert window.questions.words == ""


def test_a_saved_map_is_taken_the_next_time_and_reset_goes_back_to_the_names(
    section: CharacterSection, tmp_path: Path
) -> None:
    by_name = section.rig_map()
    section.document.answer(["face.eye_blink1_l"])
    edited = section.rig_map()
    section.files.save_to(tmp_path / "hero.json")
    assert read_rig_map(tmp_path / "hero.json").signature
    again = CharacterSection(FaceHost(HERO))
    again.choose("hero")
    assert again.rig_map() == edited
    assert again.files.path == tmp_path / "hero.json"
    assert again.document.matches["face.jaw_open"].why == "from hero.json"
    again.files.reset()
    assert again.rig_map() == by_name
    assert again.document.matches["face.jaw_open"].why != "from hero.json"


def test_a_map_beside_the_scene_is_found_under_another_namespace(app: QApplication, tmp_path: Path) -> None:
    write_rig_map(RigMap("hero", {"face.ears": Drive({"jawOpen": 2.0})}), tmp_path / "hero.json")
    names = tuple(RigAttribute(f"b:face.{name}", "weight") for name in NAMES)
    section = CharacterSection(FaceHost(FoundCharacter("b", Rig("b", names), files=(tmp_path / "shot.ma",))))
    section.choose("b")
    rig_map = section.rig_map()
    assert rig_map is not None
    assert list(rig_map.drives) == ["b:face.ears"]


def test_what_a_saved_map_could_not_be_read_for_is_said(
    section: CharacterSection, tmp_path: Path, app: QApplication
) -> None:
    (tmp_path / "old.json").write_text('{"schema": "a2f.rig_map/77"}')
    section.refresh()
    assert any("newer version" in remark for remark in section._readiness.remarks)


def test_an_edit_keeps_the_curve_of_a_drive(section: CharacterSection, window: RigMapWindow) -> None:
    curve = ((0.0, 0.0), (0.5, 1.0))
    section.document.edit({"face.ears": Drive({"jawOpen": 1.0}, curve=curve, rest=0.2)}, "test")
    window.set_filter("all")
    model = window.table._model
    model.set_cells([model.row_of("face.ears")], Column.OFFSET, "0.1")
    rig_map = section.rig_map()
    assert rig_map is not None
    assert rig_map.drives["face.ears"] == Drive({"jawOpen": 1.0}, offset=0.1, curve=curve, rest=0.2)
    assert "by a curve: 0 → 0, 0.5 → 1" in model._tool_tip(model.row_of("face.ears"), Column.CHANNELS)


def test_derived_channels_can_be_typed(section: CharacterSection, window: RigMapWindow) -> None:
    rig_map = section.rig_map()
    assert rig_map is not None
    seal = Derived("min", (("jawOpen", 1.0), ("mouthClose", 1.0)))
    section.document.replace_map(replace(rig_map, derived={"seal": seal}), "test")
    window.set_filter("all")
    model = window.table._model
    assert model.set_cells([model.row_of("face.ears")], Column.CHANNELS, "0.5 seal")
    assert model.index(model.row_of("face.ears"), Column.STATUS).data() == "by hand"


def test_twins_that_only_the_map_knows_are_mirrored(section: CharacterSection) -> None:
    rig_map = section.rig_map()
    assert rig_map is not None
    paired = replace(rig_map, mirror=(("face.ears", "face.mouth_pucker"),))
    section.document.replace_map(paired, "test")
    section.document.edit({"face.ears": Drive({"mouthSmileLeft": 1.0})}, "test")
    assert section.document.mirror_side("left") == 1
    rig_map = section.rig_map()
    assert rig_map is not None
    assert dict(rig_map.drives["face.mouth_pucker"].gains) == {"mouthSmileRight": 1.0}


def test_a_saved_map_that_somebody_changed_is_read_anew(section: CharacterSection, tmp_path: Path) -> None:
    section.document.answer(["face.eye_blink1_l"])
    (tmp_path / "elsewhere").mkdir()
    section.files.save_to(tmp_path / "elsewhere" / "hero.json")
    state = section.state()
    changed = RigMap("hero", {"face.ears": Drive({"jawOpen": 1.0})})
    write_rig_map(changed, tmp_path / "elsewhere" / "hero.json")
    again = CharacterSection(FaceHost(HERO))
    again.restore(state)
    assert again.rig_map() == changed


def test_edits_of_a_saved_map_survive_other_characters(app: QApplication, tmp_path: Path) -> None:
    section = CharacterSection(FaceHost(HERO, replace(HERO, name="other")))
    section.choose("hero")
    section.files.save_to(tmp_path / "hero.json")
    section.document.edit({"face.ears": Drive({"jawOpen": 0.5})}, "test")
    edited = section.rig_map()
    for name in ("other", "hero", "other", "hero"):
        section.choose(name)
    assert section.rig_map() == edited
    assert section.files.path == tmp_path / "hero.json"


def test_a_map_is_saved_together_with_its_fit(section: CharacterSection, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        folder.mkdir()
    (old / "hero.a2ffit.npz").write_bytes(b"fit")
    fitted = RigMap("hero", {"face.ears": Drive({"jawOpen": 1.0})}, fit="hero.a2ffit.npz", folder=old)
    section.document.replace_map(fitted, "test")
    section.files.save_to(new / "hero.json")
    assert (new / "hero.a2ffit.npz").read_bytes() == b"fit"
    again = CharacterSection(FaceHost(HERO))
    again.restore(section.state())
    rig_map = again.rig_map()
    assert rig_map is not None
    assert (rig_map.fit, rig_map.folder) == ("hero.a2ffit.npz", new)
