"""Long arrays that lie on disk instead of in memory: read as arrays, their pages given back when they were used.

Files are temporary and vanish with the array. A folder that cannot be written is replaced by the system's own.
"""

from __future__ import annotations

import contextlib
import mmap
import tempfile
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]

IN_MEMORY_SAMPLES = 16000 * 120
"""Longer sounds go to disk: two minutes at the network's rate, 8 MB."""


def temporary_file(folder: Path | None) -> IO[bytes]:
    """An open file without a name in ``folder``, or where the system keeps such files."""
    if folder is not None:
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            return tempfile.TemporaryFile(dir=folder, prefix=".spool.")
    return tempfile.TemporaryFile(prefix="maya_a2f.spool.")


def mapped(stream: IO[bytes], dtype: str, shape: tuple[int, ...], offset: int = 0) -> npt.NDArray[Any]:
    """The array in an open file, read-only, without reading it."""
    return np.memmap(stream, dtype, "r", offset, shape)


def forget_pages(values: npt.NDArray[Any]) -> None:
    """Let the system take back what was read of a mapped array; any other is left alone."""
    base: Any = values
    while base is not None and not isinstance(base, mmap.mmap):
        base = getattr(base, "_mmap", None) if isinstance(base, np.memmap) else getattr(base, "base", None)
    if base is not None and hasattr(base, "madvise"):
        base.madvise(mmap.MADV_DONTNEED)


class GrowingSamples:
    """Samples that come piece by piece: in memory as long as they are few, then in a file of ``folder``.

    Joining a list of pieces at the end would need the memory twice.
    """

    def __init__(self, folder: Path | None, in_memory: int = IN_MEMORY_SAMPLES) -> None:
        """Without a folder everything stays in memory."""
        self._folder, self._in_memory = folder, in_memory
        self._values: Samples = np.empty(1 << 16, np.float32)
        self._count = 0
        self._file: IO[bytes] | None = None

    def append(self, piece: Samples) -> None:
        """Add samples at the end."""
        needed = self._count + len(piece)
        if self._file is None and self._folder is not None and needed > self._in_memory:
            self._file = temporary_file(self._folder)
            self._file.write(self._values[: self._count].astype("<f4", copy=False).data)
            self._values = np.empty(0, np.float32)
        if self._file is not None:
            self._file.write(np.ascontiguousarray(piece, "<f4").data)
        else:
            if needed > len(self._values):
                self._values.resize(max(needed, len(self._values) * 3 // 2), refcheck=False)
            self._values[self._count : needed] = piece
        self._count = needed

    def take(self) -> Samples:
        """All of them, read-only."""
        if self._file is not None:
            self._file.flush()
            with self._file:
                return mapped(self._file, "<f4", (self._count,))
        self._values.resize(self._count, refcheck=False)
        self._values.flags.writeable = False
        return self._values
