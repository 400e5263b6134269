"""The worker never outlives its parent."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.link.conftest import SERVICES, is_alive, is_gone_in_time

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")

Parents = list["subprocess.Popen[str]"]


@pytest.fixture
def parents() -> Iterator[Parents]:
    started: Parents = []
    yield started
    for parent in started:
        parent.kill()
        parent.communicate()


def start_parent(parents: Parents, *arguments: str) -> tuple[subprocess.Popen[str], int]:
    """A parent with a worker at work, and the worker's process id."""
    parent = subprocess.Popen(
        [sys.executable, str(SERVICES / "parent.py"), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    parents.append(parent)
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    if arguments[0] != "idle":
        assert parent.stdout.readline().strip() == {"deaf": "deaf", "stuck": "stuck", "slow": "work"}[arguments[0]]
    assert is_alive(worker)
    return parent, worker


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("arguments", [("idle",), ("slow", '{"seconds": 60}'), ("deaf", "{}")])
def test_a_worker_leaves_when_its_parent_is_killed(parents: Parents, number: int, arguments: tuple[str, ...]) -> None:
    parent, worker = start_parent(parents, *arguments)
    parent.send_signal(number)
    parent.wait()
    assert is_gone_in_time(worker)


def test_a_worker_leaves_when_its_parent_ends_without_closing(parents: Parents) -> None:
    parent, worker = start_parent(parents, "idle")
    parent.communicate("", timeout=10)
    assert parent.returncode == 0
    assert is_gone_in_time(worker)


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
def test_a_worker_stuck_in_native_code_goes_with_its_parent(parents: Parents) -> None:
    parent, worker = start_parent(parents, "stuck", "{}")
    parent.kill()
    parent.wait()
    assert is_gone_in_time(worker)


def test_the_end_of_the_thread_that_started_it_does_not_kill_a_worker(parents: Parents) -> None:
    parent, worker = start_parent(parents, "slow", '{"seconds": 0.5}', "thread")
    assert parent.stdout is not None
    assert "answered" in parent.stdout.read().split()
    assert is_gone_in_time(worker)


def test_ctrl_c_in_the_terminal_reaches_the_parent_alone(parents: Parents, tmp_path: Path) -> None:
    parent, worker = start_parent(parents, "slow", '{"seconds": 60}')
    parent.send_signal(signal.SIGINT)
    _, _ = parent.communicate(timeout=20)
    assert parent.returncode == 1  # Cancelled, unhandled by this little host
    assert is_gone_in_time(worker)
