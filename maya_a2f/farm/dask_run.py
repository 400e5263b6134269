"""A batch on a Dask cluster: one task per pack, files in a folder that all machines see.

``a2f batch MANIFEST -o OUT --on dask://HOST:PORT`` (or ``--on dask``: processes of this machine). A Dask worker that
dies costs the pack it was at, which another one goes on with. A pack that kills every worker that tries it is taken
apart: its lines run one by one, and the one that kills is marked as failed.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

from maya_a2f.errors import EngineError, WorkerError, error_from_dict
from maya_a2f.farm import dask_tasks
from maya_a2f.farm.dask_cluster import DaskPlace, await_workers, dask_client
from maya_a2f.farm.dask_futures import NO_WORKER_SECONDS, Answer, answers
from maya_a2f.farm.line_run import LineRun
from maya_a2f.farm.pack_run import OnLine
from maya_a2f.farm.plan import PLAN_NAME, Plan, PlannedLine
from maya_a2f.farm.records import standing, write_record
from maya_a2f.farm.same_program import program_digest

_NAMED: Final = 4
"""Machines named in an error."""
Task = Callable[..., Any]


def run_on_dask(
    plan: Plan,
    folder: Path,
    packs: Iterable[int],
    place: DaskPlace,
    processes: int,
    *,
    on_line: OnLine,
    cancelled: Callable[[], bool],
    task: Task = dask_tasks.do_pack,
) -> None:
    """Do ``packs`` of the plan that is written in ``folder``. ``on_line`` is called in this thread.

    ``processes`` is the size of a local cluster that does not say its own; ``task`` is what is run for a pack (an
    importable function like :func:`dask_tasks.do_pack`). Raises :class:`EngineError` ``dask.missing``,
    ``dask.version``, ``dask.folder``; :class:`WorkerError` ``dask.*``; :class:`Cancelled`; and what :func:`run_pack`
    raises where nothing can run at all. What was done until then stays.
    """
    packs = list(packs)
    if not packs:
        return
    plan_file = str((folder / PLAN_NAME).absolute())
    with dask_client(place, processes) as client:
        await_workers(client, NO_WORKER_SECONDS, cancelled)
        _check_machines(client, plan_file, plan.lines[0].clip)
        run = _Run(client, plan, folder, plan_file, task, on_line, cancelled)
        client.run(dask_tasks.begin, plan_file, run.name, on_error="ignore")
        try:
            run.do({f"pack-{index}": (index, ()) for index in packs})
        except BaseException:
            with suppress(Exception):  # a scheduler that is gone hears nothing
                client.run(dask_tasks.call_off, plan_file, run.name, on_error="ignore")
            raise
        finally:
            with suppress(Exception):
                client.run(dask_tasks.let_go, on_error="ignore")


class _Run:
    def __init__(
        self,
        client: Any,
        plan: Plan,
        folder: Path,
        plan_file: str,
        task: Task,
        on_line: OnLine,
        cancelled: Callable[[], bool],
    ) -> None:
        self.name = f"a2f-{uuid.uuid4().hex[:12]}"
        self._client = client
        self._plan = plan
        self._folder = folder
        self._plan_file = plan_file
        self._task = task
        self._on_line = on_line
        self._cancelled = cancelled
        self._told: set[int] = set()

    def do(self, wanted: Mapping[str, tuple[int, Sequence[int]]]) -> None:
        """Packs, or lines of them, by the name of their task."""
        calls = {
            key: (self._plan_file, index, list(only), program_digest(), self.name)
            for key, (index, only) in wanted.items()
        }
        apart: dict[str, tuple[int, Sequence[int]]] = {}
        found = answers(
            self._client, self._task, calls, on_message=self._hear, topic=self.name, cancelled=self._cancelled
        )
        with closing(found):
            for answer in found:
                index, only = wanted[answer.key]
                if not answer.has_killed:
                    self._close(answer)
                elif only:
                    self._give_up(self._left(only))
                else:
                    left = self._left(self._plan.pack(index).numbers)
                    apart |= {f"line-{number}": (index, (number,)) for number in left}
        for key, line in apart.items():  # one after the other: Dask blames what waits beside it, too
            self.do({key: line})

    def _hear(self, message: Any) -> None:
        self._tell(self._plan.line(int(message["number"])), str(message["state"]))

    def _tell(self, line: PlannedLine, state: str) -> None:
        if line.number not in self._told:  # a pack that is done again finds lines done before
            self._told.add(line.number)
            self._on_line(line, state)

    def _close(self, answer: Answer) -> None:
        """Tell the lines whose own words got lost; raise where nothing can run at all."""
        error = answer.error or (error_from_dict(answer.value["error"]) if "error" in answer.value else None)
        if error is not None:
            raise error
        for state in ("done", "failed", "kept"):
            for number in answer.value[state]:
                self._tell(self._plan.line(number), state)

    def _left(self, numbers: Sequence[int]) -> list[int]:
        return [
            number for number in numbers if standing(self._folder, self._plan.line(number)) not in ("done", "edited")
        ]

    def _give_up(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            line = self._plan.line(number)
            failed = LineRun(line, self._folder)
            failed.error = WorkerError(
                "Every Dask worker that tried this line was killed.",
                code="dask.killed",
                hint="See the Dask workers' logs; memory that runs short is the usual reason.",
            )
            write_record(self._folder, line, failed.failed_record())
            self._tell(line, "failed")


def _check_machines(client: Any, plan_file: str, recording: str) -> None:
    """Raises :class:`EngineError` naming the machines that are not fit for the run."""
    found = client.run(dask_tasks.machine_facts, plan_file, recording, on_error="return")
    own = dask_tasks.machine_facts(plan_file, recording)
    facts = {address: fact for address, fact in found.items() if isinstance(fact, Mapping)}
    gone = {address for address, fact in found.items() if isinstance(fact, OSError)}  # died while it was asked
    broken = {address: fact for address, fact in found.items() if address not in facts and address not in gone}
    if broken:
        words = next(iter(broken.values()))
        raise EngineError(
            f"maya_a2f cannot be used on {_names(broken)}: '{_short(words)}'.",
            code="dask.version",
            hint="Install the same version in the environment that the Dask workers run in, and start them again.",
            details="\n".join(f"{address}: {error!r}" for address, error in broken.items()),
        )
    other = {address: fact for address, fact in facts.items() if fact["version"] != own["version"]}
    other = other or {address: fact for address, fact in facts.items() if fact["program"] != own["program"]}
    if other:
        version = next(iter(other.values()))["version"]
        differs = version != own["version"]
        words = f"version {version} of maya_a2f" if differs else f"another state of maya_a2f {version} than here"
        raise EngineError(
            f"On {_names(other)} there is {words}" + (f"; here it is {own['version']}." if differs else "."),
            code="dask.version",
            hint="Install the same version everywhere and start the Dask workers again.",
        )
    for name, path in (("plan", plan_file), ("recording", recording)):
        blind = {address: fact for address, fact in facts.items() if fact[name] != own[name]}
        if blind:
            raise EngineError(
                f"'{path}' is not seen on {_names(blind)} as it is here.",
                code="dask.folder",
                hint="Results, recordings and models must be in folders that all machines share, under the same paths.",
            )
    bare = {address: fact for address, fact in facts.items() if not fact["python"]}
    if bare:
        raise EngineError(
            f"There is no environment for the inference worker on {_names(bare)}.",
            code="worker.no_environment",
            hint="Run 'python3 install/bootstrap.py env' there, or set MAYA_A2F_WORKER_PYTHON.",
        )


def _names(machines: Mapping[str, Any]) -> str:
    hosts = sorted({str(fact["host"]) if isinstance(fact, Mapping) else address for address, fact in machines.items()})
    named = ", ".join(f"'{host}'" for host in hosts[:_NAMED])
    return named if len(hosts) <= _NAMED else f"{named} and {len(hosts) - _NAMED} more"


def _short(error: Any) -> str:
    text = str(error).strip().splitlines()
    return text[0][:200] if text else type(error).__name__
