"""A tiny head in the asset format: a few quads, three joints and more than one of everything that can be several."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from maya_a2f.core.head import Head, head_from_parts
from maya_a2f.core.npz import NpzArray

_TYPES = {"f": "<f4", "i": "<i4", "d": "<f8"}
_JAW = (0.0, -2.0, 3.0)
_LEFT_EYE = (3.0, 4.0, 6.0)
_RIGHT_EYE = (-3.0, 4.0, 6.0)


def tiny_description() -> dict[str, Any]:
    """``head.json`` of the tiny head."""
    return {
        "schema": "a2f.head/1",
        "name": "tiny",
        "unit": "centimeter",
        "meshes": [
            {"name": "face", "joint": "head", "material": "skin", "material_names": ["skin", "lips"]},
            {"name": "tongue", "joint": "jaw", "material": "lips"},
            {"name": "leftEye", "joint": "leftEye", "material": "eye", "material_names": ["eye", "iris"]},
            {"name": "rightEye", "joint": "rightEye", "material": "eye"},
        ],
        "joints": [
            {"name": "tongue1", "parent": "jaw", "position": [0.0, -1.5, 5.0]},
            {"name": "head", "parent": None, "position": [0.0, 0.5, 0.0]},
            {"name": "jaw", "parent": "head", "position": list(_JAW)},
            {"name": "leftEye", "parent": "head", "position": list(_LEFT_EYE)},
            {"name": "rightEye", "parent": "head", "position": list(_RIGHT_EYE)},
        ],
        "materials": {
            "skin": {"color": [0.6, 0.35, 0.25], "specular": 0.2, "roughness": 0.6},
            "lips": {"color": [0.5, 0.2, 0.18], "specular": 0.3, "roughness": 0.4},
            "eye": {"color": [0.9, 0.9, 0.9]},
            "iris": {"color": [0.1, 0.3, 0.5]},
        },
        "landmarks": {"mouthCornerLeft": 2},
    }


def tiny_arrays() -> dict[str, NpzArray]:
    """``head.npz`` of the tiny head."""
    arrays: dict[str, NpzArray] = {}
    _add_grid(arrays, "face", columns=4, rows=4, origin=(-1.5, -1.5, 7.0))
    _add_grid(arrays, "tongue", columns=2, rows=3, origin=(-0.5, -2.0, 4.0))
    for name, place in (("leftEye", _LEFT_EYE), ("rightEye", _RIGHT_EYE)):
        _add_grid(arrays, name, columns=2, rows=2, origin=(place[0] - 0.5, place[1] - 0.5, place[2] + 1.0))
    arrays["face.face_materials"] = ints([0, 0, 0, 0, 1, 0, 0, 0, 0])
    arrays["leftEye.face_materials"] = ints([1])
    _add_shape(arrays, "face", "jawOpen", {0: (0.0, -1.0, 0.1), 1: (0.0, -1.25, 0.0), 2: (0.0, -1.25, 0.0)})
    _add_shape(arrays, "face", "mouthClose", {5: (0.1, 0.2, -0.3), 9: (1 / 3, 0.0, 0.0)})
    _add_shape(arrays, "face", "browInnerUp", {15: (0.0, 0.7, 0.0)})
    _add_shape(arrays, "face", "cheekPuff", {})
    _add_shape(arrays, "tongue", "tongueTipUp", {4: (0.0, 0.5, 0.0), 5: (0.0, 0.5, 0.0)})
    _add_shape(arrays, "tongue", "cheekPuff", {0: (0.0, 0.0, -0.25)})
    return arrays


def tiny_head() -> Head:
    """The tiny head, as loaded."""
    return head_from_parts(tiny_description(), tiny_arrays())


def write_head(
    folder: Path, description: Mapping[str, Any] | None = None, arrays: Mapping[str, NpzArray] | None = None
) -> Path:
    """Write a head's folder (the tiny one by default) without numpy; gives the folder back."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "head.json").write_text(json.dumps(description or tiny_description()), encoding="utf-8")
    (folder / "head.npz").write_bytes(npz_bytes(arrays if arrays is not None else tiny_arrays()))
    return folder


def npz_bytes(arrays: Mapping[str, NpzArray]) -> bytes:
    """An archive in numpy's layout, deflated."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, item in arrays.items():
            archive.writestr(f"{name}.npy", npy_bytes(item))
    return stream.getvalue()


def npy_bytes(item: NpzArray) -> bytes:
    """One array in version 1 of numpy's layout."""
    head = f"{{'descr': '{_TYPES[item.values.typecode]}', 'fortran_order': False, 'shape': {item.shape!r}, }}"
    head += " " * (-(len(head) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + item.values.tobytes()


def floats(rows: Sequence[Sequence[float]], width: int) -> NpzArray:
    """A float32 array of ``width`` columns."""
    return NpzArray((len(rows), width), array("f", [value for row in rows for value in row]))


def ints(values: Sequence[int]) -> NpzArray:
    """A flat int32 array."""
    return NpzArray((len(values),), array("i", values))


def _add_grid(
    arrays: dict[str, NpzArray], name: str, *, columns: int, rows: int, origin: tuple[float, float, float]
) -> None:
    """An upright grid of quads that faces +z."""
    points = [(origin[0] + x, origin[1] + y, origin[2]) for y in range(rows) for x in range(columns)]
    faces = [
        (y * columns + x, y * columns + x + 1, (y + 1) * columns + x + 1, (y + 1) * columns + x)
        for y in range(rows - 1)
        for x in range(columns - 1)
    ]
    arrays[f"{name}.points"] = floats(points, 3)
    arrays[f"{name}.face_sizes"] = ints([4] * len(faces))
    arrays[f"{name}.face_vertices"] = ints([vertex for face in faces for vertex in face])
    arrays[f"{name}.uvs"] = floats([(x / columns, y / rows) for y in range(rows) for x in range(columns)], 2)
    arrays[f"{name}.face_uvs"] = ints([vertex for face in faces for vertex in face])


def _add_shape(
    arrays: dict[str, NpzArray], mesh: str, name: str, deltas: Mapping[int, tuple[float, float, float]]
) -> None:
    arrays[f"{mesh}.shape.{name}.indices"] = ints(sorted(deltas))
    arrays[f"{mesh}.shape.{name}.deltas"] = floats([deltas[vertex] for vertex in sorted(deltas)], 3)
