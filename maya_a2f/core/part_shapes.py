"""Shapes that stand in for joints: ``eyeLook*`` from the eyes' rotations, ``tongueOut`` from the tongue.

A rig without eye joints looks by shapes; one without a tongue of its own has ``tongueOut`` at best. The map says at
which angle a look is full, and which share of each tongue channel puts the tongue out.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence

from maya_a2f.core.joint_drives import JointSection

FULL_LOOK: Mapping[str, float] = {"up": 25.0, "down": 25.0, "in": 30.0, "out": 30.0}
"""Degrees at which ARKit's shapes are sculpted, as a start."""
TONGUE_SHARES: Mapping[str, float] = {"tongueOut": 1.0, "tongueStretch": 0.25, "tongueIn": -0.3}
"""How far each channel brings our tongue's tip forward, over what ``tongueOut`` does (:mod:`.tongue_line`)."""
_LOOKS = (
    ("Left", "Down", "X", "down", 1.0), ("Left", "Up", "X", "up", -1.0),
    ("Left", "Out", "Y", "out", 1.0), ("Left", "In", "Y", "in", -1.0),
    ("Right", "Down", "X", "down", 1.0), ("Right", "Up", "X", "up", -1.0),
    ("Right", "In", "Y", "in", 1.0), ("Right", "Out", "Y", "out", -1.0),
)  # fmt: skip
"""Side, direction, axis, its name in the map, and the sign of the angle: +X looks down, +Y to the character's left."""


def part_shapes(channels: Mapping[str, Sequence[float]], section: JointSection) -> dict[str, array[float]]:
    """The channels that the section makes from the eyes and the tongue, weights within 0…1; they stand in for those of
    the same name. What the take has no eye or tongue for is left out."""
    made: dict[str, array[float]] = {}
    for side, direction, axis, word, sign in _LOOKS if section.eye_look else ():
        track = channels.get(f"{side.lower()}Eye.rotate{axis}")
        if track is not None:
            gain = sign / section.eye_look[word]
            made[f"eyeLook{direction}{side}"] = array("d", [min(1.0, max(0.0, gain * angle)) for angle in track])
    parts = [(share, channels[name]) for name, share in section.tongue_out.items() if name in channels]
    if parts:
        columns = zip(*(track for _, track in parts), strict=True)
        sums = (sum(share * value for (share, _), value in zip(parts, row, strict=True)) for row in columns)
        made["tongueOut"] = array("d", [min(1.0, max(0.0, total)) for total in sums])
    return made
