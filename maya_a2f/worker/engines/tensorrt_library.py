"""The two libraries of NVIDIA that build a network for one GPU: TensorRT and TensorRT for RTX.

Their Python interfaces are one but for a few names. What differs between versions (10.13 to 11, RTX 1.2 and later) is
asked of the library, never assumed: TensorRT 11 and TensorRT for RTX know no flags for reduced precision, the types of
the network's tensors decide.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from maya_a2f.errors import EngineError
from maya_a2f.worker.engines.gpu_facts import Gpu, too_old


@dataclass(frozen=True)
class Library:
    """One of the two."""

    name: str
    """Of the engine."""
    title: str
    """For people."""
    module: str
    extra: str
    """The project's optional dependencies that bring it."""
    is_rtx: bool
    oldest: tuple[int, int]
    """The oldest version that has what is used."""


TENSORRT = Library("tensorrt", "TensorRT", "tensorrt", "gpu", False, (10, 13))
TENSORRT_RTX = Library("tensorrt-rtx", "TensorRT for RTX", "tensorrt_rtx", "rtx", True, (1, 2))

_CAPABILITIES_OF_RTX = frozenset({(7, 5), (8, 0), (8, 6), (8, 9), (12, 0), (12, 1)})
"""Of the GPUs that TensorRT for RTX 1.7 builds for; a build asks the library that is loaded."""


def installed_version(library: Library) -> str:
    """``10.16.1``; empty when it is not installed. Nothing is loaded."""
    if importlib.util.find_spec(library.module) is None:
        return ""
    base = library.module.replace("_", "-")
    for name in (base, f"{base}-cu13", f"{base}-cu12", f"{base}-cu13-bindings", f"{base}-cu12-bindings"):
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return "of an unknown version"


def library_obstacle(library: Library, gpu: Gpu) -> str:
    """Why the library cannot run on ``gpu``, in words; empty when nothing is known against it. Nothing is loaded."""
    found = installed_version(library)
    if not found:
        return f"The package '{library.module}' is not installed (extra '{library.extra}')."
    numbers = tuple(int(part) for part in re.findall(r"\d+", found)[:2])
    if numbers and numbers < library.oldest:
        oldest = ".".join(str(part) for part in library.oldest)
        return f"{library.title} {found} is installed; {oldest} or newer is needed."
    if library.is_rtx and gpu.compute_capability not in _CAPABILITIES_OF_RTX:
        return f"It does not serve the {gpu.name} (compute capability {gpu.capability_words})."
    major = _cuda_major(library)
    return too_old(gpu, major, f"{library.title} {found}") if major else ""


def load_library(library: Library) -> Any:
    """The module. Raises :class:`EngineError` ``engine.library_broken``."""
    try:
        return importlib.import_module(library.module)
    except Exception as error:  # a broken installation raises whatever its loader does
        raise EngineError(
            f"{library.title} is installed but does not load: {str(error).splitlines()[0] if str(error) else error!r}.",
            code="engine.library_broken",
            hint=f"Install the extra '{library.extra}' anew, or choose another engine.",
            details=repr(error),
        ) from error


def _cuda_major(library: Library) -> int:
    """Of the CUDA version that the installed library is made for; 0 where its packages do not say."""
    base = library.module.replace("_", "-")
    for major in (14, 13, 12):
        for name in (f"{base}-cu{major}-libs", f"{base}-cu{major}"):
            try:
                version(name)
            except PackageNotFoundError:
                continue
            return major
    return 0
