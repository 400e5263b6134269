"""Philox4x32-10, a counter-based generator: value n is a function of n, so any stretch can be made on its own.

J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11 (2011).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from maya_a2f.worker.package import Floats

Words = npt.NDArray[np.uint32]

_ROUNDS = 10
_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_KEY_STEPS = (0x9E3779B9, 0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_BATCH = 1 << 16
"""Counters at once: what they need stays in a processor's cache."""


def philox_words(counters: npt.NDArray[np.uint64], key: int) -> Words:
    """(n, 4) words for 64-bit ``counters`` (n,), the upper half of the 128-bit counter being zero, and a 64-bit key."""
    zeros = np.zeros(len(counters), np.uint64)
    return philox_rounds((counters & _LOW, counters >> _HALF, zeros, zeros), key)


def philox_rounds(
    counter: tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64], npt.NDArray[np.uint64], npt.NDArray[np.uint64]],
    key: int,
) -> Words:
    """(n, 4) words for the four 32-bit words of the counters, each (n,), lowest first."""
    x0, x1, x2, x3 = counter
    key0, key1 = key & 0xFFFFFFFF, (key >> 32) & 0xFFFFFFFF
    for _ in range(_ROUNDS):
        product0, product1 = _MULTIPLIERS[0] * x0, _MULTIPLIERS[1] * x2
        x0, x1, x2, x3 = (
            (product1 >> _HALF) ^ x1 ^ np.uint64(key0),
            product1 & _LOW,
            (product0 >> _HALF) ^ x3 ^ np.uint64(key1),
            product0 & _LOW,
        )
        key0, key1 = (key0 + _KEY_STEPS[0]) & 0xFFFFFFFF, (key1 + _KEY_STEPS[1]) & 0xFFFFFFFF
    return np.stack([x0, x1, x2, x3], axis=1).astype(np.uint32)


def standard_normals(into: Floats, seed: int, offset: int = 0) -> None:
    """Fill ``into`` (n,) with the values ``offset`` … ``offset + n − 1`` of the stream of ``seed``.

    Values 4c … 4c + 3 come from counter c. Its words (a, b, c, d) give two pairs by G. E. P. Box and M. E. Muller's
    transform (1958), r·cos t and r·sin t with r = √(−2·ln((a + 1)/2³²)), t = 2π·b/2³², in float64, then rounded.
    """
    end = offset + len(into)
    for first in range(offset // 4, -(-end // 4), _BATCH):
        last = min(first + _BATCH, -(-end // 4))
        words = philox_words(np.arange(first, last, dtype=np.uint64), seed).astype(np.float64)
        radius = np.sqrt(-2.0 * np.log((words[:, 0::2] + 1.0) * 2.0**-32))
        angle = words[:, 1::2] * (2.0 * np.pi * 2.0**-32)
        values = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=2).reshape(-1)
        low, high = max(offset, 4 * first), min(end, 4 * last)
        into[low - offset : high - offset] = values[low - 4 * first : high - 4 * first]
