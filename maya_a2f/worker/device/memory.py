"""How much is done at once: within a limit of memory, and less where the device has less than thought."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TypeVar

import torch

from maya_a2f.errors import A2FError, EngineError
from maya_a2f.worker.engines.cuda_faults import gpu_lost, means_lost, means_no_memory

Result = TypeVar("Result")

DEFAULT_LIMIT_BYTES = 2 * 1024**3
"""What a pipeline may take unless it is told: an artist's card holds a scene as well."""
_CUDA_SIGN = "CUDA error"
_CPU_SIGNS = ("can't allocate memory", "not enough memory")


class BatchSize:
    """Rows done in one go; halved for good whenever memory runs out."""

    def __init__(self, wanted: int, what: str) -> None:
        """``what`` is done, for people: ``"run the network"``."""
        self.rows = max(1, wanted)
        self._what = what

    def run(self, work: Callable[[int], Result]) -> Result:
        """``work(rows)``, with ever fewer rows until the memory is enough.

        Raises :class:`EngineError` ``engine.out_of_memory`` when it is not enough for one, ``engine.gpu_lost`` when the
        GPU fails, and what ``work`` raises.
        """
        while True:
            try:
                return work(self.rows)
            except Exception as error:
                if not is_out_of_memory(error):
                    if is_gpu_lost(error):
                        raise gpu_lost(str(error)) from error
                    raise
                if self.rows == 1:
                    raise _refusal(f"{self._what} for a single frame", error) from error
            self.rows //= 2
            free_cached_memory()


@contextlib.contextmanager
def told_failures(what: str) -> Iterator[None]:
    """Failures of torch on a device become :class:`EngineError` ``engine.out_of_memory`` and ``engine.gpu_lost``.

    ``what`` is done, for people. A GPU works on while the processor goes ahead: what failed on it shows wherever its
    numbers are looked at next, so copies to the host belong within as well.
    """
    try:
        yield
    except A2FError:
        raise
    except Exception as error:
        if is_out_of_memory(error):
            raise _refusal(what, error) from error
        if is_gpu_lost(error):
            raise gpu_lost(str(error)) from error
        raise


def is_out_of_memory(error: Exception) -> bool:
    """Whether fewer rows at once may succeed where this was raised."""
    if isinstance(error, EngineError):
        return error.code == "engine.out_of_memory"
    if isinstance(error, torch.cuda.OutOfMemoryError | MemoryError):
        return True
    words = str(error)  # "CUDA error: CUBLAS_STATUS_ALLOC_FAILED …" too is no more than too little memory
    return isinstance(error, RuntimeError) and (means_no_memory(words) or any(sign in words for sign in _CPU_SIGNS))


def is_gpu_lost(error: Exception) -> bool:
    """Whether torch says that the GPU failed; too little memory is no failure."""
    words = str(error)
    return isinstance(error, RuntimeError) and (words.startswith(_CUDA_SIGN) or means_lost(words))


def _refusal(what: str, error: Exception) -> EngineError:
    return EngineError(
        f"The device has too little free memory to {what}.",
        code="engine.out_of_memory",
        hint="Close other programs that use the GPU, or run on the processor (engine 'onnxruntime-cpu').",
        details=str(error),
    )


def free_cached_memory() -> None:
    """Give back what torch keeps for later, so that the network's engine can have it."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
