"""What anybody who hears emotion offers: logits of the six classes for stretches of a recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from maya_a2f.worker.package import Floats
from maya_a2f.worker.windows import SampleIndices

CLASSES = ("angry", "disgust", "fear", "happy", "neutral", "sad")
"""In the order of the published network's output (specification, emotion.md section 1)."""


@dataclass(frozen=True, eq=False)
class Heard:
    """What was heard in some windows."""

    logits: Floats
    """(n, classes)"""
    certainty: Floats
    """(n,) 0…1, how sure the listener is of itself."""

    @staticmethod
    def joined(pieces: Sequence[Heard], classes: int) -> Heard:
        """Several, one after the other."""
        if not pieces:
            return Heard(np.empty((0, classes), np.float32), np.empty(0, np.float32))
        return Heard(np.concatenate([p.logits for p in pieces]), np.concatenate([p.certainty for p in pieces]))


class Listener(Protocol):
    """A classifier of voices."""

    @property
    def description(self) -> str:
        """For people and for the take."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the logits."""

    @property
    def max_batch(self) -> int | None:
        """Most windows in one call; None when there is no limit."""

    @property
    def usual_window(self) -> int:
        """Window in samples where none is asked for."""

    def hear(self, audio: Floats, starts: SampleIndices, window_samples: int) -> Heard:
        """Windows of a finished recording ``audio`` (N,) that begin at ``starts``; zeros lie around it.

        Raises :class:`EngineError`.
        """
