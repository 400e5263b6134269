"""A network with the regression contract as ``network.onnx`` (specification, network-regression.md section 7)."""

from __future__ import annotations

import warnings
from pathlib import Path

import torch
from torch import nn

from maya_a2f.worker.engines import onnx_wire
from maya_a2f.worker.package_files import STEP_PROPERTY

OPSET = 17


def export_stretches(module: nn.Module, path: Path, samples: int, emotions: int, step: int, opset: int = OPSET) -> None:
    """``input`` [batch, 1, length], ``emotion`` [batch, frames, emotions] and ``places`` [frames], in units of ``step``
    samples, to ``result`` [batch, frames, …]: see :mod:`maya_a2f.worker.engines.stretch_network`."""
    places = torch.tensor([0, 3])
    example = (torch.zeros(2, 1, samples + 3 * step), torch.zeros(2, 2, emotions), places)
    axes = {
        "input": {0: "batch_size", 2: "length"},
        "emotion": {0: "batch_size", 1: "frames"},
        "places": {0: "frames"},
        "result": {0: "batch_size", 1: "frames"},
    }
    _export(module, example, path, axes, opset)
    with path.open("ab") as file:  # a field more at the end of a message is a field of it
        file.write(onnx_wire.property_field(STEP_PROPERTY, str(step)))


def export_graph(module: nn.Module, path: Path, samples: int, emotions: int, opset: int = OPSET) -> None:
    """``input`` [batch, 1, samples] and ``emotion`` [batch, 1, emotions] to ``result``; the batch axis is dynamic."""
    example = (torch.zeros(2, 1, samples), torch.zeros(2, 1, emotions))
    axes = {name: {0: "batch_size"} for name in ("input", "emotion", "result")}
    _export(module, example, path, axes, opset)


def _export(
    module: nn.Module, example: tuple[torch.Tensor, ...], path: Path, axes: dict[str, dict[int, str]], opset: int
) -> None:
    """``axes``: every tensor's free ones, inputs in order and then the output."""
    *inputs, output = axes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the TorchScript exporter announces its own retirement on every call
        torch.onnx.export(
            module.eval(),
            example,
            str(path),
            dynamo=False,
            opset_version=opset,
            input_names=inputs,
            output_names=[output],
            dynamic_axes=axes,
        )
