"""Recordings for tests, made on the spot: tones in every format that is read, and files damaged on purpose."""

from __future__ import annotations

import io
import random
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import soundfile

Floats = npt.NDArray[np.float32]


def make_tone(
    frequency_hz: float, rate_hz: int, seconds: float, amplitude: float = 0.5, channels: int = 1, phase: float = 0.0
) -> Floats:
    """(n, channels) of the same sine in every channel."""
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    tone = amplitude * np.sin(2.0 * np.pi * frequency_hz * times + phase)
    return np.repeat(tone[:, None], channels, axis=1).astype(np.float32)


def write_with_soundfile(path: Path, samples: Any, rate_hz: int, container: str, coding: str) -> Path:
    """Write through an object, so that the name cannot influence the format."""
    path.write_bytes(encode_with_soundfile(samples, rate_hz, container, coding))
    return path


def encode_with_soundfile(samples: Any, rate_hz: int, container: str, coding: str) -> bytes:
    stream = io.BytesIO()
    soundfile.write(stream, samples, rate_hz, format=container, subtype=coding)
    return stream.getvalue()


def encode_with_pyav(samples: Floats, rate_hz: int, container: str, codec: str, options: Any = None) -> bytes:
    """(n, channels) samples in a container that only FFmpeg writes."""
    stream = io.BytesIO()
    with av.open(stream, "w", format=container, options=options or {}) as output:
        layout = "mono" if samples.shape[1] == 1 else "stereo"
        track: Any = output.add_stream(codec, rate=rate_hz)
        track.layout = layout
        track.bit_rate = 128_000
        wanted = track.codec_context.format.name
        converter = av.AudioResampler(format=wanted, layout=layout, rate=rate_hz)
        for start in range(0, len(samples), 1024):
            part = np.ascontiguousarray(samples[start : start + 1024].T)
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout=layout)
            frame.sample_rate, frame.pts = rate_hz, start
            for converted in converter.resample(frame):
                output.mux(track.encode(converted))
        output.mux(track.encode(None))
    return stream.getvalue()


def encode_silent_film() -> bytes:
    """An MP4 with a picture track and no sound."""
    stream = io.BytesIO()
    with av.open(stream, "w", format="mp4") as output:
        track: Any = output.add_stream("mpeg4", rate=10)
        track.width = track.height = 32
        track.pix_fmt = "yuv420p"
        for _ in range(3):
            frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
            output.mux(track.encode(frame))
        output.mux(track.encode(None))
    return stream.getvalue()


def damage(content: bytes, random_: random.Random) -> bytes:
    """One of: cut anywhere, cut in the head, flipped bits in the head or anywhere, a resized field, a lost piece."""
    data = bytearray(content)
    kind = random_.randrange(6)
    if kind == 0:
        return bytes(data[: random_.randrange(len(data))])
    if kind == 1:
        return bytes(data[: random_.randrange(min(200, len(data)))])
    if kind in (2, 3):
        reach = min(len(data), 256 if kind == 2 else len(data))
        for _ in range(random_.choice((1, 3, 12))):
            data[random_.randrange(reach)] ^= 1 << random_.randrange(8)
        return bytes(data)
    if kind == 4:
        at = random_.randrange(4, min(len(data) - 8, 1024 if random_.random() < 0.7 else len(data) - 8))
        value = random_.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 0x80000000, random_.getrandbits(32)))
        data[at : at + 4] = value.to_bytes(4, random_.choice(("little", "big")))
        return bytes(data)
    at = random_.randrange(len(data))
    return bytes(data[:at] + data[at + random_.randrange(1, 4096) :])
