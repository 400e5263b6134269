"""A worker that breaks the protocol itself; the way is chosen by the variable MAYA_A2F_TEST_WAY."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import maya_a2f
from maya_a2f.link.framing import MAGIC, PREFIX, encode
from maya_a2f.link.messages import PROGRESS, RESULT, Message, hello_message


def say(message: Message) -> None:
    write(b"".join(encode(message)))


def write(data: bytes) -> None:
    os.write(1, data)


def greet(version: str = maya_a2f.__version__) -> None:
    say(hello_message(version, "3", os.getpid()))


def await_request() -> None:
    os.read(0, 2**16)


def old_version() -> None:
    greet("0.0.1")
    time.sleep(60)


def other_protocol() -> None:
    hello = hello_message(maya_a2f.__version__, "3", os.getpid())
    say(Message(kind=hello.kind, fields={**hello.fields, "protocol": 999}))
    time.sleep(60)


def exit_early() -> None:
    print("no module named something", file=sys.stderr)
    sys.exit(9)


def mute() -> None:
    time.sleep(60)


def banner() -> None:
    write(b"Welcome to this Python!\n")
    greet()
    time.sleep(60)


def garbage_reply() -> None:
    greet()
    await_request()
    write(b"\x00\x01garbage, not a frame" * 100)
    time.sleep(60)


def huge_announcement() -> None:
    greet()
    await_request()
    write(PREFIX.pack(MAGIC, 100, 2**63))
    time.sleep(60)


def half_frame() -> None:
    greet()
    await_request()
    write(PREFIX.pack(MAGIC, 1000, 0) + b'{"kind"')
    time.sleep(60)


def half_frame_then_end() -> None:
    greet()
    await_request()
    write(PREFIX.pack(MAGIC, 1000, 0) + b'{"kind"')


def foreign_id() -> None:
    greet()
    await_request()
    say(Message(kind=RESULT, id=77))
    time.sleep(60)


def bad_progress() -> None:
    greet()
    await_request()
    say(Message(kind=PROGRESS, id=1, fields={"stage": 5, "done": "much", "total": 1}))
    time.sleep(60)


def close_pipe() -> None:
    greet()
    await_request()
    os.close(1)
    time.sleep(60)


def never_read() -> None:
    greet()
    time.sleep(60)


def bequeath_pipe() -> None:
    """Ends, but leaves its output open in a process of another session."""
    greet()
    await_request()
    child = subprocess.Popen([sys.executable, "-I", "-c", "import time; time.sleep(60)"], start_new_session=True)
    os.write(2, f"child {child.pid}\n".encode())
    os._exit(4)


def hold_on() -> None:
    """Ends neither with its input nor when asked."""
    import signal

    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    greet()
    while True:
        time.sleep(60)


if __name__ == "__main__":
    globals()[os.environ["MAYA_A2F_TEST_WAY"]]()
