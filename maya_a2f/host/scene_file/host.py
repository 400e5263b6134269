"""The host that writes a Maya ASCII scene: no Maya needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from maya_a2f.core.head import Head
from maya_a2f.core.ports import AudioNode, BakeReport, Timeline
from maya_a2f.core.rig import KeyedCurve, Rig
from maya_a2f.errors import HostError
from maya_a2f.host.scene_file.head_rig import head_rig
from maya_a2f.host.scene_file.head_scene import write_head_scene


class SceneFileHost:
    """Bakes onto a head in a new scene file."""

    def __init__(
        self,
        path: Path,
        head: Head,
        *,
        overwrite: bool = False,
        channels: Mapping[str, Sequence[str]] | None = None,
        result: str = "",
    ) -> None:
        """``channels`` says what drives each attribute, and ``result`` is its name, for the record in the scene."""
        self._path = path
        self._head = head
        self._overwrite = overwrite
        self._channels = channels
        self._result = result

    def rig(self) -> Rig:
        """What the head offers."""
        return head_rig(self._head)

    def bake(
        self,
        curves: Sequence[KeyedCurve],
        *,
        timeline: Timeline,
        audio: AudioNode | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> BakeReport:
        """Write the scene; see :class:`maya_a2f.core.ports.Host`.

        Raises :class:`HostError` ``file.exists`` without ``overwrite``, and as
        :func:`~maya_a2f.host.scene_file.head_scene.write_head_scene`.
        """
        if self._path.exists() and not self._overwrite:
            raise HostError(
                f"'{self._path}' exists already.",
                code="file.exists",
                hint="Choose another name, or allow overwriting it.",
            )
        return write_head_scene(
            self._path, self._head, curves, timeline=timeline, audio=audio, metadata=metadata, channels=self._channels,
            result=self._result,
        )  # fmt: skip
