"""A plan on this machine: so many processes side by side, each with a worker, given pack after pack."""

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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from maya_a2f.errors import A2FError, Cancelled, WorkerError, error_from_dict
from maya_a2f.farm.pack_run import HOPELESS
from maya_a2f.farm.plan import PLAN_NAME, Plan
from maya_a2f.farm.records import write_record
from maya_a2f.settings import checkout_folder

_STOP_SECONDS = 15.0
"""From calling a runner off to killing it."""
_MOST_STARTS = 3
"""Of runners for one pack; after that its lines count as failed."""
_MEMORY_PER_JOB = 1536 * 2**20
_LAST_WORDS = 40
_NEW_PROCESS_GROUP = 0x00000200
"""Windows: Ctrl-C is for the parent alone."""

OnNews = Callable[["State"], None]


@dataclass
class State:
    """How far a run is."""

    lines: int
    """To be done, beside those that were done before."""
    frames: int
    """Of those lines."""
    done: list[int] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)
    frames_done: float = 0.0
    """With the rows of parts that are being solved."""
    news: tuple[int, str] | None = None
    """The line that was last heard of, and what became of it."""


class _Runner:
    """One process, and the pack it has."""

    def __init__(
        self,
        number: int,
        plan_path: Path,
        environment: dict[str, str],
        heard: queue.SimpleQueue[Any],
        inherited: tuple[int, ...],
    ) -> None:
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
            [sys.executable, "-m", "maya_a2f.farm.runner", str(plan_path)],
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

    def _listen(self, heard: queue.SimpleQueue[Any]) -> None:
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
        assert self.process.stdin is not None
        self.pack, self.solving = pack, 0.0
        with contextlib.suppress(OSError):
            self.process.stdin.write(json.dumps({"pack": pack}) + "\n")
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


def run_plan(
    plan: Plan,
    folder: Path,
    jobs: int,
    *,
    left: Sequence[int],
    devices: int = 0,
    lock: IO[str] | None = None,
    on_news: OnNews | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> State:
    """Do the packs that hold the lines ``left``; what became of all lines.

    The calling thread waits. With ``devices`` GPUs, each process sees one of them; all of them hold the folder's
    ``lock`` as well. Raises :class:`Cancelled` (what is
    done stays done), and the :class:`A2FError` of a worker that cannot run at all.
    """
    wanted = set(left)
    waiting = [index for index, pack in enumerate(plan.packs) if wanted & set(pack.numbers)]
    state = State(len(wanted), sum(plan.line(number).frames for number in wanted))
    run = _Run(plan, folder, state, waiting, devices, () if lock is None else (lock.fileno(),))
    try:
        run.start(min(jobs, len(waiting)))
        while run.is_busy:
            for runner, news in run.heard_within(0.2):
                run.hear(runner, news)
                if on_news is not None:
                    on_news(state)
                state.news = None
            if cancelled is not None and cancelled():
                raise Cancelled()
    except KeyboardInterrupt:
        raise Cancelled() from None
    finally:
        run.close()
    return state


class _Run:
    """The processes of a run, and what is left for them."""

    def __init__(
        self, plan: Plan, folder: Path, state: State, waiting: list[int], devices: int, inherited: tuple[int, ...]
    ) -> None:
        self._inherited = inherited
        self._plan = plan
        self._folder = folder
        self._state = state
        self._waiting = waiting
        self._devices = devices
        self._starts: dict[int, int] = {}
        self._runners: list[_Runner] = []
        self._heard: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._frames = 0.0

    @property
    def is_busy(self) -> bool:
        """Whether anything is left to do."""
        return bool(self._waiting) or any(runner.pack is not None for runner in self._runners)

    def start(self, count: int) -> None:
        """Start so many processes."""
        for number in range(count):
            self._runners.append(self._new_runner(number))
            self._give(self._runners[-1])

    def _new_runner(self, number: int) -> _Runner:
        environment = dict(os.environ)
        environment["PYTHONPATH"] = os.pathsep.join(
            filter(None, (str(checkout_folder()), environment.get("PYTHONPATH", "")))
        )
        if self._devices > 1:
            seen = [part for part in environment.get("CUDA_VISIBLE_DEVICES", "").split(",") if part]
            names = seen or [str(device) for device in range(self._devices)]
            environment["CUDA_VISIBLE_DEVICES"] = names[number % len(names)]
        return _Runner(number, self._folder / PLAN_NAME, environment, self._heard, self._inherited)

    def _give(self, runner: _Runner) -> None:
        """The next pack, one of the model that the runner has loaded where there is one."""
        if not self._waiting:
            runner.pack = None
            runner.call_off()
            return
        same = next((index for index in self._waiting if self._model(index) == runner.model), self._waiting[0])
        self._waiting.remove(same)
        runner.model = self._model(same)
        self._starts[same] = self._starts.get(same, 0) + 1
        runner.give(same)

    def _model(self, index: int) -> Any:
        return self._plan.line(self._plan.packs[index].numbers[0]).options.get("model")

    def heard_within(self, seconds: float) -> Iterator[tuple[_Runner, Any]]:
        """What the processes say; waits so long for the first word."""
        with contextlib.suppress(queue.Empty):
            yield self._heard.get(timeout=seconds)
            while True:
                yield self._heard.get_nowait()

    def hear(self, runner: _Runner, news: dict[str, Any] | None) -> None:
        """Raises :class:`A2FError` where no process could do any better."""
        state = self._state
        if news is None:
            self._bury(runner)
        elif "error" in news:
            runner.error = error_from_dict(news["error"])
        elif "line" in news:
            number, became = int(news["line"]), str(news["state"])
            lists = {"done": state.done, "failed": state.failed, "kept": state.kept}
            if all(number not in known for known in lists.values()):
                lists[became].append(number)
                state.news = (number, became)
                self._frames += self._plan.line(number).frames if became != "kept" else 0
            runner.solving = max(0.0, runner.solving - self._plan.line(number).frames)
        elif "solving" in news:
            runner.solving = float(news["solving"])
        elif "pack" in news:
            runner.pack, runner.solving = None, 0.0
            self._give(runner)
        solving = sum(other.solving for other in self._runners if other.pack is not None)
        state.frames_done = max(state.frames_done, min(state.frames, self._frames + solving))

    def _bury(self, runner: _Runner) -> None:
        """A process has ended: its pack goes to a new one, until that has been tried often enough."""
        self._runners.remove(runner)
        if runner.error is not None and (runner.error.code in HOPELESS or runner.error.group == "host"):
            raise runner.error
        if runner.pack is None:
            return
        pack = runner.pack
        if self._starts[pack] < _MOST_STARTS:
            self._waiting.insert(0, pack)
        else:
            self._give_up(pack, runner)
        if self._waiting:
            self._runners.append(self._new_runner(runner.number))
            self._give(self._runners[-1])

    def _give_up(self, pack: int, runner: _Runner) -> None:
        state = self._state
        known = {*state.done, *state.failed, *state.kept}
        error = runner.error or WorkerError(
            f"The process that did this line ended {_MOST_STARTS} times ({runner.ending()}).",
            code="batch.lost",
            hint="Animate it by itself with 'a2f animate' to see more.",
        )
        for number in self._plan.packs[pack].numbers:
            if number not in known:
                line = self._plan.line(number)
                record = {"state": "failed", "outputs": [], "frames": line.frames, "seconds": line.seconds,
                          "took_seconds": 0.0, "notes": [], "verdict": None, "error": error.to_dict(),
                          "picture": ""}  # fmt: skip
                write_record(self._folder, line, record)
                state.failed.append(number)

    def close(self) -> None:
        """End the processes; those that do not go by themselves are killed."""
        for runner in self._runners:
            runner.call_off()
        deadline = time.monotonic() + _STOP_SECONDS
        for runner in self._runners:
            try:
                runner.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                runner.process.kill()
                runner.process.wait()


def usual_jobs(devices: int) -> int:
    """One per GPU; else one per core, as far as the memory goes."""
    if devices:
        return devices
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, _free_memory() // _MEMORY_PER_JOB))


def _free_memory() -> int:
    """Bytes; plenty where the system does not say."""
    try:
        text = Path("/proc/meminfo").read_text()
        return int(text.split("MemAvailable:")[1].split()[0]) * 1024
    except (OSError, IndexError, ValueError):
        return 8 * _MEMORY_PER_JOB
