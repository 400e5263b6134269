"""Names of the copies of a sound that are written beside a scene: ``<stem>.<8 hex digits>.wav``."""

from __future__ import annotations

import re

_UNSAFE = re.compile(r"""[\x00-\x1f\x7f"'`\\/:*?<>|$%]+""")
_LONGEST_STEM = 56
"""Characters; four bytes each still leave room for the digits within the usual 255 bytes."""
_COPY = re.compile(r"(.+)\.[0-9a-f]{8}\.wav")


def is_plain(name: str) -> bool:
    """Whether a file's name holds nothing that Maya or a file system reads as more than a letter."""
    return _UNSAFE.search(name) is None


def plain_stem(stem: str) -> str:
    """``stem`` without what Maya or a file system reads as more than a letter, and short enough for any of them."""
    return _UNSAFE.sub("_", stem)[:_LONGEST_STEM].strip(" .") or "audio"


def copy_name(stem: str, key: str) -> str:
    """The name of the copy of a recording called ``stem``; ``key``: hex digits that tell its content."""
    return f"{plain_stem(stem)}.{key[:8]}.wav"


def copied_stem(name: str) -> str:
    """The plain stem of the recording that a file would be the copy of; empty where its name is not a copy's."""
    found = _COPY.fullmatch(name)
    return found[1] if found is not None else ""
