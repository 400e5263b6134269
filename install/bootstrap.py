"""Two commands for a fresh machine: ``python3 install/bootstrap.py demo`` and ``python3 install/bootstrap.py test``.

Needs Python 3.11 to 3.13 and nothing else: it makes virtual environments inside the checkout and installs the
project's packages there. Nothing outside the checkout is touched. A second run reuses what is there.

    env               make or refresh .venv with the worker's packages
    demo              env, then animate the recording that ships: demo/demo.ma and demo/demo.mp4
    test [--all] ...  the test suite; --all also in the environments whose package versions clash with .venv.
                      Further words go to pytest.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
SUPPORTED = ((3, 11), (3, 12), (3, 13))
LOG_TAIL_LINES = 25


class SetUpError(Exception):
    """Something to tell the user, with the next step."""


@dataclass(frozen=True)
class Environment:
    """One virtual environment of the checkout and what is installed in it."""

    folder: str
    requirements: tuple[str, ...]
    """What pip installs; ``.`` means this project, editable."""
    tests: tuple[str, ...]
    """What pytest is given in this environment."""
    purpose: str


WORKER = Environment(".venv", (".",), (), "the worker's packages")
DEVELOPMENT = Environment(".venv", (".[dev]",), ("tests",), "the worker's packages and the test tools")
EXTRA = (
    Environment(
        ".venv-host",
        ("PySide6-Essentials==6.5.3", "pytest>=8", "hypothesis>=6.100"),
        ("tests/core", "tests/link", "tests/host", "tests/test_directions.py"),
        "what runs inside Maya 2025 and 2026: PySide6 6.5, no numpy",
    ),
    Environment(
        ".venv-train",
        (".[dev,train]",),
        ("tests/training", "-m", "train"),
        "training: torch",
    ),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="bootstrap.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("env", help="make or refresh .venv")
    commands.add_parser("demo", help="make a talking head from the recording that ships")
    test = commands.add_parser("test", help="run the test suite")
    test.add_argument("--all", action="store_true", help="also in the environments with clashing versions")
    options, rest = parser.parse_known_args(arguments)
    if rest and options.command != "test":
        parser.error(f"unknown words: {' '.join(rest)}")
    try:
        if options.command == "env":
            prepared(WORKER)
            print(f"Ready. The command line is {command_path()}")
            return 0
        return run_demo() if options.command == "demo" else run_tests(options.all, rest)
    except SetUpError as error:
        print(f"\n{error}", file=sys.stderr)
        return 3


def run_demo() -> int:
    """Animate the recording that ships, and say where the results lie."""
    started = time.monotonic()
    prepared(WORKER)
    folder = CHECKOUT / "demo"
    folder.mkdir(exist_ok=True)
    clip = CHECKOUT / "maya_a2f" / "presets" / "demo" / "demo.wav"
    scene, movie = folder / "demo.ma", folder / "demo.mp4"
    command = [str(command_path()), "animate", str(clip), "-o", str(scene), "-o", str(movie), "--overwrite"]
    code = subprocess.run(command, cwd=CHECKOUT, check=False).returncode
    if code == 0:
        print(f"\nDone in {time.monotonic() - started:.0f} s.")
        print(f"  Maya scene: {scene}   (File > Open Scene, then press Play)")
        print(f"  Movie:      {movie}")
        print(f"\nYour own recording:  {command_path()} animate RECORDING -o face.ma -o face.mp4")
    return code


def run_tests(everywhere: bool, pytest_arguments: Sequence[str]) -> int:
    """Run pytest in ``.venv``, and with ``everywhere`` in the extra environments; the first exit code that is not 0."""
    worst = 0
    for environment in (DEVELOPMENT, *EXTRA) if everywhere else (DEVELOPMENT,):
        python = prepared(environment)
        print(f"\n== Tests in {environment.folder}: {environment.purpose}", flush=True)
        command = [str(python), "-m", "pytest", *environment.tests, *pytest_arguments]
        code = subprocess.run(command, cwd=CHECKOUT, check=False, env=clean_environment()).returncode
        worst = worst or abs(code)  # a negative code is a signal: a crash, not a success
    return worst


def command_path() -> Path:
    """Where the ``a2f`` command is after :func:`prepared`."""
    if os.name == "nt":
        return CHECKOUT / ".venv" / "Scripts" / "a2f.exe"
    return CHECKOUT / ".venv" / "bin" / "a2f"


def prepared(environment: Environment) -> Path:
    """The environment's interpreter, after making it and installing what is missing."""
    folder = CHECKOUT / environment.folder
    python = interpreter_of(folder)
    wanted = fingerprint(environment)
    stamp = folder / "a2f-installed.json"
    installed = read_stamp(stamp)
    if python.exists() and wanted in installed:
        return python
    print(f"Setting up {environment.folder} ({environment.purpose}). This happens once.", flush=True)
    if not python.exists():
        make_environment(folder)
    requirements = [part for entry in environment.requirements for part in requirement_words(entry)]
    step(
        f"  installing into {environment.folder}",
        [str(python), "-m", "pip", "install", "--disable-pip-version-check", *requirements],
        "pip could not install the packages. Check the network (or your pip settings) and run this again.",
    )
    stamp.write_text(json.dumps(sorted({*installed, wanted})), "utf-8")
    return python


def requirement_words(entry: str) -> list[str]:
    """pip's words for one requirement; the project itself is installed editable."""
    return ["--editable", f"{CHECKOUT}{entry[1:]}"] if entry.startswith(".") else [entry]


def read_stamp(stamp: Path) -> list[str]:
    """Fingerprints of what is already installed; empty where there is none or it cannot be read."""
    try:
        data = json.loads(stamp.read_text("utf-8"))
    except (OSError, ValueError):
        return []
    return [str(entry) for entry in data] if isinstance(data, list) else []


def fingerprint(environment: Environment) -> str:
    """Changes when the environment must be installed anew."""
    content = [(CHECKOUT / "pyproject.toml").read_text("utf-8"), str(CHECKOUT), *environment.requirements]
    return hashlib.sha256("\n".join(content).encode()).hexdigest()


def make_environment(folder: Path) -> None:
    """A fresh virtual environment from a supported Python."""
    if folder.exists():
        shutil.rmtree(folder)
    step(
        f"  creating {folder.name}",
        [base_python(), "-m", "venv", str(folder)],
        "Python could not create a virtual environment. On Debian or Ubuntu: 'apt install python3-venv', then again.",
    )


def base_python() -> str:
    """This Python if it is a supported one, else one found on the PATH."""
    if sys.version_info[:2] in SUPPORTED:
        return sys.executable
    for major, minor in SUPPORTED:
        found = shutil.which(f"python{major}.{minor}")
        if found and subprocess.run([found, "-c", ""], check=False, capture_output=True).returncode == 0:
            return found
    version = ".".join(map(str, sys.version_info[:2]))
    raise SetUpError(
        f"This is Python {version}; the worker needs Python 3.11, 3.12 or 3.13 and none was found on the PATH.\n"
        "Install one (python.org, your package manager), then run:  python3.11 install/bootstrap.py demo"
    )


def interpreter_of(folder: Path) -> Path:
    """The interpreter's path in a virtual environment, there or not."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def clean_environment() -> dict[str, str]:
    """Our environment without the settings that would lead a Python to other packages than its own."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}


def step(title: str, command: Sequence[str], advice: str) -> None:
    """Run a command quietly, with the seconds counting; on failure show the end of its output and the advice."""
    started = time.monotonic()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", env=clean_environment()
    )
    lines: list[str] = []
    reader = threading.Thread(target=_collect, args=(process, lines), name="output", daemon=True)
    reader.start()
    while reader.is_alive():
        reader.join(0.5)
        if sys.stdout.isatty():
            print(f"\r{title} … {time.monotonic() - started:.0f} s  {_shortened(lines)}", end="", flush=True)
    code = process.wait()
    line = f"{title} … {'done' if code == 0 else 'failed'} in {time.monotonic() - started:.0f} s"
    print(f"\r{line:<118}" if sys.stdout.isatty() else line, flush=True)
    if code:
        raise SetUpError("".join(lines[-LOG_TAIL_LINES:]) + f"\n{advice}")


def _collect(process: subprocess.Popen[str], lines: list[str]) -> None:
    for line in process.stdout or ():
        lines.append(line)


def _shortened(lines: Sequence[str]) -> str:
    """The last line of output, cut to fit and padded to wipe the one before."""
    return f"{(lines[-1].strip() if lines else '')[:70]:<70}"


if __name__ == "__main__":
    sys.exit(main())
