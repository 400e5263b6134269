"""Tasks on a Dask cluster as they end: their answers, the words they send meanwhile, and what went wrong with Dask."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from maya_a2f.errors import A2FError, Cancelled, WorkerError
from maya_a2f.farm.dask_cluster import no_workers

_POLL_SECONDS: Final = 0.2
_ASK_SECONDS: Final = 1.0
_RETRIES: Final = 2
"""After an error of Dask's own, a worker that joined late with another program for example."""
_NOT_ENDED: Final = ("pending", "lost")
"""A task whose worker died with the answer runs again."""
NO_WORKER_SECONDS: Final = 120.0
"""A farm may need to start machines."""


@dataclass(frozen=True)
class Answer:
    """How one task ended."""

    key: str
    value: Any = None
    """What the task returned."""
    error: A2FError | None = None
    """Why there is no value."""
    has_killed: bool = False
    """Every Dask worker that tried the task died under it, as often as the scheduler allows."""


def answers(
    client: Any,
    task: Callable[..., Any],
    calls: Mapping[str, Sequence[Any]],
    *,
    on_message: Callable[[Any], None],
    topic: str,
    cancelled: Callable[[], bool],
    no_worker_seconds: float = NO_WORKER_SECONDS,
) -> Generator[Answer]:
    """Submit ``task(*arguments)`` for every key and give the answers as they come.

    ``task`` must be importable by name on the workers; arguments and answers are texts, numbers, lists and dicts.
    ``on_message`` is called in this thread with what a task logs under ``topic``. A worker that dies costs nothing: its
    tasks go to another one. Leaving the generator early takes back what has not begun. Raises :class:`Cancelled`;
    :class:`WorkerError` ``dask.no_workers``, ``dask.lost``.
    """
    heard: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
    client.subscribe_topic(topic, lambda event: heard.put(("message", event[1])))
    futures = {
        key: client.submit(task, *arguments, key=f"{topic}-{key}", pure=False, retries=_RETRIES)
        for key, arguments in calls.items()
    }

    def listen(key: str) -> None:
        futures[key].add_done_callback(lambda _: heard.put(("ended", key)))

    try:
        for key in calls:
            listen(key)
        alive = _Workers(client, no_worker_seconds)
        while futures:
            if cancelled():
                raise Cancelled
            try:
                kind, what = heard.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                alive.check()
                continue
            if kind == "message":
                on_message(what)
            elif futures[what].status in _NOT_ENDED:
                listen(what)
            else:
                yield _answer(what, futures.pop(what))
    finally:
        with suppress(Exception):
            client.unsubscribe_topic(topic)
        if futures:
            with suppress(Exception):  # a scheduler that is gone has nothing to take back
                client.cancel(list(futures.values()), force=True)


def _answer(key: str, future: Any) -> Answer:
    from distributed import KilledWorker

    error = future.exception() if future.status == "error" else None
    if future.status == "finished":
        try:
            return Answer(key, future.result())
        except Exception as raised:  # its worker died with the answer, and the task ran again
            error = raised
    if isinstance(error, KilledWorker):
        return Answer(key, has_killed=True)
    if error is None:  # the scheduler went away, or somebody else took the task back
        raise WorkerError(
            "The Dask scheduler is gone.",
            code="dask.lost",
            hint="Start it again, then run again: what is done stays.",
            details=f"{future.key}: {future.status}",
        )
    return Answer(
        key,
        error=WorkerError(
            f"A Dask worker could not do its part: '{_first_line(error)}'.",
            code="dask.task",
            hint="Check that all its machines have the same environment, then run again: what is done stays.",
            details=repr(error),
        ),
    )


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


class _Workers:
    """Notices a cluster without workers."""

    def __init__(self, client: Any, patience_seconds: float) -> None:
        self._client = client
        self._patience_seconds = patience_seconds
        self._empty_since: float | None = None
        self._asked = time.monotonic()

    def check(self) -> None:
        """Raises :class:`WorkerError` ``dask.no_workers`` when there was none for too long."""
        now = time.monotonic()
        if now - self._asked < _ASK_SECONDS:
            return
        self._asked = now
        try:
            count = len(self._client.nthreads())
        except OSError:  # the client tries to reach the scheduler again, and lets the futures go when it cannot
            return
        if count:
            self._empty_since = None
            return
        self._empty_since = self._empty_since or now
        if now - self._empty_since > self._patience_seconds:
            raise no_workers(self._patience_seconds)
