"""A map by name that keeps the lips as far apart as ours."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import pytest

import maya_a2f
from maya_a2f.core.derived_channels import seen_by
from maya_a2f.core.head import load_head
from maya_a2f.core.lip_seal import lip_openings, sealed
from maya_a2f.core.retarget import retargeted
from maya_a2f.core.rig import Rig, RigAttribute
from maya_a2f.core.rig_description import Control, ControlSample, RigDescription
from maya_a2f.core.rig_map import Drive, RigMap
from maya_a2f.core.take import Take
from maya_a2f.errors import UserError

OURS = {"jawOpen": 3.0, "mouthClose": -3.0, "mouthPucker": -0.1}
THEIRS = {"face.jawOpen": 1.5, "face.mouthClose": -2.0, "face.mouthPucker": -0.4}
MARKS = {"lipUpper": 1, "lipLower": 2}
MAP = RigMap("bob", {name: Drive({name.partition(".")[2]: 1.0}) for name in THEIRS})


def described(openings: Mapping[str, float] = THEIRS) -> RigDescription:
    """Vertex 2, the lower lip, goes down by the opening at 1."""
    controls = tuple(
        Control(name, "weight", 0.0, 0.0, 1.0, False, (ControlSample(1.0, array("i", [2]), array("f", [0, -cm, 0])),))
        for name, cm in openings.items()
    )
    points = array("f", [0.0] * 12)
    return RigDescription("bob", points, array("i", [4]), array("i", [0, 1, 2, 3]), controls, {})


def opening(rig_map: RigMap, channels: Mapping[str, float]) -> float:
    take = Take(Fraction(30), {name: [value] for name, value in channels.items()})
    rig = Rig("bob", tuple(RigAttribute(name, "weight", lowest=0.0, highest=1.0) for name in THEIRS))
    return sum(THEIRS[track.attribute] * track.samples[0] for track in retargeted(take, rig_map, rig).tracks)


@pytest.mark.parametrize(
    "channels",
    [
        {"jawOpen": 0.5, "mouthClose": 0.0, "mouthPucker": 0.0},
        {"jawOpen": 0.5, "mouthClose": 0.0, "mouthPucker": 0.8},
        {"jawOpen": 0.4, "mouthClose": 0.4, "mouthPucker": 0.0},
        {"jawOpen": 0.4, "mouthClose": 0.3, "mouthPucker": 0.5},
    ],
)
def test_their_lips_part_as_ours_by_the_size_of_their_jaw(channels: dict[str, float]) -> None:
    ours = sum(OURS[name] * value for name, value in channels.items())
    made = sealed(MAP, OURS, described(), MARKS)
    assert opening(made, channels) == pytest.approx(0.5 * ours, abs=2e-3)
    assert made.drives == MAP.drives


def test_a_face_like_ours_keeps_its_jaw() -> None:
    made = sealed(MAP, OURS, described({f"face.{name}": cm for name, cm in OURS.items()}), MARKS)
    tracks = {"jawOpen": [0.2], "mouthClose": [0.1], "mouthPucker": [0.3]}
    assert seen_by(made, tracks, 1)["jawOpen"][0] == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("rig_map", "marks", "code"),
    [
        (MAP, {"lipUpper": 1}, "seal.landmarks"),
        (MAP, {"lipUpper": 1, "lipLower": 99}, "seal.landmarks"),
        (MAP, {"lipUpper": 0, "lipLower": 3}, "seal.no_jaw"),
        (RigMap("bob", {"face.mouthClose": Drive({"mouthClose": 1.0})}), MARKS, "seal.no_jaw"),
        (sealed(MAP, OURS, described(), MARKS), MARKS, "seal.derived"),
    ],
)
def test_what_cannot_be_sealed_is_refused(rig_map: RigMap, marks: dict[str, int], code: str) -> None:
    with pytest.raises(UserError) as caught:
        sealed(rig_map, OURS, described(), marks)
    assert caught.value.code == code


def test_our_own_lips_are_known() -> None:
    ours = lip_openings(load_head(Path(maya_a2f.__file__).parent / "presets" / "default_head"))
    assert ours["jawOpen"] > 1.0
    assert ours["mouthClose"] < -1.0
    assert ours["browInnerUp"] == 0.0
