"""What is compared when a plan is opened (specification, inference.md section 7.3), with a library that is made up."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from maya_a2f.errors import EngineError
from maya_a2f.worker.engines.cuda_faults import run_error
from maya_a2f.worker.engines.plan_running import Launcher, OpenedPlan, PlanRefusedError
from maya_a2f.worker.engines.tensorrt_library import TENSORRT
from tests.worker.engines.networks import SIGNATURE

Tensors = dict[str, tuple[str, tuple[int, ...]]]
GOOD: Tensors = {"input": ("INPUT", (-1, 1, 1600)), "emotion": ("INPUT", (-1, 1, 6)), "result": ("OUTPUT", (-1, 1, 9))}


class Context:
    """Allows batches up to 8."""

    def __init__(self) -> None:
        self.batch, self.addresses = 0, dict[str, int]()
        self.runs = True

    def set_device_memory(self, address: int, size: int) -> None:
        assert size > 0
        self.given = size

    def update_device_memory_size_for_shapes(self) -> int:
        assert self.batch
        return 100 * self.batch

    def set_input_shape(self, name: str, shape: tuple[int, ...]) -> bool:
        self.batch = shape[0]
        return shape[0] <= 8

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        return (self.batch, *GOOD[name][1][1:])

    def set_tensor_address(self, name: str, address: int) -> bool:
        self.addresses[name] = address
        return name in GOOD

    def execute_async_v3(self, stream: int) -> bool:
        return self.runs


def library(tensors: Tensors, *, profiles: int = 1, largest: tuple[int, int] = (8, 6), data_type: str = "FLOAT") -> Any:
    """A module with what opening a plan asks for."""
    engine = SimpleNamespace(
        num_optimization_profiles=profiles,
        num_io_tensors=len(tensors),
        device_memory_size_v2=4096,
        get_tensor_name=lambda index: list(tensors)[index],
        get_tensor_dtype=lambda name: f"DataType.{data_type}",
        get_tensor_mode=lambda name: tensors[name][0],
        get_tensor_shape=lambda name: tensors[name][1],
        get_tensor_profile_shape=lambda name, profile: [(1,), (1,), ({"input": largest[0]}.get(name, largest[1]),)],
        create_execution_context=lambda strategy: Context(),
    )

    def deserialize(content: bytes) -> Any:
        if content == b"foreign":
            logger.log("ERROR", "The engine was made for another GPU.")
            return None
        return engine

    class Log:
        ERROR, INTERNAL_ERROR = "ERROR", "INTERNAL_ERROR"

    logger: Any = None

    def runtime(given: Any) -> Any:
        nonlocal logger
        logger = given
        return SimpleNamespace(deserialize_cuda_engine=deserialize)

    return SimpleNamespace(
        ILogger=Log,
        Runtime=runtime,
        DataType=SimpleNamespace(FLOAT="DataType.FLOAT"),
        TensorIOMode=SimpleNamespace(INPUT="INPUT"),
        ExecutionContextAllocationStrategy=SimpleNamespace(USER_MANAGED=1),
    )


def opened(trt: Any, content: bytes = b"plan") -> OpenedPlan:
    return OpenedPlan(trt, TENSORRT, content, Path("network.onnx"), SIGNATURE)


def test_the_largest_batch_is_the_smallest_of_the_inputs(tmp_path: Path) -> None:
    plan = opened(library(GOOD))
    assert (plan.max_batch, plan.scratch_bytes, plan.runtime_cache()) == (6, 4096, b"")
    assert (plan.fixed_size("input", 0), plan.fixed_size("input", 2)) == (None, 1600)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"result": ("OUTPUT", (-1, 1, 77))}, r"'result' has the shape \['free', 1, 77\]"),
        ({"input": ("INPUT", (-1, 1, -1))}, "'input' has the shape"),
        ({"input": ("INPUT", (-1, 1600))}, "'input' has the shape"),
        ({"input": ("INPUT", (4, 1, 1600))}, "'input' has the shape"),
        ({"emotion": ("OUTPUT", (-1, 1, 6))}, "its inputs are 'input'"),
        ({"sound": ("INPUT", (-1, 1, 6))}, "its inputs are 'emotion', 'input', 'sound'"),
    ],
)
def test_a_plan_with_other_tensors_is_refused_by_name(change: Tensors, words: str) -> None:
    with pytest.raises(EngineError, match=words) as caught:
        opened(library({**GOOD, **change}))
    assert caught.value.code == "engine.network_misfit"


def test_a_plan_of_other_types_or_profiles_or_for_another_gpu_is_refused() -> None:
    with pytest.raises(EngineError, match="is half, but must be float32"):
        opened(library(GOOD, data_type="HALF"))
    with pytest.raises(PlanRefusedError, match="2 optimisation profiles"):
        opened(library(GOOD, profiles=2))
    with pytest.raises(PlanRefusedError, match="another GPU"):
        opened(library(GOOD), b"foreign")


def test_a_batch_of_one_may_be_fixed() -> None:
    fixed = {name: (mode, (1, *shape[1:])) for name, (mode, shape) in GOOD.items()}
    assert opened(library(fixed, largest=(1, 1))).max_batch == 1


class Memory:
    """A tensor, as far as it is asked."""

    def data_ptr(self) -> int:
        return 256

    def numel(self) -> int:
        return 4096


def test_shapes_tensors_and_launches_that_the_library_refuses_are_named() -> None:
    plan, memory = opened(library(GOOD)), Memory()
    shapes = {"input": (4, 1, 1600), "emotion": (4, 1, 6)}
    launcher: Launcher = plan.launcher(shapes, memory)  # type: ignore[arg-type]
    assert launcher.outputs == {"result": (4, 1, 9)}
    plan.bind(launcher, {"input": memory})  # type: ignore[dict-item]
    plan.launch(launcher, 0)
    with pytest.raises(EngineError, match="'sound' was not accepted"):
        plan.bind(launcher, {"sound": memory})  # type: ignore[dict-item]
    launcher.context.runs = False
    with pytest.raises(EngineError, match="could not be started"):
        plan.launch(launcher, 0)
    with pytest.raises(EngineError, match=r"'input' cannot have the shape \[9, 1, 1600\]"):
        plan.launcher({"input": (9, 1, 1600), "emotion": (9, 1, 6)}, memory)  # type: ignore[arg-type]


def test_memory_for_these_shapes_alone_is_made_once_they_are_known() -> None:
    class Sized(Memory):
        def __init__(self, size: int) -> None:
            self.numel = lambda: size  # type: ignore[method-assign]

    shapes = {"input": (4, 1, 1600), "emotion": (4, 1, 6)}
    launcher = opened(library(GOOD)).launcher(shapes, Sized)  # type: ignore[arg-type]
    assert (launcher.scratch.numel(), launcher.context.given) == (400, 400)


def test_an_old_message_of_the_library_is_no_reason_of_a_later_failure() -> None:
    plan = opened(library(GOOD))
    plan._logger.messages.append("Error Code 2: OutOfMemory")
    assert "OutOfMemory" in plan.failure("it could not be started").details
    assert plan.failure("the input 'sound' cannot have the shape [3]").details == ""


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("CUDA out of memory. Tried to allocate 2.00 GiB.", "engine.out_of_memory"),
        ("BFCArena: Failed to allocate memory for requested buffer of size 123", "engine.out_of_memory"),
        ("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`", "engine.out_of_memory"),
        ("Requested amount of GPU memory (2147483648 bytes) could not be allocated.", "engine.out_of_memory"),
        ("IExecutionContext::enqueueV3: Error Code 2: OutOfMemory (no further information)", "engine.out_of_memory"),
        ("CUDA error: unspecified launch failure", "engine.gpu_lost"),
        ("CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasDgemm`", "engine.gpu_lost"),
        ("CUDA error: an illegal memory access was encountered", "engine.gpu_lost"),
        ("CUDA error: the GPU is lost", "engine.gpu_lost"),
        ("CUDA error: uncorrectable ECC error encountered", "engine.gpu_lost"),
        ("Node (Conv_3): shape mismatch", "engine.run_failed"),
    ],
)
def test_a_failure_on_the_gpu_is_told_apart(words: str, code: str) -> None:
    assert run_error(Path("network.onnx"), words, is_on_gpu=True).code == code
    assert run_error(Path("network.onnx"), words, is_on_gpu=False).code == "engine.run_failed"
