"""The rig at one moment of the clip, as the dials stand: the worker poses it, the rig moves, no keys are set."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, QTimer, Signal

from maya_a2f import run
from maya_a2f.core.clip import Clip
from maya_a2f.core.retarget import RetargetResult
from maya_a2f.core.rig import Rig
from maya_a2f.core.rig_map import RigMap
from maya_a2f.core.take import Take
from maya_a2f.errors import A2FError, Cancelled
from maya_a2f.link.messages import Message, Progress
from maya_a2f.retargeting import retarget
from maya_a2f.settings import SolveSettings
from maya_a2f.steps import Steps, WorkerRequest
from maya_a2f.ui.panel_host import PanelHost
from maya_a2f.ui.worker_link import Ticket, WorkerLink

SLOT = "live"
FIT_SLOT = "live fit"
"""Its own, so that a pose asked for meanwhile does not push the solve of the last one aside."""
_SOON_MS = 400
"""What the worker does sooner is not worth a word."""


class LivePreview(QObject):
    """Follows a moment and the dials until :meth:`stop`. Nothing happens before the first :meth:`update_at`."""

    poseShown = Signal(dict)  # noqa: N815 - as Qt names signals
    """Channels (name -> value) of a pose, once the rig shows it."""
    valuesShown = Signal(dict)  # noqa: N815
    """The same pose as values of the rig's attributes; a :class:`~maya_a2f.ui.face_view.FaceView` takes them."""
    noteChanged = Signal(str)  # noqa: N815
    """What is worth saying about the pose; empty when nothing is."""
    preparing = Signal(object)
    """The :class:`Progress` of what the worker must do before it can show a pose, where that takes long: a network may
    have to be prepared for the GPU. None once that is over."""
    failed = Signal(object)
    """An :class:`A2FError` that kept a pose from being shown."""

    def __init__(self, link: WorkerLink, host: PanelHost, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link, self._host = link, host
        self._clip: Clip | None = None
        self._settings = SolveSettings()
        self._target: tuple[str, RigMap, Rig] | None = None
        self._seconds: float | None = None
        self._tickets: list[Ticket] = []
        self._spared: list[Ticket] = []
        self._channels: Mapping[str, float] | None = None
        self._is_moved = False
        self._note = ""
        self._progress: Progress | None = None
        self._is_preparing = False
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_SOON_MS)
        self._patience.timeout.connect(self._tell_preparing)

    @property
    def is_live(self) -> bool:
        """Between the first :meth:`update_at` and :meth:`stop`."""
        return self._seconds is not None

    @property
    def note(self) -> str:
        """As of the last :attr:`noteChanged`."""
        return self._note

    def set_clip(self, clip: Clip | None) -> None:
        """Another clip; without one the preview stops."""
        if clip != self._clip:
            self._clip = clip
            self._channels = None
            if clip is None:
                self.stop()
            else:
                self._ask()

    def set_settings(self, solve_settings: SolveSettings) -> None:
        """Dials as they stand; a live preview follows at once."""
        if solve_settings != self._settings:
            self._settings = solve_settings
            self._ask()

    def set_target(self, character: str, rig_map: RigMap, rig: Rig) -> None:
        """The rig to move. Another character's rig is put back first; another map shows the same pose anew."""
        if self._target is not None and self._target[0] != character:
            self._put_back()
        self._target = (character, rig_map, rig)
        if self.is_live and self._channels is not None:
            self._show(self._channels)
        else:
            self._ask()

    def update_at(self, seconds: float) -> None:
        """Show the moment so many seconds after the clip's in point. Cheap to call often: only the newest is asked."""
        self._seconds = seconds
        self._ask()

    def stop(self, *, spares_preparing: bool = False) -> None:
        """Put the rig back and follow nothing. What the worker prepares may be spared, until :meth:`call_off`: the job
        that comes next finds it done."""
        self._seconds = None
        self._channels = None
        tickets, self._tickets = [*self._spared, *self._tickets], []
        self._spared = [ticket for ticket in tickets if spares_preparing and ticket.is_preparing]
        for ticket in tickets:  # one that waits, and an older one that the worker has in hand
            if ticket not in self._spared:
                ticket.cancel()
        if not self._spared:
            self._end_preparing()
        self._put_back()
        self._say("")

    def call_off(self) -> None:
        """What was spared is not needed any more."""
        spared, self._spared = self._spared, []
        for ticket in spared:
            ticket.cancel()

    def _ask(self) -> None:
        """Ask for the pose of the present moment; an older question that still waits is replaced."""
        if self._seconds is None or self._clip is None or self._target is None:
            return
        try:
            fields = run.solve_fields(self._clip, self._settings)
        except A2FError as error:
            self.failed.emit(error)
            return
        ticket: Ticket = self._link.request(
            "pose_frame",
            {**fields, "seconds": self._seconds},
            slot=SLOT,
            on_progress=lambda progress: self._on_progress(progress),
            on_result=lambda message: self._on_pose(message),
            on_error=lambda error: self._on_error(error),
        )
        self._tickets = [*(older for older in self._tickets if not older.is_over), ticket]

    def _on_progress(self, progress: Progress) -> None:
        self._progress = progress
        if self._is_preparing:
            self.preparing.emit(progress)
        elif (self.is_live or self._spared) and not self._patience.isActive():
            self._patience.start()

    def _tell_preparing(self) -> None:
        self._is_preparing = True
        self.preparing.emit(self._progress)

    def _end_preparing(self) -> None:
        self._patience.stop()
        if self._is_preparing:
            self._is_preparing = False
            self.preparing.emit(None)

    def _on_pose(self, message: Message) -> None:
        """Also a pose that dials have left meanwhile is shown: the newer one follows, and the face moves on the way."""
        self._end_preparing()
        if not self.is_live:
            return
        try:
            channels, notes = message.numbers("channels"), message.texts("notes", ())
        except A2FError as error:
            self.failed.emit(error)
            return
        self._channels = channels
        self._say(" ".join(notes))
        self._show(channels)

    def _on_error(self, error: A2FError) -> None:
        self._end_preparing()
        if not self.is_live:
            return
        if not isinstance(error, Cancelled):
            self.failed.emit(error)
        elif self._link.state not in ("stopped", "failed"):  # a job went first: ask again behind it
            self._ask()

    def _show(self, channels: Mapping[str, float]) -> None:
        if self._target is None:
            return
        character, rig_map, rig = self._target
        take = Take(self._settings.rate, {name: (value,) for name, value in channels.items()})
        steps = retarget(take, rig_map, rig)
        try:
            asked = next(steps)
        except StopIteration as done:
            self._move(character, channels, done.value)
            return
        except A2FError as error:
            self.failed.emit(error)
            return
        if isinstance(asked, WorkerRequest):  # the map names a fit
            self._link.request(
                asked.name,
                asked.fields,
                asked.blobs,
                slot=FIT_SLOT,
                on_result=lambda message: self._on_fitted(steps, channels, message),
                on_error=lambda error: self._on_error(error),
            )

    def _on_fitted(self, steps: Steps[RetargetResult], channels: Mapping[str, float], message: Message) -> None:
        if not self.is_live or self._target is None:
            return
        try:
            steps.send(message)
        except StopIteration as done:
            self._move(self._target[0], channels, done.value)
        except A2FError as error:
            self.failed.emit(error)

    def _move(self, character: str, channels: Mapping[str, float], result: RetargetResult) -> None:
        values = {track.attribute: float(track.samples[0]) for track in result.tracks}
        try:
            if self._host.abilities.live_rig:
                self._is_moved = True
                self._host.show_values(character, values)
        except A2FError as error:
            self.failed.emit(error)
            return
        self.poseShown.emit(dict(channels))
        self.valuesShown.emit(values)

    def _put_back(self) -> None:
        if self._is_moved:
            self._is_moved = False
            try:
                self._host.put_back()
            except A2FError as error:
                self.failed.emit(error)

    def _say(self, note: str) -> None:
        if note != self._note:
            self._note = note
            self.noteChanged.emit(note)
