"""Tasks that Dask workers find by name, for tests: a folder stands for what the tasks did."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path
from typing import Any
from unittest import mock


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


def pack_killed_once(plan_file: str, index: int, only: list[int], program: str, run: str) -> dict[str, object]:
    """As the real task; the first process that has done line 1 is killed then, in the middle of its pack."""
    from maya_a2f.farm import dask_tasks

    tell = dask_tasks._tell

    def tell_and_die(name: str, line: Any, state: str) -> None:
        tell(name, line, state)
        if line.number == 1:
            with contextlib.suppress(FileExistsError):
                Path(plan_file).with_name("killed").open("x").close()
                os.kill(os.getpid(), signal.SIGKILL)

    with mock.patch.object(dask_tasks, "_tell", tell_and_die):
        return dask_tasks.do_pack(plan_file, index, only, program, run)


def pack_with_a_deadly_line(plan_file: str, index: int, only: list[int], program: str, run: str) -> dict[str, object]:
    """As the real task; every process that is to do line 5 is killed."""
    from maya_a2f.farm import dask_tasks
    from maya_a2f.farm.plan import read_plan

    if 5 in (only or read_plan(Path(plan_file)).pack(index).numbers):
        os.kill(os.getpid(), signal.SIGKILL)
    return dask_tasks.do_pack(plan_file, index, only, program, run)
