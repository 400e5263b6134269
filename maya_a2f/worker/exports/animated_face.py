"""What an export holds, whatever its format: meshes with shapes, joints that carry them rigidly, and their motion.

A shape's weight is 0 at rest and 1 at its full sample. Joints turn and move as in :mod:`maya_a2f.preview.posing`: world
axes at rest, a mesh follows its joint after its own shapes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from maya_a2f.core.head import Head
from maya_a2f.core.rig_description import Control, RigDescription
from maya_a2f.errors import UserError

Doubles = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
_PLAIN = (0.72, 0.58, 0.5)
"""Colour of a rig that brings none, linear."""


@dataclass(frozen=True, eq=False)
class ShapeSample:
    """One sculpt of a shape."""

    weight: float
    """Weight at which it is reached; 1 is the full shape."""
    indices: Indices
    """(k,)"""
    deltas: Doubles
    """(k, 3)"""


@dataclass(frozen=True, eq=False)
class FaceShape:
    """One shape of a mesh and its motion."""

    name: str
    """A legal identifier, unique in the mesh; equal names in several meshes move alike."""
    samples: tuple[ShapeSample, ...]
    """By weight, ascending."""
    weights: Doubles
    """(frames,)"""


@dataclass(frozen=True, eq=False)
class FaceMesh:
    """One mesh, in world space at rest."""

    name: str
    points: Doubles
    """(n, 3) centimetres."""
    face_counts: Indices
    face_indices: Indices
    shapes: tuple[FaceShape, ...]
    joint: str | None = None
    uvs: Doubles | None = None
    """(u, 2)"""
    face_uvs: Indices | None = None
    """UV of every corner."""
    materials: tuple[str, ...] = ("face",)
    face_materials: Indices | None = None
    """(f,) into :attr:`materials`; None: the first everywhere."""


@dataclass(frozen=True, eq=False)
class FaceJoint:
    """One joint and its motion."""

    name: str
    parent: str | None
    rest: Doubles
    """(3,) relative to its parent, centimetres."""
    translations: Doubles
    """(frames, 3) relative to its parent."""
    rotations: Doubles
    """(frames, 3, 3) that turn column vectors."""


@dataclass(frozen=True, eq=False)
class AnimatedFace:
    """Everything an export holds."""

    name: str
    meshes: tuple[FaceMesh, ...]
    joints: tuple[FaceJoint, ...]
    """Parents before their children."""
    colours: Mapping[str, tuple[float, float, float]]
    """Material -> linear red, green, blue."""
    rate: Fraction
    start_frame: float
    frame_count: int
    sound: Path | None = None
    sound_frame: float = 0.0
    """Frame on which the sound's first sample is heard."""
    notes: tuple[str, ...] = field(default=())

    def posed(self, frame: int) -> list[Doubles]:
        """(n, 3) per mesh at a frame, centimetres."""
        places: dict[str, tuple[Doubles, Doubles]] = {}
        rests: dict[str, Doubles] = {}
        for joint in self.joints:
            turn, shift = joint.rotations[frame], joint.translations[frame]
            rest = joint.rest
            if joint.parent is not None:
                above, place = places[joint.parent]
                turn, shift, rest = above @ turn, above @ shift + place, rests[joint.parent] + rest
            places[joint.name], rests[joint.name] = (turn, shift), rest
        result = []
        for mesh in self.meshes:
            points = mesh.points.copy()
            for shape in mesh.shapes:
                for sample, share in zip(shape.samples, sample_shares(shape, frame), strict=True):
                    points[sample.indices] += share * sample.deltas
            if mesh.joint is not None:
                turn, shift = places[mesh.joint]
                points = (points - rests[mesh.joint]) @ turn.T + shift
            result.append(points)
        return result


def sample_shares(shape: FaceShape, frame: int | slice) -> Doubles:
    """(samples,) or (samples, frames): how much of each sample makes the shape at its weight.

    Straight between neighbouring samples (rest is one of them, at 0), and along the last stretch beyond the ends.
    """
    weights = np.atleast_1d(shape.weights[frame])
    knots = sorted({0.0, *(sample.weight for sample in shape.samples)})
    shares = np.zeros((len(shape.samples), len(weights)))
    if len(knots) > 1:
        left = np.clip(np.searchsorted(knots, weights, side="right") - 1, 0, len(knots) - 2)
        low, high = np.array(knots)[left], np.array(knots)[left + 1]
        along = (weights - low) / (high - low)
        for row, sample in zip(shares, shape.samples, strict=True):
            row += np.where(low == sample.weight, 1.0 - along, 0.0) + np.where(high == sample.weight, along, 0.0)
    return shares if isinstance(frame, slice) else shares[:, 0]


def head_face(
    head: Head,
    tracks: Mapping[str, Sequence[float]],
    frame_count: int,
    *,
    joint_suffix: str,
    shapes_suffix: str,
    rate: Fraction,
    start_frame: float,
) -> AnimatedFace:
    """Our head and tracks named by its scene's attributes; see :mod:`maya_a2f.host.scene_file.head_rig`."""
    leaders = head.shape_leaders()
    joints = []
    for joint in head.joints:
        rest = np.array(head.rest_translate(joint.name), np.float64)
        node = f"{joint.name}{joint_suffix}"
        turns = np.stack([_track(tracks, f"{node}.rotate{axis}", 0.0, frame_count) for axis in "XYZ"], 1)
        moves = [_track(tracks, f"{node}.translate{axis}", rest[at], frame_count) for at, axis in enumerate("XYZ")]
        joints.append(FaceJoint(joint.name, joint.parent, rest, np.stack(moves, 1), turned_xyz(turns)))
    meshes = []
    for mesh in head.meshes:
        shapes = []
        for shape in mesh.shapes.values():
            own = f"{mesh.name}{shapes_suffix}.{shape.name}"
            leading = f"{leaders[shape.name]}{shapes_suffix}.{shape.name}"
            weights = _track(tracks, own if own in tracks else leading, 0.0, frame_count)
            sample = ShapeSample(1.0, np.array(shape.indices, np.int64), _rows(shape.deltas))
            shapes.append(FaceShape(shape.name, (sample,), weights))
        has_groups = mesh.face_materials is not None
        meshes.append(
            FaceMesh(
                mesh.name,
                _rows(mesh.points),
                np.array(mesh.face_sizes, np.int64),
                np.array(mesh.face_vertices, np.int64),
                tuple(shapes),
                mesh.joint,
                np.array(mesh.uvs, np.float64).reshape(-1, 2) if len(mesh.uvs) else None,
                np.array(mesh.face_uvs, np.int64) if len(mesh.uvs) else None,
                mesh.material_names if has_groups else (mesh.material,),
                np.array(mesh.face_materials, np.int64) if has_groups else None,
            )
        )
    colours = {name: material.color for name, material in head.materials.items()}
    return AnimatedFace(head.name, tuple(meshes), tuple(joints), colours, rate, start_frame, frame_count)


def rig_face(
    rig: RigDescription, tracks: Mapping[str, Sequence[float]], frame_count: int, *, rate: Fraction, start_frame: float
) -> AnimatedFace:
    """A described rig and tracks named by its controls; controls without samples move nothing."""
    notes = []
    still = [name for name in tracks if not any(c.attribute == name and c.samples for c in rig.controls)]
    if still:
        notes.append(f"{len(still)} attributes with keys move no vertex of the description: {', '.join(still[:4])}.")
    names = unique_identifiers(control.attribute.rpartition(".")[2] for control in rig.controls)
    points = _rows(rig.points)
    counts, corners = np.array(rig.face_counts, np.int64), np.array(rig.face_indices, np.int64)
    owner = np.repeat(np.arange(len(counts)), counts)
    parts = rig.parts or ((rig.name, len(points)),)
    part_names = unique_identifiers(name for name, _ in parts)
    meshes = []
    start = 0
    for part, (_, size) in zip(part_names, parts, strict=True):
        first_corner = corners[np.searchsorted(owner, np.arange(len(counts)))] if len(corners) else corners
        inside = (first_corner >= start) & (first_corner < start + size)
        shapes = []
        for name, control in zip(names, rig.controls, strict=True):
            shape = _part_shape(name, control, tracks.get(control.attribute), frame_count, start, size)
            if shape is not None:
                shapes.append(shape)
        own_corners = corners[inside[owner]] - start
        meshes.append(FaceMesh(part, points[start : start + size], counts[inside], own_corners, tuple(shapes)))
        start += size
    return AnimatedFace(
        rig.name, tuple(meshes), (), {"face": _PLAIN}, rate, start_frame, frame_count, notes=tuple(notes)
    )


def _part_shape(
    name: str, control: Control, track: Sequence[float] | None, frame_count: int, start: int, size: int
) -> FaceShape | None:
    """The control's shape on one part; weights count from the rest value to the farthest sample."""
    if not control.samples:
        return None
    full = max((sample.value - control.rest for sample in control.samples), key=abs)
    if full == 0.0:
        return None
    samples = []
    for sample in control.samples:
        indices = np.array(sample.indices, np.int64)
        inside = (indices >= start) & (indices < start + size)
        weight = (sample.value - control.rest) / full
        samples.append(ShapeSample(weight, indices[inside] - start, _rows(sample.deltas)[inside]))
    if not any(len(sample.indices) for sample in samples):
        return None
    values = np.full(frame_count, control.rest) if track is None else np.asarray(track, np.float64)
    ordered = sorted((sample for sample in samples if sample.weight != 0.0), key=lambda sample: sample.weight)
    return FaceShape(name, tuple(ordered), (values - control.rest) / full)


def between_label(weight: float) -> str:
    """What a sample that is not the full shape is called: ``at_0_5``."""
    return f"at_{weight:.4g}".replace(".", "_").replace("-", "minus_")


def unique_identifiers(names: Iterable[str]) -> list[str]:
    """Names any format takes (ASCII letters, digits, _), told apart by numbers."""
    taken: set[str] = set()
    result = []
    for name in names:
        legal = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_") or "shape"
        legal = f"_{legal}" if legal[0].isdigit() else legal
        found, number = legal, 1
        while found in taken:
            number += 1
            found = f"{legal}_{number}"
        taken.add(found)
        result.append(found)
    return result


def turned_xyz(degrees: Doubles) -> Doubles:
    """(frames, 3) angles -> (frames, 3, 3): about x first, then y, then z."""
    (cx, cy, cz), (sx, sy, sz) = np.cos(np.radians(degrees)).T, np.sin(np.radians(degrees)).T
    rows = [
        [cy * cz, sx * sy * cz - cx * sz, cx * sy * cz + sx * sz],
        [cy * sz, sx * sy * sz + cx * cz, cx * sy * sz - sx * cz],
        [-sy, sx * cy, cx * cy],
    ]
    return np.stack([np.stack(row, -1) for row in rows], -2)


def quaternions_of(rotations: Doubles) -> Doubles:
    """(frames, 3, 3) -> (frames, 4) x y z w, unit, without a change of sign from one frame to the next."""
    result = np.empty((len(rotations), 4))
    for at, turn in enumerate(rotations):
        trace = np.array(
            [
                1 + turn[0, 0] - turn[1, 1] - turn[2, 2],
                1 - turn[0, 0] + turn[1, 1] - turn[2, 2],
                1 - turn[0, 0] - turn[1, 1] + turn[2, 2],
                1 + turn[0, 0] + turn[1, 1] + turn[2, 2],
            ]
        )
        largest = int(np.argmax(trace))
        half = 0.5 * np.sqrt(trace[largest])
        sums = {
            (0, 1): turn[1, 0] + turn[0, 1],
            (0, 2): turn[0, 2] + turn[2, 0],
            (1, 2): turn[2, 1] + turn[1, 2],
            (0, 3): turn[2, 1] - turn[1, 2],
            (1, 3): turn[0, 2] - turn[2, 0],
            (2, 3): turn[1, 0] - turn[0, 1],
        }
        for part in range(4):
            pair = (min(part, largest), max(part, largest))
            result[at, part] = half if part == largest else sums[pair] / (4 * half)
        if at and result[at] @ result[at - 1] < 0:
            result[at] *= -1
    return result


def _track(tracks: Mapping[str, Sequence[float]], name: str, rest: float, frame_count: int) -> Doubles:
    if name not in tracks:
        return np.full(frame_count, rest)
    values = np.asarray(tracks[name], np.float64)
    if values.shape != (frame_count,) or not np.isfinite(values).all():
        raise UserError(
            f"The track '{name}' does not have {frame_count} finite values.",
            code="export.track",
            hint="Solve the clip again.",
        )
    return values


def _rows(flat: Sequence[float]) -> Doubles:
    return np.array(flat, np.float64).reshape(-1, 3)
