"""What the panel asks of Maya."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from maya_a2f.core.emotion_direction import EmotionDirection
from maya_a2f.core.ports import AudioNode
from maya_a2f.errors import HostError
from tests.fake_maya.model.scene import Scene
from tests.fake_maya.scenes import build_head, keys_in
from tests.fake_maya.session import Session
from tests.host.maya.benches import JAW_DOWN, JAW_OPEN, JAW_TURN, TIMELINE, turn, weight

pytest.importorskip("PySide6")

# isort: split
from maya import cmds, utils
from maya.api import OpenMayaAnim
from PySide6.QtWidgets import QApplication

from maya_a2f.host.maya.desktop.panel_host import MayaPanelHost
from maya_a2f.ui.panel_host import Abilities, BakeChoice, KnowsEmotion, KnowsSounds, PanelHost

HEAD = "a2f_head"


@pytest.fixture
def scene(maya: Session, tmp_path: Path) -> Iterator[Session]:
    group = build_head(maya.scene)
    maya.scene.rename(group, HEAD)
    maya.may_preview = True
    maya.user_folder = tmp_path / "maya"
    yield maya
    for plug, value in list(maya.scene.shown.items()):
        assert maya.scene.shown.pop(plug) == value == maya.scene.value(plug), "a preview was left on keyed attributes"


@pytest.fixture
def panel_host(scene: Session) -> Iterator[MayaPanelHost]:
    host = MayaPanelHost()
    yield host
    host.close()
    assert scene.jobs == {}, "script jobs were left"
    assert scene.scene_callbacks == {}, "callbacks were left"


def _bake(host: MayaPanelHost, choice: BakeChoice | None = None, name: str = HEAD) -> None:
    curves = [weight({1: 0, 5: 1}), turn({1: 3, 5: 9})]
    audio = AudioNode("/clips/line 1.wav", 1, 40)
    target = host.bake_target(name, choice or BakeChoice())
    target.bake(curves, timeline=TIMELINE, audio=audio, metadata={"a2fTake": '{"joy":1}'})


def test_it_is_a_panel_host(panel_host: MayaPanelHost) -> None:
    host: PanelHost = panel_host
    assert host.title == "Maya 2026"
    assert host.abilities == Abilities(True, True, True, False, True)
    assert isinstance(host, KnowsSounds)


# -- characters -----------------------------------------------------------------------------------------------------


def test_characters_are_namespaces_and_roots_that_hold_something_to_drive(scene: Session) -> None:
    for name in ("extra10", "extra2", "show:hero"):
        build_head(scene.scene, namespace=name, reference=f"{name.replace(':', '_')}RN")
    scene.scene.create("transform", "props")
    host = MayaPanelHost()
    assert host.characters() == [HEAD, "extra2", "extra10", "show:hero"]
    for name in host.characters():
        assert host.character(name).name == name
        assert JAW_OPEN in {item.name for item in host.character(name).rig.attributes}


def test_a_root_named_like_a_namespace_keeps_a_name_of_its_own(scene: Session) -> None:
    build_head(scene.scene, namespace=HEAD)
    host = MayaPanelHost()
    assert host.characters() == [HEAD, f"|{HEAD}"]
    host.bake_target(f"|{HEAD}", BakeChoice()).bake([weight({1: 1})], timeline=TIMELINE)
    assert list(keys_in(scene.scene)) == [JAW_OPEN]
    cmds.select("jaw_jnt")
    assert host.pick().name == f"|{HEAD}"


def test_pick_reads_the_selection_and_says_what_to_select(panel_host: MayaPanelHost) -> None:
    with pytest.raises(HostError) as refusal:
        panel_host.pick()
    assert refusal.value.hint
    cmds.select("jaw_jnt")
    assert panel_host.pick().name == HEAD


def test_a_character_that_is_gone_is_said_to_be(panel_host: MayaPanelHost) -> None:
    cmds.select("jaw_jnt")
    panel_host.pick()
    cmds.delete(HEAD, "face_shapes")
    with pytest.raises(HostError, match="no longer in the scene"):
        panel_host.character(HEAD)
    assert HEAD not in panel_host.characters()


def test_fixes_are_offered_and_done_as_one_undo_step(scene: Session, panel_host: MayaPanelHost) -> None:
    cmds.setAttr(JAW_OPEN, lock=True)
    cmds.setAttr("jaw_jnt.rotate", lock=True)
    cmds.setAttr("face_shapes.envelope", 0)
    before, steps = scene.scene.state(), len(scene.undo.done)
    found = panel_host.character(HEAD)
    assert "locked" in found.blocked[JAW_OPEN]
    assert "locked" in found.blocked[JAW_TURN]
    assert set(found.fixable) >= {JAW_OPEN, JAW_TURN}
    assert any("envelope" in remark for remark in found.remarks)
    after = panel_host.fix(HEAD, [JAW_OPEN, JAW_TURN])
    assert (dict(after.blocked), dict(after.fixable), after.remarks) == ({}, {}, ())
    assert len(scene.undo.done) == steps + 1
    cmds.undo()
    assert scene.scene.state() == before


def test_a_muted_layer_is_a_remark(panel_host: MayaPanelHost) -> None:
    cmds.animLayer("speech")
    cmds.animLayer("speech", edit=True, attribute=[JAW_DOWN])
    cmds.animLayer("speech", edit=True, mute=True)
    assert panel_host.character(HEAD).remarks == ("The animation layer 'speech' is muted: keys on it would not show.",)
    assert panel_host.layers() == ["speech"]


# -- moving the rig -------------------------------------------------------------------------------------------------


def _steps(scene: Session) -> tuple[int, int]:
    return len(scene.undo.done), len(scene.undo.undone)


def test_values_show_and_are_put_back_to_the_last_bit_without_undo_steps(
    scene: Session, panel_host: MayaPanelHost
) -> None:
    cmds.setAttr(JAW_DOWN, 0.1)
    cmds.setKeyframe(JAW_TURN, time=1, value=5)
    cmds.setKeyframe(JAW_TURN, time=9, value=7)
    cmds.setAttr("jaw_jnt.rotateY", 3)
    cmds.setAttr("jaw_jnt.rotateY", lock=True)
    cmds.undo()
    cmds.setAttr("jaw_jnt.rotateZ", lock=True)
    before, steps, turned = scene.scene.state(), _steps(scene), cmds.getAttr(JAW_TURN)
    for share in (0.25, 0.5, 1.0):
        panel_host.show_values(
            HEAD,
            {JAW_OPEN: share, JAW_DOWN: -share, JAW_TURN: 30 * share, "jaw_jnt.rotateZ": 9, "nobody.knows": 1},
        )
    assert [cmds.getAttr(name) for name in (JAW_OPEN, JAW_DOWN, "jaw_jnt.rotateZ")] == [1, -1, 0]
    assert cmds.getAttr(JAW_TURN) == pytest.approx(30)
    panel_host.put_back()
    assert (scene.scene.state(), _steps(scene)) == (before, steps)
    assert cmds.getAttr(JAW_TURN) == turned
    panel_host.put_back()
    assert (scene.scene.state(), _steps(scene)) == (before, steps)


def test_a_keyed_attribute_put_back_on_another_frame_has_what_its_curve_gives(panel_host: MayaPanelHost) -> None:
    cmds.setKeyframe(JAW_TURN, time=1, value=5)
    cmds.setKeyframe(JAW_TURN, time=9, value=7)
    panel_host.show_values(HEAD, {JAW_TURN: 30})
    panel_host.set_current_frame(9)
    panel_host.show_values(HEAD, {JAW_TURN: 40})
    assert cmds.getAttr(JAW_TURN) == pytest.approx(40)
    panel_host.put_back()
    assert cmds.getAttr(JAW_TURN) == pytest.approx(7)


def test_what_somebody_else_changed_meanwhile_stays(scene: Session, panel_host: MayaPanelHost) -> None:
    rest = cmds.getAttr(JAW_DOWN)
    cmds.setAttr(JAW_DOWN, 2)
    panel_host.show_values(HEAD, {JAW_DOWN: 5, JAW_OPEN: 1})
    cmds.undo()
    panel_host.put_back()
    assert cmds.getAttr(JAW_OPEN) == 0
    assert cmds.getAttr(JAW_DOWN) == rest, "undo took the 2 back; putting back must not bring it again"


def test_nothing_is_touched_when_a_node_went_away_or_another_scene_was_opened(
    scene: Session, panel_host: MayaPanelHost
) -> None:
    panel_host.watch(lambda frame: None, lambda word: None)
    rest = cmds.getAttr(JAW_DOWN)
    panel_host.show_values(HEAD, {JAW_OPEN: 1, JAW_DOWN: 1})
    cmds.delete("face_shapes")
    panel_host.put_back()
    assert cmds.getAttr(JAW_DOWN) == rest
    panel_host.show_values(HEAD, {JAW_DOWN: 1})
    scene.open_scene()
    state = scene.scene.state()
    panel_host.put_back()
    assert scene.scene.state() == state


def test_a_bake_keeps_the_rest_that_was_there_before_the_preview(scene: Session, panel_host: MayaPanelHost) -> None:
    cmds.setAttr(JAW_TURN, 4.0)
    before = scene.scene.state()
    panel_host.character(HEAD)
    panel_host.show_values(HEAD, {JAW_TURN: 25, JAW_OPEN: 1})
    _bake(panel_host)
    cmds.undo()
    assert scene.scene.state() == before


def test_a_scene_saved_during_a_preview_is_saved_without_it(scene: Session, panel_host: MayaPanelHost) -> None:
    panel_host.watch(lambda frame: None, lambda word: None)
    before = scene.scene.state()
    panel_host.show_values(HEAD, {JAW_OPEN: 1})
    assert scene.save_scene() == before


# -- keys -----------------------------------------------------------------------------------------------------------


def test_results_are_listed_removed_and_forgotten(scene: Session, panel_host: MayaPanelHost) -> None:
    before = scene.scene.state()
    _bake(panel_host, BakeChoice(fit_range=False))
    (result,) = panel_host.results(HEAD)
    assert (result.name, result.first_frame, result.last_frame) == ("line 1.wav", 1, 5)
    assert result.made_by == {"joy": 1}
    assert set(panel_host.remove(result).written) == {JAW_OPEN, JAW_TURN}
    assert panel_host.results(HEAD) == []
    assert keys_in(scene.scene) == {}
    with pytest.raises(HostError, match="no longer in the scene"):
        panel_host.remove(result)
    cmds.undo()
    cmds.undo()
    assert scene.scene.state() == before


def test_a_choice_decides_layer_range_and_name(scene: Session, panel_host: MayaPanelHost) -> None:
    _bake(panel_host, BakeChoice(layer="take A", new_layer=True, result="A"))
    assert panel_host.layers() == ["take_A"]
    assert panel_host.results(HEAD)[0].name == "A"
    assert cmds.playbackOptions(query=True, maxTime=True) == 48
    with pytest.raises(HostError, match="sideways"):
        panel_host.bake_target(HEAD, BakeChoice(mode="sideways"))


def test_keys_follow_their_sound_through_the_panel(panel_host: MayaPanelHost) -> None:
    _bake(panel_host)
    (result,) = panel_host.results(HEAD)
    assert panel_host.sound_shift(result) == 0
    cmds.sound(cmds.ls(type="audio")[0], edit=True, offset=12)
    assert panel_host.sound_shift(result) == 11
    panel_host.follow_sound(result)
    (moved,) = panel_host.results(HEAD)
    assert (moved.first_frame, moved.last_frame, panel_host.sound_shift(moved)) == (12, 16, 0)


# -- time, sound, preferences ---------------------------------------------------------------------------------------


def test_the_scene_decides_the_rate(panel_host: MayaPanelHost) -> None:
    assert panel_host.rates() == [panel_host.rate()] == [Fraction(30)]
    panel_host.set_rate(Fraction(30))
    with pytest.raises(HostError) as refusal:
        panel_host.set_rate(Fraction(24))
    assert "preferences" in refusal.value.hint


def test_playing_gives_the_range_back_however_it_ends(scene: Session, panel_host: MayaPanelHost) -> None:
    ranges = dict(scene.scene.ranges)
    panel_host.set_current_frame(90)
    panel_host.play(100, 120)
    assert (scene.playing, panel_host.current_frame()) == (True, 100)
    assert cmds.playbackOptions(query=True, minTime=True) == 100
    panel_host.stop()
    assert (scene.playing, scene.scene.ranges) == (False, ranges)
    panel_host.play(100, 120)
    panel_host.set_current_frame(110)
    cmds.play(state=False)  # Maya's own button
    utils.processIdleEvents()
    assert scene.scene.ranges == ranges
    panel_host.play(100, 120)
    assert panel_host.current_frame() == 110
    control = OpenMayaAnim.MAnimControl
    control.setMinMaxTime(control.animationStartTime(), control.animationEndTime())
    theirs = dict(scene.scene.ranges)
    panel_host.stop()
    assert scene.scene.ranges == theirs, "a range that the animator set while playing stays"
    scene.idle()


def test_scrubbing_leaves_no_undo_steps(scene: Session, panel_host: MayaPanelHost) -> None:
    steps = _steps(scene)
    for frame in (3, 4.5, -2):
        panel_host.set_current_frame(frame)
        assert panel_host.current_frame() == frame
    assert _steps(scene) == steps


def test_sounds_lie_in_the_project_beside_the_scene_or_in_the_cache(
    scene: Session, panel_host: MayaPanelHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAYA_A2F_CACHE", str(tmp_path / "cache"))
    assert panel_host.sound_folder() == tmp_path / "cache" / "sound"
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    (project / "scenes").mkdir(parents=True)
    elsewhere.mkdir()
    scene.project = str(project)
    scene.scene.file_name = str(project / "scenes" / "shot.ma")
    assert panel_host.sound_folder() == project / "sound"
    scene.file_rules["audio"] = "media/sound"
    assert panel_host.sound_folder() == project / "media/sound"
    scene.scene.file_name = str(elsewhere / "shot.ma")
    assert panel_host.sound_folder() == elsewhere / "sound", "the rule of another project does not hold there"
    assert not (project / "media").exists(), "asking makes no folder"
    scene.scene.file_name = str(tmp_path / "gone" / "shot.ma")
    assert panel_host.sound_folder() == tmp_path / "cache" / "sound"


def test_a_sound_is_laid_as_one_undo_step(scene: Session, panel_host: MayaPanelHost) -> None:
    before = scene.scene.state()
    panel_host.show_sound(AudioNode("/clips/a.wav", 3, 20))
    assert scene.slider["sound"] == "a_sound"
    cmds.undo()
    assert scene.scene.state() == before


@pytest.mark.parametrize("text", ["", "short", "ü" * 5000])
def test_texts_are_kept_small_ones_as_options_long_ones_as_files(
    scene: Session, panel_host: MayaPanelHost, text: str
) -> None:
    assert panel_host.recall("a2f_panel") == ""
    for before in ("x", "y" * 3000):
        panel_host.remember("a2f_panel", before)
    panel_host.remember("a2f_panel", text)
    assert panel_host.recall("a2f_panel") == text
    files = list((scene.user_folder / "maya_a2f").glob("*"))
    assert len(files) == (len(text) > 1000)


def test_preferences_that_cannot_be_written_are_an_error_for_people(scene: Session, panel_host: MayaPanelHost) -> None:
    scene.user_folder.parent.mkdir(exist_ok=True)
    scene.user_folder.write_text("a file")
    with pytest.raises(HostError):
        panel_host.remember("a2f_panel", "y" * 3000)


# -- watching -------------------------------------------------------------------------------------------------------


def test_the_panel_is_told_what_happens_and_nothing_after_it_stopped(scene: Session, panel_host: MayaPanelHost) -> None:
    told: list[object] = []
    stop = panel_host.watch(told.append, told.append)

    def heard() -> list[object]:
        utils.processIdleEvents()
        found, told[:] = list(told), []
        return found

    assert heard() == []
    cmds.currentTime(7)
    assert heard() == [7]
    cmds.select("jaw_jnt")
    assert heard() == ["selection"]
    cmds.currentUnit(time="film")
    assert "rate" in heard()
    panel_host.show_sound(AudioNode("/a.wav", 1, 10))
    heard()
    for frame in (2, 3, 4):
        cmds.sound("a_sound", edit=True, offset=frame)
        scene.notice()
    assert heard() == ["audio"], "a drag is told once"
    cmds.sound("a_sound", edit=True, sourceEnd=8)
    assert heard() == ["audio"], "a trim too"
    scene.open_scene()
    assert told == ["new"]
    heard()
    stop()
    stop()
    cmds.currentTime(20)
    assert heard() == []
    assert scene.jobs == {}


def test_frames_are_told_while_maya_plays(
    scene: Session, panel_host: MayaPanelHost, qt_application: QApplication
) -> None:
    """Maya may tell of the time at the end of playing only."""
    told: list[float] = []
    panel_host.watch(told.append, lambda word: None)
    panel_host.play(1, 5)
    utils.processIdleEvents()
    for frame in (1, 2, 3):
        scene.scene.ticks = round(frame * scene.scene.unit_scale("time"))
        scene._seen = scene._watched()  # no event comes
        while told[-1:] != [frame]:
            qt_application.processEvents()
    panel_host.stop()
    utils.processIdleEvents()
    assert told == sorted(set(told))


def test_another_scene_is_told_and_sounds_of_it_are_watched(scene: Session, panel_host: MayaPanelHost) -> None:
    told: list[object] = []
    panel_host.watch(told.append, told.append)
    other = Scene()
    other.time_unit = "ntsc"
    node = other.create("audio", "b_sound")
    other.set_value((node.uuid, "filename"), "/b.wav")
    scene.open_scene(other)
    assert told == ["new"]
    cmds.sound("b_sound", edit=True, offset=9)
    utils.processIdleEvents()
    assert told == ["new", "audio"]


def test_in_batch_nothing_is_watched_and_nothing_shown(maya: Session) -> None:
    maya.batch = True
    build_head(maya.scene)
    host = MayaPanelHost()
    stop = host.watch(lambda frame: None, lambda word: None)
    assert not host.abilities.live_rig
    host.play(1, 5)
    host.stop()
    stop()
    host.close()
    assert maya.jobs == {}


def test_emotions_of_a_character_are_keyed_on_attributes_and_read_back(panel_host: MayaPanelHost) -> None:
    cmds.select("jaw_jnt")
    name = panel_host.pick().name
    assert isinstance(panel_host, KnowsEmotion)
    assert panel_host.emotion_direction(name, 1) is None
    node = panel_host.make_emotion_control(name, EmotionDirection("panel", {"joy": 0.5}, (), 0.25), 1)
    assert panel_host.emotion_direction(name, 1) == EmotionDirection(node, {"joy": 0.5}, (), 0.25)
    panel_host.remove_emotion_control(name)
    panel_host.remove_emotion_control(name)
    assert panel_host.emotion_direction(name, 1) is None
