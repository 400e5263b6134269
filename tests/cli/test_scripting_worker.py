"""Scripts with a real worker on a small model: in the fake Maya, and in plain Python."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

import maya_a2f
from maya_a2f.errors import A2FError
from tests.fake_maya.scenes import build_head, keys_in
from tests.fake_maya.session import Session, new_session

REPOSITORY = Path(maya_a2f.__file__).resolve().parent.parent


@pytest.fixture
def maya(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setenv("MAYA_A2F_MODEL_PATH", str(models))
    monkeypatch.setenv("MAYA_A2F_CACHE", str(tmp_path / "cache"))
    session = new_session()
    session.scene.time_unit = "pal"
    build_head(session.scene)
    return session


def test_a_recording_becomes_keys_and_sound_in_one_undo_step(maya: Session, recording: Path, tmp_path: Path) -> None:
    from maya import cmds

    before = maya.scene.state()
    done = maya_a2f.animate(recording, "jaw_jnt", model="tiny", start_frame=100, take_path=tmp_path / "a.a2ftake")
    assert done.rate == Fraction(25), "the scene's rate"
    assert done.keys == sum(len(keys) for keys in keys_in(maya.scene).values()) > 10
    assert done.sound is not None
    assert cmds.getAttr(f"{cmds.ls(type='audio')[0]}.offset") == 100
    assert (tmp_path / "a.a2ftake").is_file()
    cmds.undo()
    assert maya.scene.state() == before


def test_a_series_keeps_one_worker(maya: Session, recording: Path) -> None:
    seen = set()
    with maya_a2f.session() as a2f:
        for emotion in (0.0, 0.5):
            a2f.animate(recording, "jaw_jnt", model="tiny", parameters={"lowerFaceStrength": 1 + emotion})
            seen.add(a2f.worker_id)
    assert len(seen) == 1
    assert None not in seen
    assert a2f.worker_id is None


def test_a_bad_recording_leaves_the_scene_alone(maya: Session, tmp_path: Path) -> None:
    before = maya.scene.state()
    (tmp_path / "bad.wav").write_text("no sound", "utf-8")
    for name in ("bad.wav", "gone.wav"):
        with pytest.raises(A2FError):
            maya_a2f.animate(tmp_path / name, "jaw_jnt", model="tiny")
    with pytest.raises(A2FError):
        maya_a2f.animate(tmp_path / "bad.wav", "jaw_jnt", model="no such model")
    assert maya.scene.state() == before
    assert {entry.name for entry in tmp_path.iterdir()} <= {"bad.wav", "cache"}


PLAIN = """
import sys
import maya_a2f
assert not any(name.startswith(("PySide6", "numpy", "maya_a2f.")) for name in sys.modules)
import maya_a2f.errors
clip, scene = sys.argv[1:]
try:
    maya_a2f.animate(clip)
except maya_a2f.errors.UserError as error:
    assert error.code == "script.no_scene", error.code
try:
    maya_a2f.animate(clip, "bob", save_as=scene)
except maya_a2f.errors.UserError as error:
    assert error.code == "script.no_scene", error.code
done = maya_a2f.animate(clip, "default", model="tiny", save_as=scene, rate=24, start_frame=5)
assert done.keys > 100, done.keys
assert str(done.scene) == scene
take = maya_a2f.solve(clip, model="tiny", rate="23.976")
assert abs(float(take.rate) - 23.976) < 1e-3
again = maya_a2f.bake(take, save_as=scene, overwrite=True, sound=False)
assert again.keys > 100
assert not any(name.partition(".")[0] in ("PySide6", "numpy", "maya") for name in sys.modules)
print("plain python done")
"""


def test_outside_maya_our_own_head_is_animated_into_a_scene_file(models: Path, recording: Path, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        "MAYA_A2F_MODEL_PATH": str(models),
        "MAYA_A2F_CACHE": str(tmp_path / "cache"),
    }
    command = [sys.executable, "-c", PLAIN, str(recording), str(tmp_path / "line.ma")]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "plain python done" in ran.stdout
    assert (tmp_path / "line.ma").read_bytes().startswith(b"//Maya ASCII")
