"""The set-up as a QProcess. It ends by itself when its input is closed: by Cancel, or with the program around it."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

from maya_a2f.ui.set_up import CANCELLED_CODE, SetUp, set_up_environment

_CANCEL_MILLISECONDS: Final = 20_000
"""For the set-up to end pip and delete what it made; then it is ended hard, and the next run deletes the rest."""


class SetUpProcess(QProcess):
    """One set-up, from start to end."""

    said = Signal(str)
    """Output, as it comes."""
    over = Signal(int, str)
    """Exit code, and what went wrong where it could not even run; empty where its output says it."""

    def __init__(self, job: SetUp, environment: Mapping[str, str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._is_called_off = False
        self._is_over = False
        program, *arguments = job.command()
        self.setProgram(program)
        self.setArguments(arguments)
        variables = QProcessEnvironment()
        for name, value in set_up_environment(environment).items():
            variables.insert(name, value)
        self.setProcessEnvironment(variables)
        self.setProcessChannelMode(QProcess.ProcessChannelMode.MergedChannels)
        self.readyReadStandardOutput.connect(self._hear)
        self.finished.connect(self._on_finished)
        self.errorOccurred.connect(self._on_error)

    def begin(self) -> None:
        """Start it."""
        self.start()

    def call_off(self) -> None:
        """Ask it to stop and clean up; :attr:`over` follows."""
        self._is_called_off = True
        self.closeWriteChannel()
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(self.kill)
        timer.start(_CANCEL_MILLISECONDS)

    def _hear(self) -> None:
        text = self._decoder.decode(bytes(self.readAllStandardOutput().data()))
        if text:
            self.said.emit(text)

    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._hear()
        if self._is_called_off and code != 0:
            self._end(CANCELLED_CODE, "")
        elif status == QProcess.ExitStatus.CrashExit:
            self._end(1, "The set-up was ended by the system.")
        else:
            self._end(code, "")

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._end(1, f"'{self.program()}' could not be started ({self.errorString()}).")

    def _end(self, code: int, problem: str) -> None:
        if not self._is_over:
            self._is_over = True
            self.over.emit(code, problem)
            self.deleteLater()
