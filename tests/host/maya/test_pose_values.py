"""From a pose in Maya to a jaw that opens that way."""

from __future__ import annotations

import pytest

from tests.fake_maya.scenes import build_head
from tests.fake_maya.session import Session

pytest.importorskip("PySide6")

# isort: split
from maya import cmds

from maya_a2f.core.joint_calibration import OPEN_JAW_DEGREES, with_example
from maya_a2f.core.joint_tracks import joint_tracks
from maya_a2f.core.rig_map import RigMap
from maya_a2f.host.maya.desktop.panel_host import MayaPanelHost


def test_a_jaw_posed_by_hand_opens_as_it_was_posed(maya: Session) -> None:
    build_head(maya.scene)
    cmds.setAttr("jaw_jnt.jointOrientY", 90.0)
    host = MayaPanelHost()
    cmds.select("a2f_head")
    found = host.pick()
    cmds.setAttr("jaw_jnt.rotateZ", 32.0)
    made = with_example(RigMap("m", {}), found.rig, host.pose_values(found.name))
    assert list(made.joints.drives) == ["jaw_jnt"]
    cmds.setAttr("jaw_jnt.rotateZ", 0.0)
    tracks = joint_tracks({"jaw.rotateX": [OPEN_JAW_DEGREES]}, 1, made.joints, found.rig).tracks
    assert {track.attribute: round(track.samples[0], 6) for track in tracks} == {
        "jaw_jnt.rotateX": 0.0, "jaw_jnt.rotateY": 0.0, "jaw_jnt.rotateZ": 32.0,
    }  # fmt: skip


def test_only_vertices_count_as_picked(maya: Session) -> None:
    build_head(maya.scene)
    cmds.select("face_geo")
    assert MayaPanelHost().picked_vertices() == []
