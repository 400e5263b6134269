"""Tongues of one to eight joints go where the take's tongue goes."""

from __future__ import annotations

import itertools
import math
import random
import statistics

import pytest

from maya_a2f.core.channels import JAW_CHANNELS, TONGUE_CHANNELS, channel_kind
from maya_a2f.core.matched_joints import with_joints
from maya_a2f.core.matching import matched_by_name
from maya_a2f.core.retarget import retargeted
from maya_a2f.core.rig import Rig, RigAttribute, RigJoint, RotateOrder
from maya_a2f.core.take import Take
from maya_a2f.core.tongue_line import TONGUE_LINE, TONGUE_MOVES
from tests import maya_matrices as mm

ORDERS: tuple[RotateOrder, ...] = ("xyz", "yzx", "zxy", "xzy", "yxz", "zyx")
FRAMES = 90


def talk() -> dict[str, list[float]]:
    """A tongue that rises, curls and stretches while the jaw works."""
    tracks = {name: [0.0] * FRAMES for name in (*TONGUE_CHANNELS, *JAW_CHANNELS)}
    for frame in range(FRAMES):
        t = frame / 9
        tracks["tongueTipUp"][frame] = max(0.0, math.sin(t))
        tracks["tongueUp"][frame] = 0.5 * max(0.0, math.sin(0.6 * t + 1.0))
        tracks["tongueDown"][frame] = 0.3 * max(0.0, -math.sin(0.6 * t + 1.0))
        tracks["tongueStretch"][frame] = 0.8 * max(0.0, math.sin(0.4 * t - 1.0))
        tracks["tongueLeft"][frame] = 0.3 * max(0.0, math.sin(0.9 * t))
        tracks["jaw.rotateX"][frame] = 8.0 + 6.0 * math.sin(1.3 * t)
    return tracks


def on_line(place: float) -> tuple[float, float, float]:
    across = place * (len(TONGUE_LINE) - 1)
    at = min(int(across), len(TONGUE_LINE) - 2)
    (y0, z0), (y1, z1) = TONGUE_LINE[at], TONGUE_LINE[at + 1]
    return 0.0, y0 + (y1 - y0) * (across - at), z0 + (z1 - z0) * (across - at)


def chain(count: int, draw: random.Random) -> Rig:
    """Jaw, eyes, and a tongue whose joints have orients and orders by chance."""
    joints = [RigJoint("eye_L", translate=(3.15, 0, 6.68)), RigJoint("eye_R", translate=(-3.15, 0, 6.68))]
    above, parent = mm.identity(), None
    names = [("jaw_jnt", (0.0, -1.0, 0.0)), *((f"tongue_{n:02d}", on_line(n / count)) for n in range(count))]
    for name, place in names:
        local = mm.point(place, mm.inverse(above))
        orient = (draw.uniform(-120, 120), draw.uniform(-80, 80), draw.uniform(-120, 120))
        joint = RigJoint(name, parent, local, rotate_order=draw.choice(ORDERS), joint_orient=orient,
                         parent_matrix=mm.flat(above))  # fmt: skip
        joints.append(joint)
        above, parent = mm.times(mm.rotation(orient), mm.translation(*local), above), name
    attributes = [
        RigAttribute(f"{joint.name}.{word}{axis}", channel_kind(f"{joint.name}.{word}{axis}"), rest)
        for joint in joints
        for word, rests in (("rotate", (0.0, 0.0, 0.0)), ("translate", joint.translate))
        for axis, rest in zip("XYZ", rests, strict=True)
    ]
    return Rig("tongue", tuple(attributes), tuple(joints))


def tip_against_jaw(rig: Rig, shown: dict[str, list[float]], frame: int) -> tuple[float, float, float]:
    """Where the tongue's tip, fixed to the last joint, is in the space of the jaw joint's resting world."""
    now, rest, jaw = mm.identity(), mm.identity(), mm.identity()
    for joint in rig.joints[2:]:
        x, y, z = (shown[f"{joint.name}.translate{axis}"][frame] for axis in "XYZ")
        turn = tuple(shown[f"{joint.name}.rotate{axis}"][frame] for axis in "XYZ")
        own = mm.times(mm.rotation((turn[0], turn[1], turn[2]), joint.rotate_order), mm.rotation(joint.joint_orient))
        now = mm.times(own, mm.translation(x, y, z), now)
        rest = mm.times(mm.rotation(joint.joint_orient), mm.translation(*joint.translate), rest)
        if joint.name == "jaw_jnt":
            jaw = mm.times(mm.inverse(now), rest)
    return mm.point(mm.point(mm.point(on_line(1.0), mm.inverse(rest)), now), jaw)


@pytest.mark.parametrize("count", range(1, 9))
def test_the_tip_goes_as_high_and_as_far_as_the_takes(count: int) -> None:
    rig, channels = chain(count, random.Random(count)), talk()
    take = Take(30, channels)  # type: ignore[arg-type]
    rig_map = with_joints(matched_by_name(rig, list(channels)), rig, list(channels)).rig_map
    assert sum(drive.motion == "tongue" for drive in rig_map.joints.drives.values()) == count
    tracks = {track.attribute: list(track.samples) for track in retargeted(take, rig_map, rig).tracks}
    tips = [tip_against_jaw(rig, tracks, frame) for frame in range(FRAMES)]
    # One joint is as long as the tongue, and stiff: it rises but cannot stretch.
    for axis, least in (("y", 0.97), ("z", 0.7 if count == 1 else 0.97)):
        moves = {name: TONGUE_MOVES.get(name, {}).get(axis, (0.0,) * 7)[-1] for name in TONGUE_CHANNELS}
        wanted = [sum(gain * channels[name][frame] for name, gain in moves.items()) for frame in range(FRAMES)]
        assert statistics.correlation(wanted, [tip["xyz".index(axis)] for tip in tips]) > least, axis
    steps = [
        abs(b - a) for name, samples in tracks.items() if ".rotate" in name for a, b in itertools.pairwise(samples)
    ]
    assert max(steps) < 20.0


def test_joints_say_which_channels_they_follow() -> None:
    """A re-run of a region goes by them."""
    rig, channels = chain(2, random.Random(0)), talk()
    rig_map = with_joints(matched_by_name(rig, list(channels)), rig, list(channels)).rig_map
    result = retargeted(Take(30, channels), rig_map, rig)  # type: ignore[arg-type]
    assert set(result.channels["jaw_jnt.rotateX"]) == set(JAW_CHANNELS)
    assert "tongueTipUp" in result.channels["tongue_01.rotateZ"]
