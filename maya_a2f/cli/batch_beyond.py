"""``a2f batch`` beyond one machine: on a Dask cluster, and as a job for a render farm."""

from __future__ import annotations

import argparse
import contextlib
import signal
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from maya_a2f.cli.console import say
from maya_a2f.core.path_mapping import PathRule, read_path_rules
from maya_a2f.errors import A2FError, Cancelled, UserError, WorkerError
from maya_a2f.farm.dask_cluster import check_dask, dask_place
from maya_a2f.farm.dask_run import run_on_dask
from maya_a2f.farm.needs_options import add_needs, given_needs, needs_of
from maya_a2f.farm.openjd_bundle import run_words, write_bundle
from maya_a2f.farm.openjd_lines import FarmLines
from maya_a2f.farm.openjd_solve import solve_bundle
from maya_a2f.farm.plan import Plan, PlannedLine
from maya_a2f.farm.running import OnNews, State
from maya_a2f.farm.summary import Summary

_NAMED: Final = 20
"""Lines that a job's last step names."""


def add_beyond(group: argparse._ArgumentGroup) -> None:
    """``--on`` and ``--openjd``."""
    group.add_argument(
        "--on", metavar="PLACE",
        help="a Dask cluster: dask://HOST:PORT of its scheduler, or dask://local:N for N processes here",
    )  # fmt: skip
    group.add_argument(
        "--openjd", metavar="DIR", type=Path,
        help="plan only, and write a job for render farms (Open Job Description, AWS Deadline Cloud) there",
    )  # fmt: skip
    group.add_argument("--farm-python", metavar="PATH", help="with --openjd: the farm's Python that has maya_a2f")
    add_needs(group)


def add_task(group: argparse._ArgumentGroup) -> None:
    """What a job's tasks add to ``--plan``."""
    group.add_argument("--path-rules", metavar="JSON", type=Path, help="where the plan's files lie on this machine")
    group.add_argument("--openjd-task", action="store_true", help="tell progress as Open Job Description asks")


class FarmTask:
    """A process that does a part of a plan; with ``is_on`` as a task of a farm's job, which it tells how far it is.

    A farm stops a task with SIGTERM, on Windows with Ctrl-Break: within the block both count as Ctrl-C.
    """

    def __init__(self, is_on: bool) -> None:
        self._is_on = is_on
        self._lines = FarmLines(is_on)
        self._frames = self._done = 0

    def __enter__(self) -> Self:
        if self._is_on:
            for name in ("SIGTERM", "SIGBREAK"):
                with contextlib.suppress(ValueError, AttributeError):
                    signal.signal(getattr(signal, name), _interrupt)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, A2FError):
            self._lines.fail(str(error))
        elif isinstance(error, KeyboardInterrupt):
            self._lines.fail("Stopped.")
        elif error is not None:
            self._lines.fail(f"A defect: {error}")

    def begin(self, frames: int) -> None:
        """So much is to be done."""
        self._frames, self._done = frames, 0
        self._lines.progress(0, frames)

    def line(self, line: PlannedLine, words: str) -> None:
        """A line has ended, as ``words`` say."""
        self._done += line.frames
        self._lines.status(words)
        self._lines.progress(self._done, self._frames)

    def ended(self, summary: Summary) -> int:
        """The exit code of the whole. A farm's job also fails for lines that no task has done."""
        self._lines.status(summary.words)
        left = [entry for entry in summary.entries if entry.state != "done"]
        for entry in left[:_NAMED]:
            self._lines.fail(f"{entry.line.name}: {entry.error.get('message', 'no task has done it')}")
        if self._is_on and left and not summary.exit_code:
            return WorkerError.exit_code
        return summary.exit_code


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def check_beyond(options: argparse.Namespace) -> None:
    """Raises :class:`UserError`, :class:`EngineError` for what could not be done, before anything is."""
    if options.on is not None:
        if options.openjd is not None:
            raise UserError("--on and --openjd do not go together.", code="batch.command", hint="Give one of them.")
        dask_place(options.on)
        check_dask()
    if options.openjd is None:
        unused = [*given_needs(options), *(["--farm-python"] if options.farm_python is not None else [])]
        if unused:
            raise UserError(f"{unused[0]} needs --openjd.", code="batch.command", hint="Add --openjd DIR.")
    else:
        needs_of(options)


def path_rules(options: argparse.Namespace) -> tuple[PathRule, ...]:
    """The rules of ``--path-rules``."""
    return () if options.path_rules is None else read_path_rules(options.path_rules)


def write_job(options: argparse.Namespace, plan: Plan, results: Path) -> int:
    """Write the bundle of a plan that is written in ``results``; the exit code."""
    name = f"maya_a2f batch: {options.manifest.stem or options.manifest.absolute().name}"
    bundle = solve_bundle(plan, results, name, needs_of(options), options.farm_python or "python")
    template = write_bundle(options.openjd, bundle)
    if not options.quiet:
        count = f"{len(plan.packs)} task{'s' if len(plan.packs) != 1 else ''}, one per pack of {len(plan.lines)} lines"
        say(f"{template}: {count}.\n{run_words(template, 'Summary')}")
    return 0


def run_beyond(place: str, plan: Plan, folder: Path, processes: int, left: Sequence[int], on_news: OnNews) -> None:
    """Do the packs that hold the lines ``left`` on a Dask cluster. Raises as :func:`run_on_dask`."""
    wanted = set(left)
    state = State(len(wanted), sum(plan.line(number).frames for number in wanted))

    def on_line(line: PlannedLine, became: str) -> None:
        if line.number not in wanted:
            return
        {"done": state.done, "failed": state.failed, "kept": state.kept}[became].append(line.number)
        state.frames_done += line.frames
        state.news = (line.number, became)
        on_news(state)
        state.news = None

    packs = [index for index, pack in enumerate(plan.packs) if wanted & set(pack.numbers)]
    try:
        on_news(state)
        run_on_dask(plan, folder, packs, dask_place(place), min(processes, len(packs)) or 1, on_line=on_line,
                    cancelled=lambda: False)  # fmt: skip
    except KeyboardInterrupt:
        raise Cancelled() from None
