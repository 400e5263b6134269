"""A take that is written while it is made, stretch after stretch, and read without being loaded.

The file is a ``.a2ftake`` like any other (:mod:`maya_a2f.core.take`).
"""

from __future__ import annotations

import contextlib
import hashlib
import mmap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import numpy as np

from maya_a2f.core.tail import tail_frame_count, with_tail
from maya_a2f.core.take import Take, take_head
from maya_a2f.worker.blendshape_solver import Doubles
from maya_a2f.worker.spool import temporary_file

_PIECE_BYTES = 1 << 20
_DIGEST_BYTES = 32


class TakeFile:
    """Takes the stretches of a clip in order; memory is that of one stretch."""

    def __init__(self, folder: Path | None, plain: Take, frame_count: int, tail_seconds: float) -> None:
        """``plain`` is the take without samples: its tracks only name the channels."""
        tail = tail_frame_count(tail_seconds, plain.rate)
        self._plain, self._frames, self._tail_seconds = plain, frame_count, tail_seconds
        self._total = frame_count + tail
        self._stream = temporary_file(folder)
        with_frames = Take(plain.rate, plain.tracks, tail, plain.made_by, plain.unavailable, plain.notes)
        head = take_head(with_frames, self._total)
        self._stream.write(head)
        self._start = len(head)
        self._ends: dict[str, list[float]] = {}

    def write(self, first: int, channels: Mapping[str, Doubles]) -> None:
        """The frames from ``first`` on, as many as there are values."""
        for place, name in enumerate(self._plain.tracks):
            samples = np.ascontiguousarray(channels[name], "<f8")
            self._write_at(place, first, samples)
            self._remember(name, samples)

    def finished(self) -> memoryview:
        """The file's content, mapped: the ease to rest and the checksum are written. Keeps no memory of its own."""
        for place, name in enumerate(self._plain.tracks):
            # All that the ease looks at: how far the clip goes, its last value and its last velocity.
            clip = Take(self._plain.rate, {name: self._ends[name]})
            eased = with_tail(clip, self._tail_seconds).tracks[name][len(self._ends[name]) :]
            self._write_at(place, self._frames, np.asarray(eased, "<f8"))
        self._stream.flush()
        self._stream.seek(0)
        digest = hashlib.sha256()
        while piece := self._stream.read(_PIECE_BYTES):
            digest.update(piece)
        self._stream.write(digest.digest())
        self._stream.flush()
        return mapped_bytes(self._stream)

    def copy_to(self, stream: IO[bytes]) -> None:
        """The finished file's content."""
        self._stream.seek(0)
        while piece := self._stream.read(_PIECE_BYTES):
            stream.write(piece)

    def close(self) -> None:
        """Let go of the file; what was mapped of it stays readable."""
        self._stream.close()

    def _write_at(self, place: int, frame: int, samples: Doubles) -> None:
        self._stream.seek(self._start + 8 * (place * self._total + frame))
        self._stream.write(samples.data)

    def _remember(self, name: str, samples: Doubles) -> None:
        lowest, highest, *last = self._ends.get(name, [0.0, 0.0])
        last = [*last, *samples[-2:].tolist()][-2:]
        self._ends[name] = [min(lowest, float(samples.min())), max(highest, float(samples.max())), *last]


def mapped_bytes(stream: IO[bytes]) -> memoryview:
    """An open file's content without reading it."""
    return memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))


def opened_take(path: Path) -> memoryview | None:
    """A take's file, mapped, where it is there and whole."""
    with contextlib.suppress(OSError, ValueError), path.open("rb") as stream:
        digest = hashlib.sha256()
        stream.seek(0, 2)
        left = stream.tell() - _DIGEST_BYTES
        stream.seek(0)
        for piece in _pieces(stream, left):
            digest.update(piece)
        if left > 0 and digest.digest() == stream.read(_DIGEST_BYTES):
            return mapped_bytes(stream)
    return None


def _pieces(stream: IO[bytes], count: int) -> Iterator[bytes]:
    while count > 0 and (piece := stream.read(min(count, _PIECE_BYTES))):
        count -= len(piece)
        yield piece
