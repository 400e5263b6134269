"""Where nodes stand and where the points of meshes are: matrices, blendShapes and skinClusters, evaluated when asked.

Matrices are Maya's: row vectors, products from left to right. Deformers are a chain along their first input.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests import maya_matrices as mm

if TYPE_CHECKING:
    from tests.fake_maya.model.scene import Node, Scene

Point = tuple[float, float, float]
_ORDERS = ("xyz", "yzx", "zxy", "xzy", "yxz", "zyx")


@dataclass
class Geometry:
    """What a mesh holds when nothing deforms it, or what a deformer adds."""

    points: list[Point] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    corners: list[int] = field(default_factory=list)
    targets: dict[int, dict[int, Point]] = field(default_factory=dict)
    """Weight index -> vertex -> offset, of a blendShape."""
    influences: dict[str, dict[int, float]] = field(default_factory=dict)
    """UUID of a joint -> vertex -> share, of a skinCluster."""
    binds: dict[str, mm.Rows] = field(default_factory=dict)
    """UUID of a joint -> inverse of its world matrix when it was bound."""


def vector(scene: Scene, node: Node, name: str) -> Point:
    """Three values in internal units."""
    x, y, z = (float(scene.value((node.uuid, f"{name}{axis}"))) for axis in "XYZ")
    return x, y, z


def local_matrix(scene: Scene, node: Node) -> mm.Rows:
    """``S RO R JO IS T`` of a joint, ``SP⁻¹ S SP ST RP⁻¹ RO R RP RT T`` of a transform."""
    degrees = 57.29577951308232
    turn, axis = (tuple(value * degrees for value in vector(scene, node, name)) for name in ("rotate", "rotateAxis"))
    order = _ORDERS[int(scene.value((node.uuid, "rotateOrder")))]
    spin = mm.times(mm.rotation(axis), mm.rotation(turn, order))
    scale, place = mm.scaling(*vector(scene, node, "scale")), mm.translation(*vector(scene, node, "translate"))
    if node.type == "joint":
        orient = mm.rotation(tuple(value * degrees for value in vector(scene, node, "jointOrient")))
        above = vector(scene, node, "inverseScale") if scene.value((node.uuid, "segmentScaleCompensate")) else (1, 1, 1)
        return mm.times(scale, spin, orient, mm.scaling(*(1 / value for value in above)), place)
    scale_pivot, pivot = vector(scene, node, "scalePivot"), vector(scene, node, "rotatePivot")
    return mm.times(
        mm.translation(*(-value for value in scale_pivot)), scale, mm.translation(*scale_pivot),
        mm.translation(*vector(scene, node, "scalePivotTranslate")), mm.translation(*(-value for value in pivot)), spin,
        mm.translation(*pivot), mm.translation(*vector(scene, node, "rotatePivotTranslate")), place,
    )  # fmt: skip


def world_matrix(scene: Scene, node: Node) -> mm.Rows:
    """Of a transform, or of a shape's transform."""
    if node.type not in ("joint", "transform"):
        return world_matrix(scene, node.parent) if node.parent else mm.identity()
    local = local_matrix(scene, node)
    return mm.times(local, world_matrix(scene, node.parent)) if node.parent else local


def mesh_points(scene: Scene, mesh: Node) -> list[Point]:
    """In the mesh's own space, after its deformers."""
    source = scene.connections.get((mesh.uuid, "inMesh"))
    return mesh.geometry.points if source is None else _deformed(scene, scene.nodes[source[0]])


def faces(scene: Scene, mesh: Node) -> tuple[list[int], list[int]]:
    """Corners per face and all corners; those of the mesh before the deformers."""
    base = mesh
    while (source := scene.connections.get((base.uuid, "inMesh" if base.type == "mesh" else "input[0]"))) is not None:
        base = scene.nodes[source[0]]
    return base.geometry.counts, base.geometry.corners


def _deformed(scene: Scene, deformer: Node) -> list[Point]:
    below = scene.connections.get((deformer.uuid, "input[0]"))
    if below is None:
        return []
    source = scene.nodes[below[0]]
    points = list(mesh_points(scene, source) if source.type == "mesh" else _deformed(scene, source))
    share = float(scene.value((deformer.uuid, "envelope")))
    if deformer.type == "blendShape":
        for index, offsets in deformer.geometry.targets.items():
            weight = share * float(scene.value((deformer.uuid, f"weight[{index}]")))
            for vertex, offset in offsets.items() if weight else ():
                x, y, z = (p + weight * d for p, d in zip(points[vertex], offset, strict=True))
                points[vertex] = (x, y, z)
    if deformer.type == "skinCluster" and share:
        _skin(scene, deformer.geometry, points)
    return points


def _skin(scene: Scene, skin: Geometry, points: list[Point]) -> None:
    """Meshes that are skinned stand at the origin here: the geometry matrix is the identity."""
    matrices = {uuid: mm.times(skin.binds[uuid], world_matrix(scene, scene.nodes[uuid])) for uuid in skin.influences}
    for vertex, rest in enumerate(list(points)):
        shares = {uuid: own[vertex] for uuid, own in skin.influences.items() if own.get(vertex)}
        if shares:
            moved = [(mm.point(rest, matrices[uuid]), share) for uuid, share in shares.items()]
            x, y, z = (sum(share * place[axis] for place, share in moved) for axis in range(3))
            points[vertex] = (x, y, z)
