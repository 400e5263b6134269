"""The result of one solve: tracks over time, and what made them. A file: ``.a2ftake``.

File layout (version 1), little-endian, lossless, readable with the standard library alone:

    8 bytes   ``A2FTAKE\\x01``
    8 bytes   length of the head, unsigned
    head      UTF-8 JSON: schema, rate, frames, tail_frames, channels, unavailable, made_by, notes
    samples   float64, channel after channel, ``frames`` each
    32 bytes  SHA-256 of everything before
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from maya_a2f.core.atomic_file import write_atomically
from maya_a2f.core.frame_rate import frame_seconds
from maya_a2f.errors import UserError

SCHEMA = "a2f.take/1"
TAKE_RECIPE = 4
"""Raised when takes are made differently: older ones in caches and batches are then made again."""
_MAGIC = b"A2FTAKE\x01"
_DIGEST_BYTES = 32
_LARGEST_HEAD_BYTES = 16 * 2**20


@dataclass(frozen=True)
class Take:
    """Samples of every channel at a fixed rate; frame k lies exactly k/rate seconds after the clip's start."""

    rate: Fraction
    """Frames per second."""
    tracks: Mapping[str, Sequence[float]] = field(repr=False)
    """Channel name -> one value per frame, in column order. All of one length."""
    tail_frames: int = 0
    """How many frames at the end lie after the clip and only bring the face to rest."""
    made_by: Mapping[str, Any] = field(default_factory=dict)
    """What made it, JSON-ready: package and its hash, engine, parameters, emotion, audio and its hash, version."""
    unavailable: tuple[str, ...] = ()
    """Outputs the package could not give, in words."""
    notes: tuple[str, ...] = ()
    """Remarks worth showing: resampled audio, clipped input, a converted mouthClose."""

    @property
    def frame_count(self) -> int:
        """Frames, tail included."""
        return len(next(iter(self.tracks.values()))) if self.tracks else 0

    @property
    def clip_frame_count(self) -> int:
        """Frames within the clip."""
        return self.frame_count - self.tail_frames

    @property
    def duration_seconds(self) -> Fraction:
        """From the first frame to the end of the last, tail included."""
        return frame_seconds(self.frame_count, self.rate)

    def seconds(self, frame: int) -> Fraction:
        """Exact time of a frame after the clip's start."""
        return frame_seconds(frame, self.rate)


def take_bytes(take: Take) -> bytes:
    """The file's content; the same take always gives the same bytes."""
    for name, samples in take.tracks.items():
        if len(samples) != take.frame_count:
            raise ValueError(f"track {name!r} has {len(samples)} samples, the take has {take.frame_count} frames")
    parts = [take_head(take, take.frame_count)]
    parts += [_little_endian(array("d", samples)) for samples in take.tracks.values()]
    body = b"".join(parts)
    return body + hashlib.sha256(body).digest()


def take_head(take: Take, frame_count: int) -> bytes:
    """The file's first part, for a take of so many frames whose samples may be written later, channel after channel."""
    head = {
        "schema": SCHEMA,
        "rate": [take.rate.numerator, take.rate.denominator],
        "frames": frame_count,
        "tail_frames": take.tail_frames,
        "channels": list(take.tracks),
        "unavailable": list(take.unavailable),
        "notes": list(take.notes),
        "made_by": take.made_by,
    }
    head_bytes = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
    return _MAGIC + struct.pack("<Q", len(head_bytes)) + head_bytes


def write_take(take: Take, path: Path) -> None:
    """Write the file whole or not at all. Raises :class:`HostError` when the folder cannot take it."""
    write_atomically(path, take_bytes(take))


def read_take(path: Path) -> Take:
    """Read a ``.a2ftake``. Raises :class:`UserError` ``take.missing``, ``take.damaged`` or ``take.newer``."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(
            f"The take '{path}' cannot be read: {error.strerror or error}.",
            code="take.missing",
            hint="Check the path, or run 'a2f animate' again to make it.",
        ) from error
    return take_from_bytes(content, str(path))


def take_from_bytes(content: bytes, name: str = "take") -> Take:
    """The take in ``content``; ``name`` is what errors call it."""
    if content[: len(_MAGIC) - 1] != _MAGIC[:-1]:
        raise _damaged(name, "it is not an .a2ftake file")
    if content[len(_MAGIC) - 1 : len(_MAGIC)] != _MAGIC[-1:]:
        raise UserError(
            f"The take '{name}' was written by a newer version.", code="take.newer", hint="Update maya_a2f to read it."
        )
    body, digest = content[:-_DIGEST_BYTES], content[-_DIGEST_BYTES:]
    if hashlib.sha256(body).digest() != digest:
        raise _damaged(name, "its checksum does not fit: it is cut short or was changed")
    try:
        return _parse(body)
    except (KeyError, TypeError, ValueError, struct.error, ZeroDivisionError) as error:
        raise _damaged(name, str(error)) from error


def _parse(body: bytes) -> Take:
    start = len(_MAGIC) + 8
    (head_length,) = struct.unpack("<Q", body[len(_MAGIC) : start])
    if head_length > min(_LARGEST_HEAD_BYTES, len(body) - start):
        raise ValueError("its head is larger than the file")
    head = json.loads(body[start : start + head_length])
    if head["schema"] != SCHEMA:
        raise ValueError(f"its schema is {head['schema']!r}, expected {SCHEMA!r}")
    frames = int(head["frames"])
    samples = body[start + head_length :]
    if len(samples) != 8 * frames * len(head["channels"]):
        raise ValueError("the number of samples does not fit its head")
    tracks: dict[str, Sequence[float]] = {}
    for index, channel in enumerate(head["channels"]):
        tracks[str(channel)] = _from_little_endian(samples[8 * frames * index : 8 * frames * (index + 1)])
    return Take(
        rate=Fraction(*head["rate"]),
        tracks=tracks,
        tail_frames=int(head["tail_frames"]),
        made_by=head["made_by"],
        unavailable=tuple(head["unavailable"]),
        notes=tuple(head["notes"]),
    )


def _little_endian(values: array[float]) -> bytes:
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()


def _from_little_endian(content: bytes) -> array[float]:
    values = array("d", content)
    if sys.byteorder == "big":
        values.byteswap()
    # Whatever is not finite makes the sum so; a sum that merely grew too large is looked at closer.
    if not math.isfinite(sum(values)) and not all(map(math.isfinite, values)):
        raise ValueError("it holds values that are not finite numbers")
    return values


def _damaged(name: str, why: str) -> UserError:
    return UserError(
        f"'{name}' cannot be read as a take: {why}.",
        code="take.damaged",
        hint="Make it again with 'a2f animate'.",
    )
