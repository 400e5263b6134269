"""Other faces for fits: our head bent out of shape, cut into other triangles, turned, scaled, with hidden names."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

import maya_a2f
from maya_a2f.core.head import load_head
from maya_a2f.worker.fitting.face_rig import FaceRig, RigControl, Sample
from maya_a2f.worker.fitting.source_face import SourceFace, source_face

Doubles = npt.NDArray[np.float64]

HEAD_FOLDER = Path(maya_a2f.__file__).parent / "presets" / "default_head"
MARKS = ("mouthCornerLeft", "mouthCornerRight", "lipUpper", "lipLower", "eyeOuterLeft", "eyeOuterRight", "noseTip",
         "chin")  # fmt: skip


@cache
def our_face() -> SourceFace:
    """The default head's skin."""
    return source_face(load_head(HEAD_FOLDER))


def warped(points: Doubles) -> Doubles:
    """Another face: longer, narrower above and broader below, a flatter profile."""
    x, y, z = points.T
    share = np.clip((y + 12.0) / 20.0, 0.0, 1.0)
    return np.stack([x * (1.18 - 0.22 * share), 1.12 * y + 0.02 * x**2, 0.9 * z + 0.15 * np.sin(y / 3.0)], axis=1)


def other_face(
    names: tuple[str, ...], *, seed: int = 0, scale: float = 1.0, turn: Doubles | None = None, flip: bool = False
) -> tuple[FaceRig, dict[str, str]]:
    """A rig of another face that has our shapes ``names`` under hidden names; control -> shape."""
    source = our_face()
    draw = np.random.default_rng(seed)
    rest = warped(source.points)
    order = draw.permutation(len(rest))
    place = np.argsort(order)
    rotation = np.eye(3) if turn is None else turn
    real = {f"ctl_{at:03d}": str(name) for at, name in enumerate(draw.permutation(list(names)))}
    controls = []
    for name, shape in real.items():
        moved = warped(source.points + source.deltas[source.shapes.index(shape)]) - rest
        controls.append(weight(name, scale * moved[order] @ rotation.T))
    triangles = place[source.triangles]
    if flip:
        triangles = np.ascontiguousarray(triangles[:, ::-1])
    marks = {name: int(place[source.landmarks[name]]) for name in MARKS}
    points = scale * rest[order] @ rotation.T + np.array([3.0, -40.0, 11.0]) * scale
    return FaceRig("other", points, draw.permutation(triangles), tuple(controls), marks), real


def weight(name: str, deltas: Doubles, highest: float = 1.0) -> RigControl:
    """A control from 0 to 1 whose full strength is ``deltas`` (n, 3)."""
    moved = np.flatnonzero(np.abs(deltas).max(axis=1) > 1e-9)
    return RigControl(name, "weight", 0.0, 0.0, highest, (Sample(1.0, moved, deltas[moved]),))
