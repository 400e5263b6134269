"""Networks through ONNX Runtime, on the processor or on an NVIDIA GPU.

Tensors: specification, inference.md section 4.1; what is compared when a network is opened: section 7.3.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from maya_a2f.errors import EngineError
from maya_a2f.worker.package import Floats, NetworkInfo
from maya_a2f.worker.package_faults import REPAIR

# Read when the library loads, and no call turns it off later: nothing of a studio's leaves the machine.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime

Provider = Literal["cpu", "cuda"]

_RUNTIME: Any = onnxruntime  # its type information leaves out what it exports
_NAMES: dict[Provider, str] = {"cpu": "onnxruntime-cpu", "cuda": "onnxruntime-cuda"}
_CUDA = "CUDAExecutionProvider"
_FATAL_ONLY = 4  # everything below that is raised as an exception anyway; the rest would only fill stderr


class OnnxRuntimeEngine:
    """One network, ready to run. float32 throughout."""

    precision = "float32"

    def __init__(
        self,
        network_path: Path,
        info: NetworkInfo,
        *,
        provider: Provider = "cpu",
        threads: int | None = None,
        remark: str = "",
    ) -> None:
        """Open the ONNX file ``network_path``; ``threads`` None lets the runtime use every core.

        ``remark`` is added to the description.

        Raises :class:`EngineError` ``engine.network_damaged``, ``engine.network_misfit`` (its tensors are not those
        that ``info`` describes) or ``engine.cuda_failed``.
        """
        self._path = network_path
        self._session = opened_network(network_path, provider=provider, threads=threads)
        faults = tensor_faults(self._session, info)
        if faults:
            raise EngineError(
                f"The network '{network_path}' does not fit its package: {faults[0]}.",
                code="engine.network_misfit",
                hint=REPAIR,
                details="\n".join(faults),
            )
        self._result_size = info.result_size
        self.name = _NAMES[provider]
        self.max_batch = 1 if self._session.get_inputs()[0].shape[0] == 1 else None
        cores = threads or os.cpu_count() or 1
        where = "NVIDIA GPU" if provider == "cuda" else f"processor, {cores} thread{'s' if cores > 1 else ''}"
        self.description = f"ONNX Runtime {_RUNTIME.__version__} on the {where}" + (f" ({remark})" if remark else "")

    def run(self, emotion: Floats, audio: Floats) -> Floats:
        """See :class:`maya_a2f.worker.engines.port.Engine`."""
        try:
            (result,) = self._session.run(["result"], {"emotion": emotion, "input": audio})
        except Exception as error:  # the runtime raises its own classes, which share no base but Exception
            raise EngineError(
                f"The network '{self._path}' failed while running.",
                code="engine.run_failed",
                hint="Check the package with 'a2f models check'. " + REPAIR,
                details=str(error),
            ) from error
        frames = len(audio)
        if result.dtype != np.float32 or result.size != frames * self._result_size:
            raise EngineError(
                f"The network '{self._path}' returned {result.size} {result.dtype} values for {frames} frames "
                f"instead of {frames * self._result_size} float32.",
                code="engine.network_misfit",
                hint=REPAIR,
            )
        values: Floats = result.reshape(frames, self._result_size)
        return values


def opened_network(path: Path, *, provider: Provider = "cpu", threads: int | None = None) -> Any:
    """The runtime's session for ``path``. Raises :class:`EngineError`."""
    _RUNTIME.set_default_logger_severity(_FATAL_ONLY)
    options = _RUNTIME.SessionOptions()
    options.log_severity_level = _FATAL_ONLY
    options.intra_op_num_threads = threads or 0
    # Threads that spin between two calls would take the cores from the face's own arithmetic.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0" if provider == "cpu" else "1")
    try:
        # Without its fall-back the runtime raises instead of printing and trying another device in silence.
        session = _RUNTIME.InferenceSession(str(path), options, providers=_providers(provider), enable_fallback=0)
    except Exception as error:  # see run()
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


def _cuda_failed(details: str) -> EngineError:
    return EngineError(
        "ONNX Runtime could not start on the GPU.",
        code="engine.cuda_failed",
        hint="Install the CUDA and cuDNN versions its release asks for, or run on the processor.",
        details=details,
    )


def gpu_is_built_in() -> bool:
    """Whether the installed ONNX Runtime is the one that knows NVIDIA GPUs."""
    return _CUDA in _RUNTIME.get_available_providers()


def tensor_faults(session: Any, info: NetworkInfo) -> list[str]:
    """How the network's tensors differ from what ``info`` asks for, in words; empty when they fit."""
    faults = _missing_tensors("inputs", session.get_inputs(), ("emotion", "input"))
    faults += _missing_tensors("outputs", session.get_outputs(), ("result",))
    widths = {"emotion": info.emotion_size, "input": info.buffer_len, "result": info.result_size}
    for tensor in (*session.get_inputs(), *session.get_outputs()):
        if tensor.name in widths:
            faults += _misfit(tensor, widths[tensor.name])
    return faults


def _missing_tensors(kind: str, tensors: Sequence[Any], wanted: tuple[str, ...]) -> list[str]:
    names = sorted(tensor.name for tensor in tensors)
    if names == sorted(wanted):
        return []
    return [f"its {kind} are {_listed(names)}, but must be {_listed(wanted)}"]


def _misfit(tensor: Any, width: int) -> list[str]:
    """A name instead of a number is an axis that fits anything. The batch axis must be one of those, or 1."""
    faults = []
    if tensor.type != "tensor(float)":
        faults.append(f"its tensor '{tensor.name}' is {tensor.type}, but must be float32")
    shape = list(tensor.shape)
    expected = (1, 1, width)
    fits = len(shape) == 3 and all(
        not isinstance(size, int) or size == wanted for size, wanted in zip(shape, expected, strict=True)
    )
    if not fits:
        faults.append(f"its tensor '{tensor.name}' has the shape {shape}, but must have [batch, 1, {width}]")
    return faults


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name[:60]}'" for name in names) or "none"


def _providers(provider: Provider) -> list[Any]:
    if provider == "cpu":
        return ["CPUExecutionProvider"]
    # TF32 would round the inputs of every product to 10 bits; the cache and the takes promise float32.
    return [(_CUDA, {"use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC"}), "CPUExecutionProvider"]
