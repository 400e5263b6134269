"""What may be said when, without any input or output: drivers bring the bytes, this holds the rules.

Two drivers are meant to share it: the blocking :class:`~maya_a2f.link.client.WorkerClient`, and one over QProcess where
an event loop exists. One request at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from maya_a2f.errors import A2FError, WorkerError
from maya_a2f.link.blob import Blob
from maya_a2f.link.framing import DEFAULT_LIMITS, FrameDecoder, Limits, encode
from maya_a2f.link.messages import (
    CANCEL,
    ERROR,
    HELLO,
    PROGRESS,
    PROTOCOL_VERSION,
    REQUEST,
    RESULT,
    SHUTDOWN,
    Message,
    Progress,
    error_of,
    progress_of,
)

FAREWELL: Final = Message(kind=SHUTDOWN)


@dataclass(frozen=True)
class Ready:
    """The worker said hello and fits."""

    python: str
    """Version of its Python."""
    process_id: int
    """Its own process id."""


@dataclass(frozen=True)
class Failure:
    """The request ended with ``error``; the worker lives on."""

    error: A2FError


Event = Ready | Progress | Message | Failure
"""A :class:`Message` is the result of the request."""


class Conversation:
    """The state of the talk with one worker process."""

    def __init__(self, version: str, limits: Limits = DEFAULT_LIMITS) -> None:
        """``version`` of the package that the worker must be of."""
        self._version = version
        self._limits = limits
        self._decoder = FrameDecoder(limits)
        self._last_id = 0
        self._open_id = 0
        self.is_ready = False

    @property
    def is_amid_frame(self) -> bool:
        """True while a frame has begun and not ended."""
        return self._decoder.is_amid_frame

    @property
    def is_open(self) -> bool:
        """True while a request has neither result nor error."""
        return self._open_id != 0

    def ask(self, name: str, fields: Mapping[str, Any], blobs: Mapping[str, Blob]) -> list[bytes | memoryview]:
        """The bytes that ask for ``name``; from now on the request is open. Raises as :func:`~.framing.encode`."""
        message = Message(kind=REQUEST, id=self._last_id + 1, name=name, fields=fields, blobs=blobs)
        pieces = encode(message, self._limits)
        self._last_id = self._open_id = message.id
        return pieces

    def call_off(self) -> list[bytes | memoryview]:
        """The bytes that cancel the open request; its result or error is still to come."""
        return encode(Message(kind=CANCEL, id=self._open_id), self._limits)

    def hear(self, data: bytes) -> list[Event]:
        """What ``data`` means. Raises :class:`WorkerError` when the worker breaks the protocol, is of another version,
        or complains of what it was sent; the process is then to be ended.
        """
        return [self._understand(message) for message in self._decoder.feed(data)]

    def _understand(self, message: Message) -> Event:
        if message.kind == HELLO and not self.is_ready:
            return self._greet(message)
        if message.kind == ERROR and message.id == 0:
            raise error_of(message)
        if not self.is_ready or not self._open_id or message.id != self._open_id:
            raise _out_of_turn(message)
        if message.kind == PROGRESS:
            return progress_of(message)
        if message.kind not in (RESULT, ERROR):
            raise _out_of_turn(message)
        self._open_id = 0
        return message if message.kind == RESULT else Failure(error_of(message))

    def _greet(self, message: Message) -> Ready:
        protocol = message.integer("protocol")
        version = message.text("version")
        if protocol != PROTOCOL_VERSION or version != self._version:
            raise WorkerError(
                f"The worker is of version '{version}' (protocol {protocol}) and does not fit this side,"
                f" which is of version '{self._version}' (protocol {PROTOCOL_VERSION}).",
                code="worker.version",
                hint="Restart Maya, or the program you work in: the module was updated while it ran. If it stays so,"
                " install anew: 'python3 install/installer.py install', 'python3 install/bootstrap.py env'.",
            )
        self.is_ready = True
        return Ready(python=message.text("python"), process_id=message.integer("processId", minimum=0))


def _out_of_turn(message: Message) -> WorkerError:
    return WorkerError(
        f"The worker sent a message of kind '{message.kind}' for request {message.id} out of turn.",
        code="worker.garbage",
        hint="The worker is started anew with the next run; if it happens again, run the set-up again.",
    )
