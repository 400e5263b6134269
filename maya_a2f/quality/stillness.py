"""Is the face quiet when nobody speaks, and at rest at the end?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maya_a2f.core.textgrid import Span
from maya_a2f.quality.measure import Event, Measure, Verdict, at_least, grade_low
from maya_a2f.quality.study import Study

_AFTER_SPEECH_SECONDS, _BEFORE_SPEECH_SECONDS = 0.2, 0.22
"""Lips take this long to come to rest, and may open this long before the first sound."""
_MOVING_SHARE = 0.2
_OPEN_SHARE = 0.25
_EDGE_SECONDS = 0.05


def measure_stillness(study: Study) -> tuple[Measure, Measure, Measure]:
    """Motion in silence, mouth open in silence, mouth at the end."""
    return _motion(study), _openness(study), _end(study)


def _quiet_parts(study: Study) -> list[tuple[Span, NDArray[np.bool_]]]:
    """The pauses and their frames that lie clear of speech."""
    parts = []
    for pause in study.pauses or ():
        start = pause.start_seconds + (_AFTER_SPEECH_SECONDS if pause.start_seconds > _EDGE_SECONDS else 0.0)
        is_last = pause.end_seconds > study.clip_seconds - _EDGE_SECONDS
        end = study.clip_seconds if is_last else pause.end_seconds - _BEFORE_SPEECH_SECONDS
        inside = (study.times >= start) & (study.times < end)
        if inside.sum() >= 3:
            parts.append((pause, inside))
    return parts


def _motion(study: Study) -> Measure:
    key, title, limits = "silence_motion", "Mouth still in silence", "good up to 8 %, look up to 20 % of its opening"
    parts = _quiet_parts(study)
    if not parts:
        return _missing(study, key, title, limits)
    shares = np.array([_moving_share(study, inside) for _, inside in parts])
    weights = np.array([inside.sum() for _, inside in parts])
    value = float((shares * weights).sum() / weights.sum())
    events = tuple(
        Event(key, *_moving_span(study, inside), f"mouth moves by {share:.0%} of its opening in a pause",
              "bad" if share > 2 * _MOVING_SHARE else "look at")
        for (_, inside), share in zip(parts, shares, strict=True)
        if share > _MOVING_SHARE
    )  # fmt: skip
    verdict = at_least(grade_low(value, 0.08, 0.2), "look at", bool(events))
    why = f"In {len(parts)} pauses the mouth moves by {value:.0%} of its usual opening."
    return Measure(key, "stillness", title, value, "%", verdict, why, limits, len(parts), events)


def _moving_share(study: Study, inside: NDArray[np.bool_]) -> float:
    movement = max(float(np.ptp(np.percentile(curve[inside], [3, 97]))) for curve in
                   (study.lips.gap_cm, study.lips.width_cm))  # fmt: skip
    return movement / study.typical_gap_cm


def _moving_span(study: Study, inside: NDArray[np.bool_]) -> tuple[float, float]:
    """First and last time at which the mouth is far from where it mostly is."""
    times = study.times[inside]
    curves = (study.lips.gap_cm[inside], study.lips.width_cm[inside])
    away = np.max([np.abs(curve - np.median(curve)) for curve in curves], axis=0)
    far = times[away >= 0.5 * away.max()]
    return float(far[0]), float(far[-1])


def _openness(study: Study) -> Measure:
    key, title, limits = "silence_open", "Mouth closed in silence", "good up to 10 %, look up to 25 % of its opening"
    # What comes after the last word is the business of the measure at the end.
    parts = [part for part in _quiet_parts(study) if part[0].end_seconds <= study.clip_seconds - _EDGE_SECONDS]
    if not parts:
        return _missing(study, key, title, limits)
    typical = study.typical_gap_cm
    shares = [float(np.median(np.abs(study.lips.gap_cm[inside]))) / typical for _, inside in parts]
    weights = [float(inside.sum()) for _, inside in parts]
    value = float(np.average(shares, weights=weights))
    events = tuple(
        Event(key, pause.start_seconds, pause.end_seconds, f"mouth stands {share:.0%} open in a pause", "look at")
        for (pause, _), share in zip(parts, shares, strict=True)
        if share > _OPEN_SHARE
    )
    verdict = at_least(grade_low(value, 0.10, 0.25), "look at", bool(events))
    why = f"In {len(parts)} pauses the lips stand {value:.0%} of their usual opening apart."
    return Measure(key, "stillness", title, value, "%", verdict, why, limits, len(parts), events)


def _end(study: Study) -> Measure:
    key, title, limits = "end_at_rest", "Mouth at rest at the end", "good up to 8 %, look up to 25 % of its opening"
    gap, width = float(study.lips.gap_cm[-1]), float(study.lips.width_cm[-1])
    value = max(abs(gap), 0.5 * abs(width)) / study.typical_gap_cm
    verdict: Verdict = grade_low(value, 0.08, 0.25)
    words = f"{gap:.2f} cm open and {10 * width:+.0f} mm wide"
    last = float(study.times[-1])
    events = () if verdict == "good" else (Event(key, last, last, f"the mouth ends {words}", verdict),)
    why = "The mouth is at rest on the last frame." if verdict == "good" else f"On the last frame it is {words}."
    return Measure(key, "stillness", title, value, "%", verdict, why, limits, None, events)


def _missing(study: Study, key: str, title: str, limits: str) -> Measure:
    why = "Needs the sound: add --audio." if study.pauses is None else "The clip has no pause long enough."
    return Measure(key, "stillness", title, None, "%", "not measured", why, limits)
