"""Drives a generator of steps (:mod:`maya_a2f.steps`) between the events of the user interface."""

from __future__ import annotations

import contextlib
import time
import traceback
from collections.abc import Callable
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer

from maya_a2f.errors import A2FError, Cancelled, HostError
from maya_a2f.link.messages import Message, Progress
from maya_a2f.steps import Steps, WorkerRequest
from maya_a2f.ui.worker_link import Ticket, WorkerLink

_TURN_SECONDS: Final = 0.01
"""Small steps are taken together for so long before the user interface gets its turn."""


class JobHandle(QObject):
    """A run under way. Exactly one of ``on_done`` and ``on_error`` is called, never before the call that started it
    has returned.
    """

    def __init__(
        self,
        link: WorkerLink,
        steps: Steps[Any],
        on_progress: Callable[[Progress], None],
        on_done: Callable[[Any], None],
        on_error: Callable[[A2FError], None],
    ) -> None:
        super().__init__(link)
        self._link, self._steps = link, steps
        self._on_progress, self._on_done, self._on_error = on_progress, on_done, on_error
        self._ticket: Ticket | None = None
        self._reply: Message | None = None
        self._is_over = False
        self._is_stepping = False
        self._is_called_off = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._go_on)
        self._timer.start(0)

    @property
    def is_running(self) -> bool:
        """Neither done nor failed."""
        return not self._is_over

    def cancel(self) -> None:
        """Call it off: what it wrote is taken back, ``on_error`` gets :class:`Cancelled`. No effect once it is over."""
        if self._is_over or self._is_called_off:
            return
        self._is_called_off = True
        if self._is_stepping:  # from within one of its own callbacks: at the next step
            return
        ticket, self._ticket = self._ticket, None
        if ticket is not None:
            ticket.cancel()
        self._fail(Cancelled())

    def _go_on(self) -> None:
        """Take steps until one has to wait for the worker, or the turn is over."""
        turn_ends = time.monotonic() + _TURN_SECONDS
        while not self._is_over:
            if self._is_called_off:
                self._fail(Cancelled())
                return
            reply, self._reply = self._reply, None
            self._is_stepping = True
            try:
                step = self._steps.send(reply)
                if isinstance(step, Progress):
                    self._on_progress(step)
            except StopIteration as finished:
                self._is_over = True
                self._end()
                self._on_done(finished.value)
                return
            except Exception as error:
                self._fail(error)
                return
            finally:
                self._is_stepping = False
            if isinstance(step, WorkerRequest):
                self._ask(step)
                return
            if time.monotonic() > turn_ends:
                self._timer.start(0)
                return

    def _ask(self, request: WorkerRequest) -> None:
        self._ticket = self._link.request(
            request.name,
            request.fields,
            request.blobs,
            on_progress=self._on_worker_progress,
            on_result=self._on_reply,
            on_error=self._on_worker_error,
        )

    def _on_worker_progress(self, progress: Progress) -> None:
        if not self._is_over:
            self._on_progress(progress)

    def _on_reply(self, reply: Message) -> None:
        if not self._is_over:
            self._ticket, self._reply = None, reply
            self._timer.start(0)  # the worker's bytes were one event, what is made of them is another

    def _on_worker_error(self, error: A2FError) -> None:
        if not self._is_over:
            self._ticket = None
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        """Let the steps take back what they wrote, then tell."""
        if self._is_over:
            return
        self._is_over = True
        with contextlib.suppress(StopIteration, RuntimeError):
            try:
                self._steps.throw(error)
            except A2FError as thrown:
                error = thrown
            except Exception as thrown:
                error = thrown
        self._end()
        self._on_error(as_own(error))

    def _end(self) -> None:
        self._timer.stop()
        self._steps.close()
        self.deleteLater()


def run_steps(
    link: WorkerLink,
    steps: Steps[Any],
    *,
    on_progress: Callable[[Progress], None],
    on_done: Callable[[Any], None],
    on_error: Callable[[A2FError], None],
) -> JobHandle:
    """Start a run; ``on_done`` gets the generator's result, ``on_error`` an :class:`A2FError` whatever went wrong."""
    return JobHandle(link, steps, on_progress, on_done, on_error)


def as_own(error: Exception) -> A2FError:
    """``error`` as one that can be shown: a full disk is the host's, anything unforeseen is a fault of the program."""
    if isinstance(error, A2FError):
        return error
    details = "".join(traceback.format_exception(error))
    if isinstance(error, OSError):
        return HostError(
            f"Reading or writing '{error.filename or 'a file'}' failed: {error.strerror or error}.",
            code="file.failed",
            hint="Check the disk and its free space, then try again.",
            details=details,
        )
    return A2FError(
        f"The program met a fault of its own: {type(error).__name__}: {str(error)[:300]}",
        code="program.fault",
        hint="Please report it with 'Copy report'; the next click starts afresh.",
        details=details,
    )
