"""Meshes with targets, from whatever file, become a rig description; what is wrong with them is named.

Refused is what leaves no face: points that are no numbers, faces that name vertices which are not there, no mesh at
all. Worked around, with a note each: targets of another vertex count, targets with values that are no numbers, equal
names, targets that move nothing, faces without area, many shells and edges of more than two faces.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

from maya_a2f.core.rig_description import Control, ControlSample, RigDescription
from maya_a2f.errors import UserError

_MANY_SHELLS = 24
_NAMED = 4
_STILL = 1e-7
"""Offsets below this part of the face's size move nothing."""


@dataclass(frozen=True)
class MeshTarget:
    """One sculpt of a mesh."""

    attribute: str
    """Control that reaches it."""
    value: float
    """The control's value there."""
    indices: Sequence[int]
    """Moved vertices of the mesh, ascending."""
    deltas: Sequence[float]
    """x y z offsets, in the file's unit."""
    vertex_count: int | None = None
    """Vertices of the sculpt, where the file has all of them."""
    locked: bool = False


@dataclass(frozen=True)
class RigMesh:
    """One mesh of a rig at rest."""

    name: str
    points: Sequence[float]
    """x y z, y up, in the file's unit."""
    face_counts: Sequence[int]
    face_indices: Sequence[int]
    targets: Sequence[MeshTarget] = ()


@dataclass
class _Building:
    notes: list[str] = field(default_factory=list)
    samples: dict[str, dict[float, tuple[list[int], list[float]]]] = field(default_factory=dict)
    locked: dict[str, bool] = field(default_factory=dict)


def build_description(
    name: str, meshes: Sequence[RigMesh], *, scale: float = 1.0, notes: Sequence[str] = (), source: str = ""
) -> RigDescription:
    """One description of all meshes that have targets; ``scale`` is centimetres per unit, ``source`` the file's name.

    Raises :class:`UserError` ``rig.no_mesh``, ``rig.not_finite`` or ``rig.faces``.
    """
    source = source or name
    shaped = [mesh for mesh in meshes if mesh.targets]
    plain = [mesh.name for mesh in meshes if not mesh.targets]
    building = _Building(list(notes))
    if not shaped:
        raise UserError(
            f"'{source}' has no mesh with shapes.",
            code="rig.no_mesh",
            hint="Choose the character's face with its blend shapes; rigs of joints alone are sampled in Maya.",
        )
    if plain:
        building.notes.append(f"{_listed(plain)} {_has(plain)} no shapes and {_is(plain)} left out.")
    points, counts, corners = array("f"), array("i"), array("i")
    parts = []
    for mesh in shaped:
        _check_points(mesh, source)
        start, size = len(points) // 3, _size(mesh.points)
        own_counts, own_corners = _faces(mesh, source, building)
        counts.extend(own_counts)
        corners.extend(vertex + start for vertex in own_corners)
        points.extend(value * scale for value in mesh.points)
        parts.append((mesh.name, len(mesh.points) // 3))
        for target in mesh.targets:
            _take_target(mesh, target, start, scale, size, building)
    _note_topology(len(points) // 3, counts, corners, building)
    controls = tuple(_control(attribute, building) for attribute in building.samples)
    still = [control.attribute for control in controls if not control.samples]
    if still:
        building.notes.append(f"{_listed(still)} {'moves' if len(still) == 1 else 'move'} nothing.")
    _note_twins(controls, building)
    return RigDescription(
        name, points, counts, corners, controls, scale=scale, notes=tuple(building.notes), parts=tuple(parts)
    )


def _check_points(mesh: RigMesh, source: str) -> None:
    for at, value in enumerate(mesh.points):
        if not math.isfinite(value):
            raise UserError(
                f"Vertex {at // 3} of the mesh '{mesh.name}' in '{source}' is no place: {value}.",
                code="rig.not_finite",
                hint="Clean the mesh, delete its history and export it again.",
            )


def _size(points: Sequence[float]) -> float:
    """Diagonal of the bounding box."""
    if not points:
        return 0.0
    return math.dist(*([fold(points[axis::3]) for axis in range(3)] for fold in (min, max)))


def _faces(mesh: RigMesh, source: str, building: _Building) -> tuple[list[int], list[int]]:
    """Faces with at least three different corners."""
    vertex_count = len(mesh.points) // 3
    outside = next((vertex for vertex in mesh.face_indices if not 0 <= vertex < vertex_count), None)
    if outside is not None or sum(mesh.face_counts) != len(mesh.face_indices):
        what = f"name vertex {outside} of {vertex_count}" if outside is not None else "and their corners do not fit"
        raise UserError(
            f"The faces of the mesh '{mesh.name}' in '{source}' {what}.",
            code="rig.faces",
            hint="Clean the mesh and export it again.",
        )
    counts: list[int] = []
    corners: list[int] = []
    start = flat = 0
    for count in mesh.face_counts:
        face = list(mesh.face_indices[start : start + count])
        start += count
        if len(set(face)) < 3:
            flat += 1
            continue
        counts.append(count)
        corners += face
    if flat:
        building.notes.append(f"{flat} faces of '{mesh.name}' have fewer than three corners and are left out.")
    return counts, corners


def _take_target(mesh: RigMesh, target: MeshTarget, start: int, scale: float, size: float, building: _Building) -> None:
    vertex_count = len(mesh.points) // 3
    if target.vertex_count is not None and target.vertex_count != vertex_count:
        building.notes.append(
            f"'{target.attribute}' has {target.vertex_count} vertices, its mesh '{mesh.name}' {vertex_count}; "
            "it is left out."
        )
        return
    if not all(map(math.isfinite, target.deltas)) or not math.isfinite(target.value):
        building.notes.append(f"'{target.attribute}' holds values that are no numbers; it is left out.")
        return
    if target.indices and not (min(target.indices) >= 0 and max(target.indices) < vertex_count):
        building.notes.append(f"'{target.attribute}' moves vertices that '{mesh.name}' does not have; it is left out.")
        return
    of_control = building.samples.setdefault(target.attribute, {})
    building.locked[target.attribute] = building.locked.get(target.attribute, False) or target.locked
    indices, deltas = of_control.setdefault(target.value, ([], []))
    if indices and indices[-1] >= start:
        building.notes.append(f"The mesh '{mesh.name}' has '{target.attribute}' twice; the first is used.")
        return
    least = _STILL * size
    for at, index in enumerate(target.indices):
        offset = target.deltas[3 * at : 3 * at + 3]
        if max(map(abs, offset)) > least:
            indices.append(index + start)
            deltas += [value * scale for value in offset]


def _control(attribute: str, building: _Building) -> Control:
    samples = tuple(
        ControlSample(value, array("i", indices), array("f", deltas))
        for value, (indices, deltas) in sorted(building.samples[attribute].items())
        if indices
    )
    return Control(attribute, samples=samples, locked=building.locked[attribute])


def _note_topology(vertex_count: int, counts: Sequence[int], corners: Sequence[int], building: _Building) -> None:
    edges: dict[tuple[int, int], int] = {}
    parent = list(range(vertex_count))

    def root(vertex: int) -> int:
        while parent[vertex] != vertex:
            parent[vertex] = parent[parent[vertex]]
            vertex = parent[vertex]
        return vertex

    start = 0
    for count in counts:
        face = corners[start : start + count]
        start += count
        for at, vertex in enumerate(face):
            following = face[(at + 1) % count]
            edge = (vertex, following) if vertex < following else (following, vertex)
            edges[edge] = edges.get(edge, 0) + 1
            parent[root(vertex)] = root(following)
    crowded = sum(used > 2 for used in edges.values())
    if crowded:
        building.notes.append(f"The mesh is not manifold: {crowded} edges belong to more than two faces.")
    shells = len({root(vertex) for vertex in set(corners)})
    if shells > _MANY_SHELLS:
        building.notes.append(f"The mesh consists of {shells} separate shells.")
    loose = vertex_count - len(set(corners))
    if loose:
        building.notes.append(f"{loose} vertices belong to no face.")


def _note_twins(controls: Sequence[Control], building: _Building) -> None:
    seen: dict[tuple[bytes, ...], str] = {}
    for control in controls:
        if not control.samples:
            continue
        content = tuple(part.tobytes() for sample in control.samples for part in (sample.indices, sample.deltas))
        first = seen.setdefault(content, control.attribute)
        if first != control.attribute:
            building.notes.append(f"'{first}' and '{control.attribute}' are the same shape.")


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"


def _has(names: Sequence[str]) -> str:
    return "has" if len(names) == 1 else "have"


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
