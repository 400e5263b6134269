"""From rows of the network to the solvers' right sides, many clips at once: :mod:`maya_a2f.worker.reduced_pose` on a
device. Decoding, offsets, both smoothers, the mask and the projection onto the shapes are one product and a filter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import torch

from maya_a2f.worker.animator import rest_weights, smoothing_factor
from maya_a2f.worker.blendshape_solver import BlendshapeSolver
from maya_a2f.worker.device.packing import Table
from maya_a2f.worker.device.smoothing import Stages, two_stage_smoothed
from maya_a2f.worker.package import BlendshapeSet, ModelData
from maya_a2f.worker.reduced_pose import SkinProjection, TongueProjection

_KEPT_MASKS = 8
"""Projections are kept for as many settings of the face mask: 0.2 MB each for 43 poses and 272 shapes."""


@dataclass(frozen=True)
class ClipValues:
    """What decides how a clip is posed."""

    rate: Fraction
    parameters: Mapping[str, float]
    """All of them, effective."""

    @property
    def mask(self) -> tuple[float, float]:
        """faceMaskLevel, faceMaskSoftness."""
        return self.parameters["faceMaskLevel"], self.parameters["faceMaskSoftness"]

    def smoothing(self, name: str) -> float | None:
        """α of one stage, for the parameter ``name``."""
        return smoothing_factor(self.parameters[name], float(1 / self.rate))


class SkinRightSides:
    """The skin's."""

    def __init__(self, data: ModelData, solver: BlendshapeSolver, shapes: BlendshapeSet, device: torch.device) -> None:
        self._data, self._solver, self._neutral, self._device = data, solver, shapes.neutral, device
        self._known: dict[tuple[float, float], tuple[torch.Tensor, torch.Tensor]] = {}

    def right_sides(
        self, coefficients: torch.Tensor, table: Table, clips: Sequence[ClipValues], carried: Stages | None
    ) -> tuple[torch.Tensor, Stages]:
        """(n, K) b of every row, without the temporal term, for ``coefficients`` (n, S), and the smoothers' state.

        ``clips`` has the values of each span. ``carried`` as of
        :func:`~maya_a2f.worker.device.smoothing.two_stage_smoothed`.
        """
        values = torch.empty(
            (len(coefficients), self._solver.active.size * 2), dtype=torch.float64, device=self._device
        )
        wide = torch.empty((len(coefficients), coefficients.shape[1] + 2), dtype=torch.float64, device=self._device)
        wide[:, :-2] = table.spread([clip.parameters["skinStrength"] for clip in clips]) * coefficients.double()
        for column, rest in enumerate(zip(*(rest_weights(clip.parameters) for clip in clips), strict=True)):
            wide[:, column - 2] = table.spread(rest)[:, 0]
        constants = []
        for start, stop, mask in _runs(table, clips):
            both, constant = self._projection(mask)
            values[start:stop] = wide[start:stop] @ both
            constants.append(constant.expand(stop - start, -1))
        lower, upper = values.chunk(2, dim=1)
        size = lower.shape[1]
        before = (
            (None, None) if carried is None else (_part(carried, slice(0, size)), _part(carried, slice(size, None)))
        )
        lower, low = two_stage_smoothed(
            lower, [clip.smoothing("lowerFaceSmoothing") for clip in clips], table, before[0]
        )
        upper, up = two_stage_smoothed(
            upper, [clip.smoothing("upperFaceSmoothing") for clip in clips], table, before[1]
        )
        b = torch.cat(constants)
        b = b + table.spread([clip.parameters["lowerFaceStrength"] for clip in clips]) * lower
        b = b + table.spread([clip.parameters["upperFaceStrength"] for clip in clips]) * upper
        return b, Stages(torch.cat([low.first, up.first]), torch.cat([low.second, up.second]))

    def _projection(self, mask: tuple[float, float]) -> tuple[torch.Tensor, torch.Tensor]:
        """(S + 2, 2K) the lower and the upper face's product side by side, and (K,) the constant part."""
        known = self._known.pop(mask, None)
        if known is None:
            made = SkinProjection(self._data, self._solver, self._neutral, *mask)
            both = torch.cat([torch.as_tensor(made.lower).T, torch.as_tensor(made.upper).T], dim=1)
            known = both.contiguous().to(self._device), torch.as_tensor(made.constant).to(self._device)
        self._known[mask] = known
        if len(self._known) > _KEPT_MASKS:
            del self._known[next(iter(self._known))]
        return known


class TongueRightSides:
    """The tongue's: no mask, no smoothing, and two constant shifts."""

    def __init__(self, data: ModelData, solver: BlendshapeSolver, shapes: BlendshapeSet, device: torch.device) -> None:
        made = TongueProjection(data, solver, shapes.neutral)
        self._basis, self._height, self._depth, self._constant = (
            torch.as_tensor(part).to(device) for part in (made.basis, made.height, made.depth, made.constant)
        )

    def right_sides(self, coefficients: torch.Tensor, table: Table, clips: Sequence[ClipValues]) -> torch.Tensor:
        """(n, K) b of every row, without the temporal term, for ``coefficients`` (n, S)."""
        strength, height, depth = (
            table.spread([clip.parameters[name] for clip in clips])
            for name in ("tongueStrength", "tongueHeightOffset", "tongueDepthOffset")
        )
        moved = strength * (coefficients.double() @ self._basis.T)
        return moved + height * self._height + depth * self._depth + self._constant


def _runs(table: Table, clips: Sequence[ClipValues]) -> list[tuple[int, int, tuple[float, float]]]:
    """(first row, row after the last, mask) of neighbouring spans with one mask."""
    runs: list[tuple[int, int, tuple[float, float]]] = []
    for clip, (_, rows) in zip(clips, table.parts(), strict=True):
        if runs and runs[-1][2] == clip.mask:
            runs[-1] = (runs[-1][0], rows.stop, clip.mask)
        else:
            runs.append((rows.start, rows.stop, clip.mask))
    return runs


def _part(stages: Stages, columns: slice) -> Stages:
    return Stages(stages.first[columns], stages.second[columns])
