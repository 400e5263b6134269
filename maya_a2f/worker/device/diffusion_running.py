"""A diffusion network on its device: the noise stays there, and of what it predicts only the rows come back.

For the published model that is 64 MB that are not sent and 21 MB that are not fetched with every half second of sound.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch

from maya_a2f.worker.device.memory import told_failures
from maya_a2f.worker.diffusion.noise import NoiseSource
from maya_a2f.worker.diffusion.package import DiffusionInfo
from maya_a2f.worker.diffusion.projection import RowProjection
from maya_a2f.worker.diffusion.running import Predicted, Told, noise_to_fill
from maya_a2f.worker.engines.device_port import DeviceEngine
from maya_a2f.worker.package import Floats

_WHAT = "run the network"


class DeviceRunner:
    """See :class:`maya_a2f.worker.diffusion.running.Runner`."""

    def __init__(self, info: DiffusionInfo, engine: DeviceEngine, noise: NoiseSource) -> None:
        self._info, self._engine, self._noise = info, engine, noise
        self._blocks = torch.empty((0, *info.noise_shape), device=engine.device)
        self._held: list[int] = []
        self._projections = DeviceProjections(engine.device)

    @property
    def max_batch(self) -> int | None:
        """See :class:`maya_a2f.worker.diffusion.running.Runner`."""
        return self._engine.max_batch

    def run(self, told: Told) -> tuple[Floats, Predicted]:
        """See :class:`maya_a2f.worker.diffusion.running.Runner`."""
        given = {
            "emotion": told.emotion,
            "identity": told.identity,
            "input_latents": told.latents,
            "window": told.windows,
        }
        with told_failures(_WHAT):
            tensors = {name: torch.from_numpy(values).to(self._engine.device) for name, values in given.items()}
            outputs = self._engine.run_on_device({**tensors, "noise": self._noise_for(told)})
            first = self._info.left_frames
            kept = outputs["prediction"][:, first : first + self._info.kept_frames]
            left: Floats = outputs["output_latents"].cpu().numpy()
        return left, DevicePredicted(kept, self._projections)

    def _noise_for(self, told: Told) -> torch.Tensor:
        tracks = len(told.inferences)
        if len(self._held) != tracks:
            self._blocks = torch.empty((tracks, *self._info.noise_shape), device=self._engine.device)
            self._held = [-1] * tracks
        for track, number in noise_to_fill(self._noise, self._held, told):
            self._held[track] = -1  # as long as it is neither
            self._blocks[track].copy_(torch.from_numpy(self._noise.block(number)))
            self._held[track] = number
        return self._blocks


@dataclass(frozen=True, eq=False)
class DevicePredicted:
    """See :class:`maya_a2f.worker.diffusion.running.Predicted`."""

    kept: torch.Tensor
    """(B, C, D)"""
    projections: DeviceProjections

    def frames(self, track: int) -> Floats:
        """See :class:`maya_a2f.worker.diffusion.running.Predicted`."""
        with told_failures(_WHAT):
            frames: Floats = self.kept[track].cpu().numpy()
        return frames

    def rows(self, track: int, projection: RowProjection) -> Floats:
        """See :class:`maya_a2f.worker.diffusion.running.Predicted`."""
        with told_failures("project the face"):
            return self.projections.rows(self.kept[track], projection)

    def largest(self, track: int) -> float:
        """See :class:`maya_a2f.worker.diffusion.running.Predicted`."""
        with told_failures(_WHAT):
            return float(self.kept[track].abs().max())


@dataclass(eq=False)
class DeviceProjections:
    """The matrices of the projection used last, on the device."""

    device: torch.device
    _made: tuple[RowProjection, list[tuple[torch.Tensor | None, torch.Tensor]]] | None = field(default=None)

    def rows(self, frames: torch.Tensor, projection: RowProjection) -> Floats:
        """(n, R) for frames (n, D), as :meth:`RowProjection.rows`: products in float64, results float32."""
        if self._made is None or self._made[0] is not projection:
            self._made = (projection, [self._moved(part.columns, part.shapes) for part in projection.parts])
        pieces, first = [], 0
        for size, (columns, shapes) in zip(projection.sizes, self._made[1], strict=True):
            deltas = frames[:, first : first + size]
            chosen = deltas if columns is None else deltas.index_select(1, columns)
            pieces.append((chosen.double() @ shapes.T).float())
            first += size
        rows: Floats = torch.cat([*pieces, frames[:, first:]], dim=1).cpu().numpy()
        return rows

    def _moved(
        self,
        columns: np.ndarray[tuple[int], np.dtype[np.intp]] | None,
        shapes: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    ) -> tuple[torch.Tensor | None, torch.Tensor]:
        indices = None if columns is None else torch.from_numpy(columns).to(self.device)
        return indices, torch.from_numpy(shapes).to(self.device)
