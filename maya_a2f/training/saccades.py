"""A track of small natural gaze shifts for ``saccade_rot_matrix``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FIXATION_SECONDS = 0.9
"""Mean time between gaze shifts of somebody who is talking to somebody; drawn from a gamma distribution."""
YAW_DEGREES, PITCH_DEGREES = 1.6, 0.9
DRIFT_DEGREES = 0.04


def saccade_track(frames: int, rate_hz: float, seed: int) -> NDArray[np.float32]:
    """(frames, 2) rotations about x (pitch) and y (yaw) in degrees: jumps of one or two frames between fixations.

    Gaze returns towards the middle: every target keeps 45 % of the last one. Within a fixation the eye drifts a little.
    """
    draw = np.random.default_rng(seed)
    track = np.zeros((frames, 2))
    target, frame = np.zeros(2), int(rate_hz * 0.5)
    while frame < frames:
        target = 0.45 * target + draw.standard_normal(2) * (PITCH_DEGREES, YAW_DEGREES) * draw.choice([0.4, 1.0, 1.0])
        track[frame:] = target
        if np.linalg.norm(target - track[frame - 1]) > 1.5:  # large saccades take two frames
            track[frame] = (target + track[frame - 1]) / 2
        frame += max(3, round(float(draw.gamma(2.0, FIXATION_SECONDS / 2.0)) * rate_hz))
    drift = np.cumsum(draw.standard_normal((frames, 2)), 0)
    smooth = np.stack([np.convolve(drift[:, k] - drift[:, k].mean(), np.ones(9) / 9, "same") for k in range(2)], 1)
    track += smooth / max(float(smooth.std()), 1e-9) * DRIFT_DEGREES
    return np.asarray(track, np.float32)
