"""What is wrong with landmarks that were picked, as far as it shows before a fit: one vertex twice, swapped sides."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from maya_a2f.core.rig import Triple

_PAIRS = ("mouthCorner", "eyeInner", "eyeOuter")
_CLEARLY = 0.1
"""Sine of the angle by which the nose must stick out of the wrong side of the face."""


def same_vertices(vertices: Mapping[str, str]) -> dict[str, str]:
    """Landmark -> the other landmark that has the same vertex."""
    found: dict[str, str] = {}
    for name, vertex in vertices.items():
        others = [other for other, same in vertices.items() if same == vertex and other != name]
        if others:
            found[name] = others[0]
    return found


def swapped_sides(places: Mapping[str, Triple]) -> dict[str, str]:
    """Landmark -> what is wrong, in a few words, for pairs that lie the wrong way round, wherever the character looks.

    ``places`` are positions in right-handed axes. Where mouth and eyes disagree, that is said of both. Where all agree
    but the nose points out of the back of the head, left and right are swapped, or the mesh is mirrored.
    """
    pairs = [pair for pair in _PAIRS if f"{pair}Left" in places and f"{pair}Right" in places]
    across = {pair: _minus(places[f"{pair}Left"], places[f"{pair}Right"]) for pair in pairs}
    names = [f"{pair}{side}" for pair in pairs for side in ("Left", "Right")]
    eyes = [pair for pair in pairs if pair != "mouthCorner"]
    if any(_dot(across[first], across[second]) < 0 for first in pairs for second in pairs):
        return dict.fromkeys(names, "mouth or eyes swapped")
    if "mouthCorner" not in pairs or not eyes or "noseTip" not in places:
        return {}
    mouth = _middle([places[f"mouthCorner{side}"] for side in ("Left", "Right")])
    brow = _middle([places[f"{pair}{side}"] for pair in eyes for side in ("Left", "Right")])
    left, up = _middle(list(across.values())), _minus(brow, mouth)
    nose, ahead = _minus(places["noseTip"], _middle([mouth, brow])), _cross(left, up)
    if _dot(ahead, nose) < -_CLEARLY * math.hypot(*ahead) * math.hypot(*nose):
        return dict.fromkeys(names, "wrong side?")
    return {}


def _minus(a: Triple, b: Triple) -> Triple:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


def _dot(a: Triple, b: Triple) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _cross(a: Triple, b: Triple) -> Triple:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _middle(points: Sequence[Triple]) -> Triple:
    x, y, z = (sum(point[axis] for point in points) / len(points) for axis in range(3))
    return x, y, z
