"""The tongue: a rounded body from root to tip, and its local frame for the tongue shapes."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline

from maya_a2f.training.head.forms import Array
from maya_a2f.training.head.teeth import Mesh

LENGTH_STEPS, ROUND_STEPS = 16, 16
# Midline of the dorsum from root to tip: (y, z); half width and half thickness along it.
SPINE_Y = (-9.2, -7.7, -6.65, -6.4, -6.65, -7.1, -7.4)
SPINE_Z = (1.0, 1.7, 3.1, 4.8, 6.2, 7.1, 7.5)
HALF_WIDTH = (1.6, 1.85, 1.95, 1.9, 1.65, 1.2, 0.65)
THICKNESS = (1.6, 1.7, 1.7, 1.5, 1.1, 0.65, 0.3)


def spine(t: Array) -> tuple[Array, Array, Array]:
    """Dorsum midline (N, 2: y, z), half width (N,) and thickness (N,) at shares ``t`` of the length."""
    knots = np.linspace(0.0, 1.0, len(SPINE_Y))
    curve = CubicSpline(knots, np.column_stack([SPINE_Y, SPINE_Z, HALF_WIDTH, THICKNESS]))(t)
    return np.asarray(curve[:, :2]), np.asarray(curve[:, 2]), np.asarray(curve[:, 3])


def tongue() -> tuple[Mesh, Array]:
    """The mesh, and per vertex (share of the length 0 root .. 1 tip, side -1 .. 1, height 0 bottom .. 1 dorsum)."""
    t = np.linspace(0.0, 1.0, LENGTH_STEPS)
    middle, width, thick = spine(t)
    angle = 2.0 * np.pi * np.arange(ROUND_STEPS) / ROUND_STEPS
    rings = []
    coordinates = []
    for k in range(LENGTH_STEPS):
        side, up = np.sin(angle), np.cos(angle)
        groove = -0.12 * np.exp(-((side / 0.22) ** 2)) * (up > 0) * np.sin(np.pi * t[k])
        top = np.where(up > 0, up * 0.45, up * 0.55)
        y = middle[k, 0] + thick[k] * (top - 0.45) + groove
        rings.append(
            np.column_stack([width[k] * np.sign(side) * np.abs(side) ** 0.85, y, np.full(ROUND_STEPS, middle[k, 1])])
        )
        coordinates.append(np.column_stack([np.full(ROUND_STEPS, t[k]), side, 0.5 + 0.5 * up]))
    tip = rings[-1].mean(0) + np.array([0.0, -0.02, 0.22])
    points = np.concatenate([*rings, tip[None]])
    points[np.abs(points[:, 0]) < 1e-9, 0] = 0.0
    places = np.concatenate([*coordinates, [[1.0, 0.0, 0.5]]])
    ids = np.arange(LENGTH_STEPS * ROUND_STEPS).reshape(LENGTH_STEPS, ROUND_STEPS)
    after = np.roll(ids, -1, axis=1)
    quads = [np.stack([ids[:-1], ids[1:], after[1:], after[:-1]], axis=-1).reshape(-1, 4)]
    end = LENGTH_STEPS * ROUND_STEPS
    last = ids[-1]
    quads.append(np.array([[last[k], end, last[(k + 2) % ROUND_STEPS], last[k + 1]] for k in range(0, ROUND_STEPS, 2)]))
    faces = np.concatenate(quads)
    uvs = np.concatenate(
        [
            np.column_stack([np.abs(angle / np.pi - 1.0) * 0.5 + 0.5 * (angle > np.pi), np.full(ROUND_STEPS, v)])
            for v in t * 0.95
        ]
    )
    uvs = np.concatenate([uvs, [[0.5, 1.0]]])
    return Mesh(points, faces, uvs, np.zeros(len(faces), dtype=np.int64)), places


def joint_positions() -> list[tuple[float, float, float]]:
    """Places of tongue1..tongue4 from root to tip, inside the body."""
    t = np.array([0.12, 0.4, 0.65, 0.88])
    middle, _, thick = spine(t)
    return [(0.0, float(y - 0.45 * h), float(z)) for (y, z), h in zip(middle, thick, strict=True)]
