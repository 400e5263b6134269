"""A small head made in code, in the format of a head folder: enough to pose, draw and film."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def write_small_head(folder: Path, detail: int = 1) -> Path:
    """An egg with a mouth, eyes, teeth, tongue and brows; ``detail`` multiplies the grid."""
    arrays: dict[str, Array] = {}
    points, sizes, faces = _ball(24 * detail, 32 * detail, (7.5, 11.0, 9.0), (0.0, 0.0, 0.0))
    front = np.exp(-(((points[:, 0] / 2.6) ** 2) + ((points[:, 1] + 5.0) / 1.0) ** 2)) * (points[:, 2] > 0)
    points[:, 2] -= 1.5 * front
    nose = np.exp(-(((points[:, 0] / 1.1) ** 2) + ((points[:, 1] + 1.0) / 2.0) ** 2)) * (points[:, 2] > 0)
    points[:, 2] += 2.0 * nose
    for side in (-1, 1):
        socket = np.exp(-((points[:, 0] - side * 3.0) ** 2 + (points[:, 1] - 2.0) ** 2) / 1.3) * (points[:, 2] > 0)
        points[:, 2] -= 1.6 * socket
    _store(arrays, "face", points, sizes, faces)
    chin = np.clip((-points[:, 1] - 4.8) / 2.0, 0, 1) * (points[:, 2] > -2)
    _shape(arrays, "face", "jawOpen", chin[:, None] * np.array([0.0, -2.4, -0.6]))
    corner = np.exp(-(((points[:, 0] - 2.6) ** 2) + (points[:, 1] + 5.0) ** 2) / 2.0) * (points[:, 2] > 0)
    _shape(arrays, "face", "mouthSmileLeft", corner[:, None] * np.array([0.7, 0.9, -0.2]))
    for name, center, radii in (
        ("upperTeeth", (0.0, -4.4, 6.0), (2.2, 0.5, 0.8)),
        ("lowerTeeth", (0.0, -5.6, 5.8), (2.0, 0.5, 0.8)),
        ("tongue", (0.0, -5.6, 4.5), (1.6, 0.5, 2.0)),
        ("leftEye", (3.0, 2.0, 6.6), (1.3, 1.3, 1.3)),
        ("rightEye", (-3.0, 2.0, 6.6), (1.3, 1.3, 1.3)),
        ("brows", (3.0, 4.2, 7.0), (1.6, 0.25, 0.6)),
    ):
        _store(arrays, name, *_ball(10 * detail, 14 * detail, radii, center))
    tongue = arrays["tongue.points"]
    tip = np.clip(tongue[:, 2] - 5.0, 0, None)
    _shape(arrays, "tongue", "tongueOut", tip[:, None] * np.array([0.0, 0.1, 1.5]))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "head.json").write_text(json.dumps(_description()), "utf-8")
    np.savez(folder / "head.npz", **arrays)
    return folder


def _description() -> dict[str, Any]:
    joints = [
        ("head", None, (0.0, -2.0, 0.0)), ("jaw", "head", (0.0, -5.5, 5.0)), ("tongue1", "jaw", (0.0, -5.6, 3.0)),
        ("leftEye", "head", (3.0, 2.0, 6.6)), ("rightEye", "head", (-3.0, 2.0, 6.6)),
    ]  # fmt: skip
    meshes = [
        ("face", "head", "skin"), ("upperTeeth", "head", "teeth"), ("lowerTeeth", "jaw", "teeth"),
        ("tongue", "tongue1", "tongue"), ("leftEye", "leftEye", "eye"), ("rightEye", "rightEye", "eye"),
        ("brows", "head", "brow"),
    ]  # fmt: skip
    colors = {
        "skin": (0.62, 0.36, 0.27), "teeth": (0.8, 0.76, 0.66), "tongue": (0.5, 0.15, 0.14), "eye": (0.8, 0.8, 0.8),
        "brow": (0.04, 0.025, 0.02),
    }  # fmt: skip
    return {
        "schema": "a2f.head/1",
        "name": "egg",
        "unit": "centimeter",
        "joints": [{"name": name, "parent": parent, "position": place} for name, parent, place in joints],
        "meshes": [{"name": name, "joint": joint, "material": material} for name, joint, material in meshes],
        "materials": {name: {"color": color, "specular": 0.4, "roughness": 0.45} for name, color in colors.items()},
        "landmarks": {},
    }


def _ball(rows: int, columns: int, radii: tuple[float, ...], center: tuple[float, ...]) -> tuple[Array, Array, Array]:
    """A ball of quads with triangle fans at the poles, which lie on the y axis."""
    height = np.pi * np.arange(1, rows) / rows
    turn = 2 * np.pi * np.arange(columns) / columns
    ring = np.stack(np.broadcast_arrays(
        np.sin(height)[:, None] * np.sin(turn), np.cos(height)[:, None], np.sin(height)[:, None] * np.cos(turn)
    ), -1).reshape(-1, 3)  # fmt: skip
    points = np.concatenate([[[0.0, 1.0, 0.0]], ring, [[0.0, -1.0, 0.0]]]) * radii + center
    sizes: list[int] = []
    faces: list[int] = []
    last = len(points) - 1
    for column in range(columns):
        after = (column + 1) % columns
        for row in range(rows):
            top = [1 + (row - 1) * columns + c for c in (column, after)]
            low = [1 + row * columns + c for c in (column, after)]
            face = [0, low[0], low[1]] if row == 0 else [top[0], low[0], low[1], top[1]]
            face = [top[0], last, top[1]] if row == rows - 1 else face
            sizes.append(len(face))
            faces += face
    return points, np.array(sizes), np.array(faces)


def _store(arrays: dict[str, Array], name: str, points: Array, sizes: Array, faces: Array) -> None:
    arrays[f"{name}.points"] = points.astype("<f4")
    arrays[f"{name}.face_sizes"] = sizes.astype("<i4")
    arrays[f"{name}.face_vertices"] = faces.astype("<i4")
    arrays[f"{name}.uvs"] = np.zeros((1, 2), "<f4")
    arrays[f"{name}.face_uvs"] = np.zeros(len(faces), "<i4")


def _shape(arrays: dict[str, Array], mesh: str, shape: str, deltas: Array) -> None:
    moved = np.flatnonzero(np.abs(deltas).max(1) > 1e-4)
    arrays[f"{mesh}.shape.{shape}.indices"] = moved.astype("<i4")
    arrays[f"{mesh}.shape.{shape}.deltas"] = deltas[moved].astype("<f4")
