"""Where the lips of a face touch, found from what ``jawOpen`` and ``mouthClose`` do to it, or why it is not clear.

Two vertices near the mirror plane that lie close together at rest: the jaw takes one of them away and leaves the other,
and closing the mouth brings it back. Teeth and tongue part as well, but the seal does not move them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from maya_a2f.core.rig_description import RigDescription

Vector = tuple[float, float, float]
Motion = Mapping[int, Vector]
"""Vertex -> centimetres, for a channel at 1; vertices that stay are left out."""

_MIDDLE_SHARE = 0.03
"""Of the width that the jaw moves: nearer to the mirror plane than this is in the middle."""
_BINS = 10
_MOST_UNEVEN = 0.1
"""Share of the jaw's motion that has no counterpart on the other side."""
_MOST_SIDEWAYS = 0.05
"""Of the jaw's mean motion."""
_UPPER_MOVES, _LOWER_MOVES = 0.3, 0.5
"""Of the farthest way in the middle: the upper lip goes less, the lower one more."""
_LEAST_CLOSING = 0.3
"""Of the jaw's way, taken back by the seal."""
_MOST_APART = 0.15
"""Of the opening: lips farther apart at rest do not touch."""
_MOST_SPREAD = 0.15
"""Of the median, between the pairs that touch."""
_LEAST_UPRIGHT = (1.6, 1.25, 1.6)
"""The opening along an axis over that along any other, for it to be up; y is what descriptions are made with."""
_COMPARED = 9


@dataclass(frozen=True)
class LipPair:
    """Two vertices that touch."""

    upper: int
    lower: int
    axis: int
    """The face's up axis: 0, 1 or 2."""
    sign: int
    """1, or -1 where up is downwards along the axis."""


def find_lips(described: RigDescription, jaw: Motion, seal: Motion) -> LipPair | str:
    """The middle of the lips, or in words what is not clear. ``jaw`` and ``seal``: what the two channels move."""
    points = described.points
    way = {vertex: math.hypot(*moved) for vertex, moved in jaw.items()}
    side = _mirror_plane(described, jaw, way)
    if isinstance(side, str):
        return side
    lateral, centre, width = side
    middle = [v for v in range(described.vertex_count) if abs(points[3 * v + lateral] - centre) < _MIDDLE_SHARE * width]
    farthest = max((way.get(vertex, 0.0) for vertex in middle), default=0.0)
    lower = [
        vertex
        for vertex in middle
        if way.get(vertex, 0.0) > _LOWER_MOVES * farthest and _closing(jaw[vertex], seal.get(vertex)) > _LEAST_CLOSING
    ]
    if not lower:
        return "mouthClose brings back nothing in the middle of the face that jawOpen takes away"
    reach = _MOST_APART * farthest
    low, high = ([pick(points[3 * v + axis] for v in lower) for axis in range(3)] for pick in (min, max))
    upper = [
        vertex
        for vertex in middle
        if way.get(vertex, 0.0) < _UPPER_MOVES * farthest
        and all(low[axis] - reach <= points[3 * vertex + axis] <= high[axis] + reach for axis in range(3))
    ]
    piece = _pieces(described, width)
    places = {vertex: tuple(points[3 * vertex : 3 * vertex + 3]) for vertex in (*upper, *lower)}
    pairs = sorted(
        (apart, abs(points[3 * one + lateral] - centre), one, two)
        for one in upper
        for two in lower
        if piece[one] == piece[two] and (apart := math.dist(places[one], places[two])) <= reach
    )
    if not pairs:
        return "nothing in the middle of the face touches at rest and is parted by jawOpen"
    limit = max(1.5 * pairs[0][0], 0.01 * farthest)
    touching = sorted((pair for pair in pairs if pair[0] <= limit), key=lambda pair: pair[0] + pair[1])
    return _agreed([pair[2:] for pair in touching[:_COMPARED]], lateral, jaw, seal)


def _agreed(pairs: list[tuple[int, int]], lateral: int, jaw: Motion, seal: Motion) -> LipPair | str:
    """The first pair, the one nearest to the middle, if all of them part and close alike."""
    one, two = pairs[0]
    gone = _parting(jaw, one, two)
    axis = max(range(3), key=lambda at: abs(gone[at]))
    rest = max(abs(gone[at]) for at in range(3) if at != axis)
    if axis == lateral or abs(gone[axis]) < _LEAST_UPRIGHT[axis] * rest:
        return "the jaw opens aslant, so that the face's up axis is not clear"
    openings = sorted(_parting(jaw, *pair)[axis] / gone[axis] for pair in pairs)
    closings = sorted(_parting(seal, *pair)[axis] / gone[axis] for pair in pairs)
    for values in (openings, closings):
        if values[-1] - values[0] > _MOST_SPREAD * abs(values[len(values) // 2]):
            return "vertices that touch between the lips are not moved alike"
    return LipPair(one, two, axis, 1 if gone[axis] > 0 else -1)


def _mirror_plane(described: RigDescription, jaw: Motion, way: Mapping[int, float]) -> tuple[int, float, float] | str:
    """The axis across the face, where its middle is on it, and how wide the jaw's motion is."""
    total = sum(way.values())
    if not total:
        return "jawOpen moves nothing"
    mean = [sum(moved[axis] for moved in jaw.values()) for axis in range(3)]
    found: list[tuple[float, int, float, float]] = []
    for axis in range(3):
        places = {vertex: described.points[3 * vertex + axis] for vertex, gone in way.items() if gone > 0.0}
        centre = sum(way[vertex] * place for vertex, place in places.items()) / total
        half = max(abs(place - centre) for place in places.values())
        low, high = centre - half, centre + half
        if high - low <= 0.01 * max(way.values()) or abs(mean[axis]) > _MOST_SIDEWAYS * math.hypot(*mean):
            continue
        bins = [0.0] * (_BINS + 1)
        for vertex, place in places.items():
            at = _BINS * (place - low) / (high - low)
            whole = min(int(at), _BINS - 1)
            bins[whole] += way[vertex] * (whole + 1 - at)
            bins[whole + 1] += way[vertex] * (at - whole)
        uneven = sum(abs(one - other) for one, other in zip(bins, reversed(bins), strict=True)) / (2 * total)
        found.append((uneven, axis, centre, high - low))
    found.sort()
    if not found or found[0][0] > _MOST_UNEVEN or (len(found) > 1 and found[1][0] < 2 * found[0][0] + 0.02):
        return "jawOpen does not show which axis mirrors the face"
    return found[0][1:]


def _closing(jaw: Vector, seal: Vector | None) -> float:
    """Share of the jaw's way that the seal takes back."""
    if seal is None:
        return 0.0
    return -sum(a * b for a, b in zip(jaw, seal, strict=True)) / sum(a * a for a in jaw)


def _parting(motion: Motion, one: int, two: int) -> list[float]:
    still = (0.0, 0.0, 0.0)
    return [a - b for a, b in zip(motion.get(one, still), motion.get(two, still), strict=True)]


def _pieces(described: RigDescription, width: float) -> list[int]:
    """(n,) a number per vertex, equal within a connected piece; vertices at one place are one."""
    parent = list(range(described.vertex_count))

    def root(vertex: int) -> int:
        while parent[vertex] != vertex:
            parent[vertex] = parent[parent[vertex]]
            vertex = parent[vertex]
        return vertex

    grain = 1e-5 * width
    points = described.points
    seen: dict[Vector, int] = {}
    for vertex in range(described.vertex_count):
        x, y, z = points[3 * vertex : 3 * vertex + 3]
        parent[vertex] = seen.setdefault((round(x / grain), round(y / grain), round(z / grain)), vertex)
    start = 0
    for count in described.face_counts:
        first = root(described.face_indices[start])
        for corner in described.face_indices[start + 1 : start + count]:
            parent[root(corner)] = first
        start += count
    return [root(vertex) for vertex in range(described.vertex_count)]
