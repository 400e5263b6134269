"""Windows gathered where the network runs, from one copy of every clip's sound (specification, inference.md section 2).

The numbers are those of :func:`maya_a2f.worker.windows.gather_windows` times the gain, to the last bit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from maya_a2f.worker.package import Floats
from maya_a2f.worker.windows import SampleIndices, WindowProgress


class SoundStore:
    """Stretches of several clips' sound in one tensor on ``device``, gain applied, silence around them."""

    def __init__(self, size: int, device: torch.device) -> None:
        """``size`` is the length W of a window."""
        self._size, self._device = size, device
        self._sound = torch.zeros(0, dtype=torch.float32, device=device)
        self._pieces: list[torch.Tensor] = []
        self._length = 0

    def add(
        self, audio: Floats, gain: float, progress: WindowProgress, first: int, count: int
    ) -> npt.NDArray[np.int64]:
        """Copy what the windows ``first``, ``first + 1``, … of ``audio`` (N,) hear; (count,) where they start here."""
        starts = progress.starts(first, count)
        low, high = int(starts[0]), int(starts[-1]) + self._size
        heard = audio[min(max(low, 0), len(audio)) : max(min(high, len(audio)), 0)]
        piece = torch.zeros(high - low, dtype=torch.float32, device=self._device)
        if len(heard):
            begin = max(0, -low)
            moved = torch.tensor(heard, dtype=torch.float32).to(self._device)
            piece[begin : begin + len(heard)] = moved * float(np.float32(gain))
        self._pieces.append(piece)
        places: SampleIndices = starts - low + self._length
        self._length += len(piece)
        return places

    def windows(self, places: Sequence[int] | npt.NDArray[np.int64]) -> torch.Tensor:
        """(B, 1, W) windows that start at ``places`` (B,) of :meth:`add`, contiguous."""
        if self._pieces:
            self._sound = torch.cat([self._sound, *self._pieces])
            self._pieces.clear()
        chosen = torch.as_tensor(np.asarray(places, np.int64), device=self._device)
        return self._sound.unfold(0, self._size, 1)[chosen][:, None, :]


def sound_bytes(progress: WindowProgress, size: int, first: int, count: int) -> int:
    """Memory that the sound of such windows takes."""
    return 4 * (progress.start(first + count - 1) - progress.start(first) + size)
