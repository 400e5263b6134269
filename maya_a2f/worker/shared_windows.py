"""Windows that overlap on one grid, and what is inferred over them in one go.

At 30 frames a second every third window begins a whole number of a network's steps after the last (5 of 320 samples):
three phases, and within each nothing is computed twice. At 24 no such grid is dense enough to be worth it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from maya_a2f.worker.emotion_track import EmotionTrack
from maya_a2f.worker.engines.stretch_network import StretchNetwork
from maya_a2f.worker.inference import check_finite, emotion_input
from maya_a2f.worker.package import Floats, RegressionPackage
from maya_a2f.worker.windows import SampleIndices, gather_windows, regression_progress

_MOST_PHASES = 12
_MOST_STEPS = 10
"""Windows further apart have little in common: at 23 steps nothing."""


@dataclass(frozen=True)
class Sharing:
    """Which windows share what they hear alike."""

    phases: int
    """Frames from a window to the next one on its grid."""
    steps: int
    """The network's steps between those two."""


def sharing(stride: Fraction, step_samples: int) -> Sharing | None:
    """How windows ``stride`` samples apart share; None where it would not pay.

    >>> sharing(Fraction(16000, 30), 320)
    Sharing(phases=3, steps=5)
    """
    for phases in range(1, _MOST_PHASES + 1):
        steps = phases * stride / step_samples
        if steps.denominator == 1:
            return Sharing(phases, int(steps)) if steps <= _MOST_STEPS else None
    return None


def stretch_inputs(
    package: RegressionPackage,
    network: StretchNetwork,
    shared: Sharing,
    audio: Floats,
    rate: Fraction,
    emotion: EmotionTrack,
    first: int,
    count: int,
    *,
    input_strength: float,
) -> tuple[Floats, Floats, SampleIndices]:
    """What the network is given for the frames ``first``, ``first + 1``, …: emotion (B, M, E), audio (B, S), places
    (M,); B · M is ``count`` or a little more, frame ``first + m · B + b`` being frame m of stretch b.

    Arguments as of :func:`~maya_a2f.worker.inference.infer`.
    """
    progress = regression_progress(package.info, rate)
    stretches = min(shared.phases, count)
    each = -(-count // stretches)
    places = shared.steps * np.arange(each)
    size = package.info.buffer_len + network.step_samples * int(places[-1])
    sound = gather_windows(audio, progress.starts(first, stretches), size)
    sound *= np.float32(input_strength)
    told = emotion_input(package, emotion, progress, first, each * stretches).reshape(each, stretches, -1)
    return np.ascontiguousarray(told.transpose(1, 0, 2)), sound, places


def infer_stretch(
    package: RegressionPackage, network: StretchNetwork, given: tuple[Floats, Floats, SampleIndices], count: int
) -> Floats:
    """(count, R) raw network output of the frames that :func:`stretch_inputs` made ``given`` for: what windows by
    themselves give, but for rounding. Raises :class:`EngineError` ``engine.*``."""
    result = network.run(*given)
    rows: Floats = result.transpose(1, 0, 2).reshape(-1, result.shape[2])[:count]
    check_finite(rows, package)
    return rows
