"""Words of the command line turned into values, with errors an artist understands."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterable

from maya_a2f.baking import KeySettings
from maya_a2f.errors import UserError


def add_common(parser: argparse.ArgumentParser) -> None:
    """Options every command has."""
    parser.add_argument("--debug", action="store_true", help="show where an error came from")
    parser.add_argument("--quiet", action="store_true", help="show errors only")


def parse_assignments(words: Iterable[str], what: str) -> dict[str, float]:
    """``["joy=0.6,anger=0.1", "fear=1"]`` as numbers by name. Raises :class:`UserError` ``option.bad``."""
    values: dict[str, float] = {}
    for word in words:
        for part in filter(None, (piece.strip() for piece in word.split(","))):
            name, equals, text = part.partition("=")
            number = parse_number(text) if equals else None
            if not name.strip() or number is None:
                raise UserError(
                    f"'{part}' does not set {_ARTICLES[what]} {what}.",
                    code="option.bad",
                    hint=f"Write NAME=NUMBER, several separated by commas, for example {_EXAMPLES[what]}.",
                )
            values[name.strip()] = number
    return values


_ARTICLES = {"emotion": "an", "parameter": "a", "style": "a", "emotion setting": "an"}
_EXAMPLES = {
    "emotion": "joy=0.6,cheekiness=0.2",
    "parameter": "lowerFaceStrength=1.2",
    "style": "jawStyle=-0.4,lipLead=30",
    "emotion setting": "maxEmotions=2,emotionContrast=1.5",
}


def parse_number(text: str) -> float | None:
    """A finite number, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def parse_keys(text: str) -> KeySettings:
    """``every``, ``reduced`` or ``reduced=0.01``. Raises :class:`UserError` ``option.bad``."""
    mode, equals, tolerance = text.partition("=")
    if mode == "every" and not equals:
        return KeySettings()
    if mode == "reduced":
        number = parse_number(tolerance) if equals else KeySettings.tolerance
        if number is not None and 0 < number <= 1:
            return KeySettings(reduced=True, tolerance=number)
    raise UserError(
        f"'--keys {text}' is not understood.",
        code="option.bad",
        hint="Write --keys every, --keys reduced, or --keys reduced=0.01 (largest allowed error of a weight).",
    )


def finite_seconds(text: str) -> float:
    """argparse type: a time in seconds, not negative."""
    value = parse_number(text)
    if value is None or value < 0:
        raise argparse.ArgumentTypeError(f"'{text}' is not a time in seconds")
    return value


def finite_frame(text: str) -> float:
    """argparse type: a frame number."""
    value = parse_number(text)
    if value is None or abs(value) > 1e7:
        raise argparse.ArgumentTypeError(f"'{text}' is not a frame number")
    return value
