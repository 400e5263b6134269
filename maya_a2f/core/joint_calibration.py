"""From one example pose ("this is the jaw open") to drives, where a rig's axes do not say what its channels mean.

What changed between rest and example is the motion for a full channel: joints and controls turn about the axis that the
example shows, in their own space, in proportion; every other attribute that changed moves along with it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from maya_a2f.core.channels import channel_kind
from maya_a2f.core.joint_drives import JointDrive
from maya_a2f.core.joint_maths import (
    JointPlace,
    Quaternion,
    cross,
    euler_turn,
    joint_places,
    product,
    reverse,
    turned,
    vector_of_turn,
)
from maya_a2f.core.rig import Rig, Triple
from maya_a2f.core.rig_map_model import Drive, RigMap
from maya_a2f.errors import UserError

OPEN_JAW_DEGREES = 19.3
"""``jaw.rotateX`` of our head's ``jawOpen``: what an example of an open jaw is taken to be."""
_STILL_DEGREES, _STILL = 0.01, 1e-4


@dataclass(frozen=True)
class Calibration:
    """What an example makes."""

    joints: Mapping[str, JointDrive]
    """Joint or control -> drive in its own space."""
    drives: Mapping[str, Drive]
    """Other attributes that changed -> drive."""


def calibrated(
    rig: Rig, example: Mapping[str, float], channel: str = "jaw.rotateX", full: float = OPEN_JAW_DEGREES
) -> Calibration:
    """Drives by which ``channel`` at ``full`` puts the rig into the example.

    ``example`` has attribute -> value in the example pose, degrees and centimetres; what it leaves out is at rest.
    Raises :class:`UserError` ``joints.example`` where nothing differs from rest, or an attribute is not the rig's.
    """
    rests = {attribute.name: attribute.rest for attribute in rig.attributes}
    unknown = sorted(set(example) - set(rests))
    if unknown:
        raise UserError(
            f"The example pose has a value for '{unknown[0]}', which is no attribute of '{rig.name}'.",
            code="joints.example",
            hint="Pose the character that was read, or read the character again.",
        )
    places = joint_places(rig)
    changed: dict[str, dict[str, float]] = {}
    others: dict[str, Drive] = {}
    for attribute in rig.attributes:
        value = example.get(attribute.name, attribute.rest)
        still = _STILL_DEGREES if attribute.kind == "rotate" else _STILL
        if abs(value - attribute.rest) <= still:
            continue
        node, _, name = attribute.name.rpartition(".")
        if node in places and name[:-1] in ("rotate", "translate"):
            changed.setdefault(node, {})[name] = value
        else:
            others[attribute.name] = Drive({channel: (value - attribute.rest) / full})
    if not changed and not others:
        raise UserError(
            "The example pose is the rest pose: nothing has moved.",
            code="joints.example",
            hint="Pose the character (open its jaw, for example) and take the example again.",
        )
    joints = {}
    for node, values in changed.items():
        place = places[node]
        turn = vector_of_turn(product(reverse(place.turn), _example_turn(place, values)))
        x, y, z = (math.degrees(part) / full for part in turn)
        moves = [
            (values.get(f"translate{axis}", rest) - rest) / full
            for axis, rest in zip("XYZ", place.translate, strict=True)
        ]
        turns = any(name.startswith("rotate") for name in values)
        joints[node] = JointDrive(
            turn={channel: (x, y, z)} if turns else {},
            move={channel: (moves[0], moves[1], moves[2])} if any(moves) else {},
            space="joint",
        )
    return Calibration(joints, others)


def standing_of_example(rig: Rig, joint: str, example: Mapping[str, float], up: Triple) -> tuple[Triple, Triple]:
    """Up and forward of a character in the rig's world, from a jaw that the example opens.

    An opening jaw turns about the character's left; ``up`` is the scene's, made square to it. Raises
    :class:`UserError` ``joints.example`` where the joint has not turned, or turns about ``up``.
    """
    place = joint_places(rig)[joint]
    values = {name.rpartition(".")[2]: value for name, value in example.items() if name.rpartition(".")[0] == joint}
    own = product(_example_turn(place, values), reverse(place.turn))
    left = turned(place.frame, vector_of_turn(own))
    forward = cross(left, up)
    size, angle = math.hypot(*forward), math.hypot(*left)
    if angle < math.radians(1.0) or size < 0.2 * angle * math.hypot(*up):
        raise UserError(
            f"The joint '{joint}' does not open like a jaw in the example pose.",
            code="joints.example",
            hint="Open the jaw by ten degrees or more, about the axis from ear to ear, and take the example again.",
        )
    ahead = (forward[0] / size, forward[1] / size, forward[2] / size)
    high = cross(ahead, left)
    x, y, z = (value / angle for value in high)
    return (x, y, z), ahead


def _example_turn(place: JointPlace, values: Mapping[str, float]) -> Quaternion:
    x, y, z = (
        math.radians(values[f"rotate{axis}"]) if f"rotate{axis}" in values else rest
        for axis, rest in zip("XYZ", place.rotate, strict=True)
    )
    return euler_turn((x, y, z), place.order)


def with_example(
    rig_map: RigMap,
    rig: Rig,
    example: Mapping[str, float],
    channel: str = "jaw.rotateX",
    full: float = OPEN_JAW_DEGREES,
) -> RigMap:
    """The map with drives by which ``channel`` at ``full`` puts the rig into the example.

    What had the calibrated joints before goes; a joint that follows the jaw and is not in the example is muted, since
    something of the example is taken to move it. Raises as :func:`calibrated`.
    """
    made = calibrated(rig, example, channel, full)
    first = next(iter((*made.drives, *(f"{name}.rotateX" for name in made.joints))))
    part = channel.partition(".")[0]
    others = {
        name: replace(drive, muted=True, instead=first)
        if drive.motion == part and name not in made.joints and not drive.muted
        else drive
        for name, drive in rig_map.joints.drives.items()
    }
    lines = {
        name: drive
        for name, drive in rig_map.drives.items()
        if name.rpartition(".")[0] not in made.joints or channel_kind(name) == "weight"
    }
    joints = replace(rig_map.joints, drives={**others, **made.joints})
    return replace(rig_map, drives={**lines, **made.drives}, joints=joints)
