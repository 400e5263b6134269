"""Being told what happens in the scene: another frame, another scene, another selection, a moved sound."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from maya import cmds, utils
from maya.api import OpenMaya
from PySide6.QtCore import QTimer

from maya_a2f.host.maya.outside_stubs import (
    current_frame,
    scene_message,
    start_attribute_job,
    start_condition_job,
    start_job,
)

_EVENTS = {"SceneOpened": "new", "NewSceneOpened": "new", "timeUnitChanged": "rate", "SelectionChanged": "selection"}
_PLAYING_MILLISECONDS = 30
"""While Maya plays, ``timeChanged`` may come at the end only, so the time is looked at. Between Qt's events, because
attributes must not be set while the scene is being evaluated."""
_SOUND = ("offset", "sourceStart", "sourceEnd", "filename", "mute")
"""Attributes of an audio node that decide what is heard where."""


class SceneWatch:
    """Script jobs, all ended by :meth:`stop`. There are none in batch, where Maya runs no script jobs."""

    def __init__(
        self, on_frame: Callable[[float], None], on_scene: Callable[[str], None], before_save: Callable[[], None]
    ) -> None:
        self._on_frame, self._on_scene, self._before_save = on_frame, on_scene, before_save
        self._jobs: list[int] = []
        self._sound_jobs: list[int] = []
        self._watched: tuple[str, ...] = ()
        self._callbacks: list[int] = []
        self._sound_waits = False
        self._frame_told: float | None = None
        self._timer = QTimer()
        self._timer.setInterval(_PLAYING_MILLISECONDS)
        self._timer.timeout.connect(self._while_playing)
        self._is_running = not cmds.about(batch=True)
        if self._is_running:
            self._start()

    def _start(self) -> None:
        self._jobs = [start_job(event=("timeChanged", self._frame))]
        self._jobs += [start_job(event=(event, self._told(word))) for event, word in _EVENTS.items()]
        self._jobs.append(start_condition_job(begins="playingBack", call=self._timer.start))
        message = scene_message()
        self._callbacks = [message.addCallback(message.kBeforeSave, lambda *_: self._before_save())]
        self.watch_sounds()

    def _frame(self) -> None:
        if not self._is_running:
            return
        frame = current_frame()
        if frame != self._frame_told:
            self._frame_told = frame
            self._on_frame(frame)

    def _while_playing(self) -> None:
        if not self._is_running or not cmds.play(query=True, state=True):
            self._timer.stop()
        self._frame()

    def _told(self, word: str) -> Callable[[], None]:
        def tell() -> None:
            if self._is_running:
                self._frame_told = None
                self.watch_sounds()
                self._on_scene(word)

        return tell

    def watch_sounds(self) -> None:
        """Watch the sounds that are in the scene now; Maya has no event for a new one."""
        if not self._is_running:
            return
        nodes = tuple(cmds.ls(type="audio", long=True) or [])
        if nodes == self._watched and all(map(_runs, self._sound_jobs)):
            return
        _end(self._sound_jobs)
        self._watched = nodes
        self._sound_jobs = [
            start_attribute_job(attribute=f"{node}.{attribute}", call=self._sound)
            for node in nodes
            for attribute in _SOUND
        ]

    def _sound(self) -> None:
        """A drag in the time line changes several attributes many times: told once, when Maya is idle."""
        if not self._sound_waits:
            self._sound_waits = True
            utils.executeDeferred(self._tell_sound)

    def _tell_sound(self) -> None:
        self._sound_waits = False
        if self._is_running:
            self._on_scene("audio")

    def stop(self) -> None:
        """End everything; calling it again does nothing."""
        if not self._is_running:
            return
        self._is_running = False
        self._timer.stop()
        _end(self._jobs)
        _end(self._sound_jobs)
        for callback in self._callbacks:
            with contextlib.suppress(RuntimeError):
                OpenMaya.MMessage.removeCallback(callback)
        self._callbacks = []


def _runs(job: int) -> bool:
    return bool(cmds.scriptJob(exists=job))


def _end(jobs: list[int]) -> None:
    for job in jobs:
        if _runs(job):
            cmds.scriptJob(kill=job, force=True)
    jobs.clear()
