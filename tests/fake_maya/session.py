"""The running fake: its scene, undo queue, user interface state and plug-ins. ``new_session()`` starts afresh."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.fake_maya import guard
from tests.fake_maya.model.interface import Job, Widget
from tests.fake_maya.model.scene import Scene
from tests.fake_maya.model.undo import UndoQueue

_FOLDER = str(Path(__file__).resolve().parent)


class Session:
    """One Maya."""

    EVENTS = frozenset(
        {"SceneOpened", "NewSceneOpened", "SceneSaved", "timeUnitChanged", "timeChanged", "SelectionChanged",
         "quitApplication"}
    )  # fmt: skip

    def __init__(self, *, batch: bool = False) -> None:
        self.scene = Scene()
        self.undo = UndoQueue(self.scene)
        self.batch = batch
        self.faults: set[str] = set()
        """Wrong habits, by name, for tests of the self-test."""
        self.evaluated: dict[str, Any] = {}
        """UUID of a mesh -> its points when it was evaluated last."""
        self.started = True
        """False in a mayapy before ``maya.standalone.initialize``: there are no commands."""
        self.options: dict[str, Any] = {}
        self.slider: dict[str, Any] = {
            "sound": "",
            "displaySound": False,
            "waveform": "none",
            "rangeArray": [1.0, 2.0],
            "rangeVisible": False,
        }
        self.plugins: dict[str, str] = {}
        self.plugin_commands: dict[str, Callable[[], Any]] = {}
        self.refresh_suspended = False
        self.command_depth = 0
        self.inside_api_command = False
        self.autokey = False
        self.widgets: dict[str, Widget] = {}
        self.current_parent = ""
        self.jobs: dict[int, Job] = {}
        self.scene_callbacks: dict[int, tuple[int, Callable[..., Any]]] = {}
        self.deferred: list[Callable[[], Any]] = []
        self.deferred_last: list[Callable[[], Any]] = []
        self.warnings: list[str] = []
        self.messages: list[str] = []
        self.asked: list[dict[str, Any]] = []
        """Dialogs that were shown."""
        self.answers: list[str] = []
        """What they are answered."""
        self.playing = False
        self.may_preview = False
        """Whether plugs may be set past undo, to be put back; see ``MPlug.setDouble``."""
        self.user_folder = Path("/nonexistent/maya")
        self.project = ""
        self.file_rules = {"audio": "sound"}
        self._number = 0
        self._seen = self._watched()
        if not batch:
            self.widgets["ShelfLayout"] = Widget("shelfTabLayout", "ShelfLayout", "MayaWindow")

    def next_number(self) -> int:
        """For jobs, callbacks and names of widgets."""
        self._number += 1
        return self._number

    def delete_widget(self, name: str) -> None:
        """A widget with all that lies in it."""
        for child in [other.name for other in self.widgets.values() if other.parent == name]:
            self.delete_widget(child)
        self.widgets.pop(name, None)

    def close_control(self, name: str) -> None:
        """What a click on the cross of a tab does."""
        widget = self.widgets[name]
        if not widget.flags.get("retain", True):
            self.delete_widget(name)
        widget.content.dockCloseEventTriggered()

    def open_scene(self, scene: Scene | None = None) -> None:
        """A new scene, or another one."""
        self.scene = scene or Scene()
        self.undo = UndoQueue(self.scene)
        self.jobs = {number: job for number, job in self.jobs.items() if not job.with_scene}
        self._seen = self._watched()
        self.tell("event", "NewSceneOpened" if scene is None else "SceneOpened")
        self.idle()

    def save_scene(self) -> dict[str, Any]:
        """What would be written."""
        for kind, call in list(self.scene_callbacks.values()):
            if kind == 12:
                call(None)
        return self.scene.state()

    def tell(self, kind: str, trigger: str) -> None:
        """Something happened: its jobs run when Maya is idle."""
        for number, job in list(self.jobs.items()):
            if (job.kind, job.trigger) == (kind, trigger):
                self.deferred.append(functools.partial(self._run, number))

    def _run(self, number: int) -> None:
        job = self.jobs.get(number)
        if job is None:
            return
        job.running = True
        try:
            job.call()
        finally:
            job.running = False
            if job.once:
                self.jobs.pop(number, None)

    def notice(self) -> None:
        """Compare with what was seen last, and tell what changed."""
        now = self._watched()
        for event, value in now.items():
            if value != self._seen[event]:
                self.tell("event", event)
        self._seen = now
        for number, job in list(self.jobs.items()):
            if job.kind == "attributeChange":
                try:
                    value = self.scene.value(self.scene.plug(job.trigger))
                except RuntimeError:
                    del self.jobs[number]
                    continue
                if value != job.seen:
                    job.seen = value
                    self.tell(job.kind, job.trigger)

    def _watched(self) -> dict[str, Any]:
        scene = self.scene
        return {
            "timeChanged": scene.ticks,
            "timeUnitChanged": scene.time_unit,
            "SelectionChanged": tuple(scene.selection),
        }

    def idle(self) -> None:
        """Maya has nothing else to do: what was put off runs."""
        self.notice()
        while self.deferred or self.deferred_last:
            (self.deferred or self.deferred_last).pop(0)()
            self.notice()


def _first() -> Session:
    """FAKE_MAYA=mayapy has a process be a mayapy that was not started yet."""
    session = Session(batch=os.environ.get("FAKE_MAYA") == "mayapy")
    session.started = not session.batch
    session.may_preview = session.batch
    return session


_current: list[Session] = [_first()]


def current() -> Session:
    """The session that the fake ``maya`` works on."""
    return _current[0]


def new_session(*, batch: bool = False) -> Session:
    """A fresh Maya with an empty scene; ``import maya`` gives the fake from now on."""
    if _FOLDER not in sys.path:
        sys.path.insert(0, _FOLDER)
    _current[0] = Session(batch=batch)
    guard.calls.clear()
    return _current[0]
