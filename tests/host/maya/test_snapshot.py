"""A curve is put back exactly, whatever was done to it."""

from __future__ import annotations

from tests.fake_maya.commands.registry import inside_api_command
from tests.fake_maya.model.curves import CurveData, Key
from tests.fake_maya.session import Session
from tests.host.maya import benches  # noqa: F401 - puts the fake on the path

# isort: split
from maya.api import OpenMaya

from maya_a2f.core.key_marks import fingerprint
from maya_a2f.host.maya.snapshot import restore, snapshot

_BEFORE = CurveData(
    "TA",
    (
        Key(-4704000, 0.1, 1, 1, (0.5, 2.0), (0.5, 2.0), locked=True),
        Key(3, 0.2, 1, 5, (0.25, -1.0), locked=False, weight_locked=False),
        Key(9408000, 1e-9, 11, 27, breakdown=True),
    ),
    weighted=True,
    pre=3,
    post=4,
)


def test_a_curve_gets_everything_back(maya: Session) -> None:
    node = maya.scene.create("animCurveTA", "old")
    node.curve = _BEFORE
    curve = OpenMaya.MObject(node)
    saved = snapshot(curve)
    for ruined in (CurveData("TA"), CurveData("TA", (Key(5, 1.0),), pre=1), CurveData("TA", _BEFORE.keys, post=5)):
        node.curve = ruined
        with inside_api_command(maya):
            restore(curve, saved)
        assert node.curve == _BEFORE


def test_an_empty_curve_gets_empty_again(maya: Session) -> None:
    node = maya.scene.create("animCurveTU", "empty")
    curve = OpenMaya.MObject(node)
    saved = snapshot(curve)
    node.curve = CurveData("TU", (Key(0, 1.0), Key(5, 2.0)))
    with inside_api_command(maya):
        restore(curve, saved)
    assert node.curve == CurveData("TU")


def test_a_fingerprint_tells_edits_from_rounding() -> None:
    keys = [(0, 0.25, 2, 2), (5, 0.5, 2, 2)]
    assert fingerprint(keys) == fingerprint([(0, 0.25 * (1 + 1e-15), 2, 2), (5, 0.5, 2, 2)])
    for other in ([(1, 0.25, 2, 2), keys[1]], [(0, 0.2500001, 2, 2), keys[1]], [(0, 0.25, 2, 3), keys[1]], keys[:1]):
        assert fingerprint(other) != fingerprint(keys)
    assert fingerprint([(0, -0.0, 2, 2)]) == fingerprint([(0, 0.0, 2, 2)])
