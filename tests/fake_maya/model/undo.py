"""The undo queue: commands with their changes, chunks, and commands written in Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fake_maya.model.scene import Scene


@dataclass
class Step:
    """One undo step."""

    name: str
    changes: list[tuple[Callable[[], None], Callable[[], None]]] = field(default_factory=list)
    """(undo, redo) in the order they were done."""


class UndoQueue:
    """Maya's queue, as far as it shows."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.done: list[Step] = []
        self.undone: list[Step] = []
        self.enabled = True
        self.replaying = False
        self._open: list[Step] = []

    def open_chunk(self, name: str) -> None:
        self._open.append(Step(name or "chunk"))

    def close_chunk(self) -> None:
        if not self._open:
            raise RuntimeError("There is no open undo chunk")
        step = self._open.pop()
        if step.changes:
            self._keep(step)

    @property
    def open_chunks(self) -> int:
        return len(self._open)

    def add(self, name: str, changes: list[tuple[Callable[[], None], Callable[[], None]]]) -> None:
        """Keep what a command did."""
        if changes and self.enabled and not self.replaying:
            self._keep(Step(name, changes))

    def _keep(self, step: Step) -> None:
        self.undone.clear()
        if self._open:
            self._open[-1].changes += step.changes
        else:
            self.done.append(step)

    def undo(self) -> None:
        if self._open:
            raise RuntimeError("undo inside an open chunk")
        if not self.done:
            raise RuntimeError("There are no more commands to undo.")
        step = self.done.pop()
        self._replay([undo for undo, _ in reversed(step.changes)])
        self.undone.append(step)

    def redo(self) -> None:
        if not self.undone:
            raise RuntimeError("There are no more commands to redo.")
        step = self.undone.pop()
        self._replay([redo for _, redo in step.changes])
        self.done.append(step)

    def _replay(self, changes: list[Callable[[], None]]) -> None:
        self.replaying = True
        try:
            for change in changes:
                change()
        finally:
            self.replaying = False
