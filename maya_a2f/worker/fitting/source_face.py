"""Our side of a fit: the skin of the head that the takes belong to, its shapes, landmarks, regions and lips."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maya_a2f.core.head import Head, HeadMesh
from maya_a2f.errors import EngineError
from maya_a2f.worker.fitting.surface import Doubles, Indices, adjacency, triangulated

REGIONS = ("mouth", "jaw", "eyes", "brows", "cheeks")
"""What a vertex is counted to, by the shapes that move it most."""
_PREFIXES = {"mouth": 0, "tongue": 0, "jaw": 1, "eye": 2, "brow": 3, "cheek": 4, "nose": 4}
_STILL_CM = 0.02
_INSIDE = frozenset({"mouth", "nostril"})
"""Materials of surfaces that have no counterpart on every face."""


@dataclass(frozen=True, eq=False)
class SourceFace:
    """The skin of a head, centimetres, y up, +z forward, its left +x."""

    points: Doubles
    """(V, 3)"""
    triangles: Indices
    shapes: tuple[str, ...]
    deltas: npt.NDArray[np.float32]
    """(S, V, 3) offsets at weight 1."""
    landmarks: Mapping[str, int]
    region: Indices
    """(V,) index into :data:`REGIONS`, −1 where nothing moves."""
    inside: npt.NDArray[np.bool_]
    """(V,) in the mouth or a nostril."""
    lip_pairs: Indices
    """(p, 2) vertices of the upper and the lower lip that touch, from corner to corner."""

    @property
    def digest(self) -> str:
        """Changes with the skin at rest."""
        return hashlib.sha256(np.ascontiguousarray(self.points, "<f4").tobytes()).hexdigest()[:16]


def source_face(head: Head, mesh_name: str = "face") -> SourceFace:
    """The skin of a head. Raises :class:`EngineError` ``head.no_lips`` where a head does not say where its lips are."""
    mesh = head.mesh(mesh_name)
    points = np.array(mesh.points, np.float64).reshape(-1, 3)
    triangles, face_of = triangulated(np.array(mesh.face_sizes, np.int64), np.array(mesh.face_vertices, np.int64))
    deltas = np.zeros((len(mesh.shapes), len(points), 3), np.float32)
    for row, shape in zip(deltas, mesh.shapes.values(), strict=True):
        row[np.array(shape.indices, np.int64)] = np.array(shape.deltas, np.float32).reshape(-1, 3)
    names = tuple(mesh.shapes)
    return SourceFace(
        points,
        triangles,
        names,
        deltas,
        _landmarks(head, triangles, len(points)),
        _regions(names, deltas),
        _inside(mesh, triangles, face_of, len(points)),
        _lip_pairs(head),
    )


def _landmarks(head: Head, triangles: Indices, count: int) -> dict[str, int]:
    """Named vertices: corners and middle of the mouth, corners of the eyes, nose tip, chin."""
    marks = head.landmarks
    neighbours = adjacency(triangles, count)
    found: dict[str, int] = {}
    try:
        for name in ("mouthCornerLeft", "mouthCornerRight", "noseTip", "chin"):
            found[name] = int(marks[name])
        for name, key in (("lipUpper", "lipUpperInner"), ("lipLower", "lipLowerInner")):
            ids = marks[key]
            found[name] = int(ids[len(ids) // 2])
        for side in ("Left", "Right"):
            upper, lower = marks[f"lidUpper{side}"], marks[f"lidLower{side}"]
            for name, end in (("eyeInner", 0), ("eyeOuter", -1)):
                both = neighbours[int(upper[end])].multiply(neighbours[int(lower[end])])
                found[name + side] = int(both.indices[0]) if both.nnz else int(upper[end])
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise _no_lips(head, error) from error
    return found


def _lip_pairs(head: Head) -> Indices:
    try:
        upper, lower = head.landmarks["lipContactUpper"], head.landmarks["lipContactLower"]
        return np.array([[int(u), int(low)] for u, low in zip(upper, lower, strict=True) if u != low], np.int64)
    except (KeyError, TypeError, ValueError) as error:
        raise _no_lips(head, error) from error


def _regions(names: tuple[str, ...], deltas: npt.NDArray[np.float32]) -> Indices:
    strength = np.zeros((len(REGIONS), deltas.shape[1]))
    for name, delta in zip(names, deltas, strict=True):
        at = next((at for prefix, at in _PREFIXES.items() if name.startswith(prefix)), None)
        if at is not None:
            strength[at] = np.maximum(strength[at], np.linalg.norm(delta, axis=1))
    # A jaw carries the lips along: what a mouth shape moves well is mouth all the same.
    strength[1] *= 0.15
    region: Indices = np.argmax(strength, axis=0).astype(np.int64)
    region[strength.max(axis=0) < _STILL_CM] = -1
    return region


def _inside(mesh: HeadMesh, triangles: Indices, face_of: Indices, count: int) -> npt.NDArray[np.bool_]:
    """Vertices all of whose faces are of an inner material."""
    if mesh.face_materials is None:
        return np.zeros(count, np.bool_)
    inner = np.isin(np.array(mesh.material_names)[np.array(mesh.face_materials, np.int64)], sorted(_INSIDE))[face_of]
    outside = np.zeros(count, np.bool_)
    outside[triangles[~inner].ravel()] = True
    return ~outside


def _no_lips(head: Head, error: Exception) -> EngineError:
    return EngineError(
        f"The head '{head.name}' does not say where its lips and eyes are ({error}).",
        code="head.no_lips",
        hint="Use the shipped head, or add its landmarks.",
    )
