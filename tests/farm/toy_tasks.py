"""Tasks that Dask workers find by name, for tests: a folder stands for what the tasks did."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def report(folder: str, name: str, topic: str) -> dict[str, object]:
    """Leave a mark and send a word."""
    from distributed import get_worker

    get_worker().log_event(topic, {"from": name})
    with (Path(folder) / name).open("a") as stream:
        stream.write(f"{os.getpid()}\n")
    return {"name": name, "process": os.getpid()}


def die_once(folder: str, name: str, topic: str) -> dict[str, object]:
    """The first to run it is killed, as by the system when memory is short."""
    try:
        (Path(folder) / "killed").open("x").close()
    except FileExistsError:
        return report(folder, name, topic)
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def die_if_named_so(folder: str, name: str, topic: str) -> dict[str, object]:
    """'killer' kills every process that runs it."""
    if name == "killer":
        os.kill(os.getpid(), signal.SIGKILL)
    return report(folder, name, topic)


def fail_if_named_so(folder: str, name: str, topic: str) -> dict[str, object]:
    """'broken' raises."""
    if name == "broken":
        raise RuntimeError("no such part\nand a second line")
    return report(folder, name, topic)


def wait_for_file(folder: str, name: str, topic: str) -> dict[str, object]:
    """Runs until somebody makes the file 'go', a minute at most."""
    report(folder, name, topic)
    deadline = time.monotonic() + 60
    while not (Path(folder) / "go").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return {"name": name}
