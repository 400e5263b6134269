"""Take + rig map -> tracks named by rig attribute. Fast, pure, repeatable without a new solve."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from maya_a2f.core.rig import AttributeTrack, Rig, RigAttribute
from maya_a2f.core.rig_map import Drive, RigMap
from maya_a2f.core.take import Take


@dataclass(frozen=True)
class RetargetResult:
    """Tracks for a rig, and what could not be driven."""

    tracks: tuple[AttributeTrack, ...]
    missing_attributes: tuple[str, ...]
    """Attributes the map names and the rig does not have."""
    silent_attributes: tuple[str, ...]
    """Attributes of the rig whose channels the take does not have; they get no track."""


def retargeted(take: Take, rig_map: RigMap, rig: Rig) -> RetargetResult:
    """Drive a rig by a take.

    A sample is ``rest + offset + Σ gain · sign · channel`` in the attribute's unit (degrees, centimetres, weight),
    within the map's limits and then the attribute's own. A channel the take does not have counts as 0; an attribute
    with none of its channels in the take gets no track.
    """
    attributes = {attribute.name: attribute for attribute in rig.attributes}
    tracks: list[AttributeTrack] = []
    missing: list[str] = []
    silent: list[str] = []
    for name, drive in rig_map.drives.items():
        attribute = attributes.get(name)
        if attribute is None:
            missing.append(name)
            continue
        sources = [
            (gain * rig_map.sign(channel), take.tracks[channel])
            for channel, gain in drive.gains.items()
            if channel in take.tracks
        ]
        if not sources:
            silent.append(name)
            continue
        samples = _driven(sources, attribute.rest + drive.offset, take.frame_count)
        tracks.append(AttributeTrack(name, attribute.kind, _held(samples, drive, attribute)))
    return RetargetResult(tuple(tracks), tuple(missing), tuple(silent))


def _driven(sources: Sequence[tuple[float, Sequence[float]]], start: float, count: int) -> array[float]:
    if len(sources) == 1 and sources[0][0] == 1.0 and start == 0.0:
        return array("d", sources[0][1])
    values = array("d", [start]) * count
    for gain, samples in sources:
        values = array("d", [value + gain * sample for value, sample in zip(values, samples, strict=True)])
    return values


def _held(samples: array[float], drive: Drive, attribute: RigAttribute) -> array[float]:
    """Samples within the map's limits and the attribute's own."""
    lowest = max(
        (limit for limit in (drive.limits and drive.limits[0], attribute.lowest) if limit is not None), default=None
    )
    highest = min(
        (limit for limit in (drive.limits and drive.limits[1], attribute.highest) if limit is not None), default=None
    )
    if lowest is None and highest is None:
        return samples
    floor = float("-inf") if lowest is None else lowest
    ceiling = float("inf") if highest is None else highest
    return array("d", [min(ceiling, max(floor, value)) for value in samples])
