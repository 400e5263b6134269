"""A moved sound takes exactly its keys along."""

from __future__ import annotations

import pytest

from maya_a2f.core.ports import AudioNode
from maya_a2f.errors import HostError
from tests.fake_maya.scenes import build_head, keys_in
from tests.fake_maya.session import Session
from tests.host.maya.benches import JAW_OPEN, JAW_TURN, TIMELINE, host, turn, weight

# isort: split
from maya import cmds

from maya_a2f.host.maya.bake import BakeOptions
from maya_a2f.host.maya.following import follow_sound
from maya_a2f.host.maya.layers import LayerChoice
from maya_a2f.host.maya.metadata import Result, audio_shift_frames
from maya_a2f.host.maya.outside_stubs import curve_on_layer


@pytest.fixture
def scene(maya: Session) -> Session:
    build_head(maya.scene)
    return maya


def _baked(options: BakeOptions | None = None) -> Result:
    curves = [weight({1: 0, 3: 0.5, 5: 1}), turn({1: 3, 5: 9}, tangent="auto")]
    host(options).bake(curves, timeline=TIMELINE, audio=AudioNode("/a.wav", 1, 40), metadata={"a2fTake": "{}"})
    return host().results()[0]


def _move(frame: float) -> None:
    cmds.sound("a_sound", edit=True, offset=frame)


def test_keys_follow_and_the_animators_own_stay(scene: Session) -> None:
    cmds.setKeyframe(JAW_OPEN, time=100, value=0.25)
    result = _baked()
    _move(11.5)
    moved = scene.scene.state()
    report = follow_sound(result)
    assert set(report.written) == {JAW_OPEN, JAW_TURN}
    found = keys_in(scene.scene)
    assert found[JAW_OPEN] == [(11.5, 0), (13.5, 0.5), (15.5, 1), (100, 0.25)]
    assert [frame for frame, _ in found[JAW_TURN]] == [11.5, 15.5]
    assert audio_shift_frames(host().results()[0]) == 0
    after = scene.scene.state()
    cmds.undo()
    assert scene.scene.state() == moved
    cmds.redo()
    assert scene.scene.state() == after


def test_a_result_that_followed_can_follow_again_be_baked_again_and_be_removed(scene: Session) -> None:
    _baked()
    _move(20)
    follow_sound(host().results()[0])
    _move(-7)
    follow_sound(host().results()[0])
    assert [frame for frame, _ in keys_in(scene.scene)[JAW_OPEN]] == [-7, -5, -3]
    host(BakeOptions(result="a.wav")).bake([weight({3: 1})], timeline=TIMELINE)
    assert keys_in(scene.scene)[JAW_OPEN] == [(3, 1)]
    host().remove(host().results()[0])
    assert keys_in(scene.scene) == {}


def test_keys_on_a_layer_follow_too(scene: Session) -> None:
    result = _baked(BakeOptions(layer=LayerChoice("speech", is_new=True)))
    _move(6)
    assert set(follow_sound(result).written) == {JAW_OPEN, JAW_TURN}
    curve = curve_on_layer("speech", JAW_OPEN)
    assert cmds.keyframe(curve, query=True, timeChange=True) == [6, 8, 10]
    assert cmds.getAttr(f"{result.node}.a2fLayer") == "speech"


def test_a_sound_that_did_not_move_changes_nothing(scene: Session) -> None:
    result = _baked()
    before, steps = scene.scene.state(), len(scene.undo.done)
    assert follow_sound(result).written == ()
    assert (scene.scene.state(), len(scene.undo.done)) == (before, steps)


def _edit(scene: Session) -> None:
    cmds.setKeyframe(JAW_OPEN, time=3, value=0.75)


def _lock(scene: Session) -> None:
    cmds.lockNode("face_shapes_jawOpen", lock=True)


def _take_the_place(scene: Session) -> None:
    cmds.setKeyframe(JAW_OPEN, time=13, value=1)


def _lose_the_sound(scene: Session) -> None:
    cmds.delete("a_sound")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [(_edit, "result.edited"), (_lock, "result.edited"), (_take_the_place, "result.taken"),
     (_lose_the_sound, "result.no_sound")],
)  # fmt: skip
def test_what_cannot_follow_is_refused_by_name_and_nothing_moves(scene: Session, spoil, code: str) -> None:  # type: ignore[no-untyped-def]
    result = _baked()
    _move(11)
    spoil(scene)
    before = scene.scene.state()
    with pytest.raises(HostError) as refusal:
        follow_sound(result)
    assert refusal.value.code == code
    assert refusal.value.hint
    assert scene.scene.state() == before


def test_a_curve_that_is_gone_is_named_and_the_others_follow(scene: Session) -> None:
    result = _baked()
    cmds.delete("face_shapes_jawOpen")
    _move(3)
    report = follow_sound(result)
    assert report.written == (JAW_TURN,)
    assert [item.attribute for item in report.skipped] == [JAW_OPEN]


def test_a_sound_whose_head_is_trimmed_in_place_has_not_moved(scene: Session) -> None:
    result = _baked()
    cmds.sound("a_sound", edit=True, offset=11)
    cmds.sound("a_sound", edit=True, sourceStart=10)
    assert audio_shift_frames(result) == 0
    before = keys_in(scene.scene)
    assert follow_sound(result).notes == ("The sound has not moved.",)
    assert keys_in(scene.scene) == before


def test_what_is_said_earlier_since_the_head_was_cut_off_takes_its_keys_along(scene: Session) -> None:
    result = _baked()
    cmds.sound("a_sound", edit=True, sourceStart=2)
    assert audio_shift_frames(result) == -2
    follow_sound(result)
    assert [frame for frame, _ in keys_in(scene.scene)[JAW_OPEN]] == [-1, 1, 3]
    assert audio_shift_frames(host().results()[0]) == 0
