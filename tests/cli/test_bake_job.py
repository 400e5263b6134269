"""Baking with mayapy as a job of a render farm, on the fake Maya and under the reference runner ``openjd run``."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import maya_a2f
from maya_a2f.batch.__main__ import main
from maya_a2f.batch.table import read_table
from tests.fake_maya import scene_files
from tests.fake_maya.model.scene import Scene
from tests.fake_maya.scenes import build_head

REPOSITORY = Path(maya_a2f.__file__).resolve().parent.parent
Job = Callable[..., Path]

pytestmark = pytest.mark.farm
needs_openjd = pytest.mark.skipif(
    find_spec("openjd") is None or os.name != "posix",
    reason="needs openjd-cli (pip install openjd-cli), and a shell script as mayapy",
)


@pytest.fixture
def table(tmp_path: Path, recording: Path) -> Path:
    """Two scenes with a character each; the first takes two lines."""
    folder = tmp_path / "show 1 ü"
    folder.mkdir()
    rows = []
    for number, clips in ((1, 2), (2, 1)):
        built = Scene()
        built.time_unit = "ntsc"
        build_head(built, namespace="bob")
        scene_files.write(built, folder / f"shot {number}.ma", "mayaAscii")
        for clip in range(clips):
            rows.append(
                {"scene": f"shot {number}.ma", "clip": str(recording), "save_as": f"shot {number} out.ma",
                 "emotion": "joy=0.6", "start_frame": 1 + 40 * clip, "result": f"line {clip}"}
            )  # fmt: skip
    path = folder / "lines.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def mayapy(tmp_path: Path, models: Path) -> Path:
    """A program that behaves as mayapy with the module installed."""
    paths = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "tests" / "fake_maya")])
    variables = {
        "PYTHONPATH": paths,
        "FAKE_MAYA": "mayapy",
        "MAYA_A2F_WORKER_PYTHON": sys.executable,
        "MAYA_A2F_MODEL_PATH": str(models),
        "MAYA_A2F_CACHE": str(tmp_path / "cache"),
    }
    exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())
    script = tmp_path / "Maya 2026 bin" / "mayapy"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\n{exports}exec {shlex.quote(sys.executable)} "$@"\n')
    script.chmod(0o755)
    return script


def written(folder: Path, *words: object) -> dict[str, Any]:
    """The job's files after ``--openjd folder``."""
    assert main([str(word) for word in (*words, "--openjd", folder)]) == 0
    return {path.relative_to(folder).as_posix(): json.loads(path.read_text("utf-8")) for path in folder.rglob("*.json")}


def openjd(*words: object) -> subprocess.CompletedProcess[str]:
    """The reference command line of Open Job Description."""
    command = [sys.executable, "-m", "openjd", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False)


def test_a_scene_is_a_task_and_its_table_says_what_the_lines_said(table: Path, tmp_path: Path) -> None:
    files = written(tmp_path / "job", "--jobs", table, "--model", "tiny")
    bake, result = files["template.json"]["steps"]
    assert bake["parameterSpace"]["taskParameterDefinitions"] == [{"name": "Shot", "type": "INT", "range": "0-1"}]
    assert result["dependencies"] == [{"dependsOn": "Bake"}]
    again = [line for shot in (0, 1) for line in read_table(tmp_path / "job" / "shots" / f"shot_{shot}.json", {})]
    wanted = read_table(table, {"model": "tiny"})
    assert [(line.scene, line.save_as, line.options) for line in again] == [
        (line.scene, line.save_as, line.options) for line in wanted
    ]


def test_deadline_is_told_the_files_and_folders(table: Path, recording: Path, tmp_path: Path) -> None:
    sidecar = recording.with_name(f"{recording.stem}.emotion.json")
    assert not sidecar.exists()
    references = written(tmp_path / "job", "--jobs", table)["asset_references.json"]["assetReferences"]
    assert references["inputs"]["filenames"] == sorted(
        map(str, (recording, table.with_name("shot 1.ma"), table.with_name("shot 2.ma")))
    )
    assert references["outputs"]["directories"] == [str(table.parent)]


def test_needs_and_permissions_reach_the_tasks(table: Path, tmp_path: Path) -> None:
    files = written(
        tmp_path / "job", "--jobs", table, "--overwrite", "--farm-system", "linux", "--farm-gpus", 1,
        "--farm-memory", 16, "--farm-minutes", 30, "--mayapy", "/opt/maya/bin/mayapy",
    )  # fmt: skip
    bake, result = files["template.json"]["steps"]
    assert bake["hostRequirements"] == {
        "amounts": [{"name": "amount.worker.gpu", "min": 1}, {"name": "amount.worker.memory", "min": 16384}],
        "attributes": [{"name": "attr.worker.os.family", "anyOf": ["linux"]}],
    }
    assert "amounts" not in result["hostRequirements"], "collecting needs no GPU"
    action = bake["script"]["actions"]["onRun"]
    assert action["timeout"] == 1800
    assert "--overwrite" in action["args"]
    assert "--resume" not in action["args"]
    assert {"name": "Mayapy", "value": "/opt/maya/bin/mayapy"} in files["parameter_values.json"]["parameterValues"]


def test_a_smaller_job_leaves_no_shot_of_the_larger_behind(table: Path, tmp_path: Path) -> None:
    written(tmp_path / "job", "--jobs", table)
    rows = json.loads((tmp_path / "job" / "shots" / "shot_0.json").read_text("utf-8"))
    fewer = tmp_path / "fewer.json"
    fewer.write_text(json.dumps(rows), "utf-8")
    files = written(tmp_path / "job", "--jobs", fewer)
    assert [name for name in files if name.startswith("shots/")] == ["shots/shot_0.json"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--result", "x.json"], "--openjd and --result"),
        (["--farm-system", "beos"], "linux, windows, macos"),
        (["--farm-gpus", "-1"], "--farm-gpus -1"),
    ],
)
def test_what_makes_no_job_is_refused(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main(["--jobs", str(table), "--openjd", str(tmp_path / "job"), *words]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "job").exists()


def test_a_folder_with_something_else_is_left_alone(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--jobs", str(table), "--openjd", str(table.parent)]) == 2
    assert "holds something else" in capsys.readouterr().err
    assert not table.with_name("template.json").exists()


@needs_openjd
def test_the_job_is_valid_and_runs(table: Path, mayapy: Path, tmp_path: Path) -> None:
    job = tmp_path / "job 1"
    written(job, "--jobs", table, "--model", "tiny", "--mayapy", mayapy)
    checked = openjd("check", job / "template.json")
    assert checked.returncode == 0, checked.stdout
    values = f"file://{job / 'openjd_parameters.json'}"
    ran = openjd("run", job / "template.json", "-p", values, "--step", "Result", "--run-dependencies")
    assert ran.returncode == 0, ran.stdout
    assert "openjd_status: 3 of 3 lines are done" in ran.stdout
    assert [float(word) for word in re.findall(r"openjd_progress: ([\d.]+)", ran.stdout)] == [100.0, 100.0]
    record = json.loads((job / "results" / "result.json").read_text("utf-8"))
    assert record["state"] == "done"
    assert [(line["line"], line["state"]) for line in record["lines"]] == [(1, "done"), (2, "done"), (3, "done")]
    assert {Path(line["save_as"]).name for line in record["lines"]} == {"shot 1 out.ma", "shot 2 out.ma"}
    assert all(Path(line["save_as"]).is_file() for line in record["lines"])


@needs_openjd
def test_a_job_runs_where_its_files_lie_elsewhere(table: Path, mayapy: Path, tmp_path: Path) -> None:
    job = tmp_path / "job"
    written(job, "--jobs", table, "--model", "tiny", "--mayapy", mayapy)
    farm = tmp_path / "on the farm"
    table.parent.rename(farm)
    rule = {"source_path_format": "POSIX", "source_path": str(table.parent), "destination_path": str(farm)}
    rules = json.dumps({"version": "pathmapping-1.0", "path_mapping_rules": [rule]})
    values = f"file://{job / 'openjd_parameters.json'}"
    words = ("--step", "Result", "--run-dependencies", "--path-mapping-rules", rules)
    ran = openjd("run", job / "template.json", "-p", values, *words)
    assert ran.returncode == 0, ran.stdout
    assert (farm / "shot 1 out.ma").is_file()
    assert not table.parent.exists()


@needs_openjd
def test_a_scene_that_fails_is_named_to_the_farm(table: Path, mayapy: Path, tmp_path: Path) -> None:
    job = tmp_path / "job"
    written(job, "--jobs", table, "--model", "tiny", "--mayapy", mayapy)
    table.with_name("shot 2.ma").write_text("nothing of Maya's")
    values = f"file://{job / 'openjd_parameters.json'}"
    ran = openjd("run", job / "template.json", "-p", values, "--step", "Result", "--run-dependencies")
    assert ran.returncode != 0
    assert re.search(r"openjd_fail: .*shot 2\.ma", ran.stdout)
    record = json.loads((job / "results" / "shot_1.json").read_text("utf-8"))
    assert record["state"] == "failed"


def test_results_of_tasks_become_one_and_a_killed_one_counts_as_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def record(number: int, state: str) -> None:
        line = {"line": 1, "state": state, "save_as": f"out {number}.ma", "error": None}
        data = {"schema": "a2f.batch/1", "state": "running", "started": f"2026-01-0{number + 1}", "ended": None,
                "host": {"maya": "2026"}, "lines": [line]}  # fmt: skip
        (tmp_path / f"shot_{number}.json").write_text(json.dumps(data), "utf-8")

    for number in range(9):
        record(number, "done")
    record(2, "waiting")
    words = ["--collect", str(tmp_path), "--result", str(tmp_path / "result.json"), "--openjd-task"]
    assert main(words) == 5
    out = capsys.readouterr().out
    assert "openjd_fail: out 2.ma" in out
    found = json.loads((tmp_path / "result.json").read_text("utf-8"))
    assert (found["state"], found["ended"], len(found["lines"])) == ("failed", None, 9)
    assert [line["line"] for line in found["lines"]] == list(range(1, 10))
    record(2, "unchanged")
    assert main(words) == 0


def test_a_folder_without_results_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--collect", str(tmp_path), "--result", str(tmp_path / "result.json")]) == 2
    assert "no results" in capsys.readouterr().err
