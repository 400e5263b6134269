"""Between what the project counts in (frames, degrees, centimetres) and what Maya holds (ticks, radians, centimetres).

The API takes and returns internal units whatever the scene's units are, so nothing here depends on the user's choice of
linear and angular unit (specification, maya.md section 9).
"""

from __future__ import annotations

import math
from fractions import Fraction

from maya import cmds
from maya.api import OpenMaya

from maya_a2f.core.channels import ChannelKind
from maya_a2f.core.frame_rate import TICKS_PER_SECOND, rate_of_maya_unit
from maya_a2f.errors import HostError

_MEASURED_FRAMES = 100_000
_TOLERANCE_SECONDS = 1e-4
"""1 ppm of the measured stretch is forty times as much."""


def scene_rate() -> Fraction:
    """Frames per second of the scene.

    The name of the time unit says the rate; whether Maya counts 23.976 as 24000/1001 or as 23.976 is not documented,
    so Maya's own length of a frame has the last word where it differs (UNVERIFIED point of maya.md section 9).
    Raises :class:`HostError` ``scene.rate`` for a unit that is no frame rate (seconds, hours).
    """
    unit = cmds.currentUnit(query=True, time=True)
    nominal = rate_of_maya_unit(unit)
    if nominal is None:
        raise HostError(
            f"The scene counts time in '{unit}', which is no frame rate.",
            code="scene.rate",
            hint="Choose a frame rate in Maya's preferences under Time Slider, such as film or ntsc.",
        )
    seconds = OpenMaya.MTime(_MEASURED_FRAMES, OpenMaya.MTime.uiUnit()).asUnits(OpenMaya.MTime.kSeconds)
    if abs(seconds - _MEASURED_FRAMES / nominal) <= _TOLERANCE_SECONDS:
        return nominal
    return (_MEASURED_FRAMES / Fraction(seconds)).limit_denominator(100_000)


def ticks_of_frame(frame: float, rate: Fraction) -> int:
    """The tick nearest to a frame, by exact arithmetic; frames may be fractional and negative."""
    return round(Fraction(frame) * TICKS_PER_SECOND / rate)


def frame_of_ticks(ticks: int, rate: Fraction) -> float:
    """The frame a tick lies on."""
    return float(Fraction(ticks) * rate / TICKS_PER_SECOND)


def time_of_ticks(ticks: int) -> OpenMaya.MTime:
    """Maya's time. Through seconds: no frame rate takes part, so none can be rounded."""
    return OpenMaya.MTime(ticks / TICKS_PER_SECOND, OpenMaya.MTime.kSeconds)


def ticks_of_time(time: OpenMaya.MTime) -> int:
    """The tick a time lies on."""
    return round(time.asUnits(OpenMaya.MTime.kSeconds) * TICKS_PER_SECOND)


def internal_value(value: float, kind: ChannelKind) -> float:
    """Degrees to radians; centimetres and weights are what Maya holds."""
    return math.radians(value) if kind == "rotate" else float(value)


def outside_value(value: float, kind: ChannelKind) -> float:
    """Radians to degrees; the inverse of :func:`internal_value`."""
    return math.degrees(value) if kind == "rotate" else float(value)
