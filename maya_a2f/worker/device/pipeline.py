"""Sound of many clips -> channels, all of it on one torch device: a GPU, or the processor's own tensors for checks.

To measure it: :meth:`DevicePipeline.infer` is the network with its windows alone, :meth:`DevicePipeline.pose` the rest,
:meth:`DevicePipeline.solve` both without a copy of the rows to the host. Call :meth:`DevicePipeline.synchronize` before
reading a clock. With a package and an engine from ``choose_engine``::

    device_engine = device_engine_of(engine, even_on_processor=True)
    pipeline = DevicePipeline(package, device_engine, memory_limit_bytes=8 * 2**30)
    clip = HeardClip(samples, Fraction(30), constant_emotion(package.info, {}), package.config.input_strength)
    rows = pipeline.infer([clip] * 64)
    results = pipeline.solve([clip] * 64, [PosedClip(Fraction(30), {})] * 64)
    pipeline.synchronize()
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import torch

from maya_a2f.errors import Cancelled
from maya_a2f.worker.device.audio_windows import SoundStore, sound_bytes
from maya_a2f.worker.device.clips import HeardClip, PosedClip
from maya_a2f.worker.device.memory import DEFAULT_LIMIT_BYTES, BatchSize, told_failures
from maya_a2f.worker.device.packing import Span, after, packed
from maya_a2f.worker.device.posing import DevicePoser, Rows
from maya_a2f.worker.device.threads import one_thread
from maya_a2f.worker.device.weights import SolverName
from maya_a2f.worker.emotion_track import EmotionTrack
from maya_a2f.worker.engines.device_port import DeviceEngine
from maya_a2f.worker.inference import check_finite, emotion_input
from maya_a2f.worker.package import Floats, RegressionPackage
from maya_a2f.worker.pose import Poser, PoseResult
from maya_a2f.worker.spool import forget_pages

_WHAT = "run the network"
_MOST_FRAMES = 256
_MOST_FRAMES_ON_PROCESSOR = 16
_WORTHWHILE_FRAMES = 1024
_LAYERS = 64
"""A network's own memory for a frame, in windows: an estimate, since no engine tells it."""


class DevicePipeline:
    """A package on the device of ``engine``."""

    def __init__(
        self,
        package: RegressionPackage,
        engine: DeviceEngine,
        memory_limit_bytes: int = DEFAULT_LIMIT_BYTES,
        *,
        batch_frames: int | None = None,
        chunk_rows: int | None = None,
        solver: SolverName = "exact",
        is_padded: bool = False,
    ) -> None:
        """Take about ``memory_limit_bytes`` at most, beside the network's weights.

        ``batch_frames`` (network) and ``chunk_rows`` (posing) replace what follows from the limit. ``solver`` ``admm``
        is the reference's approximate one. ``is_padded`` gives the network whole batches only, with silence behind the
        last frame, so that a row's bytes do not depend on what is packed with it. Raises :class:`EngineError` where the
        package's solver configuration makes no sense.
        """
        self.package, self.engine, self.device = package, engine, engine.device
        self._limit, self._is_padded, self._method = memory_limit_bytes, is_padded, solver
        most = _MOST_FRAMES if self.device.type == "cuda" else _MOST_FRAMES_ON_PROCESSOR
        wanted = min(most, memory_limit_bytes // 2 // self.bytes_per_frame) if batch_frames is None else batch_frames
        self.batch = BatchSize(min(wanted, engine.max_batch or wanted), _WHAT)
        """Frames in one call of the network."""
        self.poser = DevicePoser(package, self.device, memory_limit_bytes, solver=solver, chunk_rows=chunk_rows)

    @property
    def bytes_per_frame(self) -> int:
        """Device memory that inferring a frame takes, roughly."""
        info = self.package.info
        return 4 * (_LAYERS * info.buffer_len + 2 * (info.emotion_size + info.result_size))

    def infer(
        self,
        clips: Sequence[HeardClip],
        on_progress: Callable[[int, int], None] = lambda done, total: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> list[torch.Tensor]:
        """(F, R) rows of each clip, on the device.

        Raises :class:`Cancelled` and :class:`EngineError`: what the engine raises, ``engine.not_finite``,
        ``engine.out_of_memory``.
        """
        counts = [clip.frame_count(self.package) for clip in clips]
        size = self.package.info.result_size
        with told_failures(_WHAT):
            rows = [torch.empty((count, size), dtype=torch.float32, device=self.device) for count in counts]
            for spans, result in self._inferred(clips, counts, on_progress, cancelled):
                start = 0
                for span in spans:
                    rows[span.clip][span.first : span.first + span.count] = result[start : start + span.count]
                    start += span.count
        return rows

    def rows(
        self,
        samples: Floats,
        rate: Fraction,
        emotion: EmotionTrack,
        input_strength: float,
        on_progress: Callable[[int, int], None] = lambda done, total: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Iterator[Floats]:
        """As :meth:`infer` for one clip, a batch of rows on the host at a time: nothing is kept."""
        clip = HeardClip(samples, rate, emotion, input_strength)
        with told_failures(_WHAT):
            for _, result in self._inferred([clip], [clip.frame_count(self.package)], on_progress, cancelled):
                yield result.cpu().numpy()

    def is_worth_posing(self, frames: int) -> bool:
        """Whether so many rows are posed sooner on the device than on the processor."""
        return self.device.type != "cuda" or frames >= _WORTHWHILE_FRAMES

    def posed(
        self,
        rows: Rows,
        rate: Fraction,
        parameters: Mapping[str, float],
        first_frame: int,
        lead_frames: int,
        on_progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> PoseResult:
        """As :meth:`pose` for one clip."""
        clip = PosedClip(rate, parameters, first_frame, lead_frames)
        return self.pose([rows], [clip], on_progress or (lambda done, total: None), cancelled or (lambda: False))[0]

    def pose(
        self,
        rows: Sequence[Rows],
        clips: Sequence[PosedClip],
        on_progress: Callable[[int, int], None] = lambda done, total: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> list[PoseResult]:
        """The channels of each clip, as :meth:`maya_a2f.worker.device.posing.DevicePoser.pose`; few rows are
        posed on the processor."""
        if self._method != "exact" or self.is_worth_posing(sum(len(table) for table in rows)):
            with told_failures("pose the face"):
                return self.poser.pose(rows, clips, on_progress, cancelled)
        with told_failures("fetch what the network gave"):
            fetched = [table.cpu().numpy() if isinstance(table, torch.Tensor) else table for table in rows]
        results = []
        for values, clip in zip(fetched, clips, strict=True):
            results.append(
                self._few.pose(
                    values, clip.rate, clip.parameters, cancelled=cancelled,
                    first_frame=clip.first_frame, lead_frames=clip.lead_frames,
                )
            )  # fmt: skip
        return results

    @functools.cached_property
    def _few(self) -> Poser:
        return Poser(self.package)

    def solve(self, heard: Sequence[HeardClip], posed: Sequence[PosedClip]) -> list[PoseResult]:
        """Both, without the rows ever being on the host. Memory for all rows is taken: 1.2 kB a frame."""
        return self.pose(self.infer(heard), posed)

    def synchronize(self) -> None:
        """Wait until the device has done what it was given. Raises :class:`EngineError` where that failed."""
        if self.device.type == "cuda":
            with told_failures(_WHAT):
                torch.cuda.synchronize(self.device)

    def _inferred(
        self,
        clips: Sequence[HeardClip],
        counts: Sequence[int],
        on_progress: Callable[[int, int], None],
        cancelled: Callable[[], bool],
    ) -> Iterator[tuple[tuple[Span, ...], torch.Tensor]]:
        """Batch after batch over all clips: the frames, and their rows (n, R)."""
        total, done = sum(counts), 0
        on_progress(0, total)
        place = (0, 0)
        while load := self._load(clips, counts, place):
            store = SoundStore(self.package.info.buffer_len, self.device)
            starts = [self._added(store, clips[span.clip], span) for span in load]
            told = [self._emotion(clips[span.clip], span) for span in load]
            window_places, emotions = np.concatenate(starts), torch.cat(told)
            reached, length = 0, len(window_places)
            peak = torch.zeros((), device=self.device)
            while reached < length:
                if cancelled():
                    raise Cancelled
                result = self.batch.run(
                    functools.partial(self._run, store, window_places[reached:], emotions[reached:])
                )
                peak = torch.maximum(peak, result.abs().max())  # looked at later: the device goes on meanwhile
                yield _cut(load, reached, len(result)), result
                reached += len(result)
                done += len(result)
                on_progress(done, total)
            for span in load:
                forget_pages(clips[span.clip].samples)
            check_finite(peak.cpu().numpy().reshape(1, 1), self.package)
            place = after(load, counts)

    def _load(self, clips: Sequence[HeardClip], counts: Sequence[int], place: tuple[int, int]) -> tuple[Span, ...]:
        """The next frames whose sound and emotion fit into a quarter of the limit: at least one batch."""
        room, taken, frames = self._limit // 4, 0, 0
        for span in packed(counts, sum(counts), *place):
            progress = clips[span.clip].progress(self.package)
            size, emotion = self.package.info.buffer_len, 4 * self.package.info.emotion_size
            needed = sound_bytes(progress, size, 0, span.count) + emotion * span.count
            if taken + needed > room:
                each = 4 * float(progress.stride) + emotion
                frames += int(max(0, room - taken - 4 * size) / each)
                break
            taken, frames = taken + needed, frames + span.count
        return packed(counts, max(frames, self.batch.rows), *place)

    def _added(self, store: SoundStore, clip: HeardClip, span: Span) -> npt.NDArray[np.int64]:
        first = clip.first + span.first
        return store.add(clip.samples, clip.input_strength, clip.progress(self.package), first, span.count)

    def _emotion(self, clip: HeardClip, span: Span) -> torch.Tensor:
        """(n, 1, E) what the network is told in some frames."""
        values = emotion_input(
            self.package, clip.emotion, clip.progress(self.package), clip.first + span.first, span.count
        )
        return torch.as_tensor(values, device=self.device)

    def _run(
        self,
        store: SoundStore,
        places: npt.NDArray[np.int64],
        emotions: torch.Tensor,
        batch: int,
    ) -> torch.Tensor:
        """(n, R) the first ``batch`` rows or fewer, by one call of the network."""
        places, emotions = places[:batch], emotions[:batch]
        with one_thread():
            windows, count = store.windows(places), len(places)
        spare = self._batch_for(count, batch) - count
        if spare:
            windows = torch.cat([windows, windows.new_zeros((spare, *windows.shape[1:]))])
            emotions = torch.cat([emotions, emotions.new_zeros((spare, *emotions.shape[1:]))])
        result = self.engine.run_on_device({"emotion": emotions.contiguous(), "input": windows.contiguous()})["result"]
        return result.reshape(len(result), -1)[:count]

    def _batch_for(self, count: int, batch: int) -> int:
        """Frames that the network is given for ``count``. An engine makes ready for each size that it meets, so a GPU
        meets few: powers of two, or whole batches alone."""
        if self._is_padded:
            return batch
        return count if self.device.type == "cpu" else min(batch, 1 << (count - 1).bit_length())


def _cut(spans: Sequence[Span], start: int, count: int) -> tuple[Span, ...]:
    """The rows ``start`` … of spans one under the other."""
    cut, place = [], 0
    for span in spans:
        low, high = max(start, place), min(start + count, place + span.count)
        if low < high:
            cut.append(Span(span.clip, span.first + low - place, high - low))
        place += span.count
    return tuple(cut)
