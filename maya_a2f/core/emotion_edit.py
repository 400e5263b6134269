"""Editing emotion keys by hand: adding, moving, deleting. Lanes go in, new lanes come out; times are whole milliseconds
from 0 on, so that no two keys come closer than a network can tell apart.
"""

from __future__ import annotations

from collections.abc import Mapping

from maya_a2f.core.emotion_keys import Lane

Lanes = Mapping[str, Lane]
"""Emotion -> its keys; emotions without keys are left out."""


def with_key(lanes: Lanes, name: str, seconds: float, strength: float) -> tuple[dict[str, Lane], int]:
    """A key more, or another strength where there is one at that moment already; and its index in the lane."""
    moment, value = _moment(seconds), _strength(strength)
    lane = sorted([*((at, old) for at, old in lanes.get(name, ()) if _moment(at) != moment), (moment, value)])
    return {**lanes, name: lane}, lane.index((moment, value))


def moved_key(lanes: Lanes, name: str, index: int, seconds: float, strength: float) -> dict[str, Lane]:
    """A key at another moment and strength; it stops a millisecond short of its neighbours."""
    lane = list(lanes[name])
    lowest = lane[index - 1][0] + 0.001 if index > 0 else 0.0
    highest = lane[index + 1][0] - 0.001 if index + 1 < len(lane) else float("inf")
    lane[index] = (_moment(max(lowest, min(highest, seconds))), _strength(strength))
    return {**lanes, name: lane}


def without_key(lanes: Lanes, name: str, index: int) -> dict[str, Lane]:
    """A key less; a lane without keys goes."""
    lane = [key for at, key in enumerate(lanes[name]) if at != index]
    rest = {other: keys for other, keys in lanes.items() if other != name}
    return {**lanes, name: lane} if lane else rest


def key_at(lanes: Lanes, name: str, seconds: float | None, within_seconds: float = 0.0005) -> int | None:
    """Index of the key of a lane at a moment."""
    if seconds is None:
        return None
    return next((i for i, (at, _) in enumerate(lanes.get(name, ())) if abs(at - seconds) <= within_seconds), None)


def _moment(seconds: float) -> float:
    return round(max(0.0, seconds), 3)


def _strength(value: float) -> float:
    return round(min(1.0, max(0.0, value)), 3)
