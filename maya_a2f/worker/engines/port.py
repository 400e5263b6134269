"""What every engine offers on arrays in host memory: stateless calls, batched (specification, inference.md section 4).

Engines that work in the memory of a device offer :mod:`~maya_a2f.worker.engines.device_port` as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from maya_a2f.worker.engines.signature import Signature
from maya_a2f.worker.package import Floats


class EngineFacts(Protocol):
    """What an engine says of itself."""

    @property
    def name(self) -> str:
        """``onnxruntime-cpu``, ``tensorrt`` …"""

    @property
    def description(self) -> str:
        """For people and for the take: what runs, its version, on what, and why no faster one does."""

    @property
    def precision(self) -> str:
        """Of the arithmetic (``float32``, ``tf32``, ``fp16``, ``bf16``); results of different ones are not
        interchangeable."""

    @property
    def max_batch(self) -> int | None:
        """Most frames in one call; None when there is no limit."""

    passed_over: tuple[str, ...]
    """Why faster engines do not run, one each: ``TensorRT: No NVIDIA driver was found on this machine.``"""


class NamedEngine(EngineFacts, Protocol):
    """A network of any tensors, opened and found to have those of its ``signature``."""

    @property
    def signature(self) -> Signature:
        """Its tensors."""

    def fixed_size(self, tensor: str, axis: int) -> int | None:
        """The size the opened network has on an axis of an input; None where any fits."""

    def run_named(self, inputs: Mapping[str, Floats]) -> dict[str, Floats]:
        """Every output by name, float32, for every input by name, of shapes as the signature says.

        Raises :class:`EngineError` ``engine.out_of_memory`` when a smaller batch may succeed, ``engine.gpu_lost``,
        ``engine.run_failed`` for anything else, inputs that are not this network's included.
        """


class Engine(EngineFacts, Protocol):
    """A regression network, opened and found to fit its package."""

    def run(self, emotion: Floats, audio: Floats) -> Floats:
        """(B, R) results for ``emotion`` (B, 1, E) and ``audio`` (B, 1, W), gain applied.

        Raises :class:`EngineError` ``engine.*`` when the network fails.
        """
