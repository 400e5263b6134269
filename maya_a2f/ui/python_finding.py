"""Which Python can carry the worker's environment: where to look on each system, and what is wrong with a find.

Nothing here runs a process; :mod:`maya_a2f.ui.python_search` does.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SUPPORTED: Final = ((3, 11), (3, 12), (3, 13))
PROBE: Final = (
    "import importlib.util as u, json, platform, sys;"
    "print(json.dumps(dict(version=list(sys.version_info[:3]), executable=sys.executable, bits=sys.maxsize.bit_length()"
    "+1, prefix=sys.base_prefix, machine=platform.machine(), venv=bool(u.find_spec('venv') and"
    " u.find_spec('ensurepip')))))"
)
"""Run by a candidate; prints what :func:`understood` reads."""


@dataclass(frozen=True)
class Machine:
    """Where to look; tests describe other machines."""

    platform: str
    """``win32``, ``darwin`` or ``linux``."""
    environ: Mapping[str, str]
    home: Path
    root: Path = Path("/")

    def is_of_maya(self, path: Path) -> bool:
        """Whether the path is a Maya's own Python or lies inside a Maya."""
        if path.name.lower().startswith("mayapy"):
            return True
        maya = self.environ.get("MAYA_LOCATION", "")
        forms = {path, _resolved(path)}
        if maya and any(Path(maya) in form.parents or _resolved(Path(maya)) in form.parents for form in forms):
            return True
        return any("autodesk" in part.lower() for form in forms for part in form.parts)


@dataclass(frozen=True)
class FoundPython:
    """A Python that answered."""

    command: tuple[str, ...]
    version: tuple[int, int, int]
    executable: str
    problem: str = ""
    """Why it can't be used, as a sentence; empty where it can."""

    @property
    def label(self) -> str:
        """For a list."""
        return f"Python {'.'.join(map(str, self.version))}  –  {self.executable}"


def candidates(machine: Machine) -> list[tuple[str, ...]]:
    """Commands that may start a Python, best first, each once; none of Maya's."""
    names = [f"python{major}.{minor}" for major, minor in SUPPORTED]
    found: list[tuple[str, ...]] = []
    if machine.platform == "win32":
        launcher = _on_path(machine, ["py.exe"])
        found += [(str(path), f"-{major}.{minor}") for path in launcher[:1] for major, minor in SUPPORTED]
        places = list(_windows_places(machine))
        on_path = _on_path(machine, ["python.exe", "python3.exe"])
    else:
        places = list(_unix_places(machine, names))
        on_path = _on_path(machine, [*names, "python3", "python"])
    places += list(_version_tools(machine))
    # a stub in WindowsApps opens the store instead of running
    usable = [path for path in (*on_path, *places) if path.is_file() and "WindowsApps" not in path.parts]
    return list(dict.fromkeys([*found, *((str(path),) for path in usable if not machine.is_of_maya(path))]))


def understood(command: Iterable[str], output: str, machine: Machine) -> FoundPython | None:
    """What a candidate printed for :data:`PROBE`; None where that is no answer."""
    try:
        data = json.loads(output.strip().splitlines()[-1])
        major, minor, micro = (int(part) for part in data["version"])
        executable, prefix = str(data["executable"]), str(data["prefix"])
        bits, has_venv = int(data["bits"]), bool(data["venv"])
    except (ValueError, IndexError, KeyError, TypeError):
        return None
    problem = ""
    if machine.is_of_maya(Path(executable)) or machine.is_of_maya(Path(prefix) / "python"):
        problem = "It belongs to Maya, whose Python can't carry an environment of its own."
    elif (major, minor) not in SUPPORTED:
        problem = f"It is version {major}.{minor}; 3.11, 3.12 or 3.13 is needed."
    elif bits < 64:
        problem = "It is a 32-bit Python; a 64-bit one is needed."
    elif not has_venv:
        problem = (
            f"It can't make environments. Install its package for that: sudo apt install python{major}.{minor}-venv"
        )
    return FoundPython(tuple(command), (major, minor, micro), executable, problem)


def ranked(found: Iterable[FoundPython]) -> list[FoundPython]:
    """Each interpreter once, the usable ones first, in the order of :data:`SUPPORTED`, newest micro version first."""
    single = {_resolved(Path(python.executable)): python for python in reversed(list(found))}
    return sorted(single.values(), key=lambda python: (bool(python.problem), python.version[:2], -python.version[2]))


def advice(platform: str) -> str:
    """What to do where there is no usable Python."""
    if platform == "win32":
        return (
            "Open a terminal (Windows key, type cmd) and run:  winget install Python.Python.3.12\n"
            "or get the 64-bit installer of Python 3.12 from https://www.python.org/downloads/windows.\n"
            "No administrator is needed for either. Then press Look again."
        )
    if platform == "darwin":
        return (
            "Get the installer of Python 3.12 from https://www.python.org/downloads/macos,\n"
            "or with Homebrew, in Terminal:  brew install python@3.12\n"
            "Then press Look again."
        )
    return (
        "In a terminal, on Ubuntu or Debian:  sudo apt install python3.12 python3.12-venv  (or 3.11, 3.13)\n"
        "On Rocky, Alma or RHEL:  sudo dnf install python3.12\n"
        "Then press Look again."
    )


def _windows_places(machine: Machine) -> Iterator[Path]:
    folders = [
        Path(machine.environ[name]) / below
        for name, below in (("LOCALAPPDATA", "Programs/Python"), ("ProgramFiles", ""))
        if machine.environ.get(name)
    ]
    for major, minor in SUPPORTED:
        yield from (folder / f"Python{major}{minor}" / "python.exe" for folder in folders)


def _unix_places(machine: Machine, names: Iterable[str]) -> Iterator[Path]:
    places = ["usr/bin", "usr/local/bin"]
    if machine.platform == "darwin":
        places = ["opt/homebrew/bin", "usr/local/bin", "usr/bin"]
        for major, minor in SUPPORTED:
            yield (
                machine.root / f"Library/Frameworks/Python.framework/Versions/{major}.{minor}/bin/python{major}.{minor}"
            )
    for place in places:
        yield from (machine.root / place / name for name in (*names, "python3"))


def _version_tools(machine: Machine) -> Iterator[Path]:
    """What pyenv and uv keep below the home folder."""
    pyenv = Path(machine.environ.get("PYENV_ROOT") or machine.home / ".pyenv")
    folders = [pyenv / "versions", pyenv / "pyenv-win" / "versions"]
    if machine.platform == "win32" and machine.environ.get("APPDATA"):
        folders.append(Path(machine.environ["APPDATA"]) / "uv" / "python")
    else:
        folders.append(machine.home / ".local" / "share" / "uv" / "python")
    executable = "python.exe" if machine.platform == "win32" else "bin/python3"
    for folder in folders:
        for major, minor in SUPPORTED:
            for pattern in (f"{major}.{minor}.*", f"cpython-{major}.{minor}.*"):
                yield from (path / executable for path in sorted(folder.glob(pattern), reverse=True))


def _on_path(machine: Machine, names: Iterable[str]) -> list[Path]:
    separator = ";" if machine.platform == "win32" else ":"
    path = next((value for name, value in machine.environ.items() if name.upper() == "PATH"), "")
    folders = [Path(entry.strip('"')) for entry in path.split(separator) if entry]
    return [folder / name for name in names for folder in folders if (folder / name).is_file()]


def _resolved(path: Path) -> Path:
    return Path(os.path.realpath(path))
