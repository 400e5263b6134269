"""Animation that eyes and head already have stays as it is, and is named, unless somebody says otherwise."""

from __future__ import annotations

import pytest

from maya_a2f.core.ports import AudioNode, BakeReport
from maya_a2f.core.rig import KeyedCurve
from tests.fake_maya.scenes import build_head, keys_in
from tests.fake_maya.session import Session
from tests.host.maya.benches import JAW_OPEN, TIMELINE, host

# isort: split
from maya import cmds

from maya_a2f.host.maya.bake_options import BakeOptions
from maya_a2f.host.maya.layers import LayerChoice

BROW = "face_shapes.browInnerUp"
CHANNELS = {JAW_OPEN: ("jawOpen",), BROW: ("eyeBlinkLeft",)}
KEEP = frozenset({"eyes", "head"})


@pytest.fixture
def scene(maya: Session) -> Session:
    build_head(maya.scene)
    for name in CHANNELS:
        cmds.setKeyframe(name, time=5, value=0.5)
    return maya


def bake(sound: str = "a.wav", **options: object) -> BakeReport:
    curves = [KeyedCurve(name, "weight", (1, 10), (0.1, 0.2)) for name in CHANNELS]
    chosen = BakeOptions(channels=CHANNELS, **options)  # type: ignore[arg-type]
    return host(chosen).bake(curves, timeline=TIMELINE, audio=AudioNode(f"/clips/{sound}", 1, 60))


def test_an_animated_eye_is_left_alone_and_named_while_the_mouth_is_keyed(scene: Session) -> None:
    before = keys_in(scene.scene)[BROW]
    report = bake(keep_existing=KEEP)
    assert report.written == (JAW_OPEN,)
    assert [item.attribute for item in report.skipped] == [BROW]
    assert "animation of its own" in report.skipped[0].reason
    assert keys_in(scene.scene)[BROW] == before


def test_told_so_it_is_replaced(scene: Session) -> None:
    assert set(bake().written) == {JAW_OPEN, BROW}


def test_what_a_run_of_ours_wrote_is_no_animation_of_its_own(scene: Session) -> None:
    bake("a.wav")
    assert set(bake("b.wav", keep_existing=KEEP).written) == {JAW_OPEN, BROW}


def test_a_layer_that_is_asked_for_lies_over_it(scene: Session) -> None:
    report = bake(keep_existing=KEEP, layer=LayerChoice("eyes over", is_new=True))
    assert set(report.written) == {JAW_OPEN, BROW}
