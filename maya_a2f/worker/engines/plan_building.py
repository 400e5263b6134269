"""Building a plan from an ONNX file with TensorRT or TensorRT for RTX.

In this file, ``rtx_scalars.py`` and ``plan_running.py`` every value of the library is called after its class:
``builder``, ``config``, ``parser`` and so on. ``tests/worker/engines/test_tensorrt_interface.py`` reads what is asked
of those names, and checks it against the libraries. Functions whose names have ``rtx_`` in front are for TensorRT for
RTX only.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from maya_a2f.errors import Cancelled, EngineError
from maya_a2f.worker.engines.build_progress import STEPS, BuildProgress
from maya_a2f.worker.engines.build_settings import BuildSettings, Shape
from maya_a2f.worker.engines.cuda_faults import means_no_memory
from maya_a2f.worker.engines.gpu_facts import Gpu
from maya_a2f.worker.engines.network_file import NetworkFile
from maya_a2f.worker.engines.onnxruntime_network import raise_misfit
from maya_a2f.worker.engines.plan_cache import Watch
from maya_a2f.worker.engines.reduced_network import reduced_network
from maya_a2f.worker.engines.rtx_scalars import rtx_spread_scalars
from maya_a2f.worker.engines.signature import FoundTensor
from maya_a2f.worker.engines.tensorrt_library import Library

PREPARING = "Preparing the network for the GPU"
_MOST_MESSAGES = 20
_FLAGS = {"fp16": "FP16", "bf16": "BF16"}


@dataclass(frozen=True)
class Recipe:
    """What a plan is built from."""

    network: NetworkFile
    settings: BuildSettings
    precision: str
    """``float32``, ``tf32``, ``fp16`` or ``bf16``."""
    gpu: Gpu


@dataclass(frozen=True, eq=False)
class Built:
    """What a build gave."""

    content: bytes
    timings: bytes
    """For the next build on this kind of GPU; may be empty."""
    seconds: float


def build_plan(trt: Any, library: Library, recipe: Recipe, timings: bytes, watch: Watch) -> Built:
    """Build the plan with the loaded module ``trt``; ``timings`` are those of an earlier build, or empty.

    Raises :class:`Cancelled`, :class:`EngineError` ``engine.unsupported_operator``, ``engine.network_damaged``,
    ``engine.network_misfit``, ``engine.plan_failed``, ``engine.out_of_memory``.
    """
    started = time.monotonic()
    logger = message_log(trt)
    builder = trt.Builder(logger)
    network = builder.create_network(0)
    flag = _reduced_flag(trt, recipe.precision)
    casts = recipe.precision if recipe.precision in _FLAGS and flag is None else ""
    _parse(trt.OnnxParser(network, logger), library, logger, recipe, casts)
    _check_tensors(trt, network, recipe)
    kept = rtx_spread_scalars(trt, network) if library.is_rtx else []
    config = builder.create_builder_config()
    config.set_flag(trt.BuilderFlag.TF32) if recipe.precision == "tf32" else config.clear_flag(trt.BuilderFlag.TF32)
    if flag is not None:
        config.set_flag(flag)
    for pool, size in recipe.settings.memory_pools.items():
        config.set_memory_pool_limit(getattr(trt.MemoryPoolType, pool), size)
    if recipe.settings.optimization_level is not None:
        config.builder_optimization_level = recipe.settings.optimization_level
    _add_profile(builder, network, config, recipe)
    if library.is_rtx:
        _rtx_set_target(trt, config, recipe.gpu)
    timing_cache = None if library.is_rtx else _timing_cache(config, timings)
    config.progress_monitor = _monitor(trt, watch)
    blob = builder.build_serialized_network(network, config)
    del kept
    if blob is None and watch.cancelled():
        raise Cancelled()
    if blob is None:
        raise _build_failed(library, recipe, logger.messages)
    kept_timings = b"" if timing_cache is None else bytes(timing_cache.serialize())
    watch.on_progress(PREPARING, STEPS, STEPS)
    return Built(bytes(blob), kept_timings, time.monotonic() - started)


def message_log(trt: Any) -> Any:
    """A logger that keeps the last errors and warnings in ``messages``; nothing is printed."""

    class Log(trt.ILogger):  # type: ignore[misc]
        def __init__(self) -> None:
            trt.ILogger.__init__(self)
            self.messages: list[str] = []

        def log(self, severity: Any, text: str) -> None:
            if severity in (trt.ILogger.INTERNAL_ERROR, trt.ILogger.ERROR):
                self.messages.append(text)
                del self.messages[:-_MOST_MESSAGES]

    return Log()


def found_tensor(trt: Any, tensor_name: str, data_type: Any, shape: Any) -> FoundTensor:
    """As the library describes a tensor."""
    type_name = "float32" if data_type == trt.DataType.FLOAT else str(data_type).rpartition(".")[2].lower()
    return FoundTensor(tensor_name, type_name, tuple(int(size) if size >= 0 else None for size in shape))


def rtx_capability_name(trt: Any, gpu: Gpu) -> str | None:
    """What TensorRT for RTX calls the GPU's kind; None where it does not serve it."""
    name = f"SM{gpu.compute_capability[0]}{gpu.compute_capability[1]}"
    return name if hasattr(trt.ComputeCapability, name) else None


def _parse(parser: Any, library: Library, logger: Any, recipe: Recipe, casts: str) -> None:
    path = recipe.network.path
    if casts:
        is_parsed = parser.parse(reduced_network(path, casts))
    else:  # it looks for weights beside the path, but reading that itself it would know ASCII names only on Windows
        is_parsed = parser.parse(path.read_bytes(), str(path))
    if is_parsed:
        return
    faults = [parser.get_error(index) for index in range(parser.num_errors)]
    details = "\n".join([*(fault.desc() for fault in faults), *logger.messages])
    operator = next((fault.node_operator() for fault in faults if fault.node_operator()), "")
    if operator:
        raise EngineError(
            f"{library.title} cannot run the operator '{operator}' of the network '{path}'.",
            code="engine.unsupported_operator",
            hint="Run it with the engine 'onnxruntime-cuda' or 'onnxruntime-cpu'.",
            details=details,
        )
    raise EngineError(
        f"{library.title} cannot read the network '{path}'" + (f": {faults[0].desc()}." if faults else "."),
        code="engine.network_damaged",
        hint="Check the package with 'a2f models check'.",
        details=details,
    )


def _check_tensors(trt: Any, network: Any, recipe: Recipe) -> None:
    tensors = [network.get_input(index) for index in range(network.num_inputs)]
    inputs = [found_tensor(trt, tensor.name, tensor.dtype, tensor.shape) for tensor in tensors]
    tensors = [network.get_output(index) for index in range(network.num_outputs)]
    outputs = [found_tensor(trt, tensor.name, tensor.dtype, tensor.shape) for tensor in tensors]
    raise_misfit(recipe.network.path, recipe.network.signature.faults(inputs, outputs))


def _add_profile(builder: Any, network: Any, config: Any, recipe: Recipe) -> None:
    """One profile; an axis that the network fixes has that size in all three shapes."""
    profile = builder.create_optimization_profile()
    specs = {spec.name: spec for spec in recipe.network.signature.inputs}
    for index in range(network.num_inputs):
        tensor = network.get_input(index)
        axes = specs[tensor.name].axes
        sizes = [
            size if size >= 0 else axis if isinstance(axis, int) else -1
            for size, axis in zip(tensor.shape, axes, strict=True)
        ]
        tensor.shape = tuple(sizes)
        smallest, usual, largest = (_fixed(shape, sizes) for shape in recipe.settings.shapes[tensor.name])
        profile.set_shape(tensor.name, smallest, usual, largest)
    if config.add_optimization_profile(profile) < 0:
        raise EngineError(
            f"The shapes asked for do not fit the network '{recipe.network.path}'.",
            code="engine.bad_build_info",
            hint="Check the package's 'trt_info.json'.",
            details=str(recipe.settings.to_dict()),
        )


def _fixed(shape: Shape, sizes: list[int]) -> Shape:
    return tuple(size if size >= 0 else wanted for size, wanted in zip(sizes, shape, strict=True))


def _reduced_flag(trt: Any, precision: str) -> Any | None:
    """The builder's flag that allows the precision; None where the library has none (TensorRT 11, RTX)."""
    return getattr(trt.BuilderFlag, _FLAGS[precision], None) if precision in _FLAGS else None


def _timing_cache(config: Any, timings: bytes) -> Any:
    """Measurements of earlier builds, so that only what is new is measured. Those of another GPU are not taken."""
    timing_cache = config.create_timing_cache(timings)
    if timing_cache is None or not config.set_timing_cache(timing_cache, False):
        timing_cache = config.create_timing_cache(b"")
        config.set_timing_cache(timing_cache, False)
    return timing_cache


def _monitor(trt: Any, watch: Watch) -> Any:
    progress = BuildProgress(lambda done, total: watch.on_progress(PREPARING, done, total), watch.cancelled)

    class Monitor(trt.IProgressMonitor):  # type: ignore[misc]
        def __init__(self) -> None:
            trt.IProgressMonitor.__init__(self)

        def phase_start(self, phase_name: str, parent_phase: str | None, num_steps: int) -> None:
            progress.start(phase_name, parent_phase, num_steps)

        def step_complete(self, phase_name: str, step: int) -> bool:
            return progress.step(phase_name, step)

        def phase_finish(self, phase_name: str) -> None:
            progress.finish(phase_name)

    return Monitor()


def _rtx_set_target(trt: Any, config: Any, gpu: Gpu) -> None:
    """Build for this kind of GPU only; none need be present."""
    name = rtx_capability_name(trt, gpu)
    if name is None:
        raise EngineError(
            f"TensorRT for RTX does not serve the {gpu.name} (compute capability {gpu.capability_words}).",
            code="engine.unsupported_gpu",
            hint="Choose the engine 'tensorrt' or 'onnxruntime-cuda'.",
        )
    config.num_compute_capabilities = 1
    config.set_compute_capability(getattr(trt.ComputeCapability, name), 0)


def _build_failed(library: Library, recipe: Recipe, messages: list[str]) -> EngineError:
    if means_no_memory(" ".join(messages)):
        return EngineError(
            f"The NVIDIA GPU has too little free memory to prepare the network '{recipe.network.path}'.",
            code="engine.out_of_memory",
            hint="Close other programs that use the GPU, then run again.",
            details="\n".join(messages),
        )
    return EngineError(
        f"{library.title} could not prepare the network '{recipe.network.path}' for the {recipe.gpu.name}.",
        code="engine.plan_failed",
        hint="Run it with the engine 'onnxruntime-cuda' or 'onnxruntime-cpu'.",
        details="\n".join(messages),
    )
