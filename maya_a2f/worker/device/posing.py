"""Rows of many clips -> channels, on one device. What :class:`maya_a2f.worker.pose.Poser` does, side by side.

Chunks of rows go through projection, filters, solve and joints together; smoothers and solver carry over where a chunk
ends within a clip. What comes out is copied to the host once per chunk.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from maya_a2f.core.face_parameters import effective_parameters
from maya_a2f.errors import Cancelled
from maya_a2f.worker.blendshape_solver import BlendshapeSolver
from maya_a2f.worker.device.clips import PosedClip
from maya_a2f.worker.device.joints import eye_rows, jaw_rows
from maya_a2f.worker.device.memory import BatchSize
from maya_a2f.worker.device.packing import Span, Table, after, packed
from maya_a2f.worker.device.projection import ClipValues, SkinRightSides, TongueRightSides
from maya_a2f.worker.device.results import channels_of, column_count
from maya_a2f.worker.device.smoothing import Stages
from maya_a2f.worker.device.threads import one_thread
from maya_a2f.worker.device.weights import SolverName, WeightSolver
from maya_a2f.worker.eyes import saccade_frames
from maya_a2f.worker.mouth_close import mouth_close_contains_jaw
from maya_a2f.worker.package import BlendshapeSet, Floats, RegressionPackage
from maya_a2f.worker.pose import PoseResult, checked_rows

Doubles = npt.NDArray[np.float64]
Rows = Floats | torch.Tensor

_MOST_ROWS = 8192
_MOST_ROWS_ON_PROCESSOR = 2048


@dataclass
class _Carried:
    """What the clip that a chunk breaks off in goes on from."""

    stages: Stages | None = None
    skin: torch.Tensor | None = None
    tongue: torch.Tensor | None = None


class DevicePoser:
    """A package made ready for posing on ``device``. Results depend on the arguments alone, never on earlier calls."""

    def __init__(
        self,
        package: RegressionPackage,
        device: torch.device,
        memory_limit_bytes: int,
        *,
        solver: SolverName = "exact",
        chunk_rows: int | None = None,
    ) -> None:
        """Raises :class:`EngineError` where the package's solver configuration makes no sense."""
        self._package, self._device, data = package, device, package.data
        self._contains_jaw = mouth_close_contains_jaw(package.skin)
        self._skin = _Part.of(package.skin, device, solver)
        self._tongue = _Part.of(package.tongue, device, solver)
        if self._skin:
            self._skin_sides = SkinRightSides(data, self._skin.host, self._skin.shapes, device)
        if self._tongue:
            self._tongue_sides = TongueRightSides(data, self._tongue.host, self._tongue.shapes, device)
        self._neutral_jaw = torch.as_tensor(data.neutral_jaw.reshape(-1, 3).astype(np.float64), device=device)
        self._saccades = torch.as_tensor(np.asarray(data.saccade_rot_matrix, np.float32).copy(), device=device)
        most = _MOST_ROWS if device.type == "cuda" else _MOST_ROWS_ON_PROCESSOR
        wanted = min(most, memory_limit_bytes // 2 // self.bytes_per_frame)
        self.chunk = BatchSize(wanted if chunk_rows is None else chunk_rows, "pose the face")
        """Rows at once."""

    @property
    def bytes_per_frame(self) -> int:
        """Device memory that posing a frame takes, roughly."""
        solving = sum(part.weights.bytes_per_frame for part in (self._skin, self._tongue) if part)
        return 4096 + 24 * self._package.info.result_size + solving

    def pose(
        self,
        rows: Sequence[Rows],
        clips: Sequence[PosedClip],
        on_progress: Callable[[int, int], None] = lambda done, total: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> list[PoseResult]:
        """The channels of each clip, in the order given; ``rows`` holds (F, R) of each, on any device or host.

        Raises as :meth:`maya_a2f.worker.pose.Poser.pose`, and :class:`EngineError` ``engine.out_of_memory``.
        """
        values = [
            ClipValues(clip.rate, effective_parameters(self._package.config.parameters, clip.parameters))
            for clip in clips
        ]
        for table in rows:
            self._check(table)
        counts, width = [len(table) for table in rows], column_count(self._package)
        made = [np.empty((max(0, count - clip.lead_frames), width)) for count, clip in zip(counts, clips, strict=True)]
        place, carried, done = (0, 0), _Carried(), 0
        while packed(counts, 1, *place):
            if cancelled():
                raise Cancelled
            on_progress(done, sum(counts))
            job = functools.partial(self._chunk, place, counts, rows, clips, values, carried, made)
            with one_thread():
                spans, carried = self.chunk.run(job)
            place, done = after(spans, counts), done + sum(span.count for span in spans)
        on_progress(done, sum(counts))
        return [channels_of(table, self._package, self._contains_jaw) for table in made]

    def _check(self, rows: Rows) -> None:
        """Refuse what :func:`~maya_a2f.worker.pose.checked_rows` refuses."""
        if not isinstance(rows, torch.Tensor):
            checked_rows(self._package, rows)
        elif rows.ndim != 2 or rows.shape[1] != self._package.info.result_size or not bool(rows.isfinite().all()):
            checked_rows(self._package, rows.cpu().numpy())

    def _chunk(
        self,
        place: tuple[int, int],
        counts: Sequence[int],
        rows: Sequence[Rows],
        clips: Sequence[PosedClip],
        values: Sequence[ClipValues],
        carried: _Carried,
        made: list[Doubles],
        most: int,
    ) -> tuple[tuple[Span, ...], _Carried]:
        """Pose ``most`` rows or fewer from ``place`` on into ``made``; returns which, and what the next go on from."""
        spans = packed(counts, most, *place)
        table = Table(spans, self._device)
        raw = self._gathered(spans, rows)
        of_span = [values[span.clip] for span in spans]
        before = carried if spans[0].first else _Carried()
        left = _Carried()
        info = self._package.info
        sizes = (info.num_shapes_skin, info.num_shapes_tongue, info.result_jaw_size, info.result_eyes_size)
        skin, tongue, jaw, eyes = torch.split_with_sizes(raw, sizes, dim=1)
        skin_b = tongue_b = None
        if self._skin:
            skin_b, left.stages = self._skin_sides.right_sides(skin, table, of_span, before.stages)
        if self._tongue:
            tongue_b = self._tongue_sides.right_sides(tongue, table, of_span)
        shown, kept = _without_leads(spans, clips)
        if not shown:
            return spans, left
        seen = Table(shown, self._device)
        if len(seen) < len(table):
            chosen = torch.as_tensor(kept, device=self._device)
            skin_b = None if skin_b is None else skin_b[chosen]
            tongue_b = None if tongue_b is None else tongue_b[chosen]
            jaw, eyes = jaw[chosen], eyes[chosen]
        of_shown = [values[span.clip] for span in shown]
        columns = []
        if self._skin and skin_b is not None:
            weights, left.skin = self._skin.weights.solve(skin_b, seen, before.skin)
            columns.append(self._with_apples_meaning(weights))
        if self._tongue and tongue_b is not None:
            weights, left.tongue = self._tongue.weights.solve(tongue_b, seen, before.tongue)
            columns.append(weights)
        if info.result_jaw_size:
            names = ("lowerTeethStrength", "lowerTeethHeightOffset", "lowerTeethDepthOffset")
            settings = ([clip.parameters[name] for clip in of_shown] for name in names)
            columns.append(jaw_rows(jaw.double(), self._neutral_jaw, seen, *settings))
        if info.result_eyes_size:
            columns.append(self._eyes(eyes, seen, of_shown, clips).double())
        if shown[-1].clip != spans[-1].clip:  # of the last clip no frame was solved yet
            left.skin = left.tongue = None
        if columns:
            host = torch.cat(columns, dim=1).cpu().numpy()
            for span, part in seen.parts():
                start = span.first - clips[span.clip].lead_frames
                made[span.clip][start : start + span.count] = host[part]
        return spans, left

    def _gathered(self, spans: tuple[Span, ...], rows: Sequence[Rows]) -> torch.Tensor:
        """(n, R) float32 rows of a chunk on the device."""
        parts = [rows[span.clip][span.first : span.first + span.count] for span in spans]
        if all(isinstance(part, torch.Tensor) for part in parts):
            return torch.cat([torch.as_tensor(part).to(self._device) for part in parts])
        host = np.concatenate([part.cpu().numpy() if isinstance(part, torch.Tensor) else part for part in parts])
        return torch.as_tensor(np.asarray(host, np.float32), device=self._device)

    def _with_apples_meaning(self, weights: torch.Tensor) -> torch.Tensor:
        """(n, P) where mouthClose no longer contains jawOpen."""
        if self._contains_jaw and self._skin:
            names = self._skin.shapes.pose_names
            jaw, close = names.index("jawOpen"), names.index("mouthClose")
            weights[:, jaw] = (weights[:, jaw] + weights[:, close]).clamp_max(1.0)
        return weights

    def _eyes(
        self, angles: torch.Tensor, table: Table, values: Sequence[ClipValues], clips: Sequence[PosedClip]
    ) -> torch.Tensor:
        frames = []
        for span, clip in zip(table.spans, values, strict=True):
            start = clips[span.clip].first_frame + span.first
            seed = clip.parameters["saccadeSeed"]
            frames.append(saccade_frames(start + span.count, len(self._saccades), seed, clip.rate)[start:])
        jumps = self._saccades[torch.as_tensor(np.concatenate(frames), device=self._device)]
        names = [f"{side}EyeballRotationOffset{axis}" for side in ("right", "left") for axis in "XY"]
        offsets = torch.cat([table.spread([clip.parameters[name] for clip in values]) for name in names], dim=1)
        saccade, strength = (
            table.spread([clip.parameters[name] for clip in values]).float()
            for name in ("saccadeStrength", "eyeballsStrength")
        )
        return eye_rows(angles, saccade * jumps, strength, offsets.float())


@dataclass(frozen=True)
class _Part:
    """A blendshape set and what solves it."""

    shapes: BlendshapeSet
    host: BlendshapeSolver
    weights: WeightSolver

    @classmethod
    def of(cls, shapes: BlendshapeSet | None, device: torch.device, method: SolverName) -> _Part | None:
        """None where the package has no such set."""
        if shapes is None:
            return None
        host = BlendshapeSolver(shapes)
        return cls(shapes, host, WeightSolver(host, shapes.config, device, method))


def _without_leads(
    spans: tuple[Span, ...], clips: Sequence[PosedClip]
) -> tuple[tuple[Span, ...], npt.NDArray[np.int64]]:
    """The spans without the rows that only let the smoothing settle, and which rows those are that stay."""
    shown, kept, start = [], [], 0
    for span in spans:
        lead = min(span.count, max(0, clips[span.clip].lead_frames - span.first))
        if lead < span.count:
            shown.append(Span(span.clip, span.first + lead, span.count - lead))
            kept.append(np.arange(start + lead, start + span.count))
        start += span.count
    return tuple(shown), np.concatenate(kept) if kept else np.empty(0, np.int64)
