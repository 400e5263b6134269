"""The worker's side of the link, spoken to without the client."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import maya_a2f
from maya_a2f.link.environment import worker_command, worker_entry
from maya_a2f.link.framing import MAGIC, PREFIX, FrameDecoder, encode
from maya_a2f.link.messages import CANCEL, ERROR, HELLO, PROTOCOL_VERSION, REQUEST, RESULT, SHUTDOWN, Message

VARIOUS = Path(__file__).resolve().parent.parent / "link" / "services" / "various.py"


class Wire:
    """The pipes of a worker."""

    def __init__(self, entry: Path) -> None:
        self.process = subprocess.Popen(
            worker_command(sys.executable, entry),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )
        self._decoder = FrameDecoder()
        self._heard: list[Message] = []

    def send(self, *messages: Message) -> None:
        self.send_bytes(b"".join(piece for message in messages for piece in encode(message)))

    def send_bytes(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)

    def hear(self) -> Message | None:
        """The next message; None at the end of the worker's output."""
        assert self.process.stdout is not None
        while not self._heard:
            data = os.read(self.process.stdout.fileno(), 2**16)
            if not data:
                return None
            self._heard += self._decoder.feed(data)
        return self._heard.pop(0)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A worker that has said hello."""
    opened = Wire(VARIOUS)
    hello = opened.hear()
    assert hello is not None
    assert hello.kind == HELLO
    yield opened
    opened.close()


def test_the_first_message_is_a_hello_with_the_versions() -> None:
    wire = Wire(worker_entry())
    try:
        hello = wire.hear()
    finally:
        wire.close()
    assert hello is not None
    assert (hello.kind, hello.id) == (HELLO, 0)
    assert hello.integer("protocol") == PROTOCOL_VERSION
    assert hello.text("version") == maya_a2f.__version__
    assert hello.integer("processId") == wire.process.pid


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        bytes(1000),
        PREFIX.pack(MAGIC, 2**32 - 1, 0),
        PREFIX.pack(MAGIC, 2, 0) + b"{}",
        b"".join(encode(Message(kind=RESULT, id=1))),
        b"".join(encode(Message(kind=HELLO))),
        b"".join(encode(Message(kind=REQUEST, id=0, name="echo"))),
    ],
)
def test_garbage_is_answered_with_an_error_about_the_link_and_the_end(wire: Wire, garbage: bytes) -> None:
    wire.send_bytes(garbage)
    error = wire.hear()
    assert error is not None
    assert (error.kind, error.id) == (ERROR, 0)
    assert error.text("code") == "worker.garbage"
    assert wire.hear() is None
    assert wire.process.wait(5) == 1


def test_garbage_after_a_request_ends_even_a_busy_worker(wire: Wire) -> None:
    wire.send(Message(kind=REQUEST, id=1, name="deaf"))
    wire.send_bytes(b"garbage")
    assert wire.process.wait(5) == 1


def test_an_idle_worker_leaves_when_its_input_ends(wire: Wire) -> None:
    assert wire.process.stdin is not None
    wire.process.stdin.close()
    assert wire.process.wait(5) == 0


@pytest.mark.parametrize("name", ["deaf", "slow"])
def test_a_busy_worker_leaves_when_its_input_ends(wire: Wire, name: str) -> None:
    wire.send(Message(kind=REQUEST, id=1, name=name, fields={"seconds": 60}))
    assert wire.hear() is not None
    assert wire.process.stdin is not None
    wire.process.stdin.close()
    assert wire.process.wait(5) == 0


def test_an_input_that_ends_within_a_frame_ends_the_worker(wire: Wire) -> None:
    wire.send_bytes(PREFIX.pack(MAGIC, 1000, 0) + b"{")
    assert wire.process.stdin is not None
    wire.process.stdin.close()
    assert wire.process.wait(5) == 0


def test_a_handler_may_notice_the_end_of_its_parent(wire: Wire, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    wire.send(Message(kind=REQUEST, id=1, name="leave_marker", fields={"marker": str(marker)}))
    assert wire.hear() is not None
    assert wire.process.stdin is not None
    wire.process.stdin.close()
    wire.process.wait(5)
    assert marker.read_text() == "cancelled"


def test_shutdown_ends_the_worker(wire: Wire) -> None:
    wire.send(Message(kind=SHUTDOWN))
    assert wire.process.wait(5) == 0


def test_requests_are_answered_one_after_the_other(wire: Wire) -> None:
    wire.send(*(Message(kind=REQUEST, id=number, name="echo", fields={"n": number}) for number in (1, 2, 3)))
    answers = [wire.hear() for _ in range(3)]
    assert [(a.kind, a.id, a.fields) for a in answers if a] == [(RESULT, n, {"n": n}) for n in (1, 2, 3)]


def test_a_waiting_request_can_be_cancelled_before_it_begins(wire: Wire, tmp_path: Path) -> None:
    first = Message(kind=REQUEST, id=1, name="slow", fields={"seconds": 0.3})
    second = Message(kind=REQUEST, id=2, name="leave_marker", fields={"marker": str(tmp_path / "marker")})
    wire.send(first, second, Message(kind=CANCEL, id=2))
    heard = []
    while (message := wire.hear()) is not None and message.id != 2:
        heard.append(message.kind)
    assert heard[-1] == RESULT
    assert message is not None
    assert (message.kind, message.text("group")) == (ERROR, "cancelled")
    assert not (tmp_path / "marker").exists()


def test_a_cancel_that_comes_too_late_is_ignored(wire: Wire) -> None:
    wire.send(Message(kind=CANCEL, id=5), Message(kind=REQUEST, id=6, name="echo"))
    answer = wire.hear()
    assert answer is not None
    assert (answer.kind, answer.id) == (RESULT, 6)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_is_the_parents_business(wire: Wire) -> None:
    wire.process.send_signal(signal.SIGINT)
    wire.send(Message(kind=REQUEST, id=1, name="echo"))
    answer = wire.hear()
    assert answer is not None
    assert answer.kind == RESULT


def test_a_worker_whose_output_nobody_reads_still_leaves(wire: Wire) -> None:
    wire.send(Message(kind=REQUEST, id=1, name="big", fields={"items": 1_000_000}))
    assert wire.process.stdout is not None
    wire.process.stdout.close()
    assert wire.process.stdin is not None
    wire.process.stdin.close()
    assert wire.process.wait(5) == 0
