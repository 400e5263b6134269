"""One number for the progress of a build whose library reports phases within phases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

STEPS = 1000


@dataclass
class _Phase:
    parent: str | None
    steps: int
    done: int = 0


class BuildProgress:
    """Hears of phases and their steps, from any thread, and tells how much is done; it never tells less than before."""

    def __init__(self, on_progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> None:
        """``on_progress`` hears (done, :data:`STEPS`) when that number changes."""
        self._on_progress, self._cancelled = on_progress, cancelled
        self._phases: dict[str, _Phase] = {}
        self._told = -1
        self._lock = threading.Lock()

    def start(self, phase: str, parent: str | None, steps: int) -> None:
        """``phase`` begins, as one step of ``parent``."""
        with self._lock:
            self._phases[phase] = _Phase(parent, max(1, steps))
            self._tell(phase)

    def step(self, phase: str, step: int) -> bool:
        """The step number ``step`` of ``phase`` is done; False when the build should stop."""
        with self._lock:
            if phase in self._phases:
                known = self._phases[phase]
                known.done = max(known.done, min(known.steps, step + 1))
                self._tell(phase)
            return not self._cancelled()

    def finish(self, phase: str) -> None:
        """``phase`` is over."""
        with self._lock:
            self._phases.pop(phase, None)

    def _tell(self, phase: str) -> None:
        share, name = 0.0, phase
        for _ in range(len(self._phases)):
            known = self._phases.get(name)
            if known is None:
                return
            share = min(1.0, (known.done + share) / known.steps)
            if not known.parent:
                break
            name = known.parent
        done = int(share * STEPS)
        if done > self._told:
            self._told = done
            self._on_progress(done, STEPS)
