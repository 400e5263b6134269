"""An animated face as ``.glb``: morph targets, joints as nodes that carry their meshes, one animation.

Metres, y up, as glTF has it. Vertices whose UV differs between faces are split; the mesh's own vertices come first, in
their order. Samples of a shape between rest and full are targets of their own, mixed so that the motion stays what it
is. glTF knows no sound: the file and its time stand in the scene's ``extras``.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from maya_a2f import __version__
from maya_a2f.core.atomic_file import write_atomically
from maya_a2f.worker.exports.animated_face import (
    AnimatedFace,
    Doubles,
    FaceMesh,
    Indices,
    between_label,
    quaternions_of,
    sample_shares,
)

_METRES = 0.01
_FLOAT, _UNSIGNED = 5126, 5125
_ARRAY_BUFFER, _ELEMENT_BUFFER = 34962, 34963
_TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}


def write_glb(face: AnimatedFace, path: Path) -> None:
    """Write the asset, whole or not at all. Raises :class:`~maya_a2f.errors.HostError` ``file.*``."""
    write_atomically(path, glb_bytes(face))


def glb_bytes(face: AnimatedFace) -> bytes:
    """The asset's bytes; the same face always gives the same."""
    return _Asset(face).to_bytes()


class _Asset:
    def __init__(self, face: AnimatedFace) -> None:
        self._face = face
        self._binary = bytearray()
        self._views: list[dict[str, Any]] = []
        self._accessors: list[dict[str, Any]] = []
        self._nodes: list[dict[str, Any]] = []
        self._channels: list[dict[str, Any]] = []
        self._samplers: list[dict[str, Any]] = []
        used = dict.fromkeys(name for mesh in face.meshes for name in mesh.materials)
        self._material_ids = {name: at for at, name in enumerate(used)}

    def to_bytes(self) -> bytes:
        face = self._face
        times = np.arange(face.frame_count, dtype=np.float64) * float(1 / face.rate)
        clock = self._accessor(times[:, None], bounds=True)
        ids = {joint.name: at for at, joint in enumerate(face.joints)}
        for joint in face.joints:
            self._nodes.append({"name": f"{joint.name}_jnt", "translation": _floats(joint.rest * _METRES)})
            self._animate(clock, ids[joint.name], "translation", joint.translations * _METRES)
            self._animate(clock, ids[joint.name], "rotation", quaternions_of(joint.rotations))
        for joint in face.joints:
            if joint.parent is not None:
                self._nodes[ids[joint.parent]].setdefault("children", []).append(ids[joint.name])
        rests = _world_rests(face)
        top = [ids[joint.name] for joint in face.joints if joint.parent is None]
        meshes = []
        for mesh in face.meshes:
            node = len(self._nodes)
            origin = rests[mesh.joint] if mesh.joint is not None else np.zeros(3)
            meshes.append(self._mesh(mesh, origin))
            self._nodes.append({"name": mesh.name, "mesh": len(meshes) - 1})
            (self._nodes[ids[mesh.joint]].setdefault("children", []) if mesh.joint is not None else top).append(node)
            shares = [sample_shares(shape, slice(None)) for shape in mesh.shapes]
            if shares:
                self._animate(clock, node, "weights", np.concatenate(shares).T.reshape(-1, 1))
        data = {
            "asset": {"version": "2.0", "generator": f"maya_a2f {__version__}"},
            "scene": 0,
            "scenes": [{"name": face.name, "nodes": top, "extras": self._extras()}],
            "nodes": self._nodes,
            "meshes": meshes,
            "materials": [self._material(name) for name in self._material_ids],
            "animations": [{"name": "take", "channels": self._channels, "samplers": self._samplers}],
            "accessors": self._accessors,
            "bufferViews": self._views,
            "buffers": [{"byteLength": len(self._binary)}],
        }
        if not self._channels:
            del data["animations"]
        return glb_container(data, bytes(self._binary))

    def _extras(self) -> dict[str, Any]:
        face = self._face
        return timing_extras(face.rate, face.start_frame, face.sound, face.sound_frame)

    def _material(self, name: str) -> dict[str, Any]:
        colour = [*map(float, self._face.colours.get(name, (0.5, 0.5, 0.5))), 1.0]
        return {
            "name": name,
            "pbrMetallicRoughness": {"baseColorFactor": colour, "metallicFactor": 0.0, "roughnessFactor": 0.6},
        }

    def _mesh(self, mesh: FaceMesh, origin: Doubles) -> dict[str, Any]:
        corners, sources, uv_of = _split(mesh)
        points = mesh.points[sources]
        attributes = {
            "POSITION": self._accessor((points - origin) * _METRES, bounds=True, target=_ARRAY_BUFFER),
            "NORMAL": self._accessor(_normals(mesh)[sources], target=_ARRAY_BUFFER),
        }
        if mesh.uvs is not None and uv_of is not None:
            uvs = mesh.uvs[uv_of] * [1.0, -1.0] + [0.0, 1.0]  # glTF counts v from the top
            attributes["TEXCOORD_0"] = self._accessor(uvs, target=_ARRAY_BUFFER)
        targets, names = [], []
        for shape in mesh.shapes:
            for sample in shape.samples:
                dense = np.zeros_like(mesh.points)
                dense[sample.indices] = sample.deltas
                targets.append({"POSITION": self._sparse(dense[sources] * _METRES)})
                names.append(shape.name if sample.weight == 1.0 else f"{shape.name}_{between_label(sample.weight)}")
        primitives = []
        for at, name in enumerate(mesh.materials):
            wanted = None if mesh.face_materials is None else np.flatnonzero(mesh.face_materials == at)
            triangles = _triangles(mesh.face_counts, corners, wanted)
            if not len(triangles):
                continue
            primitive: dict[str, Any] = {
                "attributes": attributes,
                "indices": self._accessor(triangles.reshape(-1, 1), kind=_UNSIGNED, target=_ELEMENT_BUFFER),
                "material": self._material_ids[name],
            }
            if targets:
                primitive["targets"] = targets
            primitives.append(primitive)
        result: dict[str, Any] = {"name": mesh.name, "primitives": primitives}
        if names:
            result["weights"] = [0.0] * len(names)
            result["extras"] = {"targetNames": names}
        return result

    def _animate(self, clock: int, node: int, path: str, values: Doubles) -> None:
        if not self._face.frame_count:
            return
        output = self._accessor(values)
        self._samplers.append({"input": clock, "output": output, "interpolation": "LINEAR"})
        self._channels.append({"sampler": len(self._samplers) - 1, "target": {"node": node, "path": path}})

    def _accessor(
        self, values: npt.NDArray[Any], *, kind: int = _FLOAT, bounds: bool = False, target: int | None = None
    ) -> int:
        stored = np.ascontiguousarray(values, "<f4" if kind == _FLOAT else "<u4")
        entry: dict[str, Any] = {
            "bufferView": self._view(stored.tobytes(), target),
            "componentType": kind,
            "count": len(stored),
            "type": _TYPES[stored.shape[1]],
        }
        if bounds and len(stored):
            entry["min"], entry["max"] = _floats(stored.min(axis=0)), _floats(stored.max(axis=0))
        self._accessors.append(entry)
        return len(self._accessors) - 1

    def _sparse(self, rows: Doubles) -> int:
        """A VEC3 accessor of zeros with the rows that are not."""
        stored = np.ascontiguousarray(rows, "<f4")
        moving = np.flatnonzero(stored.any(axis=1))
        lows, highs = np.minimum(stored.min(axis=0), 0.0), np.maximum(stored.max(axis=0), 0.0)
        if len(moving) == len(stored):
            lows, highs = stored.min(axis=0), stored.max(axis=0)
        entry: dict[str, Any] = {"componentType": _FLOAT, "count": len(stored), "type": "VEC3"}
        entry |= {"min": _floats(lows), "max": _floats(highs)}
        if len(moving):
            entry["sparse"] = {
                "count": len(moving),
                "indices": {"bufferView": self._view(moving.astype("<u4").tobytes()), "componentType": _UNSIGNED},
                "values": {"bufferView": self._view(stored[moving].tobytes())},
            }
        self._accessors.append(entry)
        return len(self._accessors) - 1

    def _view(self, content: bytes, target: int | None = None) -> int:
        self._binary += bytes(-len(self._binary) % 4)
        view: dict[str, Any] = {"buffer": 0, "byteOffset": len(self._binary), "byteLength": len(content)}
        if target is not None:
            view["target"] = target
        self._binary += content
        self._views.append(view)
        return len(self._views) - 1


def timing_extras(rate: Fraction, start_frame: float, sound: Path | None, sound_frame: float) -> dict[str, Any]:
    """What glTF has no place of its own for: the exact rate, the first frame, and the sound with its start in seconds
    after it."""
    extras: dict[str, Any] = {"framesPerSecond": [rate.numerator, rate.denominator], "startFrame": start_frame}
    if sound is not None:
        extras["sound"] = sound.absolute().as_posix()
        extras["soundSeconds"] = float((sound_frame - start_frame) / rate)
    return extras


def _split(mesh: FaceMesh) -> tuple[Indices, Indices, Indices | None]:
    """Corners in the new numbering, the source vertex of every new one, and its UV."""
    count = len(mesh.points)
    if mesh.uvs is None or mesh.face_uvs is None:
        return mesh.face_indices, np.arange(count), None
    pairs, inverse = np.unique(np.stack([mesh.face_indices, mesh.face_uvs], 1), axis=0, return_inverse=True)
    is_first = np.ones(len(pairs), bool)
    is_first[1:] = pairs[1:, 0] != pairs[:-1, 0]
    place = np.empty(len(pairs), np.int64)
    place[is_first] = pairs[is_first, 0]
    place[~is_first] = count + np.arange(int((~is_first).sum()))
    sources = np.concatenate([np.arange(count), pairs[~is_first, 0]])
    uv_of = np.zeros(len(sources), np.int64)
    uv_of[place] = pairs[:, 1]
    return place[inverse.ravel()], sources, uv_of


def _triangles(counts: Indices, corners: Indices, faces: Indices | None) -> Indices:
    """(t, 3): every face as a fan."""
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
    chosen = np.arange(len(counts)) if faces is None else faces
    parts = []
    for size in np.unique(counts[chosen]):
        own = starts[chosen[counts[chosen] == size]]
        parts += [
            np.stack([corners[own], corners[own + at], corners[own + at + 1]], 1) for at in range(1, int(size) - 1)
        ]
    return np.concatenate(parts) if parts else np.zeros((0, 3), np.int64)


def _normals(mesh: FaceMesh) -> Doubles:
    """(n, 3) unit; vertices of no face point up."""
    triangles = _triangles(mesh.face_counts, mesh.face_indices, None)
    a, b, c = (mesh.points[triangles[:, at]] for at in range(3))
    area = np.cross(b - a, c - a)
    summed = np.zeros_like(mesh.points)
    for at in range(3):
        np.add.at(summed, triangles[:, at], area)
    length = np.linalg.norm(summed, axis=1, keepdims=True)
    result: Doubles = np.where(length > 0, summed / np.where(length > 0, length, 1.0), [0.0, 1.0, 0.0])
    return result


def _world_rests(face: AnimatedFace) -> dict[str, Doubles]:
    rests: dict[str, Doubles] = {}
    for joint in face.joints:
        rests[joint.name] = joint.rest + (rests[joint.parent] if joint.parent is not None else 0.0)
    return rests


def glb_container(data: Mapping[str, Any], binary: bytes) -> bytes:
    """JSON and binary as the bytes of a ``.glb``."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    binary += bytes(-len(binary) % 4)
    length = 12 + 8 + len(text) + 8 + len(binary)
    return b"".join(
        (
            struct.pack("<4sII", b"glTF", 2, length),
            struct.pack("<I4s", len(text), b"JSON"),
            text,
            struct.pack("<I4s", len(binary), b"BIN\0"),
            binary,
        )
    )


def _floats(values: Any) -> list[float]:
    return [float(value) for value in values]
