"""``.npz`` files for places without numpy: C-order little-endian float32, float64, int32 and uint8 arrays.

Layout of ``.npy`` (numpy's published format, versions 1 to 3): 6 magic bytes, two version bytes, the length of the head
(2 bytes in version 1, 4 after), then a Python literal with ``descr``, ``fortran_order`` and ``shape``, then the values.
"""

from __future__ import annotations

import ast
import io
import lzma
import math
import struct
import sys
import zipfile
import zlib
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maya_a2f.errors import UserError

LARGEST_ARRAY_BYTES = 512 * 2**20
"""No array of an asset of ours comes near; what claims more is refused before anything is unpacked."""
LARGEST_TOTAL_BYTES = 1024 * 2**20
_LARGEST_HEAD_BYTES = 64 * 1024
_MAGIC = b"\x93NUMPY"
_TYPE_CODES = {"<f4": "f", "<f8": "d", "<i4": "i", "|u1": "B"}
_DESCRIPTORS = {code: descr for descr, code in _TYPE_CODES.items()}
_ALIGNMENT = 64
_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The same content always gives the same bytes, so no time of writing is kept."""


@dataclass(frozen=True)
class NpzArray:
    """One array: its shape, and its values flat in C order."""

    shape: tuple[int, ...]
    values: array[Any]
    """Type code ``f``, ``d``, ``i`` or ``B``."""


def read_npz(path: Path) -> Mapping[str, NpzArray]:
    """Every array of a ``.npz`` by name.

    Raises :class:`UserError` ``npz.missing`` (no such file, unreadable) or ``npz.damaged`` (no archive, cut short,
    another type or order, sizes that do not fit, or more than :data:`LARGEST_ARRAY_BYTES`), naming file and array.
    """
    try:
        if path.stat().st_size > LARGEST_TOTAL_BYTES:
            raise _damaged(path, f"it is larger than {LARGEST_TOTAL_BYTES} bytes")
        content = path.read_bytes()
    except OSError as error:
        raise UserError(
            f"'{path}' cannot be read: {error.strerror or error}.",
            code="npz.missing",
            hint="Check the path and that the folder is complete.",
        ) from error
    return npz_from_bytes(content, path)


def npz_from_bytes(content: bytes, path: Path) -> Mapping[str, NpzArray]:
    """As :func:`read_npz` for a file's content; ``path`` is what errors call it."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _read_archive(archive, path)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, ValueError, EOFError, RuntimeError) as error:
        raise _damaged(path, f"it is no sound .npz archive ({error})") from error


def npz_bytes(arrays: Mapping[str, NpzArray]) -> bytes:
    """The content of a compressed ``.npz``, as numpy reads it. ``ValueError`` where a shape does not fit its values."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, item in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy", _EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, _npy_bytes(item, name))
    return stream.getvalue()


def _npy_bytes(item: NpzArray, name: str) -> bytes:
    """Version 1 of the layout, padded so that the values start on a multiple of 64 bytes."""
    if math.prod(item.shape) != len(item.values):
        raise ValueError(f"'{name}' has {len(item.values)} values, its shape {item.shape} needs another number")
    head = repr({"descr": _DESCRIPTORS[item.values.typecode], "fortran_order": False, "shape": item.shape})
    head += " " * (-(len(_MAGIC) + 4 + len(head) + 1) % _ALIGNMENT) + "\n"
    values = item.values
    if sys.byteorder == "big":
        values = array(values.typecode, values)
        values.byteswap()
    return _MAGIC + b"\x01\x00" + struct.pack("<H", len(head)) + head.encode("latin-1") + values.tobytes()


def _read_archive(archive: zipfile.ZipFile, path: Path) -> Mapping[str, NpzArray]:
    entries = archive.infolist()
    if sum(entry.file_size for entry in entries) > LARGEST_TOTAL_BYTES:
        raise _damaged(path, f"it unpacks to more than {LARGEST_TOTAL_BYTES} bytes")
    arrays: dict[str, NpzArray] = {}
    for entry in entries:
        name = entry.filename.removesuffix(".npy")
        if name in arrays:
            raise _damaged(path, f"it holds '{name}' twice")
        if entry.file_size > LARGEST_ARRAY_BYTES:
            raise _damaged(path, f"'{name}' unpacks to more than {LARGEST_ARRAY_BYTES} bytes")
        with archive.open(entry) as stream:  # zipfile stops at file_size, so a lying entry cannot grow past the check
            content = stream.read(entry.file_size)
        arrays[name] = _parse_npy(content, name, path)
    return arrays


def _parse_npy(content: bytes, name: str, path: Path) -> NpzArray:
    if content[:6] != _MAGIC or len(content) < 12:
        raise _damaged(path, f"'{name}' is no .npy array")
    if content[6] == 1:
        start, (head_bytes,) = 10, struct.unpack("<H", content[8:10])
    elif content[6] in (2, 3):
        start, (head_bytes,) = 12, struct.unpack("<I", content[8:12])
    else:
        raise _damaged(path, f"'{name}' has .npy version {content[6]}, which is not known")
    if head_bytes > min(_LARGEST_HEAD_BYTES, len(content) - start):
        raise _damaged(path, f"the head of '{name}' is larger than the array")
    shape, code = _parse_head(content[start : start + head_bytes], name, path)
    values: array[Any] = array(code)
    body = content[start + head_bytes :]
    if len(body) != math.prod(shape) * values.itemsize:
        raise _damaged(path, f"'{name}' has {len(body)} bytes of values, its shape {shape} needs another number")
    values.frombytes(body)
    if sys.byteorder == "big":
        values.byteswap()
    return NpzArray(shape, values)


def _parse_head(head: bytes, name: str, path: Path) -> tuple[tuple[int, ...], str]:
    try:
        fields = ast.literal_eval(head.decode("latin-1").strip())
        shape, descr, fortran_order = fields["shape"], fields["descr"], fields["fortran_order"]
        sound = isinstance(shape, tuple) and all(type(size) is int and 0 <= size < 2**40 for size in shape)
    except (ValueError, SyntaxError, KeyError, TypeError, MemoryError, RecursionError) as error:
        raise _damaged(path, f"the head of '{name}' cannot be read") from error
    if not sound:
        raise _damaged(path, f"'{name}' has the impossible shape {shape!r}")
    if descr not in _TYPE_CODES or (fortran_order and len(shape) > 1):
        raise _damaged(path, f"'{name}' is of type {descr!r}; float32, float64, int32 or uint8 in C order is needed")
    return shape, _TYPE_CODES[descr]


def _damaged(path: Path, why: str) -> UserError:
    return UserError(
        f"'{path}' cannot be used: {why}.", code="npz.damaged", hint="Copy or build the file again; it is incomplete."
    )
