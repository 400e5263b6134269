"""Weights of a blendshape set for many frames of many clips at once: :mod:`maya_a2f.worker.blendshape_solver` on a
device. Source: specification, blendshape-solver.md.

The temporal term makes a frame depend on the one before it, but weakly: it enters the right side with 1·s and the
matrix with 100·s. So all frames are solved side by side, again and again, with what the last round gave for the frame
before: A·x is a projection onto a convex set, and the smallest eigenvalue of A is at least 100·s·t, so a round leaves
at most a hundredth of the error. Rounds end when no right side changes any more.
"""

from __future__ import annotations

from typing import Literal, Protocol

import numpy as np
import torch

from maya_a2f.worker.blendshape_solver import LOSER_LIMIT, TIE, BlendshapeSolver, pose_pairs
from maya_a2f.worker.device.admm import Admm
from maya_a2f.worker.device.bounded_solver import BatchedLeastSquares, SearchMemory
from maya_a2f.worker.device.packing import Table
from maya_a2f.worker.package import BlendshapeConfig

SolverName = Literal["exact", "admm"]

_SETTLED = 1e-12
"""Change of a weight that is not passed on to the next frame."""


class WeightSolver:
    """One set's solver on ``device``."""

    def __init__(
        self, solver: BlendshapeSolver, config: BlendshapeConfig, device: torch.device, method: SolverName = "exact"
    ) -> None:
        """``config`` is that of the set that ``solver`` was made for."""
        position = {int(pose): index for index, pose in enumerate(solver.active)}
        pairs = [
            (position[first], position[second])
            for first, second in pose_pairs(config.cancel_poses)
            if first in position and second in position
        ]
        self._pairs = torch.as_tensor(np.array(pairs, np.int64).reshape(-1, 2), device=device)
        self._active = torch.as_tensor(solver.active, device=device)
        self._temporal = config.temporal_smoothing * solver.scale
        self._multipliers = torch.as_tensor(np.array(config.multipliers, np.float64), device=device)
        self._offsets = torch.as_tensor(np.array(config.offsets, np.float64), device=device)
        self._method: _Rounds = (
            _ExactRounds(BatchedLeastSquares(solver.matrix, device))
            if method == "exact"
            else _AdmmRounds(Admm(solver.matrix, device))
        )
        self.size = solver.active.size
        """K, the active poses."""
        self.pose_count = solver.pose_count
        """P, all of them."""

    @property
    def bytes_per_frame(self) -> int:
        """Memory that solving a frame takes, roughly."""
        return 8 * (5 * self.size**2 + 40 * self.size)

    def solve(
        self, projected: torch.Tensor, table: Table, carried: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """(n, P) weights for ``projected`` (n, K), n ≥ 1, and (K,) the solution of the last row.

        Multipliers and offsets applied, not clamped. ``carried`` (K,) is the solution of the frame before the first
        row; None where a clip begins there, as it does with every other span.
        """
        x = self._solutions(projected, table, carried) if self._temporal else self._once(projected)
        weights = torch.zeros((len(x), self.pose_count), dtype=torch.float64, device=x.device)
        weights[:, self._active] = x
        return weights * self._multipliers + self._offsets, x[-1].clone()

    def _once(self, b: torch.Tensor) -> torch.Tensor:
        return self._method.begin(len(b), is_once=True).solve(b, self._pairs, None)

    def _solutions(self, projected: torch.Tensor, table: Table, carried: torch.Tensor | None) -> torch.Tensor:
        rounds = self._method.begin(len(projected), is_once=False)
        before = torch.zeros_like(projected)
        if carried is not None:
            before[0] = carried
        x = rounds.solve(projected + self._temporal * before, self._pairs, None)
        known = before.clone()
        for _ in range(table.longest + 1):  # a frame is final once the one before it is
            before[1:] = torch.where((table.within > 0)[1:, None], x[:-1], before[1:])
            changed = torch.nonzero(((before - known).abs() > _SETTLED).any(1))[:, 0]
            if not len(changed):
                break
            known[changed] = before[changed]
            x[changed] = rounds.solve(projected[changed] + self._temporal * before[changed], self._pairs, changed)
        return x


class _Rounds(Protocol):
    """How right sides become solutions."""

    def begin(self, rows: int, *, is_once: bool) -> _Rounds:
        """For the frames of one table, which are solved once or several times."""

    def solve(self, b: torch.Tensor, pairs: torch.Tensor, places: torch.Tensor | None) -> torch.Tensor:
        """(n, K) for the right sides ``b`` (n, K) of the rows ``places`` (n,), all of them when None."""


class _ExactRounds:
    """The exact minimum; searches go on from where the last round left them."""

    def __init__(self, solver: BatchedLeastSquares, memory: SearchMemory | None = None) -> None:
        self._solver, self._memory = solver, memory

    def begin(self, rows: int, *, is_once: bool) -> _ExactRounds:
        """See :class:`_Rounds`."""
        return _ExactRounds(self._solver, None if is_once else self._solver.memory(rows))

    def solve(self, b: torch.Tensor, pairs: torch.Tensor, places: torch.Tensor | None) -> torch.Tensor:
        """See :class:`_Rounds`."""
        x, sides = self._solver.solve(b, memory=self._memory, places=places)
        if len(pairs):
            upper = _limits(x, pairs)
            # Where the losers are down already, holding them down changes nothing.
            beaten = x > upper
            again = torch.nonzero(beaten.any(1))[:, 0]
            if len(again):
                start = torch.where(beaten, 1, sides).to(torch.int8)
                x[again] = self._solver.solve(b[again], upper[again], start[again])[0]
        return x


class _AdmmRounds:
    """The reference's four steps on its GPU."""

    def __init__(self, solver: Admm) -> None:
        self._solver = solver

    def begin(self, rows: int, *, is_once: bool) -> _AdmmRounds:
        """See :class:`_Rounds`."""
        del rows, is_once
        return self

    def solve(self, b: torch.Tensor, pairs: torch.Tensor, places: torch.Tensor | None) -> torch.Tensor:
        """See :class:`_Rounds`."""
        del places
        x = self._solver.solve(b, torch.ones_like(b))
        return self._solver.solve(b, _limits(x, pairs)) if len(pairs) else x


def _limits(x: torch.Tensor, pairs: torch.Tensor) -> torch.Tensor:
    """(n, K) upper bounds that leave the loser of each pair nothing."""
    first_loses = x[:, pairs[:, 0]] < x[:, pairs[:, 1]] - TIE
    return torch.ones_like(x).scatter_(1, torch.where(first_loses, pairs[:, 0], pairs[:, 1]), LOSER_LIMIT)
