"""Editing emotion keys by hand."""

from __future__ import annotations

from maya_a2f.core.emotion_edit import key_at, moved_key, with_key, without_key

LANES = {"joy": [(0.5, 0.1), (1.0, 0.9), (2.0, 0.3)], "anger": [(0.0, 1.0)]}


def test_a_key_is_added_in_the_order_of_time() -> None:
    lanes, index = with_key(LANES, "joy", 1.5004, 0.25)
    assert lanes["joy"] == [(0.5, 0.1), (1.0, 0.9), (1.5, 0.25), (2.0, 0.3)]
    assert index == 2
    assert lanes["anger"] == LANES["anger"]


def test_a_key_at_the_same_moment_is_set_anew() -> None:
    lanes, index = with_key(LANES, "joy", 1.0004, 0.0)
    assert (lanes["joy"][1], index, len(lanes["joy"])) == ((1.0, 0.0), 1, 3)


def test_the_first_key_of_an_emotion_opens_its_lane() -> None:
    assert with_key(LANES, "fear", -1.0, 7.0) == ({**LANES, "fear": [(0.0, 1.0)]}, 0)


def test_a_key_stops_at_its_neighbours_and_at_the_limits() -> None:
    assert moved_key(LANES, "joy", 1, 9.0, 2.0)["joy"][1] == (1.999, 1.0)
    assert moved_key(LANES, "joy", 1, 0.0, -2.0)["joy"][1] == (0.501, 0.0)
    assert moved_key(LANES, "joy", 0, -9.0, 0.5)["joy"][0] == (0.0, 0.5)
    assert moved_key(LANES, "joy", 2, 99.0, 0.5)["joy"][2] == (99.0, 0.5)


def test_the_last_key_takes_its_lane_with_it() -> None:
    assert without_key(LANES, "anger", 0) == {"joy": LANES["joy"]}
    assert without_key(LANES, "joy", 0)["joy"] == [(1.0, 0.9), (2.0, 0.3)]


def test_a_key_is_found_at_its_moment() -> None:
    assert key_at(LANES, "joy", 1.0003) == 1
    assert key_at(LANES, "joy", 1.2) is None
    assert key_at(LANES, "fear", 1.0) is None
    assert key_at(LANES, "joy", None) is None
