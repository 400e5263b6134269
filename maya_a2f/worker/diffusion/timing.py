"""When the network's frames lie. Integer arithmetic only (specification, inference.md sections 2 and 5).

Frames are counted from the first kept one of the first inference: frame j of inference i is number i·C + j. Some lie
before the recording; they are never shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from maya_a2f.worker.diffusion.package import DiffusionInfo
from maya_a2f.worker.windows import WindowProgress


@dataclass(frozen=True)
class Schedule:
    """The windows of a package and the frames they give."""

    windows: WindowProgress
    """Of inferences; the target is the first kept frame."""
    frames: WindowProgress
    """Of kept frames."""
    kept: int
    """C, kept frames of an inference."""

    @property
    def first_frame(self) -> int:
        """Number of the first frame that does not lie before the recording."""
        return self.frames.count_closed(0)

    def frame_count(self, samples: int) -> int:
        """Frames of a finished recording: their targets lie within it."""
        return max(0, self.frames.count_closed(samples) - self.first_frame)

    def inference_count(self, samples: int) -> int:
        """Inferences of a finished recording."""
        return self.windows.count_closed(samples)

    def kept_range(self, inference: int, samples: int) -> tuple[int, int]:
        """(first, end) numbers of the frames of an inference that lie within a finished recording; may be empty."""
        low, high = inference * self.kept, (inference + 1) * self.kept
        first = max(low, self.first_frame)
        return first, max(first, min(high, self.frames.count_closed(samples)))

    def position(self, seconds: Fraction, samplerate: int) -> Fraction:
        """The number, between frames a fraction, of the frame that lies ``seconds`` into the recording."""
        ahead = seconds * samplerate - self.frames.start_offset - self.frames.target_offset
        return ahead / self.frames.stride


def schedule_of(info: DiffusionInfo) -> Schedule:
    """The package's schedule: windows overlap by what is not kept of them."""
    windows = WindowProgress(
        size=info.buffer_len,
        start_offset=-info.padding_left,
        target_offset=info.buffer_len * info.left_frames // info.frames,
        stride=Fraction(info.buffer_len * info.kept_frames, info.frames),
    )
    return Schedule(windows, windows.per_frame(info.kept_frames), info.kept_frames)
