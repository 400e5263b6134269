"""How a fault in somebody's training data is said."""

from __future__ import annotations

from pathlib import Path

from maya_a2f.errors import UserError


def data_fault(path: Path, what: str, *, code: str, hint: str = "") -> UserError:
    """A :class:`UserError` ``training-data.<code>`` that names the file."""
    return UserError(f"“{path.name}” can not be trained on: {what}.", code=f"training-data.{code}", hint=hint or _HINT)


_HINT = "docs/character.md lists the file formats."
