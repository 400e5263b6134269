"""Emotion read from a host: what moves becomes keys, what does not a strength."""

from __future__ import annotations

from maya_a2f.core.emotion_direction import direction_of_lanes, lane_without_idle_keys
from maya_a2f.core.emotion_keys import EmotionKey


def test_what_never_changes_is_a_strength_and_what_does_is_keys() -> None:
    found = direction_of_lanes(
        "control", {"joy": [(0.0, 0.5), (1.0, 0.5)], "fear": [(0.0, 0.0), (1.0, 1.0)], "pain": [(0.0, 0.0)]}, 0.25
    )
    assert found.emotion == {"joy": 0.5}
    assert found.keys == (EmotionKey(0.0, {"fear": 0.0}), EmotionKey(1.0, {"fear": 1.0}))
    assert found.strength == 0.25


def test_keys_on_a_straight_line_go() -> None:
    line = [(0.0, 0.0), (0.1, 0.1), (0.2, 0.2), (0.3, 0.3), (0.4, 0.0), (0.5, 0.0)]
    assert lane_without_idle_keys(line) == [(0.0, 0.0), (0.3, 0.3), (0.4, 0.0), (0.5, 0.0)]
    assert lane_without_idle_keys([(0.0, 1.0)]) == [(0.0, 1.0)]
    assert lane_without_idle_keys([(0.0, 1.0), (2.0, 0.0)]) == [(0.0, 1.0), (2.0, 0.0)]


def test_a_slow_curve_keeps_its_shape() -> None:
    curve = [(at / 30, (at / 300) ** 2) for at in range(301)]
    kept = lane_without_idle_keys(curve)
    for at, value in curve:
        after = next(i for i, (seconds, _) in enumerate(kept) if seconds >= at)
        if kept[after][0] == at:
            found = kept[after][1]
        else:
            (t0, v0), (t1, v1) = kept[after - 1], kept[after]
            found = v0 + (v1 - v0) * (at - t0) / (t1 - t0)
        assert abs(found - value) < 1e-4
