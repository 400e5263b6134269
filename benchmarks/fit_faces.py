"""Rigs made from one face file, for the benchmark of fits: hidden names, visemes only, joints only.

The file holds ``neutral`` (n, 3), ``quads``, ``triangles`` and ``delta_<name>`` (n, 3), as ICT-FaceKit's does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maya_a2f.worker.fitting.face_rig import FaceRig, RigControl, Sample

Doubles = NDArray[np.float64]

LANDMARKS = {
    "mouthCornerRight": 5708, "mouthCornerLeft": 6213, "lipUpper": 5533, "lipLower": 5517,
    "eyeOuterRight": 1507, "eyeOuterLeft": 3721, "noseTip": 4857, "chin": 966,
}  # fmt: skip
"""ICT-FaceKit's own landmarks, eight of the 68."""
_LIPS = {"lipUpperMid": 5533, "lipLowerMid": 5517, "lipUpperLeft": 6216, "lipLowerLeft": 6470,
         "lipUpperRight": 5711, "lipLowerRight": 5966}  # fmt: skip
_VISEMES: Mapping[str, Mapping[str, float]] = {
    "open": {"jawOpen": 0.75, "mouthLowerDown_L": 0.2, "mouthLowerDown_R": 0.2},
    "closed": {"mouthPress_L": 0.4, "mouthPress_R": 0.4, "mouthRollLower": 0.15, "mouthRollUpper": 0.1},
    "wide": {
        "jawOpen": 0.2,
        "mouthStretch_L": 0.6,
        "mouthStretch_R": 0.6,
        "mouthUpperUp_L": 0.3,
        "mouthUpperUp_R": 0.3,
    },
    "round": {"jawOpen": 0.3, "mouthFunnel": 0.7},
    "narrow": {"jawOpen": 0.1, "mouthPucker": 0.9},
    "bite": {"mouthRollLower": 0.6, "mouthUpperUp_L": 0.3, "mouthUpperUp_R": 0.3, "jawOpen": 0.05},
    "smile": {"mouthSmile_L": 0.7, "mouthSmile_R": 0.7},
    "teeth": {"jawOpen": 0.08, "mouthShrugUpper": 0.2, "mouthLowerDown_L": 0.5, "mouthLowerDown_R": 0.5},
    "half": {"jawOpen": 0.4},
}
"""Nine mouth shapes as a studio might sculpt them."""


@dataclass(frozen=True, eq=False)
class Face:
    """A face with named shapes."""

    points: Doubles
    triangles: NDArray[np.int64]
    deltas: Mapping[str, Doubles]


def read_face(path: Path) -> Face:
    """The face in a file."""
    with np.load(path, allow_pickle=False) as data:
        quads = data["quads"].astype(np.int64)
        triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]], data["triangles"].astype(np.int64)])
        deltas = {key[6:]: data[key].astype(np.float64) for key in data.files if key.startswith("delta_")}
        return Face(data["neutral"].astype(np.float64), triangles, deltas)


def hidden_rig(face: Face, seed: int, removed: float = 1 / 3) -> tuple[FaceRig, dict[str, str]]:
    """Names hidden, shuffled, a share of the shapes removed but not ``jawOpen``, a tenth of the size, lying on its
    back, mirrored winding. Returns the rig and control -> shape."""
    draw = np.random.default_rng(seed)
    names = [str(name) for name in draw.permutation([name for name in face.deltas if name != "jawOpen"])]
    kept = [*names[round(len(face.deltas) * removed) :], "jawOpen"]
    draw.shuffle(kept)
    turn = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
    real = {f"ctl_{at + 1:03d}": name for at, name in enumerate(kept)}
    controls = tuple(_weight(name, 0.1 * face.deltas[shape] @ turn.T) for name, shape in real.items())
    flipped = np.ascontiguousarray(face.triangles[:, ::-1])
    return FaceRig("hidden", 0.1 * face.points @ turn.T, flipped, controls, LANDMARKS), real


def viseme_rig(face: Face) -> FaceRig:
    """Nine visemes and a jaw; nothing else."""
    controls = [
        _weight(f"viseme_{name}", np.sum([share * face.deltas[shape] for shape, share in parts.items()], axis=0))
        for name, parts in _VISEMES.items()
    ]
    controls.append(_weight("jaw", face.deltas["jawOpen"]))
    return FaceRig("visemes", face.points, face.triangles, tuple(controls), LANDMARKS)


def joint_rig(face: Face) -> FaceRig:
    """Jaw, six lip joints, lids and a tongue chain, skinned with smooth weights; no shape at all."""
    points = face.points
    lower = _share(face, "jawOpen")
    hinge = np.array([0.0, points[LANDMARKS["eyeOuterLeft"], 1] - 2.0, points[LANDMARKS["eyeOuterLeft"], 2] - 8.0])
    controls = [
        _joint("jaw.rotateX", "rotate", points, lower, hinge, "x", (0.0, 8.0, 16.0, 25.0)),
        _joint("jaw.translateX", "translate", points, lower, hinge, "x", (-0.8, 0.8)),
        _joint("jaw.translateZ", "translate", points, lower, hinge, "z", (-0.4, 1.0)),
    ]
    for name, vertex in _LIPS.items():
        side = lower if "Lower" in name else 1.0 - lower
        near = _bump(points, points[vertex], 1.6) * side
        controls += [
            _joint(f"{name}.translate{axis.upper()}", "translate", points, near, points[vertex], axis, (-0.8, 0.8))
            for axis in "xyz"
        ]
    for eyelid, sign in (("Left", 1.0), ("Right", -1.0)):
        upper = _share(face, f"eyeBlink_{eyelid[0]}")
        eye = np.array([sign * 3.15, points[3721, 1], 7.6])
        controls.append(_joint(f"lid{eyelid}.rotateX", "rotate", points, upper, eye, "x", (-10.0, 15.0, 30.0, 45.0)))
    tongue = np.array([0.0, points[5517, 1] - 0.6, 6.0])
    for link in range(3):
        place = tongue + np.array([0.0, 0.0, 1.0 * link])
        inside = _bump(points, place, 1.0) * (np.abs(points[:, 2] - place[2]) < 0.01)
        controls.append(_joint(f"tongue{link + 1}.rotateX", "rotate", points, inside, place, "x", (-20.0, 20.0)))
    return FaceRig("joints", points, face.triangles, tuple(controls), LANDMARKS)


def _weight(name: str, deltas: Doubles) -> RigControl:
    moved = np.flatnonzero(np.abs(deltas).max(axis=1) > 1e-9)
    return RigControl(name, "weight", 0.0, 0.0, 1.0, (Sample(1.0, moved, deltas[moved]),))


def _joint(
    name: str, kind: str, points: Doubles, weight: Doubles, pivot: Doubles, axis: str, values: Sequence[float]
) -> RigControl:
    samples = []
    moved = np.flatnonzero(weight > 1e-4)
    for value in values:
        if kind == "rotate":
            gone = (points[moved] - pivot) @ _turn(value).T + pivot - points[moved]
        else:
            gone = np.zeros((len(moved), 3))
            gone[:, "xyz".index(axis)] = value
        samples.append(Sample(value, moved, weight[moved, None] * gone))
    return RigControl(name, kind, 0.0, min(values), max(values), tuple(samples))


def _turn(degrees: float) -> Doubles:
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[1.0, 0.0, 0.0], [0.0, cosine, -sine], [0.0, sine, cosine]])


def _share(face: Face, shape: str) -> Doubles:
    """(n,) how much of a shape's largest way a vertex goes: skin weights that a rigger might paint."""
    way = np.linalg.norm(face.deltas[shape], axis=1)
    share = np.clip(way / np.percentile(way[way > 0.02], 95), 0.0, 1.0)
    result: Doubles = share * share * (3.0 - 2.0 * share)
    return result


def _bump(points: Doubles, place: Doubles, radius: float) -> Doubles:
    distance = np.linalg.norm(points - place, axis=1) / radius
    result: Doubles = np.clip(1.0 - distance**2, 0.0, 1.0) ** 2
    return result
