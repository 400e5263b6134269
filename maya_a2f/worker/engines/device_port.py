"""What engines offer on torch tensors that lie where the network runs: nothing is copied to the host and back.

torch is imported only where a tensor is made; a worker without it has the engines of
:mod:`~maya_a2f.worker.engines.port`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from maya_a2f.worker.engines.port import EngineFacts
from maya_a2f.worker.engines.signature import Signature

if TYPE_CHECKING:
    import torch


class DeviceEngine(EngineFacts, Protocol):
    """A network that takes and gives tensors on ``device``."""

    @property
    def device(self) -> torch.device:
        """Where tensors must lie and results will."""

    @property
    def signature(self) -> Signature:
        """Its tensors."""

    def run_on_device(self, tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Every output by name for every input by name: contiguous float32 on ``device``, shapes as the signature says.

        Ordered after what torch's current stream was given, and before what it is given next. The results are the
        caller's: no later call changes them. Raises as :meth:`~maya_a2f.worker.engines.port.NamedEngine.run_named`.
        """


def device_engine_of(engine: EngineFacts, *, even_on_processor: bool = False) -> DeviceEngine | None:
    """The same network on the device ``engine`` runs on; None where that is the processor, or torch cannot use it.

    ``even_on_processor`` gives one on torch's CPU tensors too.
    """
    from maya_a2f.worker.engines.onnxruntime_network import OnnxRuntimeNetwork
    from maya_a2f.worker.engines.regression import RegressionEngine
    from maya_a2f.worker.engines.tensorrt_network import TensorRTNetwork
    from maya_a2f.worker.engines.torch_facts import has_torch, torch_obstacle

    network: EngineFacts = engine.network if isinstance(engine, RegressionEngine) else engine
    if not has_torch():
        return None
    if isinstance(network, TensorRTNetwork):
        return network
    if not isinstance(network, OnnxRuntimeNetwork):
        return None
    is_usable = even_on_processor if network.provider == "cpu" else not torch_obstacle("gpu")
    return network if is_usable else None
