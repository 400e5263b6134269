"""A match by name with the rig's joints in it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from maya_a2f.core.channels import channel_kind
from maya_a2f.core.joint_drives import JointSection
from maya_a2f.core.joint_matching import proposed_joints
from maya_a2f.core.matching import MatchReport
from maya_a2f.core.rig import Rig

_NAMED = 3


def with_joints(report: MatchReport, rig: Rig, channels: Collection[str]) -> MatchReport:
    """The report with drives for the joints that names speak of plainly and ``channels`` move.

    The channels of a joint that is driven as a whole are not driven one by one.
    """
    rig_map = report.rig_map
    followed: dict[str, list[str]] = {}
    for attribute, drive in rig_map.drives.items():
        for channel in rig_map.channels_of(drive):
            followed.setdefault(channel, []).append(attribute)
    proposal, given = proposed_joints(rig, followed), frozenset(channels)
    moving = {name: drive for name, drive in proposal.section.drives.items() if given.intersection(drive.channels)}
    section = replace(proposal.section, drives=moving)
    if not moving:
        section = JointSection(eye_look=section.eye_look, tongue_out=section.tongue_out)
    if not section:
        return replace(report, notes=(*report.notes, *_left_open(proposal.unsure)))
    whole = {name for name, drive in moving.items() if not drive.muted}
    drives = {
        name: drive
        for name, drive in rig_map.drives.items()
        if name.rpartition(".")[0] not in whole or channel_kind(name) == "weight"
    }
    joined = replace(rig_map, drives=drives, joints=section)
    return replace(
        report,
        rig_map=joined,
        matches={name: match for name, match in report.matches.items() if name in drives},
        unmatched_channels=tuple(channel for channel in channels if channel not in joined.followed),
        unmatched_attributes=tuple(
            item.name
            for item in rig.attributes
            if item.name not in drives and (item.kind == "weight" or item.name.rpartition(".")[0] not in whole)
        ),
        notes=(*report.notes, *proposal.notes, *_left_open(proposal.unsure)),
    )


def _left_open(names: Sequence[str]) -> tuple[str, ...]:
    if not names:
        return ()
    shown = ", ".join(f"'{name}'" for name in names[:_NAMED])
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    are = "sounds like a joint of the face and is" if len(names) == 1 else "sound like joints of the face and are"
    return (f"{shown}{more} {are} not driven; the rig map's joints can name what should be.",)
