"""How much is done at once: within a limit of memory, and less where the device has less than thought."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch

from maya_a2f.errors import EngineError
from maya_a2f.worker.engines.cuda_faults import gpu_lost

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
                    if isinstance(error, RuntimeError) and str(error).startswith(_CUDA_SIGN):
                        raise gpu_lost(str(error)) from error
                    raise
                if self.rows == 1:
                    raise self._refusal(error) from error
            self.rows //= 2
            free_cached_memory()

    def _refusal(self, error: Exception) -> EngineError:
        return EngineError(
            f"The device has too little free memory to {self._what} for a single frame.",
            code="engine.out_of_memory",
            hint="Close other programs that use the GPU, or run on the processor (engine 'onnxruntime-cpu').",
            details=str(error),
        )


def is_out_of_memory(error: Exception) -> bool:
    """Whether fewer rows at once may succeed where this was raised."""
    if isinstance(error, EngineError):
        return error.code == "engine.out_of_memory"
    if isinstance(error, torch.cuda.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in _CPU_SIGNS)


def free_cached_memory() -> None:
    """Give back what torch keeps for later, so that the network's engine can have it."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
