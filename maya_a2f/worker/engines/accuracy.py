"""How far an engine's results are from those of the processor in float32, measured when a plan is built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from maya_a2f.worker.engines.network_file import NetworkFile
from maya_a2f.worker.engines.onnxruntime_network import OnnxRuntimeNetwork
from maya_a2f.worker.engines.port import NamedEngine
from maya_a2f.worker.package import Floats

LIMITS: Mapping[str, float] = {"float32": 1e-3, "tf32": 1e-2, "fp16": 1e-2, "bf16": 1e-2}
"""By precision: the largest deviation that is accepted, as a share of the range of the network's results."""
_FRAMES = 4
_LONG = 1000
"""An axis of more values holds samples or noise; a shorter one holds emotions or a choice, 0…1."""
_USUAL_SAMPLES = 30_000


@dataclass(frozen=True)
class Accuracy:
    """What the comparison gave."""

    largest: float
    """The largest deviation, as a share of the range of the results."""
    limit: float

    @property
    def is_good(self) -> bool:
        """Whether the plan may be used."""
        return self.largest <= self.limit

    def to_dict(self) -> dict[str, Any]:
        """For a plan's header."""
        return {"largest": self.largest, "limit": self.limit}


def measured_accuracy(engine: NamedEngine, network: NetworkFile, precision: str) -> Accuracy:
    """Run both on the same made-up sound. Raises :class:`EngineError` as running does."""
    frames = min(_FRAMES, engine.max_batch or _FRAMES)
    inputs = probe_inputs(engine, frames)
    reference = OnnxRuntimeNetwork(network.path, network.signature).run_named(inputs)
    return Accuracy(deviation(reference, engine.run_named(inputs)), LIMITS[precision])


def probe_inputs(engine: NamedEngine, frames: int) -> dict[str, Floats]:
    """Inputs of every kind, the same each time: sound from silent to loud, emotions and choices within 0…1."""
    rng = np.random.default_rng(7)
    inputs = {}
    for spec in engine.signature.inputs:
        length = next((engine.fixed_size(spec.name, axis) for axis in range(len(spec.axes))[::-1]), None)
        shape = spec.shape(frames, length or _USUAL_SAMPLES)
        if shape[-1] >= _LONG:
            values = rng.standard_normal(shape, np.float32) * np.float32(0.1)
        else:
            values = rng.random(shape, np.float32)
        inputs[spec.name] = np.ascontiguousarray(values, np.float32)
    return inputs


def deviation(reference: Mapping[str, Floats], results: Mapping[str, Floats]) -> float:
    """The largest difference, as a share of the reference's range in its tensor; infinite for what is no number."""
    largest = 0.0
    for name, wanted in reference.items():
        found = results[name]
        if not np.isfinite(found).all():
            return float("inf")
        extent = float(np.ptp(wanted)) or 1.0
        largest = max(largest, float(np.abs(found - wanted).max()) / extent)
    return largest
