"""Units of the fake: what the user sees against what the scene holds."""

from __future__ import annotations

import math
from fractions import Fraction

from maya_a2f.core.frame_rate import TICKS_PER_SECOND, rate_of_maya_unit

LINEAR = {"mm": 0.1, "cm": 1.0, "m": 100.0, "km": 100000.0, "in": 2.54, "ft": 30.48, "yd": 91.44}
LINEAR_NAMES = {
    "millimeter": "mm", "centimeter": "cm", "meter": "m", "kilometer": "km", "inch": "in", "foot": "ft", "yard": "yd"
}  # fmt: skip
ANGULAR = {"deg": math.radians(1.0), "rad": 1.0}
ANGULAR_NAMES = {"degree": "deg", "radian": "rad"}
MTIME_UNITS: dict[int, str] = {
    5: "game", 6: "film", 7: "pal", 8: "ntsc", 9: "show", 10: "palf", 11: "ntscf", 12: "2fps", 13: "3fps", 14: "4fps",
    15: "5fps", 16: "6fps", 17: "8fps", 18: "10fps", 19: "12fps", 20: "16fps", 21: "20fps", 22: "40fps", 23: "75fps",
    24: "80fps", 25: "100fps", 26: "120fps", 27: "125fps", 28: "150fps", 29: "200fps", 30: "240fps", 31: "250fps",
    32: "300fps", 33: "375fps", 34: "400fps", 35: "500fps", 36: "600fps", 37: "750fps", 38: "1200fps", 39: "1500fps",
    40: "2000fps", 41: "3000fps", 42: "6000fps", 43: "23.976fps", 44: "29.97fps", 45: "29.97df", 46: "47.952fps",
    47: "59.94fps", 48: "44100fps", 49: "48000fps", 50: "90fps", 51: "119.88fps",
}  # fmt: skip
_CLOCK = {1: Fraction(1, 3600), 2: Fraction(1, 60), 3: Fraction(1), 4: Fraction(1000)}


def unit_rate(number: int) -> Fraction:
    """Units per second of an ``MTime`` constant."""
    if number in _CLOCK:
        return _CLOCK[number]
    rate = rate_of_maya_unit(MTIME_UNITS[number])
    assert rate is not None
    return rate


def nearest_tick(value: float, rate: Fraction) -> int:
    """The tick a time in some unit comes to lie on."""
    return round(Fraction(value) * TICKS_PER_SECOND / rate)
