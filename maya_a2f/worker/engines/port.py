"""What every engine offers: one stateless call, batched (specification, inference.md section 4)."""

from __future__ import annotations

from typing import Protocol

from maya_a2f.worker.package import Floats


class Engine(Protocol):
    """A network, opened and found to fit its package."""

    @property
    def name(self) -> str:
        """``onnxruntime-cpu``, ``tensorrt`` …"""

    @property
    def description(self) -> str:
        """For people and for the take: what runs, its version, on what."""

    @property
    def precision(self) -> str:
        """Of the arithmetic (``float32``); results of different precisions are not interchangeable."""

    @property
    def max_batch(self) -> int | None:
        """Most frames in one call; None when there is no limit."""

    def run(self, emotion: Floats, audio: Floats) -> Floats:
        """(B, R) results for ``emotion`` (B, 1, E) and ``audio`` (B, 1, W), gain applied.

        Raises :class:`EngineError` ``engine.*`` when the network fails.
        """
