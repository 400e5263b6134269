"""A batch that was killed, at whatever moment, goes on where it stopped, and no byte is another."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from maya_a2f.farm.plan import read_plan
from maya_a2f.farm.records import read_record
from tests.farm.batches import environment, make_models, make_recordings

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills processes as POSIX does")
OUTPUTS = ("*.a2ftake", "*.csv", "*.ma")


@pytest.fixture(scope="module", autouse=True)
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = make_models(tmp_path_factory.mktemp("models"))
    with environment(MAYA_A2F_MODEL_PATH=folder, MAYA_A2F_CACHE=tmp_path_factory.mktemp("cache")):
        yield


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("show") / "rec"
    make_recordings(folder)
    return folder


def started(recordings: Path, out: Path) -> subprocess.Popen[str]:
    words = ["batch", str(recordings), "-o", str(out), "--model", "tiny", "--formats", "take,csv,ma", "--jobs", "1"]
    words += ["--no-verdicts", "--pictures", "0"]
    return subprocess.Popen(
        [sys.executable, "-m", "maya_a2f.cli.main", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def finished(process: subprocess.Popen[str]) -> None:
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said


def outputs(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for pattern in OUTPUTS for path in out.glob(pattern)}


def done_lines(out: Path) -> dict[str, int]:
    """Outputs of lines whose record says done -> the time they were written."""
    with contextlib.suppress(Exception):
        plan = read_plan(out / "plan.json")
        lines = [line for line in plan.lines if (read_record(out, line) or {}).get("state") == "done"]
        return {path.name: path.stat().st_mtime_ns for line in lines for path in line.output_paths(out)}
    return {}


@pytest.fixture(scope="module")
def undisturbed(recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("whole") / "out"
    finished(started(recordings, out))
    found = outputs(out)
    assert len(found) == 21
    return found


def has_plan(out: Path) -> bool:
    return (out / "plan.json").exists()


def has_lines(count: int) -> Callable[[Path], bool]:
    return lambda out: len(list((out / "reports").glob("line*.json"))) >= count


def has_first_file(out: Path) -> bool:
    return any(out.glob("*.a2ftake"))


@pytest.mark.parametrize(
    "moments",
    [(has_plan, has_first_file), (has_lines(1), has_lines(3), has_lines(6))],
    ids=["planned, then amid a line", "after lines 1, 3 and 6"],
)
def test_kill_9_and_resume_give_the_bytes_of_an_undisturbed_run(
    recordings: Path, undisturbed: dict[str, bytes], tmp_path: Path, moments: tuple[Callable[[Path], bool], ...]
) -> None:
    out = tmp_path / "out"
    before: dict[str, int] = {}
    for is_reached in moments:
        process = started(recordings, out)
        deadline = time.monotonic() + 60
        while not is_reached(out) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        assert is_reached(out)
        process.kill()
        process.communicate(timeout=60)
        now = done_lines(out)
        assert {name: now[name] for name in before} == before, "what is done is not done again"
        before = now
    finished(started(recordings, out))
    after = done_lines(out)
    assert {name: after[name] for name in before} == before, "what is done is not done again"
    assert outputs(out) == undisturbed
    assert [path.name for path in out.rglob(".*")] == [".batch.lock"], "nothing half written is left"


def test_a_runner_that_is_killed_is_replaced(recordings: Path, undisturbed: dict[str, bytes], tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = started(recordings, out)
    deadline = time.monotonic() + 60
    while not has_lines(2)(out) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    for child in children.read_text().split() if children.exists() else ():
        os.kill(int(child), signal.SIGKILL)
    finished(process)
    assert outputs(out) == undisturbed
