"""What the core asks of a host: where keys land. Hosts implement it; the core never learns which one it talks to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from maya_a2f.core.rig import KeyedCurve, Rig


@dataclass(frozen=True)
class Timeline:
    """The time line the keys are counted on."""

    rate: Fraction
    """Frames per second."""
    first_frame: float
    last_frame: float


@dataclass(frozen=True)
class AudioNode:
    """The sound as it lies on the time line."""

    path: str
    """The file; it stands so in the scene, in one of a Maya project with the project's folder marked."""
    offset_frame: float
    """Frame on which the first sample of the file is heard; may be fractional or negative. A stretch of a longer file
    is best laid down whole, with an offset that puts the stretch on its frame: nothing is cut, so it stays in step."""
    length_frames: float
    """Length of the whole file in frames; may be fractional."""


@dataclass(frozen=True)
class SkippedCurve:
    """A curve the host did not write."""

    attribute: str
    reason: str
    """Why, as a sentence without its subject: "the rig has no such attribute"."""


@dataclass(frozen=True)
class KeptKeys:
    """Keys of an earlier run that a later one left, since somebody edited them or they are somebody else's."""

    attribute: str
    frames: tuple[tuple[float, float], ...]
    """First and last frame of every stretch that was left; empty where the whole curve was."""
    reason: str
    """Why, as a sentence without its subject: "its keys were edited since they were written"."""


@dataclass(frozen=True)
class BakeReport:
    """What a bake did."""

    written: tuple[str, ...]
    """Attributes that now have the keys."""
    skipped: tuple[SkippedCurve, ...] = ()
    notes: tuple[str, ...] = ()
    """Remarks worth showing."""
    key_count: int | None = None
    """How many keys were written; None where the host wrote all that it was given for what it has ``written``."""
    kept: tuple[KeptKeys, ...] = ()
    """Keys that a second run left as they are; a curve of which nothing was written is skipped as well."""


def keys_written(report: BakeReport, curves: Iterable[KeyedCurve]) -> int:
    """How many keys a bake of these curves wrote."""
    if report.key_count is not None:
        return report.key_count
    written = set(report.written)
    return sum(len(curve.frames) for curve in curves if curve.attribute in written)


class Host(Protocol):
    """Where keys land: Maya, a scene file, or memory."""

    def rig(self) -> Rig:
        """What the character offers. Raises :class:`~maya_a2f.errors.HostError`."""

    def bake(
        self,
        curves: Sequence[KeyedCurve],
        *,
        timeline: Timeline,
        audio: AudioNode | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> BakeReport:
        """Write the keys, all or none; what the rig cannot take is skipped and reported, never written elsewhere.

        Values are final attribute values: degrees, centimetres, weights, the rest already added. ``metadata`` says what
        made the keys and is kept with them (names are identifiers). Raises :class:`~maya_a2f.errors.HostError`; then
        nothing was changed.
        """
