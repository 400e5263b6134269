"""``maya_a2f.rerun``: a result made again with one thing changed, around what was edited; takes are given."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from maya_a2f import run
from maya_a2f.core.clip import Clip
from maya_a2f.core.rig_map import Drive, RigMap
from maya_a2f.core.take import Take
from maya_a2f.errors import UserError
from maya_a2f.scripting.job import AnimationJob, job_from
from maya_a2f.scripting.recipe import recipe_text, recorded_options
from tests.fake_maya.scenes import build_head, keys_in
from tests.fake_maya.session import Session
from tests.host.maya.benches import JAW_OPEN

# isort: split
from maya import cmds

import maya_a2f

Asked = list[tuple[Clip, Any]]
BROW = "face_shapes.browInnerUp"


def take(value: float, count: int = 60) -> Take:
    tracks = {"jawOpen": [value + 0.001 * at for at in range(count)], "browInnerUp": [value] * count}
    return Take(Fraction(30), tracks, made_by={"package": {"name": "tiny"}, "audio": {"path": "/clips/line.wav"}})


@pytest.fixture
def asked(maya: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Asked:
    """What was to be solved; the solve's take is the joy it was asked for."""
    monkeypatch.setenv("MAYA_A2F_CACHE", str(tmp_path / "cache"))
    build_head(maya.scene)
    cmds.select("jaw_jnt")
    solved: Asked = []

    def solve(clip: Clip, settings, lines=()) -> Iterator[Take]:  # type: ignore[no-untyped-def]
        solved.append((clip, settings))
        yield from ()
        return take(settings.emotion.get("joy", 0.25))

    monkeypatch.setattr(run, "solve_marked", solve)
    return solved


def _first() -> None:
    done = maya_a2f.animate("/clips/line.wav", start_frame=11, sound=False, result="line", emotion={"joy": 0.5})
    assert set(done.curves) == {JAW_OPEN, BROW}


def test_a_result_is_made_again_as_it_was_made_with_what_is_changed(maya: Session, asked: Asked) -> None:
    _first()
    cmds.setKeyframe(JAW_OPEN, time=30, value=0.9)
    cmds.select(clear=True)
    done = maya_a2f.rerun("line", emotion={"joy": 0.75})
    clip, settings = asked[-1]
    assert (clip.path, clip.start_frame) == (str(Path("/clips/line.wav").absolute()), 11)
    assert settings.emotion == {"joy": 0.75}
    assert [(item.attribute, item.frames) for item in done.kept] == [(JAW_OPEN, ((26.0, 40.0),))]
    assert dict(keys_in(maya.scene)[BROW])[20] == 0.75
    assert dict(keys_in(maya.scene)[JAW_OPEN])[30] == 0.9
    assert done.to_dict()["kept"][0]["frames"] == [[26.0, 40.0]]
    json.dumps(done.to_dict())
    assert asked[0][1].emotion == {"joy": 0.5}
    assert maya_a2f.rerun(maya_a2f.results()[0]).take.tracks["browInnerUp"][0] == 0.75, "the last recipe holds"


def test_range_region_and_take_over_limit_what_is_renewed(maya: Session, asked: Asked) -> None:
    _first()
    cmds.setKeyframe(JAW_OPEN, time=30, value=0.9)
    before = keys_in(maya.scene)
    done = maya_a2f.rerun("line", range=(20, 50), regions="jaw", take_over=[JAW_OPEN], fade=0, emotion={"joy": 0.1})
    assert done.curves == (JAW_OPEN,)
    after = keys_in(maya.scene)
    assert after[BROW] == before[BROW]
    fresh = take(0.1).tracks["jawOpen"]
    assert after[JAW_OPEN][9:40] == [(float(frame), pytest.approx(fresh[frame - 11])) for frame in range(20, 51)]
    assert after[JAW_OPEN][:9] + after[JAW_OPEN][40:] == before[JAW_OPEN][:9] + before[JAW_OPEN][40:]
    maya_a2f.rerun("line")
    assert asked[-1][1].emotion == {"joy": 0.5}, "what made a part is not what made the whole"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"range": (50, 20)}, "rerun.range"),
        ({"range": "here"}, "rerun.range"),
        ({"range": (1, float("nan"))}, "rerun.range"),
        ({"regions": ["ears"]}, "rerun.region"),
        ({"fade": -1}, "rerun.fade"),
        ({"fade": True}, "rerun.fade"),
        ({"colour": "red"}, "script.option"),
    ],
)
def test_what_makes_no_sense_is_told_before_the_work(asked: Asked, options: dict[str, object], code: str) -> None:
    _first()
    with pytest.raises(UserError) as caught:
        maya_a2f.rerun("line", **options)  # type: ignore[arg-type]
    assert caught.value.code == code
    assert len(asked) == 1


def test_a_result_there_is_not_and_one_without_a_recording_are_told(asked: Asked) -> None:
    _first()
    with pytest.raises(UserError, match="no result 'other'"):
        maya_a2f.rerun("other")
    (result,) = maya_a2f.results()
    for name in ("a2fJob", "a2fTake"):
        cmds.setAttr(f"{result.node}.{name}", "{", type="string")
    with pytest.raises(UserError) as caught:
        maya_a2f.rerun("line")
    assert caught.value.code == "result.no_recipe"


def test_a_result_of_a_version_without_recipes_is_made_again_from_what_its_take_says(
    asked: Asked,
) -> None:
    _first()
    (result,) = maya_a2f.results()
    made = {"audio": {"path": "/old/clip.wav", "in_seconds": 1.0}, "package": {"name": "x"}, "emotion": {"joy": 1.0}}
    cmds.setAttr(f"{result.node}.a2fJob", "", type="string")
    cmds.setAttr(f"{result.node}.a2fTake", json.dumps(made), type="string")
    maya_a2f.rerun("line", sound=False)
    clip, settings = asked[-1]
    assert (clip.path, clip.in_seconds, settings.emotion) == ("/old/clip.wav", 1.0, {"joy": 1.0})


def test_a_saved_scene_that_is_opened_again_can_be_run_again(maya: Session, asked: Asked, tmp_path: Path) -> None:
    from tests.fake_maya.session import current

    _first()
    cmds.setKeyframe(JAW_OPEN, time=30, value=0.9)
    cmds.file(rename=str(tmp_path / "shot.ma"))
    cmds.file(save=True, type="mayaAscii")
    cmds.file(newFile=True, force=True)
    cmds.file(str(tmp_path / "shot.ma"), open=True, force=True)
    done = maya_a2f.rerun("line", emotion={"joy": 0.75})
    assert [item.attribute for item in done.kept] == [JAW_OPEN]
    keys = keys_in(current().scene)
    assert (dict(keys[JAW_OPEN])[30], dict(keys[BROW])[20]) == (0.9, 0.75)


def test_a_recipe_holds_every_option_that_makes_the_performance() -> None:
    rig_map = RigMap("mine", {"a.b": Drive({"jawOpen": 0.5})})
    job = job_from({
        "clip": "a.wav", "rig_map": rig_map, "model": "m", "emotion": {"joy": 0.5},
        "parameters": {"lowerFaceStrength": 1.2},
        "emotion_keys": [{"seconds": 0.5, "strengths": {"joy": 1.0}}], "layers": {"blinks": {"strength": 0.5}},
        "transcript": "hello", "tail_seconds": 0.0, "keys": "reduced", "tolerance": 0.02, "mode": "insert",
    })  # fmt: skip
    text = recipe_text(job, Clip("/a.wav", 0.5, 2.0, 7.0), 7.0)
    again = job_from(recorded_options({"a2fJob": text}))
    plain = replace(again, clip=job.clip, start_frame=None, in_seconds=0.0, out_seconds=None)
    assert plain.given_map().drives == rig_map.drives  # type: ignore[union-attr]
    for name in ("model", "emotion", "parameters", "transcript", "tail_seconds", "keys", "tolerance", "mode"):
        assert getattr(plain, name) == getattr(job, name), name
    rate = Fraction(30)
    assert plain.solve_settings(rate) == job.solve_settings(rate)
    assert (again.start_frame, again.in_seconds, again.out_seconds) == (7.0, 0.5, 2.0)
    assert json.loads(recipe_text(AnimationJob(), None, 1.0))["options"] == {"start_frame": 1.0}
