"""The steps a run is made of: what it asks of its driver, and what it reports."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from maya_a2f.link.blob import Blob
from maya_a2f.link.messages import Message, Progress


@dataclass(frozen=True)
class WorkerRequest:
    """Something only the worker can do; the driver sends its reply back into the generator."""

    name: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    blobs: Mapping[str, Blob] = field(default_factory=dict)


Result = TypeVar("Result")

Steps = Generator[Progress | WorkerRequest, Message | None, Result]
"""Yields steps and returns a result; a :class:`WorkerRequest` wants a reply sent in, a :class:`Progress` None."""


def asked(request: WorkerRequest) -> Steps[Message]:
    """Yield a request and return its reply."""
    reply = yield request
    if reply is None:
        raise RuntimeError("a driver must send the reply of every WorkerRequest")
    return reply
