"""Making a virtual environment under another name and giving it its own when it is complete.

So the folder by its name is either whole or not there, whatever happens meanwhile. Both names are of the same length:
the scripts and launchers in it hold its path, and can be corrected byte by byte.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from a2f_install.files import delete
from a2f_install.source import InstallError
from a2f_install.steps import SetUpError

PATH_FILE = "maya_a2f_module.pth"
_RENAME_TRIES = 10


def unfinished_name(folder: Path) -> Path:
    """Where the environment ``folder`` is built."""
    return folder.with_name(folder.name[:-1] + ("_" if folder.name.endswith("~") else "~"))


@contextlib.contextmanager
def built(folder: Path) -> Iterator[Path]:
    """A folder to build in; it becomes ``folder`` at the end of the block, and is deleted after an error.

    Raises :class:`SetUpError` where ``folder`` holds something that is no environment, cannot be written, or is being
    built by another process.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / "pyvenv.cfg").is_file():
        raise SetUpError(f"'{folder}' holds files that are no Python environment. Choose another folder.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = folder.with_name(f"{folder.name}.lock")
        with _only_one(lock):
            unfinished = unfinished_name(folder)
            delete(unfinished)
            try:
                yield unfinished
                correct_paths(unfinished, folder)
                delete(folder)
                _rename(unfinished, folder)
            except BaseException:
                with contextlib.suppress(InstallError):
                    delete(unfinished)
                raise
    except (OSError, InstallError) as error:
        raise SetUpError(f"The environment '{folder}' cannot be made: {error}") from error


def correct_paths(unfinished: Path, folder: Path) -> None:
    """Put the final path into the scripts and launchers of the environment (shebangs, activation)."""
    old, new = os.fsencode(unfinished), os.fsencode(folder)
    files = [unfinished / "pyvenv.cfg"]
    for scripts in (unfinished / "bin", unfinished / "Scripts"):
        files += sorted(scripts.iterdir()) if scripts.is_dir() else []
    for path in files:
        if path.is_file() and not path.is_symlink() and path.name.lower() not in ("python.exe", "pythonw.exe"):
            content = path.read_bytes()
            if old in content:
                path.write_bytes(content.replace(old, new))


def add_module(environment: Path, module: Path) -> None:
    """Let the environment's Python import the module from where it lies, which may be read-only.

    The path stands in the file escaped, because before 3.13 Python reads such files in the code page of the system.
    """
    line = f"import sys; p = {str(module)!a}; p in sys.path or sys.path.append(p)\n"
    for packages in [*environment.glob("lib/python3.*/site-packages"), environment / "Lib" / "site-packages"]:
        if packages.is_dir():
            (packages / PATH_FILE).write_text(line, "ascii")


def add_command(environment: Path) -> None:
    """The ``a2f`` command."""
    if os.name == "nt":
        (environment / "Scripts" / "a2f.cmd").write_text('@"%~dp0python.exe" -m maya_a2f.cli.main %*\r\n', "ascii")
        return
    script = environment / "bin" / "a2f"
    script.write_text('#!/bin/sh\nexec "$(dirname "$(realpath "$0")")/python" -m maya_a2f.cli.main "$@"\n', "ascii")
    script.chmod(0o755)


@contextlib.contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    """Hold a lock that the system drops when the process ends. Raises :class:`SetUpError` while another holds it."""
    with lock.open("a+b") as stream:
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise SetUpError(
                "The environment is being set up by another program (another Maya?). Wait for it to end."
            ) from error
        try:
            yield
        finally:
            if sys.platform != "win32":
                lock.unlink()
    if sys.platform == "win32":
        with contextlib.suppress(OSError):
            lock.unlink()


def _rename(old: Path, new: Path) -> None:
    """Rename, patiently: virus scanners on Windows hold new files for a moment."""
    for attempt in range(_RENAME_TRIES):
        try:
            old.rename(new)
            return
        except PermissionError:
            if attempt == _RENAME_TRIES - 1:
                raise
            time.sleep(0.5)
