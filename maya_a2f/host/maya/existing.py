"""Animation that lay on a character before any run of ours: it is left alone where that is asked."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cached_property

from maya_a2f.core.face_regions import KEPT_REASON, moves_any
from maya_a2f.host.maya.metadata import results_on
from maya_a2f.host.maya.scan import Character, ScannedAttribute


class ExistingAnimation:
    """Tells what of a character's animated attributes no recorded run has written."""

    def __init__(self, character: Character) -> None:
        self._character = character

    def kept_reason(self, scanned: ScannedAttribute, channels: Iterable[str], regions: Collection[str]) -> str:
        """Why an animated attribute takes no keys; empty where it does: of another region, or ours before."""
        if not moves_any(channels, regions) or (scanned.node_uuid, scanned.plug) in self._ours:
            return ""
        return KEPT_REASON

    @cached_property
    def _ours(self) -> frozenset[tuple[str, str]]:
        """(node, plug) of everything that results on the character name."""
        found = results_on(self._character.name, {item.node_uuid for item in self._character.attributes})
        return frozenset(record.place for result in found for record in result.curves)
