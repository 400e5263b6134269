"""The worker as a QProcess: bytes in, bytes out, its last words, and an end that nobody has to wait for."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, QObject, QProcess, QProcessEnvironment, QTimer, Signal

from maya_a2f.link.environment import worker_command, worker_environment
from maya_a2f.link.exit_status import exit_words
from maya_a2f.link.log_file import log_chatter

Pieces = Sequence[bytes | memoryview]

_KEPT_CHATTER_BYTES: Final = 64 * 2**10
_LEAVE_MILLISECONDS: Final = 2500
"""For a worker that was said farewell: it gives a busy handler a second."""
_QUIT_MILLISECONDS: Final = 500
"""For the system to end a killed worker when the program quits."""


class WorkerQProcess(QProcess):
    """One worker process, from start to end."""

    heard = Signal(bytes)
    """Bytes of its standard output."""
    over = Signal(str)
    """It ended; how, in words. Everything it wrote was heard before."""
    notStarted = Signal(str)  # noqa: N815 - as Qt names signals
    """It could not be started; why."""

    def __init__(
        self, python: Path, entry: Path, environment: Mapping[str, str] | None, parent: QObject | None = None
    ) -> None:
        """``environment`` is handed over as it is; when None, one is rebuilt from ``os.environ``."""
        super().__init__(parent)
        self._chatter: deque[bytes] = deque()
        self._chatter_bytes = 0
        command = worker_command(python, entry)
        self.setProgram(command[0])
        self.setArguments(command[1:])
        variables = QProcessEnvironment()
        for name, value in (worker_environment(os.environ) if environment is None else environment).items():
            variables.insert(name, value)
        self.setProcessEnvironment(variables)
        self.readyReadStandardOutput.connect(self._on_output)
        self.readyReadStandardError.connect(self._on_chatter)
        self.finished.connect(self._on_finished)
        self.errorOccurred.connect(self._on_error)

    def begin(self) -> None:
        """Start it; :attr:`notStarted` tells where that fails."""
        self.start()

    def write_pieces(self, pieces: Pieces) -> None:
        """Hand bytes over for writing; returns at once. What a dead process is sent is dropped."""
        if self.state() != QProcess.ProcessState.NotRunning:
            for piece in pieces:
                self.write(bytes(piece))

    def chatter(self, lines: int = 40) -> str:
        """The last lines of what it wrote to standard error."""
        words = b"".join(self._chatter).decode("utf-8", "replace")
        return "\n".join(words.splitlines()[-lines:])

    def leave(self, farewell: Pieces) -> None:
        """Say farewell, close its input, and end it hard if it is still there after a while; nobody waits for it."""
        self._stay_until_finished()
        self.write_pieces(farewell)
        self.closeWriteChannel()
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(self.kill)
        timer.start(_LEAVE_MILLISECONDS)

    def end(self) -> None:
        """End it hard, now; nobody waits for it."""
        self._stay_until_finished()
        self.kill()

    def _stay_until_finished(self) -> None:
        """Outlive whoever started it: it belongs to the program until the system has ended it."""
        program = QCoreApplication.instance()
        self.setParent(program)
        if self.state() == QProcess.ProcessState.NotRunning:
            self.deleteLater()
            return
        self.finished.connect(self.deleteLater)
        if program is not None:
            program.aboutToQuit.connect(self._end_with_program)

    def _end_with_program(self) -> None:
        self.kill()
        self.waitForFinished(_QUIT_MILLISECONDS)

    def _on_output(self) -> None:
        data = bytes(self.readAllStandardOutput().data())
        if data:
            self.heard.emit(data)

    def _on_chatter(self) -> None:
        data = bytes(self.readAllStandardError().data())
        self._chatter.append(data)
        log_chatter(data)
        self._chatter_bytes += len(data)
        while self._chatter and self._chatter_bytes - len(self._chatter[0]) >= _KEPT_CHATTER_BYTES:
            self._chatter_bytes -= len(self._chatter.popleft())

    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._on_output()
        self._on_chatter()
        self.over.emit(ending_words(code, status == QProcess.ExitStatus.CrashExit))

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self.notStarted.emit(self.errorString())


def ending_words(code: int, is_crash: bool) -> str:
    """How a process ended; Qt gives the signal's number as the code of a crash where there are signals."""
    if is_crash and sys.platform != "win32":
        return exit_words(-code)
    return exit_words(code if code >= 0 else code & 0xFFFFFFFF)
