"""A plan on this machine: so many processes side by side, each with a worker, given pack after pack."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from maya_a2f.errors import Cancelled, WorkerError, error_from_dict
from maya_a2f.farm.crew import Crew, RunnerProcess
from maya_a2f.farm.pack_run import HOPELESS
from maya_a2f.farm.plan import PLAN_NAME, Plan
from maya_a2f.farm.records import write_record

_MOST_STARTS = 3
"""Of runners for one pack; after that its lines count as failed."""
_MEMORY_PER_JOB = 1536 * 2**20

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


def run_plan(
    plan: Plan,
    folder: Path,
    jobs: int,
    *,
    left: Sequence[int],
    crew: Crew | None = None,
    on_news: OnNews | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> State:
    """Do the packs that hold the lines ``left``; what became of all lines.

    The calling thread waits. ``crew`` does it, where one is there already; it is ended with the run. Raises
    :class:`Cancelled` (what is done stays done), and the :class:`A2FError` of a worker that cannot run at all.
    """
    wanted = set(left)
    waiting = [index for index, pack in enumerate(plan.packs) if wanted & set(pack.numbers)]
    state = State(len(wanted), sum(plan.line(number).frames for number in wanted))
    crew = crew or Crew(folder / PLAN_NAME, plan.threads)
    run = _Run(plan, folder, state, waiting, crew)
    try:
        run.start(min(jobs, len(waiting)))
        while run.is_busy:
            for runner, news in crew.heard_within(0.2):
                run.hear(runner, news)
                if on_news is not None:
                    on_news(state)
                state.news = None
            if cancelled is not None and cancelled():
                raise Cancelled()
    except KeyboardInterrupt:
        raise Cancelled() from None
    finally:
        crew.close()
    return state


class _Run:
    """The processes of a run, and what is left for them."""

    def __init__(self, plan: Plan, folder: Path, state: State, waiting: list[int], crew: Crew) -> None:
        self._plan = plan
        self._folder = folder
        self._state = state
        self._waiting = waiting
        self._crew = crew
        self._starts: dict[int, int] = {}
        self._frames = 0.0

    @property
    def is_busy(self) -> bool:
        """Whether anything is left to do."""
        return bool(self._waiting) or any(runner.pack is not None for runner in self._crew.runners)

    def start(self, count: int) -> None:
        """Give packs to so many processes."""
        for number in range(len(self._crew.runners), count):
            self._crew.started(number)
        for runner in tuple(self._crew.runners):
            self._give(runner)

    def _give(self, runner: RunnerProcess) -> None:
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

    def hear(self, runner: RunnerProcess, news: dict[str, Any] | None) -> None:
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
        solving = sum(other.solving for other in self._crew.runners if other.pack is not None)
        state.frames_done = max(state.frames_done, min(state.frames, self._frames + solving))

    def _bury(self, runner: RunnerProcess) -> None:
        """A process has ended: its pack goes to a new one, until that has been tried often enough."""
        self._crew.runners.remove(runner)
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
            self._give(self._crew.started(runner.number))

    def _give_up(self, pack: int, runner: RunnerProcess) -> None:
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
