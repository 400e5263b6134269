"""Tasks on a Dask cluster, with processes that are killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from maya_a2f.errors import A2FError, Cancelled
from maya_a2f.farm.dask_cluster import DaskPlace, await_workers, dask_client, dask_place
from maya_a2f.farm.dask_futures import Answer, answers
from tests.farm import toy_tasks

pytestmark = pytest.mark.farm
needs_dask = pytest.mark.skipif(find_spec("distributed") is None, reason="needs Dask (pip install distributed)")
needs_signals = pytest.mark.skipif(not hasattr(toy_tasks.signal, "SIGKILL"), reason="kills processes as POSIX does")


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with dask_client(DaskPlace(), 2) as client:
        yield client


def never() -> bool:
    return False


def ended(
    client: Any, task: Callable[..., Any], folder: Path, names: list[str], messages: list[Any] | None = None
) -> dict[str, Answer]:
    topic = f"{folder.name}-{task.__name__}"
    calls = {name: (str(folder), name, topic) for name in names}
    heard = messages if messages is not None else []
    return {
        answer.key: answer
        for answer in answers(client, task, calls, on_message=heard.append, topic=topic, cancelled=never)
    }


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("dask", DaskPlace()),
        ("dask://local", DaskPlace()),
        ("dask://local:3", DaskPlace(processes=3)),
        ("dask://farm1", DaskPlace("tcp://farm1:8786")),
        ("dask://10.0.0.2:9000", DaskPlace("tcp://10.0.0.2:9000")),
        ("dask+tls://farm1:9000", DaskPlace("tls://farm1:9000")),
        ("dask://[::1]:9000", DaskPlace("tcp://[::1]:9000")),
    ],
)
def test_a_place_is_read(text: str, place: DaskPlace) -> None:
    assert dask_place(text) == place


@pytest.mark.parametrize(
    "text", ["", "desk", "dask:", "dask://", "dask://a b", "dask://local:0", "ray://x", "dask://x:y"]
)
def test_a_place_that_is_none_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(A2FError, match="--on dask") as raised:
        dask_place(text)
    assert (raised.value.code, raised.value.exit_code) == ("dask.address", 2)


@pytest.mark.skipif(find_spec("distributed") is not None, reason="Dask is here")
def test_without_dask_the_error_says_how_to_add_it() -> None:
    with pytest.raises(A2FError, match=r"\[dask\]") as raised, dask_client(DaskPlace(), 1):
        pass
    assert raised.value.code == "dask.missing"


@needs_dask
def test_every_task_is_answered_once_and_its_words_arrive(client: Any, tmp_path: Path) -> None:
    messages: list[Any] = []
    names = [f"task {number} ü" for number in range(6)]
    found = ended(client, toy_tasks.report, tmp_path, names, messages)
    assert sorted(found) == names
    assert {answer.value["name"] for answer in found.values()} == set(names)
    assert all((tmp_path / name).read_text().count("\n") == 1 for name in names)
    assert {message["from"] for message in messages} <= set(names)
    assert messages


@needs_dask
@needs_signals
def test_a_worker_that_is_killed_costs_nothing(client: Any, tmp_path: Path) -> None:
    found = ended(client, toy_tasks.die_once, tmp_path, ["a", "b", "c"])
    assert (tmp_path / "killed").exists()
    assert {answer.key: answer.value["name"] for answer in found.values()} == {"a": "a", "b": "b", "c": "c"}


@needs_dask
@needs_signals
def test_a_task_that_kills_its_workers_is_given_up_and_the_others_are_done(client: Any, tmp_path: Path) -> None:
    found = ended(client, toy_tasks.die_if_named_so, tmp_path, ["killer", "a", "b"])
    assert found["killer"].has_killed
    assert found["killer"].value is None
    # a neighbour that waited on the same process may have been blamed too
    assert all(found[name].has_killed or found[name].value["name"] == name for name in ("a", "b"))


@needs_dask
def test_a_task_that_raises_is_an_answer_of_one_line(client: Any, tmp_path: Path) -> None:
    found = ended(client, toy_tasks.fail_if_named_so, tmp_path, ["broken", "a"])
    error = found["broken"].error
    assert error is not None
    assert error.code == "dask.task"
    assert "'no such part'" in str(error)
    assert "second line" not in str(error)
    assert found["a"].value["name"] == "a"


@needs_dask
def test_a_cancel_takes_back_what_has_not_begun(client: Any, tmp_path: Path) -> None:
    names = [str(number) for number in range(12)]
    calls = {name: (str(tmp_path), name, "cancel") for name in names}
    messages: list[Any] = []
    running = answers(
        client, toy_tasks.wait_for_file, calls, on_message=messages.append, topic="cancel",
        cancelled=lambda: bool(messages),
    )  # fmt: skip
    with pytest.raises(Cancelled):
        next(running)
    (tmp_path / "go").touch()
    after = ended(client, toy_tasks.report, tmp_path, ["last"])  # what is queued would come before it
    assert after["last"].value["name"] == "last"
    assert len([name for name in names if (tmp_path / name).exists()]) < len(names)


@needs_dask
def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maya_a2f.farm.dask_cluster._CONNECT_SECONDS", 0.5)
    place = dask_place("dask://127.0.0.1:9")
    with pytest.raises(A2FError, match=r"tcp://127\.0\.0\.1:9") as raised, dask_client(place, 1):
        pass
    assert (raised.value.code, raised.value.exit_code) == ("dask.unreachable", 4)


@needs_dask
def test_a_cluster_without_workers_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    from distributed import LocalCluster

    with (
        LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=":0", silence_logs=50) as empty,
        dask_client(DaskPlace(empty.scheduler_address), 1) as lonely,
    ):
        with pytest.raises(A2FError, match="no worker") as raised:
            await_workers(lonely, 0.5, never)
        assert raised.value.code == "dask.no_workers"
        waiting = answers(
            lonely, toy_tasks.report, {"a": (str(tmp_path), "a", "t")}, on_message=print, topic="t", cancelled=never,
            no_worker_seconds=0.5,
        )  # fmt: skip
        with pytest.raises(A2FError, match="no worker"):
            next(waiting)
