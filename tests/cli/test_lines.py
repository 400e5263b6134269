"""``a2f animate --markers`` and the options of eyes and head, with a real worker process on a small model."""

from __future__ import annotations

from pathlib import Path

import pytest
import soundfile

from maya_a2f.core.take import Take, read_take
from tests.cli.conftest import Command
from tests.worker.talk import RATE_HZ, talk

LINES = "name,start,end,emotion,layers\nhello,0.5,1.6,joy=0.6,head=off\nbye,2.5,4.0,,\n"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("session") / "session.wav"
    soundfile.write(path, talk(5.0), RATE_HZ)
    return path


def solved(a2f: Command, clip: Path, out: Path, *words: object) -> Take:
    code, _, err = a2f("animate", clip, "--model", "tiny", "-o", out, *words)
    assert code == 0, err
    return read_take(out)


def test_marked_lines_are_one_take_with_rest_between_them(a2f: Command, session: Path, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(LINES)
    take = solved(a2f, session, tmp_path / "x.a2ftake", "--markers", tmp_path / "m.csv")
    assert (take.clip_frame_count, take.tail_frames) == (150, 6)
    for name, samples in take.tracks.items():
        assert set(samples[:10]) == set(samples[55:70]) == set(samples[126:]) == {0.0}, name
    assert max(map(abs, take.tracks["jawOpen"][15:48])) > 0
    assert max(map(abs, take.tracks["head.rotateX"][:60])) == 0.0
    assert max(map(abs, take.tracks["head.rotateX"][75:120])) > 0.05
    assert [line["emotion"] for line in take.made_by["lines"]] == [{"joy": 0.6}, {}]


def test_split_lines_are_the_same_as_in_the_whole(a2f: Command, session: Path, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(LINES)
    whole = solved(a2f, session, tmp_path / "x.a2ftake", "--markers", tmp_path / "m.csv")
    code, out, _ = a2f(
        "animate", session, "--model", "tiny", "-o", tmp_path / "y.a2ftake", "--markers", tmp_path / "m.csv", "--split"
    )
    assert code == 0
    assert "y_hello.a2ftake" in out
    for name, first in (("hello", 15), ("bye", 75)):
        line = read_take(tmp_path / f"y_{name}.a2ftake")
        for channel, samples in line.tracks.items():
            count = line.clip_frame_count
            assert list(whole.tracks[channel][first : first + count]) == list(samples[:count]), channel


def test_markers_outside_the_clip_are_refused_and_nothing_is_written(
    a2f: Command, session: Path, tmp_path: Path
) -> None:
    (tmp_path / "m.csv").write_text("name,start,end\nlate,4.5,5.5\n")
    code, _, err = a2f("animate", session, "--model", "tiny", "-o", tmp_path / "x.csv", "--markers", tmp_path / "m.csv")
    assert code == 2
    assert "'late'" in err
    assert "outside" in err
    assert not (tmp_path / "x.csv").exists()


def test_an_unknown_emotion_of_a_line_names_the_line(a2f: Command, session: Path, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("name,start,end,emotion\nx,1,2,boredom=0.5\n")
    code, _, err = a2f("animate", session, "--model", "tiny", "-o", tmp_path / "x.csv", "--markers", tmp_path / "m.csv")
    assert code == 2
    assert "Line 'x'" in err
    assert "boredom" in err


def test_split_without_markers_is_refused(a2f: Command, session: Path, tmp_path: Path) -> None:
    code, _, err = a2f("animate", session, "--model", "tiny", "-o", tmp_path / "x.csv", "--split")
    assert code == 2
    assert "--markers" in err


def test_layers_reach_the_take(a2f: Command, session: Path, tmp_path: Path) -> None:
    words = ("--layer", "head=off", "--layer", "blinks=2", "--seed", "3", "--gaze", "10,0@1-2", "--gaze=-5,2@3")
    take = solved(a2f, session, tmp_path / "x.a2ftake", *words)
    assert "head.rotateX" not in take.tracks
    layers = take.made_by["layers"]
    assert layers["blinks"] == {"strength": 2.0, "seed": 3}
    assert layers["gaze"]["targets"][1] == {"x": -5.0, "y": 2.0, "start": 3.0}
    assert take.tracks["leftEye.rotateY"][45] > 5


@pytest.mark.parametrize("words", [("--layer", "nose=1"), ("--layer", "head=3"), ("--gaze", "99,0"), ("--seed", "-1")])
def test_layers_that_make_no_sense_are_refused(
    a2f: Command, session: Path, tmp_path: Path, words: tuple[str, str]
) -> None:
    code, _, err = a2f("animate", session, "--model", "tiny", "-o", tmp_path / "x.csv", *words)
    assert code == 2
    assert err.startswith("a2f: ")


def test_the_voice_of_a_line_is_compared_with_the_whole_recording(a2f: Command, session: Path, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(LINES)
    take = solved(a2f, session, tmp_path / "x.a2ftake", "--markers", tmp_path / "m.csv", "--emotion-auto", "0.5")
    assert "emotion_auto" not in take.made_by
    heard = [line["emotion_auto"] for line in take.made_by["lines"]]
    assert [one["baseline"] for one in heard] == [str(session)] * 2
    assert all(0 <= one["certainty"]["mean"] <= 0.6 for one in heard)
