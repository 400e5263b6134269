"""What the device pipeline is given of each clip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from maya_a2f.worker.emotion_track import EmotionTrack
from maya_a2f.worker.package import Floats, RegressionPackage
from maya_a2f.worker.windows import WindowProgress, regression_progress


@dataclass(frozen=True, eq=False)
class HeardClip:
    """What the network hears and is told."""

    samples: Floats
    """(N,) mono at the network's rate."""
    rate: Fraction
    """Frames per second wanted."""
    emotion: EmotionTrack
    input_strength: float
    """The gain on the sound."""
    first: int = 0
    """First frame that is wanted."""
    count: int | None = None
    """How many; None means all up to the end."""

    def progress(self, package: RegressionPackage) -> WindowProgress:
        """Where its windows lie."""
        return regression_progress(package.info, self.rate)

    def frame_count(self, package: RegressionPackage) -> int:
        """Frames that are wanted."""
        if self.count is not None:
            return self.count
        return max(0, self.progress(package).count_closed(len(self.samples)) - self.first)


@dataclass(frozen=True)
class PosedClip:
    """How rows become channels; the fields are those of :meth:`maya_a2f.worker.pose.Poser.pose`."""

    rate: Fraction
    parameters: Mapping[str, float]
    """Those that differ from the package's."""
    first_frame: int = 0
    """The frame of the clip that the rows start with."""
    lead_frames: int = 0
    """Rows at the start that only let the smoothing settle."""
