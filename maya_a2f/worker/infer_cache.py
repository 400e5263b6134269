"""Raw network output kept on disk, so that turning a dial never runs the network again.

One ``.npy`` per result, named by a digest of everything that decides it. Files are written whole or not at all and
checked when read, so several processes may use one folder; a file that vanishes or is damaged is simply computed again.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
from fractions import Fraction
from io import BufferedReader
from pathlib import Path

import numpy as np

from maya_a2f.core.atomic_file import atomic_path
from maya_a2f.errors import A2FError
from maya_a2f.worker.emotion_track import EmotionTrack
from maya_a2f.worker.package import Floats

DEFAULT_LIMIT_BYTES = 2 * 1024**3
_SCHEMA = "a2f.infer/1"
_SUFFIX = ".npy"
_DIGEST_BYTES = 32
_HEX_DIGITS = frozenset("0123456789abcdef")


def infer_key(
    audio: Floats, package_hash: str, emotion: EmotionTrack, rate: Fraction, input_strength: float, precision: str
) -> str:
    """64 hex digits over everything the network's output depends on. ``audio`` is (N,) at the network's rate."""
    key = hashlib.sha256()
    gain = float(np.float32(input_strength))
    described = (_SCHEMA, package_hash, emotion.digest(), str(rate), gain.hex(), precision, str(len(audio)))
    for part in described:
        key.update(part.encode() + b"\0")
    key.update(np.ascontiguousarray(audio, "<f4").data)
    return key.hexdigest()


class InferCache:
    """Results in ``folder``, at most ``limit_bytes`` of them; those unused for longest go first.

    A cache may fail without harm, so neither method raises.
    """

    def __init__(self, folder: Path, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes

    def read(self, key: str) -> Floats | None:
        """The (frames, R) result stored under ``key``; None where there is none or it is damaged."""
        path = self._path(key)
        try:
            with path.open("rb") as stream:
                result = _read_result(stream, os.fstat(stream.fileno()).st_size)
            os.utime(path)
        except (OSError, ValueError, EOFError):
            return None
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
    if np.lib.format.read_magic(stream) != (1, 0):
        raise ValueError("unexpected version")
    shape, fortran_order, dtype = np.lib.format.read_array_header_1_0(stream)
    left = file_bytes - stream.tell() - _DIGEST_BYTES
    if len(shape) != 2 or fortran_order or dtype != np.dtype("<f4") or math.prod(shape) * 4 != left:
        raise ValueError("unexpected array")
    values: Floats = np.fromfile(stream, "<f4", math.prod(shape)).reshape(shape)
    if _checksum(values) != stream.read(_DIGEST_BYTES):
        raise ValueError("checksum differs")
    return values


def _checksum(values: Floats) -> bytes:
    checksum = hashlib.sha256(repr(values.shape).encode())
    checksum.update(values.data)
    return checksum.digest()
