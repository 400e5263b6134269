"""The animator's two smoothing stages over the frames of many clips at once (specification, animator.md section 3).

One stage is y_f = α·x_f + ρ·y_{f−1} with ρ = 1 − α. The recurrence is unrolled by doubling: after step k every frame
holds the sum over the last 2^k frames, so it takes log₂ of the clip's length, or fewer steps where ρ to the power of
2^k is nothing any more. It is the same sum in another order, not an approximation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from maya_a2f.worker.device.packing import Table

_NOTHING = 1e-20
"""ρ to a power below which a frame leaves no trace in float64."""


@dataclass(frozen=True)
class Stages:
    """Where the two stages stand after a frame, (n,) each."""

    first: torch.Tensor
    second: torch.Tensor


def two_stage_smoothed(
    values: torch.Tensor, factors: Sequence[float | None], table: Table, carried: Stages | None
) -> tuple[torch.Tensor, Stages]:
    """(n, m) smoothed values, and where the stages stand after the last row.

    ``factors`` are α by span, as of :func:`maya_a2f.worker.animator.smoothing_factor`; None is off. ``carried`` is
    where the stages stood before the first row; None where a clip begins there. Every other span begins its clip: its
    first frame passes unchanged.
    """
    alphas = [1.0 if factor is None else factor for factor in factors]
    first = _smoothed(values, alphas, table, None if carried is None else carried.first)
    second = _smoothed(first, alphas, table, None if carried is None else carried.second)
    return second, Stages(first[-1].clone(), second[-1].clone())


def _smoothed(values: torch.Tensor, alphas: Sequence[float], table: Table, before: torch.Tensor | None) -> torch.Tensor:
    if all(alpha == 1.0 for alpha in alphas):
        return values
    result = values * table.spread(alphas)
    result[table.starts] = values[table.starts]
    if before is not None:
        result[0] = alphas[0] * values[0] + (1.0 - alphas[0]) * before
    powers = table.spread([1.0 - alpha for alpha in alphas])
    largest, reach = 1.0 - min(alphas), 1
    while reach < table.longest and largest > _NOTHING:
        has_past = (table.within >= reach)[reach:, None]
        past = torch.where(has_past, result[:-reach] * powers[reach:], 0.0)
        result[reach:] += past
        powers, largest, reach = powers * powers, largest * largest, reach * 2
    return result
