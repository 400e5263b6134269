"""One builder at a time: a lock of the operating system on a file, which goes with the process that holds it."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from maya_a2f.errors import Cancelled

_PAUSE_SECONDS = 0.1


@contextlib.contextmanager
def building_lock(
    path: Path, on_wait: Callable[[], None] = lambda: None, cancelled: Callable[[], bool] = lambda: False
) -> Iterator[None]:
    """Hold the lock ``path``; while another process does, ``on_wait`` hears of it again and again.

    A process that dies lets go of it, however it dies. Where the folder's file system knows no locks, nothing is held:
    then a plan may be built twice, and the later one stays. Raises :class:`Cancelled`, OSError where the file cannot be
    made.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        while not _taken(handle):
            if cancelled():
                raise Cancelled()
            on_wait()
            time.sleep(_PAUSE_SECONDS)
        yield
    finally:
        os.close(handle)  # which lets go


def _taken(handle: int) -> bool:
    """Whether the lock is held now, or can't be by anybody."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        except OSError:
            return True
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
