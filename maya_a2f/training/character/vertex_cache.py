"""Vertices per frame, from ``.npy``, ``.pc2`` and Maya's one-file geometry caches (specification, training.md 9.1)."""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maya_a2f.training.character.faults import data_fault

Floats = NDArray[np.float32]
CACHE_SUFFIXES = (".npy", ".xml", ".pc2")
"""In the order in which they win where a shot has several."""
_PC2_HEADER = struct.Struct("<12siiffi")


def read_vertices(path: Path) -> Floats:
    """(F, V, 3) float32 of a cache. Raises :class:`UserError` ``training-data.*``."""
    readers = {".npy": _read_npy, ".xml": _read_maya, ".pc2": _read_pc2}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        what = f"vertex caches come as .npy, .xml (with .mcx or .mc) or .pc2, not “{path.suffix}”"
        raise data_fault(path, what, code="format")
    if not path.is_file():
        raise data_fault(path, "it is not there", code="missing", hint=f"It was looked for in “{path.parent}”.")
    vertices = reader(path)
    if not vertices.size:
        raise data_fault(path, "it holds no vertices", code="empty")
    bad = ~np.isfinite(vertices)
    if bad.any():
        frame, vertex = np.argwhere(bad)[0][:2]
        raise data_fault(path, f"vertex {vertex} is no finite position in frame {frame}", code="not-finite")
    return vertices


def read_pose(path: Path) -> Floats:
    """(V, 3) float32 of a single pose in ``.npy``."""
    array = _array(path)
    if array.ndim == 3 and len(array) == 1:
        array = array[0]
    if array.ndim != 2 or array.shape[1] != 3:
        raise data_fault(path, f"a pose is an array (vertices, 3), this one is {array.shape}", code="shape")
    if not np.isfinite(array).all():
        raise data_fault(path, "it holds positions that are no finite numbers", code="not-finite")
    return array.astype(np.float32)


def _array(path: Path) -> NDArray[np.generic]:
    if not path.is_file():
        raise data_fault(path, "it is not there", code="missing", hint=f"It was looked for in “{path.parent}”.")
    try:
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise data_fault(path, f"it is no readable array ({error})", code="unreadable") from error
    if not isinstance(array, np.ndarray) or not np.issubdtype(array.dtype, np.number):
        raise data_fault(path, "it is no array of numbers", code="unreadable")
    return array


def _read_npy(path: Path) -> Floats:
    array = _array(path)
    if array.ndim != 3 or array.shape[2] != 3:
        raise data_fault(path, f"a cache is an array (frames, vertices, 3), this one is {array.shape}", code="shape")
    return array.astype(np.float32)


def _read_pc2(path: Path) -> Floats:
    data = path.read_bytes()
    if len(data) < _PC2_HEADER.size:
        raise data_fault(path, "it is shorter than its header", code="truncated")
    mark, version, count, _, _, frames = _PC2_HEADER.unpack_from(data)
    if mark != b"POINTCACHE2\0" or version != 1:
        raise data_fault(path, "it is no POINTCACHE2 file of version 1", code="unreadable")
    if count <= 0 or frames <= 0:
        raise data_fault(path, "its header names no vertices or frames", code="empty")
    needed = _PC2_HEADER.size + count * frames * 12
    if len(data) < needed:
        raise data_fault(path, f"it has {len(data)} bytes of {needed}", code="truncated")
    values = np.frombuffer(data, "<f4", count * frames * 3, _PC2_HEADER.size)
    return values.reshape(frames, count, 3).astype(np.float32)


def _read_maya(path: Path) -> Floats:
    kind = _cache_type(path)
    if kind != "OneFile":
        what = f"it describes a cache of type “{kind}”, not one file"
        raise data_fault(path, what, code="layout", hint="Export the cache with File distribution: One file.")
    for suffix in (".mcx", ".mc", ".mcc"):
        binary = path.with_suffix(suffix)
        if binary.is_file():
            return _frames_of(binary, binary.read_bytes())
    raise data_fault(path, "the .mcx or .mc file beside it is missing", code="missing")


def _cache_type(path: Path) -> str:
    text = path.read_text(encoding="utf-8", errors="replace")
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise data_fault(path, "it declares entities, which a cache never needs", code="unreadable")
    try:
        node = ElementTree.fromstring(text).find("cacheType")
    except ElementTree.ParseError as error:
        raise data_fault(path, f"it is no readable XML ({error})", code="unreadable") from error
    return "" if node is None else node.get("Type", "")


def _frames_of(path: Path, data: bytes) -> Floats:
    """All MYCH groups; FOR4 has 32-bit sizes padded to 4, FOR8 (.mcx) 64-bit ones padded to 8; all big-endian."""
    frames: list[Floats] = []
    names: set[bytes] = set()
    for tag, body, wide in _groups(path, data):
        if tag != b"MYCH":
            continue
        for name, points in _channels(path, body, wide):
            names.add(name)
            frames.append(points)
    if not frames:
        raise data_fault(path, "it holds no frames", code="empty")
    if len(names) > 1:
        what = f"it holds {len(names)} meshes ({', '.join(sorted(n.decode(errors='replace') for n in names))})"
        raise data_fault(path, what, code="layout", hint="Export one mesh per cache.")
    if len({len(points) for points in frames}) > 1:
        raise data_fault(path, "its number of vertices changes", code="topology")
    return np.stack(frames)


def _groups(path: Path, data: bytes) -> Iterator[tuple[bytes, bytes, bool]]:
    position = 0
    while position + 8 <= len(data):
        tag = data[position : position + 4]
        if tag not in (b"FOR4", b"FOR8"):
            raise data_fault(path, f"it has no group where one should start (byte {position})", code="unreadable")
        wide = tag == b"FOR8"
        start = position + (16 if wide else 8)
        size = int.from_bytes(data[position + (8 if wide else 4) : start], "big")
        body = data[start : start + size]
        if len(body) < size:
            raise data_fault(path, "it ends in the middle of a frame", code="truncated")
        # Some writers align what follows the group's name in 64-bit files, some do not.
        first = 8 if wide and body[4:8] == b"\0\0\0\0" else 4
        yield body[:4], body[first:], wide
        position = start + size
        # The padding belongs to the group's alignment, not to its size.
        while position < len(data) and data[position] == 0:
            position += 1


def _channels(path: Path, body: bytes, wide: bool) -> Iterator[tuple[bytes, Floats]]:
    name, count = b"", 0
    for tag, content in _chunks(path, body, wide):
        if tag == b"CHNM":
            name = content.rstrip(b"\0")
        elif tag == b"SIZE":
            count = int.from_bytes(content[:4], "big")
        elif tag in (b"FVCA", b"DVCA"):
            kind = ">f4" if tag == b"FVCA" else ">f8"
            if len(content) != count * 3 * np.dtype(kind).itemsize:
                raise data_fault(path, f"a frame has {len(content)} bytes for {count} vertices", code="truncated")
            yield name, np.frombuffer(content, kind).reshape(count, 3).astype(np.float32)
        elif tag != b"TIME":
            what = f"it holds “{tag.decode(errors='replace')}” instead of positions"
            raise data_fault(path, what, code="layout", hint="Export points as float.")


def _chunks(path: Path, body: bytes, wide: bool) -> Iterator[tuple[bytes, bytes]]:
    position, head, unit = 0, (16 if wide else 8), (8 if wide else 4)
    while position + head <= len(body):
        tag = body[position : position + 4]
        size = int.from_bytes(body[position + (8 if wide else 4) : position + head], "big")
        content = body[position + head : position + head + size]
        if len(content) < size:
            raise data_fault(path, "it ends in the middle of a frame", code="truncated")
        yield tag, content
        position += head + -(-size // unit) * unit
