"""Engines on the GPU of this machine: built, run, compared with the processor. Skipped where there is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from maya_a2f import settings
from maya_a2f.worker.engines import tensorrt_engine
from maya_a2f.worker.engines.accuracy import deviation, probe_inputs
from maya_a2f.worker.engines.device_port import device_engine_of
from maya_a2f.worker.engines.gpu_facts import driver_obstacle
from maya_a2f.worker.engines.network_file import NetworkFile
from maya_a2f.worker.engines.onnxruntime_network import OnnxRuntimeNetwork
from maya_a2f.worker.engines.plan_cache import PlanCache
from maya_a2f.worker.engines.port import NamedEngine
from maya_a2f.worker.engines.selection import EngineWish, choose_network, list_engines
from maya_a2f.worker.engines.signature import regression_signature
from maya_a2f.worker.package_reading import load_package

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(bool(driver_obstacle()), reason=driver_obstacle())]
FASTER = ("tensorrt", "tensorrt-rtx", "onnxruntime-cuda")


@pytest.fixture(scope="module")
def network() -> NetworkFile:
    package = load_package(settings.checkout_folder() / "engines" / "default")
    return NetworkFile(package.network_path, regression_signature(package.info))


@pytest.fixture
def plans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tensorrt_engine, "plan_folders", lambda: (tmp_path,))
    return tmp_path


def opened(name: str, network: NetworkFile, precision: str = "") -> NamedEngine:
    status = next(each for each in list_engines() if each.name == name)
    if not status.would_run:
        pytest.skip(status.why)
    return choose_network(network, EngineWish(name, precision))


@pytest.mark.parametrize("name", FASTER)
def test_every_batch_size_gives_what_the_processor_gives(name: str, network: NetworkFile, plans: Path) -> None:
    engine, exact = opened(name, network), OnnxRuntimeNetwork(network.path, network.signature)
    for frames in (1, 3, 16, 3, 80, 1):
        inputs = probe_inputs(exact, frames)
        assert deviation(exact.run_named(inputs), engine.run_named(inputs)) < 1e-4


@pytest.mark.parametrize("name", FASTER)
def test_results_on_the_device_stay_the_callers(name: str, network: NetworkFile, plans: Path) -> None:
    import torch

    device = device_engine_of(opened(name, network))
    assert device is not None
    inputs = probe_inputs(OnnxRuntimeNetwork(network.path, network.signature), 4)
    tensors = {key: torch.from_numpy(value).to(device.device) for key, value in inputs.items()}
    first = device.run_on_device(tensors)["result"]
    kept = first.clone()
    device.run_on_device({key: tensor * 0.5 for key, tensor in tensors.items()})
    assert torch.equal(first, kept)


@pytest.mark.parametrize("name", FASTER)
def test_calls_that_nobody_waits_for_keep_their_order(name: str, network: NetworkFile, plans: Path) -> None:
    """Inputs are made on the caller's stream and spoilt right after the call; results are looked at in the end."""
    import torch

    device = device_engine_of(opened(name, network))
    assert device is not None
    exact = OnnxRuntimeNetwork(network.path, network.signature)
    inputs = probe_inputs(exact, 16)
    tensors = {key: torch.from_numpy(value).to(device.device) for key, value in inputs.items()}
    results = []
    with torch.cuda.stream(torch.cuda.Stream()):  # type: ignore[no-untyped-call]
        for turn in range(30):
            given = {key: tensor * (1.0 - 0.03 * turn) for key, tensor in tensors.items()}
            results.append(device.run_on_device(given)["result"] + 0.0)
            for tensor in given.values():
                tensor.fill_(float("nan"))
        torch.cuda.current_stream().synchronize()
    for turn in (0, 13, 29):
        wanted = exact.run_named({key: value * np.float32(1.0 - 0.03 * turn) for key, value in inputs.items()})
        assert deviation(wanted, {"result": results[turn].cpu().numpy()}) < 1e-4


@pytest.mark.parametrize("name", ["tensorrt", "tensorrt-rtx"])
@pytest.mark.parametrize("precision", ["tf32", "fp16", "bf16"])
def test_reduced_precision_is_used_where_it_is_good_enough(
    name: str, precision: str, network: NetworkFile, plans: Path
) -> None:
    engine = opened(name, network, precision)
    exact = OnnxRuntimeNetwork(network.path, network.signature)
    inputs = probe_inputs(exact, 8)
    assert deviation(exact.run_named(inputs), engine.run_named(inputs)) < 0.02
    assert engine.precision == precision or "would be off" in engine.description


@pytest.mark.parametrize("name", ["tensorrt", "tensorrt-rtx"])
def test_a_second_opening_reads_the_plan_and_its_accuracy(name: str, network: NetworkFile, plans: Path) -> None:
    opened(name, network)
    (path,) = plans.glob("*.plan")
    before = path.read_bytes()
    opened(name, network)
    plan = PlanCache((plans,)).find(path.stem)
    assert plan is not None
    assert plan.header["accuracy"]["largest"] < 1e-3
    assert path.read_bytes() == before
