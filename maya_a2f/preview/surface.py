"""The head made ready for drawing: triangles, colours and baked light per drawn vertex.

Drawn vertices are the head's vertices, doubled where a crisp border between materials (a tooth's edge) runs through.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maya_a2f.core.head import Material
from maya_a2f.preview.arrays import FloatArray, IntArray, normalised
from maya_a2f.preview.camera import face_part
from maya_a2f.preview.head_mesh import HeadMesh, HeadPart
from maya_a2f.preview.look import KEY_DIRECTION, Finish, finish_of, gloss_of
from maya_a2f.preview.occlusion import bake_key_light, bake_sky_light
from maya_a2f.preview.posing import HeadPoser

_OPEN_WEIGHT = 0.8


@dataclass(frozen=True)
class Surface:
    """R drawn vertices and T triangles; V are the head's vertices, all parts one after another."""

    source: IntArray
    """(R,) the head vertex that each drawn vertex follows."""
    triangles: IntArray
    """(T, 3) drawn vertices, counter-clockwise from outside; those seen from both sides come last."""
    two_sided_from: int
    """First triangle that is seen from both sides."""
    albedo: FloatArray
    """(R, 3) linear colour."""
    specular: FloatArray
    """(R,) 0…1, 0.5 is an ordinary surface (4 % reflection)."""
    gloss: FloatArray
    """(R,) Blinn-Phong exponent."""
    subsurface: FloatArray
    """(R,) 0…1."""
    sky: FloatArray
    """(R,) share of the sky seen, baked."""
    key: FloatArray
    """(R,) share of the key light seen, baked."""
    eye: FloatArray
    """(R, 3) for eyeballs: x and y of the direction from the eye's centre at rest, and 1; elsewhere 0."""
    eye_triangles: NDArray[np.bool_]
    """(T,) which triangles belong to eyeballs."""


def build_surface(head: HeadMesh) -> Surface:
    """Materials and baked light of a head. Takes a few tenths of a second."""
    rows: list[_PartSurface] = []
    start = 0
    for part in head.parts:
        rows.append(_part_surface(head, part, start, sum(len(row.source) for row in rows)))
        start += len(part.points)
    rows_by_side = sorted(rows, key=lambda row: row.two_sided)
    triangles = np.concatenate([row.triangles for row in rows_by_side])
    source = np.concatenate([row.source for row in rows])
    sky, key = _baked(head)
    return Surface(
        source=source,
        triangles=triangles,
        two_sided_from=sum(len(row.triangles) for row in rows if not row.two_sided),
        albedo=np.concatenate([row.albedo for row in rows]),
        specular=np.concatenate([row.answer[:, 0] for row in rows]),
        gloss=np.concatenate([row.answer[:, 1] for row in rows]),
        subsurface=np.concatenate([row.answer[:, 2] for row in rows]),
        sky=np.maximum(sky[source], np.concatenate([row.answer[:, 3] for row in rows])),
        key=key[source],
        eye=np.concatenate([row.eye for row in rows]),
        eye_triangles=np.concatenate([np.full(len(row.triangles), bool(row.eye[0, 2])) for row in rows_by_side]),
    )


@dataclass(frozen=True)
class _PartSurface:
    source: IntArray
    triangles: IntArray
    albedo: FloatArray
    answer: FloatArray
    """(R, 4) specular, gloss, subsurface, least sky light."""
    eye: FloatArray
    two_sided: bool


def _part_surface(head: HeadMesh, part: HeadPart, first_source: int, first_row: int) -> _PartSurface:
    finishes = [finish_of(name) for name in part.quad_materials]
    # Materials that blend share group 0; a crisp one has a group of its own, and with it vertices of its own.
    group = np.array([index + 1 if finish.sharp_edges else 0 for index, finish in enumerate(finishes)])
    corner_ids = part.quads.astype(np.int64) * (len(finishes) + 1) + group[part.quad_material][:, None]
    kept, rows = np.unique(corner_ids, return_inverse=True)
    rows = rows.reshape(part.quads.shape)
    local = (kept // (len(finishes) + 1)).astype(np.int32)
    per_material = np.array(
        [_answer(name, head, finish) for name, finish in zip(part.quad_materials, finishes, strict=True)], np.float32
    )
    sums = np.zeros((len(local), per_material.shape[1] + 1))
    values = np.concatenate([per_material, np.ones((len(per_material), 1), np.float32)], 1)[part.quad_material]
    for corner in range(4):
        np.add.at(sums, rows[:, corner], values)
    mean = (sums[:, :-1] / sums[:, -1:]).astype(np.float32)
    eye = np.zeros((len(local), 3), np.float32)
    if is_eye(part):
        joint = next(joint for joint in head.joints if joint.name == part.joint)
        center = np.asarray(joint.position, np.float32)
        eye[:, :2] = normalised(part.points[local] - center)[:, :2]
        # Behind the equator x and y repeat; keep the iris from showing there.
        eye[:, :2] *= np.where(part.points[local, 2:] < center[2], 2.0, 1.0)
        eye[:, 2] = 1.0
    return _PartSurface(
        source=local + np.int32(first_source),
        triangles=(_triangles(rows.astype(np.int32)) + np.int32(first_row)),
        albedo=mean[:, :3],
        answer=mean[:, 3:],
        eye=eye,
        two_sided=is_sheet(part),
    )


def is_eye(part: HeadPart) -> bool:
    """Whether a part is an eyeball: it follows a joint named after an eye and is no brow or lash."""
    name = part.name.lower()
    return "eye" in part.joint.lower() and "eye" in name and "brow" not in name and "lash" not in name


def is_sheet(part: HeadPart) -> bool:
    """Whether a part is a thin sheet, brows or lashes: seen from both sides, and too thin to shade anything."""
    return "brow" in part.name.lower() or "lash" in part.name.lower()


def _answer(name: str, head: HeadMesh, finish: Finish) -> tuple[float, ...]:
    material = head.materials.get(name, Material((0.5, 0.5, 0.5)))
    roughness = min(max(material.roughness, finish.smoothest), finish.roughest)
    specular = max(material.specular, finish.least_specular)
    return (*material.color, specular, gloss_of(roughness), finish.subsurface, finish.least_sky)


def _triangles(quads: IntArray) -> IntArray:
    """Quads as triangles, the ones without area left out."""
    both = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    a, b, c = both.T
    return np.ascontiguousarray(both[(a != b) & (b != c) & (c != a)])


def _baked(head: HeadMesh) -> tuple[FloatArray, FloatArray]:
    """Sky and key light per head vertex: the brighter of rest and open mouth, so that teeth are lit when they show."""
    poser = HeadPoser(head)
    occluding = [part for part in head.parts if not is_sheet(part)]
    quads = np.concatenate([part.quads + head.slices[part.name].start for part in occluding]).astype(np.int32)
    toward_key = normalised(np.asarray(KEY_DIRECTION, np.float32))
    sky, key = np.zeros(head.vertex_count, np.float32), np.zeros(head.vertex_count, np.float32)
    opened = _open_mouth(head)
    for values in ({}, opened) if opened else ({},):
        posed = poser.pose(values)
        points, normals = posed.points[0], posed.normals[0]
        sky = np.maximum(sky, bake_sky_light(points, normals, quads))
        key = np.maximum(key, bake_key_light(points, normals, quads, toward_key))
    return sky, key


def _open_mouth(head: HeadMesh) -> dict[str, float]:
    """A pose with the mouth open: the face by its jawOpen shape, the jaw's parts carried along by its chin."""
    face = face_part(head)
    opening = face.shapes.get("jawOpen")
    if opening is None or not len(opening.indices):
        return {}
    lengths = np.linalg.norm(opening.deltas, axis=1)
    chin = opening.deltas[lengths > 0.8 * lengths.max()].mean(0) * _OPEN_WEIGHT
    values = {f"{face.name}_shapes.jawOpen": _OPEN_WEIGHT}
    if any(joint.name == "jaw" for joint in head.joints):
        values |= {f"jaw.translate{axis}": float(shift) for axis, shift in zip("XYZ", chin, strict=True)}
    return values
