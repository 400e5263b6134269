"""The frame that is shown: the clip's second it means, and the face shown on it without keys, from a take or live."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from PySide6.QtCore import QObject, Signal

from maya_a2f.core.clip import Clip
from maya_a2f.core.rig_map import RigMap
from maya_a2f.errors import A2FError
from maya_a2f.link.messages import Progress
from maya_a2f.settings import SolveSettings
from maya_a2f.ui.live_preview import LivePreview
from maya_a2f.ui.panel_host import FoundCharacter, PanelHost, rate_or
from maya_a2f.ui.panel_jobs import Fitted, MadeTake
from maya_a2f.ui.take_viewer import TakeViewer
from maya_a2f.ui.worker_link import WorkerLink

_LIVE: Final = "Shown live at the playhead, without keys."
_LIVE_SOON: Final = "Shown live at the playhead as soon as the worker is ready."


class Playhead(QObject):
    """Shows nothing, a take, or the pose that the dials give now (*live*). Never writes keys."""

    previewing = Signal(str)
    """What the character shows without keys, in words; empty where it shows nothing of ours."""
    preparing = Signal(object)
    """As :attr:`LivePreview.preparing`."""
    failed = Signal(object)
    """An :class:`A2FError` that ended it."""

    def __init__(self, link: WorkerLink, host: PanelHost, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._host = host
        self._viewer = TakeViewer(link, host, self)
        self._viewer.failed.connect(self._on_failed)
        self._live = LivePreview(link, host, self)
        self._live.failed.connect(self._on_live_failed)
        self._live.noteChanged.connect(self._on_note)
        self._live.preparing.connect(self._on_preparing)
        self._rate = rate_or(host, Fraction(30))
        self._clip: Clip | None = None
        self._target: tuple[FoundCharacter, RigMap] | None = None
        self._is_live = False

    @property
    def live(self) -> LivePreview:
        """The poses that need no take."""
        return self._live

    @property
    def shows_take(self) -> bool:
        """A take is shown."""
        return self._viewer.fitted is not None

    def seconds_of(self, frame: float, clip: Clip) -> float:
        """Where a frame lies in the clip's file."""
        return clip.in_seconds + (frame - clip.start_frame) / float(self._rate)

    def seek(self, seconds: float, clip: Clip | None) -> None:
        """Bring the host to a second of the clip's file."""
        if clip is not None:
            frame = clip.start_frame + (seconds - clip.in_seconds) * float(self._rate)
            self._host.set_current_frame(frame)

    def set_rate(self, rate: Fraction) -> None:
        """Frames per second of the scene."""
        self._rate = rate

    def set_clip(self, clip: Clip | None) -> None:
        """Another clip or stretch; a take of it goes on being shown."""
        self._clip = clip
        self._live.set_clip(clip)
        if clip is None:
            self.stop()

    def set_settings(self, settings: SolveSettings) -> None:
        """What a live pose is made with."""
        self._live.set_settings(settings)

    def set_target(self, character: FoundCharacter | None, rig_map: RigMap | None) -> None:
        """Who shows it."""
        target = (character, rig_map) if character is not None and rig_map is not None else None
        if target == self._target:
            return
        made = self._viewer.fitted.made if self._viewer.fitted is not None else None
        changed_character = self._name() != (character.name if character is not None else "")
        if changed_character:
            self.stop()
        self._target = target
        if target is not None:
            self._live.set_target(target[0].name, target[1], target[0].rig)
            if made is not None and not changed_character:
                self.show_made(made)

    def preview_live(self) -> None:
        """A dial was moved: show what it does on the frame that is shown."""
        if self._clip is None or self._target is None or not self._host.abilities.live_rig:
            return
        self._viewer.stop()
        self._is_live = True
        self._on_note(self._live.note)
        self._live.update_at(self._seconds_into(self._clip, self._host.current_frame()))

    def show_fitted(self, fitted: Fitted) -> None:
        """Show a take that is fitted to the character."""
        self._end_live()
        self._viewer.show(fitted, self._host.current_frame())
        if self._viewer.fitted is not None:
            self.previewing.emit(self._take_words(fitted.made))

    def show_made(self, made: MadeTake) -> None:
        """Fit a take and show it."""
        if self._target is None:
            return
        self._end_live()
        self._viewer.fit_and_show(made, *self._target, self._host.current_frame())
        self.previewing.emit(self._take_words(made))

    def show_frame(self, frame: float, *, may_show: bool = True) -> None:
        """The host shows another frame. ``may_show`` is False while a run has the worker and the rig."""
        if not may_show:
            return
        if self._viewer.fitted is not None:
            self._viewer.show_at(frame)
        elif self._is_live and self._clip is not None:
            self._live.update_at(self._seconds_into(self._clip, frame))

    def stop(self, *, spares_preparing: bool = False) -> None:
        """Show nothing of ours; the rig is put back. ``spares_preparing`` as for :meth:`LivePreview.stop`."""
        self._viewer.stop()
        self._end_live(spares_preparing)
        self.previewing.emit("")

    def forget(self) -> None:
        """The scene is gone: nothing to put back."""
        try:
            self.stop()
        except A2FError:
            self.previewing.emit("")
        self._target = None

    def _take_words(self, made: MadeTake) -> str:
        has_keys_elsewhere = self._host.abilities.writes_file
        return f"Take {made.number} is shown at the playhead{'' if has_keys_elsewhere else ', without keys'}."

    def _seconds_into(self, clip: Clip, frame: float) -> float:
        """After the clip's in point."""
        return self.seconds_of(frame, clip) - clip.in_seconds

    def _name(self) -> str:
        return "" if self._target is None else self._target[0].name

    def _end_live(self, spares_preparing: bool = False) -> None:
        if self._is_live:
            self._is_live = False
            self._live.stop(spares_preparing=spares_preparing)

    def _on_failed(self, error: A2FError) -> None:
        self.previewing.emit("")
        self.failed.emit(error)

    def _on_live_failed(self, error: A2FError) -> None:
        if self._is_live:
            self._end_live()
            self._on_failed(error)

    def _on_preparing(self, progress: Progress | None) -> None:
        if progress is None:
            self._on_note(self._live.note)
        elif self._is_live:
            self.previewing.emit(_LIVE_SOON)
        self.preparing.emit(progress)

    def _on_note(self, note: str) -> None:
        if self._is_live:
            self.previewing.emit(f"{_LIVE} {note}".strip())
