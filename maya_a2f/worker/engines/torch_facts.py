"""Whether torch is here, and whether it is one that knows NVIDIA GPUs; importing it is left to who needs it."""

from __future__ import annotations

import importlib.util

from maya_a2f.worker.engines.gpu_facts import present_gpu, too_old


def has_torch() -> bool:
    """Whether torch can be imported."""
    return importlib.util.find_spec("torch") is not None


def torch_obstacle(extra: str) -> str:
    """Why torch can hold nothing on an NVIDIA GPU, in words; empty when it can. Imports torch."""
    if not has_torch():
        return f"The package 'torch' is not installed (extra '{extra}')."
    import torch

    if torch.version.cuda is None:
        return f"The installed torch {torch.__version__} is the one for processors; its CUDA build would bring this."
    gpu = present_gpu()
    made_for = f"torch {torch.__version__}"
    why = too_old(gpu, int(torch.version.cuda.partition(".")[0]), made_for) if gpu is not None else ""
    if why:
        return why
    if not torch.cuda.is_available():
        return (
            f"torch {torch.__version__}, made for CUDA {torch.version.cuda}, cannot use this machine's NVIDIA driver."
        )
    return ""
