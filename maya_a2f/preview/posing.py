"""From attribute tracks to the vertices of every frame.

A frame is evaluated as in the scene: first the blend shapes of each mesh (rest + Σ weight · delta), then the joint the
mesh follows. A joint turns about its rest position in XYZ order (about X first, then Y, then Z; columns: R = Rz·Ry·Rx),
moves by its translation, and is carried by its parent: p' = parent(R·(p - c) + c + t).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix

from maya_a2f.errors import UserError
from maya_a2f.preview.arrays import FloatArray, IntArray, normalised
from maya_a2f.preview.head_mesh import HeadMesh, HeadPart

_AXES = ("X", "Y", "Z")


@dataclass(frozen=True)
class Motion:
    """Attribute tracks, sorted by what they move."""

    frame_count: int
    shaping: Mapping[str, tuple[FloatArray, FloatArray]]
    """Part -> (F, S) weights of the S shapes that move at all, and their (S, 3·V) deltas."""
    turns: Mapping[str, NDArray[np.float64]]
    """Part -> (F, 3, 3) rotation from rest to world, only for parts that turn or move."""
    shifts: Mapping[str, NDArray[np.float64]]
    """Part -> (F, 3): world = turn · rest + shift."""


AT_REST = Motion(1, {}, {}, {})
"""One frame in which nothing moves."""


@dataclass(frozen=True)
class PosedFrames:
    """A run of frames; the vertices of all parts one after another, in the head's order."""

    points: FloatArray
    """(C, V, 3) centimetres."""
    normals: FloatArray
    """(C, V, 3) unit, smooth, outward."""


class HeadPoser:
    """Poses one head. The attributes it knows:

    - ``<mesh><shapes_suffix>.<shape>``: weight of a blend shape of that mesh; the first mesh that has a shape leads,
      and the others follow it unless they have a track of their own;
    - ``<joint><joint_suffix>.rotateX/Y/Z``: degrees;
    - ``<joint><joint_suffix>.translateX/Y/Z``: centimetres, as offset from rest; with ``local_translations`` as the
      joint's position in its parent, the way a scene stores it (rest is then the joint's place, not 0).
    """

    def __init__(
        self,
        head: HeadMesh,
        *,
        joint_suffix: str = "",
        shapes_suffix: str = "_shapes",
        local_translations: bool = False,
    ) -> None:
        self.head = head
        self._rest = head.points
        self._slices = head.slices
        self._normal_sums = {part.name: _QuadNormals(part) for part in head.parts}
        self._rest_normals = {part.name: self._normal_sums[part.name].of(part.points[None])[0] for part in head.parts}
        self._shape_of = {
            f"{part.name}{shapes_suffix}.{shape}": (part.name, shape) for part in head.parts for shape in part.shapes
        }
        self._followers = _followers(head, shapes_suffix)
        self._joint_of = {f"{joint.name}{joint_suffix}": joint.name for joint in head.joints}
        self._local_translations = local_translations
        self._deltas: dict[str, FloatArray] = {}

    @property
    def attributes(self) -> tuple[str, ...]:
        """Every attribute the head offers."""
        turning = (
            f"{node}.{kind}{axis}" for node in self._joint_of for kind in ("rotate", "translate") for axis in "XYZ"
        )
        return (*self._shape_of, *turning)

    def motion(self, samples: Mapping[str, ArrayLike]) -> Motion:
        """Sort tracks, one value per frame each, into what they move.

        Raises :class:`UserError` ``preview.unknown_attribute``, ``preview.uneven`` (tracks of different lengths) or
        ``preview.not_finite``.
        """
        tracks = {name: np.atleast_1d(np.asarray(values, np.float64)) for name, values in samples.items()}
        frame_count = max((len(track) for track in tracks.values()), default=0)
        weights: dict[str, dict[str, NDArray[np.float64]]] = {part.name: {} for part in self.head.parts}
        moves: dict[str, dict[str, NDArray[np.float64]]] = {}
        for name, track in tracks.items():
            _check(name, track, frame_count)
            node, _, attribute = name.rpartition(".")
            if name in self._shape_of:
                part, shape = self._shape_of[name]
                weights[part][shape] = track
                for follower in self._followers.get(name, ()):
                    weights[follower].setdefault(shape, track)
            elif node in self._joint_of and attribute in _JOINT_ATTRIBUTES:
                moves.setdefault(self._joint_of[node], {})[attribute] = track
            else:
                raise UserError(
                    f"The head '{self.head.name}' has no attribute '{name}'.",
                    code="preview.unknown_attribute",
                    hint="Use a rig map made for this head.",
                )
        turns, shifts = self._part_transforms(moves, frame_count)
        moving = {part.name: self._moving(part, weights[part.name]) for part in self.head.parts}
        shaping = {part: matrices for part, matrices in moving.items() if matrices is not None}
        return Motion(frame_count, shaping, turns, shifts)

    def frames(self, motion: Motion, start: int, stop: int) -> PosedFrames:
        """Frames start…stop-1 of a motion. One matrix product per mesh."""
        count = stop - start
        points = np.empty((count, len(self._rest), 3), np.float32)
        normals = np.empty_like(points)
        for part in self.head.parts:
            where = self._slices[part.name]
            if part.name in motion.shaping:
                weights, deltas = motion.shaping[part.name]
                shaped = (weights[start:stop] @ deltas).reshape(count, -1, 3)
                shaped += part.points
                points[:, where] = shaped
                normals[:, where] = self._normal_sums[part.name].of(shaped)
            else:
                points[:, where] = part.points
                normals[:, where] = self._rest_normals[part.name]
            if part.name in motion.turns:
                turn = motion.turns[part.name][start:stop].astype(np.float32)
                shift = motion.shifts[part.name][start:stop].astype(np.float32)
                across = turn.transpose(0, 2, 1)
                points[:, where] = points[:, where] @ across + shift[:, None]
                normals[:, where] = normals[:, where] @ across
        return PosedFrames(points, normals)

    def pose(self, values: Mapping[str, float]) -> PosedFrames:
        """One frame from one value per attribute; attributes left out are at rest."""
        motion = self.motion({name: [value] for name, value in values.items()}) if values else AT_REST
        return self.frames(motion, 0, 1)

    def _moving(self, part: HeadPart, rows: Mapping[str, NDArray[np.float64]]) -> tuple[FloatArray, FloatArray] | None:
        """(F, S) weights and (S, 3·V) deltas of the shapes whose track is not all zero; None without any."""
        names = [name for name, track in rows.items() if track.any()]
        if not names:
            return None
        places = {name: place for place, name in enumerate(part.shapes)}
        weights = np.stack([rows[name] for name in names], 1).astype(np.float32)
        return weights, self._deltas_of(part)[[places[name] for name in names]]

    def _deltas_of(self, part: HeadPart) -> FloatArray:
        """(S, 3·V) of all shapes of a part, in its order; made when first asked for."""
        if part.name not in self._deltas:
            deltas = np.zeros((len(part.shapes), len(part.points), 3), np.float32)
            for row, shape in zip(deltas, part.shapes.values(), strict=True):
                row[shape.indices] = shape.deltas
            self._deltas[part.name] = deltas.reshape(len(deltas), -1)
        return self._deltas[part.name]

    def _part_transforms(
        self, moves: Mapping[str, Mapping[str, NDArray[np.float64]]], frame_count: int
    ) -> tuple[dict[str, NDArray[np.float64]], dict[str, NDArray[np.float64]]]:
        turns: dict[str, NDArray[np.float64]] = {}
        shifts: dict[str, NDArray[np.float64]] = {}
        place = {joint.name: np.asarray(joint.position, np.float64) for joint in self.head.joints}
        for joint in self.head.joints:
            own = moves.get(joint.name)
            if own is None and joint.parent not in turns:
                continue
            center = place[joint.name]
            rest = center - (place[joint.parent] if joint.parent else 0.0) if self._local_translations else np.zeros(3)
            turn = rotations_xyz(_stacked(own, "rotate", frame_count, np.zeros(3)))
            shift = _stacked(own, "translate", frame_count, rest) - rest + center - turn @ center
            if joint.parent in turns:
                shift = np.einsum("fij,fj->fi", turns[joint.parent], shift) + shifts[joint.parent]
                turn = turns[joint.parent] @ turn
            turns[joint.name], shifts[joint.name] = turn, shift
        carried = [(part.name, part.joint) for part in self.head.parts if part.joint in turns]
        return {part: turns[joint] for part, joint in carried}, {part: shifts[joint] for part, joint in carried}


def _followers(head: HeadMesh, shapes_suffix: str) -> dict[str, list[str]]:
    """Attribute of the first part that has a shape -> the other parts that have it."""
    parts: dict[str, list[str]] = {}
    for part in head.parts:
        for shape in part.shapes:
            parts.setdefault(shape, []).append(part.name)
    return {f"{leader}{shapes_suffix}.{shape}": others for shape, (leader, *others) in parts.items() if others}


_JOINT_ATTRIBUTES = frozenset(f"{kind}{axis}" for kind in ("rotate", "translate") for axis in _AXES)


def rotations_xyz(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """(F, 3) angles -> (F, 3, 3) matrices Rz·Ry·Rx that turn column vectors: Maya's rotate order ``xyz``."""
    (cx, cy, cz), (sx, sy, sz) = np.cos(np.radians(degrees)).T, np.sin(np.radians(degrees)).T
    result = np.empty((len(degrees), 3, 3))
    result[:, 0, 0], result[:, 0, 1], result[:, 0, 2] = cy * cz, sx * sy * cz - cx * sz, cx * sy * cz + sx * sz
    result[:, 1, 0], result[:, 1, 1], result[:, 1, 2] = cy * sz, sx * sy * sz + cx * cz, cx * sy * sz - sx * cz
    result[:, 2, 0], result[:, 2, 1], result[:, 2, 2] = -sy, sx * cy, cx * cy
    return result


class _QuadNormals:
    """Smooth vertex normals of one mesh: the sum of the area normals of the faces around, made unit.

    A quad's area normal is half the cross product of its diagonals; for a triangle written as (a, b, c, c) the same
    formula gives the triangle's.
    """

    def __init__(self, part: HeadPart) -> None:
        self._corners = [np.ascontiguousarray(part.quads[:, corner]) for corner in range(4)]
        rows, columns = _incidence(part.quads)
        shape = (len(part.points), len(part.quads))
        self._sum = csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=shape)

    def of(self, points: FloatArray) -> FloatArray:
        """(C, V, 3) -> (C, V, 3)."""
        count = len(points)
        a, b, c, d = (np.take(points, corner, axis=1) for corner in self._corners)
        c -= a
        d -= b
        area = np.empty((c.shape[1], count, 3), np.float32)
        for axis in range(3):
            after, last = (axis + 1) % 3, (axis + 2) % 3
            area[:, :, axis] = (c[..., after] * d[..., last] - c[..., last] * d[..., after]).T
        summed = self._sum @ area.reshape(len(area), -1)
        result: FloatArray = normalised(summed.reshape(-1, count, 3)).transpose(1, 0, 2)
        return result


def _incidence(quads: IntArray) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs (vertex, quad); a triangle's repeated corner counts once."""
    vertices = quads.astype(np.intp).ravel()
    faces = np.repeat(np.arange(len(quads)), 4)
    repeated = np.zeros(quads.shape, bool)
    repeated[:, 3] = quads[:, 3] == quads[:, 2]
    kept = ~repeated.ravel()
    return vertices[kept], faces[kept]


def _stacked(
    tracks: Mapping[str, NDArray[np.float64]] | None, kind: str, frame_count: int, rest: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(F, 3) from the three tracks of one kind; those left out stay at rest."""
    result = np.tile(rest, (frame_count, 1))
    for column, axis in enumerate(_AXES):
        track = (tracks or {}).get(f"{kind}{axis}")
        if track is not None:
            result[:, column] = track
    return result


def _check(name: str, track: NDArray[np.float64], frame_count: int) -> None:
    if track.ndim != 1 or len(track) != frame_count:
        raise UserError(
            f"The track '{name}' has {len(track)} values, others have {frame_count}.",
            code="preview.uneven",
            hint="Give every track one value per frame.",
        )
    if not np.isfinite(track).all():
        raise UserError(
            f"The track '{name}' holds values that are not finite numbers.",
            code="preview.not_finite",
            hint="Solve the clip again.",
        )
