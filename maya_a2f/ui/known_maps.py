"""The map a character starts with in the panel."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from maya_a2f.core.automatic_map import AutomaticMap, automatic_map
from maya_a2f.core.rig import Rig
from maya_a2f.core.rig_map import RigMap, read_rig_map
from maya_a2f.errors import A2FError
from maya_a2f.outputs import HEAD_FOLDER
from maya_a2f.settings import rig_map_folders


def automatic_match(rig: Rig, channels: Sequence[str], scenes: Sequence[Path] | None = ()) -> AutomaticMap:
    """The map saved for the character, the one that ships for its rig, else what matches by name. ``scenes``: files
    that the character is in or comes from; None looks for no saved map."""
    return automatic_map(rig, channels, () if scenes is None else rig_map_folders(*scenes), _shipped())


@cache
def _shipped() -> tuple[RigMap, ...]:
    try:
        return (read_rig_map(HEAD_FOLDER / "rig_map.json"),)
    except A2FError:
        return ()
