"""Both faces in our space, before anything is fitted: what belongs together, which way is out, which lip is which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from maya_a2f.errors import UserError
from maya_a2f.worker.fitting.alignment import Alignment, align
from maya_a2f.worker.fitting.columns import whole_offsets
from maya_a2f.worker.fitting.face_rig import FaceRig
from maya_a2f.worker.fitting.lip_sides import Sides, best_opener, lip_sides, triangle_sides
from maya_a2f.worker.fitting.source_face import SourceFace
from maya_a2f.worker.fitting.surface import Bools, Doubles, Indices, Surface, shells

_REACH = 1.3
"""How far around the landmarks pairs are sought, as a multiple of their own reach."""
LIP_MARKS = frozenset({"lipUpper", "lipLower", "mouthCornerLeft", "mouthCornerRight"})


@dataclass(frozen=True, eq=False)
class LipSides:
    """Upper lip −1, lower lip 1, neither 0: of our vertices and triangles and of theirs."""

    own: Sides
    own_triangles: Sides
    their: Sides
    their_triangles: Sides


@dataclass(frozen=True, eq=False)
class Scene:
    """A rig beside our face."""

    source: SourceFace
    rig: FaceRig
    landmarks: Mapping[str, int]
    alignment: Alignment
    points: Doubles
    """(n, 3) the rig's, in our space."""
    target: Surface
    """Its skin: the pieces that carry landmarks, normals outwards."""
    moving: Bools
    """(V,) our outer vertices that take part."""
    sides: LipSides | None
    """None where the rig's lips cannot be told apart."""
    fields: Doubles
    """(w, n, 3) each way of each control as far as it was sampled, in our space."""
    owners: Indices
    """(w,) and its control."""
    welded: Indices
    """(n,) the first vertex at the same place with the same motion: seams are none."""


def scene_of(source: SourceFace, rig: FaceRig, landmarks: Mapping[str, int]) -> Scene:
    """Raises :class:`UserError` ``fit.landmarks*``."""
    alignment = align(source, rig, landmarks)
    points = alignment.points(rig.points)
    owners, samples = whole_offsets(rig)
    fields = np.stack([alignment.deltas(rig.dense(sample)) for sample in samples])
    welded = _welded(rig, fields)
    triangles = _skin(rig, landmarks, welded)
    centre = source.points[[source.landmarks[name] for name in landmarks]].mean(axis=0)
    marks = source.points[list(source.landmarks.values())]
    reach = _REACH * float(np.linalg.norm(marks - centre, axis=1).max())
    near = np.linalg.norm(source.points - centre, axis=1) < reach
    moving = ((source.region >= 0) | near) & ~source.inside
    target = _outwards(Surface(points, triangles), source, moving)
    sides = _sides(source, points, target, landmarks, fields)
    return Scene(source, rig, landmarks, alignment, points, target, moving, sides, fields, owners, welded)


def _skin(rig: FaceRig, landmarks: Mapping[str, int], welded: Indices) -> Indices:
    """Triangles of the connected pieces that carry landmarks. Vertices at one place that move as one are one: seams."""
    _, labels = shells(welded[rig.triangles], len(rig.points))
    labels = labels[welded]
    own = np.isin(labels, np.unique(labels[list(landmarks.values())]))
    triangles = rig.triangles[own[rig.triangles].all(axis=1)]
    if len(triangles) == 0:
        raise UserError(
            f"The landmarks of '{rig.name}' lie on no surface.",
            code="fit.landmarks",
            hint="Pick them on the face's skin.",
        )
    return triangles


def _welded(rig: FaceRig, fields: Doubles) -> Indices:
    """(n,) the first vertex at the same place with the same motion."""
    strength = np.random.default_rng(0).normal(size=len(fields))
    motion = np.tensordot(strength / np.sqrt(len(fields)), fields, axes=1)
    key = np.concatenate([rig.points / rig.size, motion / max(float(np.abs(motion).max()), 1e-12)], axis=1)
    _, first, place = np.unique(np.round(key * 1e5), axis=0, return_index=True, return_inverse=True)
    return first[place.reshape(-1)].astype(np.int64)


def _outwards(target: Surface, source: SourceFace, moving: Bools) -> Surface:
    """The surface with its faces turned so that normals point as ours do."""
    ours = Surface(source.points, source.triangles[moving[source.triangles].all(axis=1)])
    at = np.flatnonzero(moving)
    triangle, _, distance = target.closest(source.points[at])
    close = distance <= np.median(distance)
    agreement = np.einsum("md,md->m", ours.normals[at], target.triangle_normals[triangle])[close]
    if float(np.median(agreement)) >= 0.0:
        return target
    return Surface(target.points, np.ascontiguousarray(target.triangles[:, ::-1]))


def _sides(
    source: SourceFace, points: Doubles, target: Surface, landmarks: Mapping[str, int], fields: Doubles
) -> LipSides | None:
    if not set(landmarks) >= LIP_MARKS or "jawOpen" not in source.shapes:
        return None
    upper, lower = landmarks["lipUpper"], landmarks["lipLower"]
    width = float(np.linalg.norm(points[landmarks["mouthCornerLeft"]] - points[landmarks["mouthCornerRight"]]))
    opener = best_opener(list(fields), upper, lower, width)
    if opener is None or upper == lower:
        return None
    marks = source.landmarks
    own_width = float(
        np.linalg.norm(source.points[marks["mouthCornerLeft"]] - source.points[marks["mouthCornerRight"]])
    )
    jaw = source.deltas[source.shapes.index("jawOpen")].astype(np.float64)
    own = lip_sides(source.points, jaw, marks["lipUpper"], marks["lipLower"], own_width)
    their = lip_sides(points, opener, upper, lower, width)
    return LipSides(own, triangle_sides(own, source.triangles), their, triangle_sides(their, target.triangles))
