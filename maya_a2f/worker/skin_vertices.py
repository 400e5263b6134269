"""The skin's right sides of a few frames under a mask that is not asked for again: a slider is being dragged.

:class:`~maya_a2f.worker.reduced_pose.SkinProjection` costs K·S·3V for every mask and next to nothing for every frame.
Here the smoothers run on the coefficients (smoothing and mask commute: one is over time, the other over vertices), then
the vertices of each frame are made and projected, which is (S + K)·3V for every frame and mask. The result is the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from maya_a2f.worker.animator import height_mask, relative_heights
from maya_a2f.worker.blendshape_solver import BlendshapeSolver, Doubles
from maya_a2f.worker.package import Floats, ModelData
from maya_a2f.worker.reduced_pose import control_rows, smoothed

_EXACT_BYTES = 16 * 2**20
"""Larger faces are kept in single precision, as their packages have them."""


class SkinVertices:
    """What moves the vertices that the solver looks at, side by side: 5 MB for the default face."""

    def __init__(self, data: ModelData, solver: BlendshapeSolver, neutral: Floats) -> None:
        """``neutral`` (3V,) is the blendshape set's own. Raises :class:`EngineError` ``package.flat_face``."""
        count = data.neutral_skin.size // 3
        shown = np.arange(count) if solver.vertices is None else solver.vertices
        basis = data.shapes_matrix_skin.reshape(len(data.shapes_matrix_skin), -1)
        moving, size = (*basis, data.eye_close_pose_delta, data.lip_open_pose_delta), solver.active.size
        is_small = (len(moving) + size) * shown.size * 24 <= _EXACT_BYTES
        kind = np.float64 if is_small else np.float32
        self._heights = np.repeat(relative_heights(data.neutral_skin)[shown], 3)
        self._moving = np.empty((len(moving), 3 * shown.size), kind)
        for row, delta in zip(self._moving, moving, strict=True):
            row[:] = delta.reshape(-1, 3)[shown].reshape(-1)
        self._shapes = np.empty((size, 3 * shown.size), kind)
        first = 0
        for _, deltas in solver.blocks():
            self._shapes[:, first : first + deltas[0].size] = deltas.reshape(size, -1)
            first += deltas[0].size
        gap = (data.neutral_skin.astype(np.float64) - neutral.reshape(-1)).reshape(-1, 3)[shown].reshape(-1)
        self._constant = np.asarray(self._shapes @ gap, np.float64)

    def right_sides(
        self, coefficients: Floats, rate: Fraction, parameters: Mapping[str, float], lead_frames: int = 0
    ) -> Doubles:
        """(F, K) b as :meth:`SkinProjection.right_sides` gives it; zeros for the first ``lead_frames``, which only let
        the smoothing settle."""
        mask = height_mask(self._heights, parameters["faceMaskLevel"], parameters["faceMaskSoftness"])
        rows, kind = control_rows(coefficients, parameters), self._moving.dtype
        parts = []
        for part in ("lowerFace", "upperFace"):
            smooth = smoothed(rows.copy(), parameters[f"{part}Smoothing"], float(1 / rate))
            parts.append(parameters[f"{part}Strength"] * smooth[lead_frames:])
        lower, upper = np.split(np.concatenate(parts).astype(kind) @ self._moving, 2)
        b = np.zeros((len(rows), len(self._shapes)))
        b[lead_frames:] = self._constant + (upper + mask * (lower - upper)) @ self._shapes.T
        return b
