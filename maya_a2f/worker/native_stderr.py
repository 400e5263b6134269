"""Keep native libraries from writing to the process's stderr.

libmpg123, inside libsndfile, prints remarks about MP3 files straight to file descriptor 2 and offers no switch.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator

# Descriptor 2 belongs to the whole process: two threads that swap it at once would restore the wrong one.
_SWAP = threading.Lock()


@contextlib.contextmanager
def silenced_stderr() -> Iterator[None]:
    """Point descriptor 2 at nothing within the block; does nothing where there is no descriptor 2."""
    with _SWAP:
        try:
            saved = os.dup(2)
        except OSError:
            yield
            return
        try:
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, 2)
            os.close(nothing)
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
