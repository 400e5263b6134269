"""Every channel we know lies in one region; a region is found by name on any rig."""

from __future__ import annotations

import pytest

from maya_a2f.core.channels import ARKIT_CHANNELS, EYE_CHANNELS, JAW_CHANNELS, TONGUE_CHANNELS
from maya_a2f.core.face_regions import REGIONS, moves_any, region_of


def test_every_standard_channel_has_a_region() -> None:
    found = {name: region_of(name) for name in (*ARKIT_CHANNELS, *TONGUE_CHANNELS, *JAW_CHANNELS, *EYE_CHANNELS)}
    assert set(found.values()) == set(REGIONS) - {"head"}
    counts = {region: sum(each == region for each in found.values()) for region in REGIONS}
    assert counts == {"mouth": 26, "jaw": 10, "tongue": 17, "eyes": 20, "brows": 5, "head": 0}


@pytest.mark.parametrize(
    ("name", "region"),
    [
        ("head.rotateX", "head"),
        ("neck_jnt.rotateY", "head"),
        ("L_brow_ctl.translateY", "brows"),
        ("face.upperLipRaise", "mouth"),
        ("jaw_jnt.rotateX", "jaw"),
        ("ear_ctl.rotateX", None),
        ("noseSneerLeft", "mouth"),
        ("cheekSquintRight", "eyes"),
        ("headMesh_shapes.mouthSmileLeft", "mouth"),
    ],
)
def test_names_tell_the_region(name: str, region: str | None) -> None:
    assert region_of(name) == region


def test_an_attribute_of_several_channels_belongs_to_all_their_regions() -> None:
    channels = ("jawOpen", "browInnerUp")
    assert moves_any(channels, {"jaw"})
    assert moves_any(channels, {"brows", "eyes"})
    assert not moves_any(channels, {"tongue"})
    assert not moves_any((), REGIONS)
