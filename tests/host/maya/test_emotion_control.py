"""Emotions on attributes in Maya: made, keyed, read for the next solve, and what happens when somebody breaks them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from maya_a2f.core.channels import EMOTIONS
from maya_a2f.core.emotion_direction import EmotionDirection
from maya_a2f.core.emotion_keys import EmotionKey, lanes
from maya_a2f.core.emotion_sidecar import EmotionSidecar, write_sidecar
from maya_a2f.errors import A2FError, HostError
from tests.fake_maya.scenes import build_head
from tests.fake_maya.session import Session, new_session

new_session()

from maya import cmds  # noqa: E402

import maya_a2f  # noqa: E402
from maya_a2f.host.maya.emotion_control import (  # noqa: E402
    FROM_VOICE,
    control_of,
    controls,
    make_control,
    read_control,
    remove_control,
)
from maya_a2f.host.maya.outside_stubs import key_frames  # noqa: E402
from maya_a2f.scripting.job import job_from  # noqa: E402
from maya_a2f.scripting.target import find_target  # noqa: E402

NOTHING = EmotionDirection("panel")
KEYS = (EmotionKey(0.0, {"joy": 0.2}), EmotionKey(1.0, {"joy": 0.8, "anger": 0.5}), EmotionKey(2.0, {"anger": 0.0}))


@pytest.fixture
def scene(maya: Session) -> Session:
    build_head(maya.scene)
    return maya


def test_a_control_has_the_ten_emotions_and_the_share_of_the_voice(scene: Session) -> None:
    node = make_control("bob", EmotionDirection("panel", {"fear": 0.3}, (), 0.5), 1)
    assert cmds.listAttr(node, userDefined=True, keyable=True) == list(EMOTIONS)
    assert cmds.getAttr(f"{node}.fear") == 0.3
    assert cmds.getAttr(f"{node}.{FROM_VOICE}") == 0.5
    assert cmds.attributeQuery("joy", node=node, minimum=True) == [0.0]
    assert cmds.attributeQuery("joy", node=node, maximum=True) == [1.0]
    assert cmds.getAttr(f"{node}.translateX", lock=True)
    assert not cmds.getAttr(f"{node}.translateX", keyable=True)
    assert control_of("bob") == cmds.ls(node, long=True)[0]
    assert control_of("alice") is None


def test_making_and_removing_are_one_undo_step_each_and_leave_the_selection(scene: Session) -> None:
    cmds.select("jaw_jnt")
    before = scene.scene.state()
    node = make_control("bob", EmotionDirection("panel", {}, KEYS, 0.5), 1)
    assert cmds.ls(selection=True) == ["jaw_jnt"]
    cmds.undo()
    assert scene.scene.state() == before
    cmds.redo()
    made = scene.scene.state()
    remove_control(node)
    assert controls() == []
    cmds.undo()
    assert scene.scene.state() == made


@pytest.mark.parametrize(("unit", "rate", "start"), [("ntsc", 30, 1), ("film", 24, 1001), ("pal", 25, -10)])
def test_keys_come_back_as_they_were_set(scene: Session, unit: str, rate: int, start: float) -> None:
    scene.scene.time_unit = unit
    node = make_control("bob", EmotionDirection("panel", {"fear": 0.25}, KEYS, 0.5), start)
    assert key_frames(f"{node}.joy") == (start, start + rate)
    found = read_control(node, start)
    assert found.emotion == {"fear": 0.25}
    assert found.strength == 0.5
    assert found.notes == ()
    for name, lane in lanes(KEYS).items():
        own = lanes(found.keys)[name]
        assert [at for at, _ in own] == pytest.approx([at for at, _ in lane])
        assert [value for _, value in own] == pytest.approx([value for _, value in lane])


def test_a_later_start_frame_moves_the_keys_earlier(scene: Session) -> None:
    node = make_control("bob", EmotionDirection("panel", {}, KEYS), 1)
    assert read_control(node, 31).keys[0].seconds == pytest.approx(-1.0)


def test_a_curve_is_read_on_every_frame(scene: Session) -> None:
    node = make_control("bob", NOTHING, 1)
    for frame, value in ((1, 0.0), (11, 1.0), (21, 0.0)):
        cmds.setKeyframe(f"{node}.joy", time=frame, value=value, inTangentType="flat", outTangentType="flat")
    lane = lanes(read_control(node, 1).keys)["joy"]
    for seconds, value in lane:
        assert value == pytest.approx(cmds.getAttr(f"{node}.joy", time=1 + seconds * 30), abs=1e-6)
    assert lane[0] == (0.0, 0.0)
    assert lane[-1] == pytest.approx((20 / 30, 0.0))


def test_keys_between_frames_keep_their_ends(scene: Session) -> None:
    node = make_control("bob", NOTHING, 1)
    for frame, value in ((1.5, 0.0), (3.25, 0.7)):
        cmds.setKeyframe(f"{node}.joy", time=frame, value=value, inTangentType="linear", outTangentType="linear")
    lane = lanes(read_control(node, 1).keys)["joy"]
    assert [at for at, _ in lane] == pytest.approx([0.5 / 30, 2.25 / 30])
    assert [value for _, value in lane] == pytest.approx([0.0, 0.7])


def test_values_beyond_the_ends_are_held_and_said(scene: Session) -> None:
    node = make_control("bob", NOTHING, 1)
    for frame, value in ((1, -0.5), (10, 1.5)):
        cmds.setKeyframe(f"{node}.joy", time=frame, value=value)
    found = read_control(node, 1)
    values = [value for _, value in lanes(found.keys)["joy"]]
    assert (min(values), max(values)) == (0.0, 1.0)
    assert any("'joy'" in note and "0 to 1" in note for note in found.notes)


def test_an_attribute_that_was_deleted_counts_as_0_and_is_said(scene: Session) -> None:
    node = make_control("bob", EmotionDirection("panel", {"joy": 0.5, "fear": 0.5}), 1)
    _delete_attribute(scene, node, "joy")
    found = read_control(node, 1)
    assert found.emotion == {"fear": 0.5}
    assert any("'joy'" in note for note in found.notes)


def test_an_attribute_that_became_a_text_counts_as_0_and_is_said(scene: Session) -> None:
    node = make_control("bob", EmotionDirection("panel", {"joy": 0.5}), 1)
    _delete_attribute(scene, node, "joy")
    cmds.addAttr(node, longName="joy", dataType="string")
    found = read_control(node, 1)
    assert found.emotion == {}
    assert any("'joy'" in note for note in found.notes)


def _delete_attribute(scene: Session, node: str, name: str) -> None:
    del scene.scene.node(node).attributes[name]


def test_a_renamed_control_is_still_the_characters(scene: Session) -> None:
    node = make_control("bob", EmotionDirection("panel", {"joy": 0.5}), 1)
    renamed = cmds.rename(node, "feelings")
    found = control_of("bob")
    assert found is not None
    assert found.endswith(renamed)
    assert read_control(found, 1).source == "feelings"


def test_a_second_control_is_refused(scene: Session) -> None:
    make_control("bob", NOTHING, 1)
    with pytest.raises(HostError) as caught:
        make_control("bob", NOTHING, 1)
    assert caught.value.code == "emotion.control_exists"
    assert len(controls()) == 1
    make_control("alice", NOTHING, 1)
    assert len(controls()) == 2


def test_a_control_that_is_gone_is_said(scene: Session) -> None:
    node = make_control("bob", NOTHING, 1)
    cmds.delete(node)
    with pytest.raises(HostError) as caught:
        read_control(node, 1)
    assert caught.value.code == "emotion.control_gone"


# Scripts


def test_a_script_makes_a_control_and_finds_it_again(scene: Session) -> None:
    node = maya_a2f.emotion_control("jaw_jnt", emotion={"Fear": 0.25}, emotion_keys=KEYS, from_voice=0.5, start_frame=1)
    found = read_control(node, 1)
    assert (found.emotion, found.strength) == ({"fear": 0.25}, 0.5)
    assert maya_a2f.emotion_control("jaw_jnt") == control_of(controls()[0].character)
    with pytest.raises(HostError) as caught:
        maya_a2f.emotion_control("jaw_jnt", from_voice=1.0)
    assert caught.value.code == "emotion.control_exists"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"emotion": {"happy": 0.5}}, "emotion.unknown"),
        ({"emotion": {"joy": 1.5}}, "emotion.bad_keys"),
        ({"emotion_keys": [{"seconds": 0, "strengths": {"sadnes": 1}}]}, "emotion.unknown"),
        ({"from_voice": 2}, "emotion.auto_out_of_range"),
    ],
)
def test_a_script_with_bad_emotions_makes_nothing(scene: Session, options: dict[str, Any], code: str) -> None:
    before = scene.scene.state()
    with pytest.raises(A2FError) as caught:
        maya_a2f.emotion_control("jaw_jnt", **options)
    assert caught.value.code == code
    assert scene.scene.state() == before


def test_the_control_feeds_the_next_solve_unless_the_script_says_otherwise(scene: Session, tmp_path: Path) -> None:
    clip = tmp_path / "line.wav"
    clip.write_bytes(b"")
    maya_a2f.emotion_control("jaw_jnt", emotion={"fear": 0.25}, emotion_keys=KEYS, from_voice=0.5, start_frame=1)
    job = job_from({"clip": str(clip), "character": "jaw_jnt", "start_frame": 1})
    target = find_target(job)
    settings, remarks = job.directed_settings(target.rate, target.direction)
    assert settings.emotion == {"fear": 0.25}
    assert settings.emotion_auto.strength == 0.5
    assert {name for key in settings.emotion_keys for name in key.strengths} == {"joy", "anger"}
    assert remarks == ("The emotions come from 'a2f_emotion' in the scene.",)
    for own in ({"emotion": {"joy": 1.0}}, {"emotion_auto": 0.0}, {"emotion_keys": KEYS}):
        job = job_from({"clip": str(clip), "character": "jaw_jnt", **own})
        target = find_target(job)
        assert target.direction is None
        assert "fear" not in job.directed_settings(target.rate, target.direction)[0].emotion


def test_the_control_goes_before_the_file_beside_the_recording(scene: Session, tmp_path: Path) -> None:
    clip = tmp_path / "line.wav"
    clip.write_bytes(b"")
    write_sidecar(EmotionSidecar("line.wav", emotion={"pain": 0.5}), tmp_path / "line.emotion.json")
    job = job_from({"clip": str(clip), "character": "jaw_jnt"})
    settings, remarks = job.directed_settings(find_target(job).rate, find_target(job).direction)
    assert settings.emotion == {"pain": 0.5}
    assert remarks == ("The emotions come from 'line.emotion.json'.",)
    maya_a2f.emotion_control("jaw_jnt", emotion={"fear": 0.25})
    settings, _ = job.directed_settings(find_target(job).rate, find_target(job).direction)
    assert settings.emotion == {"fear": 0.25}
