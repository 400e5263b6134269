"""Where a node of a scene stands: matrices from saved transforms (specification, maya.md section 6).

Row vectors, as Maya has them: a point times the matrix. Matrices are 16 numbers, row by row.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence

from maya_a2f.core.rig import RotateOrder
from maya_a2f.host.scene_file.ma_scene import Scene, SceneNode

Matrix = tuple[float, ...]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)
_ORDERS: tuple[RotateOrder, ...] = ("xyz", "yzx", "zxy", "xzy", "yxz", "zyx")


Triple = tuple[float, float, float]
Rests = Mapping[int, Mapping[str, Triple]]
"""``id`` of an animated node -> ``t``, ``r``, ``s`` at rest, in the file's units; the others have theirs saved."""
_ONES: Triple = (1.0, 1.0, 1.0)
_ZERO: Triple = (0.0, 0.0, 0.0)


def world_matrix(scene: Scene, path: str | None, rests: Rests | None = None) -> Matrix:
    """The matrix from a transform's own space to the world, in the scene's units."""
    result = IDENTITY
    while path:
        found = [node for node in scene.find_nodes(path) if node.type in ("transform", "joint")]
        if not found:
            break
        result = product(result, local_matrix(scene, found[-1], rests))
        path = found[-1].parent
    return result


def local_matrix(scene: Scene, node: SceneNode, rests: Rests | None = None) -> Matrix:
    """``SP⁻¹ S SP ST RP⁻¹ RA R [JO IS] RP RT T``; shear is not read, nor is an offset parent matrix."""
    in_degrees = scene.angle_unit.startswith("deg")
    scale_pivot, rotate_pivot = node.vector(".sp", _ZERO), node.vector(".rp", _ZERO)
    steps = [
        _translation([-value for value in scale_pivot]),
        _scaling(rest_vector(node, "s", rests)),
        _translation(scale_pivot),
        _translation(node.vector(".spt", _ZERO)),
        _translation([-value for value in rotate_pivot]),
        rotation(node.vector(".ra", _ZERO), "xyz", in_degrees),
        rotation(rest_vector(node, "r", rests), rotate_order(node), in_degrees),
    ]
    if node.type == "joint":
        steps.append(rotation(node.vector(".jo", _ZERO), "xyz", in_degrees))
        above = compensated_scale(scene, node, rests)
        if above is not None:
            x, y, z = (1.0 / value if value else 1.0 for value in above)
            steps.append(_scaling((x, y, z)))
    steps += [
        _translation(rotate_pivot),
        _translation(node.vector(".rpt", _ZERO)),
        _translation(rest_vector(node, "t", rests)),
    ]
    result = IDENTITY
    for step in steps:
        result = product(result, step)
    return result


def rest_vector(node: SceneNode, kind: str, rests: Rests | None = None) -> Triple:
    """``t``, ``r`` or ``s`` of a node at rest, in the file's units."""
    known = (rests or {}).get(id(node), {}).get(kind)
    return known if known is not None else node.vector(f".{kind}", _ONES if kind == "s" else _ZERO)


def rotate_order(node: SceneNode) -> RotateOrder:
    """The order of a node's rotations, the first one first."""
    return _ORDERS[int(node.number(".ro", 0.0)) % len(_ORDERS)]


def compensated_scale(scene: Scene, node: SceneNode, rests: Rests | None = None) -> Triple | None:
    """The scale of the joint above that a joint takes out; None where it does not."""
    switch = node.find(".ssc")
    above = scene.find_nodes(node.parent) if node.parent else []
    if (switch is not None and not switch.flag()) or not above or above[-1].type != "joint":
        return None
    return rest_vector(above[-1], "s", rests)


def _scaling(factors: Triple) -> Matrix:
    if factors == _ONES:
        return IDENTITY
    x, y, z = factors
    return (x, 0.0, 0.0, 0.0, 0.0, y, 0.0, 0.0, 0.0, 0.0, z, 0.0, 0.0, 0.0, 0.0, 1.0)


def rotation(angles: Sequence[float], order: str, in_degrees: bool = True) -> Matrix:
    """Turns about the axes in ``order``, the first one first."""
    result = IDENTITY
    for axis in order:
        angle = angles["xyz".index(axis)]
        angle = math.radians(angle) if in_degrees else angle
        if angle:
            result = product(result, _about(axis, angle))
    return result


def product(left: Matrix, right: Matrix) -> Matrix:
    """``left`` first, then ``right``."""
    if left == IDENTITY:
        return right
    if right == IDENTITY:
        return left
    return tuple(
        sum(left[4 * row + at] * right[4 * at + column] for at in range(4)) for row in range(4) for column in range(4)
    )


def moved(matrix: Matrix, points: Sequence[float]) -> Sequence[float]:
    """Points (x y z flat) in the space the matrix leads to."""
    return _through(matrix, points, matrix[12:15])


def turned(matrix: Matrix, offsets: Sequence[float]) -> Sequence[float]:
    """Offsets in the space the matrix leads to: no translation."""
    return _through(matrix, offsets, (0.0, 0.0, 0.0))


def _through(matrix: Matrix, values: Sequence[float], shift: Sequence[float]) -> Sequence[float]:
    if matrix == IDENTITY:
        return values
    result = array("d")
    for at in range(0, len(values), 3):
        x, y, z = values[at], values[at + 1], values[at + 2]
        result.extend(
            x * matrix[column] + y * matrix[4 + column] + z * matrix[8 + column] + shift[column] for column in range(3)
        )
    return result


def _translation(offset: Sequence[float]) -> Matrix:
    if not any(offset):
        return IDENTITY
    return (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, offset[0], offset[1], offset[2], 1.0)


def _about(axis: str, angle: float) -> Matrix:
    c, s = math.cos(angle), math.sin(angle)
    if axis == "x":
        return (1.0, 0.0, 0.0, 0.0, 0.0, c, s, 0.0, 0.0, -s, c, 0.0, 0.0, 0.0, 0.0, 1.0)
    if axis == "y":
        return (c, 0.0, -s, 0.0, 0.0, 1.0, 0.0, 0.0, s, 0.0, c, 0.0, 0.0, 0.0, 0.0, 1.0)
    return (c, s, 0.0, 0.0, -s, c, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)
