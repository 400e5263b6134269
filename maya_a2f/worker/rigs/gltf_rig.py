"""A glTF asset as a rig: every node whose mesh has morph targets, in its place, vertices split at seams joined again.

Controls are ``node.target`` (``Wolf3D_Head.jawOpen``). A skinned mesh stands as its joints hold it at rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from maya_a2f.core.rig_building import MeshTarget, RigMesh, build_description
from maya_a2f.core.rig_description import RigDescription
from maya_a2f.worker.rigs.gltf_file import GltfFile

CENTIMETRES = 100.0
"""glTF measures in metres."""
_TRIANGLES, _STRIP, _FAN = 4, 5, 6
_DEEPEST = 1000

Rows = npt.NDArray[np.float64]


def read_gltf_rig(path: Path) -> RigDescription:
    """Describe a ``.gltf`` or ``.glb``. Raises :class:`~maya_a2f.errors.UserError` ``rig.*``."""
    file = GltfFile(path)
    notes: list[str] = []
    try:
        worlds = _world_matrices(file)
        made = [
            _mesh(file, index, node, worlds, notes) for index, node in enumerate(file.items("nodes")) if "mesh" in node
        ]
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
        raise file.damaged(f"its parts do not fit together ({type(error).__name__}: {error})") from error
    meshes = [mesh for mesh in made if mesh is not None]
    return build_description(path.stem, meshes, scale=CENTIMETRES, notes=notes, source=str(path))


def _mesh(
    file: GltfFile, index: int, node: dict[str, Any], worlds: dict[int, Rows], notes: list[str]
) -> RigMesh | None:
    entry = file.item("meshes", node["mesh"])
    name = mesh_name(node, entry, index)
    shape_names = target_names(entry)
    points: list[Rows] = []
    triangles: list[npt.NDArray[np.int64]] = []
    shapes: list[list[Rows]] = [[] for _ in shape_names]
    start = 0
    for number, primitive in enumerate(entry.get("primitives", ())):
        attributes = primitive.get("attributes", {})
        if "POSITION" not in attributes or primitive.get("mode", _TRIANGLES) < _TRIANGLES:
            continue
        own = file.accessor(attributes["POSITION"])[:, :3].astype(np.float64)
        turns, shifts = _placed(file, node, index, attributes, worlds, len(own))
        points.append(np.einsum("nij,nj->ni", turns, own) + shifts)
        triangles.append(_triangles(file, primitive, len(own)) + start)
        given = primitive.get("targets", ())
        for at in range(len(shape_names)):
            offsets = np.zeros_like(own)
            if at < len(given) and "POSITION" in given[at]:
                found = file.accessor(given[at]["POSITION"])
                if len(found) != len(own):
                    notes.append(
                        f"'{name}.{shape_names[at]}' has {len(found)} vertices, part {number} of its mesh {len(own)}; "
                        "it counts as still there."
                    )
                else:
                    offsets = np.einsum("nij,nj->ni", turns, found[:, :3].astype(np.float64))
            shapes[at].append(offsets)
        start += len(own)
    if not points:
        return None
    joined = np.concatenate(points)
    deltas = [np.concatenate(parts) for parts in shapes]
    faces = np.concatenate(triangles)
    joined, deltas, faces = _welded(joined, deltas, faces)
    targets = [_sparse(f"{name}.{target}", rows) for target, rows in zip(shape_names, deltas, strict=True)]
    return RigMesh(name, joined.ravel().tolist(), [3] * len(faces), faces.ravel().tolist(), targets)


def mesh_name(node: Mapping[str, Any], mesh: Mapping[str, Any], index: int) -> str:
    """What a node with a mesh is called in names of controls."""
    return str(node.get("name") or mesh.get("name") or f"node{index}")


def target_names(mesh: dict[str, Any]) -> list[str]:
    """The names of a mesh's morph targets; ``target_3`` for one without."""
    count = max((len(primitive.get("targets", ())) for primitive in mesh.get("primitives", ())), default=0)
    extras = mesh.get("extras")
    named = extras.get("targetNames", ()) if isinstance(extras, dict) else ()
    return [str(named[at]) if at < len(named) and named[at] else f"target_{at}" for at in range(count)]


def _sparse(attribute: str, rows: Rows) -> MeshTarget:
    moving = np.flatnonzero((rows != 0).any(axis=1) | ~np.isfinite(rows).all(axis=1))
    return MeshTarget(attribute, 1.0, moving.tolist(), rows[moving].ravel().tolist(), len(rows))


def _triangles(file: GltfFile, primitive: dict[str, Any], count: int) -> npt.NDArray[np.int64]:
    if "indices" in primitive:
        order = file.accessor(primitive["indices"])[:, 0].astype(np.int64)
    else:
        order = np.arange(count)
    mode = primitive.get("mode", _TRIANGLES)
    if mode == _STRIP:
        faces = np.stack([order[:-2], order[1:-1], order[2:]], 1)
        faces[1::2] = faces[1::2, ::-1]
        return faces
    if mode == _FAN:
        return np.stack([np.full(len(order) - 2, order[0]), order[1:-1], order[2:]], 1)
    return order[: len(order) // 3 * 3].reshape(-1, 3)


def _welded(
    points: Rows, deltas: list[Rows], faces: npt.NDArray[np.int64]
) -> tuple[Rows, list[Rows], npt.NDArray[np.int64]]:
    """Vertices of one place that every target moves alike are one: files split them where UVs or normals do."""
    rows = np.concatenate([points, *deltas], axis=1).astype(np.float32)
    _, kept, group = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    order = np.sort(kept)
    place = np.empty(len(kept), np.int64)
    place[np.argsort(kept)] = np.arange(len(kept))
    return points[order], [part[order] for part in deltas], place[group.ravel()][faces]


def _placed(
    file: GltfFile, node: dict[str, Any], index: int, attributes: dict[str, Any], worlds: dict[int, Rows], count: int
) -> tuple[Rows, Rows]:
    """(n, 3, 3) turns and (n, 3) shifts from the mesh's space to the world at rest."""
    if "skin" not in node or "JOINTS_0" not in attributes or "WEIGHTS_0" not in attributes:
        world = worlds[index]
        return np.broadcast_to(world[:3, :3], (count, 3, 3)), np.broadcast_to(world[:3, 3], (count, 3))
    skin = file.item("skins", node["skin"])
    joints = skin.get("joints", ())
    held = np.stack([worlds[joint] for joint in joints])
    if "inverseBindMatrices" in skin:
        inverse = file.accessor(skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1).astype(np.float64)
        held = held @ inverse[: len(held)]
    ids = file.accessor(attributes["JOINTS_0"]).astype(np.int64)
    weights = file.accessor(attributes["WEIGHTS_0"]).astype(np.float64)
    if len(ids) != count or len(weights) != count or (len(ids) and ids.max() >= len(held)):
        raise file.damaged(f"the skin of node {index} does not fit its mesh")
    total = weights.sum(axis=1, keepdims=True)
    weights = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
    blended = np.einsum("nk,nkij->nij", weights, held[ids])
    return blended[:, :3, :3], blended[:, :3, 3]


def _world_matrices(file: GltfFile) -> dict[int, Rows]:
    nodes = file.items("nodes")
    parents: dict[int, int] = {}
    for index, node in enumerate(nodes):
        for child in node.get("children", ()):
            if not isinstance(child, int) or not 0 <= child < len(nodes) or child in parents:
                raise file.damaged(f"node {index} has the impossible child {child!r}")
            parents[child] = index
    worlds: dict[int, Rows] = {}
    for index in range(len(nodes)):
        chain = [index]
        while chain[-1] in parents:
            chain.append(parents[chain[-1]])
            if len(chain) > _DEEPEST:
                raise file.damaged(f"the parents of node {index} lead in a circle")
        world = np.eye(4)
        for at in reversed(chain):
            world = world @ _local_matrix(file, nodes[at], at)
        worlds[index] = world
    return worlds


def _local_matrix(file: GltfFile, node: dict[str, Any], index: int) -> Rows:
    try:
        if "matrix" in node:
            return np.array(node["matrix"], np.float64).reshape(4, 4).T
        x, y, z, w = (float(value) for value in node.get("rotation", (0, 0, 0, 1)))
        scale = np.array(node.get("scale", (1, 1, 1)), np.float64)
        shift = np.array(node.get("translation", (0, 0, 0)), np.float64)
        result = np.eye(4)
        result[:3, :3] = rotation_of(np.array([[x, y, z, w]]))[0] * scale
        result[:3, 3] = shift
    except (TypeError, ValueError) as error:
        raise file.damaged(f"the place of node {index} makes no sense ({error})") from error
    return result


def rotation_of(quaternions: Rows) -> Rows:
    """(n, 4) x y z w -> (n, 3, 3) matrices that turn column vectors."""
    x, y, z, w = quaternions.T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, -1) for row in rows], -2)
