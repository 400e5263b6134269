"""What a Dask worker does for a batch.

Dask finds these functions by name; arguments and answers are texts, numbers, lists and dicts, so that nothing of ours
is pickled. Errors come back as data too.
"""

from __future__ import annotations

import hashlib
import os
import platform
import signal
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import maya_a2f
from maya_a2f import settings
from maya_a2f.errors import A2FError
from maya_a2f.farm.pack_run import run_pack
from maya_a2f.farm.plan import Plan, PlannedLine, read_plan
from maya_a2f.farm.same_program import program_digest
from maya_a2f.farm.warm_workers import WarmWorkers
from maya_a2f.farm.worker_settings import engine_threads

_warm: Final = WarmWorkers()
_runs: Final[dict[str, str]] = {}
"""Plan's file -> the run that works on it; empty after it was called off. Of an earlier run, whose starter was killed,
a pack may still be in hand."""


def dask_setup(worker: Any) -> None:
    """Called by Dask as a process of a local cluster starts: Ctrl-C is for the process that started it."""
    del worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def machine_facts(plan_file: str, recording: str) -> dict[str, str]:
    """What must be the same on all machines: version, source, the plan as this machine sees it, whether it sees the
    ``recording``; and who it is."""
    return {
        "host": platform.node(),
        "version": maya_a2f.__version__,
        "program": program_digest(),
        "plan": _plan_digest(plan_file),
        "recording": recording if Path(recording).is_file() else "",
        "python": str(settings.worker_python() or ""),
    }


def begin(plan_file: str, run: str) -> None:
    """From now on ``run`` works on the plan here; what is in hand for an earlier one ends within moments."""
    _runs[plan_file] = run


def call_off(plan_file: str, run: str) -> None:
    """Stop what is being done for ``run`` here."""
    if _runs.get(plan_file) == run:
        _runs[plan_file] = ""


def do_pack(plan_file: str, index: int, only: Sequence[int], program: str, run: str) -> dict[str, Any]:
    """Do a pack, or the lines ``only`` of it; every line's end is logged under the topic ``run``.

    ``{"done": […], "failed": […], "kept": […]}``, or ``{"error": …}`` where the worker cannot run at all. Raises
    RuntimeError on a machine with another program, so that Dask tries elsewhere.
    """
    if program != program_digest():
        raise RuntimeError(f"maya_a2f on '{platform.node()}' is not the one that the batch was started with")
    _runs.setdefault(plan_file, run)
    try:
        plan = _plan(plan_file, _plan_digest(plan_file))
        with engine_threads(plan.threads):
            worker = _warm.take(str(plan.threads))
            try:
                result = run_pack(
                    plan,
                    index,
                    Path(plan_file).parent,
                    worker,
                    only=only or None,
                    on_line=lambda line, state: _tell(run, line, state),
                    cancelled=lambda: _runs[plan_file] != run,
                )
            finally:
                _warm.give_back()
    except A2FError as error:
        return {"error": error.to_dict()}
    return {"done": list(result.done), "failed": list(result.failed), "kept": list(result.kept)}


def let_go() -> int:
    """End the warm workers that are not in use; our process id."""
    _warm.let_go()
    return os.getpid()


def _tell(run: str, line: PlannedLine, state: str) -> None:
    from distributed import get_worker

    message: Mapping[str, Any] = {"number": line.number, "state": state}
    get_worker().log_event(run, message)


def _plan_digest(plan_file: str) -> str:
    try:
        return hashlib.sha256(Path(plan_file).read_bytes()).hexdigest()
    except OSError:
        return ""


@lru_cache(maxsize=4)
def _plan(plan_file: str, digest: str) -> Plan:
    del digest  # only tells one plan of that name from the next
    return read_plan(Path(plan_file))
