"""A stretch of one audio file, and where it starts on the timeline."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Clip:
    """What the user picked. Times are seconds in the file; the solve hears only what lies between in and out."""

    path: str
    """The audio file."""
    in_seconds: float = 0.0
    """Start of the stretch in the file."""
    out_seconds: float | None = None
    """End of the stretch in the file; None is the file's end."""
    start_frame: float = 1.0
    """Timeline frame on which the stretch starts; may be fractional or negative."""


def clip_fields(clip: Clip) -> dict[str, Any]:
    """What the worker needs to know of a clip, JSON-ready; the path is made absolute."""
    return {
        "path": str(Path(clip.path).absolute()),
        "in_seconds": clip.in_seconds,
        "out_seconds": clip.out_seconds,
    }
