"""Which stretch of audio every frame hears. Integer arithmetic only (specification, inference.md section 2).

A window of ``size`` samples is placed every ``stride`` samples (a fraction); its *target* is the sample whose
animation it yields, which is the frame's time stamp.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from maya_a2f.worker.package import Floats, NetworkInfo

SampleIndices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class WindowProgress:
    """Window k starts at S + ⌊k·stride⌋; all numbers are samples."""

    size: int
    """Length of a window."""
    start_offset: int
    """S: where window 0 starts; usually negative, so that frame 0 lies at sample 0."""
    target_offset: int
    """T: the target's place in the window."""
    stride: Fraction
    """Samples from one window to the next, more than 0."""

    def start(self, window: int) -> int:
        """First sample."""
        return self.start_offset + window * self.stride.numerator // self.stride.denominator

    def target(self, window: int) -> int:
        """The sample whose animation the window yields."""
        return self.start(window) + self.target_offset

    def end(self, window: int) -> int:
        """The sample after the last."""
        return self.start(window) + self.size

    def starts(self, first: int, count: int) -> SampleIndices:
        """(count,) first samples of the windows ``first``, ``first + 1``, …"""
        windows = np.arange(first, first + count, dtype=np.int64)
        return self.start_offset + windows * self.stride.numerator // self.stride.denominator

    def targets(self, first: int, count: int) -> SampleIndices:
        """(count,) time stamps of the windows ``first``, ``first + 1``, …"""
        return self.starts(first, count) + self.target_offset

    def count_closed(self, sample_count: int) -> int:
        """Windows whose target lies before the end of a finished recording; zeros stand for what is missing."""
        return _at_least_zero_ceil((sample_count - self.start_offset - self.target_offset) / self.stride)

    def count_open(self, sample_count: int) -> int:
        """Windows that are complete while the recording still grows."""
        spare = sample_count - self.start_offset - self.size
        return _at_least_zero_ceil((spare + 1) / self.stride)

    def per_frame(self, frames_per_window: int) -> WindowProgress:
        """The progress of single frames where one window yields several: frame f of window k is number k·F + f."""
        return WindowProgress(self.size, self.start_offset, self.target_offset, self.stride / frames_per_window)


def regression_progress(info: NetworkInfo, rate: Fraction) -> WindowProgress:
    """One window per frame, the frame's sample ``buffer_ofs`` into it."""
    return WindowProgress(info.buffer_len, -info.buffer_ofs, info.buffer_ofs, Fraction(info.samplerate) / rate)


def gather_windows(audio: Floats, starts: SampleIndices, size: int) -> Floats:
    """(B, size) windows of a finished recording (N,), zeros before its beginning and after its end."""
    windows = np.zeros((len(starts), size), np.float32)
    for row, start in zip(windows, starts.tolist(), strict=True):
        first, end = max(start, 0), min(start + size, len(audio))
        if first < end:
            row[first - start : end - start] = audio[first:end]
    return windows


def _at_least_zero_ceil(value: Fraction) -> int:
    return max(0, -(-value.numerator // value.denominator))
