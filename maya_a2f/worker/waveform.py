"""The outline of a sound, for drawing it a few hundred pixels wide."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def peaks(samples: Floats, count: int) -> Floats:
    """(count, 2) lowest and highest sample of ``count`` equal parts of the (n,) mono ``samples``.

    Every sample falls into at least one part; where there are more parts than samples, neighbours repeat a sample.
    No samples, or no parts, give zeros.
    """
    outline = np.zeros((max(count, 0), 2), np.float32)
    if count <= 0 or len(samples) == 0:
        return outline
    starts = np.arange(count, dtype=np.int64) * len(samples) // count
    outline[:, 0] = np.minimum.reduceat(samples, starts)
    outline[:, 1] = np.maximum.reduceat(samples, starts)
    return outline
