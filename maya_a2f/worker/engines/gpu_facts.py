"""What the NVIDIA driver says of this machine's GPU, without CUDA or torch: by its own two libraries."""

from __future__ import annotations

import ctypes
import functools
import sys
from dataclasses import dataclass
from typing import Any

_MAJOR, _MINOR = 75, 76
"""CUDA driver API, CUdevice_attribute: COMPUTE_CAPABILITY_MAJOR and _MINOR."""
_OLDEST_DRIVER = {11: "450", 12: "525", 13: "580"}
"""By CUDA's major version; within one, a driver of any minor version serves."""


@dataclass(frozen=True)
class Gpu:
    """The GPU that networks run on: the first one that is visible."""

    name: str
    compute_capability: tuple[int, int]
    driver: str
    """``580.65.06``; the CUDA version where the driver does not give its own."""
    cuda: tuple[int, int]
    """The newest CUDA version the driver serves."""

    @property
    def capability_words(self) -> str:
        """``8.9``"""
        return ".".join(str(part) for part in self.compute_capability)


def driver_obstacle() -> str:
    """Why no GPU can be used, in words; empty when the NVIDIA driver answers and knows one."""
    found = _asked()
    return found if isinstance(found, str) else ""


def present_gpu() -> Gpu | None:
    """The GPU; None where there is none that can be used."""
    found = _asked()
    return None if isinstance(found, str) else found


def too_old(gpu: Gpu, cuda_major: int, who: str) -> str:
    """Why the driver cannot serve ``who``, which is made for CUDA ``cuda_major``, in words; empty when it can."""
    if gpu.cuda[0] >= cuda_major:
        return ""
    newest = _OLDEST_DRIVER.get(cuda_major)
    return (
        f"The NVIDIA driver {gpu.driver} serves CUDA {gpu.cuda[0]}.{gpu.cuda[1]}, but {who} is made for CUDA "
        f"{cuda_major}: install " + (f"driver {newest} or newer." if newest else "a newer driver.")
    )


@functools.cache
def _asked() -> Gpu | str:
    """The GPU, or why there is none. Asked once: drivers don't change under a process."""
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
        if driver.cuInit(0) != 0:
            return "The NVIDIA driver found no GPU it can use."
        count = ctypes.c_int(0)
        if driver.cuDeviceGetCount(ctypes.byref(count)) != 0 or count.value < 1:
            return "The NVIDIA driver found no GPU it can use."
        return _first_gpu(driver)
    except (OSError, AttributeError):
        return "No NVIDIA driver was found on this machine."


def _first_gpu(driver: Any) -> Gpu:
    device, cuda = ctypes.c_int(0), ctypes.c_int(0)
    name = ctypes.create_string_buffer(256)
    parts = (ctypes.c_int(0), ctypes.c_int(0))
    driver.cuDeviceGet(ctypes.byref(device), 0)
    driver.cuDeviceGetName(name, len(name), device)
    driver.cuDriverGetVersion(ctypes.byref(cuda))
    for part, attribute in zip(parts, (_MAJOR, _MINOR), strict=True):
        driver.cuDeviceGetAttribute(ctypes.byref(part), attribute, device)
    version = (cuda.value // 1000, cuda.value % 1000 // 10)
    words = _driver_version() or f"for CUDA {version[0]}.{version[1]}"
    return Gpu(name.value.decode("utf-8", "replace"), (parts[0].value, parts[1].value), words, version)


def _driver_version() -> str:
    """By NVML, the driver's management library; empty where it does not answer."""
    try:
        library = ctypes.CDLL("nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1")
        text = ctypes.create_string_buffer(96)
        if library.nvmlInit_v2() != 0 or library.nvmlSystemGetDriverVersion(text, len(text)) != 0:
            return ""
        library.nvmlShutdown()
        return text.value.decode("utf-8", "replace")
    except (OSError, AttributeError):
        return ""
