"""What several tests of the Maya host need."""

from __future__ import annotations

from fractions import Fraction

from maya_a2f.core.ports import Timeline
from maya_a2f.core.rig import KeyedCurve, Tangent
from tests.fake_maya.session import new_session

new_session()

from maya.api import OpenMaya  # noqa: E402

from maya_a2f.host.maya.bake import BakeOptions  # noqa: E402
from maya_a2f.host.maya.host import MayaHost  # noqa: E402
from maya_a2f.host.maya.scan import read_character  # noqa: E402

TIMELINE = Timeline(Fraction(30), 1, 48)
JAW_OPEN, JAW_TURN, JAW_DOWN = "face_shapes.jawOpen", "jaw_jnt.rotateX", "jaw_jnt.translateY"


def host(options: BakeOptions | None = None, *, selection: str = "jaw_jnt") -> MayaHost:
    """A host on the character a node belongs to."""
    return MayaHost(read_character([selection]), options)


def weight(values: dict[float, float], name: str = JAW_OPEN, tangent: Tangent = "linear") -> KeyedCurve:
    """Keys for a weight."""
    return KeyedCurve(name, "weight", tuple(values), tuple(values.values()), tangent)


def turn(values: dict[float, float], name: str = JAW_TURN, tangent: Tangent = "linear") -> KeyedCurve:
    """Keys for a rotation, degrees."""
    return KeyedCurve(name, "rotate", tuple(values), tuple(values.values()), tangent)


def plug(name: str) -> OpenMaya.MPlug:
    """A plug by name."""
    return OpenMaya.MSelectionList().add(name).getPlug(0)
