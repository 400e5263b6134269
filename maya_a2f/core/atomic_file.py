"""Writing files whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from maya_a2f.errors import HostError


@contextlib.contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A temporary path beside ``path`` to write to; it replaces ``path`` when the block ends, and goes when it fails.

    Raises :class:`HostError` ``file.unwritable`` or ``file.disk_full``. Other exceptions of the block pass through.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=path.suffix or ".part", dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise unwritable(path, error) from error
    temporary = Path(name)
    try:
        yield temporary
        _open_to_readers(temporary)
        temporary.replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise unwritable(path, error) from error
        raise


def make_folder(folder: Path) -> None:
    """Make a folder and those above it. Raises :class:`HostError` ``file.unwritable`` or ``file.disk_full``."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error


def write_atomically(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` whole or not at all. Raises as :func:`atomic_path`."""
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def unwritable(path: Path, error: OSError) -> HostError:
    """The error for a file that could not be written, with the reason in words."""
    if error.errno == errno.ENOSPC:
        return HostError(
            f"The disk is full: '{path}' was not written.",
            code="file.disk_full",
            hint="Free some space or choose another folder, then run again.",
        )
    if isinstance(error, FileNotFoundError):
        why, hint = "its folder does not exist", f"Create the folder '{path.parent}' or choose another."
    elif isinstance(error, PermissionError) or error.errno == errno.EROFS:
        why, hint = "the folder is read-only", "Choose a folder you may write to."
    else:
        why, hint = error.strerror or str(error), "Choose another folder."
    return HostError(f"'{path}' was not written: {why}.", code="file.unwritable", hint=hint)


def _open_to_readers(path: Path) -> None:
    """mkstemp makes files private; give them the permissions an ordinary new file would have."""
    if os.name == "posix":
        mask = os.umask(0)
        os.umask(mask)
        path.chmod(0o666 & ~mask)
