"""What joints do to skinned meshes: each of their channels moved through its range, as a rig is sampled in Maya.

A point ``p`` of a mesh goes to ``p · G · Σ w · B · M · G⁻¹`` (row vectors; ``G`` geomMatrix, ``B`` bindPreMatrix and
``M`` the world matrix of a joint, ``w`` its weight).
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from maya_a2f.core import joint_maths
from maya_a2f.core.rig_building import MeshTarget
from maya_a2f.host.scene_file.ma_keys import unit_scale
from maya_a2f.host.scene_file.ma_scene import Scene, SceneNode
from maya_a2f.host.scene_file.ma_skinning import SceneSkin
from maya_a2f.host.scene_file.scene_character import SceneAttribute
from maya_a2f.host.scene_file.transforms import Matrix, Triple, product, rest_vector, world_matrix

_ROTATE_REACH = (10.0, 25.0)
"""Degrees to either side of rest, where there are no limits."""
_TRANSLATE_REACH = 0.03
"""Of the mesh's size."""
_STILL = 1e-5
_WHOLE = 0.98
"""A channel that carries more of the skin than this carries the head."""
_AT_BIND = 1e-3
"""Of the mesh's size: how far a mesh may stand from where it was bound."""
_CHANNELS = {f"{kind}{axis}": (kind, at) for kind in "tr" for at, axis in enumerate("xyz")}


@dataclass(frozen=True, eq=False)
class SkinnedMesh:
    """A mesh, its skin and its place."""

    skin: SceneSkin
    points: Sequence[float]
    """x y z, object space."""
    place: Matrix
    """To the world."""

    @property
    def size(self) -> float:
        """Diagonal of the bounding box, in the world."""
        spans = [max(self.points[axis::3]) - min(self.points[axis::3]) for axis in range(3)]
        return math.hypot(*spans) * max(math.hypot(*self.place[row : row + 3]) for row in (0, 4, 8)) or 1.0


class SkinSampler:
    """Moves the channels of joints one after the other."""

    def __init__(self, scene: Scene, attributes: Sequence[SceneAttribute]) -> None:
        self._scene = scene
        self._rests: dict[int, dict[str, Triple]] = {}
        self._moved: dict[str, list[tuple[SceneNode, str, int, float]]] = {}
        self._leaders: dict[str, SceneAttribute] = {}
        by_name = {item.name: item for item in attributes}
        for item in attributes:
            owner, _, place = item.plug.rpartition(".")
            found = scene.find_nodes(owner)
            if place not in _CHANNELS or len(found) != 1:
                continue
            kind, axis = _CHANNELS[place]
            scale = unit_scale(scene, item.kind)
            values = list(self._rests.setdefault(id(found[0]), {}).get(kind, rest_vector(found[0], kind)))
            values[axis] = item.rest / scale
            self._rests[id(found[0])][kind] = (values[0], values[1], values[2])
            leader = by_name.get(item.follows, item)
            if not leader.blocked and leader.kind == item.kind:
                self._leaders[leader.name] = leader
                self._moved.setdefault(leader.name, []).append((found[0], kind, axis, scale))

    def is_at_bind(self, mesh: SkinnedMesh) -> bool:
        """Whether the joints at rest leave the mesh where it is."""
        far = 0.0
        low, high = ([end(mesh.points[axis::3]) for axis in range(3)] for end in (min, max))
        for influence in mesh.skin.weights:
            change = product(mesh.skin.geometry, self._pull(mesh.skin, influence, self._rests))
            for corner in (low, high):
                before, after = _through(corner, mesh.skin.geometry), _through(corner, change)
                far = max(far, math.dist(before, after))
        return far <= _AT_BIND * mesh.size

    def controls(self, meshes: Sequence[SkinnedMesh]) -> list[SceneAttribute]:
        """Channels that move some of the skin, not all of it."""
        vertices = sum(len(mesh.points) // 3 for mesh in meshes)
        found = []
        for name, leader in self._leaders.items():
            carried = moved = 0.0
            for mesh in meshes:
                shares = self._shares(mesh.skin, name)
                moved += len(shares)
                carried += sum(share > _WHOLE for share in shares.values())
            if moved and carried <= _WHOLE * vertices:
                found.append(leader)
        return found

    def targets(self, mesh: SkinnedMesh, control: SceneAttribute) -> Iterator[MeshTarget]:
        """The mesh with the control at some values, offsets in the world."""
        for value in self._values(control, mesh.size):
            rests = {key: dict(own) for key, own in self._rests.items()}
            for node, kind, axis, scale in self._moved[control.name]:
                values = list(rests[id(node)][kind])
                values[axis] = value / scale
                rests[id(node)][kind] = (values[0], values[1], values[2])
            indices, deltas = self._offsets(mesh, control.name, rests)
            if indices:
                yield MeshTarget(control.name, value, indices, deltas)

    def _values(self, control: SceneAttribute, size: float) -> list[float]:
        far = _TRANSLATE_REACH * size * self._scene.centimetres_per_unit
        reaches: tuple[float, ...] = _ROTATE_REACH if control.kind == "rotate" else (far,)
        values = []
        for sign, limit in ((-1.0, control.lowest), (1.0, control.highest)):
            steps = [control.rest + sign * reach for reach in reaches]
            if limit is not None:
                room = sign * (limit - control.rest)
                if room <= 0.0:
                    continue
                if room < reaches[-1]:
                    steps = [control.rest + (limit - control.rest) / 2, limit][-len(reaches) :]
            values += steps
        return sorted(values)

    def _offsets(
        self, mesh: SkinnedMesh, control: str, rests: Mapping[int, Mapping[str, Triple]]
    ) -> tuple[list[int], list[float]]:
        skin = mesh.skin
        back = _linear(product(_inverse(skin.geometry), mesh.place))
        sums: dict[int, list[float]] = {}
        for influence in self._influences(skin, control):
            before, after = (
                product(skin.geometry, self._pull(skin, influence, where)) for where in (self._rests, rests)
            )
            change = tuple(new - old for new, old in zip(after, before, strict=True))
            for vertex, share in skin.weights[influence]:
                x, y, z = _through(mesh.points[3 * vertex : 3 * vertex + 3], change)
                total = sums.setdefault(vertex, [0.0, 0.0, 0.0])
                total[0] += share * x
                total[1] += share * y
                total[2] += share * z
        least = _STILL * mesh.size
        indices = [vertex for vertex in sorted(sums) if max(map(abs, sums[vertex])) > least]
        deltas = array("d")
        for vertex in indices:
            deltas.extend(_through(sums[vertex], back))
        return indices, list(deltas)

    def _pull(self, skin: SceneSkin, influence: int, rests: Mapping[int, Mapping[str, Triple]]) -> Matrix:
        return product(skin.binds[influence], world_matrix(self._scene, skin.joints[influence].path, rests))

    def _influences(self, skin: SceneSkin, control: str) -> list[int]:
        above = [node.path for node, *_ in self._moved[control]]
        return [
            influence
            for influence in skin.weights
            if any(f"{skin.joints[influence].path}|".startswith(f"{path}|") for path in above)
        ]

    def _shares(self, skin: SceneSkin, control: str) -> dict[int, float]:
        """Vertex -> how much of it the control carries."""
        shares: dict[int, float] = {}
        for influence in self._influences(skin, control):
            for vertex, share in skin.weights[influence]:
                shares[vertex] = shares.get(vertex, 0.0) + share
        return shares


def _through(point: Sequence[float], matrix: Sequence[float]) -> tuple[float, float, float]:
    x, y, z = point
    a, b, c = (x * matrix[at] + y * matrix[4 + at] + z * matrix[8 + at] + matrix[12 + at] for at in range(3))
    return a, b, c


def _linear(matrix: Matrix) -> Matrix:
    return (*matrix[:12], 0.0, 0.0, 0.0, 1.0)


def _inverse(matrix: Matrix) -> Matrix:
    """Of an affine matrix; ``ZeroDivisionError`` where there is none."""
    m = matrix
    a, b, c, d, e, f, g, h, i = joint_maths.inverse((m[0], m[1], m[2], m[4], m[5], m[6], m[8], m[9], m[10]))
    x, y, z = m[12:15]
    shift = (-(x * a + y * d + z * g), -(x * b + y * e + z * h), -(x * c + y * f + z * i))
    return (a, b, c, 0.0, d, e, f, 0.0, g, h, i, 0.0, *shift, 1.0)
