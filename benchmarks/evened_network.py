"""The published architecture with random weights that let a signal through, as trained ones do.

With weights as they are drawn, every layer makes its signal smaller: the result hardly moves, and any rounding looks
large beside it. Here each layer is scaled until what it gives for speech varies by 1 (D. Mishkin, J. Matas, "All you
need is a good init", ICLR 2016). It still says little of trained weights, which may be better or worse behaved.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from maya_a2f.training.onnx_export import export_graph
from maya_a2f.training.published import PublishedNetwork, PublishedShape
from maya_a2f.worker.package import Floats

_LAYERS = (nn.Conv1d, nn.Conv2d, nn.Linear)
_MOTION = (0.3, 0.05, 3.0)
"""How far skin, jaw (centimetres; more would tear its points apart) and eyes (degrees) move about."""


def evened_network(windows: Floats, emotions: Floats, shape: PublishedShape, seed: int = 0) -> PublishedNetwork:
    """The network, scaled on ``windows`` (N, 1, 8320) of speech and ``emotions`` (N, 1, E)."""
    torch.manual_seed(seed)
    network = PublishedNetwork(shape).eval()
    done: set[nn.Module] = set()

    def scale(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor | None:
        del inputs
        assert isinstance(layer, _LAYERS)
        if layer in done:
            return None
        done.add(layer)
        if layer.bias is not None:
            channel = (-1,) if isinstance(layer, nn.Linear) else (1, -1, *(1,) * (output.dim() - 2))
            output = output - layer.bias.view(channel)
            layer.bias.data.zero_()
        kept = -1 if isinstance(layer, nn.Linear) else 1
        others = [axis for axis in range(output.dim()) if axis != kept % output.dim()]
        spread = (output - output.mean(others, keepdim=True)).std()
        if spread == 0.0:  # emotions that are all zeros
            return output
        layer.weight.data /= spread
        return output / spread

    hooks = [module.register_forward_hook(scale) for module in network.modules() if isinstance(module, _LAYERS)]
    with torch.no_grad():
        network(torch.from_numpy(windows), torch.from_numpy(emotions))
    for hook in hooks:
        hook.remove()
    last = network.linear_skin_jaw_eyes2.weight.data
    last *= torch.cat([torch.full((size, 1), scale) for size, scale in zip(_sizes(shape), _MOTION, strict=True)])
    network.linear_tongue2.weight.data *= _MOTION[0]
    return network


def _sizes(shape: PublishedShape) -> tuple[int, int, int]:
    return shape.skin, shape.jaw, shape.eyes


def export_evened(network: PublishedNetwork, path: Path) -> None:
    """Write the graph as the published ones are (opset 14)."""
    export_graph(network, path, 8320, network.shape.implicit + network.shape.explicit, opset=14)
