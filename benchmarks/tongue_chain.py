"""A tongue of joints follows the take's tongue: ``python -m benchmarks.tongue_chain [RECORDING.wav …]``.

Rigs of joints alone are made around our own head's tongue, 1.1 times its size: jaw, eyes and a chain of 1 to 8 tongue
joints with orients and rotation orders drawn by chance, the mesh skinned linearly along the chain. They are matched by
name and driven by the default model's takes (of the demo recording, or of those given). Joints are put together by
matrices as Maya documents them, apart from the code that is measured. Compared with what the tongue's own shapes do,
against the jaw: correlation of the tip's height and reach, the whole mesh's RMS error over the RMS motion, and the
largest step of any angle between two frames.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.solving import solved
from maya_a2f import settings
from maya_a2f.core.channels import channel_kind
from maya_a2f.core.head import Head, load_head
from maya_a2f.core.matched_joints import with_joints
from maya_a2f.core.matching import matched_by_name
from maya_a2f.core.retarget import retargeted
from maya_a2f.core.rig import Rig, RigAttribute, RigJoint, Triple
from maya_a2f.core.take import Take
from maya_a2f.core.tongue_line import TONGUE_LINE
from maya_a2f.worker.pipeline import Pipeline

Doubles = NDArray[np.float64]
_PRESETS = settings.checkout_folder() / "maya_a2f" / "presets"
_ORDERS = ("xyz", "yzx", "zxy", "xzy", "yxz", "zyx")
_SIZE = 1.1
_TIP = 0.95
"""Of the way from root to tip: what lies beyond is the tip."""


def main(arguments: list[str]) -> int:
    """Print a table per recording."""
    head, pipeline = load_head(_PRESETS / "default_head"), Pipeline()
    for sound in map(Path, arguments or [str(_PRESETS / "demo" / "demo.wav")]):
        with tempfile.TemporaryDirectory() as cache:
            take = solved(pipeline, sound, Path(cache))
        moved = _shaped(head, take)
        way = np.linalg.norm(moved - _tongue(head), axis=2).max()
        print(f"{sound.stem}: {take.frame_count} frames, the tongue moves up to {way:.2f} cm against the jaw")
        print(f"{'joints':<8}{'tip height r':<14}{'tip reach r':<13}{'error':<9}{'largest step'}")
        for count in range(1, 9):
            rig = chain_rig(count, seed=count)
            height, reach, error, step = compared(head, take, moved, rig)
            print(f"{count:<8}{height:<14.3f}{reach:<13.3f}{error:<9.1%}{step:.1f} degrees")
    return 0


def chain_rig(count: int, seed: int) -> Rig:
    """Jaw, eyes and a tongue of ``count`` joints, each below the one before, in places of our head's."""
    draw = np.random.default_rng(seed)
    line = _SIZE * np.array([(0.0, y, z) for y, z in TONGUE_LINE])
    at = np.linspace(0.0, len(line) - 1.0, count + 1)[:-1]
    places = np.stack([np.interp(at, np.arange(len(line)), line[:, axis]) for axis in range(3)], axis=1)
    chain: list[tuple[str, Doubles]] = [("jaw_jnt", _SIZE * np.array([0.0, -1.0, 0.0]))]
    chain += [(f"tongue_{number + 1:02d}", place) for number, place in enumerate(places)]
    joints = [RigJoint(f"eye_{side}", translate=(sign * _SIZE * 3.15, 0.0, _SIZE * 6.68)) for side, sign in
              (("L", 1.0), ("R", -1.0))]  # fmt: skip
    above = np.eye(4)
    for number, (name, place) in enumerate(chain):
        local = (np.append(place, 1.0) @ np.linalg.inv(above))[:3]
        orient = tuple(float(angle) for angle in draw.uniform(-90.0, 90.0, 3))
        joint = RigJoint(
            name, chain[number - 1][0] if number else None, _triple(local), rotate_order=draw.choice(_ORDERS),
            joint_orient=_triple(orient), parent_matrix=tuple(above.ravel().tolist()),
        )  # fmt: skip
        joints.append(joint)
        above = _local(joint, np.array([joint.rotate]), np.array([joint.translate]))[0] @ above
    names = [f"{joint.name}.{word}{axis}" for joint in joints for word in ("rotate", "translate") for axis in "XYZ"]
    rests = {f"{joint.name}.translate{axis}": value for joint in joints for axis, value in
             zip("XYZ", joint.translate, strict=True)}  # fmt: skip
    return Rig("tongue", tuple(RigAttribute(name, channel_kind(name), rests.get(name, 0.0)) for name in names),
               tuple(joints))  # fmt: skip


def compared(head: Head, take: Take, moved: Doubles, rig: Rig) -> tuple[float, float, float, float]:
    """Correlations of the tip's height and reach, error over motion, largest step in degrees; ``moved`` (F, V, 3)."""
    channels = tuple(take.tracks)
    rig_map = with_joints(matched_by_name(rig, channels), rig, channels).rig_map
    tracks = {track.attribute: np.array(track.samples) for track in retargeted(take, rig_map, rig).tracks}
    rest = _tongue(head)
    along = _along(rest)
    theirs = skinned(rig, tracks, take.frame_count, _SIZE * rest, along) / _SIZE
    tip = along > _TIP
    ours_tip, their_tip = moved[:, tip].mean(axis=1), theirs[:, tip].mean(axis=1)
    height, reach = (float(np.corrcoef(ours_tip[:, axis], their_tip[:, axis])[0, 1]) for axis in (1, 2))
    error = float(np.sqrt(((theirs - moved) ** 2).sum() / ((moved - rest) ** 2).sum()))
    steps = [np.abs(np.diff(samples)).max() for name, samples in tracks.items() if ".rotate" in name]
    return height, reach, error, float(max(steps))


def skinned(rig: Rig, tracks: Mapping[str, Doubles], frames: int, points: Doubles, along: Doubles) -> Doubles:
    """(F, V, 3) the points, against the jaw: each shared by the two joints between which it lies at rest."""
    chain = [joint for joint in rig.joints if joint.name.startswith(("jaw", "tongue"))]
    worlds, rests = [np.broadcast_to(np.eye(4), (frames, 4, 4))], [np.eye(4)]
    for joint in chain:
        turn, place = (
            np.stack([tracks.get(f"{joint.name}.{word}{axis}", np.full(frames, value)) for axis, value in
                      zip("XYZ", rest, strict=True)], axis=1)
            for word, rest in (("rotate", joint.rotate), ("translate", joint.translate))
        )  # fmt: skip
        worlds.append(_local(joint, turn, place) @ worlds[-1])
        rests.append(_local(joint, np.array([joint.rotate]), np.array([joint.translate]))[0] @ rests[-1])
    against = np.linalg.inv(worlds[1]) @ rests[1]  # the jaw's motion taken out
    moves = [np.linalg.inv(rest) @ world @ against for rest, world in zip(rests[2:], worlds[2:], strict=True)]
    count = len(moves)
    centre = np.clip(along * count - 0.5, 0.0, count - 1.0)
    whole = np.concatenate([points, np.ones((len(points), 1))], axis=1)
    result = np.zeros((frames, len(points), 3))
    for at, move in enumerate(moves):
        share = np.clip(1.0 - np.abs(centre - at), 0.0, 1.0)
        result += share[None, :, None] * (whole @ move)[..., :3]
    return result


def _local(joint: RigJoint, turn: Doubles, place: Doubles) -> Doubles:
    """(F, 4, 4) R · JO · T for row vectors."""
    own = _rotation(turn, joint.rotate_order) @ _rotation(np.array([joint.joint_orient]), "xyz")
    own[:, 3, :3] = place
    return own


def _rotation(degrees: Doubles, order: str) -> Doubles:
    result = np.broadcast_to(np.eye(4), (len(degrees), 4, 4)).copy()
    for letter in order:
        axis = "xyz".index(letter)
        cosine, sine = np.cos(np.radians(degrees[:, axis])), np.sin(np.radians(degrees[:, axis]))
        one, two = (axis + 1) % 3, (axis + 2) % 3
        about = np.broadcast_to(np.eye(4), (len(degrees), 4, 4)).copy()
        about[:, one, one], about[:, one, two], about[:, two, one], about[:, two, two] = cosine, sine, -sine, cosine
        result = result @ about
    return result


def _tongue(head: Head) -> Doubles:
    return np.array(head.mesh("tongue").points, np.float64).reshape(-1, 3)


def _shaped(head: Head, take: Take) -> Doubles:
    """(F, V, 3) the tongue by its own shapes, the jaw at rest."""
    mesh = head.mesh("tongue")
    moved = np.repeat(_tongue(head)[None], take.frame_count, axis=0)
    for name, shape in mesh.shapes.items():
        if name in take.tracks:
            deltas = np.array(shape.deltas, np.float64).reshape(-1, 3)
            moved[:, np.array(shape.indices)] += np.asarray(take.tracks[name])[:, None, None] * deltas
    return moved


def _along(points: Doubles) -> Doubles:
    """(V,) where along the resting tongue's middle each point lies, 0 root to 1 tip."""
    line = np.array([(0.0, y, z) for y, z in TONGUE_LINE])
    fine = np.stack([np.interp(np.linspace(0, len(line) - 1, 601), np.arange(len(line)), line[:, axis])
                     for axis in range(3)], axis=1)  # fmt: skip
    nearest: Doubles = np.argmin(np.linalg.norm(points[:, None, 1:] - fine[None, :, 1:], axis=2), axis=1) / 600.0
    return nearest


def _triple(values: object) -> Triple:
    x, y, z = (float(value) for value in np.asarray(values, np.float64))
    return x, y, z


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
