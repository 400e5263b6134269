"""Exact least squares with bounds for thousands of right sides at once: x = argmin ½‖A·x − b‖² over 0 ≤ x ≤ u.

The search of :mod:`maya_a2f.worker.bounded_least_squares` in lockstep: every row has its own set of components at
their bounds and exchanges whole groups of them; rows that have reached their minimum leave the batch. A row that goes
round in circles exchanges only some of what is wrong, chosen anew each time. A row counts as solved only where the
optimality conditions hold. Rows for which the search cannot be trusted (a singular matrix) are solved by that module.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from maya_a2f.worker.bounded_least_squares import BoundedLeastSquares

_BOUND_SLACK = 1e-12
"""How far outside a bound rounding may put a free component."""
_GRADIENT_SLACK = 3e-17
"""Rounding of a gradient, relative to ‖A‖·(‖A‖ + ‖b‖) and the number of components."""
_TURNS_PER_SLACK = 32
"""Exchanges after which rows that have not settled are asked for ten times less: they go to and fro within rounding."""
_LOOSEST_SLACK = 1e-14
_NARROW = 1e-6
"""Between bounds so close a component goes from one straight to the other."""
_TURNS_ON_DEVICE, _FEW_ROWS = 6, 64
"""After so many exchanges so few rows are left to the processor: a GPU takes as long for one row as for many."""
_FREE_ACCURACY = 1e-12
"""Largest gradient left in a free component, same scale, before the processor is asked."""
_PATIENCE = 3
"""Exchanges of whole groups without progress before halves of them."""


class SearchMemory:
    """Where the searches of n rows ended: solving nearly the same right sides again costs next to nothing."""

    def __init__(self, rows: int, size: int, device: torch.device) -> None:
        self.sides = torch.zeros((rows, size), dtype=torch.int8, device=device)
        self.factors = torch.empty((rows, size, size), dtype=torch.float64, device=device).mT
        self.is_known = torch.zeros(rows, dtype=torch.bool, device=device)
        """(n,) whether a search of the row has ended."""
        self.has_factors = torch.zeros(rows, dtype=torch.bool, device=device)
        """(n,) whether the factors are those of the sides."""


class BatchedLeastSquares:
    """One matrix (M, K), float64, on one device."""

    def __init__(self, matrix: npt.NDArray[np.floating], device: torch.device) -> None:
        self._matrix = np.ascontiguousarray(matrix, np.float64)
        self._near = None if device.type == "cpu" else BatchedLeastSquares(matrix, torch.device("cpu"))
        self._a = torch.as_tensor(self._matrix, device=device)
        self._pseudo_inverse = torch.as_tensor(np.linalg.pinv(self._matrix), device=device)
        self._norm = float(np.linalg.norm(self._matrix))
        squared = self._a.T @ self._a
        # Shapes differ in size by orders of magnitude; with columns of length 1 the factors are much more accurate.
        self._scale = squared.diagonal().clamp_min(torch.finfo(torch.float64).tiny).rsqrt()
        self._h = squared * self._scale * self._scale[:, None]
        turns = 3 * len(squared) + 4 * _TURNS_PER_SLACK
        chosen = np.random.default_rng(1).random((turns, len(squared))) < 0.5
        self._halves = torch.as_tensor(chosen, device=device)
        self.size = self._a.shape[1]
        """K"""

    def memory(self, rows: int) -> SearchMemory:
        """For ``rows`` right sides that will be solved again."""
        return SearchMemory(rows, self.size, self._a.device)

    def solve(
        self,
        b: torch.Tensor,
        upper: torch.Tensor | None = None,
        start: torch.Tensor | None = None,
        memory: SearchMemory | None = None,
        places: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The minima (n, K) for the right sides ``b`` (n, M), not a number where a right side is none, and the sides.

        Sides (n, K), int8, are −1 where a component lies at 0, 1 at its upper bound, 0 between them. ``upper`` (n, K)
        defaults to ones and must be positive. Searches start at the sides ``start``, or where those in ``memory``
        ended, of which ``places`` (n,) are the rows (all of them by default); that never changes the minimum.
        """
        rows = torch.arange(len(b), device=b.device)
        limits = torch.ones((len(b), self.size), dtype=b.dtype, device=b.device) if upper is None else upper
        places = rows if places is None else places
        sides = self._first_sides(b, limits) if start is None else start.clone()
        if memory is not None:
            sides = torch.where(memory.is_known[places][:, None], memory.sides[places], sides)
        x, ended = torch.full_like(limits, torch.nan), sides.clone()
        scale = self._norm * (self._norm + torch.linalg.vector_norm(b, dim=1)) * self.size
        search = _Search(rows, b, limits, sides, scale).kept(torch.isfinite(scale))
        lost = []
        for turn, half in enumerate(self._halves):
            if not len(search.rows):
                break
            factors, regular, is_new = self._factors(search, memory if turn == 0 else None, places)
            found, gradient, trusted = self._free_minima(search, factors)
            trusted &= regular
            slack = min(_GRADIENT_SLACK * 10.0 ** (turn // _TURNS_PER_SLACK), _LOOSEST_SLACK)
            wrong = search.wrong(found, gradient, slack)
            is_open = wrong.any(1)
            done = trusted & ~is_open
            settled = search.rows[done]
            x[settled] = torch.clamp(found[done], min=0.0).minimum(search.upper[done])
            ended[settled] = search.sides[done]
            if memory is not None:
                kept = done & is_new
                memory.factors[places[search.rows[kept]]] = factors[kept]
                memory.has_factors[places[search.rows[kept]]] = True
            if not bool(trusted.all()):
                lost.append(search.rows[~trusted])
            search.exchange(wrong, found, half)
            search = search.kept(trusted & is_open)
            if self._near is not None and turn >= _TURNS_ON_DEVICE and len(search.rows) <= _FEW_ROWS:
                break
        lost.append(search.rows)
        left = torch.cat(lost)
        if len(left):
            ended[search.rows] = search.sides
            x[left] = self._on_processor(b[left], limits[left], ended[left])
            ended[left] = (x[left] >= limits[left]).to(torch.int8) - (x[left] <= 0.0).to(torch.int8)
        if memory is not None:
            memory.sides[places], memory.is_known[places] = ended, True
            memory.has_factors[places[left]] = False
        return x, ended

    def _on_processor(self, b: torch.Tensor, upper: torch.Tensor, sides: torch.Tensor) -> torch.Tensor:
        """The rows that are left over: a device is slow at a few of them, and some need a search that never fails."""
        right, limits = b.cpu(), upper.cpu()
        if self._near is not None:
            x = self._near.solve(right, limits, sides.cpu())[0]
        else:
            x = torch.as_tensor(BoundedLeastSquares(self._matrix).minima(right.numpy(), limits.numpy()).x)
        return x.to(b.device)

    def _first_sides(self, b: torch.Tensor, upper: torch.Tensor) -> torch.Tensor:
        """Where the minimum without bounds leaves the box."""
        x = b @ self._pseudo_inverse.T
        return (x > upper).to(torch.int8) - (x < 0.0).to(torch.int8)

    def _free_minima(self, search: _Search, factors: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """x with the held components at their bounds and the others best, the gradient there, which rows are good."""
        free = search.sides == 0
        weight = torch.where(free, self._scale, 0.0)
        limit = _FREE_ACCURACY * search.scale
        x = torch.where(search.sides > 0, search.upper, 0.0)
        gradient = (x @ self._a.T - search.b) @ self._a
        # The factors belong to AᵀA, whose condition is squared; correcting with the residual of A itself brings back
        # what that costs.
        for turn in range(3):
            half = torch.linalg.solve_triangular(factors, (gradient * weight)[:, :, None], upper=False)
            x = x - torch.linalg.solve_triangular(factors.mT, half, upper=True)[:, :, 0] * weight
            gradient = (x @ self._a.T - search.b) @ self._a
            left = torch.where(free, gradient.abs(), 0.0).amax(1)
            if turn and not bool((left > limit * 1e-3).any()):
                break
        return x, gradient, left <= limit

    def _factors(
        self, search: _Search, memory: SearchMemory | None, places: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """(n, K, K) factors of the free part of AᵀA, columns scaled; (n,) whether there is one; whether it is new."""
        if memory is None:
            factors, regular = self._made_factors(search.sides)
            return factors, regular, torch.ones_like(regular)
        mine = places[search.rows]
        is_new = ~memory.has_factors[mine]
        if not bool(is_new.any()):
            return memory.factors[mine], ~is_new, is_new
        if bool(is_new.all()):
            return *self._made_factors(search.sides), is_new
        factors, regular = memory.factors[mine], ~is_new
        factors[is_new], regular[is_new] = self._made_factors(search.sides[is_new])
        return factors, regular, is_new

    def _made_factors(self, sides: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        free = (sides == 0).to(self._h.dtype)
        part = self._h * free[:, :, None]
        part *= free[:, None, :]
        part.diagonal(dim1=1, dim2=2).add_(1.0 - free)
        factors, info = torch.linalg.cholesky_ex(part)
        return factors, info == 0


class _Search:
    """The rows whose minimum is not found yet."""

    def __init__(
        self, rows: torch.Tensor, b: torch.Tensor, upper: torch.Tensor, sides: torch.Tensor, scale: torch.Tensor
    ) -> None:
        self.rows, self.b, self.upper, self.sides, self.scale = rows, b, upper, sides, scale
        self._fewest = torch.full_like(rows, upper.shape[1] + 1)
        self._patience = torch.full_like(rows, _PATIENCE)

    def wrong(self, x: torch.Tensor, gradient: torch.Tensor, slack: float) -> torch.Tensor:
        """(n, K) components on the wrong side of the optimality conditions."""
        slacks = (slack * self.scale)[:, None]
        outside = (x < -_BOUND_SLACK) | (x > self.upper + _BOUND_SLACK)
        inward = torch.where(self.sides < 0, gradient < -slacks, gradient > slacks)
        return torch.where(self.sides == 0, outside, inward)

    def exchange(self, wrong: torch.Tensor, x: torch.Tensor, half: torch.Tensor) -> None:
        """Put wrong components on the other side; only those in ``half`` (K,) where all have not helped for a while."""
        counts = wrong.sum(1)
        better = counts < self._fewest
        some = wrong & half
        is_half = ~better & (self._patience <= 0) & some.any(1)
        self._patience = torch.where(better, _PATIENCE, self._patience - 1)
        self._fewest = torch.minimum(self._fewest, counts)
        moved = torch.where(is_half[:, None], some, wrong)
        entered = torch.where(x < 0.0, -1, 1)
        left = torch.where(self.upper < _NARROW, -self.sides, 0)
        self.sides = torch.where(moved, torch.where(self.sides == 0, entered, left), self.sides).to(torch.int8)

    def kept(self, chosen: torch.Tensor) -> _Search:
        """The rows ``chosen`` (n,) alone."""
        rest = _Search(self.rows[chosen], self.b[chosen], self.upper[chosen], self.sides[chosen], self.scale[chosen])
        rest._fewest, rest._patience = self._fewest[chosen], self._patience[chosen]
        return rest
