"""What is said over the link, and the checks on what is heard.

The kinds and their fields are described in the docstring of :mod:`maya_a2f.worker.service`. Nothing read off the wire
is used unchecked: fields are read through the typed accessors of :class:`Content`, each of which raises
:class:`~maya_a2f.errors.WorkerError` ``worker.bad_field`` naming the field.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from maya_a2f.errors import A2FError, WorkerError, error_from_dict
from maya_a2f.link.blob import Blob

PROTOCOL_VERSION: Final = 1
"""Raised whenever either end would misread the other."""

HELLO: Final = "hello"
REQUEST: Final = "request"
PROGRESS: Final = "progress"
RESULT: Final = "result"
ERROR: Final = "error"
CANCEL: Final = "cancel"
SHUTDOWN: Final = "shutdown"
KINDS: Final = frozenset({HELLO, REQUEST, PROGRESS, RESULT, ERROR, CANCEL, SHUTDOWN})

LARGEST_ID: Final = 2**53
"""Ids are integers that every JSON reader holds exactly."""

_SOME: Final = object()
"""Stands for "no default: the field must be there"."""


@dataclass(frozen=True)
class Content:
    """Fields (JSON values) and blobs by name, with accessors that check."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    """JSON-ready values; finite numbers only."""
    blobs: Mapping[str, Blob] = field(default_factory=dict)
    """Raw numbers by name."""

    def text(self, name: str, default: str | object = _SOME) -> str:
        """A string."""
        value = self._value(name, default)
        if not isinstance(value, str):
            raise self._bad(name, "text", value)
        return value

    def integer(
        self, name: str, default: int | object = _SOME, *, minimum: int = -(2**63), maximum: int = 2**63
    ) -> int:
        """A whole number within ``minimum`` … ``maximum``."""
        value = self._value(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not minimum <= value <= maximum:
            raise self._bad(name, f"a whole number between {minimum} and {maximum}", value)
        return value

    def number(
        self, name: str, default: float | object = _SOME, *, minimum: float = -math.inf, maximum: float = math.inf
    ) -> float:
        """A finite number within ``minimum`` … ``maximum``."""
        value = self._value(name, default)
        if not _is_number(value) or not minimum <= value <= maximum:
            raise self._bad(name, f"a number between {minimum} and {maximum}", value)
        return float(value)

    def flag(self, name: str, default: bool | object = _SOME) -> bool:
        """True or false."""
        value = self._value(name, default)
        if not isinstance(value, bool):
            raise self._bad(name, "true or false", value)
        return value

    def texts(self, name: str, default: tuple[str, ...] | object = _SOME) -> tuple[str, ...]:
        """A list of strings."""
        value = self._value(name, default)
        if not isinstance(value, (list, tuple)) or not all(isinstance(entry, str) for entry in value):
            raise self._bad(name, "a list of texts", value)
        return tuple(value)

    def numbers(self, name: str, default: Mapping[str, float] | object = _SOME) -> dict[str, float]:
        """Finite numbers by name."""
        value = self.table(name, default)
        if not all(_is_number(entry) for entry in value.values()):
            raise self._bad(name, "numbers by name", value)
        return {key: float(entry) for key, entry in value.items()}

    def table(self, name: str, default: Mapping[str, Any] | object = _SOME) -> dict[str, Any]:
        """A JSON object; what is inside is unchecked."""
        value = self._value(name, default)
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise self._bad(name, "an object", value)
        return dict(value)

    def items(self, name: str, default: tuple[Any, ...] | object = _SOME) -> list[Any]:
        """A JSON list; what is inside is unchecked."""
        value = self._value(name, default)
        if not isinstance(value, (list, tuple)):
            raise self._bad(name, "a list", value)
        return list(value)

    def blob(self, name: str, dtype: str, dimensions: int | None = None) -> Blob:
        """The blob ``name``, which must be of ``dtype`` and, if given, of so many ``dimensions``."""
        blob = self.blobs.get(name)
        if blob is None:
            raise self._bad(name, f"a blob of {dtype}", None)
        if blob.dtype != dtype or (dimensions is not None and len(blob.shape) != dimensions):
            wanted = dtype if dimensions is None else f"{dtype} with {dimensions} dimensions"
            raise self._bad(name, f"a blob of {wanted}", f"{blob.dtype} {blob.shape}")
        return blob

    def _value(self, name: str, default: object) -> Any:
        value = self.fields.get(name, default)
        if value is _SOME:
            raise self._bad(name, "present", None)
        return value

    def _bad(self, name: str, wanted: str, found: object) -> WorkerError:
        return WorkerError(
            f"In {self._title()} the field '{name}' should be {wanted}, and is {_shortened(repr(found))}.",
            code="worker.bad_field",
            hint="The two ends of the link may be of different versions; run the set-up again.",
        )

    def _title(self) -> str:
        return "a message"


@dataclass(frozen=True)
class Reply(Content):
    """What a handler answers."""


@dataclass(frozen=True)
class Message(Content):
    """One message as it crosses the link."""

    kind: str = RESULT
    """One of :data:`KINDS`."""
    id: int = 0
    """The request it belongs to; 0 belongs to none."""
    name: str = ""
    """What is asked for, in a request; empty in the others."""

    def _title(self) -> str:
        return f"the {self.kind} '{self.name}'" if self.name else f"a message of kind '{self.kind}'"


@dataclass(frozen=True)
class Progress:
    """How far a request is."""

    stage: str
    """Name of the stage at work, e.g. ``infer``."""
    done: float
    """How much of ``total`` is done, in the stage's own unit."""
    total: float
    """The whole of the stage; 0 where it is not known."""
    note: str = ""
    """Words for people; may be empty."""

    @property
    def fraction(self) -> float:
        """0…1; 0 while the total is not known."""
        return min(1.0, self.done / self.total) if self.total > 0 else 0.0


def hello_message(version: str, python: str, process_id: int) -> Message:
    """The worker's first message."""
    fields = {"protocol": PROTOCOL_VERSION, "version": version, "python": python, "processId": process_id}
    return Message(kind=HELLO, fields=fields)


def progress_message(request_id: int, progress: Progress) -> Message:
    """``progress`` of the request ``request_id``."""
    fields = {"stage": progress.stage, "done": progress.done, "total": progress.total, "note": progress.note}
    return Message(kind=PROGRESS, id=request_id, fields=fields)


def error_message(request_id: int, error: A2FError) -> Message:
    """``error`` as data."""
    return Message(kind=ERROR, id=request_id, fields=error.to_dict())


def progress_of(message: Message) -> Progress:
    """The checked content of a message of kind ``progress``."""
    return Progress(
        stage=message.text("stage"),
        done=message.number("done", minimum=0),
        total=message.number("total", minimum=0),
        note=message.text("note", ""),
    )


def error_of(message: Message) -> A2FError:
    """The checked content of a message of kind ``error``, as the class it left as."""
    return error_from_dict(
        {name: message.text(name, "") for name in ("group", "hint", "details")}
        | {name: message.text(name) for name in ("message", "code")}
    )


def _is_number(value: object) -> bool:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _shortened(words: str) -> str:
    return words if len(words) <= 80 else f"{words[:77]}..."
