"""Inference after inference, for one track or several at once (specification, inference.md section 5.3).

The network has a memory: what an inference leaves is what the next one of the same track starts from. A track's
inferences therefore run in order, from the first; where a known memory is put back, they go on from there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from maya_a2f.errors import EngineError
from maya_a2f.worker.diffusion.noise import NoiseSource
from maya_a2f.worker.diffusion.package import DiffusionInfo
from maya_a2f.worker.engines.port import NamedEngine
from maya_a2f.worker.package import Floats
from maya_a2f.worker.package_faults import REPAIR

_LARGEST_VALUE = 1e9


class DiffusionLoop:
    """The memory of ``tracks`` tracks that share a package, an identity and one batch of its network."""

    def __init__(
        self, info: DiffusionInfo, engine: NamedEngine, noise: NoiseSource, identity: Floats, tracks: int = 1
    ) -> None:
        """``identity`` (identities,) is one-hot. Raises :class:`EngineError` ``engine.batch_too_large``."""
        if engine.max_batch is not None and tracks > engine.max_batch:
            raise EngineError(
                f"{tracks} recordings were to run at once, but the network takes {engine.max_batch}.",
                code="engine.batch_too_large",
                hint="Run fewer at once, or use a network whose batch axis is free.",
            )
        self._info, self._engine, self._noise = info, engine, noise
        steps, layers, width = info.latents_shape
        self._identity: Floats = np.repeat(identity[None].astype(np.float32), tracks, axis=0)
        self._latents: Floats = np.zeros((steps, layers, tracks, width), np.float32)
        self._blocks: Floats | None = None
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

    def run(self, windows: Floats, emotion: Floats, ready: Sequence[bool] | None = None) -> Floats:
        """(B, C, D) the kept frames of one inference of every track; those of tracks not ``ready`` mean nothing.

        ``windows`` (B, W) with the gain applied, ``emotion`` (B, C, E). A track that is not ready keeps its memory.
        Raises :class:`EngineError` ``engine.*``.
        """
        active = [True] * self.tracks if ready is None else list(ready)
        outputs = self._engine.run_named(
            {
                "emotion": emotion,
                "identity": self._identity,
                "input_latents": self._latents,
                "noise": self._noise_of(active),
                "window": windows,
            }
        )
        left: Floats = np.array(outputs["output_latents"], np.float32, order="C")
        start = self._info.left_frames
        kept: Floats = outputs["prediction"][:, start : start + self._info.kept_frames]
        for track, is_active in enumerate(active):
            if not is_active:
                left[:, :, track] = self._latents[:, :, track]
                continue
            self._check_finite(kept[track], left[:, :, track])
            self.inferences[track] += 1
        self._latents = left
        return kept

    def _noise_of(self, active: Sequence[bool]) -> Floats:
        """(B, steps + 1, frames, D). For one track it is the source's own block, for several a copy for each."""
        if self.tracks == 1:
            return self._noise.block(self.inferences[0])[None]
        fresh = self._blocks is None
        if self._blocks is None:
            self._blocks = np.empty((self.tracks, *self._info.noise_shape), np.float32)
        if fresh or not self._noise.is_constant:
            for track in sorted(range(self.tracks), key=lambda each: self.inferences[each]):
                if fresh or active[track]:
                    self._blocks[track] = self._noise.block(self.inferences[track])
        return self._blocks

    def _check_finite(self, kept: Floats, latents: Floats) -> None:
        largest = max(float(np.abs(kept).max()), float(np.abs(latents).max()))
        if not largest <= _LARGEST_VALUE:  # written so that NaN fails
            raise EngineError(
                "The diffusion network gave values that are not usable numbers.",
                code="engine.not_finite",
                hint="Its weights are probably damaged. " + REPAIR,
            )
