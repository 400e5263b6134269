"""Log files of bounded size that several processes write to: each line is one append, old files are numbered.

``worker.log`` is the newest, ``worker.log.1`` the one before. Logging never fails anybody: a full disk or a read-only
folder only costs the log.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from pathlib import Path
from typing import Final

from maya_a2f.errors import A2FError

MAX_BYTES: Final = 1_000_000
FILES: Final = 5

_LONGEST_LINE: Final = 4000
_WORKER: Final = logging.getLogger("maya_a2f.worker")


class LogFile:
    """One log. May be used from any thread; two processes that rotate at one time may lose some lines."""

    def __init__(self, path: Path, *, max_bytes: int = MAX_BYTES, files: int = FILES) -> None:
        """``files`` of ``max_bytes`` each at most, the newest included. Nothing is opened before the first line."""
        self.path = path
        self._max_bytes = max_bytes
        self._files = files
        self._turn = threading.Lock()

    def write(self, text: str, source: str = "") -> None:
        """Append every line of ``text``, with the time, this process's id and ``source`` before it."""
        stamp = time.strftime("%Y-%m-%d %H:%M:%S")
        lines = [line.rstrip()[:_LONGEST_LINE] for line in text.splitlines() if line.strip()]
        data = "".join(f"{stamp} [{os.getpid()}] {source}{': ' if source else ''}{line}\n" for line in lines)
        if data:
            with self._turn, contextlib.suppress(OSError):
                self._append(data.encode("utf-8", "backslashreplace"))

    def tail(self, lines: int = 40) -> str:
        """The last lines; empty where there is no log."""
        try:
            return "\n".join(self.path.read_bytes().decode("utf-8", "replace").splitlines()[-lines:])
        except OSError:
            return ""

    def _append(self, data: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            if self.path.stat().st_size + len(data) > self._max_bytes:
                self._rotate()
        with self.path.open("ab", buffering=0) as stream:
            stream.write(data[: self._max_bytes])

    def _rotate(self) -> None:
        names = [self.path, *(self.path.with_name(f"{self.path.name}.{k}") for k in range(1, self._files))]
        for older, newer in zip(reversed(names), reversed(names[:-1]), strict=False):
            with contextlib.suppress(FileNotFoundError):
                newer.replace(older)


class LogHandler(logging.Handler):
    """Python's logging into a :class:`LogFile`."""

    def __init__(self, log: LogFile) -> None:
        super().__init__()
        self.log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        with contextlib.suppress(Exception):
            self.log.write(self.format(record), record.levelname.lower())


def start_logging(folder: Path, name: str) -> LogFile:
    """From now on, what the package logs goes to ``name``.log in ``folder``, what its worker says to worker.log.

    Calling it again changes nothing. Without it neither is written anywhere.
    """
    _add_handler(_WORKER, folder / "worker.log")
    return _add_handler(logging.getLogger("maya_a2f"), folder / f"{name}.log")


def log_chatter(data: bytes) -> None:
    """Log what a worker wrote to its standard error."""
    if _WORKER.handlers and data:
        _WORKER.info("%s", data.decode("utf-8", "replace"))


def log_error(error: A2FError, report: str = "") -> None:
    """Log an error that a person was shown, with all that the report says."""
    logger = logging.getLogger("maya_a2f")
    if logger.handlers:
        logger.info("%s: %s", error.code, report or f"{error}\n{error.details}".strip())


def _add_handler(logger: logging.Logger, path: Path) -> LogFile:
    for handler in logger.handlers:
        if isinstance(handler, LogHandler):
            return handler.log
    added = LogHandler(LogFile(path))
    logger.propagate = False  # the host program's own handlers show what the user has seen already
    logger.addHandler(added)
    if logger.getEffectiveLevel() > logging.INFO:
        logger.setLevel(logging.INFO)
    return added.log
