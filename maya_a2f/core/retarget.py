"""Take + rig map -> tracks named by rig attribute. Fast, pure, repeatable without a new solve."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
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
    muted_attributes: tuple[str, ...] = ()
    """Attributes of the rig that the map mutes; they get no track."""


def retargeted(take: Take, rig_map: RigMap, rig: Rig) -> RetargetResult:
    """Drive a rig by a take.

    A sample is ``rest + offset + Σ gain · sign · channel`` in the attribute's unit (degrees, centimetres, weight),
    within the map's limits and then the attribute's own. A channel the take does not have counts as 0; an attribute
    with none of its channels in the take, and a muted one, gets no track.
    """
    attributes = {attribute.name: attribute for attribute in rig.attributes}
    tracks: list[AttributeTrack] = []
    missing: list[str] = []
    silent: list[str] = []
    muted: list[str] = []
    for name, drive in rig_map.drives.items():
        attribute = attributes.get(name)
        if attribute is None:
            missing.append(name)
            continue
        if drive.muted:
            muted.append(name)
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
    return RetargetResult(tuple(tracks), tuple(missing), tuple(silent), tuple(muted))


def driven_value(drive: Drive, attribute: RigAttribute, rig_map: RigMap, channels: Mapping[str, float]) -> float:
    """One sample of an attribute, muted or not: ``channels`` that are missing count as 0."""
    moved = sum(gain * rig_map.sign(name) * channels.get(name, 0.0) for name, gain in drive.gains.items())
    floor, ceiling = _bounds(drive, attribute)
    return min(ceiling, max(floor, attribute.rest + drive.offset + moved))


def _driven(sources: Sequence[tuple[float, Sequence[float]]], start: float, count: int) -> array[float]:
    if len(sources) == 1 and sources[0][0] == 1.0 and start == 0.0:
        return array("d", sources[0][1])
    values = array("d", [start]) * count
    for gain, samples in sources:
        values = array("d", [value + gain * sample for value, sample in zip(values, samples, strict=True)])
    return values


def _held(samples: array[float], drive: Drive, attribute: RigAttribute) -> array[float]:
    """Samples within the map's limits and the attribute's own."""
    floor, ceiling = _bounds(drive, attribute)
    if floor == -math.inf and ceiling == math.inf:
        return samples
    return array("d", [min(ceiling, max(floor, value)) for value in samples])


def _bounds(drive: Drive, attribute: RigAttribute) -> tuple[float, float]:
    """Lowest and highest value; infinite where there is no limit."""
    floors = [limit for limit in (drive.limits and drive.limits[0], attribute.lowest) if limit is not None]
    ceilings = [limit for limit in (drive.limits and drive.limits[1], attribute.highest) if limit is not None]
    return max(floors, default=-math.inf), min(ceilings, default=math.inf)
