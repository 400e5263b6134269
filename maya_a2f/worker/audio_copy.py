"""The sound as Maya plays it: the recording itself where it is plain PCM, else a 16-bit WAV beside the scene.

Maya 2025 and later plays PCM WAV and AIFF on every system and nothing else everywhere (specification, maya.md
section 10).
"""

from __future__ import annotations

import hashlib
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from maya_a2f.core.atomic_file import atomic_path, make_folder
from maya_a2f.core.sound_copy import copy_name, is_plain
from maya_a2f.errors import UserError
from maya_a2f.worker.audio_source import AudioSource, Block, open_audio
from maya_a2f.worker.audio_stretch import Stretch, StretchReader
from maya_a2f.worker.pcm_header import PcmHeader, read_pcm_header
from maya_a2f.worker.resampling import Resampler, make_resampler

Pcm16 = npt.NDArray[np.int16]

_PLAYED_BITS = (8, 16, 24)
_LOWEST_RATE_HZ = 8000
_HIGHEST_RATE_HZ = 192_000
_REPLACED_LOW_HZ = 16000
_REPLACED_HIGH_HZ = 48000
_MOST_CHANNELS = 2
_LARGEST_WAV = 2**32 - 1024
"""A WAV counts its bytes in 32 bits."""
_RECIPE = "a2f.audio-copy/1"
"""Part of the copy's name: when copies are made differently, older ones are no longer reused."""


@dataclass(frozen=True)
class MayaAudio:
    """The file that Maya's audio node shall name."""

    path: Path
    copied: bool
    """False: ``path`` is the recording itself."""
    sample_count: int
    """Samples per channel."""
    rate_hz: int
    channels: int
    note: str
    """In words, why there is a copy; empty without one."""


def maya_audio(
    path: str | Path,
    folder: str | Path,
    *,
    in_seconds: float = 0.0,
    out_seconds: float | None = None,
    stem: str | None = None,
) -> MayaAudio:
    """What Maya can play of the stretch of ``path`` between in and out (seconds in the file).

    A whole, undamaged 8, 16 or 24-bit PCM WAV or AIFF of one or two channels is returned as it is. Anything else is
    written to ``folder``, which is made where it is missing, as ``<stem>.<8 hex digits>.wav`` (stem: the recording's
    own, unless given; made plain), 16-bit, at the recording's rate where that is 8 to 192 kHz, one or two channels
    (more are averaged). The digits are the SHA-256 of the recording's bytes and the stretch, so a copy that is there
    already is used without decoding anything.

    Raises :class:`UserError` as :func:`maya_a2f.worker.audio.load_audio` does, and ``audio.copy_too_long``;
    :class:`HostError` ``file.unwritable`` and ``file.disk_full``.
    """
    source_path, stretch = Path(path), Stretch(str(path), in_seconds, out_seconds)
    stretch.check()
    with open_audio(source_path) as source:
        header = read_pcm_header(source_path)
        reason = _reason_to_copy(source_path, source, header, stretch)
        if header is not None and not reason:
            return MayaAudio(source_path, False, header.sample_count, header.rate_hz, header.channels, "")
        key = _copy_key(source_path, stretch)
        target = Path(folder) / copy_name(stem or source_path.stem, key)
        found = _existing_copy(target)
        if found is None:
            make_folder(target.parent)
            with atomic_path(target) as temporary, temporary.open("wb") as stream:
                _write_copy(stream, source, StretchReader(source, stretch), stretch)
            found = _existing_copy(target)
    if found is None:
        raise UserError(
            f"The copy '{target}' of the recording cannot be read back.",
            code="audio.copy_unreadable",
            hint="Check the disk, then run again.",
        )
    return MayaAudio(target, True, found.sample_count, found.rate_hz, found.channels, reason)


def _reason_to_copy(path: Path, source: AudioSource, header: PcmHeader | None, stretch: Stretch) -> str:
    """Why Maya cannot play the recording itself, in words; empty where it can."""
    if header is None or header.bits not in _PLAYED_BITS:
        return f"Maya plays PCM WAV and AIFF of up to 24 bits; this is {source.format_words}."
    if not header.is_complete:
        return "The recording is cut short."
    if path.suffix.lower() not in header.suffixes:
        return f"The recording is {source.format_words}, but its name ends in '{path.suffix}'."
    if not is_plain(path.name):
        return "The recording's name holds characters that Maya may misread."
    if source.channels > _MOST_CHANNELS:
        return f"The recording has {source.channels} channels."
    if _copy_rate(source.rate_hz) != source.rate_hz:
        return f"The recording has {source.rate_hz} samples per second."
    start, stop = stretch.bounds(header.rate_hz)
    if start > 0 or (stop is not None and stop < header.sample_count):
        return "Only a part of the recording is used."
    return ""


def _copy_rate(rate_hz: int) -> int:
    if rate_hz < _LOWEST_RATE_HZ:
        return _REPLACED_LOW_HZ
    return _REPLACED_HIGH_HZ if rate_hz > _HIGHEST_RATE_HZ else rate_hz


def _copy_key(path: Path, stretch: Stretch) -> str:
    with path.open("rb") as stream:
        content = hashlib.file_digest(stream, "sha256").hexdigest()
    return hashlib.sha256(f"{_RECIPE} {content} {stretch.in_seconds!r} {stretch.out_seconds!r}".encode()).hexdigest()


def _existing_copy(target: Path) -> PcmHeader | None:
    """The header of a finished copy at ``target``."""
    try:
        header = read_pcm_header(target) if target.is_file() else None
    except OSError:
        return None
    return header if header is not None and header.is_complete and header.sample_count > 0 else None


def _write_copy(stream: BinaryIO, source: AudioSource, reader: StretchReader, stretch: Stretch) -> None:
    rate_hz = _copy_rate(source.rate_hz)
    channels = source.channels if source.channels <= _MOST_CHANNELS else 1
    written = 0
    with wave.open(stream, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        for block in _resampled(reader.blocks(), channels, source.rate_hz, rate_hz):
            data = _quantise(block).tobytes()
            written += len(data)
            if written > _LARGEST_WAV:
                raise UserError(
                    f"The stretch of '{stretch.path}' is too long for a WAV file.",
                    code="audio.copy_too_long",
                    hint="Set in and out points, or use a recording with a lower sample rate.",
                )
            file.writeframesraw(data)


def _resampled(blocks: Iterator[Block], channels: int, source_rate_hz: int, rate_hz: int) -> Iterator[Block]:
    resamplers: list[Resampler] = [make_resampler(source_rate_hz, rate_hz) for _ in range(channels)]
    for block in blocks:
        mixed = block if block.shape[1] == channels else block.mean(axis=1, dtype=np.float64, keepdims=True)
        yield np.stack([one.push(np.asarray(mixed[:, k], np.float32)) for k, one in enumerate(resamplers)], axis=1)
    yield np.stack([one.finish() for one in resamplers], axis=1)


def _quantise(block: Block) -> Pcm16:
    """16-bit values, little-endian: exact where the source had 16 bits; what is louder than full scale is clipped."""
    return np.asarray(np.clip(np.rint(block * 32768.0), -32768, 32767), "<i2")
