"""Clients of real child processes; each test ends with none of them left."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from maya_a2f.link.client import Patience, WorkerClient
from maya_a2f.link.environment import worker_environment

SERVICES = Path(__file__).resolve().parent / "services"
PATIENCE = Patience(hello_seconds=30.0, cancel_seconds=0.5, stalled_seconds=0.5)
GONE_WITHIN_SECONDS = 5.0

MakeClient = Callable[..., WorkerClient]


def is_alive(process_id: int) -> bool:
    """A zombie that nobody has waited for yet does not count."""
    try:
        if sys.platform == "linux":
            stat = Path(f"/proc/{process_id}/stat").read_text()
            return stat.rpartition(")")[2].split()[0] != "Z"
        os.kill(process_id, 0)
    except (FileNotFoundError, ProcessLookupError):
        return False
    return True


def wait_until(condition: Callable[[], bool], seconds: float = GONE_WITHIN_SECONDS) -> bool:
    """True as soon as ``condition`` holds; False when it does not within the time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def is_gone_in_time(process_id: int) -> bool:
    """True when the process is no more within five seconds."""
    return wait_until(lambda: not is_alive(process_id))


@pytest.fixture
def make_client() -> Iterator[MakeClient]:
    """Makes clients of ``various.py`` or, given a way, of ``broken.py``; closes them and checks that all is gone."""
    clients: list[WorkerClient] = []

    def make(way: str = "", **options: Any) -> WorkerClient:
        entry = SERVICES / ("broken.py" if way else "various.py")
        if way:
            options["environment"] = {**worker_environment(os.environ), "MAYA_A2F_TEST_WAY": way}
        options.setdefault("patience", PATIENCE)
        clients.append(WorkerClient(options.pop("python", sys.executable), options.pop("entry", entry), **options))
        return clients[-1]

    yield make
    ids = [client.process_id for client in clients]
    for client in clients:
        client.close()
    assert all(is_gone_in_time(process_id) for process_id in ids if process_id is not None)
    names = [thread.name for thread in threading.enumerate()]
    assert wait_until(lambda: not [t for t in threading.enumerate() if t.name.startswith("a2f worker")]), names


@pytest.fixture
def client(make_client: MakeClient) -> WorkerClient:
    """A client of ``various.py``."""
    return make_client()
