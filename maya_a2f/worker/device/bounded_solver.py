"""Exact least squares with bounds for thousands of right sides at once: x = argmin ½‖A·x − b‖² over 0 ≤ x ≤ u.

The search of :mod:`maya_a2f.worker.bounded_least_squares` in lockstep: every row has its own set of components at
their bounds and exchanges whole groups of them; rows that have reached their minimum leave the batch. A row counts as
solved only where the optimality conditions hold. Rows for which the search cannot be trusted (a singular matrix) are
solved by that module, on the processor.
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
_FREE_ACCURACY = 1e-12
"""Largest gradient left in a free component, same scale, before the processor is asked."""
_PATIENCE = 8
"""Group exchanges without progress before single ones."""


class SearchMemory:
    """Where the search of n rows stands: solving nearly the same right sides again costs next to nothing."""

    def __init__(self, rows: int, size: int, device: torch.device, sides: torch.Tensor | None = None) -> None:
        self.sides = torch.zeros((rows, size), dtype=torch.int8, device=device) if sides is None else sides
        """−1 where a component lies at 0, 1 at its upper bound, 0 between them."""
        self.factors = torch.empty((rows, size, size), dtype=torch.float64, device=device).mT
        """Cholesky factors of the free part of AᵀA, columns scaled to length 1."""
        self.is_current = torch.zeros(rows, dtype=torch.bool, device=device)
        """(n,) whether the factor belongs to the sides."""
        self.is_fresh = sides is None
        """Whether nothing is known of where to start."""


class BatchedLeastSquares:
    """One matrix (M, K), float64, on one device."""

    def __init__(self, matrix: npt.NDArray[np.floating], device: torch.device) -> None:
        self._matrix = np.ascontiguousarray(matrix, np.float64)
        self._a = torch.as_tensor(self._matrix, device=device)
        self._pseudo_inverse = torch.as_tensor(np.linalg.pinv(self._matrix), device=device)
        self._norm = float(np.linalg.norm(self._matrix))
        squared = self._a.T @ self._a
        # Shapes differ in size by orders of magnitude; with columns of length 1 the factors are much more accurate.
        self._scale = squared.diagonal().clamp_min(torch.finfo(torch.float64).tiny).rsqrt()
        self._h = squared * self._scale * self._scale[:, None]
        self.size = self._a.shape[1]
        """K"""

    def memory(self, rows: int, sides: torch.Tensor | None = None) -> SearchMemory:
        """For the search of ``rows`` right sides, starting at ``sides`` (rows, K)."""
        return SearchMemory(rows, self.size, self._a.device, sides)

    def solve(
        self,
        b: torch.Tensor,
        upper: torch.Tensor | None = None,
        memory: SearchMemory | None = None,
        places: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """(n, K) the minima for the right sides ``b`` (n, M); not a number where a right side is none.

        ``upper`` (n, K) defaults to ones and must be positive. ``memory`` is where the search starts and is left where
        it ends; ``places`` (n,) are the rows of the memory that these right sides are, all of them by default. It never
        changes the minimum.
        """
        limits = torch.ones((len(b), self.size), dtype=b.dtype, device=b.device) if upper is None else upper
        memory = self.memory(len(b)) if memory is None else memory
        rows = torch.arange(len(b), device=b.device)
        places = rows if places is None else places
        if memory.is_fresh:
            memory.sides[places] = self._first_sides(b, limits)
            memory.is_current[places] = False
            memory.is_fresh = False
        x = torch.full_like(limits, torch.nan)
        scale = self._norm * (self._norm + torch.linalg.vector_norm(b, dim=1)) * self.size
        usable = torch.isfinite(scale)
        search = _Search(memory, places, rows, b, limits, scale)
        lost = []
        if not bool(usable.all()):
            search = search.kept(usable)
        for turn in range(3 * self.size + 4 * _TURNS_PER_SLACK):
            if not len(search.rows):
                break
            found, gradient, trusted = self._free_minima(search)
            slack = min(_GRADIENT_SLACK * 10.0 ** (turn // _TURNS_PER_SLACK), _LOOSEST_SLACK)
            wrong = search.wrong(found, gradient, slack)
            open_ = wrong.any(1)
            done = trusted & ~open_
            x[search.rows[done]] = torch.clamp(found[done], min=0.0).minimum(search.upper[done])
            if not bool(trusted.all()):
                lost.append(search.rows[~trusted])
            search.exchange(wrong, found)
            search = search.kept(trusted & open_)
        lost.append(search.rows)
        for row in torch.cat(lost).tolist():
            x[row] = self._exact(b[row], limits[row])
        return x

    def _exact(self, b: torch.Tensor, upper: torch.Tensor) -> torch.Tensor:
        exact = BoundedLeastSquares(self._matrix).solve(b.cpu().numpy(), upper.cpu().numpy())
        return torch.as_tensor(exact, device=b.device)

    def _first_sides(self, b: torch.Tensor, upper: torch.Tensor) -> torch.Tensor:
        """Where the minimum without bounds leaves the box."""
        x = b @ self._pseudo_inverse.T
        return (x > upper).to(torch.int8) - (x < 0.0).to(torch.int8)

    def _free_minima(self, search: _Search) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """x with the held components at their bounds and the others best, the gradient there, which rows are good."""
        sides = search.sides()
        factors, regular = self._factors(search, sides)
        free = sides == 0
        weight = torch.where(free, self._scale, 0.0)
        limit = _FREE_ACCURACY * search.scale
        x = torch.where(sides > 0, search.upper, 0.0)
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
        return x, gradient, regular & (left <= limit)

    def _factors(self, search: _Search, sides: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(n, K, K) Cholesky factors of the free part of the scaled AᵀA, and (n,) whether there is one."""
        memory, places = search.memory, search.places
        current = memory.is_current[places]
        if not bool(current.all()):
            stale = places[~current]
            free = (sides[~current] == 0).to(self._h.dtype)
            part = self._h * free[:, :, None]
            part *= free[:, None, :]
            part.diagonal(dim1=1, dim2=2).add_(1.0 - free)
            factors, info = torch.linalg.cholesky_ex(part)
            memory.factors[stale] = factors
            memory.is_current[stale] = info == 0
            current = memory.is_current[places]
        is_whole = len(places) == len(memory.factors)
        return memory.factors if is_whole else memory.factors[places], current


class _Search:
    """The rows whose minimum is not found yet."""

    def __init__(
        self,
        memory: SearchMemory,
        places: torch.Tensor,
        rows: torch.Tensor,
        b: torch.Tensor,
        upper: torch.Tensor,
        scale: torch.Tensor,
    ) -> None:
        self.memory, self.places, self.rows, self.b, self.upper, self.scale = memory, places, rows, b, upper, scale
        self._fewest = torch.full_like(rows, upper.shape[1] + 1)
        self._patience = torch.full_like(rows, _PATIENCE)

    def sides(self) -> torch.Tensor:
        """(n, K) as of :class:`SearchMemory`."""
        return self.memory.sides[self.places]

    def wrong(self, x: torch.Tensor, gradient: torch.Tensor, slack: float) -> torch.Tensor:
        """(n, K) components on the wrong side of the optimality conditions."""
        sides, slacks = self.sides(), (slack * self.scale)[:, None]
        outside = (x < -_BOUND_SLACK) | (x > self.upper + _BOUND_SLACK)
        inward = torch.where(sides < 0, gradient < -slacks, gradient > slacks)
        return torch.where(sides == 0, outside, inward)

    def exchange(self, wrong: torch.Tensor, x: torch.Tensor) -> None:
        """Put wrong components on the other side; single ones where groups have not helped for a while."""
        counts = wrong.sum(1)
        better = counts < self._fewest
        is_single = ~better & (self._patience <= 0)
        self._patience = torch.where(better, _PATIENCE, self._patience - 1)
        self._fewest = torch.minimum(self._fewest, counts)
        columns = torch.arange(wrong.shape[1], device=wrong.device)
        last = torch.where(wrong, columns, -1).amax(1)
        moved = wrong & (~is_single[:, None] | (columns == last[:, None]))
        entered = torch.where(x < 0.0, -1, 1).to(torch.int8)
        sides = self.sides()
        self.memory.sides[self.places] = torch.where(moved, torch.where(sides == 0, entered, 0), sides).to(torch.int8)
        self.memory.is_current[self.places] = self.memory.is_current[self.places] & (counts == 0)

    def kept(self, chosen: torch.Tensor) -> _Search:
        """The rows ``chosen`` (n,) alone."""
        rest = _Search(
            self.memory,
            self.places[chosen],
            self.rows[chosen],
            self.b[chosen],
            self.upper[chosen],
            self.scale[chosen],
        )
        rest._fewest, rest._patience = self._fewest[chosen], self._patience[chosen]
        return rest
