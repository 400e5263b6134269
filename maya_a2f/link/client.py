"""The worker as its caller sees it: ask, wait, get the answer or an error that says what happened."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Final, Self

import maya_a2f
from maya_a2f.errors import A2FError, Cancelled, WorkerError
from maya_a2f.link.blob import Blob
from maya_a2f.link.conversation import FAREWELL, Conversation, Event, Failure, Ready
from maya_a2f.link.environment import worker_command, worker_environment
from maya_a2f.link.framing import DEFAULT_LIMITS, Limits, encode
from maya_a2f.link.messages import Message, Progress
from maya_a2f.link.process import WorkerProcess

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
_POLL_SECONDS: Final = 0.05
"""How often a waiting request looks whether it was called off; answers themselves are noticed at once."""


@dataclass(frozen=True)
class Patience:
    """How long to wait for what, and how often to try."""

    hello_seconds: float = 30.0
    """From the start of the process to its hello (a cold network disk is slow)."""
    cancel_seconds: float = 3.0
    """From the cancel message to the kill."""
    stalled_seconds: float = 30.0
    """Without a byte in the middle of a frame."""
    crashes: int = 5
    """Failures in a row after which no further process is started."""


class WorkerClient:
    """One worker process at a time, started when first needed and anew after a crash.

    A request blocks; :meth:`cancel`, :meth:`close` and :attr:`is_running` may be used from other threads meanwhile.
    """

    def __init__(
        self,
        python: Path | str,
        entry: Path | str,
        *,
        environment: Mapping[str, str] | None = None,
        version: str = maya_a2f.__version__,
        patience: Patience = Patience(),
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """``python`` of the worker's environment runs the file ``entry``; nothing is started yet.

        ``environment`` is handed to the worker as it is; when None, each start rebuilds one from ``os.environ``.
        """
        self._command = worker_command(python, entry)
        self._environment = environment
        self._version = version
        self._patience = patience
        self._limits = limits
        self._process: WorkerProcess | None = None
        self._conversation = Conversation(version, limits)
        self._ready: Ready | None = None
        self._failures_in_a_row = 0
        self._last_failure = ""
        self._heard_at = 0.0
        self._turn = threading.Lock()
        self._is_called_off = threading.Event()
        self._is_closing = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def is_running(self) -> bool:
        """True while a worker that said hello is there."""
        process = self._process
        return process is not None and self._conversation.is_ready and not process.has_ended

    @property
    def process_id(self) -> int | None:
        """Id of the worker process, by its own account; None while there is none."""
        return self._ready.process_id if self._ready is not None and self.is_running else None

    @property
    def chatter(self) -> str:
        """The last lines the worker wrote to its standard error; empty when there is no worker."""
        return self._process.chatter() if self._process is not None else ""

    def start(self) -> None:
        """Start the worker if there is none, and wait for its hello.

        Raises :class:`EngineError` ``worker.not_started``; :class:`WorkerError` ``worker.version``,
        ``worker.no_hello``, ``worker.garbage``, ``worker.gave_up``, ``worker.busy``; :class:`Cancelled`.
        """
        with self._taking_turn():
            self._start(_never)

    def request(
        self,
        name: str,
        fields: Mapping[str, Any] = _NOTHING,
        blobs: Mapping[str, Blob] = _NOTHING,
        *,
        on_progress: Callable[[Progress], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Message:
        """Ask for ``name`` and wait for the result; starts the worker first if there is none.

        ``on_progress`` is called in this thread. ``cancelled`` is asked about 20 times a second; :meth:`cancel` from
        another thread and Ctrl-C in this one do the same. Raises what the worker's handler raised; what :meth:`start`
        raises; :class:`WorkerError` ``worker.crashed``, ``worker.garbage``, ``worker.stalled``, ``worker.unsendable``;
        :class:`Cancelled`. When ``on_progress`` raises, the request is called off first.
        """
        events = self.events(name, fields, blobs, cancelled=cancelled)
        with contextlib.closing(events), _interrupt_as_cancelled():
            for event in events:
                if isinstance(event, Message):
                    return event
                if on_progress is not None:
                    on_progress(event)
        raise AssertionError("events() ends with a message or raises")

    def events(
        self,
        name: str,
        fields: Mapping[str, Any] = _NOTHING,
        blobs: Mapping[str, Blob] = _NOTHING,
        *,
        cancelled: Callable[[], bool] | None = None,
    ) -> Generator[Progress | Message]:
        """:meth:`request` as a generator: progress, progress, …, and the result as the last item.

        Closing the generator early calls the request off.
        """
        with self._taking_turn(), _interrupt_as_cancelled():
            self._start(cancelled or _never)
            yield from self._converse(name, fields, blobs, cancelled or _never)

    def cancel(self) -> None:
        """Call off the request in flight, from any thread; it raises :class:`Cancelled`. No effect between requests."""
        self._is_called_off.set()

    def reset(self) -> None:
        """Forget the failures so far, so that a client that gave up tries again."""
        self._failures_in_a_row = 0

    def close(self) -> None:
        """End the worker and everything it started; a request in flight in another thread raises :class:`Cancelled`.

        Safe to call twice; a later request starts a worker again.
        """
        self._is_closing.set()
        process, self._process = self._process, None
        if process is not None:
            process.close(encode(FAREWELL, self._limits))

    @contextlib.contextmanager
    def _taking_turn(self) -> Iterator[None]:
        if not self._turn.acquire(blocking=False):
            raise WorkerError(
                "The worker is busy with another request.", code="worker.busy", hint="Wait for it, or cancel it."
            )
        try:
            self._is_called_off.clear()
            self._is_closing.clear()
            yield
        finally:
            self._turn.release()

    def _start(self, cancelled: Callable[[], bool]) -> None:
        self._refuse_after_cancel(cancelled)
        if self.is_running:
            return
        if self._failures_in_a_row >= self._patience.crashes:
            raise self._gave_up()
        self._drop()
        environment = worker_environment(os.environ) if self._environment is None else self._environment
        self._conversation = Conversation(self._version, self._limits)
        self._process = WorkerProcess(self._command, environment)
        try:
            self._ready = self._await_hello(cancelled)
        except BaseException:
            self._drop()
            raise

    def _await_hello(self, cancelled: Callable[[], bool]) -> Ready:
        deadline = time.monotonic() + self._patience.hello_seconds
        while True:
            for event in self._listen():
                if isinstance(event, Ready):
                    return event
            self._refuse_after_cancel(cancelled)
            if time.monotonic() > deadline:
                raise self._failed(
                    f"The worker did not say hello within {self._patience.hello_seconds:g} s.", "worker.no_hello"
                )

    def _converse(
        self, name: str, fields: Mapping[str, Any], blobs: Mapping[str, Blob], cancelled: Callable[[], bool]
    ) -> Iterator[Progress | Message]:
        pieces = self._conversation.ask(name, fields, blobs)
        self._running().write(pieces)
        try:
            while True:
                for event in self._listen():
                    if isinstance(event, Failure):
                        self._failures_in_a_row = 0
                        raise event.error
                    if isinstance(event, Message):
                        self._failures_in_a_row = 0
                        yield event
                        return
                    if isinstance(event, Progress):
                        yield event
                self._refuse_after_cancel(cancelled)
        except BaseException:
            if self._conversation.is_open:
                self._call_off()
            raise

    def _call_off(self) -> None:
        """Cancel the open request and wait for the worker to drop it; kill the worker when it does not in time."""
        process = self._process
        if process is None or process.has_ended:
            return
        deadline = time.monotonic() + self._patience.cancel_seconds
        try:
            process.write(self._conversation.call_off())
            while self._conversation.is_open and time.monotonic() < deadline and not self._is_closing.is_set():
                data = process.read(_POLL_SECONDS)
                if data == b"":
                    break
                self._conversation.hear(data or b"")
        except (A2FError, KeyboardInterrupt):
            pass  # garbage, or a second Ctrl-C: the kill below answers both
        if self._conversation.is_open:
            self._drop()

    def _listen(self) -> list[Event]:
        """What the worker says next, which may be nothing. Raises when it fails; the failed process is then gone."""
        process = self._running()
        data = process.read(_POLL_SECONDS)
        now = time.monotonic()
        if data == b"":
            raise self._crashed(process)
        if data is not None:
            self._heard_at = now
            try:
                return self._conversation.hear(data)
            except WorkerError as error:
                raise self._failed(error.message, error.code, error.hint, error.details) from None
        if self._conversation.is_amid_frame and now - self._heard_at > self._patience.stalled_seconds:
            raise self._failed("The worker fell silent in the middle of a message.", "worker.stalled")
        return []

    def _crashed(self, process: WorkerProcess) -> A2FError:
        how = process.ending()
        if self._conversation.is_ready:
            return self._failed(f"The worker ended in the middle of its work ({how}).", "worker.crashed")
        last_words = process.chatter(1).strip()
        message = f"The worker ended before it said hello ({how})."
        if last_words:
            message = f'{message[:-1]}; its last words: "{last_words[:200]}".'
        return self._failed(message, "worker.no_hello", "Run 'python3 install/bootstrap.py env' to mend it.")

    def _failed(self, message: str, code: str, hint: str = "", details: str = "") -> A2FError:
        """Ends the process and counts the failure; gives the error to raise."""
        process = self._process
        self._drop()
        if self._is_closing.is_set():
            return Cancelled()
        chatter = process.chatter() if process is not None else ""
        if chatter:
            details = f"{details}\n\nThe end of the worker's standard error:\n{chatter}".strip()
        self._failures_in_a_row += 1
        self._last_failure = message
        if self._failures_in_a_row >= self._patience.crashes:
            return self._gave_up(details)
        return WorkerError(message, code=code, hint=hint or "The next run starts a new one.", details=details)

    def _gave_up(self, details: str = "") -> WorkerError:
        count = self._failures_in_a_row
        return WorkerError(
            f"The worker failed {count} times in a row and is not started again. {self._last_failure}",
            code="worker.gave_up",
            hint="Run 'a2f doctor' to see what is wrong with the installation.",
            details=details,
        )

    def _refuse_after_cancel(self, cancelled: Callable[[], bool]) -> None:
        if self._is_called_off.is_set() or self._is_closing.is_set() or cancelled():
            raise Cancelled()

    def _running(self) -> WorkerProcess:
        process = self._process
        if process is None:  # closed by another thread
            raise Cancelled()
        return process

    def _drop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()


@contextlib.contextmanager
def _interrupt_as_cancelled() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        raise Cancelled() from None


def _never() -> bool:
    return False
