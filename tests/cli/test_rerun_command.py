"""``a2f animate --rerun``: what it takes, and what it refuses before any work."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from maya_a2f import outputs
from maya_a2f.cli import main as command_line
from maya_a2f.core.clip import Clip
from maya_a2f.core.handing_over import skipped_words
from maya_a2f.core.head import load_head
from maya_a2f.core.ports import AudioNode, SkippedCurve, Timeline
from maya_a2f.core.rerun_scope import RerunScope, check_frames
from maya_a2f.core.rig import KeyedCurve
from maya_a2f.errors import HostError, UserError
from maya_a2f.host.scene_file.host import SceneFileHost
from maya_a2f.host.scene_file.keyed_scene import KeyedSceneHost
from maya_a2f.host.scene_file.scene_rerun import FileBakeOptions
from maya_a2f.run import AnimateJob

JAW = "face_shapes.jawOpen"


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    path = tmp_path / "line.ma"
    curve = KeyedCurve(JAW, "weight", range(1, 61), [0.1] * 60)
    SceneFileHost(path, load_head(outputs.HEAD_FOLDER)).bake(
        [curve], timeline=Timeline(Fraction(30), 1, 60), audio=AudioNode("/clips/line.wav", 1, 60)
    )
    return path


def _job(*paths: Path) -> AnimateJob:
    return AnimateJob(Clip("/clips/line.wav"), paths, rerun=RerunScope())


def test_a_scene_that_is_there_may_be_renewed_and_other_files_may_not_be_replaced(scene: Path, tmp_path: Path) -> None:
    outputs.check(_job(scene))
    movie = tmp_path / "line.mp4"
    movie.write_bytes(b"x")
    with pytest.raises(UserError) as caught:
        outputs.check(_job(scene, movie))
    assert caught.value.code == "output.exists"
    with pytest.raises(UserError) as caught:
        outputs.check(replace(_job(scene), rerun=None))
    assert caught.value.code == "output.exists"


@pytest.mark.parametrize("name", ["gone.ma", "line.csv"])
def test_without_a_scene_there_is_nothing_to_renew(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError) as caught:
        outputs.check(_job(tmp_path / name))
    assert caught.value.code == "rerun.no_scene"


def test_a_scene_without_a_result_of_that_name_is_not_touched(scene: Path) -> None:
    before = scene.read_bytes()
    host = KeyedSceneHost(scene, scene, overwrite=True, options=FileBakeOptions(scope=RerunScope()))
    curve = KeyedCurve(JAW, "weight", (1, 2), (0, 1))
    with pytest.raises(HostError, match=r"no result 'other.wav'.*'line.wav'") as caught:
        host.bake([curve], timeline=Timeline(Fraction(30), 1, 2), audio=AudioNode("/clips/other.wav", 1, 60))
    assert caught.value.code == "result.missing"
    assert scene.read_bytes() == before


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--range", "5:9"], "--range says how much"),
        (["--take-over", "all"], "Add --rerun"),
        (["--rerun", "--range", "9:5"], "'9:5' is no range of frames"),
        (["--rerun", "--region", "ears"], "no region 'ears'"),
        (["--rerun", "--fade", "-2"], "does not do"),
    ],
)
def test_what_makes_no_sense_is_told_at_once(
    scene: Path, options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = command_line.main(["animate", "/clips/line.wav", "-o", str(scene), *options])
    assert code == 2
    assert words in capsys.readouterr().err


def test_a_range_beside_the_clip_is_refused_and_one_that_touches_it_is_not() -> None:
    check_frames(RerunScope(frames=(40, 90)), 1, 40)
    check_frames(RerunScope(), 1, 40)
    with pytest.raises(UserError, match="60 to 90 lie outside of the clip, which has frames 1 to 40") as caught:
        check_frames(RerunScope(frames=(60, 90)), 1, 40)
    assert caught.value.code == "rerun.range"


def test_attributes_without_keys_share_a_line_where_the_reason_is_the_same() -> None:
    skipped = [
        SkippedCurve("a.x", "it is locked"),
        SkippedCurve("b.x", "it is muted"),
        SkippedCurve("c.x", "it is locked"),
    ]
    assert skipped_words(skipped) == ["a.x, c.x: it is locked.", "b.x: it is muted."]
