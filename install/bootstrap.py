"""Two commands for a fresh machine: ``python3 install/bootstrap.py demo`` and ``python3 install/bootstrap.py test``.

Needs Python 3.11 to 3.13 and nothing else: it makes virtual environments inside the checkout and installs the
project's packages there. Nothing outside the checkout is touched, unless told where else to put the environment, or
the checkout is read-only. A second run reuses what is there.

    env               make or refresh .venv with the worker's packages
        --folder DIR  make the environment there
        --wheels DIR  take the packages from this folder, not from the network
    wheels DIR        fill such a folder, on a computer with the network and the same system and Python
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
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from a2f_install import building, wheels
from a2f_install.environments import STAMP, candidates
from a2f_install.files import is_writable
from a2f_install.places import System
from a2f_install.requirements import dependencies
from a2f_install.source import InstallError, read_source
from a2f_install.steps import CalledOff, Progress, SetUpError, clean_environment

CHECKOUT = Path(__file__).resolve().parent.parent
SUPPORTED = ((3, 11), (3, 12), (3, 13))
CHECK = "import numpy, scipy, soundfile, onnxruntime, av; print('ONNX Runtime', onnxruntime.__version__)"
"""What the worker cannot do without; that it loads shows that the system has what the packages need."""


@dataclass(frozen=True)
class Environment:
    """One virtual environment of the checkout and what is installed in it."""

    folder: str
    requirements: tuple[str, ...]
    """What pip installs; ``.`` means what this project depends on, ``.[x]`` the project itself, editable."""
    tests: tuple[str, ...]
    """What pytest is given in this environment."""
    purpose: str
    python: str = ""
    """The Python it must be made with; empty is any supported one."""


LINUX = 'sys_platform == "linux"'
"""In pip's words: what is made for that system only."""
INSIDE_MAYA = ("tests/core", "tests/link", "tests/host", "tests/ui", "tests/install", "tests/test_directions.py")
WORKER = Environment(".venv", (".",), (), "the worker's packages")
DEVELOPMENT = Environment(".venv", (".[dev]",), ("tests",), "the worker's packages and the test tools")
EXTRA = (
    Environment(
        ".venv-host",
        ("PySide6-Essentials==6.5.3", "pytest>=8", "hypothesis>=6.100"),
        INSIDE_MAYA,
        "what runs inside Maya 2025 and 2026: PySide6 6.5, no numpy",
    ),
    Environment(
        ".venv-host-3.13",
        ("PySide6-Essentials==6.8.3", "pytest>=8", "hypothesis>=6.100"),
        INSIDE_MAYA,
        "what runs inside Maya 2027: Python 3.13, PySide6 6.8, no numpy",
        "python3.13",
    ),
    Environment(
        ".venv-readers",
        (".[rigs,dask]", "pytest>=8", "hypothesis>=6.100", "onnx>=1.16", "openjd-cli>=0.8"),
        (
            "tests/worker/rigs",
            "tests/worker/exports",
            "tests/farm/test_beyond.py",
            "tests/farm/test_dask_futures.py",
            "tests/farm/test_dask_run.py",
            "tests/cli/test_bake_job.py",
        ),
        "rigs and exports in files of other programs (usd-core); batches on Dask and on farms (openjd-cli)",
    ),
    Environment(
        ".venv-train",
        (".[dev,train]", f"tensorrt-rtx>=1.2; {LINUX}", f"tensorrt-cu13-bindings==11.4.0.106; {LINUX}"),
        ("tests/training", "tests/worker/device", "tests/worker/engines", "-m", "train or rtx"),
        "training and the pipeline on a device: torch; plans of TensorRT for RTX, and TensorRT 11's interface",
    ),
    Environment(
        ".venv-tensorrt-10",
        ("numpy>=1.26", "pytest>=8", "hypothesis>=6.100", f"tensorrt-cu13-bindings==10.16.1.11; {LINUX}"),
        ("tests/worker/engines/test_tensorrt_interface.py",),
        "TensorRT 10's interface",
    ),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 3 it could not be done, 6 it was called off."""
    options, rest = _parsed(arguments)
    progress = Progress(as_lines=getattr(options, "lines", False))
    if progress.as_lines:
        progress.listen()
    try:
        if options.command == "env":
            folder = options.folder or environment_folder(WORKER)
            python = prepared(WORKER, folder.absolute(), options.wheels, progress)
            print(f"Ready: {python}" if progress.as_lines else f"Ready. The command line is {command_path(folder)}")
            return 0
        if options.command == "wheels":
            count = wheels.fill(options.folder, pip_requirements(WORKER), progress)
            print(f"'{options.folder}' holds {count} wheels for Python {', '.join(wheels.kinds_in(options.folder))}.")
            print("On a computer without a network:  python3 install/bootstrap.py env --wheels DIR")
            return 0
        return run_demo() if options.command == "demo" else run_tests(options.all, rest)
    except CalledOff as error:
        print(f"\n{error}", file=sys.stderr)
        return 6
    except SetUpError as error:
        print(f"\n{error}", file=sys.stderr)
        return 3


def _parsed(arguments: Sequence[str] | None) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        prog="bootstrap.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    env = commands.add_parser("env", help="make or refresh .venv")
    env.add_argument("--folder", type=Path, metavar="DIR", help="make the environment there")
    env.add_argument("--wheels", type=Path, metavar="DIR", help="packages from this folder, not from the network")
    env.add_argument("--lines", action="store_true", help=argparse.SUPPRESS)  # for the window in Maya
    fill = commands.add_parser("wheels", help="fill a folder with the worker's packages")
    fill.add_argument("folder", type=Path, metavar="DIR")
    commands.add_parser("demo", help="make a talking head from the recording that ships")
    test = commands.add_parser("test", help="run the test suite")
    test.add_argument("--all", action="store_true", help="also in the environments with clashing versions")
    options, rest = parser.parse_known_args(arguments)
    if rest and options.command != "test":
        parser.error(f"unknown words: {' '.join(rest)}")
    return options, rest


def run_demo() -> int:
    """Animate the recording that ships, and say where the results lie."""
    started = time.monotonic()
    environment = environment_folder(WORKER)
    python = prepared(WORKER, environment)
    folder = CHECKOUT / "demo"
    folder.mkdir(exist_ok=True)
    clip = CHECKOUT / "maya_a2f" / "presets" / "demo" / "demo.wav"
    scene, movie = folder / "demo.ma", folder / "demo.mp4"
    a2f = [str(python), "-m", "maya_a2f.cli.main"]
    command = [*a2f, "animate", str(clip), "-o", str(scene), "-o", str(movie), "--overwrite"]
    code = subprocess.run(command, cwd=CHECKOUT, check=False).returncode
    if code == 0:
        print(f"\nDone in {time.monotonic() - started:.0f} s.")
        print(f"  Maya scene: {scene}   (File > Open Scene, then press Play)")
        print(f"  Movie:      {movie}")
        print(f"\nYour own recording:  {command_path(environment)} animate RECORDING -o face.ma -o face.mp4")
    return code


def run_tests(everywhere: bool, pytest_arguments: Sequence[str]) -> int:
    """Run pytest in ``.venv``, and with ``everywhere`` in the extra environments; the first exit code that is not 0."""
    worst = 0
    for environment in (DEVELOPMENT, *EXTRA) if everywhere else (DEVELOPMENT,):
        if environment.python and not runs(environment.python):
            print(f"\n== Left out: {environment.purpose}; there is no {environment.python} here", flush=True)
            continue
        python = prepared(environment)
        print(f"\n== Tests in {environment.folder}: {environment.purpose}", flush=True)
        command = [str(python), "-m", "pytest", *environment.tests, *pytest_arguments]
        code = subprocess.run(command, cwd=CHECKOUT, check=False, env=clean_environment()).returncode
        worst = worst or abs(code)  # a negative code is a signal: a crash, not a success
    return worst


def command_path(environment: Path) -> Path:
    """Where the ``a2f`` command of an environment is."""
    return environment / ("Scripts/a2f.cmd" if os.name == "nt" else "bin/a2f")


def environment_folder(environment: Environment) -> Path:
    """In the checkout; the worker's in the user's folder where the checkout is read-only."""
    folder = CHECKOUT / environment.folder
    if environment is WORKER and not interpreter_of(folder).exists() and not is_writable(CHECKOUT):
        try:
            return candidates(System(), CHECKOUT, read_source(CHECKOUT).version)[-1]
        except InstallError as error:
            raise SetUpError(str(error)) from error
    return folder


def prepared(
    environment: Environment,
    folder: Path | None = None,
    wheels_folder: Path | None = None,
    progress: Progress | None = None,
) -> Path:
    """The environment's interpreter, after making it and installing what is missing."""
    folder = folder or CHECKOUT / environment.folder
    progress = progress or Progress()
    python = interpreter_of(folder)
    wanted = fingerprint(environment)
    installed = read_stamp(folder / STAMP)
    if python.exists() and wanted in installed:
        return python
    base = str(python) if python.exists() else environment.python or base_python()
    if wheels_folder is not None:
        wheels.check(wheels_folder, kind_of(base))
    if not progress.as_lines:
        print(f"Setting up {folder.name} ({environment.purpose}). This happens once.", flush=True)
    if python.exists():
        install(environment, folder, wheels_folder, progress)
        write_stamp(folder, [*installed, wanted])
        return python
    with building.built(folder) as unfinished:
        step(
            progress,
            "  creating the environment",
            [base, "-m", "venv", str(unfinished)],
            "Python could not create a virtual environment. On Debian or Ubuntu: 'apt install python3-venv', then"
            " again.",
        )
        install(environment, unfinished, wheels_folder, progress)
        write_stamp(unfinished, [wanted])
    return python


def install(environment: Environment, folder: Path, wheels_folder: Path | None, progress: Progress) -> None:
    """Put the packages into the environment ``folder``, and make sure that they load."""
    words = ["--disable-pip-version-check", "--no-input", *wheels.offline_words(wheels_folder)]
    step(
        progress,
        "  installing packages",
        [str(interpreter_of(folder)), "-m", "pip", "install", *words, *pip_requirements(environment)],
        "pip could not install the packages. Check the network (or your pip settings) and run this again."
        if wheels_folder is None
        else f"pip could not install the packages from '{wheels_folder}'. Fill the folder again, and run this again.",
    )
    if environment is WORKER:
        building.add_module(folder, CHECKOUT)
        building.add_command(folder)
        step(
            progress,
            "  checking that they load",
            [str(interpreter_of(folder)), "-I", "-c", CHECK],
            "The packages are there but do not load. On Windows, install Microsoft's Visual C++ Redistributable; on"
            " Linux, a C library of 2018 or newer (glibc 2.28) is needed.",
        )


def step(progress: Progress, title: str, command: Sequence[str], advice: str) -> None:
    """Run one command of the set-up. Raises :class:`SetUpError`."""
    progress.step(title, command, advice)


def pip_requirements(environment: Environment) -> list[str]:
    """pip's words for what the environment needs."""
    words: list[str] = []
    for entry in environment.requirements:
        if entry == ".":
            words += dependencies((CHECKOUT / "pyproject.toml").read_text("utf-8"))
        elif entry.startswith("."):
            words += ["--editable", f"{CHECKOUT}{entry[1:]}"]
        else:
            words.append(entry)
    return words


def read_stamp(stamp: Path) -> list[str]:
    """Fingerprints of what is already installed; empty where there is none or it cannot be read."""
    try:
        data = json.loads(stamp.read_text("utf-8"))
    except (OSError, ValueError):
        return []
    return [str(entry) for entry in data] if isinstance(data, list) else []


def fingerprint(environment: Environment) -> str:
    """Changes when the environment must be installed anew."""
    content = ["2", (CHECKOUT / "pyproject.toml").read_text("utf-8"), str(CHECKOUT), *environment.requirements]
    return hashlib.sha256("\n".join(content).encode()).hexdigest()


def write_stamp(folder: Path, fingerprints: Sequence[str]) -> None:
    """Note what is installed; the last thing done to an environment."""
    (folder / STAMP).write_text(json.dumps(sorted(set(fingerprints))), "utf-8")


def base_python() -> str:
    """This Python if it is a supported one, else one found on the PATH. Maya's own can't be the base of another."""
    if sys.version_info[:2] in SUPPORTED and not Path(sys.executable).name.lower().startswith("maya"):
        return sys.executable
    for major, minor in SUPPORTED:
        if runs(f"python{major}.{minor}"):
            return f"python{major}.{minor}"
    version = ".".join(map(str, sys.version_info[:2]))
    raise SetUpError(
        f"This is Python {version}; the worker needs Python 3.11, 3.12 or 3.13 and none was found on the PATH.\n"
        "Install one (python.org, your package manager), then run:  python3.11 install/bootstrap.py demo"
    )


def runs(python: str) -> bool:
    """Whether a Python of this name is on the PATH and starts (a shim may be there for one that is not)."""
    found = shutil.which(python)
    return bool(found) and subprocess.run([str(found), "-c", ""], check=False, capture_output=True).returncode == 0


def kind_of(python: str) -> str:
    """What wheels for this interpreter must fit."""
    if python == sys.executable:
        return wheels.kind_of_python()
    words = "import sys, sysconfig; print('%d.%d' % sys.version_info[:2], sysconfig.get_platform())"
    return subprocess.run([python, "-c", words], capture_output=True, text=True, check=False).stdout.strip()


def interpreter_of(folder: Path) -> Path:
    """The interpreter's path in a virtual environment, there or not."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


if __name__ == "__main__":
    sys.exit(main())
