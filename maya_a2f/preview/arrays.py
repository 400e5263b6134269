"""Names for the arrays that pass between the parts of the preview."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float32]
IntArray: TypeAlias = NDArray[np.int32]
Picture: TypeAlias = NDArray[np.uint8]
"""(H, W, 3) uint8, display-encoded RGB, top row first."""


def normalised(vectors: FloatArray) -> FloatArray:
    """Unit vectors along the last axis; zero vectors stay zero."""
    lengths = np.sqrt(np.einsum("...i,...i->...", vectors, vectors))
    result: FloatArray = vectors / np.maximum(lengths, np.float32(1e-12))[..., None]
    return result


def least(rows: FloatArray) -> FloatArray:
    """(N, K) -> (K,), column by column: for few columns numpy is several times as fast at that as along an axis."""
    return np.array([column.min() for column in rows.T], rows.dtype)
