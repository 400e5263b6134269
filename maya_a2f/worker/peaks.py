"""The outline of a recording, for drawing it at any zoom without keeping or decoding its samples again.

A recording is read once, block by block, into cells of equal length: lowest and highest sample and energy of the
channels' mean. When the cells run out, neighbours are joined and a cell becomes twice as long, so the memory has a
bound (24 MB) whatever the length: half a minute at 48 kHz keeps every sample, an hour cells of 2.7 ms.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from maya_a2f.errors import Cancelled
from maya_a2f.worker.audio import average_channels
from maya_a2f.worker.audio_level import LevelMeter
from maya_a2f.worker.audio_source import open_audio
from maya_a2f.worker.audio_stretch import Stretch, StretchReader

Floats = npt.NDArray[np.float32]
OnProgress = Callable[[str, int, int], None]

MOST_CELLS = 1 << 21
"""Must be even."""
MOST_COLUMNS = 1 << 16
LONGEST_OUTLINE_SECONDS = 24 * 3600
"""A longer file is taken for damaged; what may be *solved* is bounded by the stretch between in and out."""
_KEPT = 3


@dataclass(frozen=True, eq=False)
class Columns:
    """What to draw for one stretch."""

    extremes: Floats
    """(count, 2) lowest and highest sample of each column."""
    rms: Floats
    """(count,) root mean square of each column."""


class Cells:
    """Extremes and energies of equal cells of a sound that arrives in pieces."""

    def __init__(self, most: int = MOST_CELLS) -> None:
        self._lowest: Floats = np.empty(min(most, 1 << 12), np.float32)
        self._highest = np.empty_like(self._lowest)
        self._energy = np.empty_like(self._lowest)
        self._most = most
        self._count = 0
        self._rest: Floats = np.empty(0, np.float32)
        self.samples_per_cell = 1
        self.sample_count = 0

    def push(self, mono: Floats) -> None:
        """Take the next (n,) samples."""
        self.sample_count += len(mono)
        self._rest = np.concatenate([self._rest, mono]) if len(self._rest) else mono
        while len(self._rest) >= self.samples_per_cell:
            if self._count == self._most:
                self._join_pairs()
                continue
            cells = min(len(self._rest) // self.samples_per_cell, self._most - self._count)
            taken = cells * self.samples_per_cell
            self._append(self._rest[:taken].reshape(cells, self.samples_per_cell))
            self._rest = self._rest[taken:]

    def finish(self) -> None:
        """Close the last cell, which may be shorter; nothing is to be pushed behind it."""
        if len(self._rest):
            if self._count == self._most:
                self._join_pairs()
            self._append(self._rest[None, :])
            self._rest = self._rest[:0]

    def columns(self, start: float, stop: float, count: int) -> Columns:
        """``count`` equal columns from sample ``start`` to ``stop`` (fractions allowed, 0 <= start < stop).

        Every cell falls into at least one column; columns narrower than a cell repeat it. Columns outside the sound,
        and those of an empty sound, are zero.
        """
        extremes = np.zeros((max(count, 0), 2), np.float32)
        rms = np.zeros(max(count, 0), np.float32)
        if count <= 0 or self._count == 0:
            return Columns(extremes, rms)
        edges = (start + (stop - start) * np.arange(count + 1) / count) / self.samples_per_cell
        firsts = np.floor(edges[:-1] + 1e-9).astype(np.int64)
        inside = np.flatnonzero((firsts >= 0) & (firsts < self._count))
        if not len(inside):
            return Columns(extremes, rms)
        starts = firsts[inside]
        end = min(self._count, max(int(starts[-1]) + 1, math.ceil(edges[int(inside[-1]) + 1] - 1e-9)))
        extremes[inside, 0] = np.minimum.reduceat(self._lowest[:end], starts)
        extremes[inside, 1] = np.maximum.reduceat(self._highest[:end], starts)
        cells = np.maximum(np.diff(np.append(starts, end)), 1)
        energy = np.add.reduceat(self._energy[:end].astype(np.float64), starts)
        rms[inside] = np.sqrt(energy / cells)
        return Columns(extremes, rms)

    def _append(self, cells: Floats) -> None:
        """Take (cells, samples) as so many cells; their energy is kept as the mean square."""
        stop = self._count + len(cells)
        if stop > len(self._lowest):
            size = min(self._most, max(stop, 2 * len(self._lowest)))
            self._lowest, self._highest, self._energy = (
                np.concatenate([values[: self._count], np.empty(size - self._count, np.float32)])
                for values in (self._lowest, self._highest, self._energy)
            )
        self._lowest[self._count : stop] = cells.min(axis=1)
        self._highest[self._count : stop] = cells.max(axis=1)
        self._energy[self._count : stop] = np.square(cells).mean(axis=1)
        self._count = stop

    def _join_pairs(self) -> None:
        half = self._count // 2
        self._lowest[:half] = self._lowest[: 2 * half].reshape(half, 2).min(axis=1)
        self._highest[:half] = self._highest[: 2 * half].reshape(half, 2).max(axis=1)
        self._energy[:half] = self._energy[: 2 * half].reshape(half, 2).mean(axis=1)
        self._count = half
        self.samples_per_cell *= 2


@dataclass(frozen=True, eq=False)
class Outline:
    """A whole recording as cells, and what there is to say about it."""

    cells: Cells
    rate_hz: int
    channels: int
    format_words: str
    """ "WAV, 24-bit PCM"."""
    loudest: float
    """Largest magnitude of the channels' mean; 1 is full scale."""
    warnings: tuple[str, ...]
    """Sentences: silent, clipped, cut short."""

    @property
    def duration_seconds(self) -> float:
        """Of the whole file."""
        return self.cells.sample_count / self.rate_hz

    def columns(self, start_seconds: float, stop_seconds: float | None, count: int) -> Columns:
        """As :meth:`Cells.columns`, by seconds; None is the file's end."""
        stop = self.cells.sample_count if stop_seconds is None else stop_seconds * self.rate_hz
        start = start_seconds * self.rate_hz
        return self.cells.columns(start, max(stop, start + 1e-6), count)


def read_outline(
    path: Path, on_progress: OnProgress | None = None, cancelled: Callable[[], bool] | None = None
) -> Outline:
    """Read the whole of ``path``. Raises as :func:`maya_a2f.worker.audio.load_audio`; ``cancelled`` is asked between
    blocks of about 65 536 samples.
    """
    with open_audio(path) as source:
        reader = StretchReader(source, Stretch(str(path)), longest_seconds=LONGEST_OUTLINE_SECONDS)
        meter = LevelMeter()
        cells = Cells()
        loudest = 0.0
        for block in reader.blocks():
            if cancelled is not None and cancelled():
                raise Cancelled()
            mono = average_channels(block)
            meter.add(block, mono)
            cells.push(mono)
            loudest = max(loudest, float(np.abs(mono).max()))
            if on_progress is not None:
                on_progress("Reading the recording", reader.count, max(source.declared_samples or 0, reader.count + 1))
        cells.finish()
        return Outline(
            cells=cells,
            rate_hz=source.rate_hz,
            channels=source.channels,
            format_words=source.format_words,
            loudest=loudest,
            warnings=(*reader.warnings, *meter.warnings()),
        )


class Outlines:
    """Outlines of the last few files, read anew when a file changes."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, int, int], Outline] = OrderedDict()

    def outline(
        self, path: Path, on_progress: OnProgress | None = None, cancelled: Callable[[], bool] | None = None
    ) -> Outline:
        """As :func:`read_outline`; a file that is gone is refused even if it is known."""
        key = _state_of(path)
        outline = None if key is None else self._known.get(key)
        if key is None or outline is None:
            outline = read_outline(path, on_progress, cancelled)
        if key is not None:
            self._known[key] = outline
            self._known.move_to_end(key)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return outline


def _state_of(path: Path) -> tuple[str, int, int] | None:
    """What identifies the content without reading it; None where it can't be told."""
    try:
        stat = path.stat()
    except (OSError, ValueError):
        return None
    return str(path), stat.st_size, stat.st_mtime_ns
