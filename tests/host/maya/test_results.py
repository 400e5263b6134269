"""What made the keys is kept in the scene, and exactly these keys can be taken out or replaced."""

from __future__ import annotations

import json

import pytest

from maya_a2f.core.ports import AudioNode
from tests.fake_maya.scenes import build_head, keys_in
from tests.fake_maya.session import Session
from tests.host.maya.benches import JAW_OPEN, JAW_TURN, TIMELINE, host, turn, weight

# isort: split
from maya import cmds

from maya_a2f.host.maya.bake import BakeOptions
from maya_a2f.host.maya.layers import LayerChoice
from maya_a2f.host.maya.metadata import audio_shift_frames, metadata_of


@pytest.fixture
def scene(maya: Session) -> Session:
    build_head(maya.scene)
    return maya


def test_removing_brings_back_the_scene_before_the_bake(scene: Session) -> None:
    cmds.setAttr(JAW_TURN, 4.0)
    before = scene.scene.state()
    bench = host()
    bench.bake([weight({1: 0, 5: 1}), turn({1: 3, 5: 9})], timeline=TIMELINE, metadata={"model": "m"})
    (result,) = bench.results()
    after_bake = scene.scene.state()
    report = bench.remove(result)
    assert set(report.written) == {JAW_OPEN, JAW_TURN}
    assert scene.scene.state() == before
    cmds.undo()
    assert scene.scene.state() == after_bake
    cmds.redo()
    assert scene.scene.state() == before


def test_removing_leaves_the_animators_own_keys(scene: Session) -> None:
    cmds.setKeyframe(JAW_OPEN, time=100, value=0.5)
    bench = host()
    bench.bake([weight({1: 0, 5: 1})], timeline=TIMELINE)
    bench.remove(bench.results()[0])
    assert keys_in(scene.scene) == {JAW_OPEN: [(100, 0.5)]}


def test_a_selected_curve_that_remove_deletes_is_selected_again_by_undo(scene: Session) -> None:
    bench = host()
    bench.bake([weight({1: 0, 5: 1}), turn({1: 3})], timeline=TIMELINE)
    (result,) = bench.results()
    cmds.select(["face_shapes_jawOpen", "jaw_jnt", result.node], replace=True)
    baked = scene.scene.state()
    bench.remove(result)
    assert cmds.ls(selection=True) == ["jaw_jnt"]
    removed = scene.scene.state()
    cmds.undo()
    assert scene.scene.state() == baked
    cmds.redo()
    assert scene.scene.state() == removed


@pytest.mark.parametrize("edit", ["a value", "a new key", "a key cut", "a tangent"])
def test_a_curve_edited_since_is_refused_by_name_unless_forced(scene: Session, edit: str) -> None:
    bench = host()
    bench.bake([weight({1: 0, 3: 0.5, 5: 1}), turn({1: 3, 5: 9})], timeline=TIMELINE)
    if edit == "a value":
        cmds.setKeyframe(JAW_OPEN, time=3, value=0.501, inTangentType="linear", outTangentType="linear")
    elif edit == "a new key":
        cmds.setKeyframe(JAW_OPEN, time=4, value=0.75)
    elif edit == "a key cut":
        cmds.cutKey(JAW_OPEN, time=(3, 3), clear=True)
    else:
        cmds.setKeyframe(JAW_OPEN, time=3, value=0.5, inTangentType="flat", outTangentType="linear")
    edited = keys_in(scene.scene)[JAW_OPEN]
    again = [weight({1: 1, 5: 1}), turn({1: 1, 5: 1})]
    report = bench.bake(again, timeline=TIMELINE)
    assert report.written == (JAW_TURN,)
    assert "edited since" in report.skipped[0].reason
    assert keys_in(scene.scene)[JAW_OPEN] == edited
    removal = bench.remove(bench.results()[0])
    assert (removal.written, [item.attribute for item in removal.skipped]) == ((JAW_TURN,), [JAW_OPEN])
    assert keys_in(scene.scene) == {JAW_OPEN: edited}
    bench.options = BakeOptions(force=True)
    assert bench.bake([weight({1: 1, 5: 1})], timeline=TIMELINE).written == (JAW_OPEN,)
    assert keys_in(scene.scene)[JAW_OPEN] == [(1, 1), (5, 1)]
    bench.remove(bench.results()[0], force=True)
    assert keys_in(scene.scene) == {}
    assert bench.results() == []


def test_a_re_run_moves_its_own_keys_and_no_others(scene: Session) -> None:
    bench = host(BakeOptions(result="line 1"))
    bench.bake([weight({1: 0, 3: 1, 5: 0})], timeline=TIMELINE)
    host(BakeOptions(result="line 2")).bake([weight({20: 0, 25: 1})], timeline=TIMELINE)
    bench.bake([weight({11: 0, 13: 1, 15: 0})], timeline=TIMELINE)
    assert [frame for frame, _ in keys_in(scene.scene)[JAW_OPEN]] == [11, 13, 15, 20, 25]
    assert sorted(result.name for result in bench.results()) == ["line 1", "line 2"]


def test_two_characters_keep_their_results_apart(maya: Session) -> None:
    for name in ("bob", "eve"):
        build_head(maya.scene, namespace=name)
        host(selection=f"{name}:jaw_jnt").bake([weight({1: 1})], timeline=TIMELINE)
    bob = host(selection="bob:jaw_jnt")
    bob.remove(bob.results()[0])
    assert list(keys_in(maya.scene)) == ["eve:face_shapes.jawOpen"]


def test_the_record_says_what_it_must(scene: Session) -> None:
    options = BakeOptions(channels={JAW_OPEN: ("jawOpen",)})
    audio = AudioNode("/clips/line 7.wav", 10, 50)
    host(options).bake([weight({10: 0, 20: 1})], timeline=TIMELINE, audio=audio, metadata={"a2fTake": '{"joy": 1}'})
    (result,) = host().results()
    (record,) = result.curves
    assert result.name == "line 7.wav"
    assert (record.attribute, record.channels) == (JAW_OPEN, ("jawOpen",))
    assert (record.first, record.last) == (47_040_000, 94_080_000)
    assert record.curve == cmds.ls("face_shapes_jawOpen", uuid=True)[0]
    assert metadata_of(result.node) == {"a2fTake": '{"joy": 1}'}
    assert "\n" not in cmds.getAttr(f"{result.node}.a2fCurves")


def test_moving_the_sound_is_noticed(scene: Session) -> None:
    host().bake([weight({10: 0})], timeline=TIMELINE, audio=AudioNode("/a.wav", 10, 50))
    (result,) = host().results()
    assert audio_shift_frames(result) == 0
    cmds.sound(cmds.ls(type="audio")[0], edit=True, offset=22.5)
    assert audio_shift_frames(result) == 12.5


@pytest.mark.parametrize("damage", ["not json", json.dumps([{"attribute": 1}]), json.dumps({"a": 1})])
def test_a_damaged_record_is_one_without_curves(scene: Session, damage: str) -> None:
    bench = host()
    bench.bake([weight({1: 1})], timeline=TIMELINE)
    cmds.setAttr(f"{bench.results()[0].node}.a2fCurves", damage, type="string")
    assert bench.results()[0].curves == ()
    assert bench.bake([weight({1: 0.5})], timeline=TIMELINE).written == (JAW_OPEN,)


@pytest.mark.parametrize("override", [False, True])
def test_removing_from_a_layer_leaves_the_base(scene: Session, override: bool) -> None:
    cmds.setKeyframe(JAW_TURN, time=1, value=5)
    bench = host(BakeOptions(layer=LayerChoice("speech", is_new=True, override=override)))
    bench.bake([turn({1: 10, 5: 30})], timeline=TIMELINE)
    assert bench.remove(bench.results()[0]).written == (JAW_TURN,)
    cmds.currentTime(5)
    assert cmds.getAttr(JAW_TURN) == pytest.approx(5)


def test_a_curve_deleted_by_hand_is_said_to_be_gone(scene: Session) -> None:
    bench = host()
    bench.bake([weight({1: 1}), turn({1: 1})], timeline=TIMELINE)
    cmds.delete("face_shapes_jawOpen")
    report = bench.remove(bench.results()[0])
    assert report.written == (JAW_TURN,)
    assert report.skipped[0].reason == "its curve is gone"
    assert bench.results() == []
