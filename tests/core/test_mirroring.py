"""Left and right: names of twins, and drives carried to the other side."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maya_a2f.core.channels import ARKIT_CHANNELS, TONGUE_CHANNELS
from maya_a2f.core.mirroring import Axes, guessed_axes, mirrored_drive, mirrored_name, side_of, twin_of
from maya_a2f.core.rig_map import Drive


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("face.eyeBlinkLeft", "face.eyeBlinkRight"),
        ("leftEye_jnt.rotateY", "rightEye_jnt.rotateY"),
        ("BROW_LEFT.X", "BROW_RIGHT.X"),
        ("L_brow_ctl.translateY", "R_brow_ctl.translateY"),
        ("l_brow.x", "r_brow.x"),
        ("browL.up", "browR.up"),
        ("brow_l_01.up", "brow_r_01.up"),
        ("brow_L1.up", "brow_R1.up"),
        ("lf_eye.open", "rt_eye.open"),
        ("hero_L:lid_L.close", "hero_L:lid_R.close"),
        ("head_grp|L_lid|shape.close", "head_grp|R_lid|shape.close"),
        ("L_lid.closeLeft", "R_lid.closeRight"),
    ],
)
def test_a_name_and_its_twin_name_each_other(left: str, right: str) -> None:
    assert mirrored_name(left) == right
    assert mirrored_name(right) == left
    assert (side_of(left), side_of(right)) == ("left", "right")


@pytest.mark.parametrize(
    "name", ["jaw.rotateX", "mouth_LR.x", "Leftover.x", "hero_L:jaw.open", "leftRight.x", "lid.roll", "upper_lip.x"]
)
def test_a_name_of_the_middle_has_no_twin(name: str) -> None:
    assert mirrored_name(name) is None
    assert side_of(name) is None


def test_a_twin_must_exist() -> None:
    assert twin_of("L_lid.close", {"R_lid.close"}) == "R_lid.close"
    assert twin_of("L_lid.close", {"R_lid.open"}) is None


@given(st.sampled_from((*ARKIT_CHANNELS, *TONGUE_CHANNELS)))
def test_mirroring_a_channel_twice_gives_it_back(channel: str) -> None:
    twin = mirrored_name(channel)
    assert twin is None or (twin in (*ARKIT_CHANNELS, *TONGUE_CHANNELS) and mirrored_name(twin) == channel)


def test_everything_of_a_weight_is_copied() -> None:
    drive = Drive({"mouthSmileLeft": 0.8, "jawOpen": -0.1}, offset=0.05, limits=(0.0, 0.9), muted=True)
    assert mirrored_drive(drive, "face.smile_L") == Drive(
        {"mouthSmileRight": 0.8, "jawOpen": -0.1}, offset=0.05, limits=(0.0, 0.9), muted=True
    )


def test_eyes_with_the_same_axes_keep_the_sign_of_their_turn() -> None:
    drive = Drive({"leftEye.rotateY": 0.9}, offset=3.0, limits=(-20.0, 30.0))
    mirrored = mirrored_drive(drive, "leftEye_jnt.rotateY", "same")
    assert mirrored == Drive({"rightEye.rotateY": 0.9}, offset=-3.0, limits=(-30.0, 20.0))


def test_eyes_with_opposite_axes_turn_the_other_way() -> None:
    mirrored = mirrored_drive(Drive({"leftEye.rotateY": 0.9}, offset=3.0), "leftEye_jnt.rotateY", "opposite")
    assert mirrored == Drive({"rightEye.rotateY": -0.9}, offset=3.0)


def test_gaze_shapes_on_a_joint_flip_with_the_same_axes() -> None:
    drive = Drive({"eyeLookOutLeft": 25.0, "eyeLookInLeft": -25.0})
    assert mirrored_drive(drive, "L_eye.rotateY", "same").gains == {"eyeLookOutRight": -25.0, "eyeLookInRight": 25.0}
    assert mirrored_drive(drive, "L_eye.rotateX", "same").gains == {"eyeLookOutRight": 25.0, "eyeLookInRight": -25.0}


@given(
    st.sampled_from(["L_a.rotateX", "L_a.rotateY", "L_a.rotateZ", "L_a.translateX", "L_a.translateZ", "L_a.smile"]),
    st.sampled_from(["same", "opposite"]),
    st.dictionaries(
        st.sampled_from(["leftEye.rotateY", "eyeBlinkLeft", "jaw.translateX", "jawOpen"]), st.floats(-9, 9)
    ),
    st.floats(-5, 5),
)
def test_mirroring_twice_gives_the_drive_back(
    attribute: str, axes: Axes, gains: dict[str, float], offset: float
) -> None:
    drive = Drive(gains, offset=offset, limits=(-1.0, 3.0))
    twin = mirrored_name(attribute)
    assert twin is not None
    assert mirrored_drive(mirrored_drive(drive, attribute, axes), twin, axes) == drive


def test_the_axes_are_seen_from_what_is_driven_on_both_sides() -> None:
    left = {"L_eye.rotateY": Drive({"leftEye.rotateY": 1.0})}
    assert guessed_axes(left) == "same"
    assert guessed_axes(left | {"R_eye.rotateY": Drive({"rightEye.rotateY": 1.0})}) == "same"
    assert guessed_axes(left | {"R_eye.rotateY": Drive({"rightEye.rotateY": -1.0})}) == "opposite"
