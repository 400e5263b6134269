"""Running the commands of a set-up: the end of their output where they fail, progress, and calling off."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence

LOG_TAIL_LINES = 25
STEP = "@step "
"""Begins a line that names the step now begun; every other line is output of a command."""

_POLL_SECONDS = 0.2


class SetUpError(Exception):
    """Something to tell the user, with the next step."""


class CalledOff(SetUpError):  # noqa: N818 - it is no error of anybody's
    """Somebody pressed Cancel; nothing half-made is left."""


class Progress:
    """How the progress of a set-up is shown, and whether it was called off."""

    def __init__(self, as_lines: bool = False) -> None:
        """``as_lines``: every line of output at once, steps marked by :data:`STEP`, for a program that reads along."""
        self.as_lines = as_lines
        self._is_called_off = threading.Event()

    def listen(self) -> None:
        """From now on the end of standard input, or a line in it, calls the set-up off.

        That works alike on every system, and the set-up ends when the program that started it does.
        """
        threading.Thread(target=self._wait_for_word, name="calling off", daemon=True).start()
        signal.signal(signal.SIGTERM, lambda *_: self.call_off())

    def call_off(self) -> None:
        """End the running command and the set-up."""
        self._is_called_off.set()

    def check(self) -> None:
        """Raises :class:`CalledOff` after :meth:`call_off`."""
        if self._is_called_off.is_set():
            raise CalledOff("Cancelled. Nothing was changed.")

    def step(self, title: str, command: Sequence[str], advice: str) -> None:
        """Run a command. Raises :class:`SetUpError` with the end of its output and the advice when it fails."""
        self.check()
        if self.as_lines:
            print(f"{STEP}{title.strip()}", flush=True)
        started = time.monotonic()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            env={**clean_environment(), "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"},
            start_new_session=os.name != "nt",
        )
        lines: list[str] = []
        reader = threading.Thread(target=self._collect, args=(process, lines), name="output", daemon=True)
        reader.start()
        try:
            while reader.is_alive():
                reader.join(_POLL_SECONDS)
                self.check()
                if not self.as_lines and sys.stdout.isatty():
                    print(f"\r{title} … {time.monotonic() - started:.0f} s  {_shortened(lines)}", end="", flush=True)
        except BaseException:
            end_tree(process)
            raise
        code = process.wait()
        if not self.as_lines:
            line = f"{title} … {'done' if code == 0 else 'failed'} in {time.monotonic() - started:.0f} s"
            print(f"\r{line:<118}" if sys.stdout.isatty() else line, flush=True)
        if code:
            raise SetUpError("".join(lines[-LOG_TAIL_LINES:]) + f"\n{advice}")

    def _collect(self, process: subprocess.Popen[str], lines: list[str]) -> None:
        for line in process.stdout or ():
            lines.append(line)
            if self.as_lines:
                print(line.rstrip(), flush=True)

    def _wait_for_word(self) -> None:
        # os.read, because a thread inside sys.stdin's lock would break the interpreter's end
        os.read(0, 1)
        self.call_off()


def clean_environment() -> Mapping[str, str]:
    """Our environment without the settings that would lead a Python to other packages than its own."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}


def end_tree(process: subprocess.Popen[str]) -> None:
    """End a command and all it started."""
    if process.poll() is None:
        if sys.platform == "win32":
            subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False)
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _shortened(lines: Sequence[str]) -> str:
    """The last line of output, cut to fit and padded to wipe the one before."""
    return f"{(lines[-1].strip() if lines else '')[:70]:<70}"
