"""A built plan in a file: what it is for, the plan, and a checksum. Whole or not at all, and never trusted unread.

Layout: ``A2FPLAN1``, the header's length (8 bytes, little endian), the header (JSON, UTF-8), the plan, SHA-256 of all
that comes before.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maya_a2f.core.atomic_file import atomic_path

_MAGIC = b"A2FPLAN1"
_DIGEST_BYTES = 32
_LARGEST_HEADER = 2**20


@dataclass(frozen=True, eq=False)
class Plan:
    """What a TensorRT library built, ready to be read by it."""

    header: dict[str, Any]
    """``key``, what the key was made of (``made_for``), ``accuracy``, when and how long it was built."""
    content: bytes | memoryview
    """Empty where only the record is kept that it is too inaccurate."""

    @property
    def key(self) -> str:
        """64 hex digits over everything the plan depends on."""
        return str(self.header["key"])


def write_plan(path: Path, plan: Plan) -> None:
    """Raises :class:`HostError` ``file.unwritable`` or ``file.disk_full``; then nothing is left behind."""
    header = json.dumps(plan.header, sort_keys=True).encode()
    checksum = hashlib.sha256()
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        for part in (_MAGIC, len(header).to_bytes(8, "little"), header, plan.content):
            stream.write(part)
            checksum.update(part)
        stream.write(checksum.digest())
        stream.flush()
        os.fsync(stream.fileno())


def read_plan(path: Path, key: str) -> Plan | None:
    """The plan in ``path``; None where there is no file, or it is damaged or made for anything but ``key``."""
    try:
        content = memoryview(path.read_bytes())
    except OSError:
        return None
    start = len(_MAGIC) + 8
    if len(content) < start + _DIGEST_BYTES or content[: len(_MAGIC)] != _MAGIC:
        return None
    length = int.from_bytes(content[len(_MAGIC) : start], "little")
    end = len(content) - _DIGEST_BYTES
    if length > min(_LARGEST_HEADER, end - start):
        return None
    if hashlib.sha256(content[:end]).digest() != content[end:]:
        return None
    try:
        header = json.loads(bytes(content[start : start + length]))
    except (ValueError, RecursionError):
        return None
    if not isinstance(header, dict) or header.get("key") != key:
        return None
    return Plan(header, content[start + length : end])
