"""A remedy for TensorRT for RTX 1.7: one number that is added to a convolution's result.

It takes such a number into the convolution as its bias, and then refuses the bias for its shape with an internal error.
Names of the library's values are as :mod:`~maya_a2f.worker.engines.plan_building` says.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def rtx_spread_scalars(trt: Any, network: Any) -> list[Any]:
    """Give each such number the shape of a bias, by adding zeros, one for each channel: results stay as they are.

    Returns arrays that must live as long as the build.
    """
    layers = [network.get_layer(index) for index in range(network.num_layers)]
    makers: dict[str, Any] = {}
    for layer in layers:
        for index in range(layer.num_outputs):
            tensor = layer.get_output(index)
            makers[tensor.name] = layer
    kept: list[Any] = []
    for layer in layers:
        if layer.type == trt.LayerType.ELEMENTWISE:
            for side in (0, 1):
                _rtx_spread(trt, network, layer, side, makers, kept)
    return kept


def _rtx_spread(trt: Any, network: Any, layer: Any, side: int, makers: dict[str, Any], kept: list[Any]) -> None:
    """Spread the input of ``layer`` that is not at ``side``, where that is one number and the other is convolved."""
    tensor = layer.get_input(1 - side)
    number, number_shape = tensor, tuple(tensor.shape)
    tensor = layer.get_input(side)
    shape = tuple(size if axis == 1 else 1 for axis, size in enumerate(tensor.shape))
    if set(number_shape) != {1} or len(shape) < 2 or shape[1] < 2 or not _rtx_is_convolved(trt, tensor, makers):
        return
    kept.append(np.zeros(shape, np.float32))
    zeros = network.add_constant(shape, kept[-1])
    wide = network.add_elementwise(number, zeros.get_output(0), trt.ElementWiseOperation.SUM)
    layer.set_input(1 - side, wide.get_output(0))


def _rtx_is_convolved(trt: Any, tensor: Any, makers: dict[str, Any]) -> bool:
    """Whether a convolution gave the tensor, reshaped perhaps."""
    reshaping = (trt.LayerType.SHUFFLE, trt.LayerType.SQUEEZE, trt.LayerType.UNSQUEEZE)
    layer = makers.get(tensor.name)
    while layer is not None and layer.type in reshaping:
        tensor = layer.get_input(0)
        layer = makers.get(tensor.name)
    return layer is not None and layer.type == trt.LayerType.CONVOLUTION
