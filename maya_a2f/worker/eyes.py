"""Eyeball rotations: the network's angles, constant offsets and the saccade track. Source: animator.md section 6."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from maya_a2f.worker.package import Floats

SACCADE_FRAMES_PER_SECOND = 30
_LEAST_FRAMES = 256


def saccade_frames(frame_count: int, track_length: int, seed: float, rate: Fraction) -> npt.NDArray[np.intp]:
    """(frame_count,) the saccade frame that each animation frame shows, starting at ``seed``.

    The play head is a float32 that advances by 30·dt and wraps, as in the reference, so that the same frames are
    chosen where a step lands on a border.
    """
    # In steps of a power of two: whoever walks through a clip frame by frame pays for it a few times only.
    room = max(_LEAST_FRAMES, 1 << max(0, frame_count - 1).bit_length())
    return _shown(room, track_length, float(seed), rate)[:frame_count]


@lru_cache(maxsize=4)
def _shown(frame_count: int, track_length: int, seed: float, rate: Fraction) -> npt.NDArray[np.intp]:
    length = np.float32(track_length)
    step = np.float32(SACCADE_FRAMES_PER_SECOND) * np.float32(rate.denominator / rate.numerator)
    start = np.float32(seed)
    live = np.float32(0.0)
    chosen = np.empty(frame_count, dtype=np.intp)
    for frame in range(frame_count):
        # A wrapped value a hair below the track's length may round up to it.
        chosen[frame] = min(int(np.floor(_wrapped(start + live, length))), track_length - 1)
        live = _wrapped(live + step, length)
    chosen.flags.writeable = False
    return chosen


def _wrapped(value: np.float32, length: np.float32) -> np.float32:
    remainder = np.float32(np.fmod(value, length))
    return np.float32(remainder + length) if remainder < 0 else remainder


def eye_rotations(
    angles: Floats, saccades: Floats, rate: Fraction, parameters: Mapping[str, float], first_frame: int = 0
) -> Floats:
    """(F, 6) degrees: right x, y, z, left x, y, z (the package's order); z is always 0.

    ``angles`` (F, 4) are the network's right x, right y, left x, left y; ``saccades`` (S, 2) is the package's track.
    Both eyes share the saccade. float32, as offset + (strength·angle) + (strength·saccade) from left to right, which
    is what the reference rounds. A new call starts the saccades anew, ``first_frame`` frames into the clip.
    """
    shown = saccade_frames(first_frame + len(angles), len(saccades), parameters["saccadeSeed"], rate)[first_frame:]
    jumps = np.float32(parameters["saccadeStrength"]) * saccades[shown].astype(np.float32)
    turned = np.float32(parameters["eyeballsStrength"]) * angles.astype(np.float32)
    rotations = np.zeros((len(angles), 6), dtype=np.float32)
    for first_in, first_out, side in ((0, 0, "right"), (2, 3, "left")):
        for axis, letter in enumerate("XY"):
            offset = np.float32(parameters[f"{side}EyeballRotationOffset{letter}"])
            rotations[:, first_out + axis] = offset + turned[:, first_in + axis] + jumps[:, axis]
    return rotations
