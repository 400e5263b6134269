"""The stretch of a recording between in and out, and what is wrong with its samples.

Times are seconds in the file. A time is taken exactly as the float it is and rounded to the nearest sample (half a
sample up), so the stretch begins and ends at most half a source sample from what was asked: 16 kHz, 31 microseconds.
The stretch is cut before resampling: nothing outside of it is heard.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from maya_a2f.errors import UserError
from maya_a2f.worker.audio_source import AudioSource, Block, refuse_no_samples

LONGEST_SECONDS = 3 * 3600
"""Longer stretches are refused: the samples alone would take 700 MB."""

LOUDEST = 1e6
"""No recording is 120 dB over full scale; a float file that holds such values is damaged."""


@dataclass(frozen=True)
class Stretch:
    """What was asked for, in seconds of the file."""

    path: str
    in_seconds: float = 0.0
    out_seconds: float | None = None

    def check(self) -> None:
        """Raise :class:`UserError` ``clip.in_out`` unless 0 <= in < out, both finite."""
        for name, value in (("in", self.in_seconds), ("out", self.out_seconds)):
            if value is not None and not (math.isfinite(value) and value >= 0.0):
                raise UserError(
                    f"The {name} point of '{self.path}' is {value:g} s.",
                    code="clip.in_out",
                    hint=f"Give the {name} point in seconds from the file's start, 0 or more.",
                )
        if self.out_seconds is not None and self.out_seconds <= self.in_seconds:
            raise UserError(
                f"The in point ({self.in_seconds:g} s) of '{self.path}' does not lie before its out point "
                f"({self.out_seconds:g} s).",
                code="clip.in_out",
                hint="Set the out point behind the in point.",
            )

    def bounds(self, rate_hz: int) -> tuple[int, int | None]:
        """First sample, and the one after the last (None: the file's end)."""
        stop = None if self.out_seconds is None else nearest_sample(self.out_seconds, rate_hz)
        return nearest_sample(self.in_seconds, rate_hz), stop


def nearest_sample(seconds: float, rate_hz: int) -> int:
    """The sample nearest to a time, in exact arithmetic; halves go up."""
    return math.floor(Fraction(seconds) * rate_hz + Fraction(1, 2))


class StretchReader:
    """Hands out a source's blocks within a stretch, refusing impossible samples and counting what it saw."""

    def __init__(self, source: AudioSource, stretch: Stretch, *, longest_seconds: int = LONGEST_SECONDS) -> None:
        stretch.check()
        self._longest_seconds = longest_seconds
        self._source = source
        self._stretch = stretch
        self.start, self._stop = stretch.bounds(source.rate_hz)
        self.count = 0
        """Samples per channel handed out so far."""
        self.warnings: list[str] = []
        """After the end: in words, what was wrong with the file or the out point."""

    def blocks(self) -> Iterator[Block]:
        """The stretch in blocks of (n, channels), n >= 1.

        Raises :class:`UserError` ``audio.not_finite``, ``audio.impossible_level``, ``audio.too_long``,
        ``audio.no_samples`` and ``clip.in_out``.
        """
        position = 0
        for block in self._source.blocks():
            begin = max(0, self.start - position)
            end = len(block) if self._stop is None else min(len(block), self._stop - position)
            if begin < end:
                yield self._accept(block[begin:end], position + begin)
            position += len(block)
            if self._stop is not None and position >= self._stop:
                break
        self._conclude(position)

    def _accept(self, block: Block, position: int) -> Block:
        self.count += len(block)
        if self.count > self._longest_seconds * self._source.rate_hz:
            raise UserError(
                f"The stretch of '{self._stretch.path}' is longer than {self._longest_seconds // 3600} hours.",
                code="audio.too_long",
                hint="Set in and out points, or cut the recording into shorter files.",
            )
        # One pass over the block finds both: a comparison with NaN is false.
        if not float(np.abs(block).max()) <= LOUDEST:
            raise self._refuse_samples(block, position)
        return block

    def _refuse_samples(self, block: Block, position: int) -> UserError:
        row = int(np.argmax(~(np.abs(block).max(axis=1) <= LOUDEST)))
        value = float(block[row][np.argmax(~(np.abs(block[row]) <= LOUDEST))])
        where = f"at {(position + row) / self._source.rate_hz:.3f} s"
        if math.isfinite(value):
            return UserError(
                f"The recording '{self._stretch.path}' holds the value {value:.3g} {where}; full scale is 1.",
                code="audio.impossible_level",
                hint="The file is damaged or was not written as sound; export it again.",
            )
        kind = "a sample that is not a number" if math.isnan(value) else "an infinite sample"
        return UserError(
            f"The recording '{self._stretch.path}' holds {kind} {where}.",
            code="audio.not_finite",
            hint="Repair it in an audio editor, or export it again as 16-bit or 24-bit WAV.",
        )

    def _conclude(self, position: int) -> None:
        rate_hz = self._source.rate_hz
        if position == 0:
            raise refuse_no_samples(Path(self._stretch.path))
        if self.count == 0:
            if self.start >= position:
                what = f"lies at or behind the end of '{self._stretch.path}', which is {position / rate_hz:.3f} s long"
                message = f"The in point ({self._stretch.in_seconds:g} s) {what}."
            else:
                message = f"The stretch of '{self._stretch.path}' between in and out is shorter than one sample."
            raise UserError(message, code="clip.in_out", hint="Set in and out points that enclose some sound.")
        # A reader that stopped at the out point has not seen the file's end and cannot tell.
        if self._source.damage:
            self.warnings.append(f"The file is damaged or cut short: {self._source.damage}. What is there was used.")
        if self._stop is not None and position < self._stop:
            out = self._stretch.out_seconds
            self.warnings.append(
                f"The out point ({out:g} s) lies behind the file's end; {position / rate_hz:.3f} s is used."
            )
