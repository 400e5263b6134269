"""Layers over a take: each can be switched off, has a strength and a seed, and leaves the rest alone."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from maya_a2f.core.channels import EYE_CHANNELS, HEAD_CHANNELS
from maya_a2f.core.face_parameters import effective_parameters
from maya_a2f.core.layers import GazeTarget, Layer, LayerSettings, with_layer, with_seed, with_targets
from maya_a2f.worker.layering import LayerPlan, package_eyes
from tests.worker.talk import audio_of, talk

RATE = Fraction(30)
AUDIO = audio_of(talk(30.0))
FRAMES = 900
NOTHING = LayerSettings(blinks=Layer(0.0), saccades=Layer(0.0), brows=Layer(0.0), head=Layer(0.0))
OWN = effective_parameters({}, {"blinkRate": 20, "browEmphasis": 1})


def still(frames: int = FRAMES) -> dict[str, np.ndarray]:
    names = ("eyeBlinkLeft", "eyeBlinkRight", "eyeLookDownLeft", "eyeLookOutLeft", "browInnerUp", "jawOpen")
    return {name: np.zeros(frames) for name in (*names, *EYE_CHANNELS)}


def laid(layers: LayerSettings, values: dict[str, float] = OWN, first: int = 0, count: int = FRAMES) -> dict:
    return LayerPlan().over(still(count), AUDIO, RATE, values, layers, first)


def test_with_every_layer_off_nothing_changes() -> None:
    made = laid(NOTHING)
    assert not any(np.any(samples) for samples in made.values())
    assert not set(HEAD_CHANNELS) & set(made)


def test_by_itself_a_foreign_package_only_gets_a_head_that_moves() -> None:
    made = laid(LayerSettings(), effective_parameters({}, {}))
    assert {name for name, samples in made.items() if np.any(samples)} == set(HEAD_CHANNELS)


@pytest.mark.parametrize("name", ["blinks", "brows", "head"])
def test_a_layer_moves_its_own_channels_and_another_seed_moves_them_differently(name: str) -> None:
    moved = {"blinks": ("eyeBlinkLeft",), "brows": ("browInnerUp",), "head": HEAD_CHANNELS}[name]
    one, other = (laid(with_layer(NOTHING, name, Layer(1.0, seed))) for seed in (1, 2))
    assert all(np.ptp(one[channel]) > 0.05 for channel in moved)
    assert all(np.any(one[channel] != other[channel]) for channel in moved)
    assert not any(np.any(one[channel]) for channel in ("jawOpen", "leftEye.rotateX"))


@pytest.mark.parametrize("name", ["brows", "head"])
def test_half_the_strength_moves_half_as_far(name: str) -> None:
    channel = {"brows": "browInnerUp", "head": "head.rotateX"}[name]
    whole, half = (laid(with_layer(NOTHING, name, Layer(strength)))[channel] for strength in (1.0, 0.5))
    assert half == pytest.approx(whole / 2)


def test_blinks_of_half_the_strength_are_half_as_many() -> None:
    long = audio_of(talk(120.0))
    counts = []
    for strength in (1.0, 0.5):
        made = LayerPlan().over(still(3600), long, RATE, OWN, with_layer(NOTHING, "blinks", Layer(strength)))[
            "eyeBlinkLeft"
        ]
        counts.append(int(np.sum((made[1:] > 0.3) & (made[:-1] <= 0.3))))
    assert counts[0] == pytest.approx(40, abs=10)
    assert counts[1] == pytest.approx(20, abs=7)


def test_a_stretch_of_the_clip_gets_the_same_as_the_whole() -> None:
    layers = with_targets(with_seed(LayerSettings(saccade_kind="natural"), 3), (GazeTarget(14, 3, None, 11.0, 13.0),))
    whole, part = laid(layers), laid(layers, first=330, count=90)
    for name in part:
        assert part[name] == pytest.approx(whole[name][330:420], abs=1e-9), name


def test_nobody_blinks_while_a_gaze_is_held() -> None:
    held = with_targets(NOTHING, (GazeTarget(10, 0, None, 5.0, 15.0),))
    made = laid(with_layer(held, "blinks", Layer(2.0)))["eyeBlinkLeft"]
    assert made[150:450].max() == 0.0
    assert made[450:480].max() > 0.5
    assert made[:150].max() > 0.5


def test_a_held_gaze_is_reached_at_once_and_left_slowly() -> None:
    made = laid(with_targets(NOTHING, (GazeTarget(10, -5, None, 5.0, 8.0),)))
    yaw, pitch = made["leftEye.rotateY"], made["leftEye.rotateX"]
    assert yaw[149] == 0.0
    assert yaw[152:240] == pytest.approx(10.0)
    assert pitch[152:240] == pytest.approx(5.0)
    assert 0.5 < yaw[250] < 9.9
    assert yaw[270] == 0.0
    assert made["eyeLookDownLeft"][200] == pytest.approx(5 / 35)
    assert made["eyeLookOutLeft"][200] == pytest.approx(10 / 45)


def test_the_head_takes_a_share_of_a_far_target_and_the_eyes_make_up_for_it() -> None:
    moving = with_layer(with_targets(NOTHING, (GazeTarget(28, 0, None, 5.0, 12.0),)), "head", Layer(1.0))
    made = laid(moving)
    assert made["head.rotateY"][200:330].mean() > 4.0
    assert made["head.rotateY"][200:340] + made["leftEye.rotateY"][200:340] == pytest.approx(28.0)


def test_a_near_point_makes_the_eyes_converge() -> None:
    made = laid(with_targets(NOTHING, (GazeTarget(0, 0, 30),)))
    assert made["leftEye.rotateY"][10] < -5 < 5 < made["rightEye.rotateY"][10]


def test_a_package_without_eyes_gets_them_when_they_are_asked_for() -> None:
    made = LayerPlan().over({"jawOpen": np.zeros(60)}, AUDIO, RATE, OWN, with_targets(NOTHING, (GazeTarget(5, 0),)))
    assert made["leftEye.rotateY"] == pytest.approx(np.full(60, 5.0))


def test_the_packages_own_saccades_are_scaled_moved_on_or_replaced() -> None:
    assert package_eyes(OWN, LayerSettings()) == {}
    assert package_eyes(OWN, with_layer(LayerSettings(), "saccades", Layer(0.5)))["saccadeStrength"] == 0.5
    assert package_eyes(OWN, LayerSettings(saccade_kind="natural")) == {"saccadeStrength": 0.0}
    seeded = package_eyes({**OWN, "saccadeSeed": 4999.0}, with_layer(LayerSettings(), "saccades", Layer(None, 3)))
    assert seeded == {"saccadeSeed": 2.0}
