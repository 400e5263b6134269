"""Opening a diffusion package's network."""

from __future__ import annotations

from maya_a2f.errors import EngineError
from maya_a2f.worker.diffusion.network import diffusion_signature
from maya_a2f.worker.diffusion.package import DiffusionPackage
from maya_a2f.worker.engines.onnxruntime_network import OnnxRuntimeNetwork
from maya_a2f.worker.engines.port import NamedEngine
from maya_a2f.worker.engines.selection import list_engines


def open_diffusion_engine(package: DiffusionPackage, *, wanted: str | None = None) -> NamedEngine:
    """The network in ONNX Runtime, on the GPU where that is what runs here, else on the processor.

    Raises :class:`EngineError` ``engine.network_damaged`` or ``engine.network_misfit``.
    """
    signature = diffusion_signature(package.info)
    chosen = wanted or next(status.name for status in list_engines() if status.selected)
    if chosen == "onnxruntime-cuda":
        try:
            return OnnxRuntimeNetwork(package.network_path, signature, provider="cuda")
        except EngineError as error:
            if error.code != "engine.cuda_failed" or wanted is not None:
                raise
        return OnnxRuntimeNetwork(package.network_path, signature, remark="the GPU could not be used")
    return OnnxRuntimeNetwork(package.network_path, signature)
