"""Sound that arrives piece by piece. Rules: specification, inference.md section 1."""

from __future__ import annotations

import numpy as np

from maya_a2f.errors import UserError
from maya_a2f.worker.package import Floats


class AudioAccumulator:
    """Mono samples at the network's rate. Before sample 0 there is silence, after the end too once it is closed."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Empty and open."""
        self._blocks: list[Floats] = []
        self._first = 0
        self._dropped = 0
        self.count = 0
        """Samples so far."""
        self.is_closed = False

    def append(self, samples: Floats) -> None:
        """Add (n,) samples. Raises :class:`UserError` ``clip.ended``."""
        if self.is_closed:
            raise _refused("ended", "samples were added after its end")
        if len(samples):
            self._blocks.append(np.array(samples, np.float32))
            self.count += len(samples)

    def close(self) -> None:
        """No more samples. Raises :class:`UserError` ``clip.ended``."""
        if self.is_closed:
            raise _refused("ended", "it was ended twice")
        self.is_closed = True

    def drop_before(self, sample: int) -> None:
        """Nothing before ``sample`` is read any more; pieces that lie wholly before it are freed."""
        self._dropped = max(self._dropped, min(sample, self.count))
        while self._blocks and self._first + len(self._blocks[0]) <= self._dropped:
            self._first += len(self._blocks.pop(0))

    def read(self, start: int, length: int) -> Floats:
        """(length,) samples from ``start`` on. Raises :class:`UserError` ``clip.not_there`` for what is dropped, or
        beyond the end while it is open."""
        end = start + length
        if end > self.count and not self.is_closed:
            raise _refused("not_there", f"sample {end - 1} has not arrived yet")
        if max(0, start) < min(self._dropped, end):
            raise _refused("not_there", f"sample {max(0, start)} was dropped")
        window = np.zeros(length, np.float32)
        place = self._first
        for block in self._blocks:
            low, high = max(start, place), min(end, place + len(block))
            if low < high:
                window[low - start : high - start] = block[low - place : high - place]
            place += len(block)
        return window


def _refused(code: str, why: str) -> UserError:
    return UserError(
        f"The sound cannot be used: {why}.",
        code=f"clip.{code}",
        hint="Give samples in order, end them once, and read only what is there.",
    )
