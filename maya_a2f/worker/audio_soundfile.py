"""WAV, AIFF, FLAC, Ogg, MP3 and their kin through libsndfile."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from maya_a2f.worker.audio_signature import Signature
from maya_a2f.worker.audio_source import BLOCK_SAMPLES, Block, describe_shortfall
from maya_a2f.worker.decoder_stream import DecoderStream
from maya_a2f.worker.native_stderr import silenced_stderr

_LARGEST_BELIEVED = 1 << 48
"""libsndfile says 2^63 - 1 for an unknown length, and passes on whatever a damaged header claims."""

_READ_SAMPLES = 4096
"""The usual frame of FLAC."""

_MEANT_AS_UNKNOWN = 0x7FFF0000
"""Programs that write WAV to a pipe leave the sizes in the header at or just under 2^31 or 2^32."""

_SUBTYPES = {
    "PCM_S8": "8-bit PCM",
    "PCM_U8": "8-bit PCM",
    "PCM_16": "16-bit PCM",
    "PCM_24": "24-bit PCM",
    "PCM_32": "32-bit PCM",
    "FLOAT": "32-bit float",
    "DOUBLE": "64-bit float",
    "ULAW": "u-law",
    "ALAW": "A-law",
    "IMA_ADPCM": "IMA ADPCM",
    "MS_ADPCM": "Microsoft ADPCM",
    "VORBIS": "Vorbis",
    "OPUS": "Opus",
    "MPEG_LAYER_I": "MPEG layer 1",
    "MPEG_LAYER_II": "MPEG layer 2",
    "MPEG_LAYER_III": "MP3",
}
_FORMATS = {"WAVEX": "WAV", "OGG": "Ogg"}

_RAW_GUESSES = {"RAW", "XI", "SDS", "MAT4", "MAT5", "HTK", "WVE", "AVR", "SD2", "VOC", "PAF", "PVF", "IRCAM"}
"""Formats libsndfile recognises by so little that damaged data can pass for them."""


class SoundfileSource:
    """An open file of libsndfile; see :class:`maya_a2f.worker.audio_source.AudioSource`."""

    def __init__(self, path: Path, stream: DecoderStream, file: Any, quiet: bool) -> None:
        self.rate_hz: int = int(file.samplerate)
        self.channels: int = int(file.channels)
        self.format: str = str(file.format)
        self.subtype: str = str(file.subtype)
        self.format_words = describe_format(self.format, self.subtype)
        self.declared_samples: int | None = int(file.frames) if 0 < file.frames < _LARGEST_BELIEVED else None
        self.damage = ""
        self._path = path
        self._stream = stream
        self._file = file
        self._quiet = quiet
        self._first = self._read_block()

    @property
    def holds_sound(self) -> bool:
        """Whether at least one sample could be decoded."""
        return len(self._first) > 0

    def blocks(self) -> Iterator[Block]:
        """The sound from the start; sets :attr:`damage` when it ends."""
        decoded = 0
        block = self._first
        while len(block):
            decoded += len(block)
            yield block
            block = self._read_block()
        self._note_shortfall(decoded)

    def close(self) -> None:
        """Let go of the file."""
        with contextlib.suppress(soundfile.SoundFileError), self._hush():
            self._file.close()
        self._stream.close()

    def _read_block(self) -> Block:
        """The next block, made of small reads: when one fails there is no telling how much of it is good."""
        wanted = max(256, BLOCK_SAMPLES // self.channels)
        pieces = [np.empty((0, self.channels), np.float32)]
        with self._hush():
            while wanted > 0 and not self.damage:
                try:
                    piece = self._file.read(min(wanted, _READ_SAMPLES), dtype="float32", always_2d=True)
                except (soundfile.SoundFileError, OSError) as error:
                    self.damage = f"it cannot be decoded any further ({_reason(error)})"
                    break
                if not len(piece):
                    break
                pieces.append(piece)
                wanted -= len(piece)
        return np.concatenate(pieces)

    def _note_shortfall(self, decoded: int) -> None:
        shortfall = describe_shortfall(decoded, self.declared_samples, self.rate_hz)
        if self._stream.failure:
            self.damage = f"reading failed ({self._stream.failure})"
        elif shortfall:
            self.damage = shortfall
        elif not self.damage:
            self.damage = _cut_short(self._path)

    def _hush(self) -> contextlib.AbstractContextManager[None]:
        return silenced_stderr() if self._quiet else contextlib.nullcontext()


def open_with_soundfile(path: Path, signature: Signature) -> SoundfileSource | None:
    """Open ``path``, or None where libsndfile refuses it or finds no sample in it."""
    stream = DecoderStream(path)
    quiet = signature.name in ("MP3", "")
    source: SoundfileSource | None = None
    try:
        with silenced_stderr() if quiet else contextlib.nullcontext():
            # Given as an object without a name: by its name a ".raw" or ".vox" would be taken for headerless data.
            file = _sequential_file(stream)
        if signature.name or file.format not in _RAW_GUESSES:
            source = SoundfileSource(path, stream, file, quiet)
    except (soundfile.SoundFileError, OSError, ValueError, TypeError, MemoryError):
        source = None
    if source is None or not source.holds_sound:
        stream.close()
        return None
    return source


def describe_format(container: str, subtype: str) -> str:
    """ "WAV, 24-bit PCM" from libsndfile's names."""
    words = _FORMATS.get(container, container)
    coding = _SUBTYPES.get(subtype, subtype.replace("_", " "))
    return words if words == coding else f"{words}, {coding}"


def _sequential_file(stream: Any) -> Any:
    class SequentialFile(soundfile.SoundFile):  # type: ignore[misc,unused-ignore]
        """soundfile seeks after every read, which makes FLAC slow and drops what a wrong length hides."""

        def seekable(self) -> bool:
            return False

    return SequentialFile(stream)


def _cut_short(path: Path) -> str:
    """Words when the outermost chunk of a WAV or AIFF, or the last page of an Ogg, shows that the end is missing."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(12)
        stream.seek(max(0, size - 65_536))
        tail = stream.read()
    if head[:4] in (b"RIFF", b"FORM", b"RIFX"):
        declared = int.from_bytes(head[4:8], "little" if head[:4] == b"RIFF" else "big")
        if size + 1 < declared + 8 and declared & 0x7FFFFFFF < _MEANT_AS_UNKNOWN:
            return f"the file should be {declared + 8} bytes long and has {size}"
    if head[:4] == b"OggS" and not _ends_with_last_page(tail):
        return "its last page is missing"
    return ""


def _ends_with_last_page(tail: bytes) -> bool:
    """Whether the last Ogg page in ``tail`` is whole and marked as the last (RFC 3533 section 6)."""
    page = tail[max(0, tail.rfind(b"OggS")) :]
    if len(page) < 27 or not page[5] & 0x04:
        return False
    segments = page[26]
    return len(page) >= 27 + segments + sum(page[27 : 27 + segments])


def _reason(error: Exception) -> str:
    text = getattr(error, "error_string", None) or str(error)
    return str(text).strip().rstrip(".") or type(error).__name__
