"""Messages as bytes and back, without any input or output: both ends and every driver of the link share it.

One frame, little-endian::

    8 bytes   magic  ``93 61 32 66 0D 0A 1A 0A`` (the line ends show a stream opened in text mode)
    4 bytes   size of the head
    8 bytes   size of all blobs together
    head      JSON, ASCII: {"kind", "id", "name", "fields", "blobs": [{"name", "dtype", "shape"}, ...]}
    blobs     one after the other, without gaps

Sizes are checked before anything is kept; memory grows only with bytes that arrived. NaN and infinity are no JSON and
are refused on both sides: they travel in blobs.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from maya_a2f.errors import WorkerError
from maya_a2f.link.blob import Blob, blob_bytes
from maya_a2f.link.messages import KINDS, LARGEST_ID, Message

__all__ = ["DEFAULT_LIMITS", "MAGIC", "PREFIX", "Blob", "FrameDecoder", "Limits", "encode"]

MAGIC: Final = b"\x93a2f\r\n\x1a\n"
PREFIX: Final = struct.Struct("<8sIQ")
"""Magic, bytes of the head, bytes of the blobs."""


@dataclass(frozen=True)
class Limits:
    """The largest frame that is sent or taken."""

    head_bytes: int = 16 * 2**20
    """Of the JSON head."""
    blobs_bytes: int = 4 * 2**30
    """Of all blobs together."""


DEFAULT_LIMITS: Final = Limits()


def encode(message: Message, limits: Limits = DEFAULT_LIMITS) -> list[bytes | memoryview]:
    """The frame of ``message``, in pieces to be written one after the other; blobs are not copied.

    Raises :class:`WorkerError` ``worker.unsendable`` for what is no JSON (NaN among it) or too large.
    """
    head = _encoded_head(message)
    blobs_size = sum(len(blob.data) for blob in message.blobs.values())
    if len(head) > limits.head_bytes or blobs_size > limits.blobs_bytes:
        raise _unsendable(message, f"it takes {len(head)} bytes of JSON and {blobs_size} bytes of numbers")
    pieces: list[bytes | memoryview] = [PREFIX.pack(MAGIC, len(head), blobs_size) + head]
    pieces.extend(blob.data for blob in message.blobs.values() if len(blob.data))
    return pieces


class FrameDecoder:
    """Takes bytes as they come, gives messages. After it has met garbage it only repeats the complaint."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._failure: WorkerError | None = None
        self._buffer = bytearray()
        self._wanted = PREFIX.size
        self._complete: Callable[[bytearray], Message | None] = self._take_prefix
        self._blobs_size = 0
        self._head: dict[str, Any] = {}
        self._layout: list[tuple[str, str, tuple[int, ...]]] = []
        self._blobs: dict[str, Blob] = {}

    @property
    def is_amid_frame(self) -> bool:
        """True while a frame has begun and not ended."""
        return bool(self._buffer) or self._complete != self._take_prefix

    def feed(self, data: bytes | bytearray | memoryview) -> list[Message]:
        """The messages that ``data`` completes, in order.

        Raises :class:`WorkerError` ``worker.garbage`` at the first byte that cannot belong to a frame.
        """
        if self._failure is not None:
            raise self._failure
        try:
            return self._consume(memoryview(data))
        except WorkerError as error:
            self._failure = error
            self._buffer = bytearray()
            raise

    def _consume(self, view: memoryview) -> list[Message]:
        messages: list[Message] = []
        position = 0
        while True:
            part = view[position : position + self._wanted - len(self._buffer)]
            position += len(part)
            self._buffer += part
            if self._complete == self._take_prefix:
                self._check_magic()
            if len(self._buffer) < self._wanted:
                return messages
            section, self._buffer = self._buffer, bytearray()
            message = self._complete(section)
            if message is not None:
                messages.append(message)

    def _check_magic(self) -> None:
        begun = bytes(self._buffer[: len(MAGIC)])
        if not MAGIC.startswith(begun):
            raise _garbage(f"it begins with {bytes(self._buffer)!r}")

    def _take_prefix(self, section: bytearray) -> None:
        _, head_size, blobs_size = PREFIX.unpack(section)
        if head_size > self._limits.head_bytes:
            raise _garbage(f"it announces a head of {head_size} bytes; {self._limits.head_bytes} are allowed")
        if blobs_size > self._limits.blobs_bytes:
            raise _garbage(f"it announces {blobs_size} bytes of numbers; {self._limits.blobs_bytes} are allowed")
        self._blobs_size = blobs_size
        self._expect(head_size, self._take_head)

    def _take_head(self, section: bytearray) -> Message | None:
        self._head = _decoded_head(section)
        self._layout = [_described_blob(entry) for entry in self._head["blobs"]]
        self._blobs = {}
        if len({name for name, _, _ in self._layout}) != len(self._layout):
            raise _garbage("two of its blobs have one name")
        total = sum(blob_bytes(dtype, shape) for _, dtype, shape in self._layout)
        if total != self._blobs_size:
            raise _garbage(f"its blobs take {total} bytes and {self._blobs_size} were announced")
        return self._next_blob()

    def _take_blob(self, section: bytearray) -> Message | None:
        name, dtype, shape = self._layout[len(self._blobs)]
        self._blobs[name] = Blob(memoryview(section), dtype, shape)
        return self._next_blob()

    def _next_blob(self) -> Message | None:
        if len(self._blobs) < len(self._layout):
            _, dtype, shape = self._layout[len(self._blobs)]
            self._expect(blob_bytes(dtype, shape), self._take_blob)
            return None
        head, blobs = self._head, self._blobs
        self._head, self._blobs = {}, {}
        self._expect(PREFIX.size, self._take_prefix)
        return Message(kind=head["kind"], id=head["id"], name=head["name"], fields=head["fields"], blobs=blobs)

    def _expect(self, size: int, complete: Callable[[bytearray], Message | None]) -> None:
        self._wanted = size
        self._complete = complete


def _encoded_head(message: Message) -> bytes:
    head = {
        "kind": message.kind,
        "id": message.id,
        "name": message.name,
        "fields": dict(message.fields),
        "blobs": [{"name": name, "dtype": b.dtype, "shape": list(b.shape)} for name, b in message.blobs.items()],
    }
    try:
        # ASCII with escapes also carries file names that hold undecodable bytes (lone surrogates).
        return json.dumps(head, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode("ascii")
    except (TypeError, ValueError, RecursionError) as error:
        raise _unsendable(message, str(error)) from error


def _decoded_head(section: bytearray) -> dict[str, Any]:
    try:
        head = json.loads(section.decode("ascii"), parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise _garbage(f"its head is no JSON ({error})") from error
    if not isinstance(head, dict) or head.keys() != {"kind", "id", "name", "fields", "blobs"}:
        raise _garbage("its head does not hold exactly kind, id, name, fields and blobs")
    if not isinstance(head["kind"], str) or head["kind"] not in KINDS:
        raise _garbage(f"its kind is {str(head['kind'])[:40]!r}")
    if type(head["id"]) is not int or not 0 <= head["id"] <= LARGEST_ID:
        raise _garbage("its id is no whole number from 0 on")
    if not isinstance(head["name"], str) or not isinstance(head["fields"], dict) or not isinstance(head["blobs"], list):
        raise _garbage("its name, fields or blobs are of the wrong type")
    return head


def _described_blob(entry: object) -> tuple[str, str, tuple[int, ...]]:
    if not isinstance(entry, dict) or entry.keys() != {"name", "dtype", "shape"}:
        raise _garbage("a blob is not described by name, dtype and shape")
    name, dtype, shape = entry["name"], entry["dtype"], entry["shape"]
    if not isinstance(name, str) or not isinstance(dtype, str) or not isinstance(shape, list):
        raise _garbage("a blob's name, dtype or shape is of the wrong type")
    try:
        blob_bytes(dtype, shape)
    except WorkerError as error:
        raise _garbage(error.message) from error
    return name, dtype, tuple(shape)


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"{digits} is too large")
    return value


def _garbage(why: str) -> WorkerError:
    return WorkerError(
        f"What arrived over the link is no frame: {why}.",
        code="worker.garbage",
        hint="The worker is started anew with the next run; if it happens again, run the set-up again.",
    )


def _unsendable(message: Message, why: str) -> WorkerError:
    title = f"{message.kind} '{message.name}'" if message.name else message.kind
    return WorkerError(f"The {title} cannot be sent over the link: {why}.", code="worker.unsendable")
