"""Takes already made, on disk: the same job again only reads its take."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import IO

from maya_a2f.core.atomic_file import atomic_path
from maya_a2f.core.take import Take, read_take, write_take
from maya_a2f.errors import A2FError
from maya_a2f.worker.take_file import opened_take

DEFAULT_LIMIT_BYTES = 512 * 2**20


class TakeCache:
    """A folder of takes by key, held under a size. Never raises: without a usable folder, nothing is cached."""

    def __init__(self, folder: Path, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes

    def read(self, key: str) -> Take | None:
        """The take, or None where it is missing or damaged."""
        path = self._path(key)
        try:
            take = read_take(path)
        except A2FError:
            return None
        with contextlib.suppress(OSError):
            path.touch()  # what was used last is dropped last
        return take

    def write(self, key: str, take: Take) -> None:
        """Keep the take, then drop the oldest ones beyond the limit."""
        with contextlib.suppress(OSError, A2FError):
            self._folder.mkdir(parents=True, exist_ok=True)
            write_take(take, self._path(key))
            self._trim()

    @property
    def folder(self) -> Path:
        """Where the takes lie."""
        return self._folder

    def opened(self, key: str) -> memoryview | None:
        """The file of a take without reading it into memory, or None where it is missing or damaged."""
        found = opened_take(self._path(key))
        if found is not None:
            with contextlib.suppress(OSError):
                self._path(key).touch()
        return found

    def keep(self, key: str, copy_to: Callable[[IO[bytes]], None]) -> None:
        """Keep the file that ``copy_to`` writes, then drop the oldest ones beyond the limit."""
        with contextlib.suppress(OSError, A2FError):
            self._folder.mkdir(parents=True, exist_ok=True)
            with atomic_path(self._path(key)) as temporary, temporary.open("wb") as stream:
                copy_to(stream)
            self._trim()

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.a2ftake"

    def _trim(self) -> None:
        entries = [(entry.stat(), entry) for entry in self._folder.glob("*.a2ftake")]
        entries.sort(key=lambda pair: pair[0].st_mtime_ns, reverse=True)
        total = 0
        for status, entry in entries:
            total += status.st_size
            if total > self._limit_bytes:
                entry.unlink(missing_ok=True)
