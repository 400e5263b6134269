"""A take's channels as a rig map's drives see them: eyes with the map's signs, derived channels added, and the shapes
that stand in for joints."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Mapping, Sequence

from maya_a2f.core.part_shapes import part_shapes
from maya_a2f.core.piecewise import curve_values
from maya_a2f.core.rig_map_model import Derived, RigMap

_COMBINED: dict[str, Callable[[Sequence[float]], float]] = {
    "min": min,
    "max": max,
    "product": math.prod,
    "subtract": lambda values: values[0] - sum(values[1:]),
    "divide": lambda values: values[0] / divisor if (divisor := math.prod(values[1:])) else 0.0,
}


def seen_by(rig_map: RigMap, tracks: Mapping[str, Sequence[float]], count: int) -> Mapping[str, Sequence[float]]:
    """Channel -> samples, ``count`` each. A channel that is missing counts as 0 in a derived one; a derived channel
    with none of its channels is left out."""
    found = {name: _signed(samples, rig_map.sign(name)) for name, samples in tracks.items()}
    found.update(part_shapes(found, rig_map.joints))
    for name, item in rig_map.derived.items():
        if any(channel in found for channel in item.channels):
            found[name] = _derived(item, found, count)
        else:
            found.pop(name, None)
    return found


def _signed(samples: Sequence[float], sign: int) -> Sequence[float]:
    return samples if sign == 1 else [-value for value in samples]


def _derived(item: Derived, tracks: Mapping[str, Sequence[float]], count: int) -> array[float]:
    columns = [_column(operand, gain, tracks, count) for operand, gain in item.operands]
    values: Sequence[float]
    if item.rule == "sum":
        values = columns[0] if len(columns) == 1 else [sum(row) for row in zip(*columns, strict=True)]
    else:
        combined = _COMBINED[item.rule]
        values = [combined(row) for row in zip(*columns, strict=True)]
    curve = item.curve
    return array("d", values if curve is None else curve_values(curve, values))


def _column(operand: str | float, gain: float, tracks: Mapping[str, Sequence[float]], count: int) -> Sequence[float]:
    samples = tracks.get(operand) if isinstance(operand, str) else array("d", [operand]) * count
    if samples is None:
        return array("d", [0.0]) * count
    return samples if gain == 1.0 else [gain * value for value in samples]
