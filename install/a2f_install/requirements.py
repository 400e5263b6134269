"""What the worker's environment needs, read from ``pyproject.toml`` by any Python (``tomllib`` came with 3.11)."""

from __future__ import annotations

import re

_LIST = re.compile(r"^dependencies\s*=\s*\[(?P<body>.*?)^\]", re.MULTILINE | re.DOTALL)
_ENTRY = re.compile(r'^\s*"(?P<entry>[^"]+)"\s*,?\s*(?:#.*)?$')


def dependencies(pyproject: str) -> list[str]:
    """The entries of ``project.dependencies``, which has one a line. Empty where there are none."""
    found = _LIST.search(pyproject)
    lines = found["body"].splitlines() if found else []
    return [match["entry"] for match in map(_ENTRY.match, lines) if match]
