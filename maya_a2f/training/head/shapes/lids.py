"""Lid shapes: the rings of the lids turned about the eyeball's centre, never into it."""

from __future__ import annotations

import numpy as np

from maya_a2f.training.head import eyes
from maya_a2f.training.head.face import Face, lid_partners
from maya_a2f.training.head.fields import bump
from maya_a2f.training.head.forms import Array
from maya_a2f.training.head.proportions import EYE_CENTRE, EYE_RADIUS

FOLLOW = {1: 0.04, 2: 0.16, 3: 0.42, 4: 0.74, 5: 0.94, 6: 1.0, 7: 1.0, 8: 0.8, 9: 0.4}
"""Share of the margin's turn that each ring takes."""
CLOSED_CLEARANCE = 0.16
"""Distance of the closed lids' inner edge from the eyeball; keeps the straight path of a blink outside the sphere."""


def closed_elevation() -> Array:
    """(28,) elevation of the lid margin when closed: a shallow arc under the middle."""
    share, _ = eyes.place_share()
    base = eyes.INNER_ELEVATION + (eyes.OUTER_ELEVATION - eyes.INNER_ELEVATION) * share
    return np.asarray(base - 10.0 * np.sin(np.pi * share) ** 0.9)


def turned(face: Face, turns: Array, lift: Array, slide: float = 0.0) -> Array:
    """Field (V, 3) for the left eye from margin turns (28,) in degrees, clearance (28,) in cm, azimuth slide."""
    field = np.zeros((face.count, 3))
    centre = np.asarray(EYE_CENTRE)
    for ring, follow in FOLLOW.items():
        ids = face.half.eye[ring]
        rest = face.points[ids]
        radius = np.linalg.norm(rest - centre, axis=1)
        angles = eyes.angles_of(rest)
        moved = angles + np.column_stack([np.full(eyes.PLACES, slide), turns]) * follow
        target = np.maximum(radius, EYE_RADIUS + eyes.CLEARANCE) + lift * (follow if ring != 8 else 0.3)
        place = centre + target[:, None] * eyes.directions(moved)
        if ring < 4:
            # Skin beyond the crease slides along itself: its depth is not a sphere's.
            place[:, 2] = rest[:, 2] + 0.5 * (place[:, 2] - rest[:, 2])
        field[ids] = place - rest
    return field


def peak_turns(upper: float, lower: float) -> Array:
    """(28,) margin turns that peak at the middle of each lid and vanish in the corners."""
    share, _ = eyes.place_share()
    is_upper = np.zeros(eyes.PLACES, dtype=bool)
    top, _ = lid_partners()
    is_upper[top] = True
    weight = np.sin(np.pi * share) ** 0.7
    return np.asarray(np.where(is_upper, upper, lower) * weight)


def blink(face: Face) -> Array:
    """Left blink: both margins meet on one curve."""
    margin = eyes.lid_angles()
    turns = closed_elevation() - margin[:, 1]
    share, _ = eyes.place_share()
    lift = CLOSED_CLEARANCE * np.sin(np.pi * share) ** 0.5
    field = turned(face, turns, lift)
    top, bottom = lid_partners()
    for ring in (eyes.MARGIN_RING, eyes.WET_RING):
        upper, lower = face.half.eye[ring][top], face.half.eye[ring][bottom]
        meet = 0.5 * (face.points[upper] + field[upper] + face.points[lower] + field[lower])
        field[upper] = meet - face.points[upper]
        field[lower] = meet - face.points[lower]
    return field


def lid_shapes(face: Face) -> dict[str, Array]:
    """eyeBlink, eyeLook*, eyeSquint, eyeWide, both sides."""
    share, _ = eyes.place_share()
    soft = np.sin(np.pi * share)
    p = face.points
    cheek = bump(p, (3.3, -1.9, 7.9), (1.6, 0.7, 1.6))[:, None] * np.array([0.0, 0.2, 0.06])
    cheek *= (face.column >= 0)[:, None]
    left = {
        "eyeBlink": blink(face),
        "eyeLookDown": turned(face, peak_turns(-15.0, -5.0), 0.03 * soft),
        "eyeLookUp": turned(face, peak_turns(7.0, 4.0), 0.01 * soft),
        "eyeLookIn": turned(face, peak_turns(-1.0, 0.5), 0.01 * soft, -2.0),
        "eyeLookOut": turned(face, peak_turns(-1.0, 0.5), 0.01 * soft, 2.0),
        "eyeSquint": turned(face, peak_turns(-5.0, 10.0), 0.04 * soft) + cheek,
        "eyeWide": turned(face, peak_turns(9.0, -3.0), 0.02 * soft),
    }
    shapes: dict[str, Array] = {}
    for name, field in left.items():
        shapes[name + "Left"] = field
        shapes[name + "Right"] = face.swapped(field)
    return shapes
