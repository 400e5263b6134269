"""Figures in documents, between two comments, so that each benchmark renews only its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def replace_table(document: Path, name: str, lines: Sequence[str]) -> None:
    """Put ``lines`` between ``<!-- name -->`` and ``<!-- /name -->``. Raises ValueError where these are missing."""
    opening, closing = f"<!-- {name} -->", f"<!-- /{name} -->"
    text = document.read_text(encoding="utf-8")
    before, found, rest = text.partition(opening)
    _, closed, after = rest.partition(closing)
    if not found or not closed:
        raise ValueError(f"{document} has no place for '{name}'")
    body = "\n".join(["", "", *lines, "", ""])
    document.write_text(f"{before}{opening}{body}{closing}{after}", encoding="utf-8")
