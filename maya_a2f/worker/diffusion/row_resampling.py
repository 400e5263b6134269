"""From the network's frames to the scene's: rows are interpolated linearly in time.

The network gives 60 frames a second and no other rate. A frame of the scene that falls on one of the network's is that
one, bit for bit (at 30 frames a second every second one, at 60 all of them); between two it is their mixture. Before
the first and after the last frame of a recording the nearest is held.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from maya_a2f.worker.diffusion.timing import Schedule
from maya_a2f.worker.package import Floats
from maya_a2f.worker.windows import SampleIndices


class RowTimes:
    """Which of the network's frames make which of the scene's, for one finished recording."""

    def __init__(self, schedule: Schedule, samplerate: int, rate: Fraction, samples: int) -> None:
        """``rate`` in the scene's frames per second."""
        start = schedule.position(Fraction(0), samplerate)
        step = schedule.position(1 / rate, samplerate) - start
        self._unit = start.denominator * step.denominator
        self._start, self._step = int(start * self._unit), int(step * self._unit)
        self._first = schedule.first_frame
        self._last = self._first + schedule.frame_count(samples) - 1
        shown = -(-(samples * rate.numerator) // (samplerate * rate.denominator))
        self.count = max(0, shown) if self._last >= self._first else 0
        """Frames of the scene; none where the recording is too short for one of the network's."""

    def sources(self, first: int, count: int) -> tuple[SampleIndices, Floats]:
        """((n,) number of the network's frame before each of the scene's, (n,) share of the next one)."""
        position = self._start + np.arange(first, first + count, dtype=np.int64) * self._step
        before = position // self._unit
        share = ((position - before * self._unit) / self._unit).astype(np.float32)
        held = np.clip(before, self._first, max(self._first, self._last))
        share[(held != before) | (held >= self._last)] = 0.0
        return held, share


class RowResampler:
    """Takes the network's rows as they come, in order, and gives the scene's as soon as they are certain."""

    def __init__(self, times: RowTimes) -> None:
        self._times = times
        self._done = 0
        self._kept_first = 0
        self._kept: Floats | None = None

    def push(self, first: int, rows: Floats) -> Floats:
        """(m, R) further rows of the scene, after the network's frames ``first``, … (n, R); m may be 0."""
        if self._kept is None:
            self._kept_first, self._kept = first, rows.copy()
        else:
            self._kept = np.concatenate([self._kept, rows])
        made = list(self._certain(self._kept_first + len(self._kept) - 1))
        joined: Floats = np.concatenate(made) if made else rows[:0]
        self._forget()
        return joined

    def _certain(self, last: int) -> Iterator[Floats]:
        assert self._kept is not None
        while self._done < self._times.count:
            count = min(256, self._times.count - self._done)
            before, share = self._times.sources(self._done, count)
            ready = int(np.count_nonzero(before + (share > 0) <= last))  # both grow with time
            if ready:
                yield mixed_rows(self._kept, before[:ready] - self._kept_first, share[:ready])
            self._done += ready
            if ready < count:
                return

    def _forget(self) -> None:
        if self._kept is None or self._done >= self._times.count:
            return
        needed = int(self._times.sources(self._done, 1)[0][0])
        spare = min(max(0, needed - self._kept_first), len(self._kept) - 1)
        self._kept, self._kept_first = self._kept[spare:], self._kept_first + spare


def mixed_rows(rows: Floats, before: SampleIndices, share: Floats) -> Floats:
    """(n, R) (1 − share)·row + share·next row; where the share is 0 the row itself."""
    mixed: Floats = rows[before].astype(np.float32, copy=True)
    between = np.flatnonzero(share)
    low, part = mixed[between], share[between, None]
    mixed[between] = low + part * (rows[before[between] + 1] - low)
    return mixed
