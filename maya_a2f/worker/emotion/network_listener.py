"""An Audio2Emotion network in ONNX Runtime. Tensors: specification, emotion.md section 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from maya_a2f.errors import EngineError
from maya_a2f.worker.emotion.listener import Heard
from maya_a2f.worker.emotion.package import EmotionPackage
from maya_a2f.worker.engines.onnxruntime_engine import Provider, opened_network
from maya_a2f.worker.engines.selection import list_engines
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
        self, package: EmotionPackage, *, input_strength: float = 1.0, provider: Provider | None = None
    ) -> None:
        """Raises :class:`EngineError` ``engine.network_damaged`` or ``engine.network_misfit``."""
        self._package, self._gain = package, np.float32(input_strength)
        self._session, where = _opened(package, provider)
        self.labels = package.info.emotions
        faults = tensor_faults(self._session, len(self.labels))
        if faults:
            raise EngineError(
                f"The network '{package.network_path}' does not fit its package: {faults[0]}.",
                code="engine.network_misfit",
                hint=REPAIR,
                details="\n".join(faults),
            )
        batch, length = self._session.get_inputs()[0].shape
        self.max_batch = 1 if batch == 1 else None
        self.usual_window = length if isinstance(length, int) else USUAL_WINDOW
        self.description = f"Audio2Emotion package '{package.name}', ONNX Runtime on the {where}"

    def hear(self, audio: Floats, starts: SampleIndices, window_samples: int) -> Heard:
        """See :class:`maya_a2f.worker.emotion.listener.Listener`. Certainty is the largest share of the softmax."""
        windows = gather_windows(audio, starts, window_samples)
        windows *= self._gain
        try:
            (logits,) = self._session.run(["output"], {"input_values": windows})
        except Exception as error:  # the runtime raises its own classes, which share no base but Exception
            raise EngineError(
                f"The network '{self._package.network_path}' failed while running on {window_samples} samples.",
                code="engine.run_failed",
                hint=f"Give a windowSamples between {SHORTEST_WINDOW} and {LONGEST_WINDOW}, or check the package with "
                "'a2f models check'.",
                details=str(error),
            ) from error
        if logits.shape != (len(starts), len(self.labels)) or not float(np.abs(logits).max()) <= _LARGEST_LOGIT:
            raise EngineError(
                f"The network '{self._package.network_path}' gave values that are not usable numbers.",
                code="engine.not_finite",
                hint="Its weights are probably damaged. " + REPAIR,
            )
        values: Floats = logits
        powers = np.exp(values - values.max(axis=1, keepdims=True))
        return Heard(values, np.asarray(powers.max(axis=1) / powers.sum(axis=1), np.float32))


def tensor_faults(session: Any, classes: int) -> list[str]:
    """How the network's tensors differ from the specified ones, in words."""
    faults: list[str] = []
    for kind, tensors, name, width in (
        ("inputs", session.get_inputs(), "input_values", None),
        ("outputs", session.get_outputs(), "output", classes),
    ):
        if [tensor.name for tensor in tensors] != [name]:
            found = ", ".join(f"'{tensor.name[:60]}'" for tensor in tensors) or "none"
            faults.append(f"its {kind} are {found}, but must be '{name}'")
            continue
        tensor = tensors[0]
        if tensor.type != "tensor(float)":
            faults.append(f"its tensor '{name}' is {tensor.type}, but must be float32")
        shape = list(tensor.shape)
        fits = len(shape) == 2 and (not isinstance(shape[0], int) or shape[0] == 1)
        if not fits or (width is not None and isinstance(shape[-1], int) and shape[-1] != width):
            wanted = "samples" if width is None else width
            faults.append(f"its tensor '{name}' has the shape {shape}, but must have [batch, {wanted}]")
    return faults


def _opened(package: EmotionPackage, provider: Provider | None) -> tuple[Any, str]:
    """(session, where it runs): the GPU where there is one, else the processor."""
    best = next((engine.name for engine in list_engines() if engine.selected), "")
    wanted: Provider = provider or ("cuda" if best == "onnxruntime-cuda" else "cpu")
    if wanted == "cuda":
        try:
            return opened_network(package.network_path, provider="cuda"), "NVIDIA GPU"
        except EngineError as error:
            if error.code != "engine.cuda_failed" or provider is not None:
                raise
    return opened_network(package.network_path), "processor"
