"""``a2f animate``, with a real worker process on a small model."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from pathlib import Path

import pytest

from maya_a2f.core.channels import ARKIT_CHANNELS, EYE_CHANNELS, HEAD_CHANNELS, JAW_CHANNELS, TONGUE_CHANNELS
from maya_a2f.core.take import read_take
from maya_a2f.errors import HostError
from tests.cli.conftest import Command
from tests.worker.transcript.speech import needs_espeak, needs_pocketsphinx


def files(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir() if entry.name != "cache"}


def test_one_run_writes_every_format_asked_for(a2f: Command, recording: Path, tmp_path: Path) -> None:
    names = ("x.csv", "x.json", "x.a2ftake", "x.ma")
    words = [word for name in names for word in ("-o", tmp_path / name)]
    code, out, _ = a2f("animate", recording, "--model", "tiny", *words)
    assert code == 0
    assert files(tmp_path) == set(names)
    for name in names:
        assert name in out


def test_the_csv_has_time_first_and_then_the_standard_channels(a2f: Command, recording: Path, tmp_path: Path) -> None:
    a2f("animate", recording, "--model", "tiny", "-o", tmp_path / "x.csv", "--tail", "0", "--fps", "29.97")
    with (tmp_path / "x.csv").open(newline="") as stream:
        rows = list(csv.reader(stream))
    assert tuple(rows[0]) == ("time", *ARKIT_CHANNELS, *TONGUE_CHANNELS, *JAW_CHANNELS, *EYE_CHANNELS, *HEAD_CHANNELS)
    assert len(rows) - 1 == -(-8000 * 30000 // (16000 * 1001))
    assert float(rows[2][0]) == pytest.approx(1001 / 30000, abs=1e-9)


def test_the_default_tail_adds_frames_and_ends_at_rest(a2f: Command, recording: Path, tmp_path: Path) -> None:
    a2f("animate", recording, "--model", "tiny", "-o", tmp_path / "x.a2ftake")
    take = read_take(tmp_path / "x.a2ftake")
    assert (take.clip_frame_count, take.tail_frames) == (15, 6)
    assert all(samples[-1] == 0.0 for samples in take.tracks.values())


def test_emotions_and_parameters_reach_the_take(a2f: Command, recording: Path, tmp_path: Path) -> None:
    words = ("--emotion", "joy=0.6,fear=0.1", "--param", "skinStrength=0.5", "--in", "0.1", "--out", "0.4")
    code, _, _ = a2f("animate", recording, "--model", "tiny", "-o", tmp_path / "x.json", *words)
    assert code == 0
    made_by = json.loads((tmp_path / "x.json").read_text("utf-8"))["madeBy"]
    assert made_by["emotion"] == {"joy": 0.6, "fear": 0.1}
    assert made_by["parameters"]["skinStrength"] == 0.5
    assert made_by["audio"]["duration_seconds"] == pytest.approx(0.3)


def test_a_package_can_be_given_as_a_folder(a2f: Command, models: Path, recording: Path, tmp_path: Path) -> None:
    code, _, _ = a2f("animate", recording, "--model", models / "tiny", "-o", tmp_path / "x.csv")
    assert code == 0


def test_an_existing_file_is_kept_unless_told_otherwise(a2f: Command, recording: Path, tmp_path: Path) -> None:
    target = tmp_path / "x.csv"
    target.write_text("precious")
    code, _, err = a2f("animate", recording, "--model", "tiny", "-o", target)
    assert code == 2
    assert "--overwrite" in err
    assert target.read_text() == "precious"
    code, _, _ = a2f("animate", recording, "--model", "tiny", "-o", target, "--overwrite")
    assert code == 0
    assert target.read_text() != "precious"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--model", "other"], 2, "other"),
        (["--emotion", "glee=1"], 2, "glee"),
        (["--emotion", "joy"], 2, "NAME=NUMBER"),
        (["--param", "jawness=1"], 2, "jawness"),
        (["--param", "skinStrength=99"], 2, "skinStrength"),
        (["--fps", "0"], 2, "frame rate"),
        (["--fps", "fast"], 2, "frame rate"),
        (["--in", "9"], 2, "9"),
        (["--in", "0.4", "--out", "0.2"], 2, "before it starts"),
        (["--in", "-1"], 2, "not a time"),
        (["--start-frame", "nan"], 2, "not a frame number"),
        (["--keys", "some"], 2, "--keys every"),
        (["--tail", "inf"], 2, "not a time"),
        (["-o", "nowhere/at/all/x.csv"], 5, "does not exist"),
        (["-o", "x.fbx"], 2, ".csv"),
        (["--gaze", "-10,5"], 2, "--gaze=-10,5"),
        (["--emotoin", "joy=1"], 2, "a2f animate: '--emotoin' is not known here. Did you mean --emotion?"),
    ],
)
def test_bad_input_is_one_line_with_its_name_and_writes_nothing(
    a2f: Command, recording: Path, tmp_path: Path, words: list[str], code: int, said: str
) -> None:
    result, _, err = a2f("animate", recording, "-o", tmp_path / "x.csv", "--model", "tiny", *words)
    assert result == code
    assert said in err
    assert len([line for line in err.splitlines() if line.startswith("a2f")]) == 1
    assert not {"usage:", "Traceback"} & set(err.split())
    assert not files(tmp_path)


def test_emotion_keys_that_are_no_json_are_told_from_a_wrong_path(
    a2f: Command, recording: Path, tmp_path: Path
) -> None:
    keys = tmp_path / "keys.json"
    for text, said in (("{", "not valid JSON"), (None, "Check the path")):
        keys.unlink(missing_ok=True) if text is None else keys.write_text(text)
        code, _, err = a2f("animate", recording, "-o", tmp_path / "x.csv", "--model", "tiny", "--emotion-keys", keys)
        assert (code, said in err) == (2, True), err


def test_a_missing_recording_is_named(a2f: Command, tmp_path: Path) -> None:
    code, _, err = a2f("animate", tmp_path / "gone.wav", "--model", "tiny", "-o", tmp_path / "x.csv")
    assert code == 2
    assert "gone.wav" in err


def test_a_rate_that_maya_lacks_is_refused_for_scenes_only(a2f: Command, recording: Path, tmp_path: Path) -> None:
    code, _, err = a2f("animate", recording, "--model", "tiny", "-o", tmp_path / "x.ma", "--fps", "22")
    assert code == 2
    assert "22" in err
    assert a2f("animate", recording, "--model", "tiny", "-o", tmp_path / "x.csv", "--fps", "22")[0] == 0


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_refused_before_any_work(a2f: Command, recording: Path, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    code, _, err = a2f("animate", recording, "--model", "tiny", "-o", locked / "x.csv")
    assert code == 5
    assert "read-only" in err


def test_quiet_says_nothing_when_all_is_well(a2f: Command, recording: Path, tmp_path: Path) -> None:
    assert a2f("animate", recording, "--model", "tiny", "-o", tmp_path / "x.csv", "--quiet") == (0, "", "")


def test_help_is_written_for_artists(a2f: Command) -> None:
    code, out, _ = a2f("animate", "--help")
    assert code == 0
    for word in ("examples:", ".ma", "--start-frame", "--emotion", "--keys"):
        assert word in out


def test_the_recording_is_never_an_output(a2f: Command, recording: Path, tmp_path: Path) -> None:
    take = tmp_path / "take.mp4"
    take.write_bytes(recording.read_bytes())
    code, _, err = a2f("animate", take, "--model", "tiny", "-o", tmp_path / "." / "take.mp4", "--overwrite")
    assert code == 2
    assert "the recording itself" in err
    assert take.read_bytes() == recording.read_bytes()


def test_a_line_break_in_a_name_stays_on_one_line(a2f: Command, tmp_path: Path) -> None:
    _, _, err = a2f("animate", tmp_path / "a\nb.wav", "--model", "tiny", "-o", tmp_path / "x.csv")
    assert "a\\nb.wav" in err
    assert not any(line.startswith("b.wav") for line in err.splitlines())


def test_a_transcript_without_words_is_refused_before_any_work(a2f: Command, recording: Path, tmp_path: Path) -> None:
    code, _, err = a2f("animate", recording, "--model", "tiny", "-o", tmp_path / "x.csv", "--transcript", " ... ")
    assert code == 2
    assert "no words" in err
    assert files(tmp_path) == set()


def test_a_missing_transcript_file_is_refused_by_name(a2f: Command, recording: Path, tmp_path: Path) -> None:
    code, _, err = a2f("animate", recording, "--model", "tiny", "-o", tmp_path / "x.csv", "--transcript", "gone.txt")
    assert code == 2
    assert "'gone.txt'" in err


def test_a_language_without_a_transcript_is_refused(a2f: Command, recording: Path, tmp_path: Path) -> None:
    code, _, err = a2f("animate", recording, "--model", "tiny", "-o", tmp_path / "x.csv", "--language", "de")
    assert code == 2
    assert "--transcript" in err


@needs_espeak
def test_a_language_that_no_voice_speaks_is_refused(a2f: Command, recording: Path, tmp_path: Path) -> None:
    words = ("--transcript", "Hallo", "--language", "xx")
    code, _, err = a2f("animate", recording, "--model", "tiny", "-o", tmp_path / "x.csv", *words)
    assert code == 2
    assert "'xx'" in err
    assert files(tmp_path) == set()


@needs_pocketsphinx
def test_a_transcript_of_something_else_is_noticed_and_the_face_still_made(
    a2f: Command, recording: Path, tmp_path: Path
) -> None:
    (tmp_path / "line.txt").write_text("My baby brother bought a paper map.", encoding="utf-8")
    words = ("--transcript", tmp_path / "line.txt")
    code, _, err = a2f("animate", recording, "--model", "tiny", "-o", tmp_path / "x.a2ftake", *words)
    assert code == 0
    assert "does not fit" in err
    take = read_take(tmp_path / "x.a2ftake")
    assert take.made_by["alignment"]["fits"] is False
    assert take.made_by["transcript"]["text"] == "My baby brother bought a paper map."


def rig_map(path: Path, attribute: str) -> Path:
    drives = {attribute: {"from": {"jawOpen": 1.0}}}
    path.write_text(json.dumps({"schema": "a2f.rig_map/1", "name": "own", "attributes": drives}))
    return path


def test_a_rig_map_that_does_not_fit_is_refused_before_any_work(a2f: Command, recording: Path, tmp_path: Path) -> None:
    own = rig_map(tmp_path / "own.json", "face_shapes.noseWiggle")
    words = ("-o", tmp_path / "x.csv", "-o", tmp_path / "x.ma", "--rig-map", own)
    code, _, err = a2f("animate", recording, "--model", "tiny", *words)
    assert code == 2
    assert "face_shapes.noseWiggle" in err
    assert "Listening" not in err
    assert files(tmp_path) == {"own.json"}


def test_a_rig_map_that_would_not_be_used_is_said_so(a2f: Command, recording: Path, tmp_path: Path) -> None:
    own = rig_map(tmp_path / "own.json", "face_shapes.jawOpen")
    code, _, err = a2f("animate", recording, "--model", "tiny", "-o", tmp_path / "x.csv", "--rig-map", own)
    assert code == 2
    assert ".glb only" in err


def test_when_one_output_fails_none_is_left(
    a2f: Command, recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: object, *arguments: object, **options: object) -> None:
        raise HostError("The disk is full.", code="file.disk_full")

    monkeypatch.setattr("maya_a2f.host.scene_file.host.SceneFileHost.bake", full)
    (tmp_path / "kept.json").write_text("{}")
    words = ("-o", tmp_path / "x.csv", "-o", tmp_path / "kept.json", "-o", tmp_path / "x.ma", "--overwrite")
    code, _, err = a2f("animate", recording, "--model", "tiny", *words, "--in", "0.1")
    assert code == 5
    assert "already replaced" in err
    assert "kept.json" in err
    assert files(tmp_path) == {"kept.json"}, "neither the first output nor the copy of the sound"


def test_a_closed_terminal_does_not_stop_the_work(
    a2f: Command, recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", Closed())
    monkeypatch.setattr(sys, "stdout", Closed())
    code, _, _ = a2f("animate", recording, "--model", "tiny", "-o", tmp_path / "x.csv")
    assert code == 0
    assert files(tmp_path) == {"x.csv"}


def test_a_narrow_encoding_costs_no_more_than_an_escape(
    a2f: Command, recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", narrow)
    code, _, _ = a2f("animate", recording, "--model", "tiny", "-o", tmp_path / "日本.csv")
    assert code == 0
    narrow.seek(0)
    assert "\\u65e5" in narrow.read()


def test_nothing_is_left_in_the_home_or_temporary_folder(
    a2f: Command, recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ONNX Runtime would keep a device id there, to report to its maker."""
    for name, variable in (("home", "HOME"), ("temporary", "TMPDIR")):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(variable, str(tmp_path / name))
    code, _, _ = a2f("animate", recording, "--model", "tiny", "-o", tmp_path / "x.csv")
    assert code == 0
    assert not list((tmp_path / "home").rglob("*"))
    assert not list((tmp_path / "temporary").rglob("*"))


def test_emotion_keys_come_from_a_file(a2f: Command, recording: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text('{"schema": "a2f.emotion_keys/1", "keys": [{"seconds": 0.1, "strengths": {"joy": 0.8}}]}', "utf-8")
    code, _, _ = a2f("animate", recording, "--model", "tiny", "--emotion-keys", keys, "-o", tmp_path / "x.a2ftake")
    assert code == 0
    assert read_take(tmp_path / "x.a2ftake").made_by["emotion_keys"] == [{"seconds": 0.1, "strengths": {"joy": 0.8}}]


def test_a_gaze_after_the_clips_end_is_told(a2f: Command, recording: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.csv"
    gazes = ("--gaze", "12,-4@90-99", "--gaze", "3,0@0.1-0.2", "--gaze", "1,1")
    code, _, err = a2f("animate", recording, "--model", "tiny", "-o", out, *gazes)
    assert code == 0
    assert [line for line in err.splitlines() if "gaze" in line] == [
        "note: The gaze at 12,-4 is not seen: it starts at 90 s, after the clip's end."
    ]
