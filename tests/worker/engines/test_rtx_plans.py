"""Real plans, built with TensorRT for RTX for a GPU that need not be here. Running one needs that GPU."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from maya_a2f.errors import Cancelled, EngineError
from maya_a2f.settings import checkout_folder
from maya_a2f.worker.diffusion.network import diffusion_signature
from maya_a2f.worker.diffusion.package_reading import load_diffusion_package
from maya_a2f.worker.engines.gpu_facts import present_gpu
from maya_a2f.worker.engines.network_file import NetworkFile
from maya_a2f.worker.engines.plan_building import message_log, rtx_capability_name
from maya_a2f.worker.engines.plan_cache import Watch, plan_key
from maya_a2f.worker.engines.plan_file import Plan
from maya_a2f.worker.engines.signature import Signature, TensorSpec, emotion_signature, regression_signature
from maya_a2f.worker.engines.tensorrt_library import TENSORRT_RTX, load_library
from maya_a2f.worker.package_reading import load_package
from tests.diffusion_package_factory import make_diffusion_package
from tests.emotion_package_factory import make_emotion_package
from tests.worker.engines.networks import GPU, SIGNATURE, needs_rtx, rtx_maker, small_network

pytestmark = [needs_rtx, pytest.mark.rtx]
CHECKOUT = Path(__file__).resolve().parents[3]


def built(folder: Path, network: NetworkFile, precision: str = "float32") -> Plan:
    maker = rtx_maker(folder)
    return maker.plan(maker.recipe(network, precision))


@pytest.mark.parametrize("precision", ["float32", "tf32", "fp16", "bf16"])
def test_the_default_package_builds_in_every_precision(tmp_path: Path, precision: str) -> None:
    package = load_package(checkout_folder() / "engines" / "default")
    plan = built(tmp_path, NetworkFile(package.network_path, regression_signature(package.info)), precision)
    assert len(plan.content) > 4_000_000
    assert plan.header["made_for"]["settings"]["shapes"]["input"] == [[1, 1, 8320], [10, 1, 8320], [128, 1, 8320]]


def test_a_network_of_the_published_size_builds_with_a_dynamic_batch(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from maya_a2f.training.published import PublishedShape, export_published

    export_published(tmp_path / "network.onnx", PublishedShape())
    signature = Signature(
        (
            TensorSpec("emotion", (SIGNATURE.inputs[0].axes[0], 1, 26)),
            TensorSpec("input", (SIGNATURE.inputs[0].axes[0], 1, 8320)),
        ),
        (TensorSpec("result", (SIGNATURE.inputs[0].axes[0], 1, 301)),),
    )
    plan = built(tmp_path / "plans", NetworkFile(tmp_path / "network.onnx", signature))
    assert len(plan.content) > 80_000_000


def test_a_diffusion_and_an_emotion_network_build_with_their_own_free_axes(tmp_path: Path) -> None:
    diffusion = load_diffusion_package(make_diffusion_package(tmp_path / "diffusion"), "")
    plan = built(tmp_path, NetworkFile(diffusion.network_path, diffusion_signature(diffusion.info)))
    latents = plan.header["made_for"]["settings"]["shapes"]["input_latents"]
    assert [shape[2] for shape in latents] == [1, 3, 8]
    emotion = make_emotion_package(tmp_path / "emotion") / "network.onnx"
    plan = built(tmp_path, NetworkFile(emotion, emotion_signature(6)))
    assert plan.header["made_for"]["settings"]["shapes"]["input_values"] == [[1, 5000], [1, 30000], [1, 60000]]


def test_a_build_tells_its_progress_and_what_it_made(tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    maker = rtx_maker(tmp_path, watch=Watch(lambda text, done, total: heard.append((done, total))))
    plan = maker.plan(maker.recipe(small_network(tmp_path), "float32"))
    done = [each for each, _ in heard]
    assert done == sorted(done)
    assert heard[-1] == (1000, 1000)
    assert len(set(done)) > 10
    made_for = plan.header["made_for"]
    assert (made_for["gpu"], made_for["compute_capability"]) == (GPU.name, [8, 9])
    assert plan.header["accuracy"] is None  # nothing here can run it


def test_a_cancelled_build_leaves_nothing(tmp_path: Path) -> None:
    calls: list[int] = []
    watch = Watch(lambda text, done, total: calls.append(done), lambda: len(calls) > 3)
    maker = rtx_maker(tmp_path / "plans", watch=watch)
    with pytest.raises(Cancelled):
        maker.plan(maker.recipe(small_network(tmp_path), "float32"))
    assert list((tmp_path / "plans").glob("*.plan")) == []


def test_every_circumstance_has_a_plan_of_its_own(tmp_path: Path) -> None:
    network = small_network(tmp_path)
    maker = rtx_maker(tmp_path)
    recipe = maker.recipe(network, "float32")
    first = maker.made_for(recipe)
    others = [
        rtx_maker(tmp_path, gpu=dataclasses.replace(GPU, driver="581.00")).made_for(recipe),
        rtx_maker(tmp_path, gpu=dataclasses.replace(GPU, name="NVIDIA RTX 6000 Ada Generation")).made_for(recipe),
        rtx_maker(tmp_path, gpu=dataclasses.replace(GPU, compute_capability=(8, 6))).made_for(recipe),
        maker.made_for(maker.recipe(network, "fp16")),
        maker.made_for(maker.recipe(small_network(tmp_path / "other", seed=1), "float32")),
        {**maker.made_for(recipe), "library_version": "1.6.0"},
    ]
    (tmp_path / "trt_info.json").write_text(
        json.dumps({"trt_build_param": {"batch": ["--maxShapes=emotion:64x1x6,input:64x1x1600"]}}), "utf-8"
    )
    others.append(maker.made_for(maker.recipe(network, "float32")))
    (tmp_path / "network.onnx.data").write_bytes(b"weights kept beside the network")
    others.append(maker.made_for(maker.recipe(network, "float32")))
    assert len({plan_key(made_for) for made_for in (first, *others)}) == 1 + len(others)


def test_a_changed_network_a_damaged_and_a_foreign_plan_are_built_anew(tmp_path: Path) -> None:
    plans = tmp_path / "plans"
    network = small_network(tmp_path)
    first = built(plans, network)
    assert built(plans, network).header["built"] == first.header["built"]

    path = plans / f"{first.key}.plan"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    again = built(plans, network)
    assert again.key == first.key
    assert rtx_maker(plans).cache.find(first.key) is not None

    changed = built(plans, small_network(tmp_path, seed=1))
    assert changed.key != first.key
    (plans / f"{changed.key}.plan").write_bytes(path.read_bytes())  # another network's plan under this one's name
    assert built(plans, small_network(tmp_path, seed=1)).key == changed.key
    assert len(list(plans.glob("*.plan"))) == 2


_BUILD = """
import sys
from pathlib import Path
from maya_a2f.worker.engines.network_file import NetworkFile
from maya_a2f.worker.engines.plan_cache import Watch
from tests.diffusion_package_factory import make_diffusion_package
from tests.emotion_package_factory import make_emotion_package
from tests.worker.engines.networks import SIGNATURE, rtx_maker
waited = []
maker = rtx_maker(Path(sys.argv[2]), watch=Watch(lambda text, done, total: waited.append(text)))
plan = maker.plan(maker.recipe(NetworkFile(Path(sys.argv[1]), SIGNATURE), "float32"))
print("built" if any("Preparing" in text for text in waited) else "read", plan.key, flush=True)
"""


def test_of_a_plan_that_was_too_inaccurate_only_that_is_kept_until_its_circumstances_change(tmp_path: Path) -> None:
    network = small_network(tmp_path / "network")
    folder = tmp_path / "plans"
    plan = built(folder, network, "bf16")
    maker = rtx_maker(folder)
    verdict = {"largest": 0.02, "limit": 0.01}
    maker.cache.reject(Plan({**plan.header, "accuracy": verdict}, plan.content))
    again = built(folder, network, "bf16")
    assert (again.key, again.header["accuracy"], len(again.content)) == (plan.key, verdict, 0)
    assert (folder / f"{plan.key}.plan").stat().st_size < 4096
    newer = rtx_maker(folder, gpu=dataclasses.replace(GPU, driver="590.10"))
    other = newer.plan(newer.recipe(network, "bf16"))
    assert (other.header["accuracy"], len(other.content)) == (None, len(plan.content))


def test_of_two_processes_one_builds_and_the_other_reads(tmp_path: Path) -> None:
    network = small_network(tmp_path)
    command = [sys.executable, "-c", _BUILD, str(network.path), str(tmp_path / "plans")]
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join([str(CHECKOUT), *filter(None, sys.path)])}
    both = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=surroundings, cwd=CHECKOUT) for _ in range(2)
    ]
    words = [process.communicate(timeout=120)[0].split() for process in both]
    assert sorted(word[0] for word in words) == ["built", "read"]
    assert words[0][1] == words[1][1]


def with_operator(network: NetworkFile, operator: str, domain: str = "") -> NetworkFile:
    """The network with one more operator at its end."""
    model = onnx.load(str(network.path))
    model.graph.node[-1].output[0] = "before"
    model.graph.node.append(helper.make_node(operator, ["before"], ["result"], domain=domain))
    if domain:
        model.opset_import.append(helper.make_opsetid(domain, 1))
    network.path.write_bytes(model.SerializeToString())
    return network


@pytest.mark.parametrize(("operator", "domain"), [("Det", ""), ("Teleport", "studio.example")])
def test_an_operator_that_is_not_known_is_named(tmp_path: Path, operator: str, domain: str) -> None:
    network = with_operator(small_network(tmp_path), operator, domain)
    with pytest.raises(EngineError, match=operator) as caught:
        built(tmp_path / "plans", network)
    assert caught.value.code == "engine.unsupported_operator"
    assert str(network.path) in caught.value.message


def test_wrong_tensors_are_named(tmp_path: Path) -> None:
    wanted = Signature(SIGNATURE.inputs, (TensorSpec("result", (*SIGNATURE.outputs[0].axes[:2], 77)),))
    with pytest.raises(EngineError, match=r"'result' has the shape .* but must have \[batch, 1, 77\]") as caught:
        built(tmp_path / "plans", NetworkFile(small_network(tmp_path).path, wanted))
    assert caught.value.code == "engine.network_misfit"


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    (tmp_path / "network.onnx").write_bytes(b"no network at all")
    with pytest.raises(EngineError) as caught:
        built(tmp_path / "plans", NetworkFile(tmp_path / "network.onnx", SIGNATURE))
    assert caught.value.code == "engine.network_damaged"


def test_a_network_of_batch_one_keeps_it(tmp_path: Path) -> None:
    assert len(built(tmp_path / "plans", small_network(tmp_path, batch=1)).content) > 1000


def test_weights_beside_the_network_are_found(tmp_path: Path) -> None:
    network = small_network(tmp_path)
    model = onnx.load(str(network.path))
    onnx.save(model, str(network.path), save_as_external_data=True, location="network.onnx.data", size_threshold=0)
    assert len(built(tmp_path / "plans", network).content) > 1000


def test_a_number_added_to_a_convolution_builds(tmp_path: Path) -> None:
    """Without the remedy, TensorRT for RTX 1.7 ends with an internal error: it takes the number for a bias."""
    signature = Signature(
        (TensorSpec("x", (SIGNATURE.inputs[0].axes[0], 8, 40)),),
        (TensorSpec("y", (SIGNATURE.inputs[0].axes[0], 4, 36)),),
    )
    rng = np.random.default_rng(0)
    weights = {
        "first": rng.standard_normal((6, 8, 1)).astype(np.float32),
        "second": rng.standard_normal((4, 6, 5)).astype(np.float32),
        "number": np.float32(3e-10),
    }
    nodes = [
        helper.make_node("Conv", ["x", "first"], ["a"]),
        helper.make_node("Add", ["a", "number"], ["b"]),
        helper.make_node("Abs", ["b"], ["c"]),
        helper.make_node("Conv", ["c", "second"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "numbers",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 8, 40])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 4, 36])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    (tmp_path / "network.onnx").write_bytes(model.SerializeToString())
    assert len(built(tmp_path / "plans", NetworkFile(tmp_path / "network.onnx", signature)).content) > 1000


def test_a_gpu_that_the_library_does_not_serve_is_named(tmp_path: Path) -> None:
    maker = rtx_maker(tmp_path, gpu=dataclasses.replace(GPU, name="NVIDIA H100", compute_capability=(9, 0)))
    with pytest.raises(EngineError, match=r"H100.*9\.0") as caught:
        maker.plan(maker.recipe(small_network(tmp_path), "float32"))
    assert caught.value.code == "engine.unsupported_gpu"
    assert rtx_capability_name(load_library(TENSORRT_RTX), GPU) == "SM89"


@pytest.mark.skipif(present_gpu() is not None, reason="this machine has a GPU")
def test_without_a_driver_the_library_refuses_the_plan_and_says_why(tmp_path: Path) -> None:
    trt = load_library(TENSORRT_RTX)
    logger = message_log(trt)
    runtime = trt.Runtime(logger)
    assert runtime.deserialize_cuda_engine(built(tmp_path / "plans", small_network(tmp_path)).content) is None
    assert any("driver" in message for message in logger.messages)
