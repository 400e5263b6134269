"""Just enough of ONNX files to change a node: protocol buffers' wire format, and the fields that are needed of it.

Nothing else is looked at, and what is not changed goes through as it is. Source: onnx.proto of ONNX 1.x (field
numbers), "Encoding" in the documentation of protocol buffers. Every function raises ValueError for bytes that are no
such message.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

Field = tuple[int, int | bytes | memoryview]
"""Number, and the value: an integer (varint), or the bytes of anything else. Fixed-size numbers are bytes too."""
Message = list[Field]

MODEL_OPSET, MODEL_GRAPH, MODEL_PROPERTY = 8, 7, 14
GRAPH_NODE, GRAPH_INITIALIZER, GRAPH_OUTPUT = 1, 5, 12
NODE_INPUT, NODE_OUTPUT, NODE_TYPE, NODE_ATTRIBUTE = 1, 2, 4, 5
ATTRIBUTE_NAME, ATTRIBUTE_INTS, ATTRIBUTE_TYPE = 1, 8, 20
TENSOR_DIMS, TENSOR_TYPE, TENSOR_NAME, TENSOR_RAW, TENSOR_LOCATION = 1, 2, 8, 9, 14
OPSET_DOMAIN, OPSET_VERSION = 1, 2
_INT64, _INTS = 7, 7
_SIZES = {1: 8, 5: 4}


def parsed(content: bytes | memoryview) -> Message:
    """The fields of a message, in order; their bytes are not copied."""
    view, at = memoryview(content), 0
    fields: Message = []
    while at < len(view):
        key, at = _varint(view, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = _varint(view, at)
            fields.append((number, value))
            continue
        if wire == 2:
            size, at = _varint(view, at)
        elif wire in _SIZES:
            size = _SIZES[wire]
        else:
            raise ValueError(f"unknown wire type {wire}")
        if at + size > len(view):
            raise ValueError("a field reaches beyond its message")
        fields.append((number if wire == 2 else -number * 8 - wire, view[at : at + size]))
        at += size
    return fields


def message(fields: Iterable[Field]) -> bytes:
    """The inverse of :func:`parsed`."""
    return b"".join(_pieces(fields))


def _pieces(fields: Iterable[Field]) -> Iterator[bytes | memoryview]:
    for number, value in fields:
        if isinstance(value, int):
            yield _encoded(number << 3) + _encoded(value)
        elif number < 0:  # of fixed size, see parsed()
            yield _encoded((-number // 8) << 3 | -number % 8)
            yield value
        else:
            yield _encoded(number << 3 | 2) + _encoded(len(value))
            yield value


def values(fields: Message, number: int) -> list[int | bytes | memoryview]:
    """All values of one field."""
    return [value for own, value in fields if own == number]


def submessages(fields: Message, number: int) -> list[Message]:
    """All values of one field that holds messages."""
    return [parsed(_bytes(value)) for value in values(fields, number)]


def text(fields: Message, number: int) -> str:
    """A string; empty where there is none."""
    found = values(fields, number)
    return bytes(_bytes(found[-1])).decode() if found else ""


def texts(fields: Message, number: int) -> list[str]:
    """A list of strings."""
    return [bytes(_bytes(value)).decode() for value in values(fields, number)]


def integers(fields: Message, number: int) -> list[int]:
    """A list of integers, packed or not; not meant for negative ones."""
    found: list[int] = []
    for value in values(fields, number):
        if isinstance(value, int):
            found.append(value)
        else:
            at = 0
            while at < len(value):
                one, at = _varint(memoryview(value), at)
                found.append(one)
    return found


def int_attribute(name: str, numbers: Iterable[int]) -> Field:
    """An attribute of a node that holds integers."""
    own: Message = [(ATTRIBUTE_NAME, name.encode())]
    own += [(ATTRIBUTE_INTS, number) for number in numbers]
    return NODE_ATTRIBUTE, message([*own, (ATTRIBUTE_TYPE, _INTS)])


def int_tensor(name: str, number: int) -> Field:
    """An initializer with one int64."""
    raw = struct.pack("<q", number)
    return GRAPH_INITIALIZER, message(
        [(TENSOR_DIMS, 1), (TENSOR_TYPE, _INT64), (TENSOR_NAME, name.encode()), (TENSOR_RAW, raw)]
    )


def property_field(name: str, value: str) -> bytes:
    """A property of a model (what a file says of itself), ready to stand at its end."""
    return message([(MODEL_PROPERTY, message([(1, name.encode()), (2, value.encode())]))])


def node(kind: str, inputs: Iterable[str], output: str) -> Field:
    """A node of a graph."""
    own: Message = [(NODE_INPUT, name.encode()) for name in inputs]
    return GRAPH_NODE, message([*own, (NODE_OUTPUT, output.encode()), (NODE_TYPE, kind.encode())])


def _bytes(value: int | bytes | memoryview) -> bytes | memoryview:
    if isinstance(value, int):
        raise ValueError("a number where bytes were expected")
    return value


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(view) or shift > 63:
            raise ValueError("a number without an end")
        byte = view[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _encoded(value: int) -> bytes:
    pieces = bytearray()
    while value >= 0x80:
        pieces.append(value & 0x7F | 0x80)
        value >>= 7
    pieces.append(value)
    return bytes(pieces)
