"""The one undoable command. A caller leaves an edit under a fresh key and calls the command with the key; Maya's undo
queue then holds the command object, which holds the edit (specification, maya.md section 3)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

from maya import cmds
from maya.api import OpenMaya

from maya_a2f.host.maya.edits import Edit
from maya_a2f.host.maya.outside_stubs import apply_keys, plug_ins

COMMAND = "a2fApplyKeys"
PLUG_IN = Path(__file__).resolve().parent / "plug_ins" / "a2f_commands.py"

# Maya makes the command object itself and hands it strings only, so the edit has to wait somewhere; for one call.
_WAITING: dict[str, Edit] = {}
_SERIALS: Iterator[int] = itertools.count(1)


class ApplyKeysCommand(OpenMaya.MPxCommand):  # type: ignore[misc]  # the stubs leave MPxCommand untyped
    """Does an edit; Maya's undo and redo call it again."""

    def __init__(self) -> None:
        super().__init__()
        self._edit: Edit | None = None

    def doIt(self, arguments: OpenMaya.MArgList) -> None:  # noqa: N802 - Maya's name
        """Take the edit that waits under the key, and do it."""
        self._edit = _WAITING.pop(arguments.asString(0))
        self.redoIt()

    def redoIt(self) -> None:  # noqa: N802
        """Do it again."""
        if self._edit is not None:
            self._edit.redo()

    def undoIt(self) -> None:  # noqa: N802
        """Take it back."""
        if self._edit is not None:
            self._edit.undo()

    def isUndoable(self) -> bool:  # noqa: N802
        """A command that changes the scene and is not undoable would corrupt the queue."""
        return True


def load_command() -> None:
    """Have Maya know the command. Before any undo step is opened: loading is no part of one."""
    if PLUG_IN.stem not in plug_ins():
        cmds.loadPlugin(str(PLUG_IN), quiet=True)


def apply(edit: Edit) -> None:
    """Do an edit as an undoable command. An edit that fails took itself back; Maya then raises a RuntimeError."""
    key = f"edit{next(_SERIALS)}"
    _WAITING[key] = edit
    try:
        apply_keys(key)
    finally:
        _WAITING.pop(key, None)
