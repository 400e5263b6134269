"""Post-processing of skin and tongue geometry. Source: specification, animator.md sections 3 and 4.

This is the definition on vertices, float32 as the reference. :mod:`maya_a2f.worker.reduced_pose` gives the same
weights without ever making the vertices.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from maya_a2f.errors import EngineError
from maya_a2f.worker.package import Floats, ModelData

AnyFloats = npt.NDArray[np.floating]


def lower_face_mask(neutral: Floats, level: float, softness: float) -> Floats:
    """(V,) 1 for low vertices, 0 for high ones; ``neutral`` is (3V,) and its height range that of all vertices.

    Raises :class:`EngineError` ``package.flat_face`` for a face without height.
    """
    return height_mask(relative_heights(neutral), level, softness)


def relative_heights(neutral: Floats) -> Floats:
    """(V,) 0 for the lowest vertex of ``neutral`` (3V,), 1 for the highest.

    Raises :class:`EngineError` ``package.flat_face`` for a face without height.
    """
    height = neutral.reshape(-1, 3)[:, 1].astype(np.float32)
    lowest, highest = height.min(), height.max()
    if not highest > lowest:
        raise EngineError(
            "The package's neutral skin has no height, so lower and upper face cannot be told apart.",
            code="package.flat_face",
            hint="Check 'shapes_mean_skin' of the package.",
        )
    relative: Floats = (height - lowest) / (highest - lowest)
    return relative


def height_mask(relative: Floats, level: float, softness: float) -> Floats:
    """(V,) how much each vertex belongs to the lower face, by its relative height; ``softness`` is above 0."""
    above = np.float32(level) - relative
    with np.errstate(over="ignore"):  # exp reaches infinity far above a hard border; 1 / (1 + inf) is the right 0
        mask: Floats = np.float32(1.0) / (np.float32(1.0) + np.exp(-above / np.float32(softness)))
    return mask


def smoothing_factor(half_life_seconds: float, frame_seconds: float) -> float | None:
    """α = 1 − 0.5^(dt / smoothing) of one stage; None means off (no smoothing, or no time between frames)."""
    if half_life_seconds <= 0.0 or frame_seconds <= 0.0:
        return None
    return float(1.0 - 0.5 ** (frame_seconds / half_life_seconds))


class TwoStageSmoother:
    """Two exponential smoothers in a row over any vector; the first frame after a reset passes unchanged."""

    def __init__(self) -> None:
        self._first: AnyFloats | None = None
        self._second: AnyFloats | None = None

    def reset(self) -> None:
        """The next frame is the first of a clip."""
        self._first = self._second = None

    def resume(self, first: AnyFloats, second: AnyFloats) -> None:
        """Continue as if the last frame had left the stages at ``first`` and ``second``."""
        self._first, self._second = first.copy(), second.copy()

    def smoothed(self, value: AnyFloats, factor: float | None) -> AnyFloats:
        """The output for the next frame; ``factor`` as of :func:`smoothing_factor`. Keep no reference to the result."""
        if self._first is None or self._second is None or factor is None:
            self._first, self._second = value.copy(), value.copy()
            return self._second
        alpha = value.dtype.type(factor)
        self._first += (value - self._first) * alpha
        self._second += (self._first - self._second) * alpha
        return self._second


def two_stage_smoothed(clip: AnyFloats, factor: float | None) -> tuple[AnyFloats, AnyFloats]:
    """Both stages after the last frame of ``clip`` (F, n), F ≥ 1; ``clip`` itself becomes the smoothed clip."""
    if factor is None:
        return clip[-1].copy(), clip[-1].copy()
    alpha = clip.dtype.type(factor)
    first, second = clip[0].copy(), clip[0].copy()
    for frame in clip:
        first += (frame - first) * alpha
        second += (first - second) * alpha
        frame[:] = second
    return first, second


def rest_weights(parameters: Mapping[str, float]) -> tuple[float, float]:
    """How much of the eye-close and of the lip-open delta is added to every frame."""
    eyes = -parameters["eyelidOpenOffset"] + parameters["blinkOffset"] * parameters["blinkStrength"]
    return eyes, parameters["lipOpenOffset"]


class SkinAnimator:
    """Network deltas -> absolute skin positions, frame after frame."""

    def __init__(self, data: ModelData, parameters: Mapping[str, float], rate: Fraction) -> None:
        eyes, lips = rest_weights(parameters)
        mask = np.repeat(
            lower_face_mask(data.neutral_skin, parameters["faceMaskLevel"], parameters["faceMaskSoftness"]), 3
        )
        self._neutral = data.neutral_skin.reshape(-1)
        self._offset: Floats = data.eye_close_pose_delta.reshape(-1) * np.float32(
            eyes
        ) + data.lip_open_pose_delta.reshape(-1) * np.float32(lips)
        self._strength = np.float32(parameters["skinStrength"])
        self._lower_gain: Floats = np.float32(parameters["lowerFaceStrength"]) * mask
        self._upper_gain: Floats = np.float32(parameters["upperFaceStrength"]) * (np.float32(1.0) - mask)
        seconds = float(1 / rate)
        self._lower_factor = smoothing_factor(parameters["lowerFaceSmoothing"], seconds)
        self._upper_factor = smoothing_factor(parameters["upperFaceSmoothing"], seconds)
        self.lower = TwoStageSmoother()
        self.upper = TwoStageSmoother()

    def reset(self) -> None:
        """The next frame is the first of a clip."""
        self.lower.reset()
        self.upper.reset()

    def offset_deltas(self, deltas: Floats) -> Floats:
        """d of section 3.2, step 1: what is smoothed, for ``deltas`` (…, 3V)."""
        shifted: Floats = self._strength * deltas + self._offset
        return shifted

    def animated(self, deltas: Floats) -> Floats:
        """(F, 3V) positions for the next F frames of network deltas (F, 3V); the state moves on."""
        shifted = self.offset_deltas(deltas)
        for frame in shifted:
            upper = self.upper.smoothed(frame, self._upper_factor) * self._upper_gain
            lower = self.lower.smoothed(frame, self._lower_factor) * self._lower_gain
            frame[:] = self._neutral + upper + lower
        return shifted


def animated_tongue(deltas: Floats, neutral: Floats, parameters: Mapping[str, float]) -> Floats:
    """(F, 3Vt) positions: neutral + strength·delta + (0, height, depth); no state."""
    positions: Floats = neutral.reshape(-1) + deltas * np.float32(parameters["tongueStrength"])
    positions[:, 1::3] += np.float32(parameters["tongueHeightOffset"])
    positions[:, 2::3] += np.float32(parameters["tongueDepthOffset"])
    return positions


def decoded(coefficients: Floats, basis: Floats) -> Floats:
    """(F, 3V) deltas for ``coefficients`` (F, S) and ``basis`` (S, 3V); no mean is added (inference.md section 4.2)."""
    deltas: Floats = coefficients.astype(np.float32) @ basis.reshape(len(basis), -1)
    return deltas
