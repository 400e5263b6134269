"""Several recordings through one network while their sound arrives (specification, inference.md sections 2, 5, 6).

Offline solves do the same with whole recordings; what comes out is equal to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from maya_a2f.errors import UserError
from maya_a2f.worker.diffusion.audio_accumulator import AudioAccumulator
from maya_a2f.worker.diffusion.loop import DiffusionLoop
from maya_a2f.worker.diffusion.package import DiffusionInfo
from maya_a2f.worker.diffusion.timing import schedule_of
from maya_a2f.worker.emotion.accumulator import EmotionAccumulator
from maya_a2f.worker.package import Floats


@dataclass(eq=False)
class Track:
    """One recording: sound and emotion keys are put in here, at any time and in any pieces."""

    emotion: EmotionAccumulator
    audio: AudioAccumulator = field(default_factory=AudioAccumulator)
    input_strength: float = 1.0
    """Gain on the audio."""


@dataclass(frozen=True)
class FrameBlock:
    """What an execution gives for one track; may hold no frames."""

    track: int
    first: int
    """Number of its first frame among the track's frames, from 0."""
    frames: Floats
    """(n, D) skin | tongue | jaw | eyes."""
    times: tuple[int, ...]
    """Time stamp of every frame, samples."""
    next_times: tuple[int, ...]
    """Time stamp of the frame after each."""


class DiffusionStream:
    """Tracks that run as one batch."""

    def __init__(self, info: DiffusionInfo, loop: DiffusionLoop) -> None:
        self._info, self._loop = info, loop
        self._schedule = schedule_of(info)
        self.tracks = tuple(Track(EmotionAccumulator(info.emotions)) for _ in range(loop.tracks))

    def frame_count(self, track: int) -> int:
        """Frames of the whole track; 0 as long as its sound is open."""
        audio = self.tracks[track].audio
        return self._schedule.frame_count(audio.count) if audio.is_closed else 0

    def available(self, track: int) -> int:
        """Executions that the track is ready for."""
        audio, emotion = self.tracks[track].audio, self.tracks[track].emotion
        windows = self._schedule.windows
        count = windows.count_closed(audio.count) if audio.is_closed else windows.count_open(audio.count)
        if not emotion.is_closed:
            told = 0 if emotion.last_time is None else self._schedule.frames.count_closed(emotion.last_time + 1)
            count = min(count, told // self._info.kept_frames)
        return max(0, count - self._loop.inferences[track])

    def execute(self) -> list[FrameBlock]:
        """One inference of every track that is ready. Raises :class:`UserError` ``clip.nothing_to_run``, and what the
        loop raises."""
        ready = [self.available(track) > 0 for track in range(len(self.tracks))]
        if not any(ready):
            raise UserError(
                "No recording has enough sound and emotion for a further inference.",
                code="clip.nothing_to_run",
                hint="Add samples and keys, or end them.",
            )
        info = self._info
        windows = np.zeros((len(ready), info.buffer_len), np.float32)
        emotions = np.zeros((len(ready), info.kept_frames, len(info.emotions)), np.float32)
        numbers = list(self._loop.inferences)
        for number, track in enumerate(self.tracks):
            if ready[number]:
                start = self._schedule.windows.start(numbers[number])
                window = track.audio.read(start, info.buffer_len)
                windows[number] = window * np.float32(track.input_strength)
                stamps = self._schedule.frames.targets(numbers[number] * info.kept_frames, info.kept_frames)
                emotions[number] = track.emotion.sampled(stamps)
        predicted = self._loop.run(windows, emotions, ready)
        blocks = [
            self._block(number, numbers[number], predicted.frames(number))
            for number in range(len(ready))
            if ready[number]
        ]
        for number in range(len(ready)):
            self.tracks[number].audio.drop_before(self._schedule.windows.start(self._loop.inferences[number]))
        return blocks

    def reset(self, track: int) -> None:
        """The track's next execution is its first; sound and emotion are emptied by whoever fills them."""
        self._loop.reset(track)

    def _block(self, track: int, inference: int, kept: Floats) -> FrameBlock:
        audio, frames = self.tracks[track].audio, self._schedule.frames
        # While the sound is open, every frame of a complete window lies within what has arrived.
        first, end = self._schedule.kept_range(inference, audio.count)
        stamps = [frames.target(number) for number in range(first, end + 1)]
        low = first - inference * self._info.kept_frames
        return FrameBlock(
            track=track,
            first=first - self._schedule.first_frame,
            frames=kept[low : low + end - first].copy(),
            times=tuple(stamps[:-1]),
            next_times=tuple(stamps[1:]),
        )
