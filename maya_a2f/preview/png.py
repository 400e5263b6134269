"""Writing PNG files (W3C Portable Network Graphics, third edition: 8-bit RGB, one filter for all rows)."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np

from maya_a2f.core.atomic_file import write_atomically
from maya_a2f.preview.arrays import Picture

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_FILTER_UP = 2


def png_bytes(picture: Picture, effort: int = 6) -> bytes:
    """(H, W, 3) uint8 as the content of a PNG file; ``effort`` is zlib's, 1 to 9."""
    height, width = picture.shape[:2]
    rows = np.ascontiguousarray(picture).reshape(height, width * 3)
    filtered = np.empty((height, width * 3 + 1), np.uint8)
    filtered[:, 0] = _FILTER_UP
    filtered[0, 1:] = rows[0]
    filtered[1:, 1:] = rows[1:] - rows[:-1]
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"".join(
        [
            _SIGNATURE,
            _chunk(b"IHDR", header),
            _chunk(b"IDAT", zlib.compress(filtered.tobytes(), effort)),
            _chunk(b"IEND", b""),
        ]
    )


def write_png(picture: Picture, path: Path) -> None:
    """Write (H, W, 3) uint8 whole or not at all. Raises :class:`HostError` when the folder cannot take it."""
    write_atomically(path, png_bytes(picture))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
