"""The panel without Maya: our own head as the character, a bake writes a Maya scene, the face is drawn beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QFileDialog, QWidget

from maya_a2f import settings
from maya_a2f.core.frame_rate import maya_time_unit
from maya_a2f.core.head import Head, load_head
from maya_a2f.core.ports import AudioNode, BakeReport, Host, Timeline
from maya_a2f.core.rig import KeyedCurve, Rig
from maya_a2f.errors import Cancelled, HostError, UserError
from maya_a2f.host.scene_file.head_rig import head_rig
from maya_a2f.host.scene_file.host import SceneFileHost
from maya_a2f.outputs import HEAD_FOLDER
from maya_a2f.ui.panel_host import Abilities, BakeChoice, BakedResult, FoundCharacter

CHARACTER: Final = "Default head"
RATES: Final = tuple(
    Fraction(*rate)
    for rate in ((24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (48, 1), (50, 1), (60000, 1001), (60, 1))
)

ChooseFile = Callable[[Path], Path | None]
"""Suggested file -> the file to write, None when the user thought better of it. Asks before replacing one."""


class StandaloneHost:
    """A :class:`~maya_a2f.ui.panel_host.PanelHost`: one character, a time line of its own, results are files."""

    def __init__(self, *, choose_file: ChooseFile | None = None, settings_store: QSettings | None = None) -> None:
        self._choose_file = choose_file or _ask_for_file
        self._store = settings_store or QSettings(str(settings.user_folder() / "panel.ini"), QSettings.Format.IniFormat)
        self._rate = Fraction(30)
        self._frame = 1.0
        self._watchers: list[Callable[[float], None]] = []
        self._scene_watchers: list[Callable[[str], None]] = []
        self.clip_path: Path | None = None
        """The recording that is chosen: a scene goes next to it unless another place is chosen."""
        self.on_values: Callable[[Mapping[str, float]], None] = lambda values: None
        """Draws the head at attribute values; what is not among them is at rest."""

    @property
    def title(self) -> str:
        """What the window says."""
        return "Scene file"

    @property
    def abilities(self) -> Abilities:
        """Files instead of a scene, a drawn head instead of a rig."""
        return Abilities(
            plays_sound=False, has_layers=False, picks_from_selection=False, writes_file=True, live_rig=True
        )

    @cached_property
    def head(self) -> Head:
        """The head that ships."""
        return load_head(HEAD_FOLDER)

    @cached_property
    def _found(self) -> FoundCharacter:
        return FoundCharacter(CHARACTER, head_rig(self.head))

    def pick(self) -> FoundCharacter:
        """There is only one."""
        return self._found

    def characters(self) -> list[str]:
        """The head that ships."""
        return [CHARACTER]

    def character(self, name: str) -> FoundCharacter:
        """The head. Raises :class:`HostError` ``character.gone`` for any other name."""
        if name != CHARACTER:
            raise HostError(
                f"There is no character '{name}' here.",
                code="character.gone",
                hint=f"Outside Maya there is '{CHARACTER}' only.",
            )
        return self._found

    def fix(self, character: str, attributes: Sequence[str]) -> FoundCharacter:
        """Nothing of the head is ever blocked."""
        return self.character(character)

    def rate(self) -> Fraction:
        """Frames per second of the scenes that are written."""
        return self._rate

    def rates(self) -> list[Fraction]:
        """The usual ones."""
        return [*RATES]

    def set_rate(self, rate: Fraction) -> None:
        """Choose one. Raises :class:`UserError` ``rate.not_in_maya``."""
        if maya_time_unit(rate) is None:
            raise UserError(
                f"Maya has no time unit for {float(rate):g} frames per second.",
                code="rate.not_in_maya",
                hint="Choose one of the list.",
            )
        if rate != self._rate:
            self._rate = rate
            for tell in [*self._scene_watchers]:
                tell("rate")

    def current_frame(self) -> float:
        """The frame shown."""
        return self._frame

    def set_current_frame(self, frame: float) -> None:
        """Show a frame."""
        if frame != self._frame:
            self._frame = frame
            for tell in [*self._watchers]:
                tell(frame)

    def play(self, first_frame: float, last_frame: float) -> None:
        """There is no time line here that plays; the panel plays the sound itself where it can."""

    def stop(self) -> None:
        """Nothing plays here."""

    def sound_folder(self) -> Path:
        """Beside the last scene that was chosen, else beside the recording."""
        if self._chosen is not None:
            return self._chosen.parent
        return self.clip_path.parent if self.clip_path is not None else Path.cwd()

    _chosen: Path | None = None

    def layers(self) -> list[str]:
        """None in a new scene."""
        return []

    def show_sound(self, audio: AudioNode) -> None:
        """There is no time line to lay it on."""

    def show_values(self, character: str, values: Mapping[str, float]) -> None:
        """Draw the head so."""
        self.character(character)
        self.on_values(values)

    def put_back(self) -> None:
        """Draw the head at rest."""
        self.on_values({})

    def bake_target(self, character: str, choice: BakeChoice) -> Host:
        """Asks for the file first. Raises :class:`Cancelled` when no file is chosen."""
        self.character(character)
        path = self._choose_file(self.suggested_file())
        if path is None:
            raise Cancelled("No file was chosen; nothing was written.")
        path = path if path.suffix.lower() == ".ma" else path.with_name(f"{path.name}.ma")
        if self.clip_path is not None and path.resolve() == self.clip_path.resolve():
            raise UserError(
                f"'{path}' is the recording itself.", code="output.is_clip", hint="Choose another name for the scene."
            )
        self._chosen = path
        return _SceneFile(path, self.head)

    def suggested_file(self) -> Path:
        """Next to the recording, named after it; a number is added rather than naming a file that is there."""
        clip = self.clip_path or Path.cwd() / "face"
        folder = self._chosen.parent if self._chosen is not None else clip.parent
        path, count = folder / f"{clip.stem}.ma", 2
        while path.exists():
            path, count = folder / f"{clip.stem}_{count}.ma", count + 1
        return path

    def results(self, character: str) -> list[BakedResult]:
        """Each result is a file of its own."""
        return []

    def remove(self, result: BakedResult, *, force: bool = False) -> BakeReport:
        """Raises :class:`HostError`: results are files."""
        raise HostError("Results are files here.", code="result.is_file", hint="Delete the file instead.")

    def watch(self, on_frame: Callable[[float], None], on_scene: Callable[[str], None]) -> Callable[[], None]:
        """Frames and rates."""
        self._watchers.append(on_frame)
        self._scene_watchers.append(on_scene)

        def stop() -> None:
            if on_frame in self._watchers:
                self._watchers.remove(on_frame)
                self._scene_watchers.remove(on_scene)

        return stop

    def remember(self, key: str, text: str) -> None:
        """In a settings file in the user's own folder. Raises :class:`HostError` ``file.unwritable``."""
        self._store.setValue(key, text)
        self._store.sync()
        if self._store.status() != QSettings.Status.NoError:
            raise HostError(
                f"'{self._store.fileName()}' cannot be written.",
                code="file.unwritable",
                hint="Check that the folder may be written to.",
            )

    def recall(self, key: str) -> str:
        """A text kept by :meth:`remember`."""
        value = self._store.value(key, "")
        return value if isinstance(value, str) else ""

    def later(self, call: Callable[[], None]) -> None:
        """At the next turn of the event loop."""
        QTimer.singleShot(0, call)


class _SceneFile:
    """Writes one scene; the user agreed to replace it when choosing it."""

    def __init__(self, path: Path, head: Head) -> None:
        self._path = path
        self._host = SceneFileHost(path, head, overwrite=True)

    def rig(self) -> Rig:
        """What the head offers."""
        return self._host.rig()

    def bake(
        self,
        curves: Sequence[KeyedCurve],
        *,
        timeline: Timeline,
        audio: AudioNode | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> BakeReport:
        """See :class:`maya_a2f.core.ports.Host`."""
        report = self._host.bake(curves, timeline=timeline, audio=audio, metadata=metadata)
        return replace(report, notes=(f"Written: {self._path}", *report.notes))


def _ask_for_file(suggested: Path, parent: QWidget | None = None) -> Path | None:
    """The system's own dialog, which asks before a file is replaced."""
    name, _ = QFileDialog.getSaveFileName(parent, "Write the Maya scene", str(suggested), "Maya ASCII (*.ma)")
    return Path(name) if name else None
