"""Networks of any tensors through ONNX Runtime, on the processor or on an NVIDIA GPU."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from maya_a2f.errors import EngineError
from maya_a2f.worker.engines.cuda_faults import run_error
from maya_a2f.worker.engines.cut_session import can_be_tried, cut_session
from maya_a2f.worker.engines.signature import FoundTensor, Signature, largest_batch
from maya_a2f.worker.package import Floats
from maya_a2f.worker.package_faults import REPAIR

# Read when the library loads, and no call turns it off later: nothing of a studio's leaves the machine.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime

if TYPE_CHECKING:
    import torch

Provider = Literal["cpu", "cuda"]

_RUNTIME: Any = onnxruntime  # its type information leaves out what it exports
_NAMES: dict[Provider, str] = {"cpu": "onnxruntime-cpu", "cuda": "onnxruntime-cuda"}
_CUDA = "CUDAExecutionProvider"
_FATAL_ONLY = 4  # everything below that is raised as an exception anyway; the rest would only fill stderr


class OnnxRuntimeNetwork:
    """One network, ready to run, on host arrays and on torch tensors. float32, or TF32 on a GPU where asked for."""

    def __init__(
        self,
        path: Path,
        signature: Signature,
        *,
        provider: Provider = "cpu",
        threads: int | None = None,
        is_tf32: bool = False,
        remark: str = "",
    ) -> None:
        """Open the ONNX file ``path``; ``threads`` None lets the runtime use every core.

        ``remark`` is added to the description.

        Raises :class:`EngineError` ``engine.network_damaged``, ``engine.network_misfit`` (its tensors are not those
        of ``signature``) or ``engine.cuda_failed``.
        """
        self._path = path
        self._session = opened_network(
            path, provider=provider, threads=threads, is_tf32=is_tf32, is_cut=can_be_tried(signature)
        )
        self._inputs = [_found(tensor) for tensor in self._session.get_inputs()]
        outputs = [_found(tensor) for tensor in self._session.get_outputs()]
        raise_misfit(path, signature.faults(self._inputs, outputs))
        self.signature = signature
        self.provider = provider
        self.name = _NAMES[provider]
        self.precision = "tf32" if is_tf32 and provider == "cuda" else "float32"
        self.max_batch = largest_batch(signature, self._inputs)
        self.passed_over: tuple[str, ...] = ()
        self._output_names = [spec.name for spec in signature.outputs]
        cores = threads or os.cpu_count() or 1
        # Most of a network's operators are too small to be shared out; a second call fills the cores they leave idle.
        self.calls_at_once = 2 if provider == "cpu" and cores > 1 else 1
        where = "NVIDIA GPU" if provider == "cuda" else f"processor, {cores} thread{'s' if cores > 1 else ''}"
        words = ", TF32" if self.precision == "tf32" else ""
        self.description = f"ONNX Runtime {_RUNTIME.__version__} on the {where}{words}"
        if remark:
            self.description += f" ({remark})"

    def fixed_size(self, tensor: str, axis: int) -> int | None:
        """See :class:`maya_a2f.worker.engines.port.NamedEngine`."""
        return next(found.shape[axis] for found in self._inputs if found.name == tensor)

    def run_named(self, inputs: Mapping[str, Floats]) -> dict[str, Floats]:
        """See :class:`maya_a2f.worker.engines.port.NamedEngine`."""
        try:
            batch = self.signature.batch_of({name: array.shape for name, array in inputs.items()})
            results = self._session.run(self._output_names, dict(inputs))
        except Exception as error:  # the runtime raises its own classes, which share no base but Exception
            raise run_error(self._path, error, is_on_gpu=self.provider == "cuda") from error
        for spec, result in zip(self.signature.outputs, results, strict=True):
            if result.dtype != np.float32 or result.shape != spec.shape(batch):
                raise EngineError(
                    f"The network '{self._path}' returned '{spec.name}' as {list(result.shape)} {result.dtype} for "
                    f"{batch} frames instead of {list(spec.shape(batch))} float32.",
                    code="engine.network_misfit",
                    hint=REPAIR,
                )
        return dict(zip(self._output_names, results, strict=True))

    @property
    def device(self) -> torch.device:
        """See :class:`maya_a2f.worker.engines.device_port.DeviceEngine`."""
        import torch

        return torch.device("cuda", torch.cuda.current_device()) if self.provider == "cuda" else torch.device("cpu")

    def run_on_device(self, tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """See :class:`maya_a2f.worker.engines.device_port.DeviceEngine`."""
        import torch

        if self.provider == "cpu":
            results = self.run_named({name: tensor.detach().numpy() for name, tensor in tensors.items()})
            return {name: torch.from_numpy(result) for name, result in results.items()}
        device = self.device
        try:
            batch = self.signature.batch_of({name: tuple(tensor.shape) for name, tensor in tensors.items()})
            made = {
                spec.name: torch.empty(spec.shape(batch), dtype=torch.float32, device=device)
                for spec in self.signature.outputs
            }
            binding = self._session.io_binding()
            held = {name: tensor.to(device, torch.float32).contiguous() for name, tensor in tensors.items()}
            for name, tensor in held.items():
                binding.bind_input(name, "cuda", device.index, np.float32, tuple(tensor.shape), tensor.data_ptr())
            for name, tensor in made.items():
                binding.bind_output(name, "cuda", device.index, np.float32, tuple(tensor.shape), tensor.data_ptr())
            torch.cuda.current_stream(device).synchronize()  # the session has a stream of its own
            self._session.run_with_iobinding(binding)  # returns when its stream is done
        except Exception as error:  # see run_named()
            raise run_error(self._path, error, is_on_gpu=True) from error
        return made


def opened_network(
    path: Path,
    *,
    provider: Provider = "cpu",
    threads: int | None = None,
    is_tf32: bool = False,
    is_cut: bool = True,
) -> Any:
    """The runtime's session for ``path``; ``is_cut`` lets kernels be cut. Raises :class:`EngineError`."""
    _RUNTIME.set_default_logger_severity(_FATAL_ONLY)
    options = _RUNTIME.SessionOptions()
    options.log_severity_level = _FATAL_ONLY
    options.intra_op_num_threads = threads or 0
    # Threads that spin between two calls would take the cores from the face's own arithmetic.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0" if provider == "cpu" else "1")

    def opened(network: str | bytes, own: Any = options) -> Any:
        # Without its fall-back the runtime raises instead of printing and trying another device in silence.
        return _RUNTIME.InferenceSession(network, own, providers=_providers(provider, is_tf32), enable_fallback=0)

    def opened_plain(network: bytes) -> Any:
        plain = _RUNTIME.SessionOptions()
        plain.log_severity_level = _FATAL_ONLY
        plain.graph_optimization_level = _RUNTIME.GraphOptimizationLevel.ORT_DISABLE_ALL
        return opened(network, plain)

    if provider == "cuda":
        _load_cuda()
    try:
        session = cut_session(path, opened_plain, opened) if provider == "cpu" and is_cut else None
        if session is None:
            session = opened(str(path))
    except Exception as error:  # see run_named()
        if provider == "cuda":  # the processor will tell whether it was the network or the GPU
            raise _cuda_failed(str(error)) from error
        raise EngineError(
            f"The network '{path}' cannot be opened: it is damaged, or it needs a newer ONNX Runtime.",
            code="engine.network_damaged",
            hint=REPAIR,
            details=str(error),
        ) from error
    if provider == "cuda" and _CUDA not in session.get_providers():  # missing CUDA libraries raise nothing
        raise _cuda_failed("")
    return session


def gpu_is_built_in() -> bool:
    """Whether the installed ONNX Runtime is the one that knows NVIDIA GPUs."""
    return _CUDA in _RUNTIME.get_available_providers()


def runtime_cuda_major() -> int:
    """Of the CUDA version that the installed ONNX Runtime is made for; 0 where it is made for none."""
    major = str(getattr(_RUNTIME, "cuda_version", "")).partition(".")[0]
    return int(major) if major.isdecimal() else 0


def _load_cuda() -> None:
    """Let the runtime find the CUDA and cuDNN libraries that pip installed beside it; it prints where it cannot."""
    load = getattr(_RUNTIME, "preload_dlls", None)
    if load is not None:
        with contextlib.redirect_stdout(io.StringIO()):
            load()


def raise_misfit(path: Path, faults: list[str]) -> None:
    """Raises :class:`EngineError` ``engine.network_misfit`` where there are faults."""
    if faults:
        raise EngineError(
            f"The network '{path}' does not fit its package: {faults[0]}.",
            code="engine.network_misfit",
            hint=REPAIR,
            details="\n".join(faults),
        )


def _found(tensor: Any) -> FoundTensor:
    type_name = "float32" if tensor.type == "tensor(float)" else str(tensor.type)
    return FoundTensor(tensor.name, type_name, tuple(size if isinstance(size, int) else None for size in tensor.shape))


def _cuda_failed(details: str) -> EngineError:
    return EngineError(
        "ONNX Runtime could not start on the GPU.",
        code="engine.cuda_failed",
        hint="Install the CUDA and cuDNN versions its release asks for, or run on the processor.",
        details=details,
    )


def _providers(provider: Provider, is_tf32: bool) -> list[Any]:
    if provider == "cpu":
        return ["CPUExecutionProvider"]
    # TF32 rounds the inputs of every product to 10 bits: only where it was asked for.
    options = {
        "use_tf32": "1" if is_tf32 else "0",
        "cudnn_conv_algo_search": "HEURISTIC",
        "arena_extend_strategy": "kSameAsRequested",  # torch needs memory too
    }
    return [(_CUDA, options), "CPUExecutionProvider"]
