"""Inference workers that a long-lived process keeps between packs."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from maya_a2f.errors import WorkerError
from maya_a2f.farm import warm_workers
from maya_a2f.farm.same_program import program_digest
from maya_a2f.farm.warm_workers import WarmWorkers

pytestmark = pytest.mark.farm


class Client:
    """Stands for a worker's client."""

    made: list[Client]
    fails = False

    def __init__(self) -> None:
        self.starts = self.closes = 0
        Client.made.append(self)

    def start(self) -> None:
        self.starts += 1
        if Client.fails:
            raise WorkerError("no", code="worker.not_started")

    def close(self) -> None:
        self.closes += 1


@pytest.fixture(autouse=True)
def clients(monkeypatch: pytest.MonkeyPatch) -> list[Client]:
    monkeypatch.setattr(warm_workers, "open_worker", Client)
    monkeypatch.setattr(Client, "made", [], raising=False)
    monkeypatch.setattr(Client, "fails", False)
    return Client.made


def test_a_thread_gets_its_worker_again_and_another_thread_another(clients: list[Client]) -> None:
    warm = WarmWorkers()
    first = warm.take("1")
    warm.give_back()
    assert warm.take("1") is first
    warm.give_back()
    with ThreadPoolExecutor(1) as other:
        assert other.submit(warm.take, "1").result() is not first
        other.submit(warm.give_back).result()
    assert len(clients) == 2
    warm.let_go()
    assert [client.closes for client in clients] == [1, 1]


def test_a_worker_that_was_started_otherwise_is_not_taken(clients: list[Client]) -> None:
    warm = WarmWorkers()
    first = warm.take("1")
    warm.give_back()
    assert warm.take("2") is not first
    warm.give_back()
    warm.let_go()
    assert len(warm) == 0
    assert [client.closes for client in clients] == [1, 1]


def test_workers_in_use_are_not_let_go(clients: list[Client]) -> None:
    warm = WarmWorkers()
    warm.take("1")
    warm.let_go()
    assert clients[0].closes == 0
    warm.give_back()
    warm.let_go()
    assert clients[0].closes == 1


def test_a_worker_that_does_not_start_is_not_in_use(clients: list[Client]) -> None:
    Client.fails = True
    warm = WarmWorkers()
    with pytest.raises(WorkerError):
        warm.take("1")
    warm.let_go()
    assert clients[0].closes == 1


def test_idle_workers_go_by_themselves(clients: list[Client], monkeypatch: pytest.MonkeyPatch) -> None:
    gone = threading.Event()
    monkeypatch.setattr(Client, "close", lambda client: gone.set())
    warm = WarmWorkers(idle_seconds=0.01)
    warm.take("1")
    warm.give_back()
    assert gone.wait(30)
    assert len(clients) == 1


def test_the_program_has_one_digest() -> None:
    assert program_digest() == program_digest()
    assert len(program_digest()) == 16
