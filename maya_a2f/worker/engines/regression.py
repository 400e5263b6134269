"""A regression network behind the port of :class:`~maya_a2f.worker.engines.port.Engine`, whatever runs it."""

from __future__ import annotations

from maya_a2f.worker.engines.port import NamedEngine
from maya_a2f.worker.package import Floats


class RegressionEngine:
    """``network`` with the tensors of :func:`~maya_a2f.worker.engines.signature.regression_signature`."""

    def __init__(self, network: NamedEngine) -> None:
        self.network = network
        self.name = network.name
        self.description = network.description
        self.precision = network.precision
        self.max_batch = network.max_batch
        self.passed_over = network.passed_over
        self.calls_at_once: int = getattr(network, "calls_at_once", 1)

    def run(self, emotion: Floats, audio: Floats) -> Floats:
        """See :class:`maya_a2f.worker.engines.port.Engine`."""
        result = self.network.run_named({"emotion": emotion, "input": audio})["result"]
        return result.reshape(len(result), -1)
