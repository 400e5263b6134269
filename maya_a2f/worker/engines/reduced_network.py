"""A network whose products are of reduced precision, for libraries that take the precision from the tensors' types.

Convolutions and matrix products get half-precision weights and inputs and give float32 back; everything between them,
and the network's own inputs and outputs, stays float32: norms and sums do not lose what they cannot spare.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from maya_a2f.errors import EngineError, extra_hint

_PRODUCTS = frozenset({"Conv", "ConvTranspose", "Gemm", "MatMul"})
_LARGEST_FILE = 2**31 - 1
"""What protocol buffers can hold."""


def reduced_network(path: Path, precision: str) -> bytes:
    """The ONNX file ``path`` with products in ``fp16`` or ``bf16``, weights included.

    Raises :class:`EngineError` ``engine.no_onnx`` where the package onnx is missing, ``engine.plan_failed`` where the
    network is too large for one file.
    """
    try:
        import onnx
    except ImportError as error:
        raise EngineError(
            f"The package 'onnx' is needed to run the network in {precision}.",
            code="engine.no_onnx",
            hint=extra_hint("gpu"),
        ) from error
    model = onnx.load(str(path))
    _reduce(onnx, model.graph, onnx.TensorProto.FLOAT16 if precision == "fp16" else onnx.TensorProto.BFLOAT16)
    if model.ByteSize() > _LARGEST_FILE:
        raise EngineError(
            f"The network '{path}' is too large to be run in {precision}.",
            code="engine.plan_failed",
            hint="Run it in fp32.",
        )
    return bytes(model.SerializeToString())


def _reduce(onnx: Any, graph: Any, kind: int) -> None:
    weights = {tensor.name: tensor for tensor in graph.initializer}
    weights |= {
        node.output[0]: node.attribute[0].t
        for node in graph.node
        if node.op_type == "Constant" and node.attribute and node.attribute[0].name == "value"
    }
    reduced: dict[str, str] = {}
    nodes = []
    for node in graph.node:
        if node.op_type not in _PRODUCTS:
            nodes.append(node)
            continue
        for index, name in enumerate(node.input):
            if not name:
                continue
            if name not in reduced:
                reduced[name] = f"{name}_reduced_{kind}"
                if name in weights:
                    graph.initializer.append(_cast_tensor(onnx, weights[name], reduced[name], kind))
                else:
                    nodes.append(onnx.helper.make_node("Cast", [name], [reduced[name]], to=kind))
            node.input[index] = reduced[name]
        given = node.output[0]
        node.output[0] = f"{given}_reduced_{kind}_given"
        nodes.append(node)
        nodes.append(onnx.helper.make_node("Cast", [node.output[0]], [given], to=onnx.TensorProto.FLOAT))
    del graph.node[:]
    graph.node.extend(nodes)
    used = {name for node in nodes for name in node.input} | {output.name for output in graph.output}
    left = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(left)


def _cast_tensor(onnx: Any, tensor: Any, name: str, kind: int) -> Any:
    values = onnx.numpy_helper.to_array(tensor).astype(np.float32)
    if kind == onnx.TensorProto.FLOAT16:
        limit = float(np.finfo(np.float16).max)
        return onnx.numpy_helper.from_array(np.clip(values, -limit, limit).astype(np.float16), name)
    bits = np.ascontiguousarray(values).view(np.uint32)
    rounded = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2")  # to nearest, ties to even
    return onnx.helper.make_tensor(name, kind, values.shape, rounded.tobytes(), raw=True)
