"""A recording as the network wants to hear it: mono float32 at its rate, nothing else done to it.

Source: specification, inference.md section 1: no normalisation, no pre-emphasis, no limiter; integer PCM is divided by
its full scale. Several channels are averaged. What is odd about the recording is said, never repaired.

Lengths are integers throughout: a stretch of n source samples at rate r becomes ceil(n · 16000 / r) samples, and its
frames at rate f are ceil(samples · f / 16000).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from maya_a2f.errors import Cancelled
from maya_a2f.worker.audio_level import LevelMeter
from maya_a2f.worker.audio_source import AudioSource, Block, open_audio
from maya_a2f.worker.audio_stretch import Stretch, StretchReader
from maya_a2f.worker.resampling import make_resampler
from maya_a2f.worker.spool import GrowingSamples, forget_pages

Samples = npt.NDArray[np.float32]

_PIECE_SAMPLES = 1 << 20
NETWORK_RATE_HZ = 16000
"""What every known network hears."""


@dataclass(frozen=True, eq=False)
class Audio:
    """A stretch of a recording, decoded. Two are the same sound if their ``content_hash`` is the same."""

    samples: Samples
    """(N,) float32, mono, read-only; nominal range -1..1, louder where a float file is."""
    rate_hz: int
    """Of ``samples``."""
    source_rate_hz: int
    """Of the file."""
    source_channels: int
    """Of the file."""
    source_samples: int
    """Samples per channel, at the file's rate, that the stretch holds."""
    source_format: str
    """In words: "WAV, 24-bit PCM"."""
    duration_seconds: Fraction
    """Exact length of the stretch: source_samples / source_rate_hz."""
    content_hash: str
    """SHA-256, in hex, of ``samples`` as little-endian float32, and the rate."""
    warnings: tuple[str, ...]
    """Sentences for the user: clipped, silent, cut short, ..."""


def load_audio(
    path: str | Path,
    *,
    rate_hz: int = NETWORK_RATE_HZ,
    in_seconds: float = 0.0,
    out_seconds: float | None = None,
    cancelled: Callable[[], bool] | None = None,
    spool_folder: Path | None = None,
) -> Audio:
    """Decode the stretch of ``path`` between in and out (seconds in the file; None is its end) to mono at ``rate_hz``.

    The format is told by the content. An out point behind the end means the end, with a warning; a file that is cut
    short is used as far as it goes, with a warning. ``cancelled`` is asked between blocks. With a
    ``spool_folder`` the samples of a long recording lie in a temporary file there, and memory stays small.

    Raises :class:`UserError`: ``audio.name``, ``.missing``, ``.folder``, ``.empty_file``, ``.unreadable``,
    ``.not_sound``, ``.unsupported``, ``.no_stream``, ``.encrypted``, ``.rate``, ``.no_samples``, ``.not_finite``,
    ``.impossible_level``, ``.too_long``, ``clip.in_out``; and :class:`Cancelled`.
    """
    stretch = Stretch(str(path), in_seconds, out_seconds)
    stretch.check()
    with open_audio(Path(path)) as source:
        reader = StretchReader(source, stretch)
        meter = LevelMeter()
        samples = _decode(source, reader, meter, rate_hz, cancelled, spool_folder)
        return Audio(
            samples=samples,
            rate_hz=rate_hz,
            source_rate_hz=source.rate_hz,
            source_channels=source.channels,
            source_samples=reader.count,
            source_format=source.format_words,
            duration_seconds=Fraction(reader.count, source.rate_hz),
            content_hash=hash_samples(samples, rate_hz),
            warnings=(*reader.warnings, *meter.warnings()),
        )


def hash_samples(samples: Samples, rate_hz: int) -> str:
    """SHA-256, in hex, of mono samples and their rate; the same on every machine that decodes them alike."""
    digest = hashlib.sha256(f"a2f.audio/1 {rate_hz}\n".encode())
    for first in range(0, len(samples), _PIECE_SAMPLES):
        digest.update(np.ascontiguousarray(samples[first : first + _PIECE_SAMPLES], dtype="<f4").data)
        forget_pages(samples)
    return digest.hexdigest()


def average_channels(block: Block) -> Samples:
    """(n, channels) -> (n,), the mean in float64."""
    if block.shape[1] == 1:
        return np.ascontiguousarray(block[:, 0])
    return np.asarray(block.mean(axis=1, dtype=np.float64), np.float32)


def _decode(
    source: AudioSource,
    reader: StretchReader,
    meter: LevelMeter,
    rate_hz: int,
    cancelled: Callable[[], bool] | None,
    spool_folder: Path | None,
) -> Samples:
    resampler = make_resampler(source.rate_hz, rate_hz)
    pieces = GrowingSamples(spool_folder)
    for block in reader.blocks():
        if cancelled is not None and cancelled():
            raise Cancelled()
        mono = average_channels(block)
        meter.add(block, mono)
        pieces.append(resampler.push(mono))
    pieces.append(resampler.finish())
    return pieces.take()
