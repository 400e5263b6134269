"""Inference after inference, for one track or several at once (specification, inference.md section 5.3).

The network has a memory: what an inference leaves is what the next one of the same track starts from. A track's
inferences therefore run in order, from the first; where a known memory is put back, they go on from there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from maya_a2f.errors import EngineError
from maya_a2f.worker.diffusion.package import DiffusionPackage
from maya_a2f.worker.diffusion.running import Predicted, Runner, Told
from maya_a2f.worker.package import Floats
from maya_a2f.worker.package_faults import REPAIR

_LARGEST_VALUE = 1e9


class DiffusionLoop:
    """The memory of ``tracks`` tracks that share a package, an identity and one batch of its network."""

    def __init__(self, package: DiffusionPackage, runner: Runner, tracks: int = 1) -> None:
        """Raises :class:`EngineError` ``engine.batch_too_large``."""
        if runner.max_batch is not None and tracks > runner.max_batch:
            raise EngineError(
                f"{tracks} recordings were to run at once, but the network takes {runner.max_batch}.",
                code="engine.batch_too_large",
                hint="Run fewer at once, or use a network whose batch axis is free.",
            )
        self._package, self._runner = package, runner
        steps, layers, width = package.info.latents_shape
        self._identity: Floats = np.repeat(package.one_hot()[None], tracks, axis=0)
        self._latents: Floats = np.zeros((steps, layers, tracks, width), np.float32)
        self.inferences = [0] * tracks
        """Number of each track's next inference."""

    @property
    def tracks(self) -> int:
        """How many there are."""
        return len(self.inferences)

    def reset(self, track: int = 0) -> None:
        """The track's next inference is its first."""
        self.resume(track, 0, None)

    def resume(self, track: int, inference: int, latents: Floats | None) -> None:
        """The track's next inference is number ``inference``, with a memory (steps, layers, width) or none."""
        self._latents[:, :, track] = 0.0 if latents is None else latents
        self.inferences[track] = inference

    def latents(self, track: int = 0) -> Floats:
        """(steps, layers, width) what the track's next inference starts from, a copy."""
        return self._latents[:, :, track].copy()

    def run(self, windows: Floats, emotion: Floats, ready: Sequence[bool] | None = None) -> Predicted:
        """The kept frames of one inference of every track; those of tracks not ``ready`` mean nothing.

        ``windows`` (B, W) with the gain applied, ``emotion`` (B, C, E). A track that is not ready keeps its memory.
        Raises :class:`EngineError` ``engine.*``; then every track stands where it stood.
        """
        active = [True] * self.tracks if ready is None else list(ready)
        told = Told(windows, emotion, self._identity, self._latents, tuple(self.inferences), active)
        remembered, predicted = self._runner.run(told)
        left: Floats = np.array(remembered, np.float32, order="C")
        for track, is_active in enumerate(active):
            if not is_active:
                left[:, :, track] = self._latents[:, :, track]
                continue
            self._check_finite(predicted.largest(track), float(np.abs(left[:, :, track]).max()))
        self._latents = left
        self.inferences = [number + is_active for number, is_active in zip(self.inferences, active, strict=True)]
        return predicted

    def _check_finite(self, *largest: float) -> None:
        if not all(value <= _LARGEST_VALUE for value in largest):  # written so that NaN fails
            raise EngineError(
                f"The network of the model '{self._package.name}' gave values that are not usable numbers.",
                code="engine.not_finite",
                hint=f"Its weights are probably damaged ('{self._package.network_path}'). " + REPAIR,
            )
