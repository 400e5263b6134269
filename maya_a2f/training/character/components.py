"""Principal components of vertex caches (specification, training.md sections 3.1 and 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_MOST_POSES, _WORST_POSES = 800, 200
_FRAMES_PER_BLOCK = 512


@dataclass(frozen=True)
class Components:
    """An orthonormal basis about the neutral pose."""

    neutral: Floats
    """(V, 3)"""
    shapes: Floats
    """(K, V, 3)"""

    def coefficients(self, frames: Floats) -> Floats:
        """(F, K) of (F, V, 3) vertices."""
        flat = self.shapes.reshape(len(self.shapes), -1)
        blocks = [
            (frames[first : first + _FRAMES_PER_BLOCK] - self.neutral).reshape(-1, flat.shape[1]) @ flat.T
            for first in range(0, len(frames), _FRAMES_PER_BLOCK)
        ]
        return np.concatenate(blocks).astype(np.float32)

    def vertices(self, coefficients: Floats) -> Floats:
        """(F, V, 3) of (F, K) coefficients."""
        return np.asarray(self.neutral + np.tensordot(coefficients, self.shapes, axes=1), np.float32)


def components_of(caches: Sequence[Floats], neutral: Floats | None, variance: float) -> Components:
    """Components of all shots' (F, V, 3) until their share of the variance reaches ``variance``.

    At most 800 evenly spaced frames are decomposed, then once more together with the 200 that came back worst, so that
    rare poses are not lost. Without a neutral pose the mean of those frames takes its place.
    """
    spacing = max(1, -(-sum(map(len, caches)) // _MOST_POSES))
    chosen = np.concatenate([cache[::spacing] for cache in caches]).astype(np.float32)
    base = chosen.mean(0) if neutral is None else neutral
    first = _decomposed(chosen, base, variance)
    if spacing > 1:
        errors = np.concatenate([_errors(first, cache) for cache in caches])
        worst = np.sort(np.argsort(-errors, kind="stable")[:_WORST_POSES])
        ends = np.cumsum([len(cache) for cache in caches])
        owners = np.searchsorted(ends, worst, side="right")
        extra = [caches[o][i - (ends[o] - len(caches[o]))] for o, i in zip(owners, worst, strict=True)]
        first = _decomposed(np.concatenate([chosen, np.stack(extra)]), base, variance)
    return first


def _decomposed(frames: Floats, neutral: Floats, variance: float) -> Components:
    """Eigenvectors of the small (m, m) Gram matrix instead of an SVD of (m, 3V)."""
    moved = (frames - neutral).reshape(len(frames), -1)
    values, vectors = np.linalg.eigh(moved.astype(np.float64) @ moved.T.astype(np.float64))
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    total = values.sum()
    if total <= 1e-12:  # a mesh that never moves still needs one component
        return Components(neutral.astype(np.float32), np.zeros((1, *neutral.shape), np.float32))
    share = np.cumsum(values) / total
    count = int(np.searchsorted(share, min(variance, 1.0 - 1e-12))) + 1
    count = min(count, int((values > total * 1e-12).sum()))
    shapes = (vectors[:, :count].T / np.sqrt(values[:count, None])) @ moved
    return Components(neutral.astype(np.float32), shapes.reshape(count, *neutral.shape).astype(np.float32))


def _errors(components: Components, cache: Floats) -> NDArray[np.float64]:
    """Squared distance of every frame from its reconstruction; the basis is orthonormal, so norms subtract."""
    size = np.empty(len(cache))
    for first in range(0, len(cache), _FRAMES_PER_BLOCK):
        moved = cache[first : first + _FRAMES_PER_BLOCK] - components.neutral
        size[first : first + _FRAMES_PER_BLOCK] = np.square(moved, dtype=np.float64).sum((1, 2))
    return np.asarray(size - np.square(components.coefficients(cache), dtype=np.float64).sum(1))
