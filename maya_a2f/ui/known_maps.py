"""The map a character starts with: one that ships for exactly this rig, else a match by name."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from maya_a2f.core.matching import Match, MatchReport, matched_by_name
from maya_a2f.core.rig import Rig
from maya_a2f.core.rig_map import RigMap, read_rig_map
from maya_a2f.errors import A2FError
from maya_a2f.outputs import HEAD_FOLDER

_WHY = "shipped map"


def automatic_match(rig: Rig, channels: Sequence[str]) -> MatchReport:
    """The shipped map where the rig has every attribute that it names, else what matches by name."""
    names = {attribute.name for attribute in rig.attributes}
    for rig_map in _shipped():
        if names.issuperset(rig_map.drives):
            used = {channel for drive in rig_map.drives.values() for channel in drive.gains}
            return MatchReport(
                rig_map=rig_map,
                unmatched_channels=tuple(channel for channel in channels if channel not in used),
                unmatched_attributes=tuple(
                    attribute.name for attribute in rig.attributes if attribute.name not in rig_map.drives
                ),
                matches=dict.fromkeys(rig_map.drives, Match(1.0, _WHY)),
            )
    return matched_by_name(rig, channels)


@cache
def _shipped() -> tuple[RigMap, ...]:
    try:
        return (read_rig_map(HEAD_FOLDER / "rig_map.json"),)
    except A2FError:
        return ()
