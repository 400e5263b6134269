"""Whether torch is here, and whether it is one that knows NVIDIA GPUs; importing it is left to who needs it."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable

from maya_a2f.worker.engines.gpu_facts import present_gpu, too_old


def has_torch() -> bool:
    """Whether torch can be imported."""
    return importlib.util.find_spec("torch") is not None


def torch_obstacle(extra: str) -> str:
    """Why torch can hold nothing on an NVIDIA GPU, in words; empty when it can. Imports torch."""
    if not has_torch():
        return f"The package 'torch' is not installed (extra '{extra}')."
    try:
        import torch
    except Exception as error:  # a broken installation raises whatever its loader does
        words = str(error).splitlines()[0] if str(error) else type(error).__name__
        return f"The package 'torch' is installed but does not load: {words[:200]}."
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
    kinds = torch.cuda.get_arch_list()
    if gpu is not None and kinds and not serves(kinds, gpu.compute_capability):
        return (
            f"torch {torch.__version__} has nothing for the {gpu.name} (compute capability {gpu.capability_words}): "
            "install one that is made for it."
        )
    return ""


def serves(kinds: Iterable[str], capability: tuple[int, int]) -> bool:
    """Whether programs for the ``kinds`` of GPU (``sm_89``, ``sm_90a``, ``compute_90``) run on one of ``capability``.

    Those for a kind run on later ones of its generation too, those with an ``a`` only on that very kind, and those that
    are only prepared (``compute``) on every later one.
    """
    for kind in kinds:
        match = re.fullmatch(r"(sm|compute)_(\d+)(\d)([a-z]?)", kind)
        if match is None:
            continue
        made_for = (int(match[2]), int(match[3]))
        if match[4] == "a":
            runs = made_for == capability
        elif match[1] == "sm":
            runs = made_for[0] == capability[0] and made_for[1] <= capability[1]
        else:
            runs = made_for <= capability
        if runs:
            return True
    return False
