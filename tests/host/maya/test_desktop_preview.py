"""Whatever is shown in whatever order: put back is as it was."""

from __future__ import annotations

import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fake_maya.session import Session
from tests.host.maya.benches import JAW_DOWN, JAW_OPEN, JAW_TURN
from tests.host.maya.test_properties import scenes

pytest.importorskip("PySide6")

# isort: split
from maya import cmds

from maya_a2f.host.maya.desktop.panel_host import MayaPanelHost

HEAD = "a2f_head"
_PLACES = (JAW_OPEN, JAW_TURN, JAW_DOWN)
_SHOWN = st.dictionaries(st.sampled_from([*_PLACES, "jaw_jnt.rotateY"]), st.floats(-100, 100), max_size=4)
_FRAMES = st.integers(-60, 60).map(lambda half: half / 2)
_TURNS = st.lists(st.one_of(_SHOWN, _FRAMES, st.just("put back"), st.just("read")), max_size=8)


def _single(value: float) -> float:
    """As Maya holds weights."""
    found: float = struct.unpack("f", struct.pack("f", value))[0]
    return found


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenes(), _TURNS)
def test_a_preview_leaves_no_trace(maya: Session, turns: list[object]) -> None:
    maya.may_preview = True
    weight = maya.scene.plug(JAW_OPEN)
    if weight not in maya.scene.connections:
        maya.scene.set_value(weight, _single(maya.scene.value(weight)))
    host = MayaPanelHost()
    before, steps = maya.scene.state(), len(maya.undo.done)
    first = maya.scene.ticks
    for turn in turns:
        if isinstance(turn, dict):
            host.show_values(HEAD, turn)
        elif isinstance(turn, float):
            host.set_current_frame(turn)
        elif turn == "read":
            host.character(HEAD)
        else:
            host.put_back()
    host.put_back()
    for name in (*_PLACES, "jaw_jnt.rotateY"):
        computed = cmds.getAttr(name, time=cmds.currentTime(query=True))
        assert cmds.getAttr(name) in (computed, _single(computed))
    maya.scene.ticks = first
    assert maya.scene.state() == before
    assert len(maya.undo.done) == steps
