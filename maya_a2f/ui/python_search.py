"""Asking candidates whether they are a usable Python, one after the other, without making anybody wait."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

from maya_a2f.ui.python_finding import PROBE, FoundPython, Machine, candidates, ranked, understood
from maya_a2f.ui.set_up import set_up_environment

_PATIENCE_MILLISECONDS: Final = 8000
"""For one candidate; a virus scanner may look at it first."""


class PythonSearch(QObject):
    """One search at a time."""

    finished = Signal(list)
    """Of :class:`FoundPython`, the usable ones first."""

    def __init__(self, machine: Machine | None = None, parent: QObject | None = None) -> None:
        """``machine`` is this one when None."""
        super().__init__(parent)
        self._machine = machine or Machine(sys.platform, dict(os.environ), Path.home())
        self._waiting: list[tuple[str, ...]] = []
        self._found: list[FoundPython] = []
        self._process: QProcess | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._give_up_on_candidate)

    @property
    def is_running(self) -> bool:
        """Whether a search is under way."""
        return self._process is not None

    def start(self, extra: tuple[str, ...] = ()) -> None:
        """Look anew; ``extra`` is a Python that the user pointed at and is asked first."""
        if self.is_running:
            return
        known = [tuple(python.command) for python in self._found] if extra else []
        self._waiting = [*([extra] if extra else []), *(known or candidates(self._machine))]
        self._found = []
        self._ask_next()

    def stop(self) -> None:
        """Forget the search; nothing is told any more."""
        self._waiting = []
        self._timer.stop()
        if self._process is not None:
            process, self._process = self._process, None
            process.blockSignals(True)
            process.kill()
            process.waitForFinished(200)

    def _ask_next(self) -> None:
        if not self._waiting:
            self._process = None
            QTimer.singleShot(0, self._tell)
            return
        command = self._waiting.pop(0)
        process = QProcess(self)
        variables = QProcessEnvironment()
        for name, value in set_up_environment(self._machine.environ).items():
            variables.insert(name, value)
        process.setProcessEnvironment(variables)
        process.setProgram(command[0])
        process.setArguments([*command[1:], "-I", "-c", PROBE])
        process.finished.connect(lambda *_: self._hear(process, command))
        process.errorOccurred.connect(lambda error: self._fail(process, error))
        self._process = process
        self._timer.start(_PATIENCE_MILLISECONDS)
        process.start()

    def _hear(self, process: QProcess, command: tuple[str, ...]) -> None:
        output = bytes(process.readAllStandardOutput().data()).decode("utf-8", "replace")
        found = understood(command, output, self._machine)
        if found is not None:
            self._found.append(found)
        self._done_with(process)

    def _fail(self, process: QProcess, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._done_with(process)

    def _done_with(self, process: QProcess) -> None:
        self._timer.stop()
        process.deleteLater()
        if process is self._process:
            self._ask_next()

    def _give_up_on_candidate(self) -> None:
        if self._process is not None:
            self._process.kill()

    def _tell(self) -> None:
        self._found = ranked(self._found)
        self.finished.emit(list(self._found))
