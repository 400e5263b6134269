"""Messages as bytes and back; garbage in every form."""

from __future__ import annotations

import json
import math
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maya_a2f.errors import WorkerError
from maya_a2f.link.blob import ITEM_BYTES, Blob, blob_bytes
from maya_a2f.link.framing import MAGIC, PREFIX, FrameDecoder, Limits, encode
from maya_a2f.link.messages import KINDS, LARGEST_ID, REQUEST, Message

SMALL = Limits(head_bytes=4096, blobs_bytes=65536)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def blobs(draw: st.DrawFn) -> Blob:
    dtype = draw(st.sampled_from(sorted(ITEM_BYTES)))
    shape = tuple(draw(st.lists(st.integers(0, 4), max_size=3)))
    size = blob_bytes(dtype, shape)
    return Blob(draw(st.binary(min_size=size, max_size=size)), dtype, shape)


messages = st.builds(
    Message,
    kind=st.sampled_from(sorted(KINDS)),
    id=st.integers(0, LARGEST_ID),
    name=st.text(),
    fields=st.dictionaries(st.text(), json_values, max_size=4),
    blobs=st.dictionaries(st.text(), blobs(), max_size=3),
)


def framed(message: Message) -> bytes:
    return b"".join(encode(message))


def frame_of(head: Any, content: bytes = b"", blobs_size: int | None = None) -> bytes:
    """A frame with any head, as bytes or as JSON."""
    raw = head if isinstance(head, bytes) else json.dumps(head).encode()
    return PREFIX.pack(MAGIC, len(raw), len(content) if blobs_size is None else blobs_size) + raw + content


@given(st.lists(messages, max_size=3), st.data())
@settings(max_examples=80, deadline=None)
def test_messages_survive_however_their_bytes_are_cut(sent: list[Message], data: st.DataObject) -> None:
    stream = b"".join(framed(message) for message in sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    decoder = FrameDecoder()
    received: list[Message] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        received += decoder.feed(stream[start:end])
    assert received == sent
    assert not decoder.is_amid_frame


def test_messages_survive_byte_by_byte() -> None:
    message = Message(kind=REQUEST, id=1, name="x", blobs={"a": Blob.from_floats([1]), "b": Blob.of(b"")})
    decoder = FrameDecoder()
    stream = framed(message)
    received = [found for byte in stream for found in decoder.feed(bytes([byte]))]
    assert received == [message]


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_random_bytes_are_refused_at_the_first_wrong_one(garbage: bytes) -> None:
    decoder = FrameDecoder(SMALL)
    if MAGIC.startswith(garbage[: len(MAGIC)]):
        garbage = b"\x00" + garbage
    with pytest.raises(WorkerError) as caught:
        decoder.feed(garbage)
    assert caught.value.code == "worker.garbage"


def outcome(decoder: FrameDecoder, data: bytes) -> str:
    """``messages``, ``waiting`` for more bytes, or the code of the error."""
    try:
        decoder.feed(data)
    except WorkerError as error:
        return error.code
    return "waiting" if decoder.is_amid_frame else "messages"


@given(messages, st.data())
@settings(max_examples=300, deadline=None)
def test_a_flipped_bit_gives_a_message_an_error_or_a_wait(message: Message, data: st.DataObject) -> None:
    stream = bytearray(framed(message))
    bit = data.draw(st.integers(0, len(stream) * 8 - 1))
    stream[bit // 8] ^= 1 << bit % 8
    expected = {"worker.garbage"} if bit // 8 < len(MAGIC) else {"worker.garbage", "waiting", "messages"}
    assert outcome(FrameDecoder(SMALL), bytes(stream)) in expected


@given(st.integers(0, 300), st.integers(0, 2**64 - 1), st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_an_announcement_followed_by_anything_gives_an_error_or_a_wait(
    head_size: int, blobs_size: int, rest: bytes
) -> None:
    found = outcome(FrameDecoder(SMALL), PREFIX.pack(MAGIC, head_size, blobs_size) + rest)
    waits = blobs_size <= SMALL.blobs_bytes and len(rest) < head_size
    assert found == ("waiting" if waits else "worker.garbage")


def test_memory_grows_with_what_arrived_and_not_with_what_was_announced() -> None:
    layout = [{"name": "b", "dtype": "u1", "shape": [2**30]}]
    head = {"kind": "result", "id": 1, "name": "", "fields": {}, "blobs": layout}
    decoder = FrameDecoder()
    tracemalloc.start()
    try:
        decoder.feed(frame_of(head, blobs_size=2**30) + bytes(1000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert decoder.is_amid_frame
    assert peak < 2**20


GOOD: dict[str, Any] = {"kind": "result", "id": 1, "name": "", "fields": {}, "blobs": []}
BLOB: dict[str, Any] = {"name": "b", "dtype": "u1", "shape": [1]}


@pytest.mark.parametrize(
    "frame",
    [
        MAGIC[:-1] + b"\x00",
        MAGIC.replace(b"\r\n", b"\n") + bytes(20),
        PREFIX.pack(MAGIC, SMALL.head_bytes + 1, 0),
        PREFIX.pack(MAGIC, 10, SMALL.blobs_bytes + 1),
        frame_of(b""),
        frame_of(b"{"),
        frame_of(b"\xff\xfe"),
        frame_of(b"[" * 4000),
        frame_of(b'{"a":' * 800),
        frame_of([]),
        frame_of({}),
        frame_of({**GOOD, "more": 1}),
        frame_of({**GOOD, "kind": "sing"}),
        frame_of({**GOOD, "kind": ["result"]}),
        frame_of({**GOOD, "id": -1}),
        frame_of({**GOOD, "id": 1.0}),
        frame_of({**GOOD, "id": True}),
        frame_of({**GOOD, "id": LARGEST_ID + 1}),
        frame_of({**GOOD, "name": None}),
        frame_of({**GOOD, "fields": []}),
        frame_of({**GOOD, "fields": {"x": math.nan}}),
        frame_of({**GOOD, "fields": {"x": -math.inf}}),
        frame_of(json.dumps({**GOOD, "fields": {"x": 5}}).replace("5", "1e999").encode()),
        frame_of(json.dumps({**GOOD, "id": 1}).replace("1", "1" * 4000, 1).encode()),
        frame_of({**GOOD, "blobs": {}}),
        frame_of({**GOOD, "blobs": [1]}),
        frame_of({**GOOD, "blobs": [{**BLOB, "offset": 0}]}, b"x"),
        frame_of({**GOOD, "blobs": [{**BLOB, "name": 1}]}, b"x"),
        frame_of({**GOOD, "blobs": [{**BLOB, "dtype": "O"}]}, b"x"),
        frame_of({**GOOD, "blobs": [{**BLOB, "dtype": ["u1"]}]}, b"x"),
        frame_of({**GOOD, "blobs": [{**BLOB, "shape": 1}]}, b"x"),
        frame_of({**GOOD, "blobs": [{**BLOB, "shape": [-1]}]}, b"x"),
        frame_of({**GOOD, "blobs": [{**BLOB, "shape": [1.0]}]}, b"x"),
        frame_of({**GOOD, "blobs": [{**BLOB, "shape": [2**62, 4]}]}, b"x"),
        frame_of({**GOOD, "blobs": [{**BLOB, "shape": [2]}]}, b"x"),
        frame_of({**GOOD, "blobs": [BLOB, BLOB]}, b"xx"),
        frame_of(GOOD, b"x"),
    ],
    ids=range(37),
)
def test_a_malformed_frame_is_refused_and_the_stream_stays_refused(frame: bytes) -> None:
    decoder = FrameDecoder(SMALL)
    with pytest.raises(WorkerError) as caught:
        decoder.feed(frame)
    assert caught.value.code == "worker.garbage"
    with pytest.raises(WorkerError):
        decoder.feed(frame_of(GOOD))


def test_the_frame_that_the_malformed_ones_are_made_from_is_good() -> None:
    assert len(FrameDecoder(SMALL).feed(frame_of({**GOOD, "blobs": [BLOB]}, b"x"))) == 1


@pytest.mark.parametrize("value", [math.nan, math.inf, {1}, b"x", object()])
def test_what_is_no_json_is_not_sent(value: object) -> None:
    with pytest.raises(WorkerError, match="request 'ask'") as caught:
        encode(Message(kind=REQUEST, id=1, name="ask", fields={"x": value}))
    assert caught.value.code == "worker.unsendable"


def test_what_refers_to_itself_is_not_sent() -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(WorkerError):
        encode(Message(fields={"x": circle}))


def test_what_is_too_large_is_not_sent() -> None:
    with pytest.raises(WorkerError):
        encode(Message(fields={"x": "a" * SMALL.head_bytes}), SMALL)
    with pytest.raises(WorkerError):
        encode(Message(blobs={"x": Blob.of(bytes(SMALL.blobs_bytes + 1))}), SMALL)


def test_blobs_are_sent_without_a_copy() -> None:
    values = Blob.of(bytearray(1000))
    assert encode(Message(blobs={"x": values}))[1] is values.data
