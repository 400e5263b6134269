"""Infer: audio and emotion through the network, frame by frame, in batches (specification, inference.md sections 2-4).

Every frame is independent of the others, so any rate and any batch size give the same numbers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from itertools import islice

import numpy as np

from maya_a2f.errors import Cancelled, EngineError, UserError
from maya_a2f.worker.emotion_track import EmotionTrack
from maya_a2f.worker.engines.port import Engine
from maya_a2f.worker.package import Floats, RegressionPackage
from maya_a2f.worker.package_faults import REPAIR
from maya_a2f.worker.spool import forget_pages
from maya_a2f.worker.windows import WindowProgress, gather_windows, regression_progress

_BATCH_FRAMES = 16  # more is no faster on a processor, and a cancel would wait longer
_LARGEST_RESULT_BYTES = 1024**3
_FORGET_FRAMES = 1024
_LARGEST_VALUE = 1e9  # further steps multiply these with a package's numbers, which have the same limit


def infer(
    package: RegressionPackage,
    engine: Engine,
    audio: Floats,
    rate: Fraction,
    emotion: EmotionTrack,
    on_progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
    *,
    input_strength: float | None = None,
    batch_frames: int = _BATCH_FRAMES,
) -> Floats:
    """(frames, result_size) raw network output for ``audio`` (N,), mono at the network's rate.

    ``rate`` is frames per second; ``input_strength`` replaces the package's gain on the audio. ``on_progress`` hears
    (frames done, frames in all), first with 0. Memory beyond the result is that of one batch. Raises
    :class:`Cancelled`, :class:`EngineError` ``engine.not_finite`` and what the engine raises, :class:`UserError`
    ``clip.too_long`` when the result would not fit into memory.
    """
    rows = inferred_rows(
        package, engine, audio, rate, emotion, on_progress, cancelled, input_strength=input_strength,
        batch_frames=batch_frames,
    )  # fmt: skip
    return collected(rows, frame_count(package, audio, rate), package.info.result_size)


def collected(rows: Iterable[Floats], frames: int, row_size: int) -> Floats:
    """(frames, row_size) all of ``rows``. Raises :class:`UserError` ``clip.too_long``, and what ``rows`` raises."""
    result = empty_result(frames, row_size)
    first = 0
    for piece in rows:
        result[first : first + len(piece)] = piece
        first += len(piece)
    return result


def inferred_rows(
    package: RegressionPackage,
    engine: Engine,
    audio: Floats,
    rate: Fraction,
    emotion: EmotionTrack,
    on_progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
    *,
    input_strength: float | None = None,
    batch_frames: int = _BATCH_FRAMES,
) -> Iterator[Floats]:
    """As :func:`infer`, a batch of rows at a time: nothing is kept."""
    step = max(1, min(batch_frames, engine.max_batch or batch_frames))

    def inferred(first: int, count: int) -> Floats:
        return infer_frames(package, engine, audio, rate, emotion, first, count, input_strength=input_strength)

    frames = frame_count(package, audio, rate)
    return rows_in_order(inferred, audio, frames, step, calls_at_once(engine), on_progress, cancelled)


def rows_in_order(
    inferred: Callable[[int, int], Floats],
    audio: Floats,
    frames: int,
    step: int,
    at_once: int,
    on_progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
) -> Iterator[Floats]:
    """What ``inferred`` gives for (first frame, count) of ``step`` frames after the other, some made side by side.

    Raises :class:`Cancelled`.
    """
    on_progress(0, frames)
    starts = range(0, frames, step)
    for first, rows in _in_order(lambda first: inferred(first, min(step, frames - first)), starts, at_once, cancelled):
        yield rows
        on_progress(first + len(rows), frames)
        if first % _FORGET_FRAMES < step:
            forget_pages(audio)


def calls_at_once(engine: Engine) -> int:
    """How many calls of an engine are best made side by side; 1 for those that say nothing of it."""
    return getattr(engine, "calls_at_once", 1)


def _in_order(
    make: Callable[[int], Floats], starts: range, at_once: int, cancelled: Callable[[], bool]
) -> Iterator[tuple[int, Floats]]:
    """(start, what ``make`` gives for it) for each, some of them made side by side. Raises :class:`Cancelled`."""
    if min(at_once, len(starts)) <= 1:
        for first in starts:
            if cancelled():
                raise Cancelled()
            yield first, make(first)
        return
    with ThreadPoolExecutor(at_once, thread_name_prefix="a2f infer") as pool:
        waiting: deque[tuple[int, Future[Floats]]] = deque()
        left = iter(starts)
        try:
            while True:
                if cancelled():
                    raise Cancelled()
                for first in islice(left, at_once + 1 - len(waiting)):  # one more than run: none waits for the caller
                    waiting.append((first, pool.submit(make, first)))
                if not waiting:
                    return
                first, future = waiting[0]
                rows = future.result()
                waiting.popleft()
                yield first, rows
        finally:
            for _, future in waiting:
                future.cancel()


def infer_frames(
    package: RegressionPackage,
    engine: Engine,
    audio: Floats,
    rate: Fraction,
    emotion: EmotionTrack,
    first: int,
    count: int,
    *,
    input_strength: float | None = None,
) -> Floats:
    """(count, result_size) raw network output of the frames ``first``, ``first + 1``, …, by :func:`run_at_once`.

    Arguments and errors as of :func:`infer`.
    """
    given = batch_inputs(package, audio, rate, emotion, first, count, input_strength=input_strength)
    rows = run_at_once(engine, *given)
    check_finite(rows, package)
    return rows


def run_at_once(engine: Engine, emotion: Floats, audio: Floats) -> Floats:
    """(B, R) in one call of the engine; where its device has no room for that, in halves. Raises what it raises."""
    try:
        return engine.run(emotion, audio)
    except EngineError as error:
        half = len(audio) // 2
        if error.code != "engine.out_of_memory" or half == 0:
            raise
    parts = [run_at_once(engine, emotion[part], audio[part]) for part in (slice(half), slice(half, None))]
    rows: Floats = np.concatenate(parts)
    return rows


def batch_inputs(
    package: RegressionPackage,
    audio: Floats,
    rate: Fraction,
    emotion: EmotionTrack,
    first: int,
    count: int,
    *,
    input_strength: float | None = None,
) -> tuple[Floats, Floats]:
    """What the network is given for the frames ``first``, ``first + 1``, …: emotion (count, 1, E), audio (count, 1, W).

    Arguments as of :func:`infer`.
    """
    gain = np.float32(package.config.input_strength if input_strength is None else input_strength)
    progress = regression_progress(package.info, rate)
    return (
        emotion_input(package, emotion, progress, first, count),
        _audio_input(package, audio, gain, progress, first, count),
    )


def frame_count(package: RegressionPackage, audio: Floats, rate: Fraction) -> int:
    """Frames of a clip whose sound is ``audio`` (N,), mono at the network's rate."""
    return regression_progress(package.info, rate).count_closed(len(audio))


def empty_result(frames: int, result_size: int) -> Floats:
    """(frames, result_size) room for raw output. Raises :class:`UserError` ``clip.too_long``."""
    if frames * result_size * 4 > _LARGEST_RESULT_BYTES:
        raise UserError(
            f"The clip gives {frames} frames, more than fit into memory.",
            code="clip.too_long",
            hint="Choose a shorter stretch of it, or a lower frame rate.",
        )
    return np.empty((frames, result_size), np.float32)


def emotion_input(
    package: RegressionPackage, emotion: EmotionTrack, progress: WindowProgress, first: int, count: int
) -> Floats:
    """(B, 1, E): the package's implicit emotion, then the explicit one at each frame's time."""
    implicit = package.info.implicit_emotion_len
    values = np.empty((count, 1, package.info.emotion_size), np.float32)
    values[:, 0, :implicit] = package.implicit_emotion
    values[:, 0, implicit:] = emotion.sampled(progress.targets(first, count))
    return values


def _audio_input(
    package: RegressionPackage, audio: Floats, gain: np.float32, progress: WindowProgress, first: int, count: int
) -> Floats:
    """(B, 1, W): gain is the only processing there is."""
    windows = gather_windows(audio, progress.starts(first, count), package.info.buffer_len)
    windows *= gain
    return windows[:, np.newaxis, :]


def check_finite(rows: Floats, package: RegressionPackage) -> None:
    """Raises :class:`EngineError` ``engine.not_finite`` for rows that further steps could not work with."""
    if rows.size and not (float(np.abs(rows).max()) <= _LARGEST_VALUE):  # written so that NaN fails
        raise EngineError(
            f"The network of the model '{package.name}' gave values that are not usable numbers.",
            code="engine.not_finite",
            hint=f"Its weights are probably damaged ('{package.network_path}'). " + REPAIR,
        )
