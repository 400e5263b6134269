"""Cue points and regions of a WAV file. Format: Microsoft, "Multimedia Programming Interface and Data Specifications
1.0" (1991), chunks ``cue``, ``LIST adtl`` with ``labl``, ``note`` and ``ltxt``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from maya_a2f.core.markers import MarkedLine, bad_markers

_MOST_POINTS = 100_000
_LARGEST_CHUNK = 16 * 2**20
_PASSED_OVER = frozenset({b"data", b"ds64", b"JUNK", b"PAD "})


@dataclass
class _Cues:
    rate_hz: int = 0
    places: dict[int, int] = field(default_factory=dict)
    """Cue id -> sample."""
    names: dict[int, str] = field(default_factory=dict)
    lengths: dict[int, int] = field(default_factory=dict)
    """Cue id -> samples of its region."""


def cue_points(path: Path) -> list[MarkedLine]:
    """The lines that the cue points of a WAV mark. Raises :class:`UserError` ``markers.bad``, and ``OSError``."""
    cues = _Cues()
    with path.open("rb") as stream:
        head = stream.read(12)
        if head[:4] not in (b"RIFF", b"RF64") or head[8:] != b"WAVE":
            raise bad_markers(f"'{path}' is no WAV file")
        for name, content in _chunks(stream, path):
            try:
                _take_in(cues, name, content)
            except struct.error as error:
                raise bad_markers(f"the cue points of '{path}' are damaged") from error
    if not cues.places or not cues.rate_hz:
        raise bad_markers(f"'{path}' has no cue points")
    ordered = sorted(cues.places.items(), key=lambda item: item[1])
    return [
        MarkedLine(
            name=cues.names.get(cue, ""),
            start_seconds=sample / cues.rate_hz,
            end_seconds=(sample + cues.lengths[cue]) / cues.rate_hz if cues.lengths.get(cue) else None,
        )
        for cue, sample in ordered
    ]


def _chunks(stream: BinaryIO, path: Path) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of every chunk that can matter here; the samples are passed over."""
    data_bytes = 0
    while len(head := stream.read(8)) == 8:
        name, size = head[:4], struct.unpack("<I", head[4:])[0]
        if name == b"ds64":
            content = stream.read(min(size, 1024))
            if len(content) >= 16:
                data_bytes = struct.unpack_from("<Q", content, 8)[0]
            stream.seek(size - len(content) + size % 2, 1)
            continue
        if name == b"data" and size == 0xFFFFFFFF:
            size = data_bytes
        if name in _PASSED_OVER:
            stream.seek(size + size % 2, 1)
            continue
        if size > _LARGEST_CHUNK:
            raise bad_markers(f"'{path}' has a chunk of {size} bytes where cue points should be")
        yield name, stream.read(size)
        stream.seek(size % 2, 1)


def _take_in(cues: _Cues, name: bytes, content: bytes) -> None:
    if name == b"fmt ":
        cues.rate_hz = struct.unpack_from("<I", content, 4)[0]
    elif name == b"cue ":
        count = min(struct.unpack_from("<I", content)[0], _MOST_POINTS)
        for index in range(count):
            cue, _, _, _, _, sample = struct.unpack_from("<II4sIII", content, 4 + 24 * index)
            cues.places[cue] = sample
    elif name == b"LIST" and content[:4] == b"adtl":
        _take_labels(cues, content[4:])


def _take_labels(cues: _Cues, content: bytes) -> None:
    at = 0
    while at + 12 <= len(content):
        name, size, cue = struct.unpack_from("<4sII", content, at)
        body = content[at + 12 : at + 8 + size]
        if name == b"labl":
            cues.names[cue] = body.partition(b"\0")[0].decode("utf-8", "replace").strip()
        elif name == b"ltxt" and len(body) >= 4:
            cues.lengths[cue] = struct.unpack_from("<I", body)[0]
        at += 8 + size + size % 2
