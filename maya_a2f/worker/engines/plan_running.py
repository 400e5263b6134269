"""A built plan on a GPU: what is asked of TensorRT and TensorRT for RTX to run one.

Names are as :mod:`~maya_a2f.worker.engines.plan_building` says. Device memory, streams and graphs are torch's, of
:class:`~maya_a2f.worker.engines.tensorrt_network.TensorRTNetwork`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maya_a2f.errors import EngineError
from maya_a2f.worker.engines.onnxruntime_network import raise_misfit
from maya_a2f.worker.engines.plan_building import found_tensor, message_log
from maya_a2f.worker.engines.signature import Axis, FoundTensor, Signature
from maya_a2f.worker.engines.tensorrt_library import Library

if TYPE_CHECKING:
    import torch

Shapes = Mapping[str, tuple[int, ...]]


class PlanRefusedError(Exception):
    """The library does not accept the plan; its words."""


@dataclass(eq=False)
class Launcher:
    """A plan set up for inputs of certain shapes: launching it reads and writes the tensors it was bound to."""

    context: Any
    scratch: torch.Tensor
    """Device memory of the context; shared by all, as they run one after the other."""
    outputs: dict[str, tuple[int, ...]]
    """The shape of every output."""
    graph: Any = None
    """A captured CUDA graph, once there is one."""
    bound: dict[str, torch.Tensor] = field(default_factory=dict)
    """The tensors that a graph reads and writes; empty where every launch is bound anew."""


class OpenedPlan:
    """A plan that was accepted and found to have the network's tensors."""

    def __init__(
        self, trt: Any, library: Library, content: bytes | memoryview, network: Path, signature: Signature
    ) -> None:
        """Raises :class:`PlanRefusedError`, :class:`EngineError` ``engine.network_misfit``."""
        self._trt, self.library, self.signature = trt, library, signature
        self._logger = message_log(trt)
        self._runtime = trt.Runtime(self._logger)
        runtime = self._runtime
        engine = runtime.deserialize_cuda_engine(content)
        if engine is None:
            raise PlanRefusedError("\n".join(self._logger.messages))
        self._engine = engine
        if engine.num_optimization_profiles != 1:
            raise PlanRefusedError(f"it has {engine.num_optimization_profiles} optimisation profiles instead of one")
        self._inputs, outputs = _bindings(trt, engine)
        raise_misfit(network, signature.faults(self._inputs, outputs, is_strict=True))
        self.max_batch = _max_batch(engine, signature)
        self._runtime_cache: Any = None
        self._runtime_config = _rtx_runtime_config(trt, engine) if library.is_rtx else None

    def use_runtime_cache(self, content: bytes) -> None:
        """Start from what an earlier process compiled (TensorRT for RTX); what does not fit is left aside."""
        if self._runtime_config is not None:
            self._runtime_cache = _rtx_runtime_cache(self._runtime_config, content)

    def runtime_cache(self) -> bytes:
        """What was compiled up to now, for :meth:`use_runtime_cache` of a later process; may be empty."""
        return b"" if self._runtime_cache is None else _rtx_compiled(self._runtime_cache)

    def fixed_size(self, tensor_name: str, axis: int) -> int | None:
        """The size of an input's axis; None where the profile leaves a choice."""
        return next(found.shape[axis] for found in self._inputs if found.name == tensor_name)

    @property
    def scratch_bytes(self) -> int:
        """Device memory that running needs beside the tensors."""
        engine = self._engine
        return int(engine.device_memory_size_v2)

    def launcher(self, shapes: Shapes, scratch: torch.Tensor | Callable[[int], torch.Tensor]) -> Launcher:
        """Set the plan up for inputs of ``shapes``. ``scratch`` has :attr:`scratch_bytes`, or makes as many as these
        shapes alone need. Raises :class:`EngineError` ``engine.run_failed`` naming the input that the profile does not
        allow."""
        context = self._context()
        if context is None:
            raise self.failure("no execution context could be made")
        if not callable(scratch):
            context.set_device_memory(scratch.data_ptr(), scratch.numel())
        for name, shape in shapes.items():
            if not context.set_input_shape(name, tuple(shape)):
                raise self.failure(f"the input '{name}' cannot have the shape {list(shape)}")
        if callable(scratch):
            scratch = scratch(int(context.update_device_memory_size_for_shapes()))
            context.set_device_memory(scratch.data_ptr(), scratch.numel())
        outputs = {
            spec.name: tuple(int(size) for size in context.get_tensor_shape(spec.name)) for spec in self._results
        }
        batch = self.signature.batch_of(shapes)
        for spec in self._results:
            if outputs[spec.name] != spec.shape(batch):
                raise self.failure(f"the output '{spec.name}' has the shape {list(outputs[spec.name])}")
        return Launcher(context, scratch, outputs)

    def bind(self, launcher: Launcher, tensors: Mapping[str, torch.Tensor]) -> None:
        """Let the launcher read and write ``tensors``, of which each has its shape. Raises as :meth:`launch`."""
        context = launcher.context
        for name, buffer in tensors.items():
            if not context.set_tensor_address(name, buffer.data_ptr()):
                raise self.failure(f"the tensor '{name}' was not accepted")

    def launch(self, launcher: Launcher, stream: int) -> None:
        """Run on the CUDA stream with the handle ``stream``; it goes on after this returns.

        Raises :class:`EngineError` ``engine.run_failed``, with the library's words as details.
        """
        context = launcher.context
        if not context.execute_async_v3(stream):
            raise self.failure("it could not be started")

    def failure(self, what: str) -> EngineError:
        """The error for what failed, with what the library said since the last failure."""
        words = "\n".join(self._logger.messages)
        self._logger.messages.clear()
        return EngineError(f"{self.library.title} failed: {what}.", code="engine.run_failed", details=words)

    @property
    def _results(self) -> tuple[Any, ...]:
        return self.signature.outputs

    def _context(self) -> Any:
        trt, engine = self._trt, self._engine
        if self._runtime_config is not None:
            return engine.create_execution_context(self._runtime_config)
        return engine.create_execution_context(trt.ExecutionContextAllocationStrategy.USER_MANAGED)


def _bindings(trt: Any, engine: Any) -> tuple[list[FoundTensor], list[FoundTensor]]:
    inputs: list[FoundTensor] = []
    outputs: list[FoundTensor] = []
    for index in range(engine.num_io_tensors):
        name = engine.get_tensor_name(index)
        found = found_tensor(trt, name, engine.get_tensor_dtype(name), engine.get_tensor_shape(name))
        (inputs if engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT else outputs).append(found)
    return inputs, outputs


def _max_batch(engine: Any, signature: Signature) -> int:
    """The smallest of the inputs' largest batches in the profile (inference.md section 7.3)."""
    return min(
        int(engine.get_tensor_profile_shape(spec.name, 0)[2][spec.axes.index(Axis.BATCH)])
        for spec in signature.inputs
        if Axis.BATCH in spec.axes
    )


def _rtx_runtime_config(trt: Any, engine: Any) -> Any:
    """TensorRT for RTX compiles for the card when a plan first runs, and captures CUDA graphs by itself."""
    runtime_config = engine.create_runtime_config()
    runtime_config.set_execution_context_allocation_strategy(trt.ExecutionContextAllocationStrategy.USER_MANAGED)
    runtime_config.cuda_graph_strategy = trt.CudaGraphStrategy.WHOLE_GRAPH_CAPTURE
    return runtime_config


def _rtx_runtime_cache(runtime_config: Any, content: bytes) -> Any:
    runtime_cache = runtime_config.create_runtime_cache()
    if content:
        runtime_cache.deserialize(content)
    runtime_config.set_runtime_cache(runtime_cache)
    return runtime_cache


def _rtx_compiled(runtime_cache: Any) -> bytes:
    blob = runtime_cache.serialize()
    return b"" if blob is None else bytes(blob)
