"""Tiny animation files of every kind, written from the formats' own descriptions."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import soundfile

RATE_HZ = 16000


def sway(frames: int, columns: int, seed: int = 0) -> np.ndarray:
    """(frames, columns) smooth numbers in 0…1."""
    draw = np.random.default_rng(seed)
    knots = draw.random((max(4, frames // 6), columns))
    time = np.linspace(0, len(knots) - 1, frames)
    return np.stack([np.interp(time, np.arange(len(knots)), knots[:, c]) for c in range(columns)], 1)


def write_sound(path: Path, seconds: float, loudness: np.ndarray | None = None, seed: int = 0) -> Path:
    """Tone and noise whose loudness follows ``loudness`` (any length), 16 kHz."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = round(seconds * RATE_HZ)
    time = np.arange(count) / RATE_HZ
    draw = np.random.default_rng(seed)
    swell = (
        np.ones(count) if loudness is None else np.interp(time / seconds, np.linspace(0, 1, len(loudness)), loudness)
    )
    sound = np.sin(2 * np.pi * 180 * time) + 0.5 * np.sin(2 * np.pi * 900 * time) + 0.1 * draw.standard_normal(count)
    soundfile.write(path, 0.3 * sound * (0.02 + swell), RATE_HZ)
    return path


def write_csv(path: Path, names: list[str], values: np.ndarray, *, time_rate: float | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    header = (["time"] if time_rate else []) + names
    lines = [",".join(header)]
    for frame, row in enumerate(values):
        cells = ([f"{frame / time_rate:.9f}"] if time_rate else []) + [f"{v:.6f}" for v in row]
        lines.append(",".join(cells))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_pc2(path: Path, vertices: np.ndarray) -> Path:
    frames, count = vertices.shape[:2]
    head = struct.pack("<12siiffi", b"POINTCACHE2\0", 1, count, 0.0, 1.0, frames)
    path.write_bytes(head + vertices.astype("<f4").tobytes())
    return path


def write_maya_cache(
    path: Path, vertices: np.ndarray, *, wide: bool = False, doubles: bool = False, meshes: tuple[str, ...] = ("face",)
) -> Path:
    """``path`` (.xml) and its binary: FOR4 in .mc, or FOR8 in .mcx (``wide``)."""
    path.write_text('<?xml version="1.0"?>\n<Autodesk_Cache_File><cacheType Type="OneFile" Format="mcc"/>'
                    "</Autodesk_Cache_File>\n", encoding="utf-8")  # fmt: skip
    tag = b"DVCA" if doubles else b"FVCA"
    blocks = [_group(b"CACH", _chunk(b"VRSN", b"0.1\0", wide) + _chunk(b"STIM", struct.pack(">i", 0), wide), wide)]
    for frame, points in enumerate(vertices):
        body = _chunk(b"TIME", struct.pack(">i", 200 * frame), wide)
        for mesh in meshes:
            body += _chunk(b"CHNM", mesh.encode() + b"\0", wide)
            body += _chunk(b"SIZE", struct.pack(">i", len(points)), wide)
            body += _chunk(tag, points.astype(">f8" if doubles else ">f4").tobytes(), wide)
        blocks.append(_group(b"MYCH", body, wide))
    path.with_suffix(".mcx" if wide else ".mc").write_bytes(b"".join(blocks))
    return path


def _size(count: int, wide: bool) -> bytes:
    return b"\0\0\0\0" + struct.pack(">q", count) if wide else struct.pack(">i", count)


def _chunk(tag: bytes, content: bytes, wide: bool) -> bytes:
    unit = 8 if wide else 4
    return tag + _size(len(content), wide) + content + b"\0" * (-len(content) % unit)


def _group(kind: bytes, body: bytes, wide: bool) -> bytes:
    return (b"FOR8" if wide else b"FOR4") + _size(4 + len(body), wide) + kind + body
