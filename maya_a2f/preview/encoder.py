"""Pictures and sound into an H.264 + AAC file, in a thread of its own, so that drawing and encoding overlap."""

from __future__ import annotations

import queue
import threading
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import numpy as np
from av.video.reformatter import Colorspace, VideoReformatter

from maya_a2f.errors import EngineError
from maya_a2f.preview.arrays import FloatArray, Picture

_WAITING_PICTURES = 4
_SOUND_BLOCK = 1024
_VIDEO_CODECS = ("libx264", "mpeg4")
_OPTIONS = {
    "libx264": {"preset": "veryfast", "crf": "19"},
    "mpeg4": {"qscale": "3"},
}
_BT709 = 1


class MovieEncoder:
    """Takes pictures in order; a context manager: leaving it without an error finishes the file.

    Raises :class:`OSError` when the file cannot be written (a full disk among others) and :class:`EngineError`
    ``preview.encode`` when the codec refuses.
    """

    def __init__(
        self, path: Path, container: str, size: tuple[int, int], rate: Fraction, sound: tuple[FloatArray, int] | None
    ) -> None:
        self.codec = next(codec for codec in _VIDEO_CODECS if codec in av.codecs_available)
        self._pictures: queue.Queue[Picture | None] = queue.Queue(_WAITING_PICTURES)
        self._failure: BaseException | None = None
        self._abandoned = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(path, container, size, rate, sound), name="movie-encoder", daemon=True
        )
        self._thread.start()

    def add(self, picture: Picture) -> None:
        """Hand over the next picture, (H, W, 3) uint8; it must not be changed afterwards. Waits while many wait."""
        self._put(picture)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._abandoned.set()
            self._thread.join()
            return
        self._put(None)
        self._thread.join()
        self._raise_failure()

    def _put(self, picture: Picture | None) -> None:
        while True:
            self._raise_failure()
            try:
                self._pictures.put(picture, timeout=0.1)
                return
            except queue.Full:
                continue

    def _raise_failure(self) -> None:
        failure = self._failure
        if failure is None:
            return
        if isinstance(failure, OSError) and failure.errno:
            raise OSError(failure.errno, failure.strerror) from failure
        raise EngineError(
            f"The movie could not be encoded: {failure}.",
            code="preview.encode",
            hint="Run 'a2f doctor' to see what is installed.",
        ) from failure

    def _next(self) -> Picture | None:
        while not self._abandoned.is_set():
            try:
                return self._pictures.get(timeout=0.1)
            except queue.Empty:
                continue
        raise _AbandonedError

    def _run(
        self, path: Path, container: str, size: tuple[int, int], rate: Fraction, sound: tuple[FloatArray, int] | None
    ) -> None:
        try:
            with av.open(str(path), "w", format=container, options={"movflags": "+faststart"}) as output:
                _Tracks(output, self.codec, size, rate, sound).write(self._next)
        except _AbandonedError:
            pass
        except BaseException as failure:  # handed to the thread that draws, whatever it is
            self._failure = failure


class _AbandonedError(Exception):
    """The movie is no longer wanted."""


class _Tracks:
    """The two streams of one file."""

    def __init__(
        self, output: Any, codec: str, size: tuple[int, int], rate: Fraction, sound: tuple[FloatArray, int] | None
    ) -> None:
        self._output = output
        self._rate = rate
        self._video = output.add_stream(codec, rate=rate, options=_OPTIONS[codec])
        self._video.width, self._video.height = size
        self._video.pix_fmt = "yuv420p"
        self._video.codec_context.time_base = 1 / rate
        self._video.codec_context.colorspace = _BT709
        self._video.codec_context.color_primaries = _BT709
        self._video.codec_context.color_trc = _BT709
        self._reformatter = VideoReformatter()
        self._samples, self._sample_rate_hz = sound if sound is not None else (np.zeros((0, 1), np.float32), 1)
        self._layout = "mono" if self._samples.shape[1] == 1 else "stereo"
        self._audio = None
        if len(self._samples):
            self._audio = output.add_stream("aac", rate=self._sample_rate_hz, layout=self._layout)
            self._audio.codec_context.bit_rate = 96_000 * self._samples.shape[1]
        self._heard = 0

    def write(self, next_picture: Any) -> None:
        """Encode until ``next_picture()`` gives None; sound keeps pace with the pictures."""
        frame = 0
        while (picture := next_picture()) is not None:
            self._write_picture(picture, frame)
            frame += 1
            self._write_sound(int(frame / self._rate * self._sample_rate_hz))
        self._write_sound(len(self._samples))
        for stream in (self._video, self._audio):
            if stream is not None:
                self._output.mux(stream.encode(None))

    def _write_picture(self, picture: Picture, frame: int) -> None:
        shown = av.VideoFrame.from_ndarray(picture, format="rgb24")
        shown = self._reformatter.reformat(shown, format="yuv420p", dst_colorspace=Colorspace.ITU709)
        shown.pts = frame
        shown.time_base = 1 / self._rate
        self._output.mux(self._video.encode(shown))

    def _write_sound(self, until: int) -> None:
        if self._audio is None:
            return
        end = len(self._samples)
        while self._heard < end and (self._heard + _SOUND_BLOCK <= until or until >= end):
            block = self._samples[self._heard : self._heard + _SOUND_BLOCK]
            heard = av.AudioFrame.from_ndarray(np.ascontiguousarray(block.T), format="fltp", layout=self._layout)
            heard.sample_rate = self._sample_rate_hz
            heard.pts = self._heard
            heard.time_base = Fraction(1, self._sample_rate_hz)
            self._output.mux(self._audio.encode(heard))
            self._heard += len(block)
