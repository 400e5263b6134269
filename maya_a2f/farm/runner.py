"""A process that does packs of a plan with a worker of its own, as its parent says on its standard input.

Parent -> runner, a line of JSON each: ``{"pack": 3}``, before the first maybe ``{"warm": {…}}`` (a ``pack_warm`` for
its worker); the end of the input ends it. Runner -> parent: ``{"line": 7, "state": "done"}``, ``{"solving": 96}`` (rows
of the part being solved), ``{"pack": 3, "done": [7, 8], "failed": []}``, and ``{"error": {…}}`` for what ends it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from maya_a2f.api import open_worker
from maya_a2f.errors import A2FError, Cancelled
from maya_a2f.farm.line_run import told
from maya_a2f.farm.pack_run import run_pack
from maya_a2f.farm.plan import Plan, read_plan
from maya_a2f.farm.worker_settings import engine_threads
from maya_a2f.link.client import WorkerClient
from maya_a2f.link.messages import Progress

_GRACE_SECONDS = 10.0
"""From the end of the input to the end of the process, for the line at hand."""


class _Parent:
    """What the parent says, heard in a thread of its own so that its end is noticed during work."""

    def __init__(self) -> None:
        self._told: list[dict[str, Any]] = []
        self._news = threading.Condition()
        self._saying = threading.Lock()
        self.is_gone = False
        threading.Thread(target=self._listen, name="a2f runner", daemon=True).start()

    def next_pack(self, warm: Callable[[dict[str, Any]], None]) -> int | None:
        """Wait for one, None at the end; what is to be warmed meanwhile is given to ``warm``."""
        while True:
            with self._news:
                self._news.wait_for(lambda: self._told or self.is_gone)
                if self.is_gone:
                    return None
                told = self._told.pop(0)
            if "pack" in told:
                return int(told["pack"])
            warm(told["warm"])

    def say(self, **fields: Any) -> None:
        """Raises nothing: a parent that is gone ends the process by itself."""
        try:
            with self._saying:
                sys.stdout.write(json.dumps(fields) + "\n")
                sys.stdout.flush()
        except (OSError, ValueError):
            self._leave()

    def _listen(self) -> None:
        for text in sys.stdin:
            with self._news:
                self._told.append(json.loads(text))
                self._news.notify()
        self._leave()

    def _leave(self) -> None:
        with self._news:
            self.is_gone = True
            self._news.notify()
        threading.Timer(_GRACE_SECONDS, lambda: os._exit(0)).start()


def main(plan_path: Path, threads: int) -> int:
    """Do packs until the parent is gone; the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's
    parent = _Parent()
    folder = plan_path.absolute().parent
    try:
        with engine_threads(threads), open_worker() as worker:
            plan: Plan | None = None
            while (index := parent.next_pack(lambda fields: _warm(worker, fields, parent))) is not None:
                plan = plan or read_plan(plan_path)
                found = run_pack(
                    plan,
                    index,
                    folder,
                    worker,
                    on_line=lambda line, state: parent.say(line=line.number, state=state),
                    on_progress=lambda progress: _tell(parent, progress),
                    cancelled=lambda: parent.is_gone,
                )
                parent.say(pack=index, done=found.done, failed=found.failed, kept=found.kept)
    except Cancelled:
        return 6
    except Exception as error:
        own: A2FError = told(error)
        parent.say(error=own.to_dict())
        return own.exit_code
    finally:
        if parent.is_gone:
            os._exit(0)
    return 0


def _warm(worker: WorkerClient, fields: dict[str, Any], parent: _Parent) -> None:
    """Have the worker load what the first line will need; whatever is wrong with it shows again there."""
    try:
        worker.request("pack_warm", fields, cancelled=lambda: parent.is_gone)
    except Cancelled:
        raise
    except A2FError:
        worker.reset()


def _tell(parent: _Parent, progress: Progress) -> None:
    if progress.stage == "Solving":
        parent.say(solving=progress.done)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
