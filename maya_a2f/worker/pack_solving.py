"""Many clips solved together: the windows of all of them lie one after another in batches of a fixed size.

Where a clip's rows lie was settled when the batch was planned, and a batch that is not full is padded. So the numbers
of a clip depend neither on which of the others are there nor on who runs them, and a clip that is solved again alone
gets the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from maya_a2f.core.take import Take, take_bytes
from maya_a2f.errors import A2FError, Cancelled, WorkerError
from maya_a2f.worker.emotion.automatic import VoiceEmotion
from maya_a2f.worker.engines.cuda_faults import GPU_LOST
from maya_a2f.worker.face_model import FaceModel
from maya_a2f.worker.inference import batch_inputs, check_finite, collected, run_at_once
from maya_a2f.worker.loaded_model import ClipInput, LoadedModel
from maya_a2f.worker.package import Floats
from maya_a2f.worker.pipeline import Pipeline, Prepared, clip_input
from maya_a2f.worker.solve_request import SolveRequest

OnProgress = Callable[[str, int, int], None]
IsCancelled = Callable[[], bool]

_READ_AHEAD = 3
"""Clips that are decoded while the network is at work."""


@dataclass(frozen=True)
class PackLine:
    """One clip of a part of a pack."""

    number: int
    """Of the line in its batch."""
    request: SolveRequest
    first_row: int
    """Of the part; where the clip's rows begin."""
    rows: int
    """Room for them."""
    is_packed: bool = True
    """False: by itself, as a single run does it."""


@dataclass(frozen=True, eq=False)
class _Clip:
    """A clip that was read."""

    prepared: Prepared
    input: ClipInput
    voice: VoiceEmotion | None


@dataclass(eq=False)
class _Open:
    """A clip whose rows are being inferred."""

    line: PackLine
    clip: _Clip
    rows: Floats
    """(F, R)"""
    filled: int = 0


@dataclass(frozen=True)
class LineTake:
    """What became of a clip: the content of a take's file, or an error."""

    line: PackLine
    content: bytes | memoryview = b""
    take: Take | None = None
    """None for a long clip, whose take is only in ``content``."""
    prepared: Prepared | None = None
    error: A2FError | None = None


def solved_lines(
    pipeline: Pipeline,
    lines: Sequence[PackLine],
    batch_frames: int,
    on_progress: OnProgress,
    cancelled: IsCancelled,
) -> Iterator[LineTake]:
    """The takes of a part's lines, each as soon as it is there; all of one model. Raises :class:`Cancelled`, what
    loading the model and running its network raise, and ``engine.gpu_lost``."""
    packed = sorted((line for line in lines if line.is_packed), key=lambda line: line.first_row)
    if packed:
        model = pipeline.model(packed[0].request, on_progress, cancelled)
        together = [line for line in packed if _goes_with_others(model, line)]
        alone = [line for line in packed if not _goes_with_others(model, line)]
        if isinstance(model, LoadedModel) and together:
            read = _read_ahead(pipeline, model, together, cancelled)
            yield from _packed(pipeline, model, together, read, batch_frames, on_progress, cancelled)
        last = max(line.first_row + line.rows for line in packed)
        read = _read_ahead(pipeline, model, alone, cancelled)
        yield from _one_by_one(pipeline, model, last, read, on_progress, cancelled)
    for line in (line for line in lines if not line.is_packed):
        try:
            content = pipeline.solved_file(line.request, on_progress, cancelled)
        except Cancelled:
            raise
        except Exception as error:
            yield LineTake(line, error=_as_own(error, line))
        else:
            yield LineTake(line, content)


def _goes_with_others(model: FaceModel, line: PackLine) -> bool:
    """Whether a network that hears windows is best given those of several clips at once."""
    return isinstance(model, LoadedModel) and model.sharing(line.request.rate) is None


def _read_ahead(
    pipeline: Pipeline, model: FaceModel, lines: Sequence[PackLine], cancelled: IsCancelled
) -> Iterator[tuple[PackLine, _Clip | A2FError]]:
    """The clips in order; the next ones are read meanwhile."""

    def read(line: PackLine) -> _Clip | A2FError:
        try:
            prepared = pipeline.prepared(line.request, _quiet, cancelled)
            emotion, voice = pipeline.emotion(line.request, prepared.audio, model.package.info, _quiet, cancelled)
            heard = clip_input(line.request, prepared.audio, model, emotion, prepared.parameters)
            return _Clip(prepared, heard, voice)
        except Cancelled:
            raise
        except Exception as error:
            return _as_own(error, line)

    with ThreadPoolExecutor(1, "a2f decoder") as pool:
        waiting: list[tuple[PackLine, Future[_Clip | A2FError]]] = []
        left = iter(lines)
        while True:
            while len(waiting) < _READ_AHEAD and (line := next(left, None)) is not None:
                waiting.append((line, pool.submit(read, line)))
            if not waiting:
                return
            line, future = waiting.pop(0)
            yield line, future.result()


def _packed(
    pipeline: Pipeline,
    model: LoadedModel,
    lines: Sequence[PackLine],
    read: Iterator[tuple[PackLine, _Clip | A2FError]],
    batch_frames: int,
    on_progress: OnProgress,
    cancelled: IsCancelled,
) -> Iterator[LineTake]:
    size = batch_frames if model.engine.max_batch is None else min(batch_frames, model.engine.max_batch)
    last = max(line.first_row + line.rows for line in lines)
    open_clips: list[_Open] = []
    unread = next(read, None)
    for start in range(0, last, size):
        if cancelled():
            raise Cancelled()
        end = start + size
        while unread is not None and unread[0].first_row < end:
            line, found = unread
            unread = next(read, None)
            if isinstance(found, A2FError):
                yield LineTake(line, error=found)
            else:
                rows = np.empty((model.frame_count(found.input), model.row_size), np.float32)
                open_clips.append(_Open(line, found, rows))
        if not open_clips:
            continue
        on_progress("Solving", start, last)
        _fill(model, open_clips, start, size)
        for clip in [clip for clip in open_clips if clip.line.first_row + clip.line.rows <= end]:
            open_clips.remove(clip)
            yield _finished(pipeline, model, clip, size, batch_frames, on_progress, cancelled)
    on_progress("Solving", last, last)


def _fill(model: LoadedModel, clips: Sequence[_Open], start: int, size: int) -> None:
    """Infer the rows ``start`` … of the part for the clips that have any among them."""
    info = model.package.info
    emotion = np.zeros((size, 1, info.emotion_size), np.float32)
    audio = np.zeros((size, 1, info.buffer_len), np.float32)
    spans: list[tuple[_Open, int, int, int]] = []
    for clip in clips:
        first = max(start, clip.line.first_row)
        end = min(start + size, clip.line.first_row + min(clip.line.rows, len(clip.rows)))
        if first >= end:
            continue
        frame = first - clip.line.first_row
        place = slice(first - start, end - start)
        emotion[place], audio[place] = _inputs(model, clip.clip.input, frame, end - first)
        spans.append((clip, frame, first - start, end - first))
    if not spans:
        return
    rows = run_at_once(model.engine, emotion, audio)
    for clip, frame, at, count in spans:
        clip.rows[frame : frame + count] = rows[at : at + count]
        clip.filled = frame + count


def _inputs(model: LoadedModel, clip: ClipInput, first: int, count: int) -> tuple[Floats, Floats]:
    return batch_inputs(
        model.package, clip.samples, clip.rate, clip.emotion, first, count, input_strength=clip.input_strength
    )


def _finished(
    pipeline: Pipeline,
    model: LoadedModel,
    clip: _Open,
    size: int,
    batch_frames: int,
    on_progress: OnProgress,
    cancelled: IsCancelled,
) -> LineTake:
    """The take of a clip, once what the header did not promise is inferred too: in batches of its own."""
    line = clip.line
    try:
        while clip.filled < len(clip.rows):
            count = min(size, len(clip.rows) - clip.filled)
            emotion, audio = (
                np.concatenate([part, np.zeros((size - count, *part.shape[1:]), np.float32)])
                for part in _inputs(model, clip.clip.input, clip.filled, count)
            )
            clip.rows[clip.filled : clip.filled + count] = run_at_once(model.engine, emotion, audio)[:count]
            clip.filled += count
        check_finite(clip.rows, model.package)
        return _posed(pipeline, line, clip.clip, clip.rows, batch_frames, on_progress, cancelled)
    except Cancelled:
        raise
    except Exception as error:
        return LineTake(line, error=_as_own(error, line))


def _one_by_one(
    pipeline: Pipeline,
    model: FaceModel,
    last: int,
    read: Iterator[tuple[PackLine, _Clip | A2FError]],
    on_progress: OnProgress,
    cancelled: IsCancelled,
) -> Iterator[LineTake]:
    """Networks whose frames depend on each other or share their windows: every clip is inferred by itself.

    ``last`` is the number of rows of the part, which progress is of.
    """
    for line, found in read:

        def tell(done: int, total: int, first: int = line.first_row) -> None:
            del total
            on_progress("Solving", min(first + done, last), last)

        if isinstance(found, A2FError):
            yield LineTake(line, error=found)
            continue
        try:
            rows = model.rows(found.input, tell, cancelled)
            raw = collected(rows, model.frame_count(found.input), model.row_size)
            yield _posed(pipeline, line, found, raw, 0, on_progress, cancelled)
        except Cancelled:
            raise
        except Exception as error:
            yield LineTake(line, error=_as_own(error, line))


def _posed(
    pipeline: Pipeline,
    line: PackLine,
    clip: _Clip,
    rows: Floats,
    batch_frames: int,
    on_progress: OnProgress,
    cancelled: IsCancelled,
) -> LineTake:
    made_by = dict(clip.prepared.made_by)
    if batch_frames:
        made_by["batch_frames"] = batch_frames
    take = pipeline.take_of(clip.prepared, rows, clip.voice, made_by, _quiet, cancelled)
    return LineTake(line, take_bytes(take), take, clip.prepared)


def _as_own(error: Exception, line: PackLine) -> A2FError:
    """The line's error. That of a GPU that is lost is raised: the process ends, and another goes on with the lines."""
    if isinstance(error, A2FError):
        if error.code == GPU_LOST:
            raise error
        return error
    return WorkerError(
        f"The worker failed at '{line.request.clip_path.name}': {type(error).__name__}: {str(error)[:300]}",
        code="worker.failed",
        hint="This is a fault in the program; please report it.",
    )


def _quiet(stage: str, done: int, total: int) -> None:
    del stage, done, total
