"""Which packs of a plan are meant: ``3``, ``0-9`` or ``0-3,7`` as on the command line."""

from __future__ import annotations

import re

from maya_a2f.errors import UserError


def parse_packs(text: str, count: int) -> tuple[int, ...]:
    """Indices in order, of ``count`` packs. Raises :class:`UserError` ``batch.pack``."""
    found: set[int] = set()
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        match = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", part)
        if match is None:
            raise UserError(f"'{part}' is no pack.", code="batch.pack", hint="Write --pack 3, 0-9 or 0,4.")
        first, last = int(match[1]), int(match[2] or match[1])
        if not first <= last < count:
            raise UserError(f"There is no pack '{part}'.", code="batch.pack", hint=f"The plan has 0 to {count - 1}.")
        found.update(range(first, last + 1))
    if not found:
        raise UserError("No pack was named.", code="batch.pack", hint="Write --pack 3 or --pack 0-9.")
    return tuple(sorted(found))
