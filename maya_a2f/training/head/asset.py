"""Write the head as ``head.json`` and ``head.npz``; the bytes depend on the model alone.

``head.npz`` holds C-order little-endian float32 and int32 arrays, deflated, with fixed time stamps; see
:func:`arrays_of` for their names. ``head.json`` says how they belong together (schema ``a2f.head/1``).
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maya_a2f.training.head.model import Head, HeadMesh
from maya_a2f.training.head.proportions import HINGE, JAW_FORWARD_CM, JAW_OPEN_DEGREES, JAW_SIDE_CM

SCHEMA = "a2f.head/1"
MATERIALS: dict[str, dict[str, object]] = {
    "skin": {"color": [0.60, 0.335, 0.24], "specular": 0.2, "roughness": 0.5},
    "lips": {"color": [0.45, 0.155, 0.135], "specular": 0.3, "roughness": 0.4},
    "mouth": {"color": [0.30, 0.07, 0.07], "specular": 0.2, "roughness": 0.5},
    "nostril": {"color": [0.13, 0.055, 0.045], "specular": 0.1, "roughness": 0.8},
    "tooth": {"color": [0.86, 0.83, 0.74], "specular": 0.5, "roughness": 0.25},
    "gum": {"color": [0.58, 0.20, 0.20], "specular": 0.4, "roughness": 0.35},
    "tongue": {"color": [0.58, 0.19, 0.18], "specular": 0.3, "roughness": 0.45},
    "sclera": {"color": [0.84, 0.83, 0.80], "specular": 0.6, "roughness": 0.15},
    "iris": {"color": [0.10, 0.22, 0.27], "specular": 0.6, "roughness": 0.15},
    "pupil": {"color": [0.008, 0.008, 0.01], "specular": 0.6, "roughness": 0.15},
    "hair": {"color": [0.055, 0.030, 0.018], "specular": 0.1, "roughness": 0.8},
}


def arrays_of(mesh: HeadMesh) -> dict[str, NDArray[np.float32] | NDArray[np.int32]]:
    """The arrays of one mesh by their names in ``head.npz``."""
    name, n = mesh.name, len(mesh.quads)
    arrays: dict[str, NDArray[np.float32] | NDArray[np.int32]] = {
        f"{name}.points": mesh.points.astype("<f4"),
        f"{name}.face_sizes": np.full(n, 4, dtype="<i4"),
        f"{name}.face_vertices": mesh.quads.reshape(-1).astype("<i4"),
        f"{name}.uvs": mesh.uvs.astype("<f4"),
        f"{name}.face_uvs": mesh.face_uvs.reshape(-1).astype("<i4"),
    }
    if len(mesh.materials) > 1:
        arrays[f"{name}.face_materials"] = mesh.face_materials.astype("<i4")
    for shape, deltas in mesh.shapes.items():
        moved = np.flatnonzero(np.abs(deltas).max(1) > 0.0)
        arrays[f"{name}.shape.{shape}.indices"] = moved.astype("<i4")
        arrays[f"{name}.shape.{shape}.deltas"] = deltas[moved].astype("<f4")
    return arrays


def description_of(head: Head) -> dict[str, object]:
    """The content of ``head.json``."""
    meshes = []
    for mesh in head.meshes.values():
        entry: dict[str, object] = {"name": mesh.name, "joint": mesh.joint, "material": mesh.materials[0]}
        if len(mesh.materials) > 1:
            entry["material_names"] = list(mesh.materials)
        meshes.append(entry)
    return {
        "schema": SCHEMA,
        "name": "default_head",
        "unit": "centimeter",
        "meshes": meshes,
        "joints": [{"name": n, "parent": p, "position": [round(v, 6) for v in at]} for n, p, at in head.joints],
        "materials": MATERIALS,
        "landmarks": head.landmarks,
        "jaw_hinge": {
            "position": list(HINGE),
            "open_degrees": JAW_OPEN_DEGREES,
            "forward_cm": JAW_FORWARD_CM,
            "side_cm": JAW_SIDE_CM,
        },
    }


def write_asset(head: Head, folder: Path) -> tuple[Path, Path]:
    """Write both files into ``folder`` (created); returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    json_path, npz_path = folder / "head.json", folder / "head.npz"
    json_path.write_text(json.dumps(description_of(head), indent=1) + "\n", encoding="utf-8")
    with zipfile.ZipFile(npz_path, "w") as archive:
        for mesh in head.meshes.values():
            for name, array in arrays_of(mesh).items():
                buffer = io.BytesIO()
                np.lib.format.write_array(buffer, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
                # A fixed date keeps the archive's bytes the same from run to run.
                entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, buffer.getvalue(), compresslevel=9)
    return json_path, npz_path
