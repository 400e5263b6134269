"""Emotion heard in a voice as keys for the hand: few enough to be edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from maya_a2f.core.emotion_keys import EmotionKey, Lane, keys_of_lanes
from maya_a2f.core.key_reduction import reduced_keys
from maya_a2f.core.rig import AttributeTrack

TOLERANCE = 0.02
"""Largest difference between a course and its keys."""


def keys_of_courses(
    courses: Mapping[str, Sequence[float]], rate: float, share: float = 1.0, tolerance: float = TOLERANCE
) -> tuple[EmotionKey, ...]:
    """Keys with straight lines between them that follow ``share`` times the courses (emotion -> samples, ``rate`` a
    second, the first at second 0) to within ``tolerance``. Emotions that stay below it get none.
    """
    by_name: dict[str, Lane] = {}
    for name, samples in courses.items():
        values = [min(1.0, max(0.0, share * value)) for value in samples]
        if max(values, default=0.0) > tolerance:
            seconds = [index / rate for index in range(len(values))]
            curve = reduced_keys(AttributeTrack(name, "weight", values), seconds, tolerance, tangent="linear")
            by_name[name] = [
                (round(at, 3), round(min(1.0, max(0.0, value)), 3))
                for at, value in zip(curve.frames, curve.values, strict=True)
            ]
    return keys_of_lanes(by_name)
