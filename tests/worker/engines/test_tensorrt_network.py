"""TensorRT's side of the engine port, with a GPU and a library that are made up: a plan is the network's path here, and
launching one lets ONNX Runtime fill the tensors it is bound to. What only a GPU can show is in ``test_on_gpu.py``."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maya_a2f.errors import EngineError
from maya_a2f.worker.engines import tensorrt_engine
from maya_a2f.worker.engines.accuracy import Accuracy, deviation, probe_inputs
from maya_a2f.worker.engines.device_port import device_engine_of
from maya_a2f.worker.engines.network_file import NetworkFile
from maya_a2f.worker.engines.onnxruntime_network import OnnxRuntimeNetwork
from maya_a2f.worker.engines.plan_building import Built, Recipe
from maya_a2f.worker.engines.plan_cache import PlanCache, Watch
from maya_a2f.worker.engines.plan_running import Launcher, PlanRefusedError
from maya_a2f.worker.engines.signature import Signature
from maya_a2f.worker.engines.tensorrt_engine import open_tensorrt
from maya_a2f.worker.engines.tensorrt_library import TENSORRT, TENSORRT_RTX, Library
from maya_a2f.worker.engines.tensorrt_network import TensorRTNetwork
from tests.worker.engines.networks import GPU, small_network

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train


class Stream:
    """Everything on it has happened already."""

    cuda_stream = 0

    def __init__(self, device: Any = None) -> None:
        pass

    def wait_stream(self, other: Stream) -> None:
        pass

    def synchronize(self) -> None:
        pass


class Graph:
    """Runs again what was launched while it was captured."""

    def __init__(self) -> None:
        self.launches: list[Launcher] = []

    def replay(self) -> None:
        for launcher in self.launches:
            FakePlan.opened.fill(launcher)


class FakePlan:
    """Stands for OpenedPlan."""

    opened: FakePlan
    capturing: Graph | None = None
    error: Exception | None = None
    noise = 0.0
    largest_scratch = 0

    def __init__(self, trt: Any, library: Library, content: Any, network: Path, signature: Signature) -> None:
        if bytes(content) == b"refused":
            raise PlanRefusedError("The engine was made for another GPU.")
        self.library, self.signature, self.max_batch = library, signature, 8
        self.scratch_bytes = FakePlan.largest_scratch
        self.precision = bytes(content).decode()
        self._engine = OnnxRuntimeNetwork(network, signature)
        self.launched: list[tuple[int, bool]] = []
        self.compiled = b""
        FakePlan.opened = self

    def use_runtime_cache(self, content: bytes) -> None:
        self.compiled = content

    def runtime_cache(self) -> bytes:
        return self.compiled + b"kernels" if self.library.is_rtx else b""

    def fixed_size(self, tensor: str, axis: int) -> int | None:
        return self._engine.fixed_size(tensor, axis)

    def launcher(self, shapes: Mapping[str, tuple[int, ...]], scratch: Any) -> Launcher:
        batch = self.signature.batch_of(shapes)
        scratch = scratch(1000 * batch) if callable(scratch) else scratch
        return Launcher({}, scratch, {spec.name: spec.shape(batch) for spec in self.signature.outputs})

    def bind(self, launcher: Launcher, tensors: Mapping[str, Any]) -> None:
        launcher.context = dict(tensors)

    def launch(self, launcher: Launcher, stream: int) -> None:
        if FakePlan.error is not None:
            raise FakePlan.error
        self.launched.append((len(launcher.context["input"]), FakePlan.capturing is not None))
        if FakePlan.capturing is not None:
            FakePlan.capturing.launches.append(launcher)
        else:
            self.fill(launcher)

    def fill(self, launcher: Launcher) -> None:
        inputs = {spec.name: launcher.context[spec.name].numpy() for spec in self.signature.inputs}
        for name, result in self._engine.run_named(inputs).items():
            worse = FakePlan.noise if self.precision != "float32" else 0.0
            launcher.context[name].copy_(torch.from_numpy(result + np.float32(worse) * np.float32(np.ptp(result))))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where plans are kept on the machine that is made up."""

    @contextlib.contextmanager
    def capture(graph: Graph, **_: Any) -> Iterator[None]:
        FakePlan.capturing = graph
        try:
            yield
        finally:
            FakePlan.capturing = None

    processor = torch.device("cpu")
    for name, value in {
        "Stream": Stream,
        "CUDAGraph": Graph,
        "graph": capture,
        "current_stream": lambda device: Stream(),
        "stream": lambda stream: contextlib.nullcontext(),
        "current_device": lambda: 0,
        "empty_cache": lambda: None,
    }.items():
        monkeypatch.setattr(torch.cuda, name, value)
    monkeypatch.setattr(torch, "device", lambda *_: processor)
    monkeypatch.setattr(torch.Tensor, "record_stream", lambda self, stream: None)
    monkeypatch.setattr(tensorrt_engine, "present_gpu", lambda: GPU)
    monkeypatch.setattr(tensorrt_engine, "load_library", lambda library: None)
    monkeypatch.setattr(tensorrt_engine, "OpenedPlan", FakePlan)
    monkeypatch.setattr(tensorrt_engine, "plan_folders", lambda: (tmp_path / "plans",))
    monkeypatch.setattr(tensorrt_engine, "build_plan", built)
    for name, start in (("error", None), ("noise", 0.0), ("capturing", None)):
        monkeypatch.setattr(FakePlan, name, start)
    return tmp_path / "plans"


def built(trt: Any, library: Library, recipe: Recipe, timings: bytes, watch: Watch) -> Built:
    return Built(recipe.precision.encode(), timings + b"timing ", 0.1)


@pytest.fixture
def network(tmp_path: Path) -> NetworkFile:
    return small_network(tmp_path)


def test_results_are_the_networks_at_any_batch_and_each_is_captured_once(folder: Path, network: NetworkFile) -> None:
    engine = open_tensorrt(TENSORRT, network, "float32", Watch())
    exact = OnnxRuntimeNetwork(network.path, network.signature)
    assert (engine.name, engine.max_batch, "NVIDIA GeForce RTX 4090, fp32" in engine.description) == (
        "tensorrt",
        8,
        True,
    )
    FakePlan.opened.launched.clear()
    for frames in (1, 3, 1, 3, 3, 8):
        inputs = probe_inputs(exact, frames)
        assert deviation(exact.run_named(inputs), engine.run_named(inputs)) < 1e-6
    # Four were set up for the comparison with the processor; three are filled up to them.
    assert FakePlan.opened.launched == [(frames, is_captured) for frames in (1, 8) for is_captured in (False, True)]


def test_many_batch_sizes_are_not_all_kept_set_up(
    folder: Path, network: NetworkFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maya_a2f.worker.engines.tensorrt_network._MOST_LAUNCHERS", 2)
    engine = open_tensorrt(TENSORRT_RTX, network, "float32", Watch())
    exact = OnnxRuntimeNetwork(network.path, network.signature)
    for frames in (1, 2, 3, 4, 5, 6, 7, 8, 1):
        inputs = probe_inputs(exact, frames)
        assert deviation(exact.run_named(inputs), engine.run_named(inputs)) < 1e-6
    assert len(engine._launchers) == 2


def test_few_frames_are_filled_up_to_a_shape_that_is_set_up_and_never_beyond_the_largest(
    folder: Path, network: NetworkFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_tensorrt(TENSORRT_RTX, network, "float32", Watch())
    exact = OnnxRuntimeNetwork(network.path, network.signature)
    FakePlan.opened.launched.clear()
    for frames in range(1, 9):
        inputs = probe_inputs(exact, frames)
        results = engine.run_named(inputs)["result"]
        assert results.shape == (frames, 1, 9)
        assert deviation(exact.run_named(inputs), {"result": results}) < 1e-6
    assert {frames for frames, _ in FakePlan.opened.launched} == {1, 2, 4, 8}
    engine.max_batch = 6
    FakePlan.opened.launched.clear()
    assert engine.run_named(probe_inputs(exact, 5))["result"].shape == (5, 1, 9)
    assert {frames for frames, _ in FakePlan.opened.launched} == {6}


@pytest.mark.parametrize("is_captured", [True, False])
def test_the_callers_stream_and_the_networks_wait_for_each_other(
    folder: Path, network: NetworkFile, monkeypatch: pytest.MonkeyPatch, is_captured: bool
) -> None:
    """What is not seen with a GPU's own timing: that inputs are there before, results after, and memory long enough."""
    caller, events, held = Stream(), list[str](), dict[int, Stream]()
    if not is_captured:
        monkeypatch.setattr("maya_a2f.worker.engines.tensorrt_network._MOST_GRAPH_BYTES", 0)
    engine = open_tensorrt(TENSORRT, network, "float32", Watch())
    inputs = probe_inputs(OnnxRuntimeNetwork(network.path, network.signature), 4)
    tensors = {name: torch.from_numpy(array) for name, array in inputs.items()}

    def waits(stream: Stream, other: Stream) -> None:
        assert {stream, other} == {caller, engine._stream}
        events.append("the network waits" if other is caller else "the caller waits")

    own = FakePlan.fill
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: caller)
    monkeypatch.setattr(Stream, "wait_stream", waits)
    monkeypatch.setattr(FakePlan, "fill", lambda *given: (events.append("it runs"), own(*given))[1])
    monkeypatch.setattr(torch.Tensor, "record_stream", lambda self, stream: held.update({self.data_ptr(): stream}))
    results = engine.run_on_device(tensors)
    assert events == ["the network waits", "it runs", "the caller waits"]
    assert held == {
        **{tensor.data_ptr(): engine._stream for tensor in tensors.values()},
        **{tensor.data_ptr(): caller for tensor in results.values()},
    }


def test_torch_that_fails_to_start_on_the_gpu_is_an_error_of_the_engine(
    folder: Path, network: NetworkFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy() -> int:
        raise RuntimeError("CUDA-capable device(s) is/are busy or unavailable")

    monkeypatch.setattr(torch.cuda, "current_device", busy)
    with pytest.raises(EngineError) as caught:
        open_tensorrt(TENSORRT, network, "float32", Watch())
    assert caught.value.code == "engine.gpu_lost"


def test_results_on_the_device_are_the_callers(folder: Path, network: NetworkFile) -> None:
    device = device_engine_of(open_tensorrt(TENSORRT, network, "float32", Watch()))
    assert device is not None
    inputs = probe_inputs(OnnxRuntimeNetwork(network.path, network.signature), 2)
    tensors = {name: torch.from_numpy(array) for name, array in inputs.items()}
    first = device.run_on_device(tensors)["result"]
    kept = first.clone()
    device.run_on_device({name: tensor * 2 for name, tensor in tensors.items()})
    assert torch.equal(first, kept)


def test_large_tensors_are_bound_as_they_are(
    folder: Path, network: NetworkFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maya_a2f.worker.engines.tensorrt_network._MOST_GRAPH_BYTES", 0)
    engine = open_tensorrt(TENSORRT, network, "float32", Watch())
    exact = OnnxRuntimeNetwork(network.path, network.signature)
    inputs = probe_inputs(exact, 2)
    assert deviation(exact.run_named(inputs), engine.run_named(inputs)) < 1e-6
    assert not any(is_captured for _, is_captured in FakePlan.opened.launched)


def test_a_capture_that_fails_is_done_without(
    folder: Path, network: NetworkFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any, **__: Any) -> Any:
        raise RuntimeError("operation not permitted when stream is capturing")

    monkeypatch.setattr(torch.cuda, "graph", failing)
    engine = open_tensorrt(TENSORRT, network, "float32", Watch())
    exact = OnnxRuntimeNetwork(network.path, network.signature)
    inputs = probe_inputs(exact, 2)
    assert deviation(exact.run_named(inputs), engine.run_named(inputs)) < 1e-6


def test_a_gpu_without_room_for_the_largest_batch_runs_smaller_ones(
    folder: Path, network: NetworkFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, room, made = TensorRTNetwork._scratch_of, [5000], list[int]()

    def scarce(self: TensorRTNetwork, size: int) -> Any:
        if size > room[0]:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory.")
        made.append(size)
        return own(self, size)

    monkeypatch.setattr(TensorRTNetwork, "_scratch_of", scarce)
    monkeypatch.setattr(FakePlan, "largest_scratch", 9000)
    engine = open_tensorrt(TENSORRT, network, "float32", Watch())
    exact = OnnxRuntimeNetwork(network.path, network.signature)
    made.clear()
    for frames in (2, 4, 2):
        inputs = probe_inputs(exact, frames)
        assert deviation(exact.run_named(inputs), engine.run_named(inputs)) < 1e-6
        assert len(engine._launchers) == 1  # each has memory of its own
    assert made == [2000, 4000, 2000]
    with pytest.raises(EngineError) as caught:
        engine.run_named(probe_inputs(exact, 8))
    assert caught.value.code == "engine.out_of_memory"
    room[0] = 10_000  # another program has ended
    assert engine.run_named(probe_inputs(exact, 8))["result"].shape == (8, 1, 9)
    assert made[-1] == 9000


def test_memory_that_torch_keeps_is_given_back_before_a_plan_is_built(
    folder: Path, network: NetworkFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: events.append("freed"))

    def building(*told: Any) -> Built:
        events.append("built")
        return built(*told)

    monkeypatch.setattr(tensorrt_engine, "build_plan", building)
    open_tensorrt(TENSORRT, network, "float32", Watch())
    assert events == ["freed", "built"]


@pytest.mark.parametrize(
    ("words", "code"),
    [("CUDA out of memory.", "engine.out_of_memory"), ("CUDA error: unspecified launch failure", "engine.gpu_lost")],
)
def test_a_failure_while_running_says_what_it_means(folder: Path, network: NetworkFile, words: str, code: str) -> None:
    engine = open_tensorrt(TENSORRT, network, "float32", Watch())
    inputs = probe_inputs(OnnxRuntimeNetwork(network.path, network.signature), 8)
    FakePlan.error = RuntimeError(words)
    with pytest.raises(EngineError) as caught:
        engine.run_named(inputs)
    assert caught.value.code == code
    FakePlan.error = None
    assert engine.run_named(inputs)["result"].shape == (8, 1, 9)  # after too little memory a smaller one may do


def test_what_was_measured_and_compiled_is_kept_for_the_next_process(folder: Path, network: NetworkFile) -> None:
    open_tensorrt(TENSORRT, network, "float32", Watch())
    (timing,) = folder.glob("*.timing")
    assert timing.read_bytes() == b"timing "
    (plan,) = folder.glob("*.plan")
    found = PlanCache((folder,)).find(plan.stem)
    assert found is not None
    assert found.header["accuracy"]["largest"] < 1e-6
    open_tensorrt(TENSORRT_RTX, network, "float32", Watch())
    (runtime,) = folder.glob("*.runtime")
    assert runtime.read_bytes().startswith(b"kernels")


def test_a_precision_that_is_too_inaccurate_is_replaced_by_fp32_and_remembered(
    folder: Path, network: NetworkFile
) -> None:
    FakePlan.noise = 0.004
    assert open_tensorrt(TENSORRT, network, "fp16", Watch()).precision == "fp16"
    FakePlan.noise = 0.02
    engine = open_tensorrt(TENSORRT, network, "bf16", Watch())
    assert engine.precision == "float32"
    assert "fp32 (bf16 would be off by 2.0% of the motion's range)" in engine.description
    FakePlan.noise = 0.0
    assert open_tensorrt(TENSORRT, network, "bf16", Watch()).precision == "float32"


def test_a_later_start_opens_only_the_plan_that_is_used_and_says_why(
    folder: Path, network: NetworkFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    openings: list[str] = []
    builds: list[str] = []

    class Counted(FakePlan):
        def __init__(self, trt: Any, library: Library, content: Any, *rest: Any) -> None:
            openings.append(bytes(content).decode())
            super().__init__(trt, library, content, *rest)

    def building(trt: Any, library: Library, recipe: Recipe, timings: bytes, watch: Watch) -> Built:
        builds.append(recipe.precision)
        return built(trt, library, recipe, timings, watch)

    monkeypatch.setattr(tensorrt_engine, "OpenedPlan", Counted)
    monkeypatch.setattr(tensorrt_engine, "build_plan", building)
    FakePlan.noise = 0.02
    first = open_tensorrt(TENSORRT_RTX, network, "bf16", Watch())
    assert (openings, builds) == (["bf16", "float32"], ["bf16", "float32"])
    openings.clear()
    second = open_tensorrt(TENSORRT_RTX, network, "bf16", Watch())
    assert (openings, len(builds)) == (["float32"], 2)
    assert second.description == first.description
    assert "bf16 would be off by 2.0%" in second.description
    assert len([*folder.glob("*.runtime")]) == 1  # what was compiled for the rejected one has gone with it
    openings.clear()
    newer = dataclasses.replace(GPU, driver="590.10")
    monkeypatch.setattr(tensorrt_engine, "present_gpu", lambda: newer)
    FakePlan.noise = 0.004
    assert open_tensorrt(TENSORRT_RTX, network, "bf16", Watch()).precision == "bf16"
    assert (openings, builds[2:]) == (["bf16"], ["bf16"])


def test_a_rejected_plan_whose_record_is_damaged_is_built_and_compared_again(
    folder: Path, network: NetworkFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    FakePlan.noise = 0.02
    open_tensorrt(TENSORRT, network, "bf16", Watch())
    maker = tensorrt_engine.PlanMaker(TENSORRT, GPU, PlanCache((folder,)))
    path = folder / f"{maker.plan(maker.recipe(network, 'bf16')).key}.plan"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    FakePlan.noise = 0.0
    assert open_tensorrt(TENSORRT, network, "bf16", Watch()).precision == "bf16"


def test_fp32_that_was_found_inaccurate_is_not_opened_again(
    folder: Path, network: NetworkFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tensorrt_engine, "measured_accuracy", lambda *_: Accuracy(0.02, 0.001))
    for opening in (FakePlan, None):
        monkeypatch.setattr(tensorrt_engine, "OpenedPlan", opening)
        with pytest.raises(EngineError, match=r"off by 2\.00%") as caught:
            open_tensorrt(TENSORRT, network, "float32", Watch())
        assert caught.value.code == "engine.inaccurate"


def test_a_plan_that_the_library_refuses_is_built_anew_once(
    folder: Path, network: NetworkFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = [b"refused", b"float32", b"refused", b"refused"]
    monkeypatch.setattr(tensorrt_engine, "build_plan", lambda *_: Built(contents.pop(0), b"", 0.1))
    assert open_tensorrt(TENSORRT, network, "float32", Watch()).precision == "float32"
    for path in folder.glob("*.plan"):
        path.unlink()
    with pytest.raises(EngineError, match="does not accept the plan") as caught:
        open_tensorrt(TENSORRT, network, "float32", Watch())
    assert caught.value.code == "engine.plan_refused"
    assert contents == []


def test_a_refused_plan_in_a_studios_read_only_folder_is_built_for_oneself_once(
    folder: Path, network: NetworkFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = folder.with_name("own")
    monkeypatch.setattr(tensorrt_engine, "build_plan", lambda *_: Built(b"refused", b"", 0.1))
    with pytest.raises(EngineError, match="does not accept"):
        open_tensorrt(TENSORRT, network, "float32", Watch())
    maker = tensorrt_engine.PlanMaker(TENSORRT, GPU, PlanCache((folder,)))
    plan = maker.plan(maker.recipe(network, "float32"))
    monkeypatch.setattr(tensorrt_engine, "plan_folders", lambda: (folder, own))
    builds: list[int] = []
    monkeypatch.setattr(tensorrt_engine, "build_plan", lambda *_: builds.append(1) or Built(b"float32", b"", 0.1))
    unlink, open_file = Path.unlink, os.open

    def kept(path: Path, missing_ok: bool = False) -> None:
        if path.parent == folder:
            raise PermissionError(13, "read-only")
        unlink(path, missing_ok=missing_ok)

    def opened(path: Any, *rest: Any) -> int:
        if Path(path).parent == folder:
            raise PermissionError(13, "read-only")
        return open_file(path, *rest)

    monkeypatch.setattr(Path, "unlink", kept)
    monkeypatch.setattr(os, "open", opened)
    for _ in range(2):  # also by the next process, which finds the refused one first
        assert open_tensorrt(TENSORRT, network, "float32", Watch()).precision == "float32"
    assert builds == [1]
    assert (folder / f"{plan.key}.plan").is_file()
    assert (own / f"{plan.key}.plan").is_file()
