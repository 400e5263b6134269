"""The worker as a process that takes and gives bytes: no pipe of it can fill up, and it never outlives its owner.

Four named threads per process, all of which end with it: *keeper* (starts the process, waits for its end, ends its
tree), *input*, *output* and *chatter* (standard error, always drained, whose tail is kept).
"""

from __future__ import annotations

import contextlib
import functools
import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Final

from maya_a2f.errors import EngineError
from maya_a2f.link.exit_status import exit_words
from maya_a2f.link.log_file import log_chatter
from maya_a2f.link.process_tree import ProcessTree

Pieces = Sequence[bytes | memoryview]

_READ_BYTES: Final = 2**20
_QUEUED_CHUNKS: Final = 64
"""Then the worker waits: memory stays bounded when nobody listens."""
_KEPT_CHATTER_BYTES: Final = 64 * 2**10
_LAST_WORDS_SECONDS: Final = 0.5
"""How long output may stay open after the process has ended (something it started may hold it)."""
_CLOSED_PIPE_SECONDS: Final = 2.0
"""How long a process may live on after it closed its output."""


class WorkerProcess:
    """One process, from start to end. Every method may be called from any thread."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Starts it. Raises :class:`EngineError` ``worker.not_started`` when the system cannot."""
        self._command = list(command)
        self._outgoing: queue.SimpleQueue[Pieces | None] = queue.SimpleQueue()
        self._incoming: queue.Queue[bytes] = queue.Queue(_QUEUED_CHUNKS)
        self._chatter: deque[bytes] = deque()
        self._is_unwanted = threading.Event()
        self._has_ended = threading.Event()
        self._ended_at = 0.0
        self._output_is_closed = threading.Event()
        self._chatter_is_closed = threading.Event()
        self._exit_code = 0
        self._tree: ProcessTree | None = None
        self._start(environment)

    @property
    def id(self) -> int:
        """The process id. (A venv's ``python.exe`` on Windows starts the real one as its child.)"""
        assert self._tree is not None
        return self._tree.leader.pid

    @property
    def has_ended(self) -> bool:
        """True once the process and its tree are gone."""
        return self._has_ended.is_set()

    def write(self, pieces: Pieces) -> None:
        """Hand bytes over for writing; returns at once. What a dead process is sent is dropped."""
        self._outgoing.put(pieces)

    def read(self, timeout_seconds: float) -> bytes | None:
        """The next bytes it wrote; ``b""`` at the end of its output; None when there are none within the time."""
        with contextlib.suppress(queue.Empty):
            return self._incoming.get_nowait()
        if self._output_is_over():
            return b""
        with contextlib.suppress(queue.Empty):
            return self._incoming.get(timeout=timeout_seconds)
        return None

    def ending(self) -> str:
        """How it ended, in words. A process that lives on without its output is killed first."""
        if not self._has_ended.wait(_CLOSED_PIPE_SECONDS):
            self.kill()
            return "it closed its pipe, lived on and was killed"
        return exit_words(self._exit_code)

    def chatter(self, lines: int = 40) -> str:
        """The last lines of what it wrote to standard error."""
        if self.has_ended:
            self._chatter_is_closed.wait(_LAST_WORDS_SECONDS)
        words = b"".join(self._chatter.copy()).decode("utf-8", "replace")
        return "\n".join(words.splitlines()[-lines:])

    def close(self, farewell: Pieces = (), *, ask_seconds: float = 1.0, terminate_seconds: float = 1.0) -> None:
        """End it and all it started: say ``farewell``, close its input, wait; then ask its group; then kill."""
        self._is_unwanted.set()
        self.write(farewell)
        self._outgoing.put(None)
        if not self._has_ended.wait(ask_seconds) and self._tree is not None:
            self._tree.terminate()
            if not self._has_ended.wait(terminate_seconds):
                self.kill()

    def kill(self) -> None:
        """End the process and all it started, now. Waits up to 5 s for the system to have done so."""
        self._is_unwanted.set()
        self._outgoing.put(None)
        if self._tree is not None:
            self._tree.kill()
            self._has_ended.wait(5.0)

    def _start(self, environment: Mapping[str, str]) -> None:
        failures: list[Exception] = []
        is_ready = threading.Event()
        self._thread("keeper", lambda: self._keep(environment, failures, is_ready))
        is_ready.wait()
        if failures:
            raise EngineError(
                f"The worker's Python '{self._command[0]}' could not be started ({failures[0]}).",
                code="worker.not_started",
                hint="Run 'python3 install/bootstrap.py env' to make the worker's environment anew.",
            ) from failures[0]

    def _keep(self, environment: Mapping[str, str], failures: list[Exception], is_ready: threading.Event) -> None:
        try:
            tree = ProcessTree(self._command, environment)
        except Exception as error:  # handed over to the thread that waits for the start
            failures.append(error)
            is_ready.set()
            return
        self._tree = tree
        for name, pump, stream in (
            ("input", self._pump_in, tree.leader.stdin),
            ("output", self._pump_out, tree.leader.stdout),
            ("chatter", self._drain, tree.leader.stderr),
        ):
            assert stream is not None  # all three are pipes
            self._thread(name, functools.partial(pump, stream))
        is_ready.set()
        self._exit_code = tree.wait_and_end()
        self._ended_at = time.monotonic()
        self._has_ended.set()
        self._outgoing.put(None)

    def _thread(self, name: str, run: Callable[[], None]) -> None:
        # Daemons: a host that quits without closing must not be held; its end closes the worker's input.
        threading.Thread(target=run, name=f"a2f worker {name}", daemon=True).start()

    def _pump_in(self, stream: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError), stream:
            while (pieces := self._outgoing.get()) is not None:
                for piece in pieces:
                    _write_all(stream, piece)

    def _pump_out(self, stream: IO[bytes]) -> None:
        with contextlib.suppress(OSError), stream:
            while chunk := os.read(stream.fileno(), _READ_BYTES):
                self._hand_over(chunk)
        self._output_is_closed.set()

    def _hand_over(self, chunk: bytes) -> None:
        """Queue ``chunk``, or drop it once nobody will read on."""
        while not self._is_unwanted.is_set():
            with contextlib.suppress(queue.Full):
                self._incoming.put(chunk, timeout=0.1)
                return

    def _drain(self, stream: IO[bytes]) -> None:
        kept = 0
        with contextlib.suppress(OSError), stream:
            while chunk := os.read(stream.fileno(), _KEPT_CHATTER_BYTES):
                self._chatter.append(chunk)
                log_chatter(chunk)
                kept += len(chunk)
                while kept - len(self._chatter[0]) >= _KEPT_CHATTER_BYTES:
                    kept -= len(self._chatter.popleft())
        self._chatter_is_closed.set()

    def _output_is_over(self) -> bool:
        if self._output_is_closed.is_set():
            return self._incoming.empty()
        return self.has_ended and time.monotonic() - self._ended_at > _LAST_WORDS_SECONDS


def _write_all(stream: IO[bytes], piece: bytes | memoryview) -> None:
    view = memoryview(piece)
    while view:
        view = view[stream.write(view) :]
