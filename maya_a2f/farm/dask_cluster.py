"""Reaching a Dask cluster: one that runs somewhere, or one of processes on this machine."""

from __future__ import annotations

import contextlib
import logging
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final

from maya_a2f.errors import A2FError, Cancelled, EngineError, UserError, WorkerError, extra_hint

_PORT: Final = 8786
"""Where Dask's scheduler listens unless told otherwise."""
_CONNECT_SECONDS: Final = 10
_MOST_PROCESSES: Final = 256
_LOCAL_FAILURES: Final = 1
"""Processes of a local cluster that may die under a task before the task is given up (Dask's own default is 3)."""
_HINT: Final = "Write --on dask (processes here), --on dask://local:4, or --on dask://HOST:PORT (a Dask scheduler)."


@dataclass(frozen=True)
class DaskPlace:
    """Where to run: the address of a scheduler, or so many processes here."""

    address: str = ""
    """``tcp://host:port`` or ``tls://host:port``; empty is a cluster of our own on this machine."""
    processes: int | None = None
    """Of our own cluster; None is as many as the run has jobs."""


def dask_place(text: str) -> DaskPlace:
    """``dask``, ``dask://local``, ``dask://local:4``, ``dask://host:8786``, ``dask+tls://host:8786``.

    Raises :class:`UserError` ``dask.address``.
    """
    if text == "dask":
        return DaskPlace()
    found = re.fullmatch(r"dask(\+tls)?://(\[[0-9A-Fa-f:.%]+\]|[^/:\s\[\]]+)(?::(\d{1,5}))?/?", text)
    if found is None:
        raise UserError(f"'--on {text}' is not understood.", code="dask.address", hint=_HINT)
    secured, host, number = found.groups()
    if host == "local" and not secured:
        count = None if number is None else int(number)
        if count is not None and not 1 <= count <= _MOST_PROCESSES:
            raise UserError(f"'--on {text}' asks for {count} processes.", code="dask.address", hint=_HINT)
        return DaskPlace(processes=count)
    return DaskPlace(f"{'tls' if secured else 'tcp'}://{host}:{number or _PORT}")


def check_dask() -> None:
    """Raises :class:`EngineError` ``dask.missing`` where Dask is not installed."""
    if find_spec("distributed") is None:
        raise EngineError("Dask is not installed here.", code="dask.missing", hint=extra_hint("dask"))


@contextlib.contextmanager
def dask_client(place: DaskPlace, processes: int) -> Iterator[Any]:
    """A connected ``distributed.Client``; ``processes`` is the size of a local cluster that does not say its own.

    Raises :class:`EngineError` ``dask.missing``; :class:`WorkerError` ``dask.unreachable``.
    """
    check_dask()
    import dask
    import distributed

    with contextlib.ExitStack() as stack:
        stack.enter_context(_quiet())
        if place.address:
            target: Any = place.address
        else:
            scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="a2f-dask-", ignore_cleanup_errors=True))
            stack.enter_context(
                dask.config.set(
                    {
                        "distributed.scheduler.allowed-failures": _LOCAL_FAILURES,
                        # So long after one death the cluster ends whatever is just being started in its place.
                        "distributed.deploy.lost-worker-timeout": "30 days",
                        "temporary-directory": scratch,
                    }
                )
            )
            # Memory is the inference worker's own, beside the Dask worker, which so has nothing to be limited in.
            target = stack.enter_context(
                distributed.LocalCluster(
                    n_workers=place.processes or processes,
                    threads_per_worker=1,
                    processes=True,
                    host="127.0.0.1",
                    memory_limit=0,
                    preload=["maya_a2f.farm.dask_tasks"],
                    dashboard_address=None,
                    silence_logs=logging.CRITICAL,
                )
            )
        try:
            client = stack.enter_context(distributed.Client(target, timeout=_CONNECT_SECONDS, set_as_default=False))
        except (OSError, TimeoutError, ValueError) as error:
            raise WorkerError(
                f"No Dask scheduler answers at '{place.address}'.",
                code="dask.unreachable",
                hint="Check that it runs ('dask scheduler'), the port, and the firewall between here and there.",
                details=f"{type(error).__name__}: {error}",
            ) from error
        yield client


def await_workers(client: Any, seconds: float, cancelled: Callable[[], bool]) -> None:
    """Wait until the cluster has a worker. Raises :class:`WorkerError` ``dask.no_workers``, :class:`Cancelled`."""
    waited = 0.0
    while True:
        if cancelled():
            raise Cancelled
        try:
            client.wait_for_workers(1, timeout=0.5)
            return
        except TimeoutError:
            waited += 0.5
        if waited >= seconds:
            raise no_workers(seconds)


def no_workers(seconds: float) -> A2FError:
    """The error for a cluster without workers."""
    return WorkerError(
        f"The Dask cluster had no worker for {seconds:.0f} s.",
        code="dask.no_workers",
        hint="Start some ('dask worker HOST:PORT --nthreads 1'), then run again: what is done stays.",
    )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Dask's own words about connections lost and workers gone: we say what matters ourselves."""
    theirs = [name for name in logging.root.manager.loggerDict if name.split(".")[0] == "distributed"]
    loggers = [logging.getLogger(name) for name in (*theirs, "tornado.application")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
