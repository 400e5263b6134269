"""The worker's side of the link. This docstring is the protocol, version 1.

The worker is a child process spoken to over its standard input and output. Both carry *frames*: a prefix of 20 bytes
(the magic ``93 61 32 66 0D 0A 1A 0A``, the size of the head as uint32, the size of all blobs as uint64, little-endian),
a head of ASCII JSON, and the blobs one after the other. Limits: 16 MiB of head, 4 GiB of blobs. The head is an object
of exactly five members::

    kind    one of the kinds below
    id      the request the message belongs to, counted from 1 by the parent; 0 belongs to none
    name    what is asked for, in a request; "" in the others
    fields  an object; numbers are finite
    blobs   a list of {"name", "dtype", "shape"}; dtype is f4, f8, i4 or u1, little-endian, C order

Kinds, with their fields::

    worker -> parent
      hello     protocol (integer), version (of the package), python (version), processId     once, first, id 0
      progress  stage, done, total (0: not known), note                                        any number per request
      result    the handler's own                                                              ends the request
      error     group, message, code, hint, details                                            ends the request; with
                id 0 it is about the link itself, and the worker leaves after it
    parent -> worker
      request   the handler's own; name names the handler
      cancel    none; id is the request's. It still ends with a result or an error (group "cancelled")
      shutdown  none; the worker leaves

Every request ends with exactly one result or error. Requests are worked on one after the other. Whatever does not fit
is refused: an unknown name with an error, bytes that are no frame with an error of id 0 and the end of the worker.

The worker leaves when its input ends, so it never outlives its parent: at once when idle, else after a short grace in
which the handler may notice that it was cancelled. Nothing but frames reaches standard output: its descriptor is
duplicated for the protocol and then pointed at standard error, before any library is loaded, and standard input at the
null device. Ctrl-C is ignored; the parent decides. Errors cross as data and are raised again as the parent's own
classes, the worker's traceback in their details.
"""

from __future__ import annotations

import contextlib
import os
import platform
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Final

import maya_a2f
from maya_a2f.errors import A2FError, Cancelled, EngineError, WorkerError
from maya_a2f.link.framing import FrameDecoder, encode
from maya_a2f.link.messages import (
    CANCEL,
    REQUEST,
    RESULT,
    SHUTDOWN,
    Message,
    Progress,
    Reply,
    error_message,
    hello_message,
    progress_message,
)

__all__ = ["Context", "Handler", "Handlers", "Reply", "Request", "serve"]

_READ_BYTES: Final = 2**20
_PROGRESS_SECONDS: Final = 0.1
"""Progress within one stage is sent no more often."""
_GRACE_SECONDS: Final = 1.0
"""For a busy handler, once the parent is gone."""
_DETAILS_CHARACTERS: Final = 64 * 2**10

Request = Message
"""What a handler gets; read through its accessors (``request.text("clip")``, ``request.blob("samples", "f4", 1)``)."""


class Context:
    """A handler's line to whoever asked."""

    def __init__(self, request_id: int, send: Callable[[Message], None]) -> None:
        self._id = request_id
        self._send = send
        self._is_cancelled = threading.Event()
        self._saying = threading.Lock()
        self._is_over = False
        self._last_stage: str | None = None
        self._last_sent = 0.0

    def progress(self, stage: str, done: float, total: float, note: str = "") -> None:
        """Say how far ``stage`` is, as often as is handy: ten a second are sent, and each stage's first and last.

        Raises :class:`Cancelled` when the parent is gone. Says nothing once the request has ended.
        """
        now = time.monotonic()
        with self._saying:
            is_due = stage != self._last_stage or done >= total > 0 or now - self._last_sent >= _PROGRESS_SECONDS
            if is_due and not self._is_over:
                self._last_stage, self._last_sent = stage, now
                self._send(progress_message(self._id, Progress(stage, float(done), float(total), note)))

    def cancelled(self) -> bool:
        """True once the request was called off or the parent is gone."""
        return self._is_cancelled.is_set()

    def check_cancelled(self) -> None:
        """Raises :class:`Cancelled` once the request was called off or the parent is gone."""
        if self.cancelled():
            raise Cancelled()

    def cancel(self) -> None:
        """Call the request off."""
        self._is_cancelled.set()

    def end(self) -> None:
        """No progress from here on: after its result, the parent takes another word about a request for garbage."""
        with self._saying:
            self._is_over = True


_SPOILING = frozenset({"engine.gpu_lost"})
"""After these the process can do no more: it ends, and the next request starts another."""

Handler = Callable[[Request, Context], Reply]
Handlers = Mapping[str, Handler]


def serve(handlers: Handlers | Callable[[], Handlers]) -> None:
    """Take the standard streams over, say hello, answer requests until the parent leaves; then end the process.

    ``handlers`` may be a function: it is then called at the first request, so that loading libraries delays no hello.
    """
    incoming, outgoing = _take_over_streams()
    _stay_with_parent()
    service = Service(handlers, incoming, outgoing)
    service.run()
    # Not through the interpreter's end, where libraries' own threads may hang.
    with contextlib.suppress(Exception):
        sys.stderr.flush()
    os._exit(service.exit_code)


class Service:
    """Answers frames from the descriptor ``incoming`` with frames on ``outgoing``."""

    def __init__(self, handlers: Handlers | Callable[[], Handlers], incoming: int, outgoing: int) -> None:
        self._handlers = handlers
        self._incoming = incoming
        self._outgoing = outgoing
        self._sending = threading.Lock()
        self._waiting: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._contexts: dict[int, Context] = {}
        self._is_spoilt = False
        self.exit_code = 0

    def run(self) -> None:
        """Until the parent leaves or says shutdown."""
        self._send_quietly(hello_message(maya_a2f.__version__, platform.python_version(), os.getpid()))
        threading.Thread(target=self._read, name="a2f worker reader", daemon=True).start()
        while (request := self._waiting.get()) is not None:
            self._send_quietly(self._answer(request))
            self._contexts.pop(request.id, None)
            if self._is_spoilt:
                return

    def _answer(self, request: Message) -> Message:
        """The result or error of ``request``."""
        context = self._contexts[request.id]
        started = time.monotonic()
        outcome = "done"
        try:
            context.check_cancelled()
            reply = self._handler(request.name)(request, context)
            message = Message(kind=RESULT, id=request.id, fields=reply.fields, blobs=reply.blobs)
            encode(message)
        except (Exception, SystemExit) as error:
            own = _as_own(error, request.name)
            outcome = f"{own.code}: {own.message}" + (f"\n{own.details}" if own.exit_code != 2 else "")
            message = error_message(request.id, own)
            self._is_spoilt = own.code in _SPOILING
        context.end()
        _log(f"request {request.id}, {request.name}, {time.monotonic() - started:.2f} s: {outcome}")
        return message

    def _handler(self, name: str) -> Handler:
        if not isinstance(self._handlers, Mapping):
            self._handlers = self._handlers()
        handler = self._handlers.get(name)
        if handler is None:
            raise WorkerError(
                f"The worker was asked for '{name[:80]}', which it does not know.",
                code="worker.unknown_request",
                hint=f"It knows {', '.join(sorted(self._handlers))}.",
            )
        return handler

    def _read(self) -> None:
        """In a thread of its own, so that a cancel is heard during work and the parent's end is noticed."""
        decoder = FrameDecoder()
        try:
            while data := os.read(self._incoming, _READ_BYTES):
                for message in decoder.feed(data):
                    self._hear(message)
        except OSError:
            pass  # as good as the end of the input
        except A2FError as error:
            self._complain(error)
        self._leave()

    def _hear(self, message: Message) -> None:
        if message.kind == REQUEST and message.id > 0 and message.id not in self._contexts:
            self._contexts[message.id] = Context(message.id, self._send)
            self._waiting.put(message)
        elif message.kind == CANCEL:
            context = self._contexts.get(message.id)
            if context is not None:  # else it has ended meanwhile
                context.cancel()
        elif message.kind == SHUTDOWN:
            self._leave()
        else:
            raise WorkerError(
                f"The worker was sent a message of kind '{message.kind}' for request {message.id} out of turn.",
                code="worker.garbage",
            )

    def _complain(self, error: A2FError) -> None:
        self.exit_code = 1
        self._send_quietly(error_message(0, error))

    def _leave(self) -> None:
        """End the process: by way of the main thread when that is idle or stops in time, else hard."""
        for context in tuple(self._contexts.values()):
            context.cancel()
        self._waiting.put(None)
        time.sleep(_GRACE_SECONDS)
        os._exit(self.exit_code)

    def _send(self, message: Message) -> None:
        """Raises :class:`Cancelled` when the parent is gone."""
        pieces = encode(message)
        with self._sending:
            try:
                for piece in pieces:
                    _write_all(self._outgoing, piece)
            except OSError:
                raise Cancelled() from None

    def _send_quietly(self, message: Message) -> None:
        with contextlib.suppress(Cancelled):
            self._send(message)


def _log(line: str) -> None:
    """To standard error, which whoever started the worker keeps the end of and may write to a file."""
    with contextlib.suppress(Exception):
        print(f"a2f worker: {line}", file=sys.stderr, flush=True)


def _as_own(error: BaseException, name: str) -> A2FError:
    """``error`` as one that can cross the link."""
    trace = "".join(traceback.format_exception(error))[-_DETAILS_CHARACTERS:]
    if isinstance(error, A2FError):
        error.details = f"{error.details}\n\n{trace}".strip()[-_DETAILS_CHARACTERS:]
        return error
    if isinstance(error, MemoryError):
        return WorkerError(
            f"The worker ran out of memory at '{name}'.",
            code="worker.memory",
            hint="Close other programs, or use a shorter clip or a smaller model package.",
            details=trace,
        )
    if isinstance(error, ImportError) and not (error.name or "").startswith("maya_a2f"):
        return EngineError(
            f"The worker's environment cannot load the Python package '{error.name}' ({error}).",
            code="engine.package_missing",
            hint="Run 'python3 install/bootstrap.py env' to mend it.",
            details=trace,
        )
    return WorkerError(
        f"The worker failed at '{name}': {type(error).__name__}: {str(error)[:500]}",
        code="worker.failed",
        hint="This is a fault in the program; please report it with the details (--debug shows them).",
        details=trace,
    )


def _take_over_streams() -> tuple[int, int]:
    """Descriptors of our own for the protocol; from here on nobody else reads or writes those streams.

    On Windows whoever so much as looks at a pipe waits while another thread reads from it: libraries that look at
    standard input must find the null device there.
    """
    incoming, outgoing = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(incoming, os.O_BINARY)
        msvcrt.setmode(outgoing, os.O_BINARY)
    return incoming, outgoing


def _stay_with_parent() -> None:
    """Ignore Ctrl-C; on Linux, be killed with the parent even if native code never lets the reader thread run."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        import ctypes

        set_parent_death_signal = 1  # PR_SET_PDEATHSIG, prctl(2)
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL, 0, 0, 0)


def _write_all(descriptor: int, piece: bytes | memoryview) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(descriptor, view) :]
