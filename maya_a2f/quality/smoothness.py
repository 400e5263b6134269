"""Does it move like a face: speed, acceleration, jitter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maya_a2f.quality.lips import FloatArray
from maya_a2f.quality.measure import Event, Measure, at_least, grade_low
from maya_a2f.quality.sound import runs
from maya_a2f.quality.study import Study

_SHORTEST_JITTER_STEPS = 5
"""Steps up and down in turn: two closures in a row are three, no mouth does five at film rates."""
_JITTER_WEIGHT = 0.02
_JITTER_TONGUE_WEIGHT = 0.1
"""The tongue is hardly seen, and quick."""
_JITTER_CM = 0.02
_SHORTEST_BAD_SECONDS = 0.5


def measure_smoothness(study: Study) -> tuple[Measure, Measure, Measure]:
    """Speed and acceleration of the lips (99th percentile), share of time with jitter."""
    return _speed(study), _acceleration(study), _jitter(study)


def _speed(study: Study) -> Measure:
    limits = "good up to 25 cm/s, look up to 40 cm/s (99th percentile)"
    speed = np.abs(np.diff(study.lips.gap_cm)) * study.rate_hz
    value = float(np.percentile(speed, 99))
    events = _fast_events(study, speed, "lip_speed", 40.0, "lips move at {:.0f} cm/s")
    why = f"99 % of the time the lips move slower than {value:.0f} cm/s; half of the time than {np.median(speed):.1f}."
    return Measure(
        "lip_speed", "motion", "Lip speed", value, "cm/s", grade_low(value, 25, 40), why, limits, None, events
    )


def _acceleration(study: Study) -> Measure:
    limits = "good up to 1000 cm/s², look up to 1800 cm/s² (99th percentile)"
    acceleration = np.abs(np.diff(study.lips.gap_cm, 2)) * study.rate_hz**2
    value = float(np.percentile(acceleration, 99))
    events = _fast_events(study, acceleration, "lip_acceleration", 1800.0, "lips jump ({:.0f} cm/s²)")
    why = f"99 % of the time below {value:.0f} cm/s²."
    verdict = grade_low(value, 1000, 1800)
    return Measure("lip_acceleration", "motion", "Lip acceleration", value, "cm/s²", verdict, why, limits, None, events)


def _fast_events(study: Study, values: FloatArray, key: str, limit: float, words: str) -> tuple[Event, ...]:
    return tuple(
        Event(key, start / study.rate_hz, end / study.rate_hz, words.format(values[start:end].max()), "look at")
        for start, end in runs(values > limit)
    )


def _jitter(study: Study) -> Measure:
    key, title, limits = "jitter", "Jitter", "good up to 1 %, look up to 5 % of the frames"
    shaken = _shaken(_curves(study))
    anywhere = np.any([np.zeros(study.animation.frame_count, bool), *shaken.values()], axis=0)
    value = float(anywhere.mean())
    events = tuple(
        Event(key, start / study.rate_hz, end / study.rate_hz, f"{_named(shaken, start, end)} shakes", "look at")
        for start, end in runs(anywhere)
    )
    # One short tremor is a large share of a short line, and still only worth a look.
    is_brief = float(anywhere.sum()) / study.rate_hz < _SHORTEST_BAD_SECONDS
    verdict = "look at" if events and is_brief else at_least(grade_low(value, 0.01, 0.05), "look at", bool(events))
    why = f"Most in {_named(shaken, 0, len(anywhere))}." if events else "No curve goes up and down from frame to frame."
    return Measure(key, "motion", title, value, "%", verdict, why, limits, None, events)


def _named(shaken: dict[str, NDArray[np.bool_]], start: int, end: int) -> str:
    return max(shaken, key=lambda name: int(shaken[name][start:end].sum()))


def _curves(study: Study) -> list[tuple[str, FloatArray, float]]:
    weights = [
        (name, track, _JITTER_TONGUE_WEIGHT if name.startswith("tongue") else _JITTER_WEIGHT)
        for name, track in study.animation.tracks.items()
        if "." not in name and not name.startswith("eyeLook")
    ]
    return [("lip gap", study.lips.gap_cm, _JITTER_CM), ("mouth width", study.lips.width_cm, _JITTER_CM), *weights]


def _shaken(curves: list[tuple[str, FloatArray, float]]) -> dict[str, NDArray[np.bool_]]:
    """(frames,) where a curve goes up and down in turn, frame by frame, by more than its limit; of those that do."""
    steps = np.diff([curve for _, curve, _ in curves])
    limits = np.array([limit for _, _, limit in curves])[:, None]
    turns = (steps[:, 1:] * steps[:, :-1] < 0) & (np.minimum(np.abs(steps[:, 1:]), np.abs(steps[:, :-1])) > limits)
    shaken: dict[str, NDArray[np.bool_]] = {}
    for index in np.flatnonzero(np.count_nonzero(turns, axis=1) >= _SHORTEST_JITTER_STEPS - 1):
        result = np.zeros(steps.shape[1] + 1, bool)
        for start, end in runs(turns[index]):
            if end - start >= _SHORTEST_JITTER_STEPS - 1:
                result[start : end + 2] = True
        if result.any():
            shaken[curves[index][0]] = result
    return shaken
