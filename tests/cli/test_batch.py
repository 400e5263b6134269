"""``mayapy -m maya_a2f.batch`` as a process of its own, on the fake Maya, without numpy and PySide6."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import maya_a2f
from maya_a2f.core.layers import LayerSettings, layers_from_data
from tests.fake_maya import scene_files
from tests.fake_maya.model.scene import Scene
from tests.fake_maya.scenes import build_head, keys_in

REPOSITORY = Path(maya_a2f.__file__).resolve().parent.parent
MAYAPY = """
import importlib.abc, runpy, sys
class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("numpy", "scipy", "PySide6", "shiboken6", "onnxruntime", "soundfile"):
            raise ModuleNotFoundError(f"mayapy has no {name}", name=name)
sys.meta_path.insert(0, Absent())
sys.argv[0] = "batch"
runpy.run_module("maya_a2f.batch", run_name="__main__")
"""
Batch = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """A saved scene with two characters."""
    built = Scene()
    built.time_unit = "ntsc"
    build_head(built)
    build_head(built, namespace="bob")
    path = tmp_path / "shot 1 ü.ma"
    scene_files.write(built, path, "mayaAscii")
    return path


@pytest.fixture
def batch(models: Path, tmp_path: Path) -> Batch:
    def run(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
        paths = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "tests" / "fake_maya")])
        variables = {
            **os.environ,
            "PYTHONPATH": paths,
            "FAKE_MAYA": "mayapy",
            "MAYA_A2F_WORKER_PYTHON": sys.executable,
            "MAYA_A2F_MODEL_PATH": str(models),
            "MAYA_A2F_CACHE": str(tmp_path / "cache"),
            **environment,
        }
        command = [sys.executable, "-c", MAYAPY, *map(str, words)]
        return subprocess.run(
            command, env=variables, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", timeout=120,
            check=False,
        )  # fmt: skip

    return run


def told(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def keyed(path: Path) -> dict[str, list[tuple[float, float]]]:
    return keys_in(scene_files.read(path))


@pytest.mark.parametrize(("ending", "kind"), [(".ma", "mayaAscii"), (".mb", "mayaBinary")])
def test_one_line_onto_one_scene(
    batch: Batch, scene: Path, recording: Path, tmp_path: Path, ending: str, kind: str
) -> None:
    before = scene.read_bytes()
    out, result = tmp_path / f"out{ending}", tmp_path / "out.json"
    ran = batch(
        scene, "--clip", recording, "--character", "bob", "--model", "tiny", "--start-frame", 101,
        "--keys", "reduced=0.01", "--save-as", out, "--result", result,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    assert ran.stdout.count("\n") == 1
    assert "keys on" in ran.stdout
    data = told(result)
    assert (data["schema"], data["state"]) == ("a2f.batch/1", "done")
    assert data["host"]["maya"] == "2026"
    (line,) = data["lines"]
    assert (line["state"], line["error"]) == ("done", None)
    assert line["result"]["character"] == "bob"
    found = keyed(out)
    assert sum(map(len, found.values())) == line["result"]["keys"] > 0
    assert all(name.startswith("bob:") for name in found)
    assert min(frame for keys in found.values() for frame, _ in keys) == 101
    assert scene_files.kind_of(out) == kind
    assert scene.read_bytes() == before, "the input is not touched"
    assert not list(tmp_path.glob("*a2f_part*"))


def _table(path: Path, rows: list[dict[str, object]]) -> Path:
    if path.suffix == ".json":
        path.write_text(json.dumps(rows, default=str), "utf-8")
    else:
        names = list(dict.fromkeys(name for row in rows for name in row))
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, names)
            writer.writeheader()
            writer.writerows(rows)
    return path


def _rows(scene: Path, recording: Path) -> list[dict[str, object]]:
    return [
        {"scene": scene.name, "save_as": "a.ma", "clip": recording, "character": "bob"},
        {"scene": scene.name, "save_as": "a.ma", "clip": recording, "character": "jaw_jnt", "start_frame": 200},
        {"scene": scene.name, "save_as": "b.ma", "clip": "gone.wav", "character": "bob"},
        {"scene": "gone.ma", "save_as": "c.ma", "clip": recording, "character": "bob"},
        {"scene": scene.name, "save_as": "d.ma", "clip": recording, "character": "bob", "keys": "reduced"},
    ]


@pytest.mark.parametrize("name", ["jobs.csv", "jobs.json"])
def test_a_table_goes_on_after_failures_and_resumes(
    batch: Batch, scene: Path, recording: Path, tmp_path: Path, name: str
) -> None:
    rows = _rows(scene, recording)
    table, result = _table(tmp_path / name, rows), tmp_path / "result.json"
    ran = batch("--jobs", table, "--model", "tiny", "--result", result)
    data = told(result)
    assert data["state"] == "failed"
    assert [line["state"] for line in data["lines"]] == ["done", "done", "failed", "failed", "done"]
    assert ran.returncode == 2, "the first failure was a recording"
    assert data["lines"][2]["error"]["group"] == "user"
    assert data["lines"][3]["error"]["code"] == "scene.missing"
    assert ran.stderr.count("\n") == 2
    shot = keyed(tmp_path / "a.ma")
    assert any(key.startswith("bob:") for key in shot)
    assert any(not key.startswith("bob:") for key in shot), "both lines of the shot are in it"
    assert not (tmp_path / "b.ma").exists()
    by_mistake = batch("--jobs", table, "--model", "tiny", "--result", result)
    assert by_mistake.returncode == 2
    assert "3 of 5 lines are done already. Give --resume" in by_mistake.stderr
    assert told(result) == data, "what is done is still known"
    (tmp_path / "gone.wav").write_bytes(recording.read_bytes())
    (tmp_path / "gone.ma").write_bytes(scene.read_bytes())
    stamps = {path: path.stat().st_mtime_ns for path in tmp_path.glob("?.ma")}
    again = batch("--jobs", table, "--model", "tiny", "--result", result, "--resume")
    assert again.returncode == 0, again.stderr
    assert [line["state"] for line in told(result)["lines"]] == ["unchanged", "unchanged", "done", "done", "unchanged"]
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps
    rows[4]["start_frame"] = 5
    _table(table, rows)
    third = batch("--jobs", table, "--model", "tiny", "--result", result, "--resume")
    assert third.returncode == 0, third.stderr
    assert [line["state"] for line in told(result)["lines"]] == [*["unchanged"] * 4, "done"]


def test_a_failing_line_leaves_its_whole_scene_unsaved(
    batch: Batch, scene: Path, recording: Path, tmp_path: Path
) -> None:
    rows = _rows(scene, recording)[:2]
    rows[1]["character"] = "nobody"
    table, result = _table(tmp_path / "jobs.json", rows), tmp_path / "r.json"
    assert batch("--jobs", table, "--model", "tiny", "--result", result).returncode == 5
    assert not (tmp_path / "a.ma").exists()
    errors = [line["error"]["code"] for line in told(result)["lines"]]
    assert errors == ["batch.shot", "character.missing"]


def test_a_scene_is_saved_over_itself_or_another_only_when_allowed(
    batch: Batch, scene: Path, recording: Path, tmp_path: Path
) -> None:
    before = scene.read_bytes()
    words = [scene, "--clip", recording, "--character", "bob", "--model", "tiny"]
    assert batch(*words, "--save-as", scene).returncode == 5
    assert batch(*words, "--save-as", scene, "--overwrite").returncode == 5
    (tmp_path / "other.ma").write_text("precious", "utf-8")
    assert batch(*words, "--save-as", "other.ma").returncode == 5
    assert (tmp_path / "other.ma").read_text("utf-8") == "precious"
    assert scene.read_bytes() == before
    result = tmp_path / "r.json"
    allowed = batch(*words, "--save-as", scene, "--overwrite-input", "--result", result)
    assert allowed.returncode == 0, allowed.stderr
    assert keyed(scene)
    again = batch(*words, "--save-as", scene, "--overwrite-input", "--result", result, "--resume")
    assert again.returncode == 0, again.stderr
    assert told(result)["lines"][0]["state"] == "unchanged"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([], 2),
        (["{scene}"], 2),
        (["{scene}", "--clip", "{clip}"], 2),
        (["{scene}", "--clip", "{clip}", "--save-as", "x.obj"], 5),
        (["{scene}", "--clip", "{clip}", "--save-as", "x.ma", "--keys", "all"], 2),
        (["{scene}", "--clip", "{clip}", "--save-as", "x.ma", "--resume"], 2),
        (["{scene}", "--clip", "{clip}", "--save-as", "x.ma"], 5),
        (["--jobs", "gone.csv"], 2),
        (["--speed", "3"], 2),
    ],
)
def test_what_is_not_understood_is_said_in_a_line(
    batch: Batch, scene: Path, recording: Path, tmp_path: Path, words: list[str], code: int
) -> None:
    ran = batch(*(word.format(scene=scene, clip=recording) for word in words))
    assert ran.returncode == code, ran.stderr
    assert "Traceback" not in ran.stderr
    assert ran.stderr.strip()
    assert not list(tmp_path.glob("x.*"))


def test_without_maya_it_says_what_to_run(tmp_path: Path, scene: Path, recording: Path) -> None:
    command = [sys.executable, "-m", "maya_a2f.batch", str(scene), "--clip", str(recording), "--save-as", "x.ma"]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    ran = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 5
    assert "mayapy -m maya_a2f.batch" in ran.stderr


def test_a_table_with_a_slip_is_told_by_line_and_column() -> None:
    from maya_a2f.batch.table import line_from, shots_of
    from maya_a2f.errors import UserError

    row = {"scene": "a.ma", "clip": "a.wav", "save_as": "b.ma"}
    for more, word in (
        ({"charakter": "bob"}, "character"),
        ({"start_frame": "soon"}, "start_frame"),
        ({"force": "perhaps"}, "force"),
        ({"mode": "merge"}, "mode"),
        ({"emotion": "joy"}, "joy"),
        ({"clip": ""}, "clip"),
        ({"seed": "many"}, "seed"),
        ({"gaze": "left"}, "left"),
        ({"saccades": "wild"}, "saccades"),
        ({"layers": "ears=1"}, "ears"),
    ):
        with pytest.raises(UserError, match="Line 7") as caught:
            line_from(7, {**row, **more}, Path("/shots"))
        assert word in str(caught.value)
    lines = [line_from(at, {**row, "scene": name}, Path("/shots")) for at, name in ((1, "a.ma"), (2, "c.ma"))]
    with pytest.raises(UserError, match="saved from two scenes"):
        shots_of(lines)


def test_eyes_and_head_are_told_in_the_words_of_a2f_animate() -> None:
    from maya_a2f.batch.table import line_from
    from maya_a2f.scripting.job import job_from

    row = {"scene": "a.ma", "clip": "a.wav", "save_as": "b.ma", "markers": "marks.csv"}
    words = {"gaze": "-10,5@1-2; 0,0", "seed": "3", "layers": "blinks=0.5,head=off", "saccades": "natural"}
    line = line_from(1, {**row, **words}, Path("/shots"))
    assert line.options["markers"] == str(Path("/shots/marks.csv"))
    layers = job_from({"layers": line.options["layers"]}).layers
    made = layers if isinstance(layers, LayerSettings) else layers_from_data(layers)
    assert {target.x for target in made.targets} == {-10, 0}
    assert (made.blinks.strength, made.head.strength, made.saccade_kind) == (0.5, 0, "natural")
    assert made.brows.seed == 3
