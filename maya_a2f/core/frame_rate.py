"""Frame rates as exact fractions, and the times and counts that follow from them.

Sources: specification, inference.md section 2 (window stepping), maya.md section 9 (Maya's time units, its clock).
"""

from __future__ import annotations

import re
from fractions import Fraction

from maya_a2f.errors import UserError

TICKS_PER_SECOND = 141_120_000
"""Maya's clock."""

LOWEST_RATE = Fraction(1)
HIGHEST_RATE = Fraction(6000)

_NTSC = {  # what people type -> what they mean
    "23.976": 24, "23.98": 24, "29.97": 30, "47.952": 48, "47.95": 48, "59.94": 60, "119.88": 120,
}  # fmt: skip

_MAYA_UNITS: dict[Fraction, str] = {
    Fraction(15): "game", Fraction(24): "film", Fraction(25): "pal", Fraction(30): "ntsc", Fraction(48): "show",
    Fraction(50): "palf", Fraction(60): "ntscf",
    Fraction(24000, 1001): "23.976fps", Fraction(30000, 1001): "29.97fps", Fraction(48000, 1001): "47.952fps",
    Fraction(60000, 1001): "59.94fps", Fraction(120000, 1001): "119.88fps",
}  # fmt: skip
# The integer rates Maya offers besides the named ones (the list of `currentUnit -time`).
_MAYA_INTEGER_RATES = frozenset(
    {2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 40, 75, 80, 90, 100, 120, 125, 150, 200, 240, 250, 300, 375, 400, 500, 600,
     750, 1200, 1500, 2000, 3000, 6000}
)  # fmt: skip


def parse_frame_rate(text: str) -> Fraction:
    """``"30"``, ``"29.97"``, ``"24000/1001"`` … as an exact rate in frames per second.

    23.976, 29.97, 47.952, 59.94 and 119.88 mean n·1000/1001. Raises :class:`UserError` ``rate.bad``.
    """
    cleaned = text.strip().lower().removesuffix("fps").strip()
    if cleaned in _NTSC:
        return Fraction(_NTSC[cleaned] * 1000, 1001)
    if not re.fullmatch(r"\d{1,7}(\.\d{1,6}|/\d{1,7})?", cleaned) or cleaned.endswith("/0"):
        raise _bad_rate(text)
    try:
        rate = Fraction(cleaned)
    except (ValueError, ZeroDivisionError):
        raise _bad_rate(text) from None
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise _bad_rate(text)
    return rate


def _bad_rate(text: str) -> UserError:
    return UserError(
        f"'{text}' is not a usable frame rate.",
        code="rate.bad",
        hint="Give frames per second between 1 and 6000: 24, 25, 30, 29.97, or a fraction such as 24000/1001.",
    )


def frame_count(sample_count: int, sample_rate_hz: int, rate: Fraction) -> int:
    """⌈N·fpsNum / (samplerate·fpsDen)⌉: frames whose time lies before the end of N samples."""
    return -(-sample_count * rate.numerator // (sample_rate_hz * rate.denominator))


def frame_seconds(frame: int, rate: Fraction) -> Fraction:
    """The exact time of frame ``frame`` after the clip's start: k·fpsDen/fpsNum seconds."""
    return frame / rate


def maya_time_unit(rate: Fraction) -> str | None:
    """Maya's name for a rate (``film``, ``29.97fps``, ``48fps`` …), or None where Maya has no such unit."""
    if rate in _MAYA_UNITS:
        return _MAYA_UNITS[rate]
    if rate.denominator == 1 and rate.numerator in _MAYA_INTEGER_RATES:
        return f"{rate.numerator}fps"
    return None


def rate_of_maya_unit(unit: str) -> Fraction | None:
    """The rate of a Maya time unit, the inverse of :func:`maya_time_unit`; None where the name is unknown."""
    for rate, name in _MAYA_UNITS.items():
        if name == unit:
            return rate
    if unit == "29.97df":
        return Fraction(30000, 1001)
    match = re.fullmatch(r"(\d+)fps", unit)
    return Fraction(int(match.group(1))) if match else None


def describe_rate(rate: Fraction) -> str:
    """A rate for people: ``30``, ``29.97``, ``22.05``."""
    if rate.denominator == 1:
        return str(rate.numerator)
    return f"{float(rate):.3f}".rstrip("0").rstrip(".")
