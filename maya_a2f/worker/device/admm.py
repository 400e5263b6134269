"""The reference's approximate solver on its GPU: four steps of the alternating direction method of multipliers.

Source: specification, blendshape-solver.md section 5. It is there to compare with; how far its weights are
from the minimum depends on the shapes, so nothing takes it unless it is asked for by name.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

_STEPS = 4
_RELAXATION = 1.9


class Admm:
    """One square matrix (K, K), float64, on one device."""

    def __init__(self, matrix: npt.NDArray[np.floating], device: torch.device) -> None:
        a = np.asarray(matrix, np.float64)
        squared = a.T @ a
        penalty = 0.25 * np.sqrt(np.diagonal(squared))
        self._a = torch.as_tensor(a, device=device)
        self._inverse = torch.as_tensor(np.linalg.inv(a), device=device)
        self._penalty = torch.as_tensor(penalty**2, device=device)
        self._q = torch.as_tensor(np.linalg.inv(squared + np.diag(penalty**2)), device=device)

    def solve(self, b: torch.Tensor, upper: torch.Tensor) -> torch.Tensor:
        """(n, K) near the minimum of ½‖A·x − b‖² over 0 ≤ x ≤ ``upper`` (n, K), for right sides ``b`` (n, K)."""
        right = b @ self._a
        z = torch.minimum((b @ self._inverse.T).clamp_min(0.0), upper)
        u = torch.zeros_like(z)
        for _ in range(_STEPS):
            x = (self._penalty * (z - u) + right) @ self._q.T
            z = torch.minimum((u + x).clamp_min(0.0), upper)
            u = u + _RELAXATION * (x - z)
        return z
