"""One call of a diffusion network on host arrays, and what is asked of any way to do it.

Noise is the network's largest input by far; whoever runs it keeps the noise where it is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from maya_a2f.worker.device.choice import chosen_device_engine
from maya_a2f.worker.diffusion.noise import NoiseSource
from maya_a2f.worker.diffusion.package import DiffusionInfo
from maya_a2f.worker.diffusion.projection import RowProjection
from maya_a2f.worker.engines.port import NamedEngine
from maya_a2f.worker.package import Floats


@dataclass(frozen=True, eq=False)
class Told:
    """What the tracks of a batch are told for one inference; B tracks."""

    windows: Floats
    """(B, W)"""
    emotion: Floats
    """(B, C, E)"""
    identity: Floats
    """(B, identities)"""
    latents: Floats
    """(steps, layers, B, width)"""
    inferences: Sequence[int]
    """Number of each track's inference."""
    active: Sequence[bool]
    """Which tracks' results count."""


class Predicted(Protocol):
    """The kept frames of a batch, wherever they lie."""

    def frames(self, track: int) -> Floats:
        """(C, D)"""

    def rows(self, track: int, projection: RowProjection) -> Floats:
        """(C, R)"""

    def largest(self, track: int) -> float:
        """Of the absolute values; NaN where there is one."""


class Runner(Protocol):
    """A network with its noise."""

    @property
    def max_batch(self) -> int | None:
        """Most tracks at once; None when there is no limit."""

    def run(self, told: Told) -> tuple[Floats, Predicted]:
        """((steps, layers, B, width) what the network remembers, the kept frames). Raises :class:`EngineError`."""


def open_runner(info: DiffusionInfo, engine: NamedEngine, noise: NoiseSource) -> Runner:
    """On the device that the engine runs on, where torch can hold tensors there; else on host arrays. Raises as
    :func:`~maya_a2f.worker.device.choice.chosen_device_engine`."""
    on_device = chosen_device_engine(engine)
    if on_device is None:
        return HostRunner(info, engine, noise)
    from maya_a2f.worker.device.diffusion_running import DeviceRunner

    return DeviceRunner(info, on_device, noise)


class HostRunner:
    """For one track the noise is the source's own block, for several there is a copy for each."""

    def __init__(self, info: DiffusionInfo, engine: NamedEngine, noise: NoiseSource) -> None:
        self._info, self._engine, self._noise = info, engine, noise
        self._blocks: Floats = np.empty((0, *info.noise_shape), np.float32)
        self._held: list[int] = []

    @property
    def max_batch(self) -> int | None:
        """See :class:`Runner`."""
        return self._engine.max_batch

    def run(self, told: Told) -> tuple[Floats, Predicted]:
        """See :class:`Runner`."""
        outputs = self._engine.run_named(
            {
                "emotion": told.emotion,
                "identity": told.identity,
                "input_latents": told.latents,
                "noise": self._noise_for(told),
                "window": told.windows,
            }
        )
        first = self._info.left_frames
        kept = outputs["prediction"][:, first : first + self._info.kept_frames]
        return outputs["output_latents"], HostPredicted(kept)

    def _noise_for(self, told: Told) -> Floats:
        """(B, steps + 1, frames, D)"""
        tracks = len(told.inferences)
        if tracks == 1:
            return self._noise.block(told.inferences[0])[None]
        if len(self._held) != tracks:
            self._blocks, self._held = np.empty((tracks, *self._info.noise_shape), np.float32), [-1] * tracks
        for track, number in noise_to_fill(self._noise, self._held, told):
            self._held[track] = -1  # as long as it is neither
            self._blocks[track] = self._noise.block(number)
            self._held[track] = number
        return self._blocks


@dataclass(frozen=True, eq=False)
class HostPredicted:
    """See :class:`Predicted`."""

    kept: Floats
    """(B, C, D)"""

    def frames(self, track: int) -> Floats:
        """See :class:`Predicted`."""
        frames: Floats = self.kept[track]
        return frames

    def rows(self, track: int, projection: RowProjection) -> Floats:
        """See :class:`Predicted`."""
        return projection.rows(self.kept[track])

    def largest(self, track: int) -> float:
        """See :class:`Predicted`."""
        return float(np.abs(self.kept[track]).max())


def noise_to_fill(noise: NoiseSource, held: Sequence[int], told: Told) -> list[tuple[int, int]]:
    """(track, number of the block) for the tracks that need another block than the ``held`` one (-1: none)."""
    needed = []
    for track, (inference, is_active) in enumerate(zip(told.inferences, told.active, strict=True)):
        number = noise.number(inference)
        if held[track] < 0 or (is_active and held[track] != number):
            needed.append((track, number))
    return sorted(needed, key=lambda each: each[1])  # equal blocks one after the other: each is made once
