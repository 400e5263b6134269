"""Meshes and blendShapes of a scene that was read."""

from __future__ import annotations

import math
import re
from array import array
from dataclasses import dataclass

from maya_a2f.host.scene_file.ma_scene import Scene, SceneNode, SetAttr, node_of_plug, short_attribute

_LARGEST_INDEX = 50_000_000
_TARGET = re.compile(r"\.it\[(\d+)\]\.itg\[(\d+)\](?:\.iti\[(\d+)\])?(?:\.(\w+))?")
_NAMED_TARGET = re.compile(r"\.ibig\[(\d+)\]\.ibi\[(\d+)\]\.ibtn")
_COMPONENT = re.compile(r"\w+\[(?:(\*)|(\d+)(?::(\d+))?)\]")
_LiveTargets = dict[tuple[int, int, int], str]
"""(target, geometry, item) -> the plug connected there."""
_WEIGHT_PLUG = re.compile(r"(?:w|weight)\[(\d+)\]")


@dataclass(frozen=True)
class SceneMesh:
    """A mesh as saved; one whose geometry comes through its history has none of its own."""

    path: str
    is_intermediate: bool
    points: array[float]
    """(V·3,) object space, tweaks added, in the scene's linear unit."""
    edges: tuple[tuple[int, int, bool], ...]
    """Two vertices each, and whether the edge is smooth."""
    faces: tuple[tuple[int, ...], ...]
    """Vertex ids."""
    uv_set: str
    uvs: array[float]
    """(U·2,) of the first set."""
    face_uvs: tuple[tuple[int, ...], ...]
    """UV ids of the first set per face; empty for a face without."""


@dataclass(frozen=True)
class TargetItem:
    """One sculpt of a target."""

    geometry: int
    """Which of the blendShape's geometries."""
    item: int
    """6000 for the full shape, 5000 + weight·1000 for one in between."""
    name: str
    """Name of an in-between, where it has one."""
    indices: tuple[int, ...]
    deltas: array[float]
    """(n·3,)"""
    live_geometry: str | None
    """The plug whose mesh is the target, where it still exists."""

    @property
    def weight(self) -> float:
        """Weight at which the sculpt is reached."""
        return (self.item - 5000) / 1000


@dataclass(frozen=True)
class BlendTarget:
    """One weight of a blendShape."""

    index: int
    """Logical index of the weight; indices may have gaps."""
    alias: str | None
    weight: float | None
    """Saved value; None where it is driven or was never set."""
    items: tuple[TargetItem, ...]


@dataclass(frozen=True)
class SceneBlendShape:
    """A blendShape node."""

    node: str
    targets: tuple[BlendTarget, ...]

    def target(self, alias: str) -> BlendTarget:
        """The target of that name; ``KeyError`` where there is none."""
        return {target.alias: target for target in self.targets}[alias]


def scene_meshes(scene: Scene) -> list[SceneMesh]:
    """Every mesh. Raises :class:`~maya_a2f.errors.HostError` ``scene.damaged``."""
    return [_read_mesh(node) for node in scene.of_type("mesh")]


def scene_blend_shapes(scene: Scene) -> list[SceneBlendShape]:
    """Every blendShape. Raises :class:`~maya_a2f.errors.HostError` ``scene.damaged``."""
    live = _live_targets(scene)
    return [_read_blend_shape(node, live.get(id(node), {})) for node in scene.of_type("blendShape")]


def _read_mesh(node: SceneNode) -> SceneMesh:
    points = _gather(node, ".vt", 3)
    for tweak in node.having_base(".pt"):
        first, last = tweak.index_range or (0, 0)
        values = tweak.numbers()
        if 3 * (last + 1) <= len(points) and len(values) == 3 * (last + 1 - first):
            for at, value in enumerate(values, 3 * first):
                points[at] += value
    flat = _gather(node, ".ed", 3)
    if not all(map(math.isfinite, flat)):
        raise next(node.having_base(".ed")).damaged("it holds values that are not finite numbers")
    edges = tuple((int(flat[at]), int(flat[at + 1]), flat[at + 2] != 0.0) for at in range(0, len(flat), 3))
    faces: list[tuple[int, ...]] = []
    face_uvs: list[tuple[int, ...]] = []
    for attribute in node.having_base(".fc"):
        _read_faces(attribute, edges, faces, face_uvs)
    hidden = node.find(".io")
    return SceneMesh(
        node.path, hidden is not None and hidden.flag(), points, edges, tuple(faces),
        node.string(".uvst[0].uvsn"), _gather(node, ".uvst[0].uvsp", 2), tuple(face_uvs),
    )  # fmt: skip


def _gather(node: SceneNode, base: str, width: int) -> array[float]:
    """All elements of a multi attribute set in pieces, in order of their indices."""
    values = array("d")
    for attribute in node.having_base(base):
        first, last = attribute.index_range or (0, 0)
        numbers = attribute.numbers()
        if last < first or last > _LARGEST_INDEX or len(numbers) != width * (last + 1 - first):
            raise attribute.damaged(f"{len(numbers)} numbers for the elements {first} to {last}")
        missing = width * (last + 1) - len(values)
        if missing > 0:
            values.frombytes(bytes(8 * missing))
        values[width * first : width * (last + 1)] = array("d", numbers)
    return values


def _read_faces(
    attribute: SetAttr,
    edges: tuple[tuple[int, int, bool], ...],
    faces: list[tuple[int, ...]],
    face_uvs: list[tuple[int, ...]],
) -> None:
    """Faces of one polyFaces value: ``f`` edges, ``h`` holes, ``mu`` UVs, ``mc`` colours, each with a count."""
    texts = attribute.text.split()
    at = 0
    try:
        while at < len(texts):
            word = texts[at]
            head = 3 if word in ("mu", "mc") else 2
            count = int(texts[at + head - 1])
            numbers = [int(text) for text in texts[at + head : at + head + count]]
            if count < 0 or len(numbers) != count:
                raise ValueError(f"a record '{word}' is cut short")
            if word == "f":
                faces.append(tuple(edges[edge][0] if edge >= 0 else edges[-edge - 1][1] for edge in numbers))
                face_uvs.append(())
            elif word == "mu" and texts[at + 1] == "0" and face_uvs:
                face_uvs[-1] = tuple(numbers)
            at += head + count
    except (ValueError, IndexError) as error:
        raise attribute.damaged(f"its faces make no sense ({error})") from error


def _read_blend_shape(node: SceneNode, live: _LiveTargets) -> SceneBlendShape:
    weights = _weights(node)
    aliases = _aliases(node)
    items = _items(node, live)
    indices = sorted({*weights, *aliases, *items})
    targets = tuple(
        BlendTarget(index, aliases.get(index), weights.get(index), tuple(items.get(index, ()))) for index in indices
    )
    return SceneBlendShape(node.name, targets)


def _weights(node: SceneNode) -> dict[int, float | None]:
    weights: dict[int, float | None] = {}
    for attribute in node.having_base(".w"):
        first, last = attribute.index_range or (0, 0)
        values = attribute.numbers()
        if values and len(values) != last + 1 - first:
            raise attribute.damaged(f"{len(values)} weights for the elements {first} to {last}")
        weights.update(enumerate(values, first))
    return weights


def _aliases(node: SceneNode) -> dict[int, str]:
    """Weight index -> name; both forms a file knows: in braces, or a count and pairs."""
    found = node.find(".aal")
    if found is None:
        return {}
    names = found.words()
    if len(names) % 2:
        names = names[1:]
    pairs = zip(names[::2], names[1::2], strict=True)
    matches = ((alias, _WEIGHT_PLUG.fullmatch(plug)) for alias, plug in pairs)
    return {int(match.group(1)): alias for alias, match in matches if match}


def _items(node: SceneNode, live: _LiveTargets) -> dict[int, list[TargetItem]]:
    """Target index -> its sculpts, from stored deltas and from connected geometry."""
    points: dict[tuple[int, int, int], SetAttr] = {}
    components: dict[tuple[int, int, int], SetAttr] = {}
    names: dict[tuple[int, int], str] = {}
    for attribute in node.attributes:
        match = _TARGET.fullmatch(attribute.name)
        if match and match.group(3) and match.group(4) in ("ipt", "ict"):
            key = (int(match.group(2)), int(match.group(1)), int(match.group(3)))
            (points if match.group(4) == "ipt" else components)[key] = attribute
        named = _NAMED_TARGET.fullmatch(attribute.name)
        if named:
            names[int(named.group(1)), int(named.group(2))] = attribute.string()
    items: dict[int, list[TargetItem]] = {}
    for key in sorted({*points, *live}):
        target, geometry, item = key
        deltas = _deltas(points[key]) if key in points else array("d")
        indices = _components(components.get(key), len(deltas) // 3)
        if len(indices) * 3 != len(deltas):
            raise points[key].damaged(f"{len(deltas) // 3} points for {len(indices)} vertices")
        items.setdefault(target, []).append(
            TargetItem(geometry, item, names.get((target, item), ""), indices, deltas, live.get(key))
        )
    return items


def _live_targets(scene: Scene) -> dict[int, _LiveTargets]:
    """``id`` of a blendShape node -> plugs connected as its targets."""
    live: dict[int, _LiveTargets] = {}
    for link in scene.connections:
        owner = node_of_plug(link.destination)
        match = _TARGET.fullmatch(short_attribute(link.destination[len(owner) :]))
        if match and match.group(3) and match.group(4) == "igt":
            for node in scene.find_nodes(owner):
                key = int(match.group(2)), int(match.group(1)), int(match.group(3))
                live.setdefault(id(node), {})[key] = link.source
    return live


def _deltas(attribute: SetAttr) -> array[float]:
    """A pointArray: a count, then x y z w each."""
    numbers = attribute.numbers()
    if not numbers or len(numbers) != 1 + 4 * numbers[0]:
        raise attribute.damaged("its count does not fit its points")
    values = array("d", numbers[1:])
    del values[3::4]
    return values


def _components(attribute: SetAttr | None, count: int) -> tuple[int, ...]:
    """Vertices of a component list; ``vtx[*]`` and a missing list stand for the first ``count``."""
    if attribute is None:
        return tuple(range(count))
    indices: list[int] = []
    for word in attribute.words()[1:]:
        match = _COMPONENT.fullmatch(word)
        if match is None:
            raise attribute.damaged(f"'{word}' is no component")
        if match.group(1):
            return tuple(range(count))
        first = int(match.group(2))
        last = int(match.group(3) or first)
        if last - first > _LARGEST_INDEX:
            raise attribute.damaged(f"'{word}' names too many components")
        indices += range(first, last + 1)
    return tuple(indices)
