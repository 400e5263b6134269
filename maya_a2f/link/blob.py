"""Raw numbers beside a message's JSON: bytes with a type and a shape."""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from maya_a2f.errors import WorkerError

ITEM_BYTES: Final[Mapping[str, int]] = MappingProxyType({"f4": 4, "f8": 8, "i4": 4, "u1": 1})
"""Size of one item by dtype: little-endian floats, signed 32-bit integers, bytes."""

_ARRAY_CODES: Final[Mapping[str, str]] = MappingProxyType({"f4": "f", "f8": "d", "i4": "i", "u1": "B"})
_BUFFER_DTYPES: Final[Mapping[tuple[str, int], str]] = MappingProxyType(
    {("f", 4): "f4", ("d", 8): "f8", ("i", 4): "i4", ("l", 4): "i4", ("B", 1): "u1"}
)
_MOST_DIMENSIONS = 8


@dataclass(frozen=True)
class Blob:
    """Numbers in C order, little-endian.

    With numpy, on the side that has it: ``Blob.of(values)`` one way and
    ``numpy.frombuffer(blob.data, "<" + blob.dtype).reshape(blob.shape)`` the other; neither copies.
    """

    data: bytes | memoryview
    """The bytes; a memoryview is flat and of format ``B``."""
    dtype: str
    """``f4``, ``f8``, ``i4`` or ``u1``."""
    shape: tuple[int, ...]
    """Items along each axis, outermost first."""

    def __post_init__(self) -> None:
        """Refuse what does not fit together: :class:`WorkerError` ``worker.bad_blob``."""
        expected = blob_bytes(self.dtype, self.shape)
        if len(self.data) != expected:
            raise _bad_blob(f"holds {len(self.data)} bytes where {self.dtype} {self.shape} needs {expected}")

    @classmethod
    def of(cls, buffer: Any) -> Blob:
        """From anything with the buffer protocol whose items are float32, float64, int32 or uint8: an ``array``,
        ``bytes``, a C-contiguous numpy array. Shape and dtype are the buffer's own. Copied only on big-endian machines.

        Raises :class:`WorkerError` ``worker.bad_blob`` for another type or layout.
        """
        try:
            view = memoryview(buffer)
        except (TypeError, ValueError, BufferError) as error:
            raise _bad_blob(f"cannot be made from a {type(buffer).__name__} ({error})") from error
        dtype = _BUFFER_DTYPES.get((view.format.removeprefix("<"), view.itemsize))
        if dtype is None or not view.c_contiguous or (view.format[0] == "<" and sys.byteorder == "big"):
            raise _bad_blob(
                f"cannot be made from items of format '{view.format}' (float32, float64, int32, uint8 in C order)"
            )
        shape = tuple(view.shape or ())
        # A view without items cannot be cast.
        flat: bytes | memoryview = view.cast("B") if view.nbytes else b""
        return cls(_little_endian(flat, dtype), dtype, shape)

    @classmethod
    def from_floats(cls, values: Sequence[float], shape: tuple[int, ...] | None = None, dtype: str = "f4") -> Blob:
        """From numbers in C order; ``shape`` is one axis of them all when not given."""
        blob = cls.of(array(_ARRAY_CODES[dtype], values))
        return cls(blob.data, dtype, blob.shape if shape is None else shape)

    def to_array(self) -> array[Any]:
        """The items, flat, as a new ``array.array`` of the dtype's type code (``f``, ``d``, ``i``, ``B``)."""
        items: array[Any] = array(_ARRAY_CODES[self.dtype])
        items.frombytes(self.data)
        if sys.byteorder == "big":
            items.byteswap()
        return items


def blob_bytes(dtype: str, shape: Sequence[int]) -> int:
    """The size of ``shape`` items of ``dtype``. Raises :class:`WorkerError` ``worker.bad_blob`` for nonsense."""
    if dtype not in ITEM_BYTES:
        raise _bad_blob(f"has the unknown dtype '{dtype}' (known: {', '.join(ITEM_BYTES)})")
    if len(shape) > _MOST_DIMENSIONS:
        raise _bad_blob(f"has {len(shape)} dimensions; {_MOST_DIMENSIONS} are allowed")
    if any(type(size) is not int or size < 0 or size >= 2**63 for size in shape):
        raise _bad_blob(f"has the impossible shape {tuple(shape)}")
    return math.prod(shape) * ITEM_BYTES[dtype]


def _little_endian(flat: bytes | memoryview, dtype: str) -> bytes | memoryview:
    if sys.byteorder == "little" or ITEM_BYTES[dtype] == 1:
        return flat
    items: array[Any] = array(_ARRAY_CODES[dtype])
    items.frombytes(flat)
    items.byteswap()
    return items.tobytes()


def _bad_blob(what: str) -> WorkerError:
    return WorkerError(f"A blob of numbers {what}.", code="worker.bad_blob")
