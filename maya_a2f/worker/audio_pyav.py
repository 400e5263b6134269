"""M4A/AAC, WMA, the sound of movies, and whatever else libsndfile refuses, through FFmpeg (PyAV)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from maya_a2f.errors import UserError
from maya_a2f.worker.audio_signature import Signature
from maya_a2f.worker.audio_source import (
    Block,
    describe_shortfall,
    refuse_no_samples,
    refuse_unsupported,
    without_padding,
)
from maya_a2f.worker.decoder_stream import DecoderStream

_DEMUXERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,asf,aac,ac3,eac3,avi,mpegts,mpeg,flv,wav,w64,aiff,au,caf,"
    "flac,ogg,mp3,amr,ape,wv,tta,dts,latm"
)
"""Only formats that carry sound in the file itself: a playlist could send FFmpeg to other files and to the network."""

_SECONDS_WITHOUT_SOUND = 6.0
_ERRORS_IN_A_ROW = 2000
_SLACK_SAMPLES = 4096
"""An encoder pads at most two of its frames; AAC's have 1024 or 2048 samples."""

_CONTAINERS = {"mov": "MPEG-4", "matroska": "Matroska", "asf": "Windows Media"}
_CODINGS = {"aac": "AAC", "alac": "Apple lossless", "wmav1": "WMA", "wmav2": "WMA", "mp3float": "MP3", "mp3": "MP3"}
_ENCRYPTED_TAGS = {"drms", "enca", "encv", "p608"}


class PyavSource:
    """The sound of a file that FFmpeg opened; see :class:`maya_a2f.worker.audio_source.AudioSource`."""

    def __init__(self, path: Path, file: DecoderStream, container: Any, stream: Any) -> None:
        self._path = path
        self._file = file
        self._container = container
        self._stream = stream
        self.damage = ""
        self._frames = self._decoded()
        first = next(self._frames, None)
        if first is None:
            raise _refuse_silent_stream(path, stream)
        self._first, self.rate_hz = first
        self.channels = self._first.shape[1]
        self.declared_samples = _declared_samples(stream, self.rate_hz)
        self.format_words = _format_words(container, stream)

    def blocks(self) -> Iterator[Block]:
        """The sound from the start; sets :attr:`damage` when it ends."""
        decoded = 0
        for block in without_padding(self._same_shape(), self.declared_samples, _SLACK_SAMPLES):
            decoded += len(block)
            yield block
        shortfall = describe_shortfall(decoded, self.declared_samples, self.rate_hz, _SLACK_SAMPLES)
        failure = f"reading failed ({self._file.failure})" if self._file.failure else ""
        self.damage = failure or shortfall or self.damage

    def close(self) -> None:
        """Let go of the file."""
        self._container.close()
        self._file.close()

    def _same_shape(self) -> Iterator[Block]:
        yield self._first
        for block, rate_hz in self._frames:
            if rate_hz != self.rate_hz or block.shape[1] != self.channels:
                self.damage = "its sample rate or channels change on the way"
                return
            yield block

    def _decoded(self) -> Iterator[tuple[Block, int]]:
        """Every decoded frame with its rate. Damaged packets are left out; endless damage ends the decoding."""
        import av

        errors_in_a_row = 0
        last_sound = time.monotonic()
        packets = self._container.demux(self._stream)
        while errors_in_a_row < _ERRORS_IN_A_ROW and time.monotonic() - last_sound < _SECONDS_WITHOUT_SOUND:
            try:
                packet = next(packets, None)
                frames = [] if packet is None else packet.decode()
            except (av.FFmpegError, EOFError) as error:
                self.damage = f"parts of it cannot be decoded ({_reason(error)})"
                errors_in_a_row += 1
                continue
            if packet is None:
                return
            for frame in frames:
                block = _as_block(frame)
                if block is not None and len(block):
                    errors_in_a_row = 0
                    yield block, int(frame.sample_rate)
                    last_sound = time.monotonic()


def open_with_pyav(path: Path, signature: Signature) -> PyavSource:
    """Open ``path``.

    Raises :class:`UserError` ``audio.unsupported``, ``audio.no_stream``, ``audio.encrypted``, ``audio.no_samples``.
    """
    import av

    file = DecoderStream(path)
    try:
        container = av.open(
            file,
            mode="r",
            options={"format_whitelist": _DEMUXERS, "protocol_whitelist": "file"},
            metadata_errors="replace",
        )
    except (av.FFmpegError, OSError, ValueError, MemoryError) as error:
        file.close()
        raise refuse_unsupported(path, signature, str(error)) from error
    try:
        return PyavSource(path, file, container, _pick_stream(path, container))
    except BaseException:
        container.close()
        file.close()
        raise


def _pick_stream(path: Path, container: Any) -> Any:
    streams = container.streams.audio
    if not streams:
        raise UserError(
            f"'{path}' holds no sound, only pictures or other data.",
            code="audio.no_stream",
            hint="Choose a file with an audio track.",
        )
    decodable = [stream for stream in streams if stream.codec_context is not None]
    if _is_encrypted(streams[0]):
        raise _refuse_encrypted(path)
    if not decodable:
        raise UserError(
            f"The sound of '{path}' is in a coding that cannot be decoded here.",
            code="audio.unsupported",
            hint="Convert it to WAV and use that.",
        )
    return decodable[0]


def _refuse_silent_stream(path: Path, stream: Any) -> UserError:
    return _refuse_encrypted(path) if _is_encrypted(stream) else refuse_no_samples(path)


def _refuse_encrypted(path: Path) -> UserError:
    return UserError(
        f"The recording '{path}' is copy-protected and cannot be decoded.",
        code="audio.encrypted",
        hint="Use a file without protection, such as a WAV made from the original recording.",
    )


def _is_encrypted(stream: Any) -> bool:
    context = stream.codec_context
    try:
        return str(getattr(context, "codec_tag", "")) in _ENCRYPTED_TAGS
    except UnicodeDecodeError:
        return False


def _as_block(frame: Any) -> Block | None:
    """(n, channels) float32 in -1..1 from a decoded frame; None for a sample format FFmpeg has but nobody writes."""
    try:
        data = frame.to_ndarray()
    except ValueError:
        return None
    channels = len(frame.layout.channels)
    if channels < 1:
        return None
    rows = data.T if frame.format.is_planar else data.reshape(-1, channels)
    if rows.dtype == np.uint8:
        return np.asarray((rows.astype(np.float32) - 128.0) / 128.0, np.float32)
    if rows.dtype.kind == "i":
        scale = -1.0 / float(np.iinfo(rows.dtype).min)
        return np.asarray(rows * scale, np.float32)
    with np.errstate(over="ignore"):  # a double beyond float32 becomes infinite, and is refused as such
        return np.ascontiguousarray(rows, dtype=np.float32)


def _declared_samples(stream: Any, rate_hz: int) -> int | None:
    if not stream.duration or stream.duration < 0 or not stream.time_base:
        return None
    return int(stream.duration * stream.time_base * rate_hz)


def _format_words(container: Any, stream: Any) -> str:
    name = str(container.format.name).split(",")[0]
    coding = str(stream.codec_context.name)
    words = _CONTAINERS.get(name, name.upper())
    coding_words = _CODINGS.get(coding, coding.replace("_", " "))
    return words if words.lower() == coding_words.lower() else f"{words}, {coding_words}"


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).rstrip(".")
