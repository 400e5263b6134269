"""The head as numpy arrays: what the preview poses and draws. Read and checked by :mod:`maya_a2f.core.head`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from maya_a2f.core import head as core_head
from maya_a2f.core.head import Joint, Material, load_head
from maya_a2f.preview.arrays import FloatArray, IntArray


@dataclass(frozen=True)
class ShapeDelta:
    """One blend shape: the vertices it moves, and how far at weight 1."""

    indices: IntArray
    """(n,) ascending vertex ids."""
    deltas: FloatArray
    """(n, 3) centimetres."""


@dataclass(frozen=True)
class HeadPart:
    """One mesh of the head at rest."""

    name: str
    joint: str
    """The joint it follows rigidly after its own shapes."""
    points: FloatArray
    """(V, 3) world space at rest."""
    quads: IntArray
    """(Q, 4) vertex ids, counter-clockwise seen from outside; a triangle repeats its last vertex."""
    quad_materials: tuple[str, ...]
    """Names of the materials that quad_material points into."""
    quad_material: IntArray
    """(Q,) index into quad_materials."""
    shapes: Mapping[str, ShapeDelta]


@dataclass(frozen=True)
class HeadMesh:
    """Everything the preview knows of a head. Parents come before their children in ``joints``."""

    name: str
    parts: tuple[HeadPart, ...]
    joints: tuple[Joint, ...]
    materials: Mapping[str, Material]
    landmarks: Mapping[str, Any] = field(default_factory=dict)

    @property
    def vertex_count(self) -> int:
        """Vertices of all parts together."""
        return sum(len(part.points) for part in self.parts)

    @property
    def slices(self) -> dict[str, slice]:
        """Where each part lies when the vertices of all parts stand one after another."""
        result, start = {}, 0
        for part in self.parts:
            result[part.name] = slice(start, start + len(part.points))
            start += len(part.points)
        return result

    @property
    def points(self) -> FloatArray:
        """(vertex_count, 3) all parts at rest, one after another."""
        return np.concatenate([part.points for part in self.parts])

    @property
    def quads(self) -> IntArray:
        """(all quads, 4) into :attr:`points`."""
        starts = [where.start for where in self.slices.values()]
        return np.concatenate([part.quads + start for part, start in zip(self.parts, starts, strict=True)]).astype(
            np.int32
        )

    def part(self, name: str) -> HeadPart | None:
        """The part of that name, or None."""
        return next((part for part in self.parts if part.name == name), None)


def load_head_mesh(folder: Path) -> HeadMesh:
    """Read a head folder. Raises :class:`UserError` ``head.missing`` or ``head.damaged``."""
    head = load_head(folder)
    return HeadMesh(head.name, tuple(map(_part, head.meshes)), head.joints, head.materials, head.landmarks)


def _part(mesh: core_head.HeadMesh) -> HeadPart:
    sizes, vertices = np.array(mesh.face_sizes, np.int32), np.array(mesh.face_vertices, np.int32)
    quads, face_of_quad = quads_of_faces(sizes, vertices)
    names: tuple[str, ...]
    if mesh.face_materials is None:
        names, material = (mesh.material,), np.zeros(len(quads), np.int32)
    else:
        names, material = mesh.material_names, np.array(mesh.face_materials, np.int32)[face_of_quad]
    shapes = {
        shape.name: ShapeDelta(np.array(shape.indices, np.int32), _rows(shape.deltas)) for shape in mesh.shapes.values()
    }
    return HeadPart(mesh.name, mesh.joint, _rows(mesh.points), quads, names, material, shapes)


def _rows(flat: Sequence[float]) -> FloatArray:
    """Flat x y z values as (n, 3)."""
    return np.array(flat, np.float32).reshape(-1, 3)


def quads_of_faces(sizes: IntArray, vertices: IntArray) -> tuple[IntArray, IntArray]:
    """Faces of any size as quads (a triangle repeats its last vertex), and the face each quad came from."""
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    quads, faces = [], []
    for size in np.unique(sizes):
        chosen = np.flatnonzero(sizes == size)
        corners = vertices[starts[chosen][:, None] + np.arange(size)]
        for first in range(1, int(size) - 1, 2):
            columns = [0, first, first + 1, min(first + 2, int(size) - 1)]
            quads.append(corners[:, columns])
            faces.append(chosen)
    order = np.argsort(np.concatenate(faces), kind="stable")
    return np.concatenate(quads)[order].astype(np.int32), np.concatenate(faces)[order].astype(np.int32)
