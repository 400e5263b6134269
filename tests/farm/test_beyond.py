"""``a2f batch`` beyond one machine, from the command line: the bytes are those of a run on this one."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from maya_a2f.cli.main import main
from maya_a2f.farm.plan import read_plan
from tests.farm.batches import environment, make_models, make_recordings, outputs_of

WORDS = ("--model", "tiny", "--formats", "csv,take,ma", "--no-verdicts", "--pictures", "0", "--quiet")

pytestmark = pytest.mark.farm
needs_openjd = pytest.mark.skipif(find_spec("openjd") is None, reason="needs openjd-cli (pip install openjd-cli)")
needs_dask = pytest.mark.skipif(find_spec("distributed") is None, reason="needs Dask (pip install distributed)")


@pytest.fixture(scope="module", autouse=True)
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = make_models(tmp_path_factory.mktemp("models"))
    with environment(MAYA_A2F_MODEL_PATH=folder, MAYA_A2F_CACHE=tmp_path_factory.mktemp("cache")):
        yield


def made_manifest(folder: Path) -> Path:
    """Five lines at three rates: three packs."""
    recordings = make_recordings(folder / "rec 1")[:5]
    rows = [f"rec 1/{path.name},{fps}" for path, fps in zip(recordings, (30, 24, 30, 25, 24), strict=True)]
    path = folder / "lines.csv"
    path.write_text("clip,fps\n" + "\n".join(rows) + "\n", "utf-8")
    return path


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_manifest(tmp_path_factory.mktemp("show"))


@pytest.fixture(scope="module")
def undisturbed(manifest: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Output -> hash, of a run on this machine."""
    folder = tmp_path_factory.mktemp("here")
    with environment(MAYA_A2F_CACHE=tmp_path_factory.mktemp("cache of here")):
        assert main(["batch", str(manifest), "-o", str(folder), "--jobs", "1", *WORDS]) == 0
    return hashes(folder)


def hashes(folder: Path) -> dict[str, str]:
    plan = read_plan(folder / "plan.json")
    assert len(plan.packs) == 3
    return outputs_of(plan, folder)


def bundle(manifest: Path, out: Path, job: Path, *words: str) -> None:
    assert main(["batch", str(manifest), "-o", str(out), *WORDS, "--openjd", str(job), *words]) == 0


def openjd(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "openjd", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False)


def openjd_run(job: Path, *words: object) -> subprocess.CompletedProcess[str]:
    values = f"file://{job / 'openjd_parameters.json'}"
    return openjd("run", job / "template.json", "-p", values, "--step", "Summary", "--run-dependencies", *words)


@needs_dask
def test_a_local_cluster_makes_the_same_bytes(manifest: Path, undisturbed: dict[str, str], tmp_path: Path) -> None:
    assert main(["batch", str(manifest), "-o", str(tmp_path), *WORDS, "--on", "dask://local:2"]) == 0
    assert hashes(tmp_path) == undisturbed
    assert json.loads((tmp_path / "summary.json").read_text("utf-8"))["done"] == 5


@needs_openjd
def test_a_job_is_valid_and_makes_the_same_bytes(manifest: Path, undisturbed: dict[str, str], tmp_path: Path) -> None:
    out, job = tmp_path / "out 1 ü", tmp_path / "job 1"
    bundle(manifest, out, job, "--farm-system", "linux", "--farm-minutes", "5")
    assert not list(out.glob("*.csv")), "nothing is done yet"
    checked = openjd("check", job / "template.json")
    assert checked.returncode == 0, checked.stdout
    ran = openjd_run(job)
    assert ran.returncode == 0, ran.stdout
    assert hashes(out) == undisturbed
    assert "openjd_progress: 100.0" in ran.stdout
    assert "openjd_fail" not in ran.stdout
    assert (out / "summary.html").is_file()


@needs_openjd
def test_a_line_that_fails_fails_the_summary_which_names_it(manifest: Path, tmp_path: Path) -> None:
    own = made_manifest(tmp_path / "show")
    out, job = tmp_path / "out", tmp_path / "job"
    bundle(own, out, job)
    (own.parent / "rec 1" / "line 3 ü.wav").unlink()
    ran = openjd_run(job)
    assert ran.returncode != 0
    assert re.search(r"openjd_fail: line 3 ü: .*line 3 ü\.wav", ran.stdout)
    assert ran.stdout.count("openjd_fail") == 1
    assert json.loads((out / "summary.json").read_text("utf-8"))["done"] == 4


@needs_openjd
def test_a_job_runs_where_its_files_lie_elsewhere(tmp_path: Path, undisturbed: dict[str, str]) -> None:
    own = made_manifest(tmp_path / "show")
    bundle(own, tmp_path / "show" / "out", tmp_path / "job")
    (tmp_path / "show").rename(tmp_path / "on the farm")
    rule = {
        "source_path_format": "POSIX",
        "source_path": str(tmp_path / "show"),
        "destination_path": str(tmp_path / "on the farm"),
    }
    rules = json.dumps({"version": "pathmapping-1.0", "path_mapping_rules": [rule]})
    ran = openjd_run(tmp_path / "job", "--path-mapping-rules", rules)
    assert ran.returncode == 0, ran.stdout
    found = hashes(tmp_path / "on the farm" / "out")
    curves = {name: digest for name, digest in undisturbed.items() if name.endswith(".csv")}
    assert {name: found[name] for name in curves} == curves, (
        "takes and scenes name their recording, which lies elsewhere"
    )
    assert all(found.values())
    assert not (tmp_path / "show").exists()


@pytest.mark.skipif(os.name != "posix", reason="stops a task as farms on POSIX do")
def test_a_task_that_is_stopped_says_so_and_is_begun_again(
    manifest: Path, undisturbed: dict[str, str], tmp_path: Path
) -> None:
    assert main(["batch", str(manifest), "-o", str(tmp_path), *WORDS, "--plan-only"]) == 0
    command = [sys.executable, "-m", "maya_a2f.cli.main", "batch", "--plan", str(tmp_path / "plan.json")]
    task = [*command, "--pack", "0-2", "--openjd-task"]
    with subprocess.Popen(
        task, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8"
    ) as running:
        assert running.stdout is not None
        for text in running.stdout:
            if text.startswith("openjd_status"):  # a line is done
                running.send_signal(signal.SIGTERM)
                break
        rest = running.stdout.read()
    assert running.returncode == 6
    assert "openjd_fail: " in rest
    assert subprocess.run(task, capture_output=True, check=False).returncode == 0
    assert hashes(tmp_path) == undisturbed


def test_a_summary_with_lines_that_no_task_has_done_fails_the_job(
    manifest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["batch", str(manifest), "-o", str(tmp_path), *WORDS, "--plan-only"]) == 0
    plan = str(tmp_path / "plan.json")
    assert main(["batch", "--plan", plan, "--finish", "--quiet"]) == 0
    capsys.readouterr()
    assert main(["batch", "--plan", plan, "--finish", "--openjd-task"]) == 4
    assert capsys.readouterr().out.count("no task has done it") == 5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--on", "ray://x"), "--on ray://x"),
        (("--openjd", "job", "--on", "dask"), "do not go together"),
        (("--farm-gpus", "1"), "--farm-gpus needs --openjd"),
        (("--farm-python", "python3"), "--farm-python needs --openjd"),
        (("--openjd", "job", "--farm-system", "beos"), "beos"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_done(
    manifest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    out = tmp_path / "out"
    assert main(["batch", str(manifest), "-o", str(out), *words]) == 2
    assert said in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.skipif(find_spec("distributed") is not None, reason="Dask is here")
def test_without_dask_nothing_is_begun(manifest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["batch", str(manifest), "-o", str(tmp_path / "out"), "--on", "dask"]) == 3
    assert "[dask]" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
