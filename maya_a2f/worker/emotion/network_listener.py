"""An Audio2Emotion network in the best engine here. Tensors: specification, emotion.md section 1."""

from __future__ import annotations

import numpy as np

from maya_a2f.errors import EngineError
from maya_a2f.worker.emotion.listener import Heard
from maya_a2f.worker.emotion.package import EmotionPackage
from maya_a2f.worker.engines.network_file import NetworkFile
from maya_a2f.worker.engines.plan_cache import Watch
from maya_a2f.worker.engines.selection import EngineWish, choose_network, engine_title
from maya_a2f.worker.engines.signature import emotion_signature
from maya_a2f.worker.package import Floats
from maya_a2f.worker.package_faults import REPAIR
from maya_a2f.worker.windows import SampleIndices, gather_windows

USUAL_WINDOW = 30_000
"""Samples; the optimum of the published profile (inference.md section 7.1). The SDK leaves the choice to callers."""
SHORTEST_WINDOW, LONGEST_WINDOW = 5_000, 60_000
"""The published profile."""
_LARGEST_LOGIT = 1e6


class NetworkListener:
    """One classifier network, ready to run: gain on the samples is all that is done to them."""

    def __init__(
        self,
        package: EmotionPackage,
        *,
        input_strength: float = 1.0,
        wish: EngineWish | None = None,
        watch: Watch | None = None,
    ) -> None:
        """``watch`` hears of a plan that is built. Raises :class:`EngineError` ``engine.network_damaged`` or
        ``engine.network_misfit``, and :class:`Cancelled`."""
        self._package, self._gain = package, np.float32(input_strength)
        signature = emotion_signature(len(package.info.emotions))
        self._engine = choose_network(NetworkFile(package.network_path, signature), wish, watch=watch)
        self.labels = package.info.emotions
        self.max_batch = self._engine.max_batch
        self.usual_window = self._engine.fixed_size("input_values", 1) or USUAL_WINDOW
        self.description = f"Audio2Emotion package '{package.name}', {engine_title(self._engine.name)}"

    def hear(self, audio: Floats, starts: SampleIndices, window_samples: int) -> Heard:
        """See :class:`maya_a2f.worker.emotion.listener.Listener`. Certainty is the largest share of the softmax."""
        windows = gather_windows(audio, starts, window_samples)
        windows *= self._gain
        try:
            logits = self._engine.run_named({"input_values": windows})["output"]
        except EngineError as error:
            if error.code != "engine.run_failed":
                raise
            raise EngineError(
                f"The network '{self._package.network_path}' failed while running on {window_samples} samples.",
                code="engine.run_failed",
                hint=f"Give a windowSamples between {SHORTEST_WINDOW} and {LONGEST_WINDOW}, or check the package with "
                "'a2f models check'.",
                details=error.details,
            ) from error
        if not float(np.abs(logits).max()) <= _LARGEST_LOGIT:
            raise EngineError(
                f"The network '{self._package.network_path}' gave values that are not usable numbers.",
                code="engine.not_finite",
                hint="Its weights are probably damaged. " + REPAIR,
            )
        values: Floats = logits
        powers = np.exp(values - values.max(axis=1, keepdims=True))
        return Heard(values, np.asarray(powers.max(axis=1) / powers.sum(axis=1), np.float32))
