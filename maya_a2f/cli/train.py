"""``a2f train``: a model package from one TOML file: the default model's recipe, a character of one's own, or a style.

The training itself runs in the worker's Python, which has torch when the extra ``train`` is installed.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from maya_a2f.cli.console import Console, say
from maya_a2f.cli.options import add_common
from maya_a2f.errors import EngineError, UserError, WorkerError, error_from_dict
from maya_a2f.link.messages import Progress
from maya_a2f.settings import checkout_folder, worker_python

_EPILOG = """\
examples:
  a2f train hero.toml                       a character, from somebody's own animation: see docs/character.md
  a2f train hero.toml --device cuda         the same on a GPU
  a2f train default.toml --work /big/disk   the default model from nothing: hours, and many gigabytes
Stopped with Ctrl-C, the same command goes on where it was.
"""
_TAIL_LINES = 20


def add_parser(commands: Any) -> None:
    """Add ``train`` to the command line."""
    parser = commands.add_parser(
        "train",
        help="make a model package from a TOML file: a character of your own, a style, the default model",
        description="Make a model package as a TOML file says; docs/character.md shows one.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("config", metavar="CONFIG.toml", type=Path, help="what to train, on what")
    parser.add_argument(
        "--work", metavar="DIR", type=Path, help="checkpoints, log and curves (default: beside the file)"
    )
    parser.add_argument(
        "--package", metavar="DIR", type=Path, help="where the package goes (default: as the file says)"
    )
    parser.add_argument("--device", metavar="cpu|cuda", help="where a character is trained (default: as the file says)")
    add_common(parser)
    parser.set_defaults(run=run_train)


def run_train(options: argparse.Namespace, console: Console) -> int:
    """``a2f train CONFIG.toml``."""
    if not options.config.is_file():
        raise UserError(
            f"There is no file '{options.config}'.",
            code="training.config",
            hint="Give the path of a TOML file; docs/character.md shows one.",
        )
    words = [str(options.config.absolute())]
    for name in ("work", "package"):
        folder = getattr(options, name)
        words += [f"--{name}", str(folder.absolute())] if folder else []
    words += ["--device", options.device] if options.device else []
    result = train(words, console)
    console.close()
    for line in told(result):
        say(line)
    return 0


def told(result: dict[str, Any]) -> list[str]:
    """What came out, for a person."""
    lines = []
    if "minutes" in result:
        lines.append(f"Learned from {result['minutes']:.1f} minutes of animation.")
    correlations = list(dict(result.get("correlations", {})).items())
    if correlations:
        lines.append(f"On animation kept apart: mean correlation {result['held_out_correlation']:.2f}; liveliest:")
        lines += [f"  {name:<32} {value:5.2f}" for name, value in correlations[:8]]
    if "run" in result:
        lines.append(f"Log and curves: {result['run']}")
    lines.append(f"Package: {result['package']}")
    lines.append(f'Try it:  a2f animate RECORDING.wav --model "{result["package"]}" -o take.csv')
    return lines


def train(words: Sequence[str], console: Console) -> dict[str, Any]:
    """Run the training process with its command line; returns its result.

    Raises what the process reports as :class:`A2FError`; Ctrl-C is passed on, and the process's answer awaited, so
    that a checkpoint is saved.
    """
    python = worker_python()
    if python is None:
        raise EngineError(
            "There is no Python environment to train in.",
            code="worker.no_python",
            hint='Run install/bootstrap.py, or set MAYA_A2F_WORKER_PYTHON to a Python with the extra "train".',
        )
    command = [str(python), "-m", "maya_a2f.training.command", *words]
    environment = {**os.environ, "PYTHONPATH": _with_checkout(), "PYTHONUTF8": "1"}
    try:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True, encoding="utf-8",
            errors="replace",
        )  # fmt: skip
    except OSError as error:
        raise EngineError(
            f"The Python '{python}' can not be started: {error.strerror or error}.",
            code="worker.no_python",
            hint="Run install/bootstrap.py, or set MAYA_A2F_WORKER_PYTHON.",
        ) from error
    assert process.stdout is not None
    result: dict[str, Any] | None = None
    with _Drain(process.stderr) as drain:
        for line in _lines(process):
            message = _message(line)
            if "error" in message:
                process.wait()
                raise error_from_dict(message["error"])
            if "stage" in message:
                console.progress(Progress(message["stage"], message["done"], message["total"]))
            elif "note" in message:
                console.note(str(message["note"]))
            elif "step" in message:  # a line of the default recipe's log
                console.note(", ".join(f"{name} {value}" for name, value in message.items()))
            result = message.get("result", result)
        code = process.wait()
    if result is None:
        raise WorkerError(
            f"The training process ended without a word (exit status {code}).",
            code="training.died",
            hint="Run again with --debug to see its last words.",
            details=drain.tail(),
        )
    return result


def _with_checkout() -> str:
    known = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    return os.pathsep.join([str(checkout_folder()), *known])


def _lines(process: subprocess.Popen[str]) -> Iterator[str]:
    """Lines of the process's output; an interrupt is passed on and reading goes on."""
    assert process.stdout is not None
    while True:
        try:
            line = process.stdout.readline()
        except KeyboardInterrupt:
            if sys.platform != "win32":  # there the console tells the process itself
                process.send_signal(signal.SIGINT)
            continue
        if not line:
            return
        yield line


def _message(line: str) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except json.JSONDecodeError:
        return {"note": line.strip()} if line.strip() else {}
    return message if isinstance(message, dict) else {}


class _Drain:
    """Reads a stream to its end beside the main thread, so that the process never waits for a reader."""

    def __init__(self, stream: IO[str] | None) -> None:
        import threading

        self._stream = stream
        self._lines: list[str] = []
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> _Drain:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(timeout=5.0)

    def tail(self) -> str:
        """The last lines."""
        return "".join(self._lines[-_TAIL_LINES:])

    def _read(self) -> None:
        for line in self._stream or ():
            self._lines.append(line)
            del self._lines[:-_TAIL_LINES]
