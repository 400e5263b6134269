"""Which engine runs, which are passed over and why, on machines that are made up."""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from maya_a2f.errors import Cancelled, EngineError, UserError
from maya_a2f.worker.engines import selection, tensorrt_engine, tensorrt_library, torch_facts
from maya_a2f.worker.engines.gpu_facts import Gpu, driver_obstacle, present_gpu, too_old
from maya_a2f.worker.engines.network_file import NetworkFile
from maya_a2f.worker.engines.onnxruntime_network import OnnxRuntimeNetwork
from maya_a2f.worker.engines.plan_cache import Watch
from maya_a2f.worker.engines.selection import EngineWish, choose_network, chosen_words, list_engines
from maya_a2f.worker.engines.tensorrt_library import TENSORRT, TENSORRT_RTX, Library, library_obstacle
from maya_a2f.worker.engines.torch_facts import serves, torch_obstacle
from tests.worker.engines.networks import GPU, SIGNATURE, small_network

no_gpu = pytest.mark.skipif(present_gpu() is not None, reason="this machine has a GPU")


@pytest.fixture
def network(tmp_path: Path) -> NetworkFile:
    return small_network(tmp_path)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A machine with a GPU, and with what is named as installed."""

    def made(*installed: str, torch_obstacle: str = "", gpu: Gpu = GPU) -> None:
        versions = {"tensorrt": "11.4.0.106", "tensorrt_rtx": "1.7.1.116"}

        def installed_version(library: Library) -> str:
            return versions[library.module] if library.module in installed else ""

        monkeypatch.setattr(selection, "driver_obstacle", lambda: "")
        monkeypatch.setattr(selection, "present_gpu", lambda: gpu)
        monkeypatch.setattr(selection, "torch_obstacle", lambda extra: torch_obstacle)
        monkeypatch.setattr(selection, "gpu_is_built_in", lambda: "onnxruntime-gpu" in installed)
        monkeypatch.setattr(tensorrt_library, "installed_version", installed_version)
        monkeypatch.setattr(tensorrt_library, "_cuda_major", lambda library: 13)

    return made


@no_gpu
def test_without_a_driver_the_processor_runs_and_every_faster_engine_says_why_not(network: NetworkFile) -> None:
    engine = choose_network(network)
    assert engine.name == "onnxruntime-cpu"
    assert [reason.partition(":")[0] for reason in engine.passed_over] == [
        "TensorRT",
        "TensorRT for RTX",
        "ONNX Runtime on an NVIDIA GPU",
    ]
    assert all("driver" in reason for reason in engine.passed_over)
    assert driver_obstacle() in engine.passed_over[0]
    with pytest.raises(EngineError, match=r"tensorrt-rtx.*driver") as caught:
        choose_network(network, EngineWish("tensorrt-rtx"))
    assert caught.value.code == "engine.unavailable"


def test_the_fastest_that_is_installed_is_selected(machine: Callable[..., None]) -> None:
    machine("tensorrt", "tensorrt_rtx", "onnxruntime-gpu")
    assert [status.name for status in list_engines() if status.selected] == ["tensorrt"]
    machine("tensorrt_rtx")
    statuses = {status.name: status for status in list_engines()}
    assert statuses["tensorrt-rtx"].selected
    assert "extra 'gpu'" in statuses["tensorrt"].why
    machine("tensorrt_rtx", torch_obstacle="The installed torch is the one for processors.")
    assert [status.name for status in list_engines() if status.selected] == ["onnxruntime-cpu"]


def test_what_stands_against_a_library_is_named(machine: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    machine("tensorrt", "tensorrt_rtx")
    assert library_obstacle(TENSORRT_RTX, GPU) == ""
    hopper = dataclasses.replace(GPU, name="NVIDIA H100", compute_capability=(9, 0))
    assert "NVIDIA H100 (compute capability 9.0)" in library_obstacle(TENSORRT_RTX, hopper)
    assert library_obstacle(TENSORRT, hopper) == ""
    old = dataclasses.replace(GPU, driver="535.104", cuda=(12, 2))
    assert library_obstacle(TENSORRT, old) == (
        "The NVIDIA driver 535.104 serves CUDA 12.2, but TensorRT 11.4.0.106 is made for CUDA 13: install driver 580 "
        "or newer."
    )
    assert too_old(old, 12, "torch") == ""
    monkeypatch.setattr(tensorrt_library, "installed_version", lambda library: "10.7.0")
    assert "10.13 or newer is needed" in library_obstacle(TENSORRT, GPU)


def test_a_driver_too_old_for_onnx_runtime_is_named(
    machine: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine("onnxruntime-gpu", gpu=dataclasses.replace(GPU, driver="470.82", cuda=(11, 4)))
    monkeypatch.setattr(selection, "runtime_cuda_major", lambda: 12)
    statuses = {status.name: status for status in list_engines()}
    assert "470.82 serves CUDA 11.4" in statuses["onnxruntime-cuda"].why
    assert "driver 525 or newer" in statuses["onnxruntime-cuda"].why


def test_an_engine_that_fails_is_passed_over_with_its_reason(
    machine: Callable[..., None], network: NetworkFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(library: Library, *rest: object) -> None:
        raise EngineError(f"{library.title} cannot run the operator 'Det'.", code="engine.unsupported_operator")

    machine("tensorrt", "tensorrt_rtx")
    monkeypatch.setattr(tensorrt_engine, "open_tensorrt", fails)
    engine = choose_network(network)
    assert engine.name == "onnxruntime-cpu"
    assert engine.passed_over[0] == "TensorRT: TensorRT cannot run the operator 'Det'."
    assert "cannot run the operator 'Det'" in engine.description
    with pytest.raises(EngineError, match="Det"):
        choose_network(network, EngineWish("tensorrt"))


def test_whatever_a_library_raises_passes_it_over(
    machine: Callable[..., None], network: NetworkFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise TypeError("pybind11::init(): factory function returned nullptr")

    machine("tensorrt")
    monkeypatch.setattr(tensorrt_engine, "open_tensorrt", breaks)
    engine = choose_network(network)
    assert engine.name == "onnxruntime-cpu"
    assert "factory function returned nullptr" in engine.passed_over[0]
    with pytest.raises(EngineError) as caught:
        choose_network(network, EngineWish("tensorrt"))
    assert caught.value.code == "engine.library_failed"


def test_a_torch_that_does_not_load_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def find_spec(self, name: str, path: object = None, target: object = None) -> object:
            if name == "torch":
                raise OSError("[WinError 126] Error loading 'fbgemm.dll' or one of its dependencies.")
            return None

    monkeypatch.setattr(torch_facts, "has_torch", lambda: True)
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    assert "does not load: [WinError 126]" in torch_obstacle("gpu")


@pytest.mark.parametrize(
    ("kinds", "capability", "is_served"),
    [
        (["sm_75", "sm_80", "sm_86", "sm_90"], (8, 9), True),
        (["sm_75", "sm_80", "sm_86", "sm_90"], (12, 0), False),
        (["sm_75", "sm_80", "sm_86", "sm_90"], (7, 0), False),
        (["sm_90", "compute_90"], (12, 0), True),
        (["sm_89"], (8, 6), False),
        (["sm_90a"], (9, 0), True),
        (["sm_100a"], (10, 3), False),
        (["sm_120", "compute_120"], (12, 1), True),
        (["gfx1100"], (12, 0), False),
    ],
)
def test_a_torch_without_programs_for_the_gpu_is_known(
    kinds: list[str], capability: tuple[int, int], is_served: bool
) -> None:
    assert serves(kinds, capability) == is_served


def test_a_cancel_while_a_plan_is_built_is_no_reason_to_try_the_next(
    machine: Callable[..., None], network: NetworkFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancelled(*_: object) -> None:
        raise Cancelled()

    machine("tensorrt")
    monkeypatch.setattr(tensorrt_engine, "open_tensorrt", cancelled)
    with pytest.raises(Cancelled):
        choose_network(network)


def test_what_is_asked_for_reaches_the_engine(
    machine: Callable[..., None], network: NetworkFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []

    def opened(library: Library, wanted: NetworkFile, precision: str, watch: Watch) -> OnnxRuntimeNetwork:
        asked.append((library.name, precision))
        return OnnxRuntimeNetwork(wanted.path, wanted.signature)

    machine("tensorrt", "tensorrt_rtx")
    monkeypatch.setattr(tensorrt_engine, "open_tensorrt", opened)
    choose_network(network, EngineWish("", "fp16"))
    choose_network(network, EngineWish("TensorRT-RTX"))
    monkeypatch.setenv("MAYA_A2F_ENGINE", "tensorrt-rtx")
    choose_network(network, EngineWish("", "bf16"))
    choose_network(network, EngineWish("tensorrt", "bf16"))
    assert asked == [("tensorrt", "fp16"), ("tensorrt-rtx", "float32"), ("tensorrt-rtx", "bf16"), ("tensorrt", "bf16")]


@no_gpu
def test_the_engine_of_the_environment_is_said_to_run_or_why_it_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    assert chosen_words(list_engines()) == "ONNX Runtime on the processor"
    monkeypatch.setenv("MAYA_A2F_ENGINE", "tensorrt")
    assert "nothing: MAYA_A2F_ENGINE asks for TensorRT. No NVIDIA driver" in chosen_words(list_engines())
    monkeypatch.setenv("MAYA_A2F_ENGINE", "abacus")
    assert "'abacus', which is no engine" in chosen_words(list_engines())


def test_an_engine_that_knows_no_reduced_precision_says_what_it_runs_in(network: NetworkFile) -> None:
    engine = choose_network(network, EngineWish("onnxruntime-cpu", "fp16"))
    assert (engine.precision, "in fp32: it does not know fp16" in engine.description) == ("float32", True)
    with pytest.raises(UserError) as caught:
        choose_network(network, EngineWish("", "fp8"))
    assert caught.value.code == "engine.unknown_precision"


def test_a_network_that_does_not_fit_its_package_is_no_fault_of_the_engine(
    machine: Callable[..., None], network: NetworkFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine("onnxruntime-gpu")
    monkeypatch.setattr(selection, "_KINDS", selection._KINDS[2:])

    def misfit(*_: object) -> None:
        raise EngineError("The network does not fit.", code="engine.network_misfit")

    monkeypatch.setattr(selection, "OnnxRuntimeNetwork", lambda *_, **__: misfit())
    with pytest.raises(EngineError, match="does not fit"):
        choose_network(network)


def test_inputs_that_are_not_the_networks_are_refused_by_name(network: NetworkFile) -> None:
    engine = choose_network(network, EngineWish("onnxruntime-cpu"))
    good = {"emotion": np.zeros((2, 1, 6), np.float32), "input": np.zeros((2, 1, 1600), np.float32)}
    assert engine.run_named(good)["result"].shape == (2, 1, 9)
    assert engine.signature == SIGNATURE
    for wrong, words in (
        ({**good, "sound": good["input"]}, "sound"),
        ({**good, "emotion": good["emotion"][:1]}, r"batches \[1, 2\]"),
        ({**good, "emotion": good["emotion"][:, :, :5]}, "emotion"),
    ):
        with pytest.raises(EngineError) as caught:
            engine.run_named(wrong)
        assert caught.value.code == "engine.run_failed"
        assert re.search(words, caught.value.details)
