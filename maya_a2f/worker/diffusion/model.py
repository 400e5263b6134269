"""A diffusion package, opened: what it hears becomes rows, and rows become channels, as for any other model.

Rows are small (:mod:`maya_a2f.worker.diffusion.projection`) and at the scene's rate, so that caches do not grow with
the mesh. A clip is inferred from its beginning; single moments start from a remembered state, or, where none is near,
a little before the moment with none, which is an approximation and said to be one.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np

from maya_a2f.core.closures import LipGap
from maya_a2f.errors import Cancelled, UserError
from maya_a2f.worker.blendshape_solver import bounding_diagonal
from maya_a2f.worker.diffusion.engine import open_diffusion_engine
from maya_a2f.worker.diffusion.loop import DiffusionLoop
from maya_a2f.worker.diffusion.memories import MemoryShelf, SoundDigest
from maya_a2f.worker.diffusion.noise import noise_source, noise_words
from maya_a2f.worker.diffusion.package import DiffusionPackage
from maya_a2f.worker.diffusion.package_reading import load_diffusion_package
from maya_a2f.worker.diffusion.projection import RowPoser, RowProjection
from maya_a2f.worker.diffusion.row_resampling import RowResampler, RowTimes, mixed_rows
from maya_a2f.worker.diffusion.running import Predicted, Runner, open_runner
from maya_a2f.worker.diffusion.timing import Schedule, schedule_of
from maya_a2f.worker.engines.plan_cache import Watch
from maya_a2f.worker.engines.port import NamedEngine
from maya_a2f.worker.engines.selection import EngineWish
from maya_a2f.worker.infer_cache import infer_key
from maya_a2f.worker.layering import LayerPlan
from maya_a2f.worker.lip_gap import measured_lip_gap
from maya_a2f.worker.loaded_model import ClipInput, IsCancelled, OnFrames
from maya_a2f.worker.package import Floats, RegressionPackage
from maya_a2f.worker.pose import PoseResult
from maya_a2f.worker.spool import forget_pages
from maya_a2f.worker.windows import gather_windows

_FEW_FRAMES = 48
_MOST_EXACT = 240
_PATIENCE_SECONDS = 1.0
"""A single moment waits for so many inferences (of half a second of sound each), or for so long."""
_PREVIEW = 3
"""Inferences before the one wanted, where a moment is approximated; so many are always waited for."""
_KEPT_INFERENCES = 64
_FORGET_INFERENCES = 64


@dataclass
class LoadedDiffusion:
    """A diffusion package with one identity, its content hash, and what runs and poses it."""

    source: DiffusionPackage
    digest: str
    engine: NamedEngine
    poser: RowPoser
    runner: Runner
    """The engine with the noise."""
    head_size: float
    """Diagonal of the neutral skin's bounding box, centimetres."""
    lip_gap: LipGap
    """How its weights part the lips."""
    layer_plan: LayerPlan = field(default_factory=LayerPlan)
    _projection: tuple[tuple[float, float], RowProjection] | None = None
    _memories: MemoryShelf = field(default_factory=MemoryShelf)
    _digest_of: SoundDigest = field(default_factory=SoundDigest)
    _heard: dict[tuple[object, ...], tuple[Floats, bool]] = field(default_factory=dict)
    """(clip, mask, inference) -> the network's (C, R) rows, and whether they are exact."""
    _seconds: float | None = None
    """The shortest inference so far."""

    @property
    def package(self) -> RegressionPackage:
        """The identity as posing sees it."""
        return self.poser.package

    @property
    def identity(self) -> str:
        """Which of the package's faces it is."""
        return self.source.identity

    @property
    def record(self) -> Mapping[str, str]:
        """What decides a take besides what every model has: for the take's record."""
        return {"identity": self.identity, "noise": noise_words(self.source)}

    @property
    def row_size(self) -> int:
        """R, the length of a row."""
        return self.package.info.result_size

    @property
    def few_frames(self) -> int:
        """Rows to ask for at once where only some are wanted."""
        return _FEW_FRAMES

    def frame_count(self, clip: ClipInput) -> int:
        """Rows that the clip gives, at the scene's rate. Raises :class:`UserError` ``clip.too_short`` for less sound
        than the network has a frame for, which the published sizes always have."""
        return self._times(clip).count

    def own_key(self, clip: ClipInput) -> tuple[object, ...]:
        """What rows depend on besides sound, emotion, rate, gain and package: the identity and the mask."""
        return (self.identity, *_mask_of(clip))

    def infer_key(self, clip: ClipInput) -> str:
        """Names the rows of the clip in the cache: changes with everything they depend on."""
        level, softness = _mask_of(clip)
        described = "|".join((self.digest, "rows/1", *self.record.values(), level.hex(), softness.hex()))
        engine = f"{self.engine.name} {self.engine.precision}"
        return infer_key(clip.samples, described, clip.emotion, clip.rate, clip.input_strength, engine)

    def rows(self, clip: ClipInput, on_progress: OnFrames, cancelled: IsCancelled) -> Iterator[Floats]:
        """All rows of the clip in order, those of about one inference (n, R) at a time; nothing is kept but the
        network's memory. ``on_progress`` hears (frames done, frames in all), first with 0. Raises :class:`Cancelled`,
        :class:`EngineError` ``engine.*``."""
        schedule, times = self._schedule(), self._times(clip)
        projection, resampler = self._projected_by(clip), RowResampler(times)
        memories, loop = self._memories.of(self._sound_key(clip)), self._loop()
        samples, done = len(clip.samples), 0
        on_progress(0, times.count)
        for inference in range(schedule.inference_count(samples) if times.count else 0):
            if cancelled():
                raise Cancelled()
            memories.keep(inference, loop.latents())
            rows = self._inferred(loop, clip).rows(0, projection)
            first, end = schedule.kept_range(inference, samples)
            low = first - inference * schedule.kept
            made = resampler.push(first, rows[low : low + end - first]) if first < end else rows[:0]
            if len(made):
                done += len(made)
                yield made
                on_progress(done, times.count)
            if inference % _FORGET_INFERENCES == 0:
                forget_pages(clip.samples)

    def rows_at(self, clip: ClipInput, first: int, count: int) -> Floats:
        """(count, R) the rows ``first``, ``first + 1``, …; :meth:`is_exact_at` says how good they are."""
        before, share = self._times(clip).sources(first, count)
        inferences = self._needed(clip, first, count)
        heard = [self._rows_of(clip, inference)[0] for inference in inferences]
        return mixed_rows(np.concatenate(heard), before - inferences[0] * self.source.info.kept_frames, share)

    def is_exact_at(self, clip: ClipInput, first: int, count: int) -> bool:
        """Whether what :meth:`rows_at` gives there is what :meth:`rows` would."""
        return all(self._rows_of(clip, inference)[1] for inference in self._needed(clip, first, count))

    def forget(self) -> None:
        """Let the next clip be posed as the first would be, to the last bit."""
        self.poser.forget()

    def pose(
        self,
        rows: Floats,
        rate: Fraction,
        parameters: Mapping[str, float],
        on_progress: OnFrames | None = None,
        cancelled: IsCancelled | None = None,
        *,
        first_frame: int = 0,
        lead_frames: int = 0,
    ) -> PoseResult:
        """The channels of a clip or a stretch of it: :meth:`maya_a2f.worker.pose.Poser.pose`.

        The mask of ``parameters`` must be the one that the rows were made with.
        """
        return self.poser.pose(
            rows, rate, parameters, on_progress, cancelled, first_frame=first_frame, lead_frames=lead_frames
        )

    def _needed(self, clip: ClipInput, first: int, count: int) -> range:
        """The inferences behind some rows."""
        before, share = self._times(clip).sources(first, count)
        kept = self.source.info.kept_frames
        return range(int(before[0]) // kept, (int(before[-1]) + int(share[-1] > 0)) // kept + 1)

    def _rows_of(self, clip: ClipInput, inference: int) -> tuple[Floats, bool]:
        """((C, R) rows of an inference, whether they are exact), run where that was not done lately."""
        sound = self._sound_key(clip)
        memories = self._memories.of(sound)
        nearest, latents = memories.nearest(inference)
        if self._seconds is None:  # how long one takes is learned from the clip's first
            self._inferred(self._loop(), clip)
        is_exact = inference - nearest <= self._reach()
        key = (*sound, *_mask_of(clip), inference)
        known = self._heard.pop(key, None)
        if known is not None and (known[1] or not is_exact):
            self._heard[key] = known
            return known
        start = nearest if is_exact else max(0, inference - _PREVIEW)
        loop, projection = self._loop(), self._projected_by(clip)
        loop.resume(0, start, latents if is_exact else None)
        for number in range(start, inference + 1):
            if is_exact:
                memories.keep(number, loop.latents())
            predicted = self._inferred(loop, clip)
            if is_exact or number == inference:
                self._heard[*sound, *_mask_of(clip), number] = (predicted.rows(0, projection), is_exact)
        if is_exact:
            memories.keep(inference + 1, loop.latents())
        while len(self._heard) > _KEPT_INFERENCES:
            del self._heard[next(iter(self._heard))]
        return self._heard[key]

    def _reach(self) -> int:
        """Inferences that may precede the one wanted."""
        quick = 0 if self._seconds is None else int(_PATIENCE_SECONDS / max(self._seconds, 1e-6))
        return max(_PREVIEW, min(_MOST_EXACT, quick - 1))

    def _inferred(self, loop: DiffusionLoop, clip: ClipInput) -> Predicted:
        """The kept frames of the loop's next inference."""
        info, schedule, inference = self.source.info, self._schedule(), loop.inferences[0]
        window = gather_windows(clip.samples, schedule.windows.starts(inference, 1), info.buffer_len)
        window *= np.float32(clip.input_strength)
        stamps = schedule.frames.targets(inference * info.kept_frames, info.kept_frames)
        start = time.perf_counter()
        predicted = loop.run(window, clip.emotion.sampled(stamps)[None])
        took = time.perf_counter() - start
        self._seconds = took if self._seconds is None else min(self._seconds, took)
        return predicted

    def _loop(self) -> DiffusionLoop:
        return DiffusionLoop(self.source, self.runner)

    def _schedule(self) -> Schedule:
        return schedule_of(self.source.info)

    def _times(self, clip: ClipInput) -> RowTimes:
        schedule, samplerate, samples = self._schedule(), self.source.info.samplerate, len(clip.samples)
        if samples and not schedule.frame_count(samples):
            least = (schedule.frames.target(schedule.first_frame) + 1) / samplerate
            raise UserError(
                f"The clip is too short for the model '{self.source.name}': its first frame lies {least:.3f} s after a "
                "recording's start.",
                code="clip.too_short",
                hint="Choose a longer stretch of the recording.",
            )
        return RowTimes(schedule, samplerate, clip.rate, samples)

    def _sound_key(self, clip: ClipInput) -> tuple[object, ...]:
        return (self._digest_of.of(clip.samples), clip.emotion.digest(), clip.input_strength)

    def _projected_by(self, clip: ClipInput) -> RowProjection:
        key = _mask_of(clip)
        if self._projection is None or self._projection[0] != key:
            self._projection = (key, RowProjection(self.source, *key))
        return self._projection[1]


def load_diffusion(
    folder: Path,
    digest: str,
    identity: str = "",
    before: LoadedDiffusion | None = None,
    wish: EngineWish | None = None,
    watch: Watch | None = None,
) -> LoadedDiffusion:
    """Open the package in ``folder`` with one identity; ``before`` is the same package with another.

    Raises :class:`EngineError`, :class:`UserError` ``model.identity_unknown``.
    """
    package = load_diffusion_package(folder, identity)
    poser = RowPoser(package)
    engine = open_diffusion_engine(package, wish, watch) if before is None else before.engine
    return LoadedDiffusion(
        source=package,
        digest=digest,
        engine=engine,
        poser=poser,
        runner=open_runner(package.info, engine, noise_source(package)) if before is None else before.runner,
        head_size=bounding_diagonal(package.data.neutral_skin),
        lip_gap=measured_lip_gap(poser.package),
    )


def _mask_of(clip: ClipInput) -> tuple[float, float]:
    return clip.parameters["faceMaskLevel"], clip.parameters["faceMaskSoftness"]
