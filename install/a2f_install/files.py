"""Writing and deleting files so that nothing is left half-done."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Any

from a2f_install.source import InstallError


def read_text(path: Path) -> str:
    """The file's text; empty where it is missing or cannot be read. Bytes that are no UTF-8 are replaced."""
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""


def write_text(path: Path, text: str, scratch: Path) -> bool:
    """Put ``text`` there, whole or not at all; False when it was there already.

    The unfinished file lies in ``scratch``, which must be on the same disk: Maya reads *every* file in a folder of
    module files. Raises :class:`InstallError`.
    """
    if path.is_file() and path.read_bytes() == text.encode():
        return False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix="maya_a2f-", dir=scratch)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(text.encode())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise InstallError(f"'{path}' cannot be written ({error.strerror or error}).") from error
    return True


def delete(path: Path) -> None:
    """Delete a file or a folder with all in it, read-only ones as well. Raises :class:`InstallError`."""
    try:
        if path.is_dir() and not path.is_symlink():
            # onerror, not onexc: Python 3.9 to 3.11 know only the former
            shutil.rmtree(path, onerror=_make_writable_and_retry)
        elif path.exists() or path.is_symlink():
            path.unlink()
    except OSError as error:
        raise InstallError(
            f"'{path}' cannot be deleted ({error.strerror or error}). Close Maya, and run this again."
        ) from error


def delete_empty(folder: Path) -> bool:
    """Delete the folder if nothing is in it."""
    with contextlib.suppress(OSError):
        folder.rmdir()
        return True
    return False


def is_writable(folder: Path) -> bool:
    """Whether a file can be made in the folder (asked by making one: access rights do not tell on network disks)."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _make_writable_and_retry(function: Any, path: str, _error: Any) -> None:
    for entry in (Path(path).parent, Path(path)):
        with contextlib.suppress(OSError):
            entry.chmod(entry.stat().st_mode | stat.S_IWUSR | (stat.S_IXUSR if entry.is_dir() else 0))
    function(path)
