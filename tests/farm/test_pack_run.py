"""A pack goes on around lines that fail, also around those that take the worker with them."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from maya_a2f.api import open_worker
from maya_a2f.errors import A2FError, Cancelled, EngineError
from maya_a2f.farm.pack_run import run_pack
from maya_a2f.farm.plan import Pack, Plan
from maya_a2f.farm.records import read_record, standing
from maya_a2f.farm.worker_settings import engine_threads
from maya_a2f.link.blob import Blob
from maya_a2f.link.client import WorkerClient
from maya_a2f.link.messages import Message
from tests.farm.batches import environment, make_models, make_plan, make_recordings, outputs_of


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerClient]:
    models = make_models(tmp_path_factory.mktemp("models"))
    cache = tmp_path_factory.mktemp("cache")
    with environment(MAYA_A2F_MODEL_PATH=models, MAYA_A2F_CACHE=cache), engine_threads(1), open_worker() as client:
        yield client


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return make_recordings(tmp_path_factory.mktemp("rec"))


def one_pack(recordings: list[Path], folder: Path) -> Plan:
    """All seven lines in one pack of three parts."""
    return replace(make_plan(recordings, folder), packs=(Pack(((1, 2, 3), (4, 5), (6, 7))),))


@pytest.fixture(scope="module")
def undisturbed(
    worker: WorkerClient, recordings: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("whole")
    plan = one_pack(recordings, folder)
    assert run_pack(plan, 0, folder, worker).done == (1, 2, 3, 4, 5, 6, 7)
    return outputs_of(plan, folder)


class Deadly:
    """A worker that some lines kill."""

    def __init__(self, worker: WorkerClient, numbers: set[int], times: int = 99) -> None:
        self._worker = worker
        self._numbers = numbers
        self._left = times
        self.asked: list[list[int]] = []

    def request(
        self, name: str, fields: Mapping[str, Any], blobs: Mapping[str, Blob], **others: Callable[..., Any]
    ) -> Message:
        if name == "pack_solve":
            numbers = [line["number"] for line in fields["lines"]]
            self.asked.append(numbers)
            if self._numbers & set(numbers) and self._left:
                self._left -= 1
                self._worker.reset()
                self._worker.start()
                assert self._worker.process_id is not None
                os.kill(self._worker.process_id, signal.SIGKILL)
        return self._worker.request(name, fields, blobs, **others)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills processes as POSIX does")
def test_a_line_that_kills_the_worker_fails_alone(
    worker: WorkerClient, recordings: list[Path], undisturbed: dict[str, str], tmp_path: Path
) -> None:
    plan = one_pack(recordings, tmp_path)
    deadly = Deadly(worker, {2})
    result = run_pack(plan, 0, tmp_path, deadly)
    assert (result.done, result.failed) == ((1, 3, 4, 5, 6, 7), (2,))
    assert deadly.asked == [[1, 2, 3], [1], [2], [3], [4, 5], [6, 7]]
    record = read_record(tmp_path, plan.line(2))
    assert record is not None
    assert record["error"]["code"] == "worker.crashed"
    made = outputs_of(plan, tmp_path)
    assert {name: digest for name, digest in made.items() if digest} == {
        name: digest for name, digest in undisturbed.items() if name not in plan.line(2).outputs
    }


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills processes as POSIX does")
def test_a_worker_that_dies_once_costs_no_line(
    worker: WorkerClient, recordings: list[Path], undisturbed: dict[str, str], tmp_path: Path
) -> None:
    plan = one_pack(recordings, tmp_path)
    assert run_pack(plan, 0, tmp_path, Deadly(worker, {5}, times=1)).failed == ()
    assert outputs_of(plan, tmp_path) == undisturbed


def test_a_pack_that_is_done_is_left_alone(worker: WorkerClient, recordings: list[Path], tmp_path: Path) -> None:
    plan = one_pack(recordings, tmp_path)
    seen: list[tuple[int, str]] = []
    run_pack(plan, 0, tmp_path, worker)
    counting = Deadly(worker, set())
    result = run_pack(plan, 0, tmp_path, counting, on_line=lambda line, state: seen.append((line.number, state)))
    assert (result.kept, result.done) == ((1, 2, 3, 4, 5, 6, 7), ())
    assert seen == [(number, "kept") for number in range(1, 8)]
    assert counting.asked == []


def test_an_edit_that_its_time_hides_is_kept_where_its_line_changed_and_others_are_to_do(
    worker: WorkerClient, recordings: list[Path], tmp_path: Path
) -> None:
    plan = one_pack(recordings, tmp_path)
    run_pack(plan, 0, tmp_path, worker, only=[1])
    path = plan.line(1).output_paths(tmp_path)[0]
    facts, content = path.stat(), path.read_bytes()[::-1]
    path.write_bytes(content)
    os.utime(path, ns=(facts.st_mtime_ns, facts.st_mtime_ns))
    changed = replace(plan, lines=tuple(replace(line, key=f"{line.key} changed") for line in plan.lines))
    result = run_pack(changed, 0, tmp_path, worker, only=[1, 2])
    assert (result.kept, result.done) == ((1,), (2,))
    assert path.read_bytes() == content


def test_another_model_of_the_same_name_is_not_taken(
    worker: WorkerClient, recordings: list[Path], tmp_path: Path
) -> None:
    plan = replace(one_pack(recordings, tmp_path), models={"tiny": "another digest"})
    assert run_pack(plan, 0, tmp_path, worker).failed == (1, 2, 3, 4, 5, 6, 7)
    record = read_record(tmp_path, plan.line(1))
    assert record is not None
    assert record["error"]["code"] == "batch.model"


def test_a_pack_that_is_called_off_leaves_whole_lines_only(
    worker: WorkerClient, recordings: list[Path], undisturbed: dict[str, str], tmp_path: Path
) -> None:
    plan = one_pack(recordings, tmp_path)
    done: list[int] = []
    with pytest.raises(Cancelled):
        run_pack(
            plan, 0, tmp_path, worker, on_line=lambda line, state: done.append(line.number),
            cancelled=lambda: len(done) >= 2,
        )  # fmt: skip
    standings = {line.number: standing(tmp_path, line) for line in plan.lines}
    assert [number for number, found in standings.items() if found == "done"] == [1, 2]
    for name, digest in outputs_of(plan, tmp_path).items():
        assert digest in ("", undisturbed[name])


def test_a_worker_that_cannot_run_at_all_ends_the_pack(recordings: list[Path], tmp_path: Path) -> None:
    class Missing:
        def request(self, *words: object, **others: object) -> Message:
            raise EngineError("There is none.", code="worker.no_environment")

    with pytest.raises(A2FError, match="There is none"):
        run_pack(one_pack(recordings, tmp_path), 0, tmp_path, Missing())
    assert not (tmp_path / "reports").exists()
