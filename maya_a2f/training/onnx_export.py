"""A network with the regression contract as ``network.onnx`` (specification, network-regression.md section 7)."""

from __future__ import annotations

import warnings
from pathlib import Path

import torch
from torch import nn

OPSET = 17


def export_graph(module: nn.Module, path: Path, samples: int, emotions: int, opset: int = OPSET) -> None:
    """``input`` [batch, 1, samples] and ``emotion`` [batch, 1, emotions] to ``result``; the batch axis is dynamic."""
    example = (torch.zeros(2, 1, samples), torch.zeros(2, 1, emotions))
    names = ("input", "emotion", "result")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the TorchScript exporter announces its own retirement on every call
        torch.onnx.export(
            module.eval(),
            example,
            str(path),
            dynamo=False,
            opset_version=opset,
            input_names=list(names[:2]),
            output_names=[names[2]],
            dynamic_axes={name: {0: "batch_size"} for name in names},
        )
