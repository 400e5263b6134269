"""A small character in every kind of file."""

from __future__ import annotations

from array import array
from fractions import Fraction
from pathlib import Path

import numpy as np

from maya_a2f.core.rig_description import Control, ControlSample, RigDescription
from maya_a2f.worker.exports.animated_face import rig_face
from maya_a2f.worker.exports.gltf_writer import write_glb
from tests.small_scene import SCENE

SHAPES = ("jawOpen", "mouthSmile_L", "mouthSmile_R", "eyeBlink_L", "tail_wag")

_POINTS = np.array([[0, 0, 0], [10, 0, 0], [10, 10, 0], [0, 10, 0], [5, 15, 2]], np.float32)


def write_scene(folder: Path) -> Path:
    """A scene with five shapes, one of them locked."""
    path = folder / "face.ma"
    path.write_text(SCENE, encoding="utf-8")
    return path


def write_npz(folder: Path) -> Path:
    """The same shapes in a plain ``.npz``."""
    path = folder / "face.npz"
    deltas = {}
    for at, name in enumerate(SHAPES):
        offsets = np.zeros_like(_POINTS)
        offsets[at, 1] = -0.5 - at
        deltas[f"delta_{name}"] = offsets
    faces = {"quads": np.array([[0, 1, 2, 3]], np.int32), "triangles": np.array([[2, 4, 3]], np.int32)}
    np.savez(path, neutral=_POINTS, **faces, **deltas)
    return path


def described() -> RigDescription:
    """The same shapes as a description; the jaw has a sample half way that is no half of the full one."""
    controls = []
    for at, name in enumerate(SHAPES):
        samples = [ControlSample(1.0, array("i", [at]), array("f", [0, -0.5 - at, 0]))]
        if name == "jawOpen":
            samples.insert(0, ControlSample(0.5, array("i", [0, 1]), array("f", [0, -0.4, 0, 0, 0, 0.25])))
        controls.append(Control(f"face.{name}", samples=tuple(samples)))
    return RigDescription(
        "face", array("f", _POINTS.ravel()), array("i", [4, 3]), array("i", [0, 1, 2, 3, 2, 4, 3]), tuple(controls)
    )


def write_gltf(folder: Path) -> Path:
    """The description as ``.glb``, at rest."""
    path = folder / "face.glb"
    write_glb(rig_face(described(), {}, 0, rate=Fraction(24), start_frame=1.0), path)
    return path
