"""Curves of straight pieces, level beyond their ends."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import TypeAlias

Curve: TypeAlias = tuple[tuple[float, float], ...]
"""Two points or more, (in, out), by strictly ascending in."""


def curve_value(curve: Curve, value: float) -> float:
    """The curve's height at ``value``."""
    return curve_values(curve, (value,))[0]


def curve_values(curve: Curve, values: Iterable[float]) -> list[float]:
    """The curve's height at each of ``values``."""
    places, heights = [at for at, _ in curve], [height for _, height in curve]
    slopes = [
        (heights[piece + 1] - heights[piece]) / (places[piece + 1] - places[piece]) for piece in range(len(curve) - 1)
    ]
    first, last, low, high = places[0], places[-1], heights[0], heights[-1]
    return [
        low
        if value <= first
        else high
        if value >= last
        else heights[piece := bisect_right(places, value) - 1] + slopes[piece] * (value - places[piece])
        for value in values
    ]
