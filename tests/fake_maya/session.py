"""The running fake: its scene, undo queue, user interface state and plug-ins. ``new_session()`` starts afresh."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.fake_maya import guard
from tests.fake_maya.model.scene import Scene
from tests.fake_maya.model.undo import UndoQueue

_FOLDER = str(Path(__file__).resolve().parent)


class Session:
    """One Maya."""

    def __init__(self, *, batch: bool = False) -> None:
        self.scene = Scene()
        self.undo = UndoQueue(self.scene)
        self.batch = batch
        self.options: dict[str, Any] = {}
        self.slider: dict[str, Any] = {"sound": "", "displaySound": False, "waveform": "none"}
        self.plugins: dict[str, str] = {}
        self.plugin_commands: dict[str, Callable[[], Any]] = {}
        self.refresh_suspended = False
        self.command_depth = 0
        self.inside_api_command = False
        self.autokey = False


_current: list[Session] = [Session()]


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
