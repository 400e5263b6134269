"""Which engine runs, and in plain words why a better one does not."""

from __future__ import annotations

import ctypes
import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass

from maya_a2f.errors import EngineError, UserError
from maya_a2f.worker.engines.onnxruntime_engine import OnnxRuntimeEngine
from maya_a2f.worker.engines.onnxruntime_network import Provider, gpu_is_built_in
from maya_a2f.worker.engines.port import Engine
from maya_a2f.worker.package import RegressionPackage


@dataclass(frozen=True)
class EngineStatus:
    """One line of ``a2f doctor``."""

    name: str
    """``tensorrt``, ``tensorrt-rtx``, ``onnxruntime-cuda``, ``onnxruntime-cpu``."""
    title: str
    """For people."""
    would_run: bool
    """Whether it can run here."""
    selected: bool
    """Whether it is the one that runs when nothing else is asked for."""
    why: str
    """What it is good for, or why it cannot run and what to do about it."""


def list_engines() -> tuple[EngineStatus, ...]:
    """Every engine, the fastest first."""
    found = [(name, title, obstacle()) for name, title, obstacle in _ENGINES]
    best = next(name for name, _, why_not in found if not why_not)
    return tuple(
        EngineStatus(name, title, not why_not, name == best, why_not or _strength(name))
        for name, title, why_not in found
    )


def choose_engine(package: RegressionPackage, *, wanted: str | None = None, threads: int | None = None) -> Engine:
    """Open the package's network in the best engine here, or in the one called ``wanted``.

    Raises :class:`UserError` ``engine.unknown`` for a name that is none, :class:`EngineError` ``engine.unavailable``
    for one that cannot run here, and what opening raises. A GPU that fails is replaced by the processor, which the
    engine's description says, unless it was asked for by name.
    """
    statuses = list_engines()
    if wanted is not None:
        return _opened(_wanted_status(wanted, statuses), package, threads)
    try:
        return _opened(next(status for status in statuses if status.selected), package, threads)
    except EngineError as error:
        if error.code != "engine.cuda_failed":
            raise
    remark = "the GPU could not be used"
    return OnnxRuntimeEngine(package.network_path, package.info, threads=threads, remark=remark)


def _wanted_status(wanted: str, statuses: tuple[EngineStatus, ...]) -> EngineStatus:
    for status in statuses:
        if status.name == wanted.lower():
            if status.would_run:
                return status
            raise EngineError(
                f"The engine '{wanted}' cannot run here: {status.why}",
                code="engine.unavailable",
                hint="Leave the engine to the program, or see 'a2f doctor'.",
            )
    raise UserError(
        f"There is no engine '{wanted}'.",
        code="engine.unknown",
        hint="The engines are " + ", ".join(status.name for status in statuses) + ".",
    )


def _opened(status: EngineStatus, package: RegressionPackage, threads: int | None) -> Engine:
    provider: Provider = "cuda" if status.name == "onnxruntime-cuda" else "cpu"
    return OnnxRuntimeEngine(package.network_path, package.info, provider=provider, threads=threads)


def _tensorrt_obstacle() -> str:
    return _driver_obstacle() or _package_obstacle("tensorrt", "gpu") or _NOT_YET


def _tensorrt_rtx_obstacle() -> str:
    return _driver_obstacle() or _package_obstacle("tensorrt_rtx", "rtx") or _NOT_YET


def _cuda_obstacle() -> str:
    if not gpu_is_built_in():
        return _driver_obstacle() or (
            "The installed ONNX Runtime is the one for processors; the package 'onnxruntime-gpu' would bring this."
        )
    return _driver_obstacle()


def _no_obstacle() -> str:
    return ""


_NOT_YET = "It is installed, but running networks through it arrives with a later release."
_ENGINES: tuple[tuple[str, str, Callable[[], str]], ...] = (
    ("tensorrt", "TensorRT", _tensorrt_obstacle),
    ("tensorrt-rtx", "TensorRT for RTX", _tensorrt_rtx_obstacle),
    ("onnxruntime-cuda", "ONNX Runtime on an NVIDIA GPU", _cuda_obstacle),
    ("onnxruntime-cpu", "ONNX Runtime on the processor", _no_obstacle),
)


def _strength(name: str) -> str:
    return "It runs on any machine." if name == "onnxruntime-cpu" else "It runs on the NVIDIA GPU of this machine."


def _package_obstacle(module: str, extra: str) -> str:
    if importlib.util.find_spec(module) is None:
        return f"The package '{module}' is not installed (extra '{extra}')."
    return ""


def _driver_obstacle() -> str:
    """Empty when the NVIDIA driver answers and knows a GPU."""
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
        count = ctypes.c_int(0)
        if driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0 and count.value > 0:
            return ""
    except (OSError, AttributeError):
        return "No NVIDIA driver was found on this machine."
    return "The NVIDIA driver found no GPU it can use."
