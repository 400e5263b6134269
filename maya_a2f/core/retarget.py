"""Take + rig map -> tracks named by rig attribute. Fast, pure, repeatable without a new solve."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat

from maya_a2f.core.channels import ARKIT_CHANNELS, EYE_CHANNELS, JAW_CHANNELS, TONGUE_CHANNELS
from maya_a2f.core.derived_channels import seen_by
from maya_a2f.core.joint_tracks import joint_tracks
from maya_a2f.core.piecewise import curve_value, curve_values
from maya_a2f.core.rig import AttributeTrack, Rig, RigAttribute
from maya_a2f.core.rig_map import Drive, RigMap
from maya_a2f.core.rig_map_model import sources_of
from maya_a2f.core.take import Take

_STANDARD = frozenset((*ARKIT_CHANNELS, *TONGUE_CHANNELS, *JAW_CHANNELS, *EYE_CHANNELS))
"""A model need not give all of them, so that one is missing is no remark."""


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
    notes: tuple[str, ...] = ()
    """What is not quite as the pose has it, a sentence each."""
    channels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Attributes that no line of the map drives, but a joint's motion or a fit, with the channels that they follow."""


def retargeted(take: Take, rig_map: RigMap, rig: Rig) -> RetargetResult:
    """Drive a rig by a take.

    A sample is ``rest + offset + curve(Σ gain · channel)`` in the attribute's unit (degrees, centimetres,
    weight), within the map's limits and then the attribute's own. A channel the take does not have counts as 0; an
    attribute with none of its channels in the take, and a muted one, gets no track. Joints follow after them, where no
    drive has their channels (:func:`~maya_a2f.core.joint_tracks.joint_tracks`).
    """
    attributes = {attribute.name: attribute for attribute in rig.attributes}
    channels = seen_by(rig_map, take.tracks, take.frame_count)
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
        sources = [(gain, channels[channel]) for channel, gain in drive.gains.items() if channel in channels]
        if not sources:
            silent.append(name)
            continue
        samples = _driven(sources, drive, _start(drive, attribute), take.frame_count)
        tracks.append(AttributeTrack(name, attribute.kind, _held(samples, drive, attribute)))
    told = {channel for name in silent for channel in rig_map.channels_of(rig_map.drives[name])}
    unknown = sorted(rig_map.followed - take.tracks.keys() - _STANDARD - told)
    notes = [f"The rig map follows '{name}', which this take does not have." for name in unknown]
    joints = joint_tracks(channels, take.frame_count, rig_map.joints, rig, rig_map.drives)
    return RetargetResult(
        (*tracks, *joints.tracks),
        (*missing, *joints.missing),
        (*silent, *joints.silent),
        (*muted, *joints.muted),
        (*notes, *joints.notes),
        joint_channels(rig_map, joints.tracks),
    )


def joint_channels(rig_map: RigMap, tracks: Iterable[AttributeTrack]) -> dict[str, tuple[str, ...]]:
    """Attributes of joints that follow a rigid part, with the take's channels that do."""
    drives = {node: tuple(sorted(sources_of(d.channels, rig_map.derived))) for node, d in rig_map.joints.drives.items()}
    nodes = ((track.attribute, track.attribute.rpartition(".")[0]) for track in tracks)
    return {attribute: drives[node] for attribute, node in nodes if node in drives}


def driven_value(drive: Drive, attribute: RigAttribute, rig_map: RigMap, channels: Mapping[str, float]) -> float:
    """One sample of an attribute, muted or not: ``channels`` that are missing count as 0.

    A derived channel may be among ``channels`` by its name, where none that it is made from is.
    """
    given = {name: (value,) for name, value in channels.items()}
    tracks = {**given, **seen_by(rig_map, given, 1)}
    moved = sum(gain * tracks[name][0] for name, gain in drive.gains.items() if name in tracks)
    if drive.curve is not None:
        moved = curve_value(drive.curve, moved)
    floor, ceiling = _bounds(drive, attribute)
    return min(ceiling, max(floor, _start(drive, attribute) + moved))


def _start(drive: Drive, attribute: RigAttribute) -> float:
    return (attribute.rest if drive.rest is None else drive.rest) + drive.offset


def _driven(sources: Sequence[tuple[float, Sequence[float]]], drive: Drive, start: float, count: int) -> array[float]:
    if drive.curve is not None:
        curve = drive.curve
        return array("d", [start + height for height in curve_values(curve, _summed(sources, 0.0, count))])
    return _summed(sources, start, count)


def _summed(sources: Sequence[tuple[float, Sequence[float]]], start: float, count: int) -> array[float]:
    if len(sources) == 1 and sources[0][0] == 1.0 and start == 0.0:
        return array("d", sources[0][1])
    values: Iterable[float] = repeat(start, count)
    for (one, ones), (other, others) in zip(sources[::2], sources[1::2], strict=False):
        values = [so_far + one * a + other * b for so_far, a, b in zip(values, ones, others, strict=True)]
    if len(sources) % 2:
        gain, samples = sources[-1]
        values = [so_far + gain * sample for so_far, sample in zip(values, samples, strict=True)]
    return array("d", values)


def _held(samples: array[float], drive: Drive, attribute: RigAttribute) -> array[float]:
    """Samples within the map's limits and the attribute's own."""
    floor, ceiling = _bounds(drive, attribute)
    if floor == -math.inf and ceiling == math.inf:
        return samples
    return array("d", [floor if value < floor else ceiling if value > ceiling else value for value in samples])


def _bounds(drive: Drive, attribute: RigAttribute) -> tuple[float, float]:
    """Lowest and highest value; infinite where there is no limit."""
    floors = [limit for limit in (drive.limits and drive.limits[0], attribute.lowest) if limit is not None]
    ceilings = [limit for limit in (drive.limits and drive.limits[1], attribute.highest) if limit is not None]
    return max(floors, default=-math.inf), min(ceilings, default=math.inf)
