"""The map that a character starts with: a saved one, the one that ships for exactly this rig, else a match by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from maya_a2f.core.matched_joints import with_joints
from maya_a2f.core.matching import MatchReport, matched_by_name, report_of
from maya_a2f.core.rig import Rig
from maya_a2f.core.rig_map import RigMap
from maya_a2f.core.rig_map_folders import search_rig_map

_SHIPPED = "shipped map"
_NAMED = 3


@dataclass(frozen=True)
class AutomaticMap:
    """A map, and where it comes from."""

    report: MatchReport
    path: Path | None = None
    """The file, for a saved one."""
    notes: tuple[str, ...] = ()
    """What is worth knowing about the choice, as sentences."""

    @property
    def rig_map(self) -> RigMap:
        """The map."""
        return self.report.rig_map

    @property
    def asked(self) -> str:
        """The open questions as a sentence, for where they cannot be answered; empty without any."""
        names = [f"'{question.attribute}'" for question in self.report.questions]
        if not names:
            return ""
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        return (
            f"Attributes whose names are not clear stay at rest: {', '.join(names[:_NAMED])}{more}. "
            f"Answer in the panel, or write them into a rig map."
        )


def automatic_map(
    rig: Rig, channels: Sequence[str], folders: Sequence[Path] = (), shipped: Iterable[RigMap] = ()
) -> AutomaticMap:
    """The map saved for the rig in ``folders`` (:func:`~maya_a2f.core.rig_map_folders.search_rig_map`); else that of
    ``shipped`` of which the rig has every attribute; else what matches by name, joints included."""
    search = search_rig_map(rig, folders)
    notes = [f"{error.message} It was passed over." for error in search.problems]
    if search.found is not None:
        found = search.found
        if found.rivals:
            others = ", ".join(f"'{path.name}'" for path in found.rivals[:_NAMED])
            notes.append(f"'{found.path.name}' is used; {others} fit as well. Name a map after the character.")
        report = report_of(found.rig_map, rig, channels, f"from {found.path.name}")
        return AutomaticMap(report, found.path, tuple(notes))
    names = {attribute.name for attribute in rig.attributes}
    for rig_map in shipped:
        if names.issuperset(rig_map.drives):
            return AutomaticMap(report_of(rig_map, rig, channels, _SHIPPED), notes=tuple(notes))
    report = with_joints(matched_by_name(rig, channels), rig, channels)
    return AutomaticMap(report, notes=(*notes, *report.notes))
