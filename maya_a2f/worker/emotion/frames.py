"""Which moments are listened to, and the frames that come of them (specification, emotion.md section 2, inference.md
section 2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from maya_a2f.errors import Cancelled, UserError
from maya_a2f.worker.emotion.accumulator import EmotionAccumulator
from maya_a2f.worker.emotion.chain import EmotionChain, heard_shares
from maya_a2f.worker.emotion.listener import Heard, Listener
from maya_a2f.worker.package import Floats
from maya_a2f.worker.windows import WindowProgress

_BATCH_WINDOWS = 8
_STEPS_BETWEEN_QUESTIONS = 512


@dataclass(frozen=True)
class EmotionFrames:
    """The clock of the emotion: a rate of its own, and how many frames share one run of the classifier."""

    progress: WindowProgress
    """Of the runs."""
    frames_per_run: int

    @property
    def per_frame(self) -> WindowProgress:
        """The progress of single frames."""
        return self.progress.per_frame(self.frames_per_run)

    def frame_count(self, sample_count: int) -> int:
        """Frames of a finished recording."""
        return self.per_frame.count_closed(sample_count)


def classifier_frames(window_samples: int, samplerate: int, rate: Fraction, skip: int) -> EmotionFrames:
    """One run for ``skip`` + 1 frames, the emotion that of the window's centre.

    Raises :class:`UserError` ``emotion.skip``: what lies between two runs must have been heard.
    """
    stride = Fraction(samplerate) * (skip + 1) / rate
    if stride > window_samples:
        raise UserError(
            f"Skipping {skip} frames leaves parts of the recording unheard: a window has {window_samples} samples, and "
            f"the next one would start {float(stride):g} later.",
            code="emotion.skip",
            hint="Lower inferencesToSkip, or give a larger windowSamples.",
        )
    half = window_samples // 2
    return EmotionFrames(WindowProgress(window_samples, -half, half, stride), skip + 1)


def postprocess_frames(samplerate: int, rate: Fraction) -> EmotionFrames:
    """Without a classifier: a frame is there as soon as its sample is."""
    return EmotionFrames(WindowProgress(1, 0, 0, Fraction(samplerate) / rate), 1)


def available_runs(
    progress: WindowProgress,
    frames_per_run: int,
    sample_count: int,
    *,
    is_closed: bool,
    keys: EmotionAccumulator | None = None,
    done: int = 0,
) -> int:
    """How many windows can be run beyond the ``done`` ones, with so many samples there.

    Keys that may still grow let only frames up to the last key through (emotion gating); ended ones are no limit.
    """
    count = progress.count_closed(sample_count) if is_closed else progress.count_open(sample_count)
    if keys is not None and not keys.is_closed:
        last = keys.last_time
        gated = 0 if last is None else progress.per_frame(frames_per_run).count_closed(last + 1) // frames_per_run
        count = min(count, gated)
    return max(0, count - done)


def listen(
    listener: Listener,
    audio: Floats,
    frames: EmotionFrames,
    on_progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
    batch: int = _BATCH_WINDOWS,
) -> Heard:
    """What the listener hears in every window of a finished recording ``audio`` (N,). Raises :class:`Cancelled`."""
    runs = available_runs(frames.progress, frames.frames_per_run, len(audio), is_closed=True)
    pieces: list[Heard] = []
    step = min(batch, listener.max_batch or batch)
    for first in range(0, runs, step):
        if cancelled():
            raise Cancelled
        count = min(step, runs - first)
        pieces.append(listener.hear(audio, frames.progress.starts(first, count), frames.progress.size))
        on_progress(first + count, runs)
    return Heard.joined(pieces, len(listener.labels))


def replay(
    chain: EmotionChain,
    heard: Heard,
    frames: EmotionFrames,
    sample_count: int,
    *,
    keys: EmotionAccumulator | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[int, Floats]]:
    """(time stamp, emotion) of every frame of a finished recording, the chain started anew.

    ``keys`` are the preferred emotion over time, read at each frame's sample. The frames of one run share its logits;
    those behind the end are dropped. Raises :class:`Cancelled`.
    """
    chain.reset()
    shares = heard_shares(heard.logits, chain.settings)
    count = min(frames.frame_count(sample_count), len(shares) * frames.frames_per_run)
    targets = frames.per_frame.targets(0, count)
    wanted = None if keys is None else keys.sampled(targets)
    for frame, target in enumerate(targets.tolist()):
        if frame % _STEPS_BETWEEN_QUESTIONS == 0 and cancelled():
            raise Cancelled
        yield target, chain.step(shares[frame // frames.frames_per_run], None if wanted is None else wanted[frame])


def silent_runs(count: int, labels: int) -> Heard:
    """What is heard without a classifier: all emotions alike (section 3.5)."""
    return Heard(np.zeros((count, labels), np.float32), np.zeros(count, np.float32))
