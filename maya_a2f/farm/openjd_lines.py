"""What a task of an Open Job Description job tells its scheduler: single lines on standard output.

``openjd_progress: PERCENT``, ``openjd_status: TEXT``, ``openjd_fail: TEXT`` (How Jobs Are Run, Stdout/Stderr Messages).
"""

from __future__ import annotations

import contextlib
import sys
from typing import Final, TextIO

_STEP_PERCENT: Final = 1.0
"""Progress is told again when it has moved this far."""
_LONGEST: Final = 1000


class FarmLines:
    """Progress, status and failure as lines; silent when ``is_on`` is false."""

    def __init__(self, is_on: bool = True, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._is_on = is_on
        self._told_percent = -_STEP_PERCENT
        self._told_status = ""

    def progress(self, done: float, total: float) -> None:
        """How much of the task is done; a total of 0 is of unknown length and not told."""
        if total <= 0:
            return
        percent = min(100.0, max(0.0, 100.0 * done / total))
        if percent - self._told_percent >= _STEP_PERCENT or (percent == 100.0 > self._told_percent):
            self._told_percent = percent
            self._say("progress", f"{percent:.1f}")

    def status(self, text: str) -> None:
        """What is being done now."""
        if text != self._told_status:
            self._told_status = text
            self._say("status", text)

    def fail(self, text: str) -> None:
        """Why the task fails."""
        self._say("fail", text)

    def _say(self, kind: str, text: str) -> None:
        if not self._is_on or self._stream is None:
            return
        line = "".join(letter if letter.isprintable() else " " for letter in text)[:_LONGEST]
        with contextlib.suppress(OSError, ValueError):  # nobody listens any more: the work goes on all the same
            self._stream.write(f"openjd_{kind}: {line}\n")
            self._stream.flush()
