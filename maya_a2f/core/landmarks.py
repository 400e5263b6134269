"""The places on a face that a fit may be told: their names, what they are called, and where they are on our head."""

from __future__ import annotations

from collections.abc import Mapping

from maya_a2f.core.head import Head
from maya_a2f.core.rig import Triple

LANDMARKS: Mapping[str, str] = {
    "noseTip": "Tip of the nose",
    "chin": "Tip of the chin",
    "mouthCornerLeft": "Left corner of the mouth",
    "mouthCornerRight": "Right corner of the mouth",
    "lipUpper": "Upper lip, middle of the inner edge",
    "lipLower": "Lower lip, middle of the inner edge",
    "eyeInnerLeft": "Left eye, inner corner",
    "eyeOuterLeft": "Left eye, outer corner",
    "eyeInnerRight": "Right eye, inner corner",
    "eyeOuterRight": "Right eye, outer corner",
}
"""Name -> words for people. Left and right are the character's own."""
_OF_ROW = {"lipUpper": ("lipUpperInner", 0.5), "lipLower": ("lipLowerInner", 0.5)} | {
    f"eye{end}{side}": (f"lidUpper{side}", place)
    for side in ("Left", "Right")
    for end, place in (("Inner", 0.0), ("Outer", 1.0))
}
"""Landmark -> row of vertices in the head's file, and how far along it."""


def landmark_places(head: Head) -> dict[str, Triple]:
    """Where each landmark is on a head of ours, centimetres; those that its file does not say are left out."""
    points = head.meshes[0].points
    places: dict[str, Triple] = {}
    for name in LANDMARKS:
        row, along = _OF_ROW.get(name, (name, 0.0))
        found = head.landmarks.get(row)
        vertices = found if isinstance(found, list) else [found]
        vertex = vertices[min(len(vertices) - 1, int(along * len(vertices)))] if vertices else None
        if isinstance(vertex, int) and 0 <= vertex < len(points) // 3:
            places[name] = (points[3 * vertex], points[3 * vertex + 1], points[3 * vertex + 2])
    return places
