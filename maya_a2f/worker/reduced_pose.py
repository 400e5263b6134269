"""From network coefficients to the solver's right side without making a single vertex.

Everything between the coefficients c of a frame and b = Dᵀ(out − n) is linear (animator.md sections 3 and 4,
blendshape-solver.md section 3): decoding, offsets, both smoothers, the mask and the projection onto the shapes. So the
projection of the network's basis onto the shapes is made once, separately for the lower and the upper face,

    G_low = Dᵀ·diag(m)·[Mᵀ E P],   G_up = Dᵀ·diag(1 − m)·[Mᵀ E P],

with M the basis, E and P the eye-close and lip-open deltas and m the mask; a frame then costs K numbers instead of 3V,
and the smoothers run on those. It is the same function as :mod:`maya_a2f.worker.animator`, only in another order.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from maya_a2f.worker.animator import lower_face_mask, rest_weights, smoothing_factor, two_stage_smoothed
from maya_a2f.worker.blendshape_solver import BlendshapeSolver, Doubles
from maya_a2f.worker.package import Floats, ModelData


class SkinProjection:
    """G_low, G_up and the constant part of the skin for one mask (faceMaskLevel, faceMaskSoftness)."""

    def __init__(
        self, data: ModelData, solver: BlendshapeSolver, neutral: Floats, level: float, softness: float
    ) -> None:
        """``neutral`` (3V,) is the blendshape set's own; the network's may differ from it by a constant."""
        mask = lower_face_mask(data.neutral_skin, level, softness).astype(np.float64)
        basis = data.shapes_matrix_skin.reshape(len(data.shapes_matrix_skin), len(mask), 3)
        extra = np.stack([data.eye_close_pose_delta.reshape(-1, 3), data.lip_open_pose_delta.reshape(-1, 3)])
        gap = _neutral_gap(data.neutral_skin, neutral)
        size, count = solver.active.size, len(basis) + len(extra)
        both = np.zeros((2 * size, count))
        self.constant = np.zeros(size)
        """(K,) what the gap between the two neutral faces adds."""
        for vertices, deltas in solver.blocks():
            rows = np.concatenate([_at(basis, vertices), _at(extra, vertices)], dtype=np.float64).reshape(count, -1)
            lower = deltas * mask[vertices][None, :, None]
            both += np.concatenate([lower, deltas - lower]).reshape(2 * size, -1) @ rows.T
            self.constant += deltas.reshape(size, -1) @ gap[vertices].reshape(-1)
        self.lower, self.upper = both[:size], both[size:]
        """G_low and G_up, (K, S + 2) each."""

    def right_sides(self, coefficients: Floats, rate: Fraction, parameters: Mapping[str, float]) -> Doubles:
        """(F, K) b of every frame of a clip, without the temporal term, for ``coefficients`` (F, S)."""
        rows = control_rows(coefficients, parameters)
        seconds = float(1 / rate)
        lower = smoothed(rows @ self.lower.T, parameters["lowerFaceSmoothing"], seconds)
        upper = smoothed(rows @ self.upper.T, parameters["upperFaceSmoothing"], seconds)
        b: Doubles = self.constant + parameters["lowerFaceStrength"] * lower + parameters["upperFaceStrength"] * upper
        return b


class TongueProjection:
    """The same for the tongue: no mask, no smoothing, and two constant shifts."""

    def __init__(self, data: ModelData, solver: BlendshapeSolver, neutral: Floats) -> None:
        """``neutral`` (3Vt,) is the blendshape set's own."""
        basis = data.shapes_matrix_tongue.reshape(len(data.shapes_matrix_tongue), data.neutral_tongue.size // 3, 3)
        gap = _neutral_gap(data.neutral_tongue, neutral)
        size = solver.active.size
        self.basis = np.zeros((size, len(basis)))
        self.height, self.depth = np.zeros(size), np.zeros(size)
        self.constant = np.zeros(size)
        for vertices, deltas in solver.blocks():
            whole = deltas.reshape(size, -1)
            self.basis += whole @ _at(basis, vertices).astype(np.float64).reshape(len(basis), whole.shape[1]).T
            self.height += deltas[:, :, 1].sum(axis=1)
            self.depth += deltas[:, :, 2].sum(axis=1)
            self.constant += whole @ gap[vertices].reshape(-1)

    def right_sides(self, coefficients: Floats, parameters: Mapping[str, float]) -> Doubles:
        """(F, K) b of every frame, without the temporal term, for ``coefficients`` (F, S)."""
        shift = parameters["tongueHeightOffset"] * self.height + parameters["tongueDepthOffset"] * self.depth
        moved = parameters["tongueStrength"] * (coefficients.astype(np.float64) @ self.basis.T)
        b: Doubles = moved + shift + self.constant
        return b


def control_rows(coefficients: Floats, parameters: Mapping[str, float]) -> Doubles:
    """(F, S + 2) what moves the skin: the network's coefficients (F, S), the eye-close and the lip-open delta."""
    rows = np.empty((len(coefficients), coefficients.shape[1] + 2))
    rows[:, :-2] = parameters["skinStrength"] * coefficients.astype(np.float64)
    rows[:, -2:] = rest_weights(parameters)
    return rows


def smoothed(rows: Doubles, half_life_seconds: float, frame_seconds: float) -> Doubles:
    """Both smoothing stages over the frames (F, n) of one clip, in place."""
    if len(rows):
        two_stage_smoothed(rows, smoothing_factor(half_life_seconds, frame_seconds))
    return rows


def _at(shapes: Floats, vertices: slice | npt.NDArray[np.intp]) -> Floats:
    """``shapes`` (S, V, 3) at some vertices; a slice costs no copy."""
    return shapes[:, vertices] if isinstance(vertices, slice) else np.take(shapes, vertices, axis=1)


def _neutral_gap(network: Floats, shapes: Floats) -> Doubles:
    """(V, 3) how far the network's neutral lies from the blendshape set's."""
    return network.reshape(-1, 3).astype(np.float64) - shapes.reshape(-1, 3)
