"""Does it use its range well: opening, clipped weights, crossing lips, left against right, blinks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maya_a2f.quality.lips import FloatArray
from maya_a2f.quality.measure import Event, Measure, Verdict, at_least, grade_low, worst
from maya_a2f.quality.sound import runs
from maya_a2f.quality.study import Study

_FULL = 0.999
_LONGEST_FULL_FRAMES = 2
_CROSSING_CM = -0.25
_ACTIVE_WEIGHT = 0.03
_CLOSED_EYE = 0.5
_SHORTEST_FOR_BLINKS_SECONDS = 8.0
_LONGEST_BLINK_SECONDS = 0.8


def measure_extent(study: Study) -> tuple[Measure, ...]:
    """Opening, clipping, crossing lips, balance, blinks."""
    return _opening(study), _clipping(study), _crossing(study), _balance(study), _blinks(study)


def _opening(study: Study) -> Measure:
    key, title, limits = "opening", "Mouth opens enough", "good 0.35 to 1.8 cm, look 0.2 to 2.5 cm (90th percentile)"
    _, value = study.wide_gaps_cm
    verdict: Verdict = "good" if 0.35 <= value <= 1.8 else "look at" if 0.2 <= value <= 2.5 else "bad"
    size = "hardly opens" if value < 0.35 else "opens very far" if value > 1.8 else "opens as a speaker's does"
    why = f"The mouth {size}: {value:.2f} cm."
    return Measure(key, "range", title, value, "cm", verdict, why, limits)


def _clipping(study: Study) -> Measure:
    key, title, limits = "clipping", "Weights not cut off", "good up to 1 %, look up to 5 % of the frames"
    judged = {name: track for name, track in study.animation.tracks.items() if _is_judged(name)}
    if not judged:
        return Measure(key, "range", title, None, "%", "not measured", "It has no such weights.", limits)
    weights = np.stack(list(judged.values()))
    below = [name for name, lowest in zip(judged, weights.min(axis=1), strict=True) if lowest < -0.01]
    flat = _held(tuple(judged), weights >= _FULL)
    anywhere = np.any([np.zeros(weights.shape[1], bool), *flat.values()], axis=0)
    value = float(anywhere.mean())
    events = tuple(
        Event(key, start / study.rate_hz, end / study.rate_hz,
              f"{', '.join(name for name in flat if flat[name][start:end].any())} held at 1", "look at")
        for start, end in runs(anywhere)
    )  # fmt: skip
    verdict = at_least(grade_low(value, 0.01, 0.05), "look at", bool(events or below))
    named = ", ".join(flat)
    why = f"Held at full weight: {named}." if named else "No weight is held at its end."
    why += f" Below 0: {', '.join(below[:4])}." if below else ""
    return Measure(key, "range", title, value, "%", verdict, why, limits, None, events)


def _is_judged(name: str) -> bool:
    return "." not in name and not name.startswith("eye")


def _held(names: tuple[str, ...], full: NDArray[np.bool_]) -> dict[str, NDArray[np.bool_]]:
    """(weights, frames) at full weight -> (frames,) where a weight stays there too long, for those that do."""
    held: dict[str, NDArray[np.bool_]] = {}
    for index in np.flatnonzero(np.count_nonzero(full, axis=1) > _LONGEST_FULL_FRAMES):
        result = np.zeros(full.shape[1], bool)
        for start, end in runs(full[index]):
            if end - start > _LONGEST_FULL_FRAMES:
                result[start:end] = True
        if result.any():
            held[names[index]] = result
    return held


def _crossing(study: Study) -> Measure:
    key, title, limits = "crossing", "Lips do not cross", "good to -0.15 cm, look to -0.25 cm (smallest gap)"
    value = float(study.lips.gap_cm.min())
    verdict = grade_low(-value, 0.15, -_CROSSING_CM)
    events = tuple(
        Event(key, start / study.rate_hz, end / study.rate_hz,
              f"lips pass {-study.lips.gap_cm[start:end].min():.2f} cm through each other", "bad")
        for start, end in runs(study.lips.gap_cm < _CROSSING_CM)
    )  # fmt: skip
    why = "Pressed lips stay on each other." if verdict == "good" else "They are pressed through each other."
    return Measure(key, "lips", title, value, "cm", verdict, why, limits, None, events)


def _balance(study: Study) -> Measure:
    key, title, limits = "balance", "Left and right", "good up to 15 %, look up to 40 % difference"
    tracks = study.animation.tracks
    pairs = {
        name.removesuffix("Left"): (track, tracks[name.removesuffix("Left") + "Right"])
        for name, track in tracks.items()
        if name.startswith(("mouth", "cheek", "nose", "brow")) and name.endswith("Left") and len(name) > 9
        and name.removesuffix("Left") + "Right" in tracks
    }  # fmt: skip
    active = _active(pairs)
    if not active:
        why = "No weight with two sides is used."
        return Measure(key, "range", title, None, "%", "not measured", why, limits)
    differences = {name: float(np.abs(left - right).sum()) for name, (left, right) in active.items()}
    total = sum(float(np.abs(left).sum() + np.abs(right).sum()) for left, right in active.values())
    value = 2 * sum(differences.values()) / max(total, 1e-9)
    most = max(differences, key=differences.__getitem__)
    why = "Both sides do the same." if value < 0.01 else f"The sides differ most in {most}."
    return Measure(key, "range", title, value, "%", grade_low(value, 0.15, 0.4), why, limits, len(active))


def _active(pairs: dict[str, tuple[FloatArray, FloatArray]]) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Those of which a side is used."""
    if not pairs:
        return {}
    used = np.percentile(np.array(list(pairs.values())), 95, axis=2).max(axis=1) > _ACTIVE_WEIGHT
    return {name: pair for (name, pair), is_used in zip(pairs.items(), used, strict=True) if is_used}


def _blinks(study: Study) -> Measure:
    key, title, limits = "blinks", "Blinks", "good 4 to 40 a minute, none longer than 0.8 s"
    tracks = study.animation.tracks
    if "eyeBlinkLeft" not in tracks or "eyeBlinkRight" not in tracks:
        return Measure(key, "motion", title, None, "/min", "not measured", "It has no eyelids.", limits)
    if study.clip_seconds < _SHORTEST_FOR_BLINKS_SECONDS:
        why = f"The clip is shorter than {_SHORTEST_FOR_BLINKS_SECONDS:.0f} s."
        return Measure(key, "motion", title, None, "/min", "not measured", why, limits)
    lids = (tracks["eyeBlinkLeft"] + tracks["eyeBlinkRight"]) / 2
    closed = runs(lids > _CLOSED_EYE)
    rate = 60 * len(closed) / study.clip_seconds
    long = [(start, end) for start, end in closed if (end - start) / study.rate_hz > _LONGEST_BLINK_SECONDS]
    events = tuple(
        Event(key, start / study.rate_hz, end / study.rate_hz, "eyes stay closed", "look at") for start, end in long
    )
    verdict = worst(["good" if 4 <= rate <= 40 else "look at", "look at" if long else "good"])
    why = f"{len(closed)} blinks in {study.clip_seconds:.0f} s." if closed else "The eyes never close: add blinks."
    return Measure(key, "motion", title, rate, "/min", verdict, why, limits, len(closed), events)
