"""The container of a glTF 2.0 asset: ``.glb`` or ``.gltf`` with its buffers, and accessors as numpy arrays.

Source: the Khronos glTF 2.0 specification (binary container, accessors with strides, normalisation and sparse values).
Buffers are embedded, or files beside the asset; nothing is fetched.
"""

from __future__ import annotations

import base64
import binascii
import json
import struct
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import numpy.typing as npt

from maya_a2f.errors import UserError

LARGEST_BYTES = 2**30
_MAGIC, _JSON_CHUNK, _BINARY_CHUNK = 0x46546C67, 0x4E4F534A, 0x004E4942
_TYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
_LARGEST_COUNT = 50_000_000


class GltfFile:
    """A parsed asset. Every method raises :class:`UserError` ``rig.damaged`` naming file and place."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            if path.stat().st_size > LARGEST_BYTES:
                raise self.damaged(f"it is larger than {LARGEST_BYTES} bytes")
            content = path.read_bytes()
        except OSError as error:
            raise UserError(
                f"'{path}' cannot be read: {error.strerror or error}.", code="rig.missing", hint="Check the path."
            ) from error
        self.binary = b""
        """The binary chunk of a ``.glb``."""
        text = self._chunks(content) if content[:4] == b"glTF" else content
        try:
            self.data: dict[str, Any] = json.loads(text.decode("utf-8"))
            version = str(self.data["asset"]["version"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise self.damaged(f"it is no glTF asset ({error})") from error
        if not version.startswith("2."):
            raise self.damaged(f"it is glTF {version}; version 2 is needed")
        needed = set(self.data.get("extensionsRequired", ())) - {"KHR_mesh_quantization", "KHR_texture_transform"}
        if compressed := {name for name in needed if "compression" in name}:
            raise UserError(
                f"'{path}' is compressed with {', '.join(sorted(compressed))}, which is not read.",
                code="rig.compressed",
                hint="Export it again without compression.",
            )
        self._buffers: dict[int, bytes] = {}

    def items(self, name: str) -> list[dict[str, Any]]:
        """A top-level array of objects; empty where there is none."""
        found = self.data.get(name, [])
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            raise self.damaged(f'"{name}" is no list of objects')
        return found

    def item(self, name: str, index: Any) -> dict[str, Any]:
        """One entry of a top-level array."""
        found = self.items(name)
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < len(found):
            raise self.damaged(f'"{name}" has no entry {index!r}')
        return found[index]

    def accessor(self, index: Any) -> npt.NDArray[Any]:
        """(count, width) values; normalised integers become float32."""
        entry = self.item("accessors", index)
        try:
            kind, width, count = _TYPES[entry["componentType"]], _WIDTHS[entry["type"]], int(entry["count"])
            if not 0 <= count <= _LARGEST_COUNT:
                raise ValueError(f"{count} values")
            if "bufferView" in entry:
                values = self._view(entry["bufferView"], int(entry.get("byteOffset", 0)), kind, count, width)
            else:
                values = np.zeros((count, width), kind)
            if "sparse" in entry:
                values = values.copy()
                self._fill(values, entry["sparse"], kind, width)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise self.damaged(f"accessor {index} makes no sense ({error})") from error
        return _normalised(values) if entry.get("normalized") and kind != "<f4" else values

    def damaged(self, why: str) -> UserError:
        """The error for a file that makes no sense."""
        return UserError(f"'{self.path}' cannot be used: {why}.", code="rig.damaged", hint="Export it again.")

    def _chunks(self, content: bytes) -> bytes:
        try:
            magic, version, length = struct.unpack("<III", content[:12])
            if magic != _MAGIC or version != 2 or length > len(content):
                raise ValueError(f"its head says version {version} and {length} bytes, it has {len(content)}")
            text, at = b"", 12
            while at + 8 <= length:
                size, kind = struct.unpack("<II", content[at : at + 8])
                chunk = content[at + 8 : at + 8 + size]
                if len(chunk) != size:
                    raise ValueError("a chunk is cut short")
                if kind == _JSON_CHUNK and not text:
                    text = chunk
                elif kind == _BINARY_CHUNK and not self.binary:
                    self.binary = chunk
                at += 8 + size
        except (struct.error, ValueError) as error:
            raise self.damaged(f"it is no sound .glb ({error})") from error
        return text

    def _view(self, index: Any, offset: int, kind: str, count: int, width: int) -> npt.NDArray[Any]:
        view = self.item("bufferViews", index)
        start, length = int(view.get("byteOffset", 0)), int(view["byteLength"])
        data = self._buffer(view["buffer"])[start : start + length]
        item = np.dtype(kind).itemsize * width
        stride = int(view.get("byteStride", item))
        if stride < item or offset < 0 or start < 0 or (count and offset + stride * (count - 1) + item > len(data)):
            raise ValueError(f"{count} values do not fit into buffer view {index}")
        if not count:
            return np.zeros((0, width), kind)
        return np.ndarray((count, width), kind, data, offset, (stride, np.dtype(kind).itemsize))

    def _fill(self, values: npt.NDArray[Any], sparse: dict[str, Any], kind: str, width: int) -> None:
        count = int(sparse["count"])
        where, what = sparse["indices"], sparse["values"]
        index_kind = _TYPES[where["componentType"]]
        indices = self._view(where["bufferView"], int(where.get("byteOffset", 0)), index_kind, count, 1)[:, 0]
        if len(indices) and int(indices.max()) >= len(values):
            raise IndexError(f"a sparse index is {int(indices.max())} of {len(values)}")
        values[indices.astype(np.intp)] = self._view(
            what["bufferView"], int(what.get("byteOffset", 0)), kind, count, width
        )

    def _buffer(self, index: Any) -> bytes:
        if index not in self._buffers:
            entry = self.item("buffers", index)
            self._buffers[index] = self._loaded(entry, index)
        return self._buffers[index]

    def _loaded(self, entry: dict[str, Any], index: int) -> bytes:
        uri = entry.get("uri")
        if uri is None:
            return self.binary
        if str(uri).startswith("data:"):
            try:
                return base64.b64decode(str(uri).partition(",")[2], validate=True)
            except (binascii.Error, ValueError) as error:
                raise self.damaged(f"buffer {index} is no base64 ({error})") from error
        name = unquote(str(uri))
        beside = (self.path.parent / name).resolve()
        if "://" in name or not beside.is_relative_to(self.path.parent.resolve()):
            raise self.damaged(f"buffer {index} lies at '{name}', which is not beside the file")
        try:
            return beside.read_bytes()
        except OSError as error:
            raise self.damaged(f"its buffer '{name}' cannot be read ({error.strerror or error})") from error


def _normalised(values: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    result: npt.NDArray[np.float32] = np.maximum(values.astype(np.float32) / np.iinfo(values.dtype).max, -1.0)
    return result
