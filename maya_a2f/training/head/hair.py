"""Hair, brows and upper lashes: small meshes lying on the skin, and how they follow it."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline, PchipInterpolator
from scipy.spatial import cKDTree

from maya_a2f.training.head import eyes
from maya_a2f.training.head.face import Face
from maya_a2f.training.head.forms import Array, front_points, gradient, traced
from maya_a2f.training.head.proportions import EYE_CENTRE, EYE_RADIUS
from maya_a2f.training.head.teeth import Mesh

BROW_STEPS, BROW_ROUND = 14, 6
# Frontal curve of the left brow (x, y) with its half height, from the inner end to the tail.
BROW = (
    (1.25, 2.3, 0.03),
    (1.5, 2.33, 0.15),
    (2.1, 2.44, 0.21),
    (3.0, 2.62, 0.2),
    (4.0, 2.66, 0.15),
    (4.8, 2.4, 0.08),
    (5.3, 2.08, 0.01),
)
LASH_PLACES = 15
HAIR_AROUND, HAIR_STEPS = 72, 12
HAIR_CENTRE = (0.0, 1.5, -1.2)
HAIR_AXIS_DEGREES = -18.0
"""Tilt of the hair's pole about x: the whorl lies behind the top of the head."""
# Hairline: azimuth in degrees from the front, and the angle from the pole down to the line.
HAIRLINE = (
    (0, 75.5), (11, 75.0), (22, 73.6), (32, 73.0), (41, 75.5), (50, 81.0), (60, 89.5), (69, 99.0), (76, 104.5),
    (82, 103.5), (90, 95.0), (102, 89.0), (116, 91.0), (128, 101.0), (142, 111.0), (160, 116.0), (180, 118.0),
)  # fmt: skip


def _mirrored(mesh: Mesh) -> Mesh:
    """Both sides: the given left one and its image."""
    n = len(mesh.points)
    flip = np.array([-1.0, 1.0, 1.0])
    return Mesh(
        np.concatenate([mesh.points, mesh.points * flip]),
        np.concatenate([mesh.quads, mesh.quads[:, ::-1] + n]),
        np.concatenate([mesh.uvs * [0.5, 1.0], mesh.uvs * [0.5, 1.0] + [0.5, 0.0]]),
        np.concatenate([mesh.materials, mesh.materials]),
    )


def _tube(sections: Array, flipped: bool) -> Mesh:
    """Closed-round strip from sections (N, M, 3); the ends stay open."""
    n, m = sections.shape[:2]
    ids = np.arange(n * m).reshape(n, m)
    after = np.roll(ids, -1, axis=1)
    quads = np.stack([ids[:-1], ids[1:], after[1:], after[:-1]], axis=-1).reshape(-1, 4)
    if flipped:
        quads = quads[:, ::-1]
    u, v = np.meshgrid(np.linspace(0, 1, n), np.linspace(0, 1, m), indexing="ij")
    return Mesh(
        sections.reshape(-1, 3), quads, np.column_stack([u.ravel(), v.ravel()]), np.zeros(len(quads), dtype=np.int64)
    )


def brows() -> Mesh:
    """Both brows: lens-shaped strips on the skin."""
    knots = np.array(BROW)
    run = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(knots[:, :2], axis=0), axis=1))])
    curve = CubicSpline(run / run[-1], knots)(np.linspace(0.0, 1.0, BROW_STEPS))
    angle = 2.0 * np.pi * np.arange(BROW_ROUND) / BROW_ROUND
    sections = []
    for x, y, half in curve:
        flat = np.column_stack([np.full(BROW_ROUND, x), y + half * np.cos(angle)])
        skin = front_points(flat)
        outward = gradient(skin)
        outward /= np.linalg.norm(outward, axis=1, keepdims=True)
        sections.append(skin + outward * (0.01 + 0.4 * half * np.sin(angle))[:, None])
    return _mirrored(_tube(np.stack(sections), True))


def lashes(face: Face) -> Mesh:
    """Both upper lash lines: wedges standing on the lid margin."""
    places = (eyes.INNER + np.arange(LASH_PLACES)) % eyes.PLACES
    share = np.linspace(0.0, 1.0, LASH_PLACES)
    margin = face.points[face.half.eye[eyes.MARGIN_RING][places]]
    outward = margin - np.asarray(EYE_CENTRE)
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    up = np.array([0.0, 1.0, 0.0])
    grown = np.clip(share * 5.0, 0.0, 1.0)[:, None]
    length = (0.2 * share**0.8 * np.sin(np.pi * np.clip(share * 0.93, 0, 1)) ** 0.5)[:, None]
    tip = margin + length * (0.8 * outward + 0.55 * up + np.column_stack([0.5 * share - 0.1, 0 * share, 0 * share]))
    sections = np.stack(
        [margin + grown * (0.03 * up) + 0.01 * outward, tip, margin - grown * (0.02 * up) - 0.01 * outward], axis=1
    )
    return _mirrored(_tube(sections, True))


def followed(mesh: Mesh, face: Face, field: Array) -> Array:
    """Displacements of a mesh that lies on the skin under the face's ``field``: mean of the nearest skin vertices."""
    visible = np.ones(face.count, dtype=bool)
    hidden = np.concatenate([face.half.eye[7:].ravel(), face.half.mouth[9:].ravel(), face.half.throat.ravel()])
    visible[hidden] = False
    visible[face.mirror.twin[hidden]] = False
    ids = np.flatnonzero(visible)
    distance, near = cKDTree(face.points[ids]).query(mesh.points, k=4)
    weight = 1.0 / np.maximum(distance, 0.05) ** 2
    weight /= weight.sum(1, keepdims=True)
    return np.asarray((field[ids[near]] * weight[..., None]).sum(1))


def lash_motion(mesh: Mesh, face: Face, field: Array) -> Array:
    """Displacements of the lashes: the roots go with the lid margin, the tips turn with it about the eye."""
    n = len(mesh.points) // 2
    places = (eyes.INNER + np.arange(LASH_PLACES)) % eyes.PLACES
    ids = face.half.eye[eyes.MARGIN_RING][places]
    out = np.zeros_like(mesh.points)
    for half, vertices in ((0, ids), (1, face.mirror.twin[ids])):
        move = field[vertices]
        angle = -np.clip(move[:, 1] / (EYE_RADIUS + 0.15), -1.0, 1.0) * 0.9
        own = mesh.points[half * n : (half + 1) * n].reshape(LASH_PLACES, 3, 3)
        arm = own - face.points[vertices][:, None]
        c, s = np.cos(angle)[:, None], np.sin(angle)[:, None]
        turned = np.stack([arm[..., 0], c * arm[..., 1] - s * arm[..., 2], s * arm[..., 1] + c * arm[..., 2]], axis=-1)
        out[half * n : (half + 1) * n] = (move[:, None] + turned - arm).reshape(-1, 3)
    return out


def hair() -> Mesh:
    """A short cap of hair from the whorl to the hairline, a little thicker on top; symmetric."""
    azimuth = 2.0 * np.pi * np.arange(HAIR_AROUND) / HAIR_AROUND
    from_front = np.degrees(np.minimum(azimuth, 2.0 * np.pi - azimuth))
    line = np.array(HAIRLINE, dtype=float)
    reach = np.radians(PchipInterpolator(line[:, 0], line[:, 1])(from_front))
    step = np.linspace(0.0, 1.0, HAIR_STEPS + 1)[1:] ** 0.9
    polar = step[:, None] * reach[None]
    tilt = np.radians(HAIR_AXIS_DEGREES)
    flat = np.stack([np.sin(polar) * np.sin(azimuth), np.cos(polar), np.sin(polar) * np.cos(azimuth)], axis=-1)
    turn = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    direction = flat.reshape(-1, 3) @ turn.T
    pole = turn[:, 1]
    direction = np.concatenate([direction, pole[None]])
    skin = traced(np.asarray(HAIR_CENTRE) + 20.0 * direction, -direction)
    outward = gradient(skin)
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    edge = np.interp(step, [0.0, 0.6, 0.85, 0.95, 1.0], [1.0, 0.95, 0.78, 0.6, -0.6])
    front = 0.5 + 0.5 * np.cos(azimuth)
    thick = 0.3 + 0.32 * np.clip(np.cos(polar), 0, 1) + 0.55 * front[None] ** 2 * np.sin(polar) ** 2
    # Clumps that turn aside on their way down, deeper towards the line.
    clump = np.cos(np.radians(from_front)[None] * 15.0 + 2.4 * step[:, None] ** 1.5)
    thick = thick * edge[:, None] + 0.09 * np.clip(step[:, None] * 2.0, 0, 1) * clump * (step[:, None] < 0.999)
    thick = np.append(thick.ravel(), 0.62)
    points = skin + outward * thick[:, None]
    ring = np.arange(HAIR_AROUND)
    other = (HAIR_AROUND - ring) % HAIR_AROUND
    grid = points[:-1].reshape(HAIR_STEPS, HAIR_AROUND, 3)
    right = ring > HAIR_AROUND // 2
    grid[:, right] = grid[:, other[right]] * np.array([-1.0, 1.0, 1.0])
    grid[:, [0, HAIR_AROUND // 2], 0] = 0.0
    points = np.concatenate([grid.reshape(-1, 3), points[-1:] * [0.0, 1.0, 1.0]])
    ids = np.arange(HAIR_STEPS * HAIR_AROUND).reshape(HAIR_STEPS, HAIR_AROUND)
    after = np.roll(ids, -1, axis=1)
    sides = np.stack([ids[:-1], ids[1:], after[1:], after[:-1]], axis=-1).reshape(-1, 4)
    # Pairs of cells share the pole, so that the cap stays all quads and symmetric.
    cap = np.array(
        [[ids[0, k - 1], ids[0, k], ids[0, (k + 1) % HAIR_AROUND], len(points) - 1] for k in range(0, HAIR_AROUND, 2)]
    )
    turned = polar.ravel() / np.pi * 0.7
    around = np.tile(azimuth, HAIR_STEPS)
    uvs = np.column_stack([0.5 + turned * np.sin(around), 0.5 + turned * np.cos(around)])
    quads = np.concatenate([sides, cap])
    return Mesh(points, quads, np.concatenate([uvs, [[0.5, 0.5]]]), np.zeros(len(quads), dtype=np.int64))
