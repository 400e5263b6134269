"""The header of plain PCM in WAV and AIFF, read without a decoder: is this a file that Maya plays as it is?

Sources: Microsoft, "Multimedia Programming Interface and Data Specifications 1.0" (RIFF WAVE) and the extensible wave
format; Apple, "Audio Interchange File Format 1.3".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_WAVE_PCM = 1
_WAVE_EXTENSIBLE = 0xFFFE
_LARGEST_HEADER_CHUNK = 4096


@dataclass(frozen=True)
class PcmHeader:
    """Integer PCM in WAV or AIFF."""

    suffixes: tuple[str, ...]
    """The endings such a file's name should have."""
    bits: int
    """Per sample."""
    rate_hz: int
    channels: int
    sample_count: int
    """Per channel, as far as the data really goes."""
    is_complete: bool
    """Whether all the samples that the header promises are there."""


def read_pcm_header(path: Path) -> PcmHeader | None:
    """The header of ``path``, or None where it is not integer PCM in WAV or uncompressed AIFF. Raises OSError."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(12)
        if head[:4] == b"RIFF" and head[8:] == b"WAVE":
            return _read_wav(stream, size)
        if head[:4] == b"FORM" and head[8:] == b"AIFF":
            return _read_aiff(stream, size)
    return None


def _chunks(stream: BinaryIO, size: int, order: str) -> Iterator[tuple[bytes, int]]:
    """Name and length of each chunk, with the stream at its content."""
    position = stream.tell()
    while position + 8 <= size:
        stream.seek(position)
        name, length = struct.unpack(order + "4sI", stream.read(8))
        yield name, length
        position += 8 + length + length % 2


def _read_wav(stream: BinaryIO, size: int) -> PcmHeader | None:
    form: tuple[int, int, int] | None = None
    for name, length in _chunks(stream, size, "<"):
        if name == b"fmt " and 16 <= length <= _LARGEST_HEADER_CHUNK:
            form = _wav_form(stream.read(length))
        elif name == b"data":
            return _header((".wav", ".wave"), form, length, size - stream.tell())
    return None


def _wav_form(fmt: bytes) -> tuple[int, int, int] | None:
    """(bits, rate, channels) of a ``fmt `` chunk, None unless it is integer PCM."""
    if len(fmt) < 16:
        return None
    tag, channels, rate_hz, _, frame_size, bits = struct.unpack("<HHIIHH", fmt[:16])
    if tag == _WAVE_EXTENSIBLE and len(fmt) >= 26:
        tag = struct.unpack("<H", fmt[24:26])[0]
    if tag != _WAVE_PCM or bits == 0 or channels == 0 or frame_size != channels * -(-bits // 8):
        return None
    return bits, rate_hz, channels


def _read_aiff(stream: BinaryIO, size: int) -> PcmHeader | None:
    form: tuple[int, int, int] | None = None
    sound: tuple[int, int] | None = None
    for name, length in _chunks(stream, size, ">"):
        if name == b"COMM" and 18 <= length <= _LARGEST_HEADER_CHUNK:
            channels, _, bits, rate = struct.unpack(">HIH10s", stream.read(18))
            form = (bits, _extended_to_int(rate), channels) if bits and channels else None
        elif name == b"SSND" and length >= 8:
            offset = int.from_bytes(stream.read(4), "big")
            stream.read(4)
            sound = (length - 8 - offset, size - stream.tell() - offset)
    return None if sound is None else _header((".aif", ".aiff"), form, *sound)


def _header(
    suffixes: tuple[str, ...], form: tuple[int, int, int] | None, promised: int, there: int
) -> PcmHeader | None:
    if form is None:
        return None
    bits, rate_hz, channels = form
    count = max(0, min(promised, there)) // (-(-bits // 8) * channels)
    return PcmHeader(suffixes, bits, rate_hz, channels, count, 0 < promised <= there)


def _extended_to_int(value: bytes) -> int:
    """The whole part of an 80-bit extended float: sign and exponent in 16 bits, then a 64-bit significand."""
    exponent = int.from_bytes(value[:2], "big") - 16383
    significand = int.from_bytes(value[2:], "big")
    return significand >> (63 - exponent) if 0 <= exponent <= 63 else 0
