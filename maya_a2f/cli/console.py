"""What the command line shows: progress on one line of a terminal, plain lines elsewhere; notes; errors."""

from __future__ import annotations

import contextlib
import io
import sys
import time
from typing import TextIO

from maya_a2f.errors import A2FError
from maya_a2f.link.messages import Progress

_BAR_WIDTH = 24
_REDRAW_SECONDS = 0.1


class Console:
    """Progress and messages on a stream (stderr by default), so that stdout stays free for results."""

    def __init__(self, stream: TextIO | None = None, *, quiet: bool = False) -> None:
        self._stream = stream or sys.stderr or io.StringIO()
        self._terminal = self._stream.isatty()
        self._quiet = quiet
        self._stage = ""
        self._stage_started = 0.0
        self._drawn = 0.0
        self._line_open = False

    def progress(self, progress: Progress) -> None:
        """Show how far a stage is; a total of 0 is a stage of unknown length."""
        if self._quiet:
            return
        stage, done, total = progress.stage, progress.done, progress.total
        now = time.monotonic()
        if stage != self._stage:
            self._finish_line()
            self._stage, self._stage_started, self._drawn = stage, now, 0.0
            if not self._terminal:
                self._write(f"{stage} …\n")
        finished = total > 0 and done >= total
        if self._terminal and (finished or now - self._drawn >= _REDRAW_SECONDS):
            self._drawn = now
            self._write(f"\r{self._bar(stage, done, total, now - self._stage_started):<78}")
            self._line_open = True

    def note(self, text: str) -> None:
        """A remark worth a line of its own."""
        if not self._quiet:
            self._finish_line()
            self._write(f"note: {one_line(text)}\n")

    def error(self, error: A2FError) -> None:
        """One line: what happened and what to do next."""
        self._finish_line()
        self._write(f"a2f: {one_line(str(error))}\n")

    def fault(self, text: str) -> None:
        """One of several things that are wrong, said also where only errors are."""
        self._finish_line()
        self._write(f"  {one_line(text)}\n")

    def defect(self, reason: str) -> None:
        """One line for what should not have happened."""
        self._finish_line()
        self._write(f"a2f: This is a defect in maya_a2f: {one_line(reason)}. Run again with --debug to see where.\n")

    def close(self) -> None:
        """Leave the cursor on a fresh line."""
        self._finish_line()

    @staticmethod
    def _bar(stage: str, done: float, total: float, seconds: float) -> str:
        if total <= 0:
            return f"{stage:<22} {seconds:5.1f} s"
        share = min(1.0, done / total)
        filled = round(share * _BAR_WIDTH)
        left = f"{seconds * (1 - share) / share:4.0f} s left" if 0 < share < 1 and seconds > 1 else f"{seconds:5.1f} s"
        return f"{stage:<22} [{'=' * filled}{' ' * (_BAR_WIDTH - filled)}] {share:4.0%} {left}"

    def _finish_line(self) -> None:
        if self._line_open:
            self._write("\n")
            self._line_open = False

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # nobody listens any more: the work goes on all the same
            self._stream.write(text)
            self._stream.flush()


def say(text: str) -> None:
    """A result on standard output, as far as there is one that still takes it."""
    if sys.stdout is not None:
        with contextlib.suppress(OSError, ValueError):
            print(text, flush=True)


def accept_every_letter() -> None:
    """Let the terminal's encoding cost no more than an escape: a file's name may hold letters it does not have."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def one_line(text: str) -> str:
    """``text`` with control characters (a line break in a file's name) written as escapes."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
