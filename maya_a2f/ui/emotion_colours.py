"""A colour and words for every emotion, the same everywhere in the panel."""

from __future__ import annotations

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from maya_a2f.ui.theme import colours_of

_HUES = {
    "amazement": 32, "anger": 2, "cheekiness": 325, "disgust": 95, "fear": 275, "grief": 238, "joy": 50,
    "outofbreath": 180, "pain": 345, "sadness": 212,
}  # fmt: skip
_DARK_BELOW = 128


def emotion_colour(widget: QWidget, name: str) -> QColor:
    """The emotion's colour on the widget's palette; unknown emotions get one by their name."""
    hue = _HUES.get(name.lower(), sum(map(ord, name.lower())) * 37 % 360)
    is_dark = colours_of(widget).base.lightness() < _DARK_BELOW
    return QColor.fromHsv(hue, 130, 222) if is_dark else QColor.fromHsv(hue, 200, 165)


def emotion_title(name: str) -> str:
    """The emotion as people write it."""
    return {"outofbreath": "Out of breath"}.get(name.lower(), name[:1].upper() + name[1:])
