"""Lips and mouth bag: curves of the closed mouth and the rings built on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from maya_a2f.training.head.forms import Array, Mask, front_points
from maya_a2f.training.head.proportions import MOUTH_HALF_WIDTH, MOUTH_Y

PLACES = 25
CORNER = 12
BORDER_RING, CONTACT_RING = 5, 8
"""Rings of the vermilion border and of the line where the lips meet."""
BAG_END_RING = 14


@dataclass(frozen=True)
class LipPlaces:
    """For each of the 25 places of a half ring: where along the lip, and on which lip."""

    along: Array
    """0 at the midline, 1 at the corner."""
    upper: Mask
    """True for the upper lip (the corner counts as neither: False in both)."""
    lower: Mask


def lip_places() -> LipPlaces:
    k = np.arange(PLACES)
    q = np.where(k <= CORNER, k, 2 * CORNER - k) / CORNER
    return LipPlaces(q, k < CORNER, k > CORNER)


def spread(q: Array) -> Array:
    """Share of the half width at place ``q``: denser towards the corner."""
    return np.asarray(0.55 * np.sin(q * np.pi / 2.0) + 0.45 * q)


def contact_height(s: Array) -> Array:
    """Height of the contact line at share ``s`` of the half width: a soft tubercle, a dip, corners slightly up."""
    return np.asarray(
        MOUTH_Y - 0.07 * np.exp(-((s / 0.16) ** 2)) + 0.05 * np.exp(-(((s - 0.42) / 0.2) ** 2)) + 0.17 * s**3
    )


def upper_height(s: Array) -> Array:
    """Height of the upper vermilion above the contact line: cupid's bow."""
    full = PchipInterpolator([0.0, 0.1, 0.24, 0.5, 0.75, 0.92, 1.0], [0.58, 0.61, 0.7, 0.55, 0.31, 0.11, 0.03])
    return np.asarray(full(np.clip(s, 0.0, 1.0)))


def lower_height(s: Array) -> Array:
    """Height of the lower vermilion below the contact line."""
    full = PchipInterpolator([0.0, 0.3, 0.55, 0.8, 0.93, 1.0], [0.92, 0.87, 0.69, 0.38, 0.15, 0.04])
    return np.asarray(full(np.clip(s, 0.0, 1.0)))


def arch_normal(x: Array) -> Array:
    """Horizontal outward direction (N, 3) of the lips' arch at ``x``."""
    angle = np.clip(x / 2.7, -1.0, 1.0) * np.radians(48.0)
    return np.column_stack([np.sin(angle), np.zeros_like(x), np.cos(angle)])


def _skin_ring(grow_x: float, share: float) -> Array:
    """(25, 3) skin points ``share`` of the lip's height away from the contact line (1 is the border)."""
    p = lip_places()
    s = spread(p.along)
    height = np.where(p.upper, upper_height(s), -lower_height(s)) * share
    height = np.where(p.along >= 1.0, 0.0, height)
    x = s * (MOUTH_HALF_WIDTH + grow_x)
    return front_points(np.column_stack([x, contact_height(s) + height]))


def outer_ring() -> Array:
    """(25, 3): the block's rim on the skin, from under the nose round the folds to above the chin."""
    k = np.arange(PLACES)
    angle = k / (PLACES - 1) * np.pi
    x = 3.75 * np.sin(angle) ** 0.95
    y = np.where(k <= CORNER, -6.72 + 1.37 * np.cos(angle), -6.72 + 2.58 * np.cos(angle))
    return front_points(np.column_stack([x, y]))


def lip_rings() -> Array:
    """(15, 25, 3): all rings of the half mouth at rest."""
    p = lip_places()
    s = spread(p.along)
    taper = np.clip(1.0 - s**3, 0.0, 1.0)[:, None]
    outer = outer_ring()
    rim = _skin_ring(0.2, 1.12)
    border = _skin_ring(0.08, 1.0)
    normal = arch_normal(border[:, 0])
    border = border + normal * 0.07 * taper
    rings = [outer]
    for share in (0.36, 0.66, 0.87):
        flat = outer[:, :2] + share * (rim[:, :2] - outer[:, :2])
        rings.append(front_points(flat))
    rings.append(rim)
    rings.append(border)
    contact = _skin_ring(-0.06, 0.0)
    normal = arch_normal(contact[:, 0])
    contact = contact - normal * (0.08 + 0.06 * taper)
    fullness = np.where(p.upper, 0.2, 0.27)[:, None] * taper
    for share in (0.36, 0.72):
        bulge = fullness * (np.sin(np.pi * (0.12 + 0.8 * share)))
        rings.append(border + share * (contact - border) + normal * bulge)
    rings.append(contact)
    rings.extend(_inner_rings(contact))
    return np.stack(rings)


def _inner_rings(contact: Array) -> list[Array]:
    """Rings 9..14: the inner lip, the vestibule outside the gums, and the bag behind the teeth."""
    p = lip_places()
    s = spread(p.along)
    sign = np.where(p.upper, 1.0, -1.0) * np.where(p.along >= 1.0, 0.0, 1.0)
    lift = np.cos(p.along * np.pi / 2.0) ** 0.5 * sign
    normal = arch_normal(contact[:, 0])
    out = [contact - normal * 0.22 + np.column_stack([0 * s, 0.1 * lift, 0 * s])]
    # (half width, rise, depth at the midline, depth at the corner)
    for width, rise, front, side in (
        (2.65, 0.8, 8.98, 7.4),
        (2.95, 1.7, 8.72, 6.2),
        (3.05, 2.3, 7.4, 4.5),
        (2.8, 2.5, 4.8, 3.3),
        (2.2, 2.2, 2.4, 1.9),
    ):
        x = width * np.sin(p.along * np.pi / 2.0)
        y = MOUTH_Y + rise * lift
        z = side + (front - side) * np.cos(p.along * np.pi / 2.0)
        out.append(np.column_stack([x, y, z]))
    return out
