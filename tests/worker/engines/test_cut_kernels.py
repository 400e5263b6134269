"""Kernels longer than what they see are cut, and nothing else of a network changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="onnx is not installed (extra 'dev')")
import onnxruntime  # noqa: E402
from onnx import helper, numpy_helper  # noqa: E402

from maya_a2f.worker.engines import onnx_wire as wire  # noqa: E402
from maya_a2f.worker.engines.cut_kernels import LongKernel, cut_kernels, long_kernels  # noqa: E402
from maya_a2f.worker.engines.onnxruntime_network import opened_network  # noqa: E402

_FLOAT = 1


def network(
    length: int = 25,
    size: int = 128,
    pads: Sequence[int] = (64, 64),
    *,
    groups: int = 2,
    opset: int = 14,
    **attributes: Any,
) -> bytes:
    """``input`` [batch, 1, 4·length] -> four channels -> a long convolution with computed weights -> ``result``."""
    rng = np.random.default_rng(size + length)
    weights = {
        "first": rng.standard_normal((4, 1, 4)),
        "long": rng.standard_normal((4, 4 // groups, size)),
        "gain": rng.random((1, 1, size)) + 0.5,
        "bias": rng.standard_normal(4),
    }
    nodes = [
        helper.make_node("Conv", ["input", "first"], ["seen"], strides=[4], kernel_shape=[4]),
        helper.make_node("Mul", ["long", "gain"], ["weight"]),
        helper.make_node(
            "Conv", ["seen", "weight", "bias"], ["result"], "long",
            kernel_shape=[size], pads=list(pads), group=groups, **attributes,
        ),
    ]  # fmt: skip
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("input", _FLOAT, ["batch", 1, 4 * length])],
        [helper.make_tensor_value_info("result", _FLOAT, ["batch", 4, "steps"])],
        [numpy_helper.from_array(value.astype(np.float32), name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    return bytes(model.SerializeToString())


def session(content: bytes) -> Any:
    options: Any = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def shapes_of(content: bytes, names: Sequence[str]) -> Mapping[str, Sequence[int]]:
    opened = session(content)
    sound = np.zeros((1, 1, opened.get_inputs()[0].shape[2]), np.float32)
    return {name: value.shape for name, value in zip(names, opened.run(list(names), {"input": sound}), strict=True)}


def unasked(content: bytes, names: Sequence[str]) -> Mapping[str, Sequence[int]]:
    raise AssertionError("there is nothing to be asked for")


@pytest.mark.parametrize("length", [2, 25, 60, 126, 127, 128, 400])
@pytest.mark.parametrize(("size", "pads"), [(128, (64, 64)), (128, (127, 127)), (33, (16, 16)), (128, (0, 127))])
def test_a_cut_network_answers_as_before(length: int, size: int, pads: tuple[int, int]) -> None:
    before = network(length, size, pads)
    sound = np.random.default_rng(1).standard_normal((3, 1, 4 * length)).astype(np.float32)
    cut = cut_kernels(before, shapes_of)
    (wanted,) = session(before).run(["result"], {"input": sound})
    (found,) = session(cut or before).run(["result"], {"input": sound})
    assert found.shape == wanted.shape
    assert found == pytest.approx(wanted, abs=1e-4)


def test_of_128_taps_over_25_steps_50_are_left() -> None:
    cut = cut_kernels(network(), shapes_of)
    assert cut is not None
    onnx.checker.check_model(onnx.load_from_string(cut))
    conv = next(node for node in onnx.load_from_string(cut).graph.node if node.name == "long")
    attributes = {attribute.name: list(attribute.ints) for attribute in conv.attribute}
    assert attributes["kernel_shape"] == [50]
    assert attributes["pads"] == [25, 25]
    assert LongKernel(0, "", "", 128, (64, 64)).cut(25) == (39, 89, (25, 25))


@pytest.mark.parametrize(
    "content",
    [
        network(strides=[2]),
        network(dilations=[2], length=200),
        network(auto_pad="NOTSET"),
        network(size=16, pads=(8, 8)),
        network(pads=(0, 0), length=200),
        network(opset=9),
    ],
    ids=["stride", "dilation", "automatic padding", "short kernel", "no padding", "old slices"],
)
def test_other_networks_are_left_alone(content: bytes) -> None:
    assert cut_kernels(content, unasked) is None


def test_what_is_read_is_written_back_byte_for_byte() -> None:
    content = network()
    model = wire.parsed(content)
    assert wire.message(model) == content
    (graph,) = wire.values(model, wire.MODEL_GRAPH)
    assert not isinstance(graph, int)
    assert wire.message(wire.parsed(graph)) == bytes(graph)
    assert len(long_kernels(wire.parsed(graph))) == 1


@pytest.mark.parametrize("content", [b"\xff" * 12, b"\x0a\x7f\x01", b"\x0b", b"no network at all"])
def test_bytes_that_are_no_network_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        cut_kernels(content + b"\x0b", shapes_of)


def test_the_processor_runs_the_cut_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "network.onnx"
    path.write_bytes(network())
    sound = np.random.default_rng(2).standard_normal((5, 1, 100)).astype(np.float32)
    (wanted,) = session(path.read_bytes()).run(["result"], {"input": sound})
    opened: list[object] = []
    real = onnxruntime.InferenceSession
    monkeypatch.setattr(onnxruntime, "InferenceSession", lambda *a, **k: (opened.append(a[0]), real(*a, **k))[1])
    (found,) = opened_network(path).run(["result"], {"input": sound})
    assert found == pytest.approx(wanted, abs=1e-5)
    assert [type(source) for source in opened] == [bytes, bytes]


def test_a_cut_network_that_answers_otherwise_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "network.onnx"
    path.write_bytes(network())
    monkeypatch.setattr(LongKernel, "cut", lambda self, length: (45, 95, (25, 25)))
    sound = np.random.default_rng(3).standard_normal((2, 1, 100)).astype(np.float32)
    (wanted,) = session(path.read_bytes()).run(["result"], {"input": sound})
    (found,) = opened_network(path).run(["result"], {"input": sound})
    assert found == pytest.approx(wanted, abs=1e-5)
