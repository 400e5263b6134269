"""What the network remembered before each inference of a clip, so that a moment needs nothing of what precedes it.

4 KB per inference for the published model (inference.md section 8). Of long clips only some are kept, evenly spread.
"""

from __future__ import annotations

import hashlib
import weakref

import numpy as np

from maya_a2f.worker.package import Floats

_MOST_KEPT = 1024
_MOST_CLIPS = 4
_PIECE_SAMPLES = 1 << 20


class ClipMemories:
    """Inference -> the memory (steps, layers, width) it starts from; nothing for the first, which starts with none."""

    def __init__(self) -> None:
        self._kept: dict[int, Floats] = {}
        self._every = 1

    def keep(self, inference: int, latents: Floats) -> None:
        """Remember it, or not, where enough are kept."""
        if inference == 0 or inference % self._every:
            return
        self._kept[inference] = latents.copy()
        while len(self._kept) > _MOST_KEPT:
            self._every *= 2
            self._kept = {number: held for number, held in self._kept.items() if number % self._every == 0}

    def nearest(self, inference: int) -> tuple[int, Floats | None]:
        """(number, memory) of the last known inference up to ``inference``."""
        known = max((number for number in self._kept if number <= inference), default=0)
        return known, self._kept.get(known)


class MemoryShelf:
    """The memories of the last clips."""

    def __init__(self) -> None:
        self._clips: dict[tuple[object, ...], ClipMemories] = {}

    def of(self, key: tuple[object, ...]) -> ClipMemories:
        """Those of the clip under ``key``."""
        found = self._clips.pop(key, None) or ClipMemories()
        self._clips[key] = found
        while len(self._clips) > _MOST_CLIPS:
            del self._clips[next(iter(self._clips))]
        return found


class SoundDigest:
    """SHA-256 of samples; that of the array asked about last is kept."""

    def __init__(self) -> None:
        self._last: tuple[weakref.ref[Floats], str] | None = None

    def of(self, samples: Floats) -> str:
        """64 hex digits."""
        if self._last is not None and self._last[0]() is samples:
            return self._last[1]
        content = hashlib.sha256()
        for first in range(0, len(samples), _PIECE_SAMPLES):
            content.update(np.ascontiguousarray(samples[first : first + _PIECE_SAMPLES], "<f4").data)
        self._last = (weakref.ref(samples), content.hexdigest())
        return self._last[1]
