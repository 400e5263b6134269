"""The take of a long clip, made stretch by stretch: memory does not grow with its length.

Each stretch is posed with what lies around it, so that smoothing and solver have settled and everything that looks
around a frame finds it; borders between stretches are then no different from any other frame.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np

from maya_a2f.core.take import Take
from maya_a2f.worker.package import Floats
from maya_a2f.worker.spool import forget_pages
from maya_a2f.worker.take_file import TakeFile

LONG_SECONDS = 120
"""Longer clips are made in stretches."""
MARGIN_SECONDS = 1.5
"""What is posed on both sides of a stretch and thrown away."""
_STRETCH_SECONDS = 30
_HALF_LIVES = 64
"""Two stages of smoothing have settled to below 1e-15 of a jump after so many of their half lives."""


def long_take(
    raw: Floats,
    rate: Fraction,
    half_life_seconds: float,
    tail_seconds: float,
    folder: Path | None,
    posed: Callable[[Floats, int, int], Take],
    on_progress: Callable[[int, int], None],
) -> TakeFile:
    """The take of ``raw`` (F, R), all but finished.

    ``posed(rows, lead, first)`` makes a stretch of it: ``rows`` start at frame ``first``, and the first ``lead``
    of them give no samples. Raises what ``posed`` raises; then no file is left.
    """
    count, margin = len(raw), math.ceil(MARGIN_SECONDS * rate)
    run_in, step = math.ceil(_HALF_LIVES * half_life_seconds * rate), math.ceil(_STRETCH_SECONDS * rate)
    made: TakeFile | None = None
    try:
        for start in range(0, count, step):
            on_progress(start, count)
            stop = min(count, start + step)
            shown = max(0, start - margin)
            first = max(0, shown - run_in)
            take = posed(np.array(raw[first : min(count, stop + margin)]), shown - first, first)
            forget_pages(raw)
            if made is None:
                made = TakeFile(folder, take, count, tail_seconds)
            inner = slice(start - shown, stop - shown)
            made.write(start, {name: np.asarray(samples)[inner] for name, samples in take.tracks.items()})
        on_progress(count, count)
    except BaseException:
        if made is not None:
            made.close()
        raise
    assert made is not None  # a long clip has frames
    return made
