"""One open recording, whichever library decodes it: the port, the errors they share, and the choice between them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from maya_a2f.errors import UserError
from maya_a2f.worker.audio_signature import HEAD_SIZE, Signature, recognise

Block = npt.NDArray[np.float32]
"""(n, channels) samples, nominal range -1..1."""

BLOCK_SAMPLES = 65536
"""Samples of all channels together that a source hands out at a time, about; what bounds the memory."""

LOWEST_RATE_HZ = 1000
HIGHEST_RATE_HZ = 768_000

KINDS_READ = "WAV, AIFF, FLAC, Ogg, MP3, M4A/AAC, WMA, or the sound of an MP4 or MOV"


class AudioSource(Protocol):
    """An open file. Decoders are never believed about lengths: what counts is what :meth:`blocks` hands out."""

    rate_hz: int
    channels: int
    format_words: str
    """For people: "WAV, 24-bit PCM"."""
    declared_samples: int | None
    """Samples per channel that the file's header promises, None where it does not say."""
    damage: str
    """After :meth:`blocks` ended: why it ended early, in words; empty when nothing was wrong."""

    def blocks(self) -> Iterator[Block]:
        """The decoded sound from the start, once, in blocks of at least one sample."""

    def close(self) -> None:
        """Let go of the file."""


@contextlib.contextmanager
def open_audio(path: Path) -> Iterator[AudioSource]:
    """Open ``path``, told by its content, for decoding.

    libsndfile is asked first; what it refuses, or opens without finding a sample in it, is given to FFmpeg (PyAV).
    Raises :class:`UserError` ``audio.name``, ``audio.missing``, ``audio.folder``, ``audio.empty_file``,
    ``audio.unreadable``, ``audio.not_sound``, ``audio.unsupported``, ``audio.no_stream``, ``audio.encrypted``,
    ``audio.rate`` and ``audio.no_samples``.
    """
    signature = look_at(path)
    # Imported here: loading FFmpeg takes longer than decoding a short WAV does.
    from maya_a2f.worker.audio_soundfile import open_with_soundfile

    source: AudioSource | None = open_with_soundfile(path, signature)
    if source is None:
        from maya_a2f.worker.audio_pyav import open_with_pyav

        source = open_with_pyav(path, signature)
    try:
        _check_rate(path, source.rate_hz)
        yield source
    finally:
        source.close()


def look_at(path: Path) -> Signature:
    """The signature of the file at ``path``, or the :class:`UserError` that says why it cannot be a recording."""
    _check_name(path)
    try:
        if path.is_dir():
            raise UserError(
                f"'{path}' is a folder, not a recording.", code="audio.folder", hint="Name one audio file in it."
            )
        if not path.exists():
            raise UserError(
                f"The recording '{path}' does not exist.", code="audio.missing", hint="Check the name and the folder."
            )
        if not path.is_file():
            raise UserError(
                f"'{path}' is no ordinary file.", code="audio.unreadable", hint="Name an audio file on disk."
            )
        with path.open("rb") as stream:
            head = stream.read(HEAD_SIZE)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UserError(
            f"The recording '{path}' cannot be read: {why}.",
            code="audio.unreadable",
            hint="Check that you may read it and that its drive is connected.",
        ) from error
    if not head:
        raise UserError(
            f"The recording '{path}' is empty (0 bytes).", code="audio.empty_file", hint="Export or copy it again."
        )
    signature = recognise(head)
    if not signature.is_sound:
        raise UserError(
            f"'{path}' is no recording: it is {signature.name}.", code="audio.not_sound", hint=f"Use {KINDS_READ}."
        )
    return signature


def _check_name(path: Path) -> None:
    """POSIX allows names that are no text; takes, scenes and Maya do not."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        shown = str(path).encode("ascii", "backslashreplace").decode("ascii")
        raise UserError(
            f"The name of the recording '{shown}' is not valid UTF-8 text.",
            code="audio.name",
            hint="Rename the file or its folder.",
        ) from error


def refuse_unsupported(path: Path, signature: Signature, reason: str) -> UserError:
    """The error for a file that no decoder could open."""
    if signature.name:
        message = f"'{path}' looks like {signature.name}, but it is damaged or of a kind that cannot be decoded"
        hint = "If it plays elsewhere, convert it to WAV and use that; otherwise export or copy it again."
    else:
        message = f"'{path}' is not in any known audio format"
        hint = f"Use {KINDS_READ}."
    return UserError(f"{message}.", code="audio.unsupported", hint=hint, details=reason)


def refuse_no_samples(path: Path) -> UserError:
    """The error for a file that opens but holds no sound at all."""
    return UserError(
        f"The recording '{path}' holds no samples.", code="audio.no_samples", hint="Export or copy it again."
    )


def _check_rate(path: Path, rate_hz: int) -> None:
    if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ:
        raise UserError(
            f"The recording '{path}' claims {rate_hz} samples per second, which no recording has.",
            code="audio.rate",
            hint=f"Its header is damaged; rates from {LOWEST_RATE_HZ} to {HIGHEST_RATE_HZ} Hz can be used.",
        )


def without_padding(blocks: Iterator[Block], declared: int | None, slack: int) -> Iterator[Block]:
    """Leave out what an encoder padded behind the declared end.

    Blocks behind ``declared`` samples are held back. At the end they are dropped if they are at most ``slack`` samples
    (padding); once they are more, the declaration is a lie and everything is handed out.
    """
    position = 0
    held: list[Block] = []
    believed = declared is not None and declared > 0
    for block in blocks:
        if not believed or declared is None:
            yield block
            continue
        inside = max(0, min(len(block), declared - position))
        position += len(block)
        if inside:
            yield block[:inside]
        if inside < len(block):
            held.append(block[inside:])
        if position > declared + slack:
            believed = False
            yield from held
            held = []


def describe_shortfall(decoded: int, declared: int | None, rate_hz: int, slack: int = 0) -> str:
    """Words for a file that holds less than its header promises; empty when it does not."""
    if declared is None or decoded + slack >= declared:
        return ""
    return f"its header promises {_seconds(declared, rate_hz)}, the data ends after {_seconds(decoded, rate_hz)}"


def _seconds(samples: int, rate_hz: int) -> str:
    seconds = samples / rate_hz
    return f"{seconds:.2f} s" if seconds < 360_000 else "an impossible length"
