"""What an NVIDIA GPU's failures mean to people: too little memory, or a GPU that no longer answers."""

from __future__ import annotations

from pathlib import Path

from maya_a2f.errors import EngineError
from maya_a2f.worker.package_faults import REPAIR

_NO_MEMORY = (
    "out of memory", "outofmemory", "failed to allocate memory", "cudaerrormemoryallocation",
    "cuda_error_out_of_memory", "cudnn_status_alloc_failed", "cublas_status_alloc_failed",
)  # fmt: skip
_LOST = (
    "unspecified launch failure", "illegal memory access", "device-side assert", "launch timed out", "unknown error",
    "is lost", "device unavailable", "busy or unavailable", "ecc error", "nvlink error", "driver shutting down",
    "no cuda-capable device", "cudaerrorlaunchfailure", "cudaerrorillegaladdress", "cudaerrordevicesunavailable",
    "cudaerrorecc", "cudaerrorunknown", "cuda_error_unknown", "cuda_error_launch_failed", "cudaerrorcudartunloading",
    "cuda error 999", "cuda failure 999", "cuda failure 719", "cuda failure 700", "cuda failure 46",
)  # fmt: skip


def run_error(network: Path, error: object, *, is_on_gpu: bool) -> EngineError:
    """The error for a network that failed while running: which of the codes depends on the library's words.

    ``engine.out_of_memory``: a smaller batch may succeed. ``engine.gpu_lost``: nothing in this process will succeed on
    the GPU any more. ``engine.run_failed``: anything else.
    """
    words = str(error).lower()
    if is_on_gpu and any(sign in words for sign in _NO_MEMORY):
        return EngineError(
            f"The NVIDIA GPU has too little free memory to run the network '{network}'.",
            code="engine.out_of_memory",
            hint="Close other programs that use the GPU, or choose the engine 'onnxruntime-cpu'.",
            details=str(error),
        )
    if is_on_gpu and any(sign in words for sign in _LOST):
        return gpu_lost(str(error))
    return EngineError(
        f"The network '{network}' failed while running.",
        code="engine.run_failed",
        hint="Check the package with 'a2f models check'. " + REPAIR,
        details=str(error),
    )


def gpu_lost(details: str) -> EngineError:
    """The GPU went away or reported a failure that no later call of this process recovers from."""
    return EngineError(
        "The NVIDIA GPU stopped answering while the network ran on it.",
        code="engine.gpu_lost",
        hint="Run again: the worker starts anew. If it happens again, restart the computer or update the NVIDIA "
        "driver, or choose the engine 'onnxruntime-cpu'.",
        details=details,
    )
