"""The trained trunk inside a shipped ``network.onnx``, so that fine-tuning starts from a clean checkout.

Graphs of earlier versions lack the phone classes, which training a character does not need. Exporting folds
each block's normalisation into its convolution; here it comes back as a convolution and a normalisation that adds the
folded bias, which computes the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from maya_a2f.errors import EngineError
from maya_a2f.training.network import NetworkShape, Trunk

_FRONT_CONVOLUTIONS = 2
"""The DFT and the mel bands come first in the graph."""


@dataclass(frozen=True)
class _Convolution:
    weight: NDArray[np.float32] | None
    """None where the graph computes it."""
    bias: NDArray[np.float32] | None
    dilation: int


def read_trunk(network: Path, dropout: float = 0.1) -> Trunk:
    """The trunk of a package made by this project's default recipe.

    Raises :class:`EngineError` ``training.foreign-network`` for any other graph: only this architecture can go on.
    """
    import onnx

    try:
        graph = onnx.load(str(network)).graph
    except Exception as error:  # whatever the protobuf reader thinks of a file that is none
        raise _foreign(network, f"it can not be read ({type(error).__name__})") from error
    values = {item.name: onnx.numpy_helper.to_array(item) for item in graph.initializer}
    convolutions = [_convolution(node, values) for node in graph.node if node.op_type == "Conv"]
    try:
        shape, state = _state(convolutions[_FRONT_CONVOLUTIONS:], values)
        trunk = Trunk(NetworkShape(shape.channels, shape.dilations, dropout))
        missing, unknown = trunk.load_state_dict(state, strict=False)
    except (KeyError, IndexError, RuntimeError, AttributeError) as error:
        raise _foreign(network, f"its layers are not those of the default network ({error})") from error
    left = [name for name in missing if not name.startswith("classes.")]
    if left or unknown:
        raise _foreign(network, f"“{(left or unknown)[0]}” does not fit")
    return trunk.eval()


def _convolution(node: object, values: dict[str, NDArray[np.float32]]) -> _Convolution:
    inputs = list(getattr(node, "input"))  # noqa: B009 - protobuf objects have no types
    dilations = [list(a.ints) for a in getattr(node, "attribute") if a.name == "dilations"]  # noqa: B009
    bias = values.get(inputs[2]) if len(inputs) > 2 else None
    return _Convolution(values.get(inputs[1]), bias, dilations[0][0] if dilations else 1)


def _state(
    convolutions: list[_Convolution], values: dict[str, NDArray[np.float32]]
) -> tuple[NetworkShape, dict[str, Tensor]]:
    """Shape and parameters; order of the convolutions: first, (wide, point) per block, hidden, tracks, classes."""
    prefix = "face.trunk."
    state = {name[len(prefix) :]: _tensor(value) for name, value in values.items() if name.startswith(prefix)}
    if "first.weight" not in state:  # the zero sum of its kernels was worked out at export
        state["first.weight"] = _tensor(_required(convolutions[0].weight))
    blocks = convolutions[1 : 1 + 2 * ((len(convolutions) - 3) // 2)]
    dilations = []
    for index, (wide, _) in enumerate(zip(blocks[::2], blocks[1::2], strict=True)):
        weight, bias = _required(wide.weight), _required(wide.bias)
        names = ("weight", "bias", "running_mean", "running_var")
        # Dividing by √(1 + ε) is part of a normalisation with unit variance; its weight takes it back.
        scale = np.full(len(bias), math.sqrt(1.0 + 1e-5), np.float32)
        flat = (scale, bias, np.zeros(len(bias), np.float32), np.ones(len(bias), np.float32))
        state[f"blocks.{index}.wide.weight"] = _tensor(weight)
        state.update({f"blocks.{index}.norm.{n}": _tensor(v) for n, v in zip(names, flat, strict=True)})
        state[f"blocks.{index}.norm.num_batches_tracked"] = torch.tensor(0)
        dilations.append(wide.dilation)
    state["first_norm.num_batches_tracked"] = torch.tensor(0)
    return NetworkShape(channels=len(state["first.weight"]), dilations=tuple(dilations)), state


def _required(array: NDArray[np.float32] | None) -> NDArray[np.float32]:
    if array is None:
        raise KeyError("a convolution without stored weights")
    return array


def _tensor(array: NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(np.array(array, np.float32))


def _foreign(network: Path, why: str) -> EngineError:
    return EngineError(
        f"Training can not start from “{network}”: {why}.",
        code="training.foreign-network",
        hint="Start from the default model (engines/default) or from a package made by the default recipe.",
    )
