"""Upper and lower teeth with gums: a row of crowns along a dental arch, rooted in a gum band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from maya_a2f.training.head.forms import Array

# Crown widths from the midline outwards (cm): incisors, canine, premolars, molars.
UPPER_WIDTHS = (0.86, 0.68, 0.76, 0.7, 0.68, 0.95, 0.9)
LOWER_WIDTHS = (0.55, 0.6, 0.68, 0.7, 0.7, 1.0, 0.95)
UPPER_HEIGHTS = (1.0, 0.9, 1.0, 0.85, 0.8, 0.75, 0.7)
LOWER_HEIGHTS = (0.85, 0.87, 0.95, 0.85, 0.8, 0.75, 0.7)
UPPER_EDGE_Y, LOWER_EDGE_Y = -7.08, -6.98
STEPS_PER_TOOTH = 3
SQUARENESS = 2.4
"""Exponent of the arch: 2 is an ellipse; more brings the canines forward, towards the corners of the mouth."""
# Profile of a crown and its gum, from the gum's outer root over the edge to the inner root: (depth across the arch
# outwards, share of the crown height from the edge; above 1 lies the gum), and whether it is tooth.
PROFILE = ((0.0, 2.1), (0.24, 1.5), (0.22, 1.04), (0.16, 1.0), (0.24, 0.62), (0.2, 0.25), (0.1, 0.02),
           (-0.02, 0.0), (-0.2, 0.3), (-0.34, 0.9), (-0.36, 1.06), (-0.5, 1.6), (-0.4, 2.1))  # fmt: skip
TOOTH_ROWS = (3, 10)
"""Profile rows between which faces are tooth, the others gum."""


@dataclass(frozen=True)
class Arch:
    """A horizontal dental arch: half a superellipse about (0, centre_z), long sides running back."""

    half_width: float
    front_z: float
    centre_z: float

    def at(self, length: Array) -> tuple[Array, Array]:
        """Points (N, 2: x, z) and outward normals (N, 2) at signed arc lengths (N,) from the midline."""
        t = np.linspace(0.0, 1.0, 800)
        angle = t * 0.5 * np.pi
        across, along = np.sin(angle) ** (2.0 / SQUARENESS), np.cos(angle) ** (2.0 / SQUARENESS)
        x = np.concatenate([self.half_width * across, np.full(200, self.half_width)])
        z = np.concatenate(
            [
                self.centre_z + (self.front_z - self.centre_z) * along,
                self.centre_z - np.linspace(0.01, 4.0, 200),
            ]
        )
        run = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(z)))])
        s = np.abs(length)
        points = np.column_stack([np.interp(s, run, x), np.interp(s, run, z)])
        ahead = np.column_stack([np.interp(s + 0.05, run, x), np.interp(s + 0.05, run, z)])
        behind = np.column_stack(
            [np.interp(np.maximum(s - 0.05, 0), run, x), np.interp(np.maximum(s - 0.05, 0), run, z)]
        )
        tangent = ahead - behind
        tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
        normal = np.column_stack([-tangent[:, 1], tangent[:, 0]])
        normal[s < 1e-9] = (0.0, 1.0)
        side = np.where(length < 0, -1.0, 1.0)
        points[:, 0] *= side
        normal[:, 0] *= side
        return points, normal


UPPER_ARCH = Arch(2.5, 8.55, 5.4)
LOWER_ARCH = Arch(2.3, 8.25, 5.3)


@dataclass(frozen=True)
class Mesh:
    """A quad mesh with one UV per vertex and a material index per face."""

    points: Array
    quads: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    uvs: Array
    materials: np.ndarray[tuple[int, ...], np.dtype[np.int64]]


def teeth(upper: bool) -> Mesh:
    """One row of 14 teeth; material 0 is tooth, 1 gum. Mirror-symmetric in x."""
    widths = np.array(UPPER_WIDTHS if upper else LOWER_WIDTHS)
    heights = np.array(UPPER_HEIGHTS if upper else LOWER_HEIGHTS)
    arch, edge = (UPPER_ARCH, UPPER_EDGE_Y) if upper else (LOWER_ARCH, LOWER_EDGE_Y)
    borders = np.concatenate([[0.0], np.cumsum(widths)])
    local = np.linspace(0.0, 1.0, STEPS_PER_TOOTH + 1)
    s, bump, height = [], [], []
    for k, (start, width) in enumerate(zip(borders[:-1], widths, strict=True)):
        for u in local[:-1] if k < len(widths) - 1 else local:
            s.append(start + width * u)
            bump.append(np.sin(np.pi * u) ** 0.7)
            before = heights[k - 1] if k else heights[0]
            height.append(heights[k] if u > 0 else 0.5 * (heights[k] + before))
    run = np.concatenate([-np.array(s[:0:-1]), s])
    swell = np.concatenate([bump[:0:-1], bump])
    tall = np.concatenate([height[:0:-1], height])
    return _swept(arch, edge, 1.0 if upper else -1.0, run, swell, tall)


def _swept(arch: Arch, edge: float, sign: float, run: Array, swell: Array, tall: Array) -> Mesh:
    centre, normal = arch.at(run)
    back = np.clip((np.abs(run) - 2.3) / 2.0, 0.0, 1.0)
    rows = []
    for across, up in PROFILE:
        is_crown = up <= 1.0
        notch = (1.0 - swell) * (0.08 if is_crown else 0.03)
        thick = across * (1.0 + 0.6 * back * (across < 0)) - notch * np.sign(across)
        rise = tall * up + (1.0 - swell) * (0.05 if up < 0.3 else (-0.12 if 0.9 < up < 1.1 else 0.0))
        rows.append(
            np.column_stack(
                [
                    centre[:, 0] + normal[:, 0] * thick,
                    edge + sign * (rise + 0.1 * back),
                    centre[:, 1] + normal[:, 1] * thick,
                ]
            )
        )
    grid = np.stack(rows)
    count, length = grid.shape[:2]
    ids = np.arange(count * length).reshape(count, length)
    quads = np.stack([ids[:-1, :-1], ids[:-1, 1:], ids[1:, 1:], ids[1:, :-1]], axis=-1).reshape(-1, 4)
    if sign > 0:
        quads = quads[:, ::-1]
    profile_row = np.repeat(np.arange(count - 1), length - 1)
    gum = (profile_row < TOOTH_ROWS[0]) | (profile_row >= TOOTH_ROWS[1])
    u, v = np.meshgrid(np.linspace(0, 1, length), np.linspace(0, 1, count))
    return Mesh(grid.reshape(-1, 3), quads, np.column_stack([u.ravel(), v.ravel()]), gum.astype(np.int64))


def jaw_points(lower: Mesh) -> list[int]:
    """Five vertices of the lower teeth, spread and not in one plane: incisor edge, canines' gum, molars' edge."""
    length = len(lower.points) // len(PROFILE)
    middle = length // 2

    def at(row: int, offset: int) -> int:
        return row * length + middle + offset

    return [at(7, 0), at(1, 7), at(1, -7), at(7, 18), at(7, -18)]
