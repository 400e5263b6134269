"""What an NVIDIA GPU's failures mean to people: too little memory, or a GPU that no longer answers."""

from __future__ import annotations

from pathlib import Path

from maya_a2f.errors import EngineError
from maya_a2f.worker.package_faults import REPAIR

GPU_LOST = "engine.gpu_lost"
"""Code of the error after which nothing in this process will succeed on the GPU any more."""
_NO_MEMORY = (
    "out of memory", "outofmemory", "insufficient memory", "failed to allocate memory", "could not be allocated",
    "cudaerrormemoryallocation", "cuda_error_out_of_memory", "status_alloc_failed",
)  # fmt: skip
_LOST = (
    "unspecified launch failure", "illegal memory access", "device-side assert", "launch timed out", "unknown error",
    "is lost", "device unavailable", "busy or unavailable", "ecc error", "nvlink error", "driver shutting down",
    "no cuda-capable device", "cudaerrorlaunchfailure", "cudaerrorillegaladdress", "cudaerrordevicesunavailable",
    "misaligned address", "illegal instruction", "cublas_status_execution_failed",
    "cudaerrorecc", "cudaerrorunknown", "cuda_error_unknown", "cuda_error_launch_failed", "cudaerrorcudartunloading",
    "cuda error 999", "cuda failure 999", "cuda failure 719", "cuda failure 700", "cuda failure 46",
)  # fmt: skip


def means_no_memory(words: str) -> bool:
    """Whether a library that says this had too little memory on the GPU."""
    return any(sign in words.lower() for sign in _NO_MEMORY)


def means_lost(words: str) -> bool:
    """Whether a library that says this will get nothing out of the GPU any more."""
    return any(sign in words.lower() for sign in _LOST)


def run_error(network: Path, error: object, *, is_on_gpu: bool) -> EngineError:
    """The error for a network that failed while running: which of the codes depends on the library's words.

    ``engine.out_of_memory``: a smaller batch may succeed. ``engine.gpu_lost``: nothing in this process will succeed on
    the GPU any more. ``engine.run_failed``: anything else.
    """
    words = str(error)
    if is_on_gpu and means_no_memory(words):
        return EngineError(
            f"The NVIDIA GPU has too little free memory to run the network '{network}'.",
            code="engine.out_of_memory",
            hint="Close other programs that use the GPU, or choose the engine 'onnxruntime-cpu'.",
            details=words,
        )
    if is_on_gpu and means_lost(words):
        return gpu_lost(words)
    return EngineError(
        f"The network '{network}' failed while running.",
        code="engine.run_failed",
        hint="Check the package with 'a2f models check'. " + REPAIR,
        details=words,
    )


def gpu_lost(details: str) -> EngineError:
    """The GPU went away or reported a failure that no later call of this process recovers from."""
    return EngineError(
        "The NVIDIA GPU stopped answering while the network ran on it.",
        code=GPU_LOST,
        hint="Run again: the worker starts anew. If it happens again, restart the computer or update the NVIDIA "
        "driver, or choose the engine 'onnxruntime-cpu'.",
        details=details,
    )
