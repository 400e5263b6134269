"""The map that ships with the default head fits it: a run reads it without checking it again."""

from __future__ import annotations

from maya_a2f.core.channels import ARKIT_CHANNELS, EYE_CHANNELS, JAW_CHANNELS, TONGUE_CHANNELS
from maya_a2f.core.head import load_head
from maya_a2f.core.rig_map import read_rig_map
from maya_a2f.host.scene_file.head_rig import head_rig
from maya_a2f.training.head.rig_map import FOLDER, head_rig_map

SHIPPED = read_rig_map(FOLDER / "rig_map.json")


def test_the_shipped_map_is_the_one_made_for_the_head() -> None:
    assert head_rig_map(load_head(FOLDER)) == SHIPPED


def test_it_names_nothing_that_the_head_lacks() -> None:
    assert set(SHIPPED.drives) <= {attribute.name for attribute in head_rig(load_head(FOLDER)).attributes}


def test_every_standard_channel_drives_something() -> None:
    driven = {channel for drive in SHIPPED.drives.values() for channel in drive.gains}
    assert {*ARKIT_CHANNELS, *TONGUE_CHANNELS, *JAW_CHANNELS, *EYE_CHANNELS} <= driven
