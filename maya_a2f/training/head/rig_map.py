"""The rig map of the default head: ``python -m maya_a2f.training.head.rig_map`` writes it beside the head.

Shapes are matched by name. The jaw and eye joints take the rigid channels. The tongue chain bends along with the tongue
shapes, so that whatever is attached to it moves as the tongue does.
"""

from __future__ import annotations

from pathlib import Path

import maya_a2f
from maya_a2f.core.channels import ARKIT_CHANNELS, EYE_CHANNELS, HEAD_CHANNELS, JAW_CHANNELS, TONGUE_CHANNELS
from maya_a2f.core.head import Head, load_head
from maya_a2f.core.matching import matched_by_name
from maya_a2f.core.rig_map import Drive, RigMap, write_rig_map
from maya_a2f.host.scene_file.head_rig import head_rig

FOLDER = Path(maya_a2f.__file__).parent / "presets" / "default_head"

# Degrees (centimetres for translations) per unit weight, from the root of the tongue to its tip.
_TONGUE_BENDS: dict[str, dict[str, float]] = {
    "tongue2_jnt.rotateX": {"tongueUp": -14.0, "tongueDown": 12.0},
    "tongue2_jnt.rotateY": {"tongueLeft": 14.0, "tongueRight": -14.0},
    "tongue2_jnt.translateZ": {"tongueStretch": 0.8, "tongueIn": -0.8, "tongueOut": 1.6},
    "tongue3_jnt.rotateX": {"tongueTipUp": -18.0, "tongueTipDown": 16.0, "tongueRollUp": -10.0, "tongueRollDown": 10.0},
    "tongue3_jnt.rotateY": {"tongueTipLeft": 16.0, "tongueTipRight": -16.0},
    "tongue3_jnt.rotateZ": {"tongueRollLeft": 12.0, "tongueRollRight": -12.0},
    "tongue4_jnt.rotateX": {"tongueTipUp": -22.0, "tongueTipDown": 18.0, "tongueRollUp": -24.0, "tongueRollDown": 24.0},
    "tongue4_jnt.rotateY": {"tongueTipLeft": 18.0, "tongueTipRight": -18.0},
}

_HEAD_SHARES = {"neck": 0.6, "head": 0.4}
"""Of the whole head's rotation."""


def head_rig_map(head: Head) -> RigMap:
    """The map that drives ``head`` by the standard channels."""
    rig = head_rig(head)
    shapes = matched_by_name(rig, (*ARKIT_CHANNELS, *TONGUE_CHANNELS)).rig_map.drives
    joints = {
        f"{node}_jnt.{attribute}": Drive({channel: 1.0})
        for channel in (*JAW_CHANNELS, *EYE_CHANNELS)
        for node, attribute in [channel.split(".")]
    }
    shares = {
        f"{node}_jnt.{channel.partition('.')[2]}": Drive({channel: share})
        for node, share in _HEAD_SHARES.items()
        for channel in HEAD_CHANNELS
    }
    bends = {attribute: Drive(gains) for attribute, gains in _TONGUE_BENDS.items()}
    known = {attribute.name for attribute in rig.attributes}
    drives = {name: drive for name, drive in {**shapes, **joints, **shares, **bends}.items() if name in known}
    return RigMap(name=head.name, drives=drives)


if __name__ == "__main__":
    write_rig_map(head_rig_map(load_head(FOLDER)), FOLDER / "rig_map.json")
    print(f"Wrote {FOLDER / 'rig_map.json'}")
