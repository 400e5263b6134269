"""The worker as the panel sees it: requests that answer by callback in the user interface's thread, over QProcess.

No threads. One request is on the wire at a time; jobs go before what merely refreshes a picture (a *slot*: only the
newest request of a slot is worth asking). The rules of patience are those of :mod:`maya_a2f.link.client`.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

import maya_a2f
from maya_a2f import settings
from maya_a2f.errors import A2FError, Cancelled, EngineError, WorkerError
from maya_a2f.link.blob import Blob
from maya_a2f.link.client import Patience
from maya_a2f.link.conversation import FAREWELL, Conversation, Event, Failure, Ready
from maya_a2f.link.environment import worker_entry
from maya_a2f.link.framing import DEFAULT_LIMITS, encode
from maya_a2f.link.messages import Message, Progress
from maya_a2f.ui.progress_words import PREPARING
from maya_a2f.ui.worker_process import WorkerQProcess

_NO_BLOBS: Final[Mapping[str, Blob]] = MappingProxyType({})


@dataclass(eq=False)
class Ticket:
    """One request, as whoever asked holds it."""

    _cancel: Callable[[Ticket], None]
    is_over: bool = False
    """It has its result or error, was called off, or was replaced by a newer one of its slot."""
    is_preparing: bool = False
    """The worker is at what later requests need as well: calling it off would have them begin again."""

    def cancel(self) -> None:
        """Call it off: ``on_error`` gets :class:`Cancelled` soon. No effect once it is over."""
        if not self.is_over:
            self._cancel(self)


@dataclass(eq=False)
class _Asked:
    """A request with everything that hangs on it."""

    name: str
    fields: Mapping[str, Any]
    blobs: Mapping[str, Blob]
    slot: str
    on_progress: Callable[[Progress], None] | None
    on_result: Callable[[Message], None] | None
    on_error: Callable[[A2FError], None] | None
    ticket: Ticket = field(init=False)


class WorkerLink(QObject):
    """One worker process at a time, started with the first request and anew after a crash."""

    stateChanged = Signal(str)  # noqa: N815 - as Qt names signals
    """``stopped``, ``starting``, ``ready``, ``busy``, ``failed`` (no process, the last one failed)."""

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        python: Path | None = None,
        entry: Path | None = None,
        environment: Mapping[str, str] | None = None,
        version: str = maya_a2f.__version__,
        patience: Patience | None = None,
    ) -> None:
        """``python`` runs ``entry``; by default those of :mod:`maya_a2f.settings`, looked up at every start."""
        super().__init__(parent)
        self._python, self._entry, self._environment = python, entry or worker_entry(), environment
        self._version, self._patience = version, patience or Patience()
        self._waiting: deque[_Asked] = deque()
        self._running: _Asked | None = None
        self._process: WorkerQProcess | None = None
        self._conversation = Conversation(version)
        self._ready: Ready | None = None
        self._failures_in_a_row = 0
        self._last_failure = ""
        self._last_chatter = ""
        self._state = "stopped"
        self._hello_timer = self._timer(self._on_no_hello)
        self._stall_timer = self._timer(self._on_stalled)
        self._cancel_timer = self._timer(self._on_cancel_ignored)
        self._next_timer = self._timer(self._go_on)

    @property
    def state(self) -> str:
        """As of the last :attr:`stateChanged`."""
        return self._state

    @property
    def is_running(self) -> bool:
        """True while a worker that said hello is there."""
        return self._process is not None and self._conversation.is_ready

    @property
    def process_id(self) -> int | None:
        """Id of the worker process by its own account; None while there is none."""
        return self._ready.process_id if self._ready is not None and self.is_running else None

    @property
    def chatter(self) -> str:
        """The last lines of the worker's standard error; of the last worker where there is none now."""
        return self._process.chatter() if self._process is not None else self._last_chatter

    def request(
        self,
        name: str,
        fields: Mapping[str, Any],
        blobs: Mapping[str, Blob] | None = None,
        *,
        on_progress: Callable[[Progress], None] | None = None,
        on_result: Callable[[Message], None] | None = None,
        on_error: Callable[[A2FError], None] | None = None,
        slot: str = "",
    ) -> Ticket:
        """Ask for ``name``; returns at once, and no callback is called before it does.

        Without a ``slot`` it is a job: it waits for other jobs and calls a slot's request off that is on the wire, but
        waits for one that is preparing. With one, a request of the same slot that still waits is dropped without a
        word. Errors: those of :meth:`maya_a2f.link.client.WorkerClient.request`.
        """
        asked = _Asked(name, fields, blobs or _NO_BLOBS, slot, on_progress, on_result, on_error)
        asked.ticket = Ticket(lambda ticket: self._cancel(asked))
        if slot:
            for older in [other for other in self._waiting if other.slot == slot]:
                older.ticket.is_over = True
                self._waiting.remove(older)
        elif self._running is not None and self._running.slot and not self._running.ticket.is_preparing:
            self._running.ticket.cancel()
        self._waiting.append(asked)
        self._go_on_soon()
        return asked.ticket

    def reset(self) -> None:
        """Forget the failures so far, so that a link that gave up tries again: somebody asked for it by hand."""
        self._failures_in_a_row = 0

    def close(self) -> None:
        """Let the worker go without waiting for it; open requests get :class:`Cancelled` at once.

        Safe to call twice; a later request starts a worker again.
        """
        asked = [*([self._running] if self._running is not None else []), *self._waiting]
        self._running = None
        self._waiting.clear()
        process = self._let_go()
        if process is not None:
            process.leave(encode(FAREWELL, DEFAULT_LIMITS))
        self._next_timer.stop()
        self._tell_state("stopped")
        for each in asked:
            self._answer_error(each, Cancelled())

    def _go_on_soon(self) -> None:
        self._next_timer.start(0)

    def _go_on(self) -> None:
        """Send the next request if the wire is free, starting a worker where there is none."""
        if self._running is not None or not self._waiting:
            self._tell_idle()
            return
        if self._process is None and not self._start():
            return
        if not self._conversation.is_ready:
            self._tell_state("starting")
            return
        asked = next((each for each in self._waiting if not each.slot), self._waiting[0])
        self._waiting.remove(asked)
        try:
            pieces = self._conversation.ask(asked.name, asked.fields, asked.blobs)
        except A2FError as error:
            self._go_on_soon()
            self._answer_error(asked, error)
            return
        self._running = asked
        self._tell_state("busy")
        assert self._process is not None
        self._process.write_pieces(pieces)

    def _start(self) -> bool:
        """Start a process; False after telling the next request why there is none."""
        error: A2FError
        python = self._python or settings.worker_python()
        if self._failures_in_a_row >= self._patience.crashes:
            error = self._gave_up()
        elif python is None:
            error = EngineError(
                "The worker's Python environment is not set up.",
                code="worker.no_environment",
                hint="Press Set up, or run 'python3 install/bootstrap.py env', or set MAYA_A2F_WORKER_PYTHON.",
            )
        else:
            process = WorkerQProcess(python, self._entry, self._environment, self)
            process.heard.connect(self._on_heard)
            process.over.connect(self._on_over)
            process.notStarted.connect(self._on_not_started)
            self._process, self._conversation = process, Conversation(self._version)
            self._tell_state("starting")
            self._hello_timer.start(round(self._patience.hello_seconds * 1000))
            process.begin()
            return True
        self._tell_state("failed")
        self._fail_next(error)
        return False

    def _on_heard(self, data: bytes) -> None:
        try:
            events = self._conversation.hear(data)
        except WorkerError as error:
            self._fail(error.message, error.code, error.hint, error.details)
            return
        if self._conversation.is_amid_frame:
            self._stall_timer.start(round(self._patience.stalled_seconds * 1000))
        else:
            self._stall_timer.stop()
        for event in events:
            self._take(event)

    def _take(self, event: Event) -> None:
        if isinstance(event, Ready):
            self._ready = event
            self._hello_timer.stop()
            self._tell_idle()
            self._go_on_soon()
            return
        asked = self._running
        if isinstance(event, Progress):
            if asked is not None and not asked.ticket.is_over:
                asked.ticket.is_preparing = event.stage == PREPARING
                if asked.on_progress is not None:
                    asked.on_progress(event)
            return
        self._failures_in_a_row = 0
        self._cancel_timer.stop()
        self._running = None
        self._go_on_soon()
        if asked is None or asked.ticket.is_over:
            return
        if isinstance(event, Failure):
            self._answer_error(asked, event.error)
            return
        asked.ticket.is_over = True
        if asked.on_result is not None:
            asked.on_result(event)

    def _cancel(self, asked: _Asked) -> None:
        """Tell whoever asked soon; the wire is free once the worker has dropped the request, or was ended."""
        if asked is self._running:
            if self._process is not None and self._conversation.is_open:
                self._process.write_pieces(self._conversation.call_off())
                self._cancel_timer.start(round(self._patience.cancel_seconds * 1000))
        elif asked in self._waiting:
            self._waiting.remove(asked)
        asked.ticket.is_over = True
        if asked.on_error is not None:
            on_error = asked.on_error
            QTimer.singleShot(0, lambda: on_error(Cancelled()))

    def _on_cancel_ignored(self) -> None:
        process = self._let_go()
        if process is not None:
            process.end()
        self._running = None
        self._go_on_soon()

    def _on_no_hello(self) -> None:
        self._fail(f"The worker did not say hello within {self._patience.hello_seconds:g} s.", "worker.no_hello")

    def _on_stalled(self) -> None:
        self._fail("The worker fell silent in the middle of a message.", "worker.stalled")

    def _on_not_started(self, reason: str) -> None:
        process = self._let_go()
        program = process.program() if process is not None else ""
        self._tell_state("failed")
        self._fail_next(
            EngineError(
                f"The worker's Python '{program}' could not be started ({reason}).",
                code="worker.not_started",
                hint="Run 'python3 install/bootstrap.py env' to make the worker's environment anew.",
            )
        )

    def _on_over(self, how: str) -> None:
        if self._conversation.is_ready and self._running is None:  # it left between two requests
            self._let_go()
            self._tell_idle()
            self._go_on_soon()
        elif self._conversation.is_ready:
            self._fail(f"The worker ended in the middle of its work ({how}).", "worker.crashed")
        else:
            message = f"The worker ended before it said hello ({how})."
            last_words = self.chatter.strip().rpartition("\n")[2].strip()
            if last_words:
                message = f'{message[:-1]}; its last words: "{last_words[:200]}".'
            self._fail(message, "worker.no_hello", "Run 'python3 install/bootstrap.py env' to mend it.")

    def _fail(self, message: str, code: str, hint: str = "", details: str = "") -> None:
        """End the process, count the failure, tell the request that met it."""
        process = self._let_go()
        if process is not None:
            process.end()
        if self._last_chatter:
            details = f"{details}\n\nThe end of the worker's standard error:\n{self._last_chatter}".strip()
        self._failures_in_a_row += 1
        self._last_failure = message
        error = WorkerError(message, code=code, hint=hint or "The next run starts a new one.", details=details)
        if self._failures_in_a_row >= self._patience.crashes:
            error = self._gave_up(details)
        self._tell_state("failed")
        self._fail_next(error)

    def _fail_next(self, error: A2FError) -> None:
        """``error`` to the request on the wire or, where there is none, to the one the process was started for."""
        asked, self._running = self._running, None
        if asked is None and self._waiting:
            asked = next((each for each in self._waiting if not each.slot), self._waiting[0])
            self._waiting.remove(asked)
        if self._waiting:
            self._go_on_soon()
        if asked is not None and not asked.ticket.is_over:
            self._answer_error(asked, error)

    def _gave_up(self, details: str = "") -> WorkerError:
        return WorkerError(
            f"The worker failed {self._failures_in_a_row} times in a row and is not started again. "
            f"{self._last_failure}",
            code="worker.gave_up",
            hint="Run 'a2f doctor' to see what is wrong with the installation.",
            details=details,
        )

    def _answer_error(self, asked: _Asked, error: A2FError) -> None:
        if not asked.ticket.is_over:
            asked.ticket.is_over = True
            if asked.on_error is not None:
                asked.on_error(error)

    def _let_go(self) -> WorkerQProcess | None:
        """Forget the process, keep its last words; nothing it still says is heard."""
        process, self._process, self._ready = self._process, None, None
        for timer in (self._hello_timer, self._stall_timer, self._cancel_timer):
            timer.stop()
        self._conversation = Conversation(self._version)
        if process is not None:
            self._last_chatter = process.chatter()
            with contextlib.suppress(RuntimeError, TypeError):
                process.heard.disconnect(self._on_heard)
                process.over.disconnect(self._on_over)
                process.notStarted.disconnect(self._on_not_started)
        return process

    def _tell_idle(self) -> None:
        if self._running is not None:
            self._tell_state("busy")
        elif self.is_running:
            self._tell_state("ready")
        elif self._process is not None:
            self._tell_state("starting")
        elif self._state != "failed":
            self._tell_state("stopped")

    def _tell_state(self, state: str) -> None:
        if state != self._state:
            self._state = state
            self.stateChanged.emit(state)

    def _timer(self, call: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(call)
        return timer
