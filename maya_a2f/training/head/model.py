"""The whole head: meshes with their blend shapes, joints, materials and landmarks, ready to be written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from maya_a2f.core.channels import ARKIT_CHANNELS, TONGUE_CHANNELS
from maya_a2f.training.head import eyeballs, hair, teeth, tongue
from maya_a2f.training.head.clearance import cleared
from maya_a2f.training.head.face import Face, build_face, lid_partners
from maya_a2f.training.head.fields import Interpolator, bump
from maya_a2f.training.head.forms import Array
from maya_a2f.training.head.mouth import CONTACT_RING, CORNER
from maya_a2f.training.head.proportions import EYE_CENTRE, HEAD_JOINT, NECK_JOINT
from maya_a2f.training.head.shapes.cheeks import brow_shapes, cheek_shapes
from maya_a2f.training.head.shapes.jaw import jaw_shapes, jaw_share, mouth_close
from maya_a2f.training.head.shapes.lids import lid_shapes
from maya_a2f.training.head.shapes.lips import frozen_for_lips, lip_shapes
from maya_a2f.training.head.shapes.tongue import tongue_out, tongue_shapes
from maya_a2f.training.head.teeth import Mesh
from maya_a2f.training.head.texture_space import face_uvs
from maya_a2f.training.head.topology import Ids

SMALLEST_DELTA_CM = 2e-4
"""Shorter displacements are dropped from a shape."""


@dataclass(frozen=True)
class HeadMesh:
    """One mesh of the head with everything the asset says about it."""

    name: str
    joint: str
    points: Array
    """(V, 3) centimetres, world space at rest."""
    quads: Ids
    """(F, 4) counter-clockwise from outside."""
    uvs: Array
    """(U, 2)."""
    face_uvs: Ids
    """(F, 4) into ``uvs``."""
    materials: tuple[str, ...]
    """Names; the first is the mesh's material, ``face_materials`` indexes them all."""
    face_materials: Ids
    shapes: dict[str, Array] = field(default_factory=dict)
    """Displacements (V, 3) in centimetres by shape name."""


@dataclass(frozen=True)
class Head:
    """The model in memory; see the asset module for the written form."""

    meshes: dict[str, HeadMesh]
    joints: list[tuple[str, str | None, tuple[float, float, float]]]
    landmarks: dict[str, Any]
    face: Face


def face_shapes(face: Face) -> dict[str, Array]:
    """All 52 shapes of the face mesh (V, 3), in the standard order."""
    interpolator = Interpolator(face)
    frozen = frozen_for_lips(face)
    shapes = jaw_shapes(face, jaw_share(face, interpolator))
    shapes["mouthClose"] = mouth_close(face, shapes["jawOpen"], interpolator, frozen)
    shapes |= lip_shapes(face, interpolator, frozen)
    shapes |= cheek_shapes(face)
    shapes |= brow_shapes(face)
    shapes |= lid_shapes(face)
    lower = (face.lip_ring >= 4) & (face.lip_ring <= 9) & (face.lip_side < 0)
    press = bump(face.points, (0.0, -7.4, 9.8), (1.3, 0.6, 1.5)) * lower
    shapes["tongueOut"] = press[:, None] * np.array([0.0, -0.12, 0.04])
    for name in set(shapes) - {"jawOpen", "mouthClose"}:
        # jawOpen and mouthClose belong together: moving either alone would break the seal.
        shapes[name] = cleared(face, name, shapes[name])
    return {name: symmetrised(face, name, shapes) for name in ARKIT_CHANNELS}


def symmetrised(face: Face, name: str, shapes: dict[str, Array]) -> Array:
    """The shape with rounding differences between the sides removed: exact mirrors by name."""
    twin = name
    if name.endswith("Left"):
        twin = name[:-4] + "Right"
    elif name.endswith("Right"):
        twin = name[:-5] + "Left"
    field_ = 0.5 * (shapes[name] + face.swapped(shapes[twin]))
    field_[np.linalg.norm(field_, axis=1) < SMALLEST_DELTA_CM] = 0.0
    return field_


def build_head() -> Head:
    """Everything; deterministic."""
    face = build_face()
    shapes = face_shapes(face)
    uvs, uv_quads = face_uvs(face)
    meshes = {
        "face": HeadMesh(
            "face",
            "head",
            face.points,
            face.mirror.quads,
            uvs,
            uv_quads,
            ("skin", "lips", "mouth", "nostril"),
            _face_materials(face),
            shapes,
        )
    }
    upper, lower = teeth.teeth(True), teeth.teeth(False)
    body, places = tongue.tongue()
    meshes["upperTeeth"] = _plain("upperTeeth", "head", upper, ("tooth", "gum"))
    meshes["lowerTeeth"] = _plain("lowerTeeth", "jaw", lower, ("tooth", "gum"))
    moves = tongue_shapes(body.points, places)
    moves = {name: moves[name] for name in TONGUE_CHANNELS} | {"tongueOut": tongue_out(places, body.points)}
    meshes["tongue"] = _plain("tongue", "jaw", body, ("tongue",), moves)
    for name, is_left in (("leftEye", True), ("rightEye", False)):
        meshes[name] = _plain(name, name, eyeballs.eyeball(is_left), ("sclera", "iris", "pupil"))
    brow, lash = hair.brows(), hair.lashes(face)
    on_brow = {n: d for n in ARKIT_CHANNELS if np.abs(d := hair.followed(brow, face, shapes[n])).max() > 0.01}
    on_lash = {
        n: d
        for n in ARKIT_CHANNELS
        if n.startswith("eye") and np.abs(d := hair.lash_motion(lash, face, shapes[n])).max() > 0.01
    }
    meshes["hair"] = _plain("hair", "head", hair.hair(), ("hair",))
    meshes["brows"] = _plain("brows", "head", brow, ("hair",), on_brow)
    meshes["lashes"] = _plain("lashes", "head", lash, ("hair",), on_lash)
    return Head(meshes, _joints(lower), _landmarks(face, lower), face)


def _plain(
    name: str, joint: str, mesh: Mesh, materials: tuple[str, ...], shapes: dict[str, Array] | None = None
) -> HeadMesh:
    return HeadMesh(name, joint, mesh.points, mesh.quads, mesh.uvs, mesh.quads, materials, mesh.materials, shapes or {})


def _face_materials(face: Face) -> Ids:
    """0 skin, 1 vermilion and wet edge of the lids, 2 inside of the mouth, 3 nostrils, by the vertices' rings."""
    inside = np.zeros(face.count, dtype=bool)
    throat = face.half.throat.ravel()
    inside[np.concatenate([throat, face.mirror.twin[throat]])] = True
    ring = face.lip_ring[face.mirror.quads]
    lowest = np.where((ring < 0) & inside[face.mirror.quads], 14, ring).min(1)
    out = np.zeros(len(ring), dtype=np.int64)
    out[(lowest >= 5) & (lowest < 9)] = 1
    out[lowest >= 9] = 2
    # At this size nostrils read by colour rather than by depth.
    pit = np.concatenate([face.half.nostril[1:].ravel(), [face.half.nostril_centre]])
    deep = np.zeros(face.count, dtype=bool)
    deep[np.concatenate([pit, face.mirror.twin[pit]])] = True
    out[deep[face.mirror.quads].sum(1) >= 2] = 3
    wet = np.zeros(face.count, dtype=bool)
    rim = face.half.eye[6:].ravel()
    wet[np.concatenate([rim, face.mirror.twin[rim]])] = True
    out[wet[face.mirror.quads].all(1)] = 1
    return out


def _joints(lower: Mesh) -> list[tuple[str, str | None, tuple[float, float, float]]]:
    pivot = lower.points[teeth.jaw_points(lower)].astype(np.float32).astype(np.float64).mean(0)
    joints: list[tuple[str, str | None, tuple[float, float, float]]] = [
        ("neck", None, NECK_JOINT),
        ("head", "neck", HEAD_JOINT),
        ("jaw", "head", (0.0, float(pivot[1]), float(pivot[2]))),
    ]
    parent = "jaw"
    for k, place in enumerate(tongue.joint_positions(), start=1):
        joints.append((f"tongue{k}", parent, place))
        parent = f"tongue{k}"
    joints.append(("leftEye", "head", EYE_CENTRE))
    joints.append(("rightEye", "head", (-EYE_CENTRE[0], EYE_CENTRE[1], EYE_CENTRE[2])))
    return joints


def _landmarks(face: Face, lower: Mesh) -> dict[str, Any]:
    half, twin = face.half, face.mirror.twin
    contact = half.mouth[CONTACT_RING]

    def three(place: int, middle: int) -> list[int]:
        return [int(contact[place]), int(contact[middle]), int(twin[contact[place]])]

    top, bottom = lid_partners()
    margin = half.eye[6]
    upper_line = [int(v) for v in contact[: CORNER + 1]]
    lower_line = [int(v) for v in contact[::-1][: CORNER + 1]]
    return {
        "lipUpperInner": three(3, 0),
        "lipLowerInner": three(21, 24),
        "lipContactUpper": [int(twin[v]) for v in upper_line[:0:-1]] + upper_line,
        "lipContactLower": [int(twin[v]) for v in lower_line[:0:-1]] + lower_line,
        "mouthCornerLeft": int(contact[CORNER]),
        "mouthCornerRight": int(twin[contact[CORNER]]),
        "lidUpperLeft": [int(v) for v in margin[top]],
        "lidLowerLeft": [int(v) for v in margin[bottom]],
        "lidUpperRight": [int(twin[v]) for v in margin[top]],
        "lidLowerRight": [int(twin[v]) for v in margin[bottom]],
        "noseTip": int(half.grid[0, 25]),
        "chin": int(half.grid[0, 11]),
        "jawPoints": {"mesh": "lowerTeeth", "vertices": teeth.jaw_points(lower)},
    }
