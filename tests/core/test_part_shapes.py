from __future__ import annotations

import pytest

from maya_a2f.core.joint_drives import JointSection
from maya_a2f.core.part_shapes import FULL_LOOK, TONGUE_SHARES, part_shapes


def test_eyes_that_look_down_and_to_the_characters_left_drive_the_looks_of_that_side():
    channels = {
        "leftEye.rotateX": [12.5], "leftEye.rotateY": [15.0], "rightEye.rotateX": [12.5], "rightEye.rotateY": [15.0],
    }  # fmt: skip
    made = {name: track[0] for name, track in part_shapes(channels, JointSection(eye_look=FULL_LOOK)).items()}
    assert {name for name, value in made.items() if value} == {
        "eyeLookDownLeft", "eyeLookOutLeft", "eyeLookDownRight", "eyeLookInRight",
    }  # fmt: skip
    assert made["eyeLookDownLeft"] == pytest.approx(0.5)
    assert made["eyeLookInRight"] == pytest.approx(0.5)


def test_a_look_beyond_the_full_angle_stays_full():
    made = part_shapes({"leftEye.rotateX": [-80.0]}, JointSection(eye_look=FULL_LOOK))
    assert made["eyeLookUpLeft"][0] == 1.0


def test_the_tongue_puts_tongue_out_by_its_shares_and_never_below_nothing():
    channels = {"tongueStretch": [1.0, 0.0], "tongueIn": [0.0, 1.0]}
    assert list(part_shapes(channels, JointSection(tongue_out=TONGUE_SHARES))["tongueOut"]) == [0.25, 0.0]


def test_nothing_is_made_without_the_section_or_without_the_channels():
    assert part_shapes({"leftEye.rotateX": [1.0], "tongueIn": [1.0]}, JointSection()) == {}
    assert part_shapes({"jawOpen": [1.0]}, JointSection(eye_look=FULL_LOOK, tongue_out=TONGUE_SHARES)) == {}
