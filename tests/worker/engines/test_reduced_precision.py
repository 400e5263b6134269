"""Networks of reduced precision, and how their results are judged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, numpy_helper
from onnx.reference import ReferenceEvaluator

from maya_a2f.worker.engines.accuracy import LIMITS, Accuracy, deviation, probe_inputs
from maya_a2f.worker.engines.onnxruntime_network import OnnxRuntimeNetwork
from maya_a2f.worker.engines.reduced_network import reduced_network
from tests.worker.engines.networks import small_network


@pytest.mark.parametrize(("precision", "kind"), [("fp16", TensorProto.FLOAT16), ("bf16", TensorProto.BFLOAT16)])
def test_products_lose_precision_and_nothing_else_does(tmp_path: Path, precision: str, kind: int) -> None:
    network = small_network(tmp_path)
    model = onnx.load_from_string(reduced_network(network.path, precision))
    if precision == "fp16":  # the standard gave convolutions bf16 later than the networks' version of it
        onnx.checker.check_model(model, full_check=True)
    assert {tensor.type.tensor_type.elem_type for tensor in (*model.graph.input, *model.graph.output)} == {
        TensorProto.FLOAT
    }
    kinds = {tensor.name.partition("_reduced")[0]: tensor.data_type for tensor in model.graph.initializer}
    assert {kinds[name] for name in ("kernel", "audio_weight", "emotion_weight", "output_weight")} == {kind}
    assert kinds["bias"] == TensorProto.FLOAT

    exact = OnnxRuntimeNetwork(network.path, network.signature)
    inputs = probe_inputs(exact, 3)
    (result,) = ReferenceEvaluator(model).run(["result"], inputs)
    off = deviation(exact.run_named(inputs), {"result": np.asarray(result, np.float32)})
    assert 0 < off < {"fp16": 2e-3, "bf16": 2e-2}[precision]


def test_a_weight_beyond_half_precision_becomes_its_largest_number(tmp_path: Path) -> None:
    network = small_network(tmp_path)
    model = onnx.load(str(network.path))
    for tensor in model.graph.initializer:
        if tensor.name == "output_weight":
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor) * np.float32(1e9), "output_weight"))
    network.path.write_bytes(model.SerializeToString())
    reduced = onnx.load_from_string(reduced_network(network.path, "fp16"))
    (weights,) = (numpy_helper.to_array(t) for t in reduced.graph.initializer if t.name.startswith("output_weight"))
    assert np.isfinite(weights).all()


def test_results_are_judged_by_the_range_of_what_they_should_be() -> None:
    wanted = {"a": np.array([[0.0, 10.0]], np.float32), "b": np.array([[1.0, 2.0]], np.float32)}
    assert deviation(wanted, wanted) == 0
    assert deviation(wanted, {**wanted, "a": wanted["a"] + 0.5}) == pytest.approx(0.05)
    assert deviation(wanted, {**wanted, "b": wanted["b"] + 0.5}) == pytest.approx(0.5)
    assert deviation(wanted, {**wanted, "b": wanted["b"] * np.nan}) == float("inf")
    assert deviation({"a": np.zeros((1, 2), np.float32)}, {"a": np.ones((1, 2), np.float32)}) == 1
    assert Accuracy(0.01, LIMITS["fp16"]).is_good
    assert not Accuracy(float("inf"), LIMITS["fp16"]).is_good
    assert not Accuracy(0.002, LIMITS["float32"]).is_good


def test_the_probe_is_the_same_each_time_and_fits_every_input(tmp_path: Path) -> None:
    network = small_network(tmp_path)
    engine = OnnxRuntimeNetwork(network.path, network.signature)
    first, second = probe_inputs(engine, 2), probe_inputs(engine, 2)
    assert {name: array.shape for name, array in first.items()} == {"emotion": (2, 1, 6), "input": (2, 1, 1600)}
    assert all(np.array_equal(first[name], second[name]) for name in first)
    assert float(first["emotion"].min()) >= 0
