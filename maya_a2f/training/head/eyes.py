"""Lids on the eyeball's sphere, the rings between lid and orbit, and the eyeball meshes."""

from __future__ import annotations

import numpy as np

from maya_a2f.training.head.forms import Array, front_points, projected
from maya_a2f.training.head.proportions import EYE_CENTRE, EYE_RADIUS

PLACES = 28
INNER, OUTER = 25, 11
"""Ring places of the inner and outer corner of the lids (the ring starts at its upper inner corner, clockwise)."""
CREASE_RING, MARGIN_RING, WET_RING = 4, 6, 7
LID_THICKNESS = 0.15
CREASE = {3: 0.05, 4: -0.07}
"""Offsets of two rings of the upper lid in centimetres: the fold over the lid and the furrow under it."""
CLEARANCE = 0.03
"""Distance of the inner lid edge from the eyeball."""


def directions(angles: Array) -> Array:
    """Unit vectors (N, 3) for (azimuth outwards, elevation) in degrees (N, 2) about the eye's forward axis."""
    a, e = np.radians(angles[:, 0]), np.radians(angles[:, 1])
    return np.column_stack([np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)])


def angles_of(points: Array) -> Array:
    """Inverse of :func:`directions` for points round the left eye, degrees (N, 2)."""
    d = points - np.asarray(EYE_CENTRE)
    d = d / np.linalg.norm(d, axis=1, keepdims=True)
    return np.column_stack([np.degrees(np.arctan2(d[:, 0], d[:, 2])), np.degrees(np.arcsin(np.clip(d[:, 1], -1, 1)))])


def place_share() -> tuple[Array, Array]:
    """(share, upper): 0 at the inner corner to 1 at the outer one, and whether the place is on the upper lid."""
    k = np.arange(PLACES)
    steps_upper = (OUTER - INNER) % PLACES
    forward = (k - INNER) % PLACES
    upper = forward <= steps_upper
    share = np.where(upper, forward / steps_upper, (PLACES - forward) / (PLACES - steps_upper))
    return np.asarray(share, dtype=np.float64), np.asarray(upper & (forward > 0) & (forward < steps_upper))


INNER_AZIMUTH, OUTER_AZIMUTH = -58.0, 64.0
INNER_ELEVATION, OUTER_ELEVATION = -6.0, 4.0
UPPER_OPEN, LOWER_OPEN = 24.5, -22.5


def lid_angles(upper_peak: float = UPPER_OPEN, lower_peak: float = LOWER_OPEN) -> Array:
    """(28, 2) angles of the lid margin; the peaks are elevations in degrees at the middle of each lid."""
    share, upper = place_share()
    # Even spacing in the frontal view, not in angle: steps near the corners would be too short otherwise.
    azimuth = INNER_AZIMUTH + (OUTER_AZIMUTH - INNER_AZIMUTH) * (
        0.75 * share + 0.25 * (0.5 - 0.5 * np.cos(np.pi * share))
    )
    base = INNER_ELEVATION + (OUTER_ELEVATION - INNER_ELEVATION) * share
    u = share**0.86
    arch_upper = np.sin(np.pi * u) ** 0.78
    w = share**1.12
    arch_lower = np.sin(np.pi * w) ** 0.85
    elevation = np.where(upper, base + (upper_peak - 0.0) * arch_upper, base + (lower_peak + 1.0) * arch_lower)
    corner = (share <= 0.0) | (share >= 1.0)
    return np.column_stack([azimuth, np.where(corner, base, elevation)])


def outer_ring() -> Array:
    """(28, 3): the block's rim on the skin, an oval round the orbit."""
    k = np.arange(PLACES)
    angle = np.pi - (k - INNER) % PLACES / PLACES * 2.0 * np.pi
    half = np.where(np.sin(angle) > 0, 1.75, 2.0)
    x = 3.5 + 2.25 * np.cos(angle)
    y = 0.05 + half * np.sin(angle) + 0.12 * np.cos(angle)
    return front_points(np.column_stack([x, y]))


def lid_rings(margin_angles: Array | None = None) -> Array:
    """(10, 28, 3): rings of the left eye from orbit to the inside of the lids."""
    margin = lid_angles() if margin_angles is None else margin_angles
    outer = outer_ring()
    outer_angles = angles_of(outer)
    centre = np.asarray(EYE_CENTRE)
    rings = [outer]
    places, upper = place_share()
    for share in (0.3, 0.56, 0.75, 0.86):
        near = centre + (EYE_RADIUS + 0.2) * directions(outer_angles + share * (margin - outer_angles))
        skin = projected(outer + share * (near - outer), 6)
        rings.append(
            skin
            + CREASE.get(len(rings), 0.0)
            * (upper * np.sin(np.pi * places) ** 0.6)[:, None]
            * directions(angles_of(skin))
        )
    # The inner corner is filled up to the skin of the nose: a wedge of flesh instead of a deep wall.
    caruncle = 0.34 * np.exp(-((places / 0.12) ** 2))[:, None]
    rings.append(
        centre + (EYE_RADIUS + LID_THICKNESS + caruncle) * directions(outer_angles + 0.95 * (margin - outer_angles))
    )
    rings.append(centre + (EYE_RADIUS + LID_THICKNESS - 0.03 + caruncle) * directions(margin))
    rings.append(centre + (EYE_RADIUS + CLEARANCE + 0.6 * caruncle) * directions(margin * 0.995))
    wide = margin.copy()
    for grow, radius in ((1.25, 0.02), (1.6, 0.05)):
        away = np.array([2.0, 0.0]) + (wide - np.array([2.0, 0.0])) * grow
        rings.append(centre + (EYE_RADIUS + radius) * directions(np.clip(away, -100, 100)))
    return np.stack(rings)
