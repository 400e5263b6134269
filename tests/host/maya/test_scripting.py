"""What scripts call, on the fake Maya: takes are given, so no worker is needed."""

from __future__ import annotations

import inspect
import json
from fractions import Fraction
from pathlib import Path

import pytest

from maya_a2f import settings
from maya_a2f.core.rig_map import Drive, RigMap, write_rig_map
from maya_a2f.core.take import Take, write_take
from maya_a2f.errors import A2FError
from tests.fake_maya.scenes import build_head, keys_in
from tests.fake_maya.session import Session
from tests.host.maya.benches import JAW_OPEN, JAW_TURN

# isort: split
from maya import cmds

import maya_a2f
from maya_a2f.host.maya import scene as scene_files
from maya_a2f.host.maya.find_character import find_character

TAKE = Take(
    Fraction(30),
    {"jawOpen": [0.0, 0.5, 1.0], "mouthPucker": [0.0, 0.0, 0.1]},
    made_by={"package": {"name": "tiny"}, "audio": {"path": "/gone/line.wav"}},
)


@pytest.fixture
def scene(maya: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Session:
    monkeypatch.setenv("MAYA_A2F_CACHE", str(tmp_path / "cache"))
    build_head(maya.scene)
    cmds.select("jaw_jnt")
    return maya


def code_of(call: object) -> str:
    with pytest.raises(A2FError) as caught:
        call()  # type: ignore[operator]
    assert caught.value.hint or caught.value.code in ("script.option", "cancelled")
    return caught.value.code


def test_a_take_lands_on_the_selection_matched_by_name(scene: Session) -> None:
    done = maya_a2f.bake(TAKE, start_frame=10)
    assert done.curves == (JAW_OPEN,)
    assert done.keys == 3
    assert keys_in(scene.scene)[JAW_OPEN] == [(10, 0), (11, 0.5), (12, 1)]
    assert (done.start_frame, done.last_frame, done.rate) == (10, 12, 30)
    cmds.undo()
    assert keys_in(scene.scene) == {}


def test_what_comes_back_fits_in_a_line_of_the_script_editor(scene: Session) -> None:
    done = maya_a2f.bake(TAKE, start_frame=10)
    assert repr(done) == f"<'{done.character}': 3 keys on 1 curves, frames 10 to 12>"
    cmds.setAttr(JAW_OPEN, lock=True)
    assert repr(maya_a2f.bake(TAKE, start_frame=10)).endswith(", 1 skipped>")
    assert "1.0" not in repr(TAKE), "samples do not belong on the screen"


def test_without_a_start_the_playback_range_says_where(scene: Session) -> None:
    cmds.playbackOptions(minTime=1001)
    assert maya_a2f.bake(TAKE).start_frame == 1001


def test_a_character_is_named_by_namespace_or_by_any_of_its_nodes(scene: Session) -> None:
    build_head(scene.scene, namespace="bob")
    cmds.select(clear=True)
    for name in ("bob", "bob:", "bob:face_shapes", "bob:jaw_jnt"):
        assert find_character(name).name == "bob"
    assert maya_a2f.bake(TAKE, "bob").character == "bob"
    assert list(keys_in(scene.scene)) == ["bob:face_shapes.jawOpen"]


def test_a_character_that_is_not_there_is_told_with_those_that_are(scene: Session) -> None:
    build_head(scene.scene, namespace="bob")
    with pytest.raises(A2FError) as caught:
        maya_a2f.bake(TAKE, "bobby")
    assert caught.value.code == "character.missing"
    assert "bob" in caught.value.hint
    cmds.select(clear=True)
    assert code_of(lambda: maya_a2f.bake(TAKE)) == "character.unselected"


def test_a_node_that_is_there_twice_is_not_guessed(scene: Session) -> None:
    for parent in ("head_jnt", "jaw_jnt"):
        cmds.createNode("joint", name="twin", parent=parent)
    assert code_of(lambda: maya_a2f.bake(TAKE, "twin")) == "character.ambiguous"


def test_a_rig_map_may_be_a_file_or_a_map(scene: Session, tmp_path: Path) -> None:
    rig_map = RigMap("mine", {JAW_TURN: Drive({"jawOpen": 20.0}), "no.such": Drive({"jawOpen": 1.0})})
    write_rig_map(rig_map, tmp_path / "mine.json")
    for given in (rig_map, tmp_path / "mine.json", str(tmp_path / "mine.json")):
        done = maya_a2f.bake(TAKE, rig_map=given)
        assert done.curves == (JAW_TURN,)
        assert any("no.such" in note for note in done.notes)
    assert [value for _, value in keys_in(scene.scene)[JAW_TURN]] == pytest.approx([0, 10, 20])


def test_a_map_or_take_that_would_drive_nothing_says_what_is_there(scene: Session) -> None:
    other = RigMap("other", {"ctl.open": Drive({"jawOpen": 1.0})})
    with pytest.raises(A2FError) as caught:
        maya_a2f.bake(TAKE, rig_map=other)
    assert caught.value.code == "rig_map.other_rig"
    assert "ctl.open" in caught.value.message
    assert JAW_OPEN in caught.value.message or "face_shapes" in caught.value.message or "_jnt" in caught.value.message
    assert code_of(lambda: maya_a2f.bake(Take(Fraction(30), {"nothing": [0.0]}))) == "rig_map.no_match"
    muted = RigMap("muted", {JAW_OPEN: Drive({"jawOpen": 1.0}, muted=True)})
    assert code_of(lambda: maya_a2f.bake(TAKE, rig_map=muted)) == "rig_map.nothing"


def test_what_was_skipped_is_named_with_the_reason(scene: Session) -> None:
    cmds.setAttr(JAW_OPEN, lock=True)
    done = maya_a2f.bake(TAKE)
    assert (done.keys, done.curves) == (0, ())
    assert [(item.attribute, item.reason) for item in done.skipped] == [(JAW_OPEN, "it is locked")]


def test_options_reach_the_bake(scene: Session) -> None:
    done = maya_a2f.bake(TAKE, keys="reduced", tolerance=0.9, layer="speech", new_layer=True, result="line 1")
    assert done.keys < 3
    assert cmds.animLayer(query=True, root=True) == "BaseAnimation"
    (found,) = maya_a2f.results()
    assert found.name == "line 1"
    assert found.curves[0].channels == ("jawOpen",)


def test_edited_keys_are_refused_by_name_unless_forced(scene: Session) -> None:
    maya_a2f.bake(TAKE, result="a")
    cmds.setKeyframe(JAW_OPEN, time=2, value=0.1)
    again = maya_a2f.bake(TAKE, result="a")
    assert [item.attribute for item in again.skipped] == [JAW_OPEN]
    assert maya_a2f.bake(TAKE, result="a", force=True).keys == 3


def test_results_are_listed_and_removed_by_name(scene: Session) -> None:
    before = scene.scene.state()["nodes"]
    maya_a2f.bake(TAKE, result="a")
    assert code_of(lambda: maya_a2f.remove("b")) == "result.missing"
    report = maya_a2f.remove("a")
    assert report.written == (JAW_OPEN,)
    assert maya_a2f.results() == []
    assert scene.scene.state()["nodes"] == before


def test_a_take_and_a_report_are_saved_when_asked_for_and_never_over_others(scene: Session, tmp_path: Path) -> None:
    take, report = tmp_path / "line.a2ftake", tmp_path / "line.json"
    done = maya_a2f.bake(TAKE, take_path=take, report_path=report)
    assert (done.take_path, done.report_path) == (take, report)
    told = json.loads(report.read_text("utf-8"))
    assert told["schema"] == "a2f.animation/1"
    assert (told["keys"], told["curves"]) == (3, [JAW_OPEN])
    assert code_of(lambda: maya_a2f.bake(TAKE, take_path=take)) == "output.exists"
    assert maya_a2f.bake(take, force=True, overwrite=True, take_path=take).keys == 3, "a take may be a file"


def test_a_bake_that_maya_refuses_leaves_no_file(scene: Session, tmp_path: Path) -> None:
    wrong = Take(Fraction(24), TAKE.tracks)
    path = tmp_path / "x.a2ftake"
    assert code_of(lambda: maya_a2f.bake(wrong, take_path=path)) == "scene.rate_changed"
    assert not path.exists()


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"lair": "x"}, "script.option"),
        ({"keys": "all"}, "script.option"),
        ({"mode": "merge"}, "script.option"),
        ({"tolerance": 0.0}, "script.option"),
        ({"start_frame": float("nan")}, "script.option"),
        ({"start_frame": "3"}, "script.option"),
        ({"new_layer": True}, "script.option"),
        ({"save_as": "x.ma"}, "script.option"),
        ({"rate": 24}, "script.rate"),
        ({"rate": "fast"}, "rate.bad"),
        ({"rig_map": "/no/such.json"}, "rig_map.missing"),
        ({"layer": "gone"}, "layer.missing"),
    ],
)
def test_wrong_options_are_refused_and_change_nothing(scene: Session, options: dict[str, object], code: str) -> None:
    before = scene.scene.state()
    assert code_of(lambda: maya_a2f.bake(TAKE, **options)) == code
    assert scene.scene.state() == before


def test_a_slip_in_an_option_is_told_with_what_was_meant(scene: Session) -> None:
    with pytest.raises(A2FError) as caught:
        maya_a2f.bake(TAKE, start_fram=3)
    assert "start_frame" in caught.value.hint


def test_help_lists_every_option() -> None:
    names = inspect.signature(maya_a2f.animate).parameters
    assert {"clip", "character", "rig_map", "start_frame", "emotion_keys", "tolerance", "on_progress"} <= set(names)
    assert "layer" not in inspect.signature(maya_a2f.solve).parameters


def test_tracks_may_be_made_looked_at_and_baked(scene: Session) -> None:
    tracks = maya_a2f.retarget(TAKE)
    assert [track.attribute for track in tracks.tracks] == [JAW_OPEN]
    assert maya_a2f.bake(TAKE, tracks=tracks).keys == 3


def test_progress_is_told_and_a_cancel_changes_nothing(scene: Session) -> None:
    seen: list[str] = []
    before = scene.scene.state()
    assert code_of(lambda: maya_a2f.bake(TAKE, cancelled=lambda: True)) == "cancelled"
    assert scene.scene.state() == before
    maya_a2f.bake(TAKE, on_progress=lambda progress: seen.append(progress.stage))
    assert seen[0] == "Choosing keys"
    assert seen[-1] == "Writing keys"


def test_a_cancel_after_the_keys_are_there_comes_too_late(scene: Session) -> None:
    done = maya_a2f.bake(TAKE, cancelled=lambda: bool(keys_in(scene.scene)))
    assert done.keys == 3


def test_a_report_that_cannot_be_written_is_noted(scene: Session, tmp_path: Path) -> None:
    done = maya_a2f.bake(TAKE, report_path=tmp_path / "gone" / "report.json")
    assert done.keys == 3
    assert done.report_path is None
    assert done.notes[-1].startswith("No report: ")


def test_a_missing_worker_is_an_error_of_ours_and_the_scene_stays(
    scene: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "worker_python", lambda: None)
    before = scene.scene.state()
    assert code_of(lambda: maya_a2f.animate("line.wav")) == "worker.no_environment"
    assert scene.scene.state() == before


def test_without_a_clip_nothing_is_solved(scene: Session) -> None:
    with maya_a2f.session() as a2f:
        assert code_of(lambda: a2f.run(maya_a2f.AnimationJob())) == "script.no_clip"


def test_copies_of_sounds_lie_beside_the_scene_or_in_the_cache(scene: Session, tmp_path: Path) -> None:
    cache = tmp_path / "cache" / "sound"
    assert scene_files.sound_folder(cache) == cache
    shot = tmp_path / "show" / "scenes"
    shot.mkdir(parents=True)
    scene_files.save_scene(shot / "shot.ma")
    assert scene_files.sound_folder(cache) == shot / "sound"
    (tmp_path / "show" / "workspace.mel").write_text("", "utf-8")
    assert scene_files.sound_folder(cache) == tmp_path / "show" / "sound"


def test_a_mayapy_that_was_not_started_is_told_how(scene: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene_files, "is_running", lambda: False)
    with pytest.raises(A2FError) as caught:
        maya_a2f.bake(TAKE)
    assert caught.value.code == "script.not_started"
    assert "maya.standalone.initialize" in caught.value.hint


def test_the_take_may_come_from_a_file_whose_recording_is_gone(scene: Session, tmp_path: Path) -> None:
    write_take(TAKE, tmp_path / "a.a2ftake")
    done = maya_a2f.bake(tmp_path / "a.a2ftake")
    assert done.sound is None
    assert cmds.ls(type="audio") == []


def test_keys_do_not_wait_for_a_worker_that_is_not_there(
    scene: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "line.wav").write_bytes(b"RIFF")
    take = Take(TAKE.rate, TAKE.tracks, made_by={"audio": {"path": str(tmp_path / "line.wav")}})
    monkeypatch.setattr(settings, "worker_python", lambda: None)
    done = maya_a2f.bake(take)
    assert (done.keys, done.sound) == (3, None)


class TestScenes:
    def test_a_scene_is_saved_and_opened_again(self, scene: Session, tmp_path: Path) -> None:
        maya_a2f.bake(TAKE)
        state = scene.scene.state()["nodes"].keys()
        for name in ("a.ma", "b ü.mb"):
            scene_files.save_scene(tmp_path / name)
            assert scene_files.scene_path() == tmp_path / name
            assert not scene_files.is_modified()
            scene_files.new_scene()
            scene_files.open_scene(tmp_path / name)
            assert scene.scene.state()["nodes"].keys() == state
        assert {entry.name for entry in tmp_path.iterdir() if entry.is_file()} == {"a.ma", "b ü.mb"}

    def test_no_scene_is_replaced_unasked_and_none_is_lost_by_a_failure(
        self, scene: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "a.ma"
        path.write_text("precious", "utf-8")
        assert code_of(lambda: scene_files.save_scene(path)) == "file.exists"
        from tests.fake_maya import scene_files as fake_files

        def full(*arguments: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(fake_files, "write", full)
        assert code_of(lambda: scene_files.save_scene(path, overwrite=True)) == "scene.unsaved"
        assert path.read_text("utf-8") == "precious"
        assert scene_files.scene_path() is None, "the scene's name is as it was"
        assert [entry.name for entry in tmp_path.iterdir()] == ["a.ma"]

    @pytest.mark.parametrize(("name", "code"), [("a.obj", "scene.format"), ("gone/a.ma", "file.unwritable")])
    def test_names_that_cannot_be_saved_are_refused(self, scene: Session, tmp_path: Path, name: str, code: str) -> None:
        assert code_of(lambda: scene_files.save_scene(tmp_path / name)) == code

    def test_a_scene_that_is_missing_or_damaged_is_not_worked_on(self, scene: Session, tmp_path: Path) -> None:
        assert code_of(lambda: scene_files.open_scene(tmp_path / "gone.ma")) == "scene.missing"
        (tmp_path / "bad.ma").write_text("no scene", "utf-8")
        assert code_of(lambda: scene_files.open_scene(tmp_path / "bad.ma")) == "scene.unreadable"
