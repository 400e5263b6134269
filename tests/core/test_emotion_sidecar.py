"""Emotions kept beside a recording: found, checked, refused where they belong to another one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from maya_a2f.core.emotion_keys import EmotionKey
from maya_a2f.core.emotion_settings import EmotionAuto
from maya_a2f.core.emotion_sidecar import (
    EmotionSidecar,
    clip_digest,
    read_sidecar,
    sidecar_beside,
    sidecar_of,
    write_sidecar,
)
from maya_a2f.errors import UserError

KEYS = (EmotionKey(0.5, {"joy": 0.8}), EmotionKey(2.0, {"joy": 0.0, "fear": 1.0}))
GOOD: dict[str, Any] = {"schema": "a2f.emotion/1", "clip": {"name": "line.wav"}}


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "line.wav"
    path.write_bytes(b"sound")
    return path


def written(path: Path, **content: Any) -> Path:
    path.write_text(json.dumps({**GOOD, **content}), "utf-8")
    return path


def refused(path: Path, clip: Path) -> UserError:
    with pytest.raises(UserError) as caught:
        sidecar_of(clip, path)
    assert path.name in caught.value.message or caught.value.code.startswith("emotion.")
    return caught.value


def test_what_is_written_is_read_back(tmp_path: Path, clip: Path) -> None:
    auto = EmotionAuto(0.5, "estimator", {"maxEmotions": 2.0})
    sidecar = EmotionSidecar(clip.name, clip_digest(clip), {"sadness": 0.2}, KEYS, auto)
    write_sidecar(sidecar, tmp_path / "line.emotion.json")
    assert read_sidecar(tmp_path / "line.emotion.json") == sidecar


@pytest.mark.parametrize("name", ["line.emotion.json", "line.wav.emotion.json"])
def test_the_file_beside_the_recording_is_found(clip: Path, name: str) -> None:
    assert sidecar_of(clip) is None
    path = written(clip.with_name(name))
    assert sidecar_beside(clip) == path
    found = sidecar_of(clip)
    assert found is not None
    assert found[0] == path
    assert sidecar_of(clip, "none") is None


def test_times_of_the_recording_become_those_of_the_clip() -> None:
    moved = EmotionSidecar("line.wav", keys=KEYS).keys_from(1.5)
    assert [(key.seconds, dict(key.strengths)) for key in moved] == [
        (-1.0, {"joy": 0.8}),
        (0.5, {"joy": 0.0, "fear": 1.0}),
    ]


def test_a_file_about_another_recording_is_refused_by_name(tmp_path: Path, clip: Path) -> None:
    error = refused(written(tmp_path / "x.json", clip={"name": "other.wav"}), clip)
    assert error.code == "emotion.sidecar_other"
    assert "'other.wav'" in error.message
    assert "'line.wav'" in error.message
    assert sidecar_of(clip, written(tmp_path / "x.json", clip={"name": "LINE.wav"})) is not None


def test_the_content_of_the_recording_counts_more_than_its_name(tmp_path: Path, clip: Path) -> None:
    digest = hashlib.sha256(b"sound").hexdigest()
    file = written(tmp_path / "x.json", clip={"name": "renamed.wav", "sha256": digest.upper()})
    assert sidecar_of(clip, file) is not None
    clip.write_bytes(b"another sound")
    assert refused(file, clip).code == "emotion.sidecar_other"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"schema": "a2f.emotion/2"}, "emotion.sidecar_newer"),
        ({"schema": "a2f.look/1"}, "emotion.sidecar_bad"),
        ({"mood": 1}, "emotion.sidecar_bad"),
        ({"clip": {}}, "emotion.sidecar_bad"),
        ({"clip": "line.wav"}, "emotion.sidecar_bad"),
        ({"clip": {"sha256": "abc"}}, "emotion.sidecar_bad"),
        ({"emotion": [0.2]}, "emotion.sidecar_bad"),
        ({"emotion": {"joy": 1.2}}, "emotion.bad_keys"),
        ({"emotion": {"joy": "much"}}, "emotion.bad_keys"),
        ({"keys": {"joy": 1}}, "emotion.bad_keys"),
        ({"keys": [{"seconds": 1, "strengths": {"joy": -0.1}}]}, "emotion.bad_keys"),
        ({"keys": [{"seconds": 1, "strengths": {"joy": 1}}, {"seconds": 1, "strengths": {"joy": 0}}]},
         "emotion.bad_keys"),
        ({"auto": {"strength": 1.1}}, "emotion.auto_out_of_range"),
        ({"auto": {"power": 1}}, "emotion.bad_auto"),
        ({"auto": 0.5}, "emotion.bad_auto"),
        ({"auto": {"strength": 1, "settings": {"maxEmotions": 7}}}, "emotion.setting_out_of_range"),
        ({"auto": {"strength": 1, "settings": {"contrast": 1}}}, "emotion.setting_unknown"),
    ],
)  # fmt: skip
def test_bad_content_is_refused(tmp_path: Path, clip: Path, content: dict[str, Any], code: str) -> None:
    assert refused(written(tmp_path / "x.json", **content), clip).code == code


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, "\x00"])
def test_what_is_no_such_file_is_refused(tmp_path: Path, clip: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, "utf-8")
    assert refused(path, clip).code == "emotion.sidecar_bad"


def test_a_file_that_is_not_there_is_said(tmp_path: Path, clip: Path) -> None:
    assert refused(tmp_path / "gone.json", clip).code == "emotion.sidecar_unreadable"


def test_keys_out_of_order_in_a_file_are_put_in_order(tmp_path: Path, clip: Path) -> None:
    keys = [{"seconds": 2, "strengths": {"joy": 1}}, {"seconds": 1, "strengths": {"joy": 0}}]
    found = sidecar_of(clip, written(tmp_path / "x.json", keys=keys))
    assert found is not None
    assert [key.seconds for key in found[1].keys] == [1.0, 2.0]
