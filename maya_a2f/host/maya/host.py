"""The host that writes into the running Maya."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from maya_a2f.core.ports import AudioNode, BakeReport, Timeline
from maya_a2f.core.rig import KeyedCurve, Rig
from maya_a2f.host.maya.bake import BakeOptions, bake_character
from maya_a2f.host.maya.metadata import Result, results_on
from maya_a2f.host.maya.removing import remove_result
from maya_a2f.host.maya.scan import Character, read_character


class MayaHost:
    """Bakes onto one character of the scene. Call it from Maya's main thread only."""

    def __init__(self, character: Character | None = None, options: BakeOptions | None = None) -> None:
        """Without a character the selected one is read. Raises as :func:`read_character`."""
        self.character = character if character is not None else read_character()
        self.options = options or BakeOptions()

    def rig(self) -> Rig:
        """What the character offers."""
        return self.character.rig()

    def bake(
        self,
        curves: Sequence[KeyedCurve],
        *,
        timeline: Timeline,
        audio: AudioNode | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> BakeReport:
        """Write the keys; see :class:`maya_a2f.core.ports.Host` and :func:`~maya_a2f.host.maya.bake.bake_character`."""
        return bake_character(
            self.character, curves, timeline=timeline, audio=audio, metadata=metadata, options=self.options
        )

    def results(self) -> list[Result]:
        """What was baked onto the character and is still recorded in the scene."""
        return results_on(
            self.character.name, {item.node_uuid for item in self.character.attributes}, self.character.namespace
        )

    def remove(self, result: Result, *, force: bool = False) -> BakeReport:
        """Take the keys of a result out again; see :func:`~maya_a2f.host.maya.removing.remove_result`."""
        return remove_result(result, force=force)
