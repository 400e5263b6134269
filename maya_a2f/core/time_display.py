"""Times as people read, type and see them on a ruler: seconds in a file and frames of a time line."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

_TIME = re.compile(r"(?:(?:(\d+):)?(\d{1,3}):)?(\d+(?:[.,]\d*)?|[.,]\d+)\s*(?:s|sec|seconds)?", re.IGNORECASE)
_FRAMES = re.compile(r"(\d+(?:[.,]\d*)?)\s*(?:f|fr|frames?)", re.IGNORECASE)
_MINUTE_STEPS = (1.0, 2.0, 5.0, 10.0, 15.0, 30.0)


@dataclass(frozen=True)
class Tick:
    """A line on a ruler."""

    position: float
    """Seconds in the file."""
    label: str
    """Empty for a line between two labelled ones."""


def format_seconds(seconds: float, decimals: int = 3) -> str:
    """``12.345``, ``1:02.345``, ``1:00:02.345``; rounded to ``decimals``, never ``60.000``."""
    units = 10**decimals
    total = round(abs(seconds) * units)
    sign = "-" if seconds < 0 and total else ""
    whole, part = divmod(total, units)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    tail = f".{part:0{decimals}d}" if decimals else ""
    if hours:
        return f"{sign}{hours}:{minutes:02d}:{rest:02d}{tail}"
    return f"{sign}{minutes}:{rest:02d}{tail}" if minutes else f"{sign}{rest}{tail}"


def format_length(seconds: float, decimals: int = 3) -> str:
    """``12.3 s``, ``1:02.3``: with its unit where nothing else says what it is."""
    text = format_seconds(seconds, decimals)
    return text if ":" in text else f"{text} s"


def format_frame(frame: float) -> str:
    """``101``, ``101.5``, ``-3.25``: at most two decimals."""
    text = f"{frame:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def parse_time(text: str, rate: Fraction) -> float | None:
    """Seconds meant by ``2.5``, ``2,5 s``, ``1:02.5``, ``1:00:02`` or ``48f`` (frames at ``rate``); None if nothing."""
    cleaned = text.strip()
    frames = _FRAMES.fullmatch(cleaned)
    if frames:
        return float(Fraction(_plain(frames[1])) / rate)
    match = _TIME.fullmatch(cleaned)
    if match is None:
        return None
    hours, minutes, seconds = match.groups()
    return int(hours or 0) * 3600.0 + int(minutes or 0) * 60.0 + float(_plain(seconds))


def second_ticks(start: float, stop: float, most: int) -> list[Tick]:
    """Ticks at round seconds between ``start`` and ``stop``, at most about ``most`` of them labelled."""
    if not start < stop or most < 1:
        return []
    step = _second_step((stop - start) / most)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9)) if step < 1 else 0
    return _ticks(start, stop, step, lambda seconds: format_seconds(seconds, decimals))


def frame_ticks(
    start: float, stop: float, most: int, rate: Fraction, origin_seconds: float, origin_frame: float
) -> list[Tick]:
    """Ticks at round frames of a time line on which ``origin_frame`` lies at ``origin_seconds`` of the file."""
    if not start < stop or most < 1:
        return []

    def frame_at(seconds: float) -> float:
        return origin_frame + (seconds - origin_seconds) * float(rate)

    step = max(1.0, _round_step((stop - start) * float(rate) / most))
    ticks = _ticks(frame_at(start), frame_at(stop), step, format_frame, whole=True)
    return [Tick(origin_seconds + (tick.position - origin_frame) / float(rate), tick.label) for tick in ticks]


def snapped(seconds: float, rate: Fraction, origin_seconds: float = 0.0) -> float:
    """The time nearest to ``seconds`` that lies a whole number of frames from ``origin_seconds``."""
    return origin_seconds + float(round((seconds - origin_seconds) * float(rate)) / rate)


def _plain(number: str) -> str:
    """``12,`` and ``,5`` as Python reads them."""
    text = number.replace(",", ".")
    return f"0{text}0" if text.startswith(".") or text.endswith(".") else text


def _second_step(least: float) -> float:
    if least <= 1.0:
        return _round_step(least)
    for unit in (1.0, 60.0):
        for step in _MINUTE_STEPS:
            if step * unit >= least:
                return step * unit
    return 3600.0 * _round_step(least / 3600.0)


def _round_step(least: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is at least ``least``."""
    power: float = 10.0 ** math.floor(math.log10(least))
    for factor in (1.0, 2.0, 5.0, 10.0):
        if factor * power >= least * (1 - 1e-9):
            return factor * power
    return 10.0 * power


def _ticks(start: float, stop: float, step: float, label: Callable[[float], str], *, whole: bool = False) -> list[Tick]:
    """Labelled ticks every ``step``, and silent ones between them: four, or one where a fifth would be no frame."""
    parts = next(parts for parts in (5, 2, 1) if not whole or math.fmod(step, parts) == 0)
    first, last = math.ceil(start * parts / step - 1e-6), math.floor(stop * parts / step + 1e-6)
    return [Tick(k * step / parts, "" if k % parts else label(k * step / parts)) for k in range(first, last + 1)]
