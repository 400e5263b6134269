"""Colours, letters and sizes of the report's picture."""

from __future__ import annotations

import itertools
from typing import Final

from PySide6.QtGui import QColor, QFont

from maya_a2f.quality.measure import Verdict

BACKGROUND: Final = "#15181d"
PANEL: Final = "#1c2027"
PAUSE: Final = "#29303c"
PAUSE_MARK: Final = "#3b4453"
AFTER_CLIP: Final = "#101215"
GRID: Final = "#333a45"
TEXT: Final = "#e4e7eb"
FAINT: Final = "#8d96a3"
WAVE: Final = "#5d7fa8"
GAP: Final = "#f1c75b"
JAW: Final = "#9c8cf0"
WIDTH: Final = "#63c3c9"

VERDICTS: Final[dict[Verdict, str]] = {
    "good": "#4fb477",
    "look at": "#e8a33d",
    "bad": "#e5565b",
    "not measured": "#59616d",
}
SIGNS: Final[dict[Verdict, str]] = {"good": "good", "look at": "look at", "bad": "bad", "not measured": "-"}

_HEAT = (
    (0.0, (28, 32, 39)),
    (0.25, (58, 60, 122)),
    (0.55, (176, 74, 110)),
    (0.8, (238, 146, 72)),
    (1.0, (252, 236, 160)),
)


def heat(value: float) -> tuple[int, int, int]:
    """Red, green, blue of a weight 0…1."""
    value = min(max(value, 0.0), 1.0)
    for (low, dark), (high, bright) in itertools.pairwise(_HEAT):
        if value <= high:
            share = (value - low) / (high - low)
            red, green, blue = (round(a + share * (b - a)) for a, b in zip(dark, bright, strict=True))
            return red, green, blue
    return _HEAT[-1][1]


def color(name: str, opacity: float = 1.0) -> QColor:
    """A colour of this module, more or less see-through."""
    result = QColor(name)
    result.setAlphaF(opacity)
    return result


def letters(pixels: int, bold: bool = False) -> QFont:
    """The letters of the picture: the platform's plain face."""
    font = QFont(["DejaVu Sans", "Segoe UI", "Helvetica Neue", "Arial", "sans-serif"])
    font.setPixelSize(pixels)
    font.setBold(bold)
    return font
