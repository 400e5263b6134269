"""What an engineer would say on hearing the recording: silent, clipped, off centre. Nothing is changed."""

from __future__ import annotations

import numpy as np

from maya_a2f.worker.audio_source import Block

_FULL_SCALE = 32766.5 / 32768.0
"""16-bit samples at either end of their range count as full scale."""
_CLIPPED_SHARE = 0.001
_OFFSET = 0.01
_SILENT = 10.0 ** (-80.0 / 20.0)
_UNSCALED = 8.0


class LevelMeter:
    """Sums over blocks of a recording."""

    def __init__(self) -> None:
        self._values = 0
        self._samples = 0
        self._full = 0
        self._peak = 0.0
        self._mono_peak = 0.0
        self._mono_sum = 0.0

    def add(self, block: Block, mono: Block) -> None:
        """Take (n, channels) samples and their mean (n,) over the channels."""
        magnitude = np.abs(block)
        self._values += magnitude.size
        self._samples += len(mono)
        self._full += int(np.count_nonzero(magnitude >= _FULL_SCALE))
        self._peak = max(self._peak, float(magnitude.max()))
        self._mono_peak = max(self._mono_peak, float(np.abs(mono).max()))
        self._mono_sum += float(mono.sum(dtype=np.float64))

    def warnings(self) -> tuple[str, ...]:
        """Remarks in words, none for a sound recording."""
        if not self._samples:
            return ()
        if self._mono_peak < _SILENT:
            if self._peak >= _SILENT * 10.0:
                return ("The channels cancel each other out: their mean is silent. Use a file with one channel.",)
            return ("The recording is silent.",)
        remarks: list[str] = []
        if self._peak > _UNSCALED:
            remarks.append(
                f"The samples reach {self._peak:.0f} times full scale; the file is probably not scaled to 1."
            )
        elif self._full > _CLIPPED_SHARE * self._values:
            remarks.append(f"Clipped: {100.0 * self._full / self._values:.1f} % of the samples are at full scale.")
        offset = self._mono_sum / self._samples
        if abs(offset) > _OFFSET:
            remarks.append(f"The recording has a constant offset of {100.0 * offset:.1f} % of full scale.")
        return tuple(remarks)
