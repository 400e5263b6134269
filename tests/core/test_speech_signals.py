"""Whole mouth shapes (visemes) made from channels: each speaks for its own posture, and closed lips stay closed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maya_a2f.core.channels import ARKIT_CHANNELS
from maya_a2f.core.conventions import speech_signals
from maya_a2f.core.derived_channels import seen_by
from maya_a2f.core.rig_map import RigMap

OPENING = ("sayAh", "sayEh", "sayEe", "sayOh", "sayOo", "sayS", "saySh", "sayL", "halfOpen", "wideOpen", "vowelOpen")
CLOSING = (
    "mouthPucker", "mouthSmileLeft", "mouthStretchRight", "mouthPressLeft", "mouthRollLower", "mouthRollUpper",
    "mouthDimpleLeft", "tongueTipUp",
)  # fmt: skip
weights = st.floats(0.0, 1.0)


def signals(**channels: float) -> dict[str, float]:
    tracks = {name: (channels.get(name, 0.0),) for name in (*ARKIT_CHANNELS, "tongueTipUp")}
    seen = seen_by(RigMap("m", {}, derived=speech_signals()), tracks, 1)
    return {name: seen[name][0] for name in speech_signals()}


@given(jaw=weights, others=st.dictionaries(st.sampled_from(CLOSING), weights))
def test_lips_that_touch_open_no_shape(jaw: float, others: dict[str, float]) -> None:
    found = signals(jawOpen=jaw, mouthClose=jaw, **others)
    assert {name: found[name] for name in OPENING if found[name] > 0.0} == {}


@given(st.fixed_dictionaries({name: weights for name in ARKIT_CHANNELS if name.startswith(("jaw", "mouth"))}))
def test_signals_that_shapes_follow_stay_between_rest_and_full(channels: dict[str, float]) -> None:
    found = signals(**channels)
    for name in (*OPENING, "sayM", "sayF", "sayTh", "lipSeal", "roundedApart", "spreadApart"):
        assert 0.0 <= found[name] <= 1.0, name


def test_a_face_at_rest_makes_no_sound() -> None:
    found = signals()
    assert {name: value for name, value in found.items() if name.startswith("say") and value} == {}


@pytest.mark.parametrize(
    ("posture", "spoken"),
    [
        ({"jawOpen": 0.4, "mouthLowerDownLeft": 0.2, "mouthLowerDownRight": 0.2}, "sayAh"),
        ({"jawOpen": 0.25, "mouthStretchLeft": 0.6, "mouthStretchRight": 0.6}, "sayEh"),
        ({"jawOpen": 0.1, "mouthStretchLeft": 0.6, "mouthStretchRight": 0.6}, "sayEe"),
        ({"jawOpen": 0.3, "mouthFunnel": 0.5, "mouthPucker": 0.4}, "sayOh"),
        ({"jawOpen": 0.08, "mouthPucker": 0.8, "mouthFunnel": 0.1}, "sayOo"),
        ({"jawOpen": 0.1, "mouthClose": 0.1, "mouthPressLeft": 0.2, "mouthPressRight": 0.2}, "sayM"),
        ({"jawOpen": 0.03, "mouthRollLower": 0.35, "mouthUpperUpLeft": 0.15, "mouthUpperUpRight": 0.15}, "sayF"),
    ],
)
def test_a_posture_speaks_for_its_own_sound(posture: dict[str, float], spoken: str) -> None:
    found = {name: value for name, value in signals(**posture).items() if name.startswith("say")}
    assert max(found, key=lambda name: found[name]) == spoken
    assert found[spoken] > 0.4


def test_a_seal_is_how_far_the_lips_undo_the_jaw() -> None:
    assert signals(jawOpen=0.5, mouthClose=0.5)["lipSeal"] == 1.0
    assert signals(jawOpen=0.5, mouthClose=0.25)["lipSeal"] == 0.5
    assert signals(jawOpen=0.0, mouthClose=0.0)["lipSeal"] == 0.0
