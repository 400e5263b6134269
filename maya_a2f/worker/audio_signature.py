"""What a file is, told from its first bytes; its name is never asked.

Sources of the byte marks: the formats' own public specifications (RIFF, AIFF-C, RFC 9639, RFC 3533, ISO 14496-12,
ISO 11172-3, EBML) and the usual table of file marks.
"""

from __future__ import annotations

from dataclasses import dataclass

HEAD_SIZE = 512
"""Bytes of the file's start that :func:`recognise` wants to see."""


@dataclass(frozen=True)
class Signature:
    """What the first bytes say."""

    name: str
    """In words, with article where it is no sound: "WAV", "a PNG picture"; empty when unknown."""
    is_sound: bool
    """False: certainly no recording. True: may hold one (unknown data included)."""


UNKNOWN = Signature("", True)

_SOUND_MARKS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"fLaC", "FLAC"),
    (0, b"OggS", "Ogg"),
    (0, b"ID3", "MP3"),
    (0, b"caff", "CAF"),
    (0, b".snd", "AU"),
    (0, b"riff\x2e\x91\xcf\x11", "Wave64"),
    (4, b"ftyp", "MPEG-4"),
    (4, b"moov", "MPEG-4"),
    (4, b"mdat", "MPEG-4"),
    (0, b"\x1a\x45\xdf\xa3", "Matroska"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "Windows Media"),
    (0, b"#!AMR", "AMR"),
    (0, b"wvPk", "WavPack"),
    (0, b"MAC ", "Monkey's Audio"),
    (0, b"\x0b\x77", "AC-3"),
    (0, b"FLV\x01", "Flash video"),
)

_OTHER_MARKS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"BM6", "a BMP picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"MThd", "a MIDI file, which holds notes and no sound"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"//Maya", "a Maya scene"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"#EXTM3U", "a playlist"),
    (b"<!DOCTYPE", "a web page"),
    (b"<html", "a web page"),
    (b"version https://git-lfs", "a Git LFS pointer; the recording itself was not fetched"),
)


def recognise(head: bytes) -> Signature:
    """The signature of a file that starts with ``head`` (:data:`HEAD_SIZE` bytes or fewer)."""
    form = head[8:12]
    if head[:4] in (b"RIFF", b"RIFX", b"RF64", b"BW64"):
        return _recognise_riff(form)
    if head[:4] == b"FORM" and form in (b"AIFF", b"AIFC"):
        return Signature("AIFF", True)
    if head[:4] in (b"FOR4", b"FOR8") and b"Maya" in head:
        return Signature("a Maya scene", False)
    for start, mark, name in _SOUND_MARKS:
        if head[start : start + len(mark)] == mark:
            return Signature(name, True)
    for mark, name in _OTHER_MARKS:
        if head[: len(mark)].lower() == mark.lower():
            return Signature(name, False)
    if _is_mpeg_frame(head):
        return Signature("MP3" if head[1] & 0x06 else "AAC", True)
    return UNKNOWN


def _recognise_riff(form: bytes) -> Signature:
    if form == b"WEBP":
        return Signature("a WebP picture", False)
    if form in (b"AVI ", b"AVIX"):
        return Signature("AVI", True)
    return Signature("WAV", True) if form == b"WAVE" else UNKNOWN


def _is_mpeg_frame(head: bytes) -> bool:
    """Eleven set bits start a frame of MPEG audio; the reserved version, and a bit rate of all ones, exclude it."""
    if len(head) < 3 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    return head[1] & 0x18 != 0x08 and (head[1] & 0x06 == 0 or head[2] & 0xF0 != 0xF0)
