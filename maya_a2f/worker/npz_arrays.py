"""Reading ``.npz`` files from strangers: every size is checked before a byte is unpacked.

Sources: specification, model-package.md section 2 (members may be stored or deflated, the array's name is the member's
without ``.npy``, only the number of elements counts, not the shape); the ``.npy`` header is described in
numpy.lib.format. Pickled objects are never read. What is unpacked is what the caller asked for and no more, so a file
cannot make the process larger than the arrays its package declares.
"""

from __future__ import annotations

import math
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from maya_a2f.worker.package import Floats, Ints
from maya_a2f.worker.package_faults import BadPackageError, package_fault

LARGEST_FILE_BYTES = 2 * 1024**3
"""Of the file, and of all its members together once unpacked. The largest published file is 0.25 GB."""
_MOST_MEMBERS = 4096
_LARGEST_DIRECTORY_BYTES = 1024 * 1024
_LARGEST_TEXT_BYTES = 1024 * 1024
_MOST_DEFLATED = 1032 + 8  # zlib's limit is 1032 : 1; a member that declares more lies about its size
_LARGEST_VALUE = 1e9  # sums of products of a few such numbers still fit into float32
_STEP_BYTES = 4 * 1024 * 1024
_HEADER = re.compile(
    r"\s*\{\s*'descr':\s*'([<>|=]?[A-Za-z][0-9]{0,7})'\s*,\s*'fortran_order':\s*(True|False)\s*,"
    r"\s*'shape':\s*\(([0-9L,\s]{0,200})\)\s*,?\s*\}\s*"
)
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class ArrayHeader:
    """What a member declares."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    fortran_order: bool

    @property
    def count(self) -> int:
        """Elements."""
        return math.prod(self.shape)


class NpzArrays:
    """An open ``.npz``. Every method raises :class:`BadPackageError` that name the file and the array."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.path = path
        self._archive = archive
        self._members = _members(path, archive)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the arrays, in file order."""
        return tuple(self._members)

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def header(self, name: str) -> ArrayHeader:
        """What array ``name`` declares; its size is known to fit its member."""
        with self._opened(name) as stream:
            return self._read_header(name, stream)

    def floats(self, name: str, count: int, *, exact: bool = False) -> Floats:
        """(count,) array ``name``, flattened in C order, every value finite.

        Other number types are converted to float32, unless ``exact`` says that the format refuses them.
        """
        with self._opened(name) as stream:
            header = self._read_header(name, stream)
            if header.dtype.kind not in "fiu" or (exact and (header.dtype.kind, header.dtype.itemsize) != ("f", 4)):
                wanted = "float32" if exact else "numbers"
                raise self._fault(name, f"holds {_type_name(header.dtype)}, but must hold {wanted}", "array_type")
            if header.count != count:
                raise self._fault(
                    name, f"has {header.count} values (shape {header.shape}), but {count} are needed", "array_size"
                )
            values = self._read_values(name, header, stream)
        return self._finite_floats(name, values)

    def integers(self, name: str, *, most: int) -> Ints:
        """(n,) array ``name`` of at most ``most`` whole numbers as int32."""
        with self._opened(name) as stream:
            header = self._read_header(name, stream)
            if header.dtype.kind not in "iu":
                raise self._fault(name, f"holds {_type_name(header.dtype)}, but must hold integers", "array_type")
            if header.count > most:
                raise self._fault(name, f"has {header.count} values, but at most {most} make sense", "array_size")
            values = self._read_values(name, header, stream)
        if values.size and (int(values.min()) < -(2**31) or int(values.max()) >= 2**31):
            raise self._fault(name, "holds numbers beyond 32 bits", "array_value")
        return values.astype(np.int32, copy=False)

    def texts(self, name: str) -> tuple[str, ...]:
        """Array ``name`` of fixed-width bytes (UTF-8) or Unicode text."""
        with self._opened(name) as stream:
            header = self._read_header(name, stream)
            if header.dtype.kind not in "SU":
                raise self._fault(name, f"holds {_type_name(header.dtype)}, but must hold texts", "array_type")
            if header.count * header.dtype.itemsize > _LARGEST_TEXT_BYTES:
                raise self._fault(name, "is far too large for a list of names", "array_size")
            values = self._read_values(name, header, stream)
        try:
            return tuple(str(text) if header.dtype.kind == "U" else text.decode("utf-8") for text in values.tolist())
        except UnicodeError:
            raise self._fault(name, "holds texts that are not UTF-8", "array_value") from None

    @contextmanager
    def _opened(self, name: str) -> Iterator[IO[bytes]]:
        member = self._members.get(name)
        if member is None:
            raise self._fault(name, "is missing", "array_missing")
        try:
            with self._archive.open(member) as stream:
                yield stream
        except _DAMAGE as error:
            raise self._fault(
                name, f"is damaged ({str(error)[:120] or type(error).__name__})", "array_damaged"
            ) from error
        except OSError as error:
            raise self._fault(name, f"cannot be read ({error.strerror or error})", "file_unreadable") from error

    def _read_header(self, name: str, stream: IO[bytes]) -> ArrayHeader:
        header, header_bytes = _parsed_header(stream)
        if header.dtype.hasobject:
            raise self._fault(name, "holds Python objects, which are never read", "array_type")
        if not header.dtype.itemsize:  # any number of nothings fits any file
            raise self._fault(name, "holds values of no size", "array_type")
        if header.count * header.dtype.itemsize + header_bytes != self._members[name].file_size:
            raise self._fault(name, "declares a size that is not the size of its data", "array_damaged")
        return header

    def _read_values(self, name: str, header: ArrayHeader, stream: IO[bytes]) -> npt.NDArray[Any]:
        """The values, flat, in C order. The header has been checked against the member's size."""
        values = np.empty(header.count, header.dtype)
        content = values.view(np.uint8).data if values.nbytes else memoryview(b"")
        position = 0
        while position < len(content):
            block = stream.read(min(_STEP_BYTES, len(content) - position))
            if not block:
                raise self._fault(name, "ends too early", "array_damaged")
            content[position : position + len(block)] = block
            position += len(block)
        stream.read(1)  # the checksum is compared when the end is reached
        if header.fortran_order and len(header.shape) > 1:
            return np.ascontiguousarray(values.reshape(header.shape[::-1]).T).reshape(-1)
        return values

    def _finite_floats(self, name: str, values: npt.NDArray[Any]) -> Floats:
        with np.errstate(over="ignore", invalid="ignore"):
            numbers: Floats = values.astype(np.float32, copy=False)
            # The smallest and the largest value tell it without a temporary as large as the array; NaN shows in both.
            lowest, highest = (float(numbers.min()), float(numbers.max())) if numbers.size else (0.0, 0.0)
        if not (math.isfinite(lowest) and math.isfinite(highest)):
            raise self._fault(name, "holds values that are not finite numbers", "not_finite")
        if max(-lowest, highest) > _LARGEST_VALUE:
            raise self._fault(name, f"holds values beyond {_LARGEST_VALUE:g}, which no face has", "array_value")
        return numbers

    def _fault(self, name: str, what: str, code: str) -> BadPackageError:
        return BadPackageError([package_fault(self.path, f"the array '{name}' {what}", code=code)])


@contextmanager
def opened_npz(path: Path) -> Iterator[NpzArrays]:
    """The arrays of ``path``. Raises :class:`BadPackageError` when it is no sound zip file."""
    try:
        _check_directory_size(path)
        archive = zipfile.ZipFile(path)
    except _DAMAGE as error:
        raise _no_archive(path, str(error)) from error
    except OSError as error:
        why = f"it cannot be read ({error.strerror or error})"
        raise BadPackageError([package_fault(path, why, code="file_unreadable")]) from error
    with archive:
        yield NpzArrays(path, archive)


def _check_directory_size(path: Path) -> None:
    """Refuse a table of contents that would take more memory to read than the arrays."""
    with path.open("rb") as stream:
        information = path.stat()
        if not stat.S_ISREG(information.st_mode):
            raise zipfile.BadZipFile("it is not an ordinary file")
        if information.st_size > LARGEST_FILE_BYTES:
            raise zipfile.BadZipFile("it is larger than 2 GiB")
        stream.seek(max(0, information.st_size - 65_557))
        tail = stream.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) - end < 22:
        raise zipfile.BadZipFile("it is not a zip file, or its end is missing")
    members, directory_bytes = struct.unpack("<HL", tail[end + 10 : end + 16])
    if members > _MOST_MEMBERS or directory_bytes > _LARGEST_DIRECTORY_BYTES or b"PK\x06\x07" in tail[:end][-20:]:
        raise zipfile.BadZipFile("its table of contents is far too large")


def _members(path: Path, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The array members by name, after their declared sizes have been found believable."""
    members: dict[str, zipfile.ZipInfo] = {}
    total = 0
    for member in archive.infolist():
        total += member.file_size
        if not member.filename.endswith(".npy"):
            continue
        name = member.filename.removesuffix(".npy")
        if name in members:
            raise BadPackageError([package_fault(path, f"it holds two arrays '{name}'", code="npz_damaged")])
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            what = f"the array '{name}' is packed in a way the format does not have"
            raise BadPackageError([package_fault(path, what, code="npz_damaged")])
        if member.file_size > _largest_content(member):
            what = f"the array '{name}' declares more data than the file can hold (a decompression bomb)"
            raise BadPackageError([package_fault(path, what, code="npz_bomb")])
        members[name] = member
    if total > LARGEST_FILE_BYTES:
        what = f"it would unpack to {total / 1e9:.1f} GB (a decompression bomb)"
        raise BadPackageError([package_fault(path, what, code="npz_bomb")])
    return members


def _largest_content(member: zipfile.ZipInfo) -> int:
    return member.compress_size * (1 if member.compress_type == zipfile.ZIP_STORED else _MOST_DEFLATED) + 64


def _parsed_header(stream: IO[bytes]) -> tuple[ArrayHeader, int]:
    """The ``.npy`` header and its length in bytes. Raises ValueError."""
    start = stream.read(8)
    if len(start) < 8 or start[:6] != b"\x93NUMPY":
        raise ValueError("it is not a .npy array")
    size_format = "<H" if start[6] == 1 else "<I"
    size_bytes = struct.calcsize(size_format)
    (length,) = struct.unpack(size_format, stream.read(size_bytes))
    if length > 65_536:
        raise ValueError("its header is too long")
    text = stream.read(length)
    if len(text) < length:
        raise ValueError("its header ends too early")
    match = _HEADER.fullmatch(text.decode("latin1"))
    if match is None:
        raise ValueError("its header does not describe a plain array")
    try:
        dtype = np.dtype(match[1])
    except (TypeError, SyntaxError):
        raise ValueError(f"its type '{match[1]}' is unknown") from None
    shape = tuple(int(entry.rstrip("L")) for entry in re.split(r"[,\s]+", match[3]) if entry)
    return ArrayHeader(dtype, shape, match[2] == "True"), 8 + size_bytes + length


def _type_name(dtype: np.dtype[Any]) -> str:
    return {"S": "bytes", "U": "texts", "O": "Python objects"}.get(dtype.kind, dtype.name)


def _no_archive(path: Path, why: str) -> BadPackageError:
    return BadPackageError([package_fault(path, f"it cannot be opened as .npz ({why[:120]})", code="npz_damaged")])
