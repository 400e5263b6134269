"""Raw network output kept on disk, so that turning a dial never runs the network again.

One ``.npy`` per result, named by a digest of everything that decides it. Files are written whole or not at all and
checked when read, so several processes may use one folder; a file that vanishes or is damaged is simply computed again.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
import shutil
from collections.abc import Iterable
from fractions import Fraction
from io import BufferedReader
from pathlib import Path

import numpy as np

from maya_a2f.core.atomic_file import atomic_path
from maya_a2f.errors import A2FError
from maya_a2f.worker.emotion_track import EmotionTrack
from maya_a2f.worker.package import Floats
from maya_a2f.worker.spool import forget_pages, mapped, temporary_file

DEFAULT_LIMIT_BYTES = 2 * 1024**3
_SCHEMA = "a2f.infer/1"
_SUFFIX = ".npy"
_DIGEST_BYTES = 32
_PIECE_SAMPLES, _PIECE_ROWS = 1 << 20, 1024
_HEX_DIGITS = frozenset("0123456789abcdef")


def infer_key(
    audio: Floats, package_hash: str, emotion: EmotionTrack, rate: Fraction, input_strength: float, engine: str
) -> str:
    """64 hex digits over everything the network's output depends on. ``audio`` is (N,) at the network's rate;
    ``engine`` is its name and precision: a take names the engine, so its numbers must be that one's."""
    key = hashlib.sha256()
    gain = float(np.float32(input_strength))
    described = (_SCHEMA, package_hash, emotion.digest(), str(rate), gain.hex(), engine, str(len(audio)))
    for part in described:
        key.update(part.encode() + b"\0")
    for first in range(0, len(audio), _PIECE_SAMPLES):
        key.update(np.ascontiguousarray(audio[first : first + _PIECE_SAMPLES], "<f4").data)
        forget_pages(audio)
    return key.hexdigest()


class InferCache:
    """Results in ``folder``, at most ``limit_bytes`` of them; those unused for longest go first.

    A cache may fail without harm, so neither method raises.
    """

    def __init__(self, folder: Path, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes

    def read(self, key: str, opened_above: int = DEFAULT_LIMIT_BYTES) -> Floats | None:
        """The (frames, R) result stored under ``key``; None where there is none or it is damaged.

        One of more bytes than ``opened_above`` stays on disk and is read where it is looked at.
        """
        path = self._path(key)
        with contextlib.suppress(OSError):
            if path.stat().st_size > opened_above:
                return self._opened(path)
        try:
            with path.open("rb") as stream:
                result = _read_result(stream, os.fstat(stream.fileno()).st_size)
            os.utime(path)
        except (OSError, ValueError, EOFError):
            return None
        return result

    def _opened(self, path: Path) -> Floats | None:
        try:
            with path.open("rb") as stream:
                shape = _header(stream, os.fstat(stream.fileno()).st_size)
                result: Floats = mapped(stream, "<f4", shape, stream.tell())
                checksum = hashlib.sha256(repr(shape).encode())
                for first in range(0, shape[0], _PIECE_ROWS):
                    checksum.update(np.ascontiguousarray(result[first : first + _PIECE_ROWS]).data)
                    forget_pages(result)
                stream.seek(-_DIGEST_BYTES, os.SEEK_END)
                if checksum.digest() != stream.read(_DIGEST_BYTES):
                    return None
            os.utime(path)
        except (OSError, ValueError, EOFError):
            return None
        return result

    def write_rows(self, key: str, shape: tuple[int, int], rows: Iterable[Floats]) -> Floats:
        """Keep (frames, R) given row by row, never all of it in memory; returns it, on disk.

        What stops ``rows`` stops this, and nothing is kept. Where the folder cannot take it, the result lies in a
        temporary file.
        """
        with temporary_file(self._folder) as stream:
            np.lib.format.write_array_header_1_0(stream, {"descr": "<f4", "fortran_order": False, "shape": shape})
            start = stream.tell()
            checksum = hashlib.sha256(repr(shape).encode())
            for piece in rows:
                content = np.ascontiguousarray(piece, "<f4")
                stream.write(content.data)
                checksum.update(content.data)
            stream.write(checksum.digest())
            stream.flush()
            result: Floats = mapped(stream, "<f4", shape, start)
            if result.nbytes <= self._limit_bytes:
                with contextlib.suppress(OSError, A2FError), atomic_path(self._path(key)) as temporary:
                    stream.seek(0)
                    with temporary.open("wb") as kept:
                        shutil.copyfileobj(stream, kept, 1 << 20)
                self._make_room()
        return result

    def write(self, key: str, result: Floats) -> None:
        """Keep (frames, R) ``result`` under ``key`` and make room for it; one larger than the limit is not kept."""
        if result.nbytes > self._limit_bytes:
            return
        with contextlib.suppress(OSError, A2FError):
            self._folder.mkdir(parents=True, exist_ok=True)
            with atomic_path(self._path(key)) as temporary, temporary.open("wb") as stream:
                content = np.ascontiguousarray(result, "<f4")
                np.save(stream, content, allow_pickle=False)
                stream.write(_checksum(content))
            self._make_room()

    def _path(self, key: str) -> Path:
        if not key or not set(key) <= _HEX_DIGITS:
            raise ValueError(f"not a cache key: {key!r}")
        return self._folder / f"{key}{_SUFFIX}"

    def _make_room(self) -> None:
        """Delete the files unused for longest until the rest fits. Another process may delete them first."""
        entries = []
        for path in self._folder.glob(f"*{_SUFFIX}"):
            with contextlib.suppress(OSError):
                state = path.stat()
                entries.append((state.st_mtime_ns, state.st_size, path))
        total = sum(size for _, size, _ in entries)
        for _, size, path in sorted(entries, key=lambda entry: entry[0])[:-1]:
            if total <= self._limit_bytes:
                return
            with contextlib.suppress(OSError):  # open in another process (Windows): it goes another time
                path.unlink()
                total -= size


def _read_result(stream: BufferedReader, file_bytes: int) -> Floats:
    """The array, its checksum compared. Raises ValueError, EOFError or OSError."""
    shape = _header(stream, file_bytes)
    values: Floats = np.fromfile(stream, "<f4", math.prod(shape)).reshape(shape)
    if _checksum(values) != stream.read(_DIGEST_BYTES):
        raise ValueError("checksum differs")
    return values


def _header(stream: BufferedReader, file_bytes: int) -> tuple[int, ...]:
    """The shape of the array that follows. Raises as :func:`_read_result`."""
    if np.lib.format.read_magic(stream) != (1, 0):
        raise ValueError("unexpected version")
    shape, fortran_order, dtype = np.lib.format.read_array_header_1_0(stream)
    left = file_bytes - stream.tell() - _DIGEST_BYTES
    if len(shape) != 2 or fortran_order or dtype != np.dtype("<f4") or math.prod(shape) * 4 != left:
        raise ValueError("unexpected array")
    return tuple(shape)


def _checksum(values: Floats) -> bytes:
    checksum = hashlib.sha256(repr(values.shape).encode())
    checksum.update(values.data)
    return checksum.digest()
