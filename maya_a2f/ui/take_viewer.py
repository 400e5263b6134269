"""Shows a take on the character at the playhead, without keys."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from maya_a2f.core.rig_map import RigMap
from maya_a2f.errors import A2FError
from maya_a2f.ui import panel_jobs
from maya_a2f.ui.panel_host import FoundCharacter, PanelHost
from maya_a2f.ui.panel_jobs import Fitted, MadeTake
from maya_a2f.ui.steps_runner import JobHandle, run_steps
from maya_a2f.ui.worker_link import WorkerLink


class TakeViewer(QObject):
    """One fitted take, or none."""

    failed = Signal(object)
    """An :class:`A2FError`: it can't be shown, and is not."""

    def __init__(self, link: WorkerLink, host: PanelHost, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link, self._host = link, host
        self._fitted: Fitted | None = None
        self._fitting: JobHandle | None = None
        self._has_shown = False

    @property
    def fitted(self) -> Fitted | None:
        """What is shown."""
        return self._fitted

    def show(self, fitted: Fitted, frame: float) -> None:
        """Show it on ``frame``."""
        self._stop_fitting()
        self._fitted = fitted
        self.show_at(frame)

    def fit_and_show(self, made: MadeTake, character: FoundCharacter, rig_map: RigMap, frame: float) -> None:
        """Fit it to the character between events, then show it."""
        self._stop_fitting()
        self._fitting = run_steps(
            self._link,
            panel_jobs.fit(made, character, rig_map),
            on_progress=lambda progress: None,
            on_done=lambda fitted: self.show(fitted, frame),
            on_error=lambda error: None,
        )

    def show_at(self, frame: float) -> None:
        """The playhead moved."""
        if self._fitted is None:
            return
        try:
            self._host.show_values(self._fitted.character, self._fitted.values_at(frame))
            self._has_shown = True
        except A2FError as error:
            self._fitted = None
            self.failed.emit(error)

    def stop(self) -> None:
        """Show nothing and put the rig back."""
        self._stop_fitting()
        self._fitted = None
        if self._has_shown:
            self._has_shown = False
            self._host.put_back()

    def _stop_fitting(self) -> None:
        fitting, self._fitting = self._fitting, None
        if fitting is not None:
            fitting.cancel()
