"""Jaw and eyes of many frames at once: :mod:`maya_a2f.worker.jaw` and :mod:`maya_a2f.worker.eyes` on a device."""

from __future__ import annotations

import torch

from maya_a2f.worker.device.packing import Table

_COLLINEAR = 1e-9
"""Second singular value over the first below which points say nothing about the turn around their own line."""
_NUDGE = 1e-6


def rigid_motions(neutral: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Rotations (F, 3, 3) and translations (F, 3) with target ≈ R·p + t: :func:`maya_a2f.worker.jaw.rigid_motions`.

    ``neutral`` (n, 3) and ``targets`` (F, n, 3), float64.
    """
    source_mean, target_mean = neutral.mean(0), targets.mean(1)
    covariance = torch.einsum("ni,fnj->fij", neutral - source_mean, targets - target_mean[:, None, :])
    u, singular, vt = torch.linalg.svd(covariance)
    undecided = singular[:, 1] <= _COLLINEAR * singular[:, 0]
    if bool(undecided.any()):
        nudge = singular[undecided, 0].clamp_min(torch.finfo(torch.float64).tiny) * _NUDGE
        identity = torch.eye(3, dtype=torch.float64, device=targets.device)
        u[undecided], _, vt[undecided] = torch.linalg.svd(covariance[undecided] + nudge[:, None, None] * identity)
    v, ut = vt.mT, u.mT
    signs = torch.ones((len(targets), 1, 3), dtype=torch.float64, device=targets.device)
    signs[:, 0, 2] = torch.linalg.det(v @ ut).sign()
    rotations = (v * signs) @ ut
    return rotations, target_mean - rotations @ source_mean


def jaw_rows(
    deltas: torch.Tensor,
    neutral: torch.Tensor,
    table: Table,
    strengths: list[float],
    heights: list[float],
    depths: list[float],
) -> torch.Tensor:
    """(n, 12) translate x, y, z as of :func:`maya_a2f.worker.jaw.jaw_channels`, then the rotation row by row.

    ``deltas`` (n, 3·points) float64; the lists have a value for each span.
    """
    moved = deltas.reshape(len(deltas), -1, 3) * table.spread(strengths)[:, :, None]
    targets = neutral + moved
    targets[:, :, 1] += table.spread(heights)
    targets[:, :, 2] += table.spread(depths)
    rotations, translations = rigid_motions(neutral, targets)
    centre = neutral.mean(0)
    return torch.cat([rotations @ centre + translations - centre, rotations.reshape(-1, 9)], dim=1)


def eye_rows(angles: torch.Tensor, jumps: torch.Tensor, strengths: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
    """(n, 4) right x, right y, left x, left y in degrees, float32 as :func:`maya_a2f.worker.eyes.eye_rotations`.

    ``angles`` (n, 4) from the network, ``jumps`` (n, 2) the saccades times their strength, ``strengths`` (n, 1),
    ``offsets`` (n, 4); all float32.
    """
    return offsets + strengths * angles + jumps.repeat(1, 2)
