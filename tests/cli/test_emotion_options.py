"""Emotion on the command line: by hand, from the voice, from the file beside the recording."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from maya_a2f.batch.record import line_key
from maya_a2f.batch.table import line_from, read_table
from maya_a2f.cli.emotion import marks
from maya_a2f.cli.emotion_options import EmotionChoice, add_emotion_options, emotion_choice
from maya_a2f.core.emotion_settings import EmotionAuto
from maya_a2f.core.emotion_sidecar import EmotionSidecar, clip_digest, write_sidecar
from maya_a2f.core.take import read_take
from maya_a2f.errors import UserError
from tests.cli.conftest import Command
from tests.emotion_package_factory import make_emotion_package


@pytest.fixture
def line(recording: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(recording, tmp_path / "line.wav"))


def made_by(a2f: Command, line: Path, *words: object) -> dict[str, Any]:
    out = line.with_name("out.a2ftake")
    code, _, errors = a2f("animate", line, "--model", "tiny", "-o", out, "--overwrite", *words)
    assert code == 0, errors
    return dict(read_take(out).made_by)


def sidecar(line: Path, **content: Any) -> Path:
    path = line.with_name("line.emotion.json")
    path.write_text(json.dumps({"schema": "a2f.emotion/1", "clip": {"name": "line.wav"}, **content}), "utf-8")
    return path


def test_without_a_word_nobody_listens(a2f: Command, line: Path) -> None:
    assert "emotion_auto" not in made_by(a2f, line)


def test_the_voice_is_asked_and_the_take_and_the_terminal_say_how_sure_it_was(a2f: Command, line: Path) -> None:
    out = line.with_name("x.a2ftake")
    code, _, errors = a2f("animate", line, "--model", "tiny", "-o", out, "--emotion-auto", "0.5")
    assert code == 0
    assert "our own estimate: certainty" in errors
    record = read_take(out).made_by["emotion_auto"]
    assert (record["strength"], record["source"]) == (0.5, "estimator")
    assert 0 <= record["certainty"]["mean"] <= 0.6


def test_a_package_that_is_named_listens_with_the_settings_given(a2f: Command, line: Path, tmp_path: Path) -> None:
    package = make_emotion_package(tmp_path / "a2e")
    record = made_by(
        a2f, line, "--emotion-auto", 1, "--emotion-model", package, "--emotion-setting",
        "maxEmotions=2,beginningEmotion.joy=0.5", "--emotion-setting", "emotionContrast=1.5",
    )["emotion_auto"]  # fmt: skip
    assert record["source"] == "a2e"
    assert record["settings"]["maxEmotions"] == 2
    assert record["settings"]["emotionContrast"] == 1.5
    assert record["chain"]["beginning_emotion"][6] == 0.5


@pytest.mark.parametrize(
    ("words", "code", "what"),
    [
        (("--emotion-auto", "1.5"), 2, "not a strength from 0 to 1"),
        (("--emotion-auto", "1", "--emotion-setting", "maxEmotions=7"), 2, "maxEmotions"),
        (("--emotion-auto", "1", "--emotion-setting", "maxEmotion=2"), 2, "Did you mean 'maxEmotions'"),
        (("--emotion-auto", "1", "--emotion-setting", "maxEmotions"), 2, "does not set an emotion setting"),
        (("--emotion-setting", "maxEmotions=2"), 2, "--emotion-auto"),
        (("--emotion-model", "estimator"), 2, "--emotion-auto"),
        (("--emotion-auto", "1", "--emotion-model", "tiny"), 2, "moves a face"),
        (("--emotion-auto", "1", "--emotion-model", "nobody"), 2, "no model 'nobody'"),
        (("--emotion-file", "gone.json"), 2, "gone.json"),
    ],
)
def test_bad_words_are_refused(a2f: Command, line: Path, words: tuple[str, ...], code: int, what: str) -> None:
    out = line.with_name("x.a2ftake")
    left, _, errors = a2f("animate", line, "--model", "tiny", "-o", out, *words)
    assert left == code
    assert what in errors
    assert not out.exists()


def test_the_file_beside_the_recording_is_used_and_named(a2f: Command, line: Path) -> None:
    keys = [{"seconds": 0.1, "strengths": {"joy": 0.8}}, {"seconds": 0.4, "strengths": {"joy": 0}}]
    sidecar(line, emotion={"fear": 0.2}, keys=keys, auto={"strength": 0.3, "settings": {"maxEmotions": 2}})
    out = line.with_name("x.a2ftake")
    _, _, errors = a2f("animate", line, "--model", "tiny", "-o", out)
    assert "line.emotion.json" in errors
    made = read_take(out).made_by
    assert made["emotion"] == {"fear": 0.2}
    assert [key["seconds"] for key in made["emotion_keys"]] == [0.1, 0.4]
    assert (made["emotion_auto"]["strength"], made["emotion_auto"]["settings"]["maxEmotions"]) == (0.3, 2)


def chosen(line: Path, *words: str) -> EmotionChoice:
    parser = argparse.ArgumentParser()
    parser.add_argument("clip")
    parser.add_argument("--in", dest="in_seconds", type=float, default=0.0)
    add_emotion_options(parser.add_argument_group())
    return emotion_choice(parser.parse_args([str(line), *words]))


def test_what_is_given_wins_over_the_file_and_none_leaves_it_out(line: Path) -> None:
    sidecar(line, emotion={"fear": 0.2}, auto={"strength": 0.3})
    joyful = chosen(line, "--emotion", "joy=0.5")
    assert joyful.emotion == {"joy": 0.5}
    assert joyful.auto.strength == 0.3
    assert not chosen(line, "--emotion-auto", "0").auto.is_on
    plain = chosen(line, "--emotion-file", "none")
    assert plain == EmotionChoice({}, (), EmotionAuto())


def test_keys_of_the_file_count_from_the_start_of_the_recording(line: Path) -> None:
    sidecar(line, keys=[{"seconds": 0.3, "strengths": {"joy": 0.8}}])
    assert chosen(line, "--in", "0.2").keys[0].seconds == pytest.approx(0.1)


def test_a_file_for_another_clip_is_refused_before_any_work(a2f: Command, line: Path) -> None:
    path = sidecar(line, clip={"name": "line.wav", "sha256": "0" * 64})
    code, _, errors = a2f("animate", line, "--model", "tiny", "-o", line.with_name("x.a2ftake"))
    assert code == 2
    assert "does not belong to 'line.wav'" in errors
    write_sidecar(EmotionSidecar("other.wav", clip_digest(line), {"joy": 0.5}), path)
    assert made_by(a2f, line)["emotion"] == {"joy": 0.5}


# Batch tables


def test_a_table_has_columns_for_it(tmp_path: Path) -> None:
    table = tmp_path / "lines.csv"
    table.write_text(
        "scene,clip,save_as,emotion_auto,emotion_model,emotion_settings,emotion_file\n"
        'a.ma,a.wav,b.ma,0.5,estimator,"maxEmotions=2,emotionContrast=1.5",feelings.json\n'
        "c.ma,c.wav,d.ma,,,,none\n",
        "utf-8",
    )
    first, second = read_table(table, {})
    assert first.options["emotion_auto"] == 0.5
    assert first.options["emotion_settings"] == {"maxEmotions": 2, "emotionContrast": 1.5}
    assert first.options["emotion_file"] == str(tmp_path / "feelings.json")
    assert second.options["emotion_file"] == "none"
    table.write_text("scene,clip,save_as,emotion_auto\na.ma,a.wav,b.ma,much\n", "utf-8")
    with pytest.raises(UserError, match="emotion_auto"):
        read_table(table, {})


def test_a_line_is_done_again_when_the_file_beside_its_recording_changes(tmp_path: Path) -> None:
    line = line_from(1, {"scene": "a.ma", "save_as": "b.ma", "clip": "line.wav"}, tmp_path)
    (tmp_path / "line.wav").write_bytes(b"sound")
    keys = [line_key(line)]
    for strength in (0.2, 0.3):
        sidecar(tmp_path / "line.wav", emotion={"joy": strength})
        keys.append(line_key(line))
    assert len(set(keys)) == 3


# a2f emotion


def test_what_is_heard_is_told_and_written_as_keys_that_are_then_used(a2f: Command, line: Path, tmp_path: Path) -> None:
    package = make_emotion_package(tmp_path / "a2e")
    words = ("--model", "tiny", "--emotion-model", package, "-o", tmp_path / "line.emotion.json")
    code, out, errors = a2f("emotion", line, *words)
    assert code == 0, errors
    assert "Audio2Emotion package 'a2e'" in out
    assert "joy" in out
    assert a2f("emotion", line, *words)[0] == 2, "the file is there already"
    made = made_by(a2f, line)
    assert any(key["strengths"].get("joy", 0) > 0.05 for key in made["emotion_keys"])
    assert "emotion_auto" not in made


def test_a_course_in_letters() -> None:
    assert marks([0.0, 0.0, 0.5, 1.0]) == "  +@"
    assert len(marks([0.3] * 1000)) == 48
