"""The unit of work: one pack of a plan, on this machine, with one worker.

It may be run again at any time, also after it was killed, and on several machines at once: lines that are done are left
alone, every file appears whole, and a line's record comes after its files. The next part is solved while the files of
the last are written.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from maya_a2f import run
from maya_a2f.api import Asked
from maya_a2f.core.head import load_head
from maya_a2f.errors import A2FError, Cancelled, EngineError, error_from_dict
from maya_a2f.farm.line_run import LineRun, told
from maya_a2f.farm.plan import Plan, PlannedLine
from maya_a2f.farm.records import drop_record, standing, write_record
from maya_a2f.host.scene_file.head_rig import blend_shape_node, head_rig, joint_node
from maya_a2f.link.blob import Blob
from maya_a2f.link.client import WorkerClient
from maya_a2f.link.messages import Message, Progress
from maya_a2f.outputs import HEAD_FOLDER
from maya_a2f.settings import DEFAULT_MODEL

HOPELESS = frozenset({"worker.no_environment", "worker.version", "worker.not_started", "worker.no_hello"})
"""Every further line would fail the same way."""

OnLine = Callable[[PlannedLine, str], None]
"""Called with a line and what became of it: ``done``, ``failed``, or ``kept`` for one that was done before."""
OnProgress = Callable[[Progress], None]
IsCancelled = Callable[[], bool]


@dataclass(frozen=True)
class PackResult:
    """Numbers of the lines by what became of them."""

    index: int
    done: tuple[int, ...]
    failed: tuple[int, ...]
    kept: tuple[int, ...]
    """Done before."""


@dataclass
class _Solved:
    """A line's run with the answer it waits for."""

    run: LineRun
    reply: Message | None = None
    answer: Mapping[str, Any] = field(default_factory=dict)
    picture: bytes = b""


def run_pack(
    plan: Plan,
    index: int,
    folder: Path,
    worker: Asked,
    *,
    only: Collection[int] | None = None,
    on_line: OnLine | None = None,
    on_progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> PackResult:
    """Do what is left of the pack ``index``; ``folder`` is that of the plan. A failed line stops no other.

    ``only`` these lines of it, when given: what they become is the same.

    Raises :class:`Cancelled`; :class:`UserError` ``batch.pack``; :class:`WorkerError` or :class:`EngineError` for a
    worker that cannot run at all; :class:`HostError` ``file.*`` where not even a record can be written.
    """
    pack = plan.pack(index)
    stopped = threading.Event()
    is_off = cancelled or (lambda: False)
    turns = _Turns(worker, lambda: stopped.is_set() or is_off(), on_progress)
    report = on_line or (lambda line, state: None)
    standings = {number: standing(folder, plan.line(number)) for number in pack.numbers}
    kept = tuple(number for number, found in standings.items() if found in ("done", "edited"))
    for number in kept:
        report(plan.line(number), "kept")
    todo = set(pack.numbers if only is None else only) - set(kept)
    parts = [left for part in pack.parts if (left := [number for number in part if number in todo])]
    rows = {number: first for part in pack.parts for number, first in plan.first_rows(part).items()}
    done: list[int] = []
    failed: list[int] = []
    with ThreadPoolExecutor(1, "a2f solver") as pool:
        try:
            ahead = [pool.submit(_solve_part, plan, part, rows, folder, turns) for part in parts[:1]]
            for count in range(len(parts)):
                solved = ahead.pop().result()
                if count + 1 < len(parts):
                    ahead.append(pool.submit(_solve_part, plan, parts[count + 1], rows, folder, turns))
                for one in solved:
                    if turns.cancelled():
                        raise Cancelled()
                    state = _finish(one, plan, rows, folder, turns)
                    (done if state == "done" else failed).append(one.run.line.number)
                    report(one.run.line, state)
        except BaseException:
            stopped.set()
            raise
    return PackResult(index, tuple(done), tuple(failed), kept)


class _Turns:
    """A worker that several threads ask, one after the other."""

    def __init__(self, worker: Asked, cancelled: IsCancelled, on_progress: OnProgress | None) -> None:
        self._worker = worker
        self._turn = threading.Lock()
        self.cancelled = cancelled
        self.on_progress = on_progress

    def request(
        self,
        name: str,
        fields: Mapping[str, Any],
        blobs: Mapping[str, Blob],
        *,
        on_progress: OnProgress | None = None,
        cancelled: IsCancelled | None = None,
    ) -> Message:
        """See :meth:`maya_a2f.link.client.WorkerClient.request`."""
        with self._turn:
            return self._worker.request(
                name, fields, blobs, on_progress=on_progress, cancelled=cancelled or self.cancelled
            )

    def forgive(self) -> None:
        """Let the worker be started again however often it failed: it was the lines' doing."""
        if isinstance(self._worker, WorkerClient):
            self._worker.reset()


def _solve_part(
    plan: Plan, part: Sequence[int], rows: Mapping[int, int], folder: Path, worker: _Turns
) -> list[_Solved]:
    """The lines of a part with their takes, or with their errors."""
    solved = [_Solved(LineRun(plan.line(number), folder)) for number in part]
    for one in solved:
        one.run.begin(worker, worker.cancelled)
        if one.run.error is not None and one.run.error.code in HOPELESS:
            raise one.run.error
    waiting = [one for one in solved if one.run.request is not None]
    if waiting:
        try:
            _solve(plan, waiting, rows, worker, worker.on_progress)
        except Cancelled:
            raise
        except A2FError as error:
            _refuse_hopeless(error)
            for one in waiting:  # which of them it was is found out one by one
                _solve_alone(plan, one, rows, worker)
    return solved


def _solve_alone(plan: Plan, one: _Solved, rows: Mapping[int, int], worker: _Turns) -> None:
    one.run.retried = True
    worker.forgive()
    try:
        _solve(plan, [one], rows, worker, None)
    except Cancelled:
        raise
    except A2FError as error:
        _refuse_hopeless(error)
        one.run.error = error


def _solve(
    plan: Plan, lines: Sequence[_Solved], rows: Mapping[int, int], worker: _Turns, on_progress: OnProgress | None
) -> None:
    """Ask the worker for the takes of the lines and lay the answers down with them."""
    fields = {
        **shared_fields(plan.judged, plan.pictures, plan.pictures_of),
        "lines": [_solve_fields(one, rows) for one in lines],
        "batch_frames": plan.batch_frames,
    }
    reply = worker.request("pack_solve", fields, {}, on_progress=on_progress)
    by_number = {one.run.line.number: one for one in lines}
    for answer in reply.items("lines"):
        number = answer["number"]
        one = by_number[number]
        one.answer = answer
        if answer.get("error"):
            one.run.error = error_from_dict(answer["error"])
            continue
        model = str(one.run.line.options.get("model", DEFAULT_MODEL))
        if plan.models.get(model, reply.text("digest")) != reply.text("digest"):
            one.run.error = EngineError(
                f"The model '{model}' is not the one that the batch was planned with: its files differ.",
                code="batch.model",
                hint="Install the same package here, or plan the batch again.",
            )
            continue
        one.reply = Message(blobs={"take": reply.blob(f"take.{number}", "u1")})
        if f"picture.{number}" in reply.blobs:
            one.picture = bytes(reply.blob(f"picture.{number}", "u1").data)


def shared_fields(judged: bool, pictures: int, pictures_of: str = "all") -> dict[str, Any]:
    """What every ``pack_solve`` of a plan says."""
    return {
        **run.folders(),
        "judged": judged,
        "pictures": pictures,
        "pictures_of": pictures_of,
        "head_folder": str(HEAD_FOLDER),
        "joint_suffix": joint_node(""),
        "shapes_suffix": blend_shape_node(""),
        "rig": _head_attributes(),
    }


@lru_cache(maxsize=1)
def _head_attributes() -> tuple[tuple[str, str, float], ...]:
    """Our head's rig, for whoever draws it."""
    return tuple((item.name, item.kind, item.rest) for item in head_rig(load_head(HEAD_FOLDER)).attributes)


def _solve_fields(one: _Solved, rows: Mapping[int, int]) -> dict[str, Any]:
    line, request = one.run.line, one.run.request
    assert request is not None
    return {
        "number": line.number,
        "first_row": rows[line.number],
        "rows": line.frames,
        "is_packed": line.is_packed,
        "clip": request.fields["clip"],
        "settings": request.fields["settings"],
        "sound_folder": one.run.sound_folder,
        "phones": line.phones,
    }


def _finish(one: _Solved, plan: Plan, rows: Mapping[int, int], folder: Path, worker: _Turns) -> str:
    """Write the line's files and its record; a failure of the worker's is tried once more, alone."""
    for _ in range(2):
        if _is_worth_a_retry(one.run):
            _solve_again(plan, one, rows, folder, worker)
        if one.run.error is not None:
            break
        drop_record(folder, one.run.line)
        try:
            result, files = one.run.finish(worker, worker.cancelled, one.reply, one.answer.get("sound"))
        except Cancelled:
            raise
        except Exception as error:
            one.run.error = told(error)
            _refuse_hopeless(one.run.error)
        else:
            seconds = float(one.answer.get("seconds", 0.0))
            record = one.run.record(result, files, one.answer.get("verdict"), one.picture, seconds)
            write_record(folder, one.run.line, record)
            return "done"
    write_record(folder, one.run.line, one.run.failed_record())
    return "failed"


def _solve_again(plan: Plan, one: _Solved, rows: Mapping[int, int], folder: Path, worker: _Turns) -> None:
    one.run = LineRun(one.run.line, folder)
    one.run.retried = True
    one.reply = None
    one.run.begin(worker, worker.cancelled)
    if one.run.request is not None and one.run.error is None:
        _solve_alone(plan, one, rows, worker)


def _is_worth_a_retry(line_run: LineRun) -> bool:
    """Whether it was the worker's fault, and for the first time."""
    error = line_run.error
    return error is not None and not line_run.retried and (error.group == "worker" or error.code == "engine.run_failed")


def _refuse_hopeless(error: A2FError) -> None:
    if error.code in HOPELESS:
        raise error
