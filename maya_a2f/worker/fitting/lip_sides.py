"""Upper or lower lip? The surfaces touch at rest, so closeness cannot tell; what opens the mouth can."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from maya_a2f.worker.fitting.surface import Doubles, Indices

Sides = npt.NDArray[np.int8]

_UPPER, _LOWER = 0.3, 0.6
"""Share of the lower lip's way that a vertex of the upper lip makes at most, one of the lower at least."""
_LEAST_OPENING = 0.1
"""Of the mouth's width: less is no opening."""
_REACH = 0.8
"""Of the mouth's width: how far from the lips sides are told apart."""


def opening(deltas: Doubles, upper: int, lower: int, width: float) -> float:
    """How far offsets (n, 3) part the lips downwards, as a share of the mouth's width."""
    return float(deltas[upper, 1] - deltas[lower, 1]) / width


def best_opener(candidates: list[Doubles], upper: int, lower: int, width: float) -> Doubles | None:
    """The offsets (n, 3) that part the lips furthest, mostly by the lower one; None where none does."""
    best, most = None, _LEAST_OPENING
    for deltas in candidates:
        share = opening(deltas, upper, lower, width)
        if share > most and abs(deltas[upper, 1]) < 0.5 * abs(deltas[lower, 1]):
            best, most = deltas, share
    return best


def lip_sides(points: Doubles, deltas: Doubles, upper: int, lower: int, width: float) -> Sides:
    """(n,) −1 at the upper lip, 1 at the lower one, 0 further away or between."""
    way = deltas[lower] - deltas[upper]
    share = (deltas - deltas[upper]) @ way / float(way @ way)
    middle = (points[upper] + points[lower]) / 2
    near = np.linalg.norm(points - middle, axis=1) < _REACH * width
    sides = np.zeros(len(points), np.int8)
    sides[near & (share < _UPPER)] = -1
    sides[near & (share > _LOWER)] = 1
    return sides


def triangle_sides(sides: Sides, triangles: Indices) -> Sides:
    """(t,) the side of triangles whose corners agree."""
    total = sides[triangles].astype(np.int64)
    result = np.zeros(len(triangles), np.int8)
    result[(total >= 0).all(axis=1) & (total > 0).any(axis=1)] = 1
    result[(total <= 0).all(axis=1) & (total < 0).any(axis=1)] = -1
    return result
