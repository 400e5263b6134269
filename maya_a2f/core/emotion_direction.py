"""Emotion as a host keeps it in its scene: strengths, keys and the share of the voice, ready for the next solve."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from maya_a2f.core.emotion_keys import EmotionKey, Lane, keys_of_lanes

_STRAIGHT = 1e-6


@dataclass(frozen=True)
class EmotionDirection:
    """What a control in a scene says."""

    source: str
    """What it is called there."""
    emotion: Mapping[str, float] = field(default_factory=dict)
    """Emotions that do not change, above 0."""
    keys: tuple[EmotionKey, ...] = ()
    """Emotions that do, seconds after the clip's in point."""
    strength: float = 0.0
    """Share of the voice."""
    notes: tuple[str, ...] = ()
    """What is worth saying about how it was read."""


def direction_of_lanes(
    source: str, by_name: Mapping[str, Lane], strength: float, notes: Sequence[str] = ()
) -> EmotionDirection:
    """From the course of every emotion: one that never changes becomes a plain strength, the others become keys."""
    still = {name: lane[0][1] for name, lane in by_name.items() if len({value for _, value in lane}) == 1}
    moving = {name: lane_without_idle_keys(lane) for name, lane in by_name.items() if name not in still}
    emotion = {name: value for name, value in still.items() if value > 0}
    return EmotionDirection(source, emotion, keys_of_lanes(moving), strength, tuple(notes))


def lane_without_idle_keys(lane: Lane) -> Lane:
    """The same course without the keys that lie on the line between their neighbours."""
    kept = [*lane[:1]]
    for (seconds, value), (after, next_value) in itertools.pairwise(lane[1:]):
        start, first = kept[-1]
        straight = first + (next_value - first) * (seconds - start) / (after - start)
        if abs(value - straight) > _STRAIGHT:
            kept.append((seconds, value))
    return [*kept, *lane[1:][-1:]]
