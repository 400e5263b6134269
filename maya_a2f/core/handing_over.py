"""Whose a curve is when a result is run again: still ours to merge with, or the animator's; and saying what stayed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from maya_a2f.core.ports import KeptKeys, SkippedCurve

_NAMED = 4
TAKE_OVER_HINT = "; take it over to write it again"


@dataclass(frozen=True)
class CurveFate:
    """What became of a curve that was written."""

    is_there: bool
    """The curve that was written is still in the scene."""
    has_curve: bool
    """A curve that keys could go to drives the attribute."""
    is_same: bool
    """It is the one that was written."""
    other_type: str = ""
    """Its type, where that is not the one such attributes have."""
    all_gone: bool = False
    """No curve of the result is left: it was cleared away as a whole."""

    @property
    def reason(self) -> str:
        """Why the curve is the animator's own by now, as a sentence without its subject; empty where keys of ours may
        still lie on it. A copy of the curve (an import gives new UUIDs) counts as the curve."""
        if not self.has_curve:
            if self.is_there:
                return "its keys were disconnected from it, or lie on another animation layer now"
            return "" if self.all_gone else "its keys were deleted since they were written"
        if self.is_there and not self.is_same:
            return "its keys were moved elsewhere, and others are in their place"
        if not self.is_there and self.other_type:
            return f"its curve was replaced by one of another type ({self.other_type})"
        return ""


def kept_words(kept: KeptKeys) -> str:
    """What stayed on a curve, as a sentence."""
    spans = [f"{first:g}-{last:g}" if first != last else f"{first:g}" for first, last in kept.frames]
    shown = f"{', '.join(spans[:_NAMED])}{' …' if len(spans) > _NAMED else ''}"
    return (
        f"{kept.attribute}: frames {shown} stay as they are, {kept.reason}."
        if spans
        else f"{kept.attribute}: {kept.reason}."
    )


def skipped_words(skipped: Iterable[SkippedCurve]) -> list[str]:
    """What got no keys, a sentence per reason with every attribute that it holds for."""
    by_reason: dict[str, list[str]] = {}
    for curve in skipped:
        by_reason.setdefault(curve.reason, []).append(curve.attribute)
    return [f"{', '.join(attributes)}: {reason}." for reason, attributes in by_reason.items()]
