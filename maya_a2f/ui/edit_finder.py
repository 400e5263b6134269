"""Finds what was edited in results since they were baked: a curve per turn of the event loop, so that nothing waits."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from maya_a2f.core.ports import KeptKeys
from maya_a2f.errors import A2FError
from maya_a2f.ui.panel_host import BakedResult, KnowsEdits

_SLICE_SECONDS: Final = 0.008


class EditFinder(QObject):
    """One search at a time; a new one ends the one before."""

    found = Signal(object, object)
    """A :class:`BakedResult`, and its edited curves as a list of :class:`KeptKeys`."""

    def __init__(self, host: KnowsEdits, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._host = host
        self._waiting: list[BakedResult] = []
        self._current: tuple[BakedResult, Iterator[KeptKeys | None]] | None = None
        self._edits: list[KeptKeys] = []
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._step)

    def look(self, results: Sequence[BakedResult]) -> None:
        """Search these, in their order."""
        self._waiting, self._current = [*results], None
        self._timer.start()

    def stop(self) -> None:
        """End the search."""
        self._waiting, self._current = [], None
        self._timer.stop()

    def _step(self) -> None:
        end = time.monotonic() + _SLICE_SECONDS
        try:
            while time.monotonic() < end:
                if not self._advance():
                    return
        except A2FError:  # the result went away meanwhile: whoever took it out shows the list anew
            self._current = None

    def _advance(self) -> bool:
        """One curve; False when there is nothing more."""
        if self._current is None:
            if not self._waiting:
                self._timer.stop()
                return False
            result = self._waiting.pop(0)
            self._current, self._edits = (result, self._host.find_edits(result)), []
        result, curves = self._current
        try:
            edit = next(curves)
        except StopIteration:
            self._current = None
            self.found.emit(result, self._edits)
            return True
        if edit is not None:
            self._edits.append(edit)
        return True
