"""A model package, opened: what it hears becomes rows (infer), and rows become channels (pose).

Rows are what is cached between the two: nothing but the posing's parameters is applied to them afterwards. Any class
with these methods serves the pipeline; :class:`LoadedModel` is the one for regression packages, whose rows are the
network's own output.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from maya_a2f import settings
from maya_a2f.core.closures import LipGap
from maya_a2f.worker.blendshape_solver import bounding_diagonal
from maya_a2f.worker.device.choice import device_pipeline_of
from maya_a2f.worker.emotion_track import EmotionTrack
from maya_a2f.worker.engines.plan_cache import Watch
from maya_a2f.worker.engines.port import Engine
from maya_a2f.worker.engines.selection import EngineWish, choose_engine
from maya_a2f.worker.engines.stretch_network import StretchNetwork, open_stretches
from maya_a2f.worker.infer_cache import infer_key
from maya_a2f.worker.inference import calls_at_once, frame_count, infer_frames, inferred_rows, rows_in_order
from maya_a2f.worker.layering import LayerPlan
from maya_a2f.worker.lip_gap import measured_lip_gap
from maya_a2f.worker.package import Floats, RegressionPackage
from maya_a2f.worker.package_reading import load_package
from maya_a2f.worker.pose import Poser, PoseResult
from maya_a2f.worker.shared_windows import Sharing, infer_stretch, sharing, stretch_inputs

if TYPE_CHECKING:
    from maya_a2f.worker.device.pipeline import DevicePipeline

OnFrames = Callable[[int, int], None]
"""Called with (frames done, frames in all)."""
IsCancelled = Callable[[], bool]

_FEW_FRAMES = 16
_STRETCH_STEPS = 160
"""In one call, of a network over stretches: what a call hears twice is a tenth then, and a cancel waits for 20 ms."""


@dataclass(frozen=True, eq=False)
class ClipInput:
    """What the network hears and is told of one clip."""

    samples: Floats
    """(N,) mono at the network's rate."""
    rate: Fraction
    """Frames per second wanted."""
    emotion: EmotionTrack
    parameters: Mapping[str, float]
    """All of them, with their effective values; ``inputStrength`` is the gain on the audio."""

    @property
    def input_strength(self) -> float:
        """The gain on the audio."""
        return self.parameters["inputStrength"]


@dataclass
class LoadedModel:
    """A regression package, its content hash, and what runs and poses it."""

    package: RegressionPackage
    digest: str
    engine: Engine
    poser: Poser
    head_size: float
    """Diagonal of the neutral skin's bounding box, centimetres."""
    lip_gap: LipGap
    """How its weights part the lips."""
    layer_plan: LayerPlan = field(default_factory=LayerPlan)
    device: DevicePipeline | None = None
    """The package on a torch device; None where the processor does everything."""
    stretches: StretchNetwork | None = None
    """The network over stretches of sound, where the package has one and numpy on the processor does everything."""

    @property
    def row_size(self) -> int:
        """R, the length of a row."""
        return self.package.info.result_size

    def frame_count(self, clip: ClipInput) -> int:
        """Rows that the clip gives."""
        return frame_count(self.package, clip.samples, clip.rate)

    def sharing(self, rate: Fraction) -> Sharing | None:
        """How overlapping windows of the network are shared at a rate; None where they are not."""
        if self.stretches is None:
            return None
        return sharing(Fraction(self.package.info.samplerate) / rate, self.stretches.step_samples)

    def infer_key(self, clip: ClipInput) -> str:
        """Names the rows of the clip in the cache: changes with everything they depend on."""
        engine = f"{self.engine.name} {self.engine.precision}{' shared' * (self.sharing(clip.rate) is not None)}"
        return infer_key(clip.samples, self.digest, clip.emotion, clip.rate, clip.input_strength, engine)

    @property
    def record(self) -> Mapping[str, str]:
        """What decides a take besides what every model has: nothing."""
        return {}

    def own_key(self, clip: ClipInput) -> tuple[object, ...]:
        """What rows depend on besides sound, emotion, rate, gain and package: nothing."""
        return ()

    def is_exact_at(self, clip: ClipInput, first: int, count: int) -> bool:
        """Frames do not depend on each other: always."""
        return True

    def rows(self, clip: ClipInput, on_progress: OnFrames, cancelled: IsCancelled) -> Iterator[Floats]:
        """All rows of the clip in order, some (n, R) at a time. Raises as
        :func:`~maya_a2f.worker.inference.inferred_rows`."""
        if self.device is not None:
            return self.device.rows(clip.samples, clip.rate, clip.emotion, clip.input_strength, on_progress, cancelled)
        shared = self.sharing(clip.rate)
        if shared is not None:
            step = shared.phases * max(1, _STRETCH_STEPS // shared.steps)
            at_once = calls_at_once(self.engine)
            return rows_in_order(
                partial(self.rows_at, clip), clip.samples, self.frame_count(clip), step, at_once, on_progress, cancelled
            )
        return inferred_rows(
            self.package,
            self.engine,
            clip.samples,
            clip.rate,
            clip.emotion,
            on_progress,
            cancelled,
            input_strength=clip.input_strength,
        )

    def rows_at(self, clip: ClipInput, first: int, count: int) -> Floats:
        """(count, R) the rows ``first``, ``first + 1``, …; where windows are not shared, ``count`` is at most
        :attr:`few_frames`."""
        heard = (clip.samples, clip.rate, clip.emotion, first, count)
        shared = self.sharing(clip.rate)
        if self.stretches is None or shared is None:
            return infer_frames(self.package, self.engine, *heard, input_strength=clip.input_strength)
        given = stretch_inputs(self.package, self.stretches, shared, *heard, input_strength=clip.input_strength)
        return infer_stretch(self.package, self.stretches, given, count)

    @property
    def few_frames(self) -> int:
        """Rows to ask for at once where only some are wanted."""
        return max(1, min(_FEW_FRAMES, self.engine.max_batch or _FEW_FRAMES))

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
        """The channels of a clip or a stretch of it: :meth:`maya_a2f.worker.pose.Poser.pose`."""
        if self.device is not None and self.device.is_worth_posing(len(rows)):
            return self.device.posed(rows, rate, parameters, first_frame, lead_frames, on_progress, cancelled)
        return self.poser.pose(
            rows, rate, parameters, on_progress, cancelled, first_frame=first_frame, lead_frames=lead_frames
        )


def load_model(folder: Path, digest: str, wish: EngineWish | None = None, watch: Watch | None = None) -> LoadedModel:
    """Open the package in ``folder`` with the engine wished for. Raises :class:`EngineError`."""
    package = load_package(folder)
    wish = wish or EngineWish()
    threads = settings.worker_threads()
    engine = choose_engine(package, wanted=wish.engine, precision=wish.precision, threads=threads, watch=watch)
    device = device_pipeline_of(package, engine)
    stretches, why_not = None, ""
    if device is None:
        stretches, why_not = open_stretches(package.network_path, package.info, engine, threads)
    if why_not:
        engine.passed_over = (*engine.passed_over, why_not)
    return LoadedModel(
        package,
        digest,
        engine,
        Poser(package),
        bounding_diagonal(package.data.neutral_skin),
        measured_lip_gap(package),
        device=device,
        stretches=stretches,
    )
