"""A package's regression network through ONNX Runtime, on the processor or on an NVIDIA GPU.

Tensors: specification, inference.md section 4.1; what is compared when a network is opened: section 7.3.
"""

from __future__ import annotations

from pathlib import Path

from maya_a2f.worker.engines.onnxruntime_network import OnnxRuntimeNetwork, Provider
from maya_a2f.worker.engines.regression import RegressionEngine
from maya_a2f.worker.engines.signature import regression_signature
from maya_a2f.worker.package import NetworkInfo


class OnnxRuntimeEngine(RegressionEngine):
    """One network, ready to run. float32 throughout."""

    def __init__(
        self,
        network_path: Path,
        info: NetworkInfo,
        *,
        provider: Provider = "cpu",
        threads: int | None = None,
        remark: str = "",
    ) -> None:
        """As :class:`OnnxRuntimeNetwork`, with the tensors that ``info`` describes."""
        signature = regression_signature(info)
        super().__init__(OnnxRuntimeNetwork(network_path, signature, provider=provider, threads=threads, remark=remark))
