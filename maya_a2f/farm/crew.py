"""The processes that do packs on this machine, seen from the one that gives them out."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Self, TypeAlias

from maya_a2f.errors import A2FError
from maya_a2f.settings import checkout_folder

_STOP_SECONDS = 15.0
"""From calling a runner off to killing it."""
_LAST_WORDS = 40
_NEW_PROCESS_GROUP = 0x00000200
"""Windows: Ctrl-C is for the parent alone."""

News: TypeAlias = "queue.SimpleQueue[tuple[RunnerProcess, dict[str, Any] | None]]"
"""Who said what; None is the end of the process."""


class RunnerProcess:
    """One process, and the pack it has."""

    def __init__(
        self,
        number: int,
        words: Sequence[str],
        environment: Mapping[str, str],
        heard: News,
        inherited: tuple[int, ...],
    ) -> None:
        """``words`` are the runner's arguments; what it says is put into ``heard``."""
        self.number = number
        self.pack: int | None = None
        self.model: Any = None
        self.solving = 0.0
        self.error: A2FError | None = None
        self._words: deque[str] = deque(maxlen=_LAST_WORDS)
        own_group: dict[str, Any] = (
            {"creationflags": _NEW_PROCESS_GROUP}
            if sys.platform == "win32"
            else {"start_new_session": True, "pass_fds": inherited}
        )
        self.process = subprocess.Popen(
            [sys.executable, "-m", "maya_a2f.farm.runner", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
            encoding="utf-8",
            errors="replace",
            **own_group,
        )
        self._threads = [
            threading.Thread(target=self._listen, args=(heard,), daemon=True),
            threading.Thread(target=self._keep_words, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def _listen(self, heard: News) -> None:
        assert self.process.stdout is not None
        for text in self.process.stdout:
            with contextlib.suppress(ValueError):
                heard.put((self, json.loads(text)))
        self.process.wait()
        heard.put((self, None))

    def _keep_words(self) -> None:
        assert self.process.stderr is not None
        for text in self.process.stderr:
            self._words.append(text)

    def give(self, pack: int) -> None:
        """Have it do a pack; a runner that has died is heard of elsewhere."""
        self.pack, self.solving = pack, 0.0
        self.tell(pack=pack)

    def tell(self, **fields: Any) -> None:
        """A line on its standard input."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            self.process.stdin.write(json.dumps(fields) + "\n")
            self.process.stdin.flush()

    def call_off(self) -> None:
        """Let it end what it is writing."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.close()

    def ending(self) -> str:
        """How it ended, in words."""
        code = self.process.returncode
        words = "".join(self._words).strip().splitlines()
        return f"{'signal ' + str(-code) if code < 0 else f'exit code {code}'}{': ' + words[-1] if words else ''}"


class Crew:
    """The runners of one run. Leaving the ``with`` block ends them."""

    def __init__(self, plan_path: Path, threads: int, *, devices: int = 0, lock: IO[str] | None = None) -> None:
        """Nothing is started yet, and the plan need not be there before the first pack is given.

        With ``devices`` GPUs each process sees one of them; all of them hold the folder's ``lock`` as well.
        """
        self.runners: list[RunnerProcess] = []
        self._words = (str(plan_path), str(threads))
        self._devices = devices
        self._inherited = () if lock is None else (lock.fileno(),)
        self._heard: News = queue.SimpleQueue()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def started(self, number: int) -> RunnerProcess:
        """A new process, the ``number``-th of those that are there at a time."""
        environment = dict(os.environ)
        paths = (str(checkout_folder()), environment.get("PYTHONPATH", ""))
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        if self._devices > 1:
            seen = [part for part in environment.get("CUDA_VISIBLE_DEVICES", "").split(",") if part]
            names = seen or [str(device) for device in range(self._devices)]
            environment["CUDA_VISIBLE_DEVICES"] = names[number % len(names)]
        runner = RunnerProcess(number, self._words, environment, self._heard, self._inherited)
        self.runners.append(runner)
        return runner

    def heard_within(self, seconds: float) -> Iterator[tuple[RunnerProcess, dict[str, Any] | None]]:
        """What the processes say; waits so long for the first word."""
        with contextlib.suppress(queue.Empty):
            yield self._heard.get(timeout=seconds)
            while True:
                yield self._heard.get_nowait()

    def close(self) -> None:
        """End the processes; those that do not go by themselves are killed."""
        for runner in self.runners:
            runner.call_off()
        deadline = time.monotonic() + _STOP_SECONDS
        for runner in self.runners:
            try:
                runner.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                runner.process.kill()
                runner.process.wait()
