"""Classic linear skins of a scene: which joints pull which vertices, and from where."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from maya_a2f.host.scene_file.ma_scene import Scene, SceneNode, SetAttr, node_of_plug, short_attribute
from maya_a2f.host.scene_file.transforms import IDENTITY, Matrix

_WEIGHTS = re.compile(r"\.(?:wl|weightList)\[(\d+)(?::(\d+))?\]\.(?:w|weights)(?:\[(\d+)(?::(\d+))?\])?")
_INFLUENCE = re.compile(r"\.(?:ma|matrix)\[(\d+)\]")
_BIND = re.compile(r"\.(?:pm|bindPreMatrix)\[(\d+)\]")
_LARGEST_INDEX = 50_000_000
_WHOLE = 0.02
"""How far the weights of a vertex may be from 1 together."""


@dataclass(frozen=True, eq=False)
class SceneSkin:
    """A skinCluster that can be computed here."""

    node: SceneNode
    weights: dict[int, list[tuple[int, float]]]
    """Influence -> (vertex, weight), of each vertex 1 together."""
    joints: dict[int, SceneNode]
    """Influence -> what pulls there."""
    binds: dict[int, Matrix]
    """Influence -> from the world at binding into its own space (``bindPreMatrix``)."""
    geometry: Matrix
    """From the mesh's space at binding to the world (``geomMatrix``)."""


def read_skin(scene: Scene, node: SceneNode) -> SceneSkin | str:
    """The skin of a skinCluster node, or why it cannot be computed here, as a sentence's end.

    Raises :class:`~maya_a2f.errors.HostError` ``scene.damaged``.
    """
    method = _number(node, (".skm", ".skinningMethod"), 0.0)
    if method != 0.0:
        return "its skinning method is dual quaternion" if method == 1.0 else "it blends two skinning methods"
    if _number(node, (".en", ".envelope"), 1.0) != 1.0:
        return "its envelope is not 1"
    joints: dict[int, SceneNode] = {}
    for link in scene.connections:
        owner = node_of_plug(link.destination)
        if not any(found is node for found in scene.find_nodes(owner)):
            continue
        place = short_attribute(link.destination[len(owner) :])
        if _BIND.fullmatch(place):
            return "its bindPreMatrix is driven"
        match = _INFLUENCE.fullmatch(place)
        if match:
            source = node_of_plug(link.source)
            found = [one for one in scene.find_nodes(source) if one.type in ("joint", "transform")]
            if len(found) != 1:
                return f"its influence '{source}' is not in this file"
            joints[int(match.group(1))] = found[0]
    binds = {}
    for attribute in node.attributes:
        match = _BIND.fullmatch(attribute.name)
        if match:
            binds[int(match.group(1))] = _matrix(attribute)
    geometry = node.find(".gm") or node.find(".geomMatrix")
    by_vertex = _weights(node)
    weights: dict[int, list[tuple[int, float]]] = {}
    for vertex, shares in by_vertex.items():
        total = sum(shares.values())
        if not math.isfinite(total) or abs(total - 1.0) > _WHOLE:
            return f"the weights of vertex {vertex} are {total:g} together"
        for influence, share in shares.items():
            if share:
                weights.setdefault(influence, []).append((vertex, share / total))
    for influence in weights:
        if influence not in joints or influence not in binds:
            return f"its influence {influence} has no {'joint' if influence not in joints else 'bindPreMatrix'}"
    if not weights:
        return "it has no weights"
    return SceneSkin(node, weights, joints, binds, IDENTITY if geometry is None else _matrix(geometry))


def _weights(node: SceneNode) -> dict[int, dict[int, float]]:
    """Vertex -> influence -> weight. Either ``.wl[a:b].w`` with a count and pairs for each vertex, or ``.wl[a].w[i:j]``
    with plain values."""
    found: dict[int, dict[int, float]] = {}
    for attribute in node.attributes:
        match = _WEIGHTS.fullmatch(attribute.name)
        values = attribute.numbers() if match else []
        if match is None or not values:
            continue
        first, last = int(match.group(1)), int(match.group(2) or match.group(1))
        if last < first or last > _LARGEST_INDEX:
            raise attribute.damaged(f"it counts from {first} to {last}")
        if match.group(3) is not None:
            start, end = int(match.group(3)), int(match.group(4) or match.group(3))
            if last != first or len(values) != end + 1 - start:
                raise attribute.damaged(f"{len(values)} weights for the influences {start} to {end}")
            found.setdefault(first, {}).update(enumerate(values, start))
            continue
        at = 0
        for vertex in range(first, last + 1):
            count = int(values[at]) if at < len(values) else -1
            pairs = values[at + 1 : at + 1 + 2 * count]
            if count < 0 or len(pairs) != 2 * count:
                raise attribute.damaged(f"the weights of vertex {vertex} are cut short")
            found.setdefault(vertex, {}).update(zip(map(int, pairs[::2]), pairs[1::2], strict=True))
            at += 1 + 2 * count
    return found


def _number(node: SceneNode, names: tuple[str, str], default: float) -> float:
    return next((found.number() for name in names if (found := node.find(name)) and found.text.strip()), default)


def _matrix(attribute: SetAttr) -> Matrix:
    values = attribute.numbers()
    if len(values) != 16 or not all(map(math.isfinite, values)):
        raise attribute.damaged(f"a matrix has 16 numbers, {len(values)} are there")
    return tuple(values)
