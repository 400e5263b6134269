"""A folder of wheels, for computers without a network: filled on one that has it, with the same system and Python."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from pathlib import Path

from a2f_install.steps import Progress, SetUpError, clean_environment

CONTENTS = "a2f-wheels.json"
"""In the folder: for which systems and Pythons it was filled."""


def offline_words(wheels: Path | None) -> list[str]:
    """pip's words for installing from a folder alone; none for the network."""
    return [] if wheels is None else ["--no-index", "--find-links", str(wheels)]


def kind_of_python() -> str:
    """What wheels must fit: ``3.11 linux-x86_64``."""
    return f"{sys.version_info[0]}.{sys.version_info[1]} {sysconfig.get_platform()}"


def kinds_in(wheels: Path) -> list[str]:
    """The Pythons for which the folder was filled; empty where it does not say."""
    try:
        data = json.loads((wheels / CONTENTS).read_text("utf-8"))
        return [str(entry) for entry in data["filled for"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def check(wheels: Path, kind: str) -> None:
    """Raises :class:`SetUpError` where the folder cannot serve a Python of this kind."""
    if not wheels.is_dir():
        raise SetUpError(f"There is no folder '{wheels}'. Fill one with:  python3 install/bootstrap.py wheels DIR")
    if not any(wheels.glob("*.whl")):
        raise SetUpError(f"'{wheels}' holds no wheels. Fill it with:  python3 install/bootstrap.py wheels DIR")
    kinds = kinds_in(wheels)
    if kinds and kind not in kinds:
        raise SetUpError(
            f"'{wheels}' was filled for Python {', '.join(kinds)}; this is {kind}.\n"
            "Use such a Python, or fill the folder again on a computer like this one (several may be in one folder)."
        )


def download_command(python: str, folder: Path, requirements: Sequence[str]) -> list[str]:
    """The command that fills the folder."""
    words = ["--disable-pip-version-check", "--only-binary=:all:", "--dest", str(folder)]
    return [python, "-m", "pip", "download", *words, *requirements]


def fill(folder: Path, requirements: Sequence[str], progress: Progress) -> int:
    """Download the wheels for this Python and system; how many lie there. Raises :class:`SetUpError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SetUpError(f"'{folder}' cannot be made ({error}).") from error
    with tempfile.TemporaryDirectory() as scratch:
        progress.step(
            "  downloading wheels",
            download_command(_python_with_pip(Path(scratch), progress), folder, requirements),
            "pip could not download the packages. Check the network (or your pip settings) and run this again.",
        )
    kinds = sorted({*kinds_in(folder), kind_of_python()})
    (folder / CONTENTS).write_text(json.dumps({"filled for": kinds}, indent=1) + "\n", "utf-8")
    return len(list(folder.glob("*.whl")))


def _python_with_pip(scratch: Path, progress: Progress) -> str:
    """This Python, or an environment of it where it has no pip of its own (Debian's)."""
    command = [sys.executable, "-m", "pip", "--version"]
    if subprocess.run(command, capture_output=True, check=False, env=dict(clean_environment())).returncode == 0:
        return sys.executable
    progress.step(
        "  preparing pip",
        [sys.executable, "-m", "venv", str(scratch / "pip")],
        "Python could not create a virtual environment. On Debian or Ubuntu: 'apt install python3-venv', then again.",
    )
    return str(scratch / "pip" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))
