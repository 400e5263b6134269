"""A take on a ``.glb`` that is there: the asset as it is, with one animation more that moves its morph targets."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from maya_a2f.core.atomic_file import write_atomically
from maya_a2f.worker.exports.gltf_writer import glb_container
from maya_a2f.worker.rigs.gltf_file import GltfFile
from maya_a2f.worker.rigs.gltf_rig import mesh_name, target_names

_FLOAT = 5126


def can_copy(source: Path) -> bool:
    """Whether the asset lies in one file, so that a copy elsewhere is whole."""
    if source.suffix.lower() not in (".glb", ".vrm"):
        return False
    file = GltfFile(source)
    return all("uri" not in item for item in (*file.items("buffers"), *file.items("images")))


def write_animated_copy(
    source: Path,
    path: Path,
    tracks: Mapping[str, Sequence[float]],
    frame_count: int,
    rate: Fraction,
    extras: Mapping[str, Any],
) -> int:
    """Write the copy, whole or not at all; returns how many nodes move. ``tracks`` are named ``node.target``.

    Raises :class:`~maya_a2f.errors.UserError` ``rig.*``, :class:`~maya_a2f.errors.HostError` ``file.*``.
    """
    file = GltfFile(source)
    try:
        content, moving = _animated(file, tracks, frame_count, rate, extras)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise file.damaged(f"its parts do not fit together ({type(error).__name__}: {error})") from error
    write_atomically(path, content)
    return moving


def _animated(
    file: GltfFile, tracks: Mapping[str, Sequence[float]], frame_count: int, rate: Fraction, extras: Mapping[str, Any]
) -> tuple[bytes, int]:
    """The copy's bytes, and how many nodes move."""
    data = json.loads(json.dumps(file.data))
    binary = bytearray(file.binary)
    for name in ("bufferViews", "accessors", "animations", "buffers"):
        data.setdefault(name, [])

    def accessor(values: Any, kind: str, with_bounds: bool = False) -> int:
        binary.extend(bytes(-len(binary) % 4))
        stored = np.ascontiguousarray(values, "<f4")
        data["bufferViews"].append({"buffer": 0, "byteOffset": len(binary), "byteLength": stored.nbytes})
        binary.extend(stored.tobytes())
        entry = {
            "bufferView": len(data["bufferViews"]) - 1,
            "componentType": _FLOAT,
            "count": stored.size,
            "type": kind,
        }
        if with_bounds:
            entry |= {"min": [float(stored.min())], "max": [float(stored.max())]}
        data["accessors"].append(entry)
        return len(data["accessors"]) - 1

    channels, samplers = [], []
    clock = accessor(np.arange(frame_count) * float(1 / rate), "SCALAR", True) if frame_count else None
    for index, node in enumerate(file.items("nodes")):
        if "mesh" not in node or clock is None:
            continue
        mesh = file.item("meshes", node["mesh"])
        names = [f"{mesh_name(node, mesh, index)}.{target}" for target in target_names(mesh)]
        if not any(name in tracks for name in names):
            continue
        rows = [np.asarray(tracks.get(name, np.zeros(frame_count)), np.float64) for name in names]
        samplers.append({"input": clock, "output": accessor(np.stack(rows, 1), "SCALAR"), "interpolation": "LINEAR"})
        channels.append({"sampler": len(samplers) - 1, "target": {"node": index, "path": "weights"}})
    if channels:
        data["animations"].append({"name": "take", "channels": channels, "samplers": samplers, "extras": dict(extras)})
    if not data["animations"]:
        del data["animations"]
    data["buffers"][:1] = [{**(data["buffers"][0] if data["buffers"] else {}), "byteLength": len(binary)}]
    return glb_container(data, bytes(binary)), len(channels)
