"""One batch at a time in a folder of results.

The lock is the operating system's, on a file that says whose it is: it goes with the process that holds it, however
that ends, so a stale one is simply free. Machines that do single packs of a plan share it.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from maya_a2f.core.atomic_file import make_folder, unwritable
from maya_a2f.errors import UserError

LOCK_NAME = ".batch.lock"
_PATIENCE_SECONDS = 20.0
"""What a killed run has started holds the lock too, and needs a moment to notice that it is gone."""
_SURE_SECONDS = 1.0
"""A process that was killed can be seen for a moment yet."""
_BUSY = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)


@contextlib.contextmanager
def folder_lock(folder: Path, *, shared: bool = False) -> Iterator[IO[str]]:
    """Hold the folder within the block; with ``shared``, beside others that share it.

    The lock's file is handed out: a process that inherits it holds the folder too.

    Raises :class:`UserError` ``batch.in_use`` naming the owner, :class:`HostError` ``file.*``.
    """
    make_folder(folder)
    path = folder / LOCK_NAME
    try:
        stream = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise unwritable(path, error) from error
    with stream:
        started = time.monotonic()
        while not _taken(stream, shared):
            owner, waited = _owner_of(stream), time.monotonic() - started
            if waited >= (_SURE_SECONDS if _is_alive(owner) else _PATIENCE_SECONDS):
                raise _in_use(folder, owner)
            time.sleep(0.05)
        if not shared:
            stream.truncate(0)
            stream.write(json.dumps(_owner()))
            stream.flush()
        yield stream


def _taken(stream: IO[str], shared: bool) -> bool:
    """Try once. A file system without locks cannot keep two runs apart and is not asked to."""
    try:
        if sys.platform == "win32":
            import msvcrt

            if shared:
                return True  # Windows has no shared locks of this kind; packs are written whole in any case
            stream.seek(1 << 30)
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
            stream.seek(0)
        else:
            import fcntl

            fcntl.flock(stream, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in _BUSY
    return True


def _owner() -> dict[str, Any]:
    started = datetime.now(UTC).isoformat(timespec="seconds")
    return {"machine": socket.gethostname(), "process": os.getpid(), "started": started}


def _owner_of(stream: IO[str]) -> dict[str, Any]:
    """Who took the lock last; empty where that is not known."""
    try:
        stream.seek(0)
        owner = json.loads(stream.read())
    except (OSError, ValueError):
        return {}
    return owner if isinstance(owner, dict) else {}


def _is_alive(owner: dict[str, Any]) -> bool:
    """Whether the owner is known to run on this machine."""
    process = owner.get("process")
    if owner.get("machine") != socket.gethostname() or not isinstance(process, int) or sys.platform == "win32":
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return not _is_zombie(process)


def _is_zombie(process: int) -> bool:
    """Whether it has ended and nobody has asked how; where containers have no init, that is for good."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except (OSError, IndexError):
        return False


def _in_use(folder: Path, owner: dict[str, Any]) -> UserError:
    who = "another run"
    if owner:
        who = f"process {owner.get('process')} on '{owner.get('machine')}', since {owner.get('started')}"
    return UserError(
        f"The folder '{folder}' is in use by {who}.",
        code="batch.in_use",
        hint="Wait for it, end it, or choose another folder.",
    )
