"""A batch on a Dask cluster of two processes gives the bytes of a run without one, whatever is killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from maya_a2f.cli.main import main
from maya_a2f.errors import A2FError, Cancelled
from maya_a2f.farm import dask_tasks
from maya_a2f.farm.dask_cluster import DaskPlace, dask_client
from maya_a2f.farm.dask_run import run_on_dask
from maya_a2f.farm.plan import Plan
from maya_a2f.farm.records import read_record
from tests.farm import toy_tasks
from tests.farm.batches import PACKS, environment, make_models, make_plan, make_recordings, outputs_of

pytestmark = [
    pytest.mark.farm,
    pytest.mark.skipif(find_spec("distributed") is None, reason="needs Dask (pip install distributed)"),
    pytest.mark.skipif(not hasattr(toy_tasks.signal, "SIGKILL"), reason="kills processes as POSIX does"),
]


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return make_recordings(tmp_path_factory.mktemp("rec") / "day 1")


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskPlace]:
    """The address of a cluster with two processes; killed ones come back."""
    models = make_models(tmp_path_factory.mktemp("models"))
    cache = tmp_path_factory.mktemp("cache")
    with environment(MAYA_A2F_MODEL_PATH=models, MAYA_A2F_CACHE=cache), dask_client(DaskPlace(), 2) as client:
        yield DaskPlace(client.scheduler.address)


@pytest.fixture(scope="module")
def undisturbed(
    recordings: list[Path], scheduler: DaskPlace, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """Output -> hash, of a run in one process without Dask."""
    folder = tmp_path_factory.mktemp("here")
    plan = make_plan(recordings, folder)
    with environment(MAYA_A2F_CACHE=tmp_path_factory.mktemp("cache of here")):
        assert main(["batch", "--plan", str(folder / "plan.json"), "--pack", f"0-{len(PACKS) - 1}", "--quiet"]) == 0
    found = outputs_of(plan, folder)
    assert all(found.values())
    return found


def ran(
    plan: Plan,
    folder: Path,
    place: DaskPlace,
    task: Callable[..., object] = dask_tasks.do_pack,
    cancelled: Callable[[], bool] = lambda: False,
) -> dict[int, str]:
    """What became of every line that was told of; nothing is told twice."""
    told: list[tuple[int, str]] = []
    try:
        run_on_dask(
            plan, folder, range(len(plan.packs)), place, 2, cancelled=lambda: cancelled() or False, task=task,
            on_line=lambda line, state: told.append((line.number, state)),
        )  # fmt: skip
    finally:
        assert len({number for number, _ in told}) == len(told)
    return dict(told)


def test_a_process_killed_in_the_middle_of_a_pack_changes_no_byte(
    recordings: list[Path], scheduler: DaskPlace, undisturbed: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "out 1"
    plan = make_plan(recordings, folder)
    told = ran(plan, folder, scheduler, toy_tasks.pack_killed_once)
    assert (folder / "killed").exists()
    assert set(told) == set(range(1, 8))
    assert set(told.values()) <= {"done", "kept"}
    assert outputs_of(plan, folder) == undisturbed


def test_a_line_that_kills_every_process_is_the_only_one_that_fails(
    recordings: list[Path], scheduler: DaskPlace, undisturbed: dict[str, str], tmp_path: Path
) -> None:
    plan = make_plan(recordings, tmp_path)
    told = ran(plan, tmp_path, scheduler, toy_tasks.pack_with_a_deadly_line)
    assert [number for number, state in told.items() if state == "failed"] == [5]
    record = read_record(tmp_path, plan.line(5))
    assert record is not None
    assert (record["state"], record["error"]["code"]) == ("failed", "dask.killed")
    found = outputs_of(plan, tmp_path)
    for output in plan.line(5).outputs:
        assert found.pop(output) == ""
    assert found == {name: digest for name, digest in undisturbed.items() if name in found}


def test_a_run_that_was_called_off_goes_on_where_it_stopped(
    recordings: list[Path], scheduler: DaskPlace, undisturbed: dict[str, str], tmp_path: Path
) -> None:
    plan = make_plan(recordings, tmp_path)
    with pytest.raises(Cancelled):
        ran(plan, tmp_path, scheduler, cancelled=lambda: any(outputs_of(plan, tmp_path).values()))
    told = ran(plan, tmp_path, scheduler)
    assert "kept" in told.values()
    assert set(told) == set(range(1, 8))
    assert outputs_of(plan, tmp_path) == undisturbed


@pytest.mark.parametrize(
    ("fact", "value", "code", "said"),
    [
        ("version", "0.0.9", "dask.version", "there is version 0.1.* here it is 0.0.9"),
        ("program", "other", "dask.version", "another state of maya_a2f 0.1"),
        ("plan", "other", "dask.folder", r"plan\.json' is not seen on"),
        ("recording", "other", "dask.folder", r"line 1 ü\.wav' is not seen on"),
    ],
)
def test_machines_that_would_do_something_else_are_named_before_anything_is_done(
    recordings: list[Path], scheduler: DaskPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    fact: str, value: str, code: str, said: str,
) -> None:  # fmt: skip
    plan = make_plan(recordings, tmp_path)
    facts = dask_tasks.machine_facts
    # here only: the processes of the cluster find the real one by its name
    monkeypatch.setattr(dask_tasks, "machine_facts", _Here(facts, {fact: value}))
    with pytest.raises(A2FError, match=said) as raised:
        ran(plan, tmp_path, scheduler)
    assert (raised.value.code, raised.value.exit_code) == (code, 3)
    assert not (tmp_path / "reports").exists()


class _Here:
    """A function that is found by its name elsewhere, and answers differently when it is called here."""

    def __init__(self, function: Callable[[str, str], dict[str, str]], changed: dict[str, str]) -> None:
        self._function = function
        self._changed = changed

    def __call__(self, plan_file: str, recording: str) -> dict[str, str]:
        return {**self._function(plan_file, recording), **self._changed}

    def __reduce__(self) -> str | tuple[object, ...]:
        return (_found, ())


def _found() -> Callable[[str, str], dict[str, str]]:
    return dask_tasks.machine_facts
