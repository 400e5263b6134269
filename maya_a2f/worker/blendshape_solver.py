"""Weights of a blendshape set that rebuild an animated mesh. Source: specification, blendshape-solver.md.

What crosses from a mesh to the weights is only b = Dᵀ(target − neutral) of each frame, K numbers; how b is obtained
(from vertices, or straight from network coefficients) is the caller's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from maya_a2f.errors import EngineError
from maya_a2f.worker.bounded_least_squares import BoundedLeastSquares, Minima
from maya_a2f.worker.package import BlendshapeSet, Floats

Doubles = npt.NDArray[np.float64]

LOSER_LIMIT = 1e-10
"""Upper bound of the weaker pose of a cancel pair (section 3, step 4)."""
TIE = 1e-4
"""Poses of a cancel pair that differ by less are equal, and the first wins: rounding must not choose between them."""

_SETTLED = 1e-8
"""A weight that moves less moves the frame after it by less than a hundredth of that."""

_FRAMES_PER_BLOCK = 1024
_FEW_FRAMES = 48
"""So few are most likely those of the moment that was solved last, and each search starts where its last one ended."""
_VERTICES_PER_BLOCK = 2048
"""Rows are widened to float64 in blocks, so that no second copy of a large set is ever held."""


def pose_pairs(ids: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Index pairs that share an id, −1 meaning none: ``[0, 1, 0, 2, 2, 1]`` -> (0, 2), (1, 5), (3, 4).

    Raises :class:`EngineError` ``package.bad_pairs`` where an id does not occur exactly twice.
    """
    members: dict[int, list[int]] = {}
    for index, pair_id in enumerate(ids):
        if pair_id != -1:
            members.setdefault(pair_id, []).append(index)
    for pair_id, indices in members.items():
        if len(indices) != 2:
            raise EngineError(
                f"The pose pair with id {pair_id} has {len(indices)} member(s) instead of two.",
                code="package.bad_pairs",
                hint="Correct the cancel and symmetry lists of the package's blendshape configuration.",
            )
    return tuple((first, second) for first, second in members.values())


class BlendshapeSolver:
    """Bounded least squares for one blendshape set; remembers the last solution until :meth:`reset`.

    Raises :class:`EngineError` ``package.bad_pairs`` or ``package.no_active_pose`` when it is made.
    """

    def __init__(self, shapes: BlendshapeSet) -> None:
        config = shapes.config
        self._shapes = shapes
        self.active: npt.NDArray[np.intp] = np.flatnonzero(np.asarray(config.active_poses) != 0)
        """(K,) indices of the poses the solve may use."""
        if self.active.size == 0:
            raise EngineError(
                "The package's blendshape configuration has no active pose.",
                code="package.no_active_pose",
                hint="Set at least one entry of 'bsSolveActivePoses' to 1.",
            )
        self.pose_count = len(shapes.pose_names)
        """P, active or not."""
        self.vertices: npt.NDArray[np.intp] | None = None
        """Vertices that count, ascending (no sum depends on the mask's order); None means all."""
        if shapes.mask is not None and shapes.mask.size:
            self.vertices = np.sort(shapes.mask.astype(np.intp))
        self.scale = bounding_box_scale(shapes.neutral, config.template_bb_size)
        """s of section 2, step 4."""
        self.matrix: Doubles = self._matrix()
        """(K, K) A of section 2, step 6."""
        pairs = np.array(self._active_pairs(config.cancel_poses), np.intp).reshape(-1, 2)
        self._cancel_first, self._cancel_second = pairs.T.copy()
        self._multipliers = np.asarray(config.multipliers, dtype=np.float64)
        self._offsets = np.asarray(config.offsets, dtype=np.float64)
        self._minimum = BoundedLeastSquares(self.matrix)
        self._previous = np.zeros(self.active.size)
        self._moment: tuple[Minima, Minima] | None = None
        """Where the searches of the last few frames ended."""
        self._last: tuple[Doubles, Doubles] | None = None
        """What :meth:`solve_clip` was asked last, and its answer: a dial of the tongue does not move the skin."""

    def reset(self) -> None:
        """Forget the last solution: the next frame is the first of a clip."""
        self._previous = np.zeros(self.active.size)

    def forget(self) -> None:
        """Forget earlier calls altogether: their results are where a search starts, which decides nothing but the last
        bits of its own."""
        self.reset()
        self._moment = self._last = None

    def blocks(self) -> Iterator[tuple[slice | npt.NDArray[np.intp], Doubles]]:
        """D in pieces: (vertices, (K, v, 3) float64 deltas of the active poses there)."""
        deltas = self._shapes.deltas.reshape(self.pose_count, -1, 3)
        count = deltas.shape[1] if self.vertices is None else self.vertices.size
        for start in range(0, count, _VERTICES_PER_BLOCK):
            end = min(start + _VERTICES_PER_BLOCK, count)
            if self.vertices is None:
                yield slice(start, end), deltas[self.active, start:end].astype(np.float64)
            else:
                chosen = self.vertices[start:end]
                yield chosen, np.take(deltas, chosen, axis=1)[self.active].astype(np.float64)

    def project(self, target: npt.NDArray[np.floating]) -> Doubles:
        """(F, K) Dᵀ(target − neutral) for absolute positions ``target`` (F, 3V)."""
        neutral = self._shapes.neutral.reshape(-1, 3)
        points = target.reshape(len(target), len(neutral), 3)
        projected = np.zeros((len(target), self.active.size))
        for vertices, deltas in self.blocks():
            offset = points[:, vertices].astype(np.float64) - neutral[vertices]
            projected += offset.reshape(len(target), 3 * deltas.shape[1]) @ deltas.reshape(self.active.size, -1).T
        return projected

    def solve(self, projected: Doubles) -> Doubles:
        """(P,) weights of the next frame from ``projected`` (K,) = Dᵀτ; multipliers and offsets applied, not clamped.

        The temporal term enters the right side with 1·s and the matrix with 100·s, as in the reference (section 3).
        """
        weights: Doubles = self._weights(self._block(projected[None]))[0]
        return weights

    def solve_clip(self, projected: Doubles, on_frames: Callable[[int], None] = lambda done: None) -> Doubles:
        """(F, P) weights of all frames of a clip from its first on: what :meth:`solve` gives one by one.

        ``on_frames`` hears how many frames are done, now and then; what it raises ends the solve.
        """
        on_frames(0)
        if self._last is not None and np.array_equal(self._last[0], projected):
            return self._last[1].copy()
        self.reset()
        weights = np.empty((len(projected), self.pose_count))
        for first in range(0, len(projected), _FRAMES_PER_BLOCK):
            block = slice(first, first + _FRAMES_PER_BLOCK)
            weights[block] = self._weights(self._block(projected[block]))
            on_frames(min(block.stop, len(projected)))
        self._last = (projected.copy(), weights.copy()) if len(projected) <= _FEW_FRAMES else None
        return weights

    def _block(self, projected: Doubles) -> Doubles:
        """(F, K) the next F frames, side by side.

        The temporal term ties each frame to the one before it, but weakly: a change of a frame changes the next by at
        most a hundredth of it, since ‖A·x‖ is at least 100·t·s·‖x‖ and b has t·s·x_prev. So the frames are solved again
        and again, each time only those whose predecessor has still moved.
        """
        count, memory = len(projected), self._shapes.config.temporal_smoothing * self.scale
        x, before = np.zeros_like(projected), np.zeros_like(projected)
        before[0] = self._previous
        ends = self._moment
        if ends is None or len(ends[0].x) != count:
            ends = _nowhere(x.shape), _nowhere(x.shape)
        frames = np.arange(count)
        while len(frames):
            x[frames] = self._bounded(projected[frames] + memory * before[frames], frames, *ends)
            if memory == 0.0:
                break
            frames = 1 + np.flatnonzero(np.abs(x[:-1] - before[1:]).max(axis=1) > _SETTLED)
            before[frames] = x[frames - 1]
        self._previous, self._moment = x[-1], ends if count <= _FEW_FRAMES else None
        return x

    def _bounded(self, b: Doubles, frames: npt.NDArray[np.intp], free: Minima, held: Minima) -> Doubles:
        """The minima (n, K). The rows ``frames`` of the other two are where the searches begin, and then where they
        end: without regard to the cancel pairs, and with the losers held down."""
        x = self._found(b, None, frames, free)
        upper = np.ones_like(x)
        first_loses = x[:, self._cancel_first] < x[:, self._cancel_second] - TIE
        upper[:, self._cancel_first] = np.where(first_loses, LOSER_LIMIT, 1.0)
        upper[:, self._cancel_second] = np.where(first_loses, 1.0, LOSER_LIMIT)
        # Where the losers are down already, holding them down changes nothing.
        again = np.flatnonzero((x > upper).any(axis=1))
        if len(again):
            rows = frames[again]
            is_new = ~(held.at_lower[rows] | held.at_upper[rows]).any(axis=1)
            new, places = rows[is_new], again[is_new]
            held.x[new], held.at_lower[new] = x[places], free.at_lower[new]
            held.at_upper[new] = free.at_upper[new] | (x[places] > upper[places])
            x[again] = self._found(b[again], upper[again], rows, held)
        return x

    def _found(self, b: Doubles, upper: Doubles | None, rows: npt.NDArray[np.intp], ends: Minima) -> Doubles:
        """The minima (n, K); each search begins where the last one of its row ended."""
        start = Minima(ends.x[rows], ends.at_lower[rows], ends.at_upper[rows])
        found = self._minimum.minima(b, upper, start)
        ends.x[rows], ends.at_lower[rows], ends.at_upper[rows] = found.x, found.at_lower, found.at_upper
        return found.x

    def _weights(self, x: Doubles) -> Doubles:
        """(F, P) for the active poses' weights (F, K)."""
        weights = np.zeros((len(x), self.pose_count))
        weights[:, self.active] = x
        return weights * self._multipliers + self._offsets

    def evaluate_pose(self, weights: npt.NDArray[np.floating]) -> Doubles:
        """(3V,) or (F, 3V) neutral + Σ w·delta over all poses and vertices for ``weights`` (P,) or (F, P)."""
        posed: Doubles = self._shapes.neutral + np.asarray(weights, dtype=np.float64) @ self._shapes.deltas
        return posed

    def _matrix(self) -> Doubles:
        size, config, s = self.active.size, self._shapes.config, self.scale
        matrix = np.zeros((size, size))
        for _, deltas in self.blocks():
            rows = deltas.reshape(size, -1)
            matrix += rows @ rows.T
        matrix += 0.25 * s * config.l1_regularization**2
        matrix += (10.0 * s * config.l2_regularization + 100.0 * s * config.temporal_smoothing) * np.eye(size)
        for first, second in self._active_pairs(config.symmetry_poses):
            weight = 10.0 * s * config.symmetry
            matrix[[first, second], [first, second]] += weight
            matrix[[first, second], [second, first]] -= weight
        return matrix

    def _active_pairs(self, ids: Sequence[int]) -> tuple[tuple[int, int], ...]:
        """The pairs with two active members, as positions among the active poses."""
        position = {int(pose): index for index, pose in enumerate(self.active)}
        return tuple(
            (position[first], position[second])
            for first, second in pose_pairs(ids)
            if first in position and second in position
        )


def _nowhere(shape: tuple[int, ...]) -> Minima:
    """Nothing held: where a search begins of which nothing is known."""
    return Minima(np.zeros(shape), np.zeros(shape, np.bool_), np.zeros(shape, np.bool_))


def bounding_box_scale(neutral: Floats, template_bb_size: float) -> float:
    """s = (diagonal of the bounding box of all vertices / templateBBSize)²; ``neutral`` is (3V,)."""
    return (bounding_diagonal(neutral) / template_bb_size) ** 2


def bounding_diagonal(points: Floats) -> float:
    """Diagonal of the bounding box of ``points`` (3V,), in their unit."""
    return float(np.linalg.norm(np.ptp(points.reshape(-1, 3).astype(np.float64), axis=0)))
