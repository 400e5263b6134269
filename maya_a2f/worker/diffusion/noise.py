"""The noise of a diffusion package: one block per inference, or one for all of them (inference.md section 5.4).

It is not the reference's: that draws from cuRAND, whose sequence nothing else makes. Ours is Philox4x32-10 with a
transform of our own (:mod:`maya_a2f.worker.diffusion.philox`), the same on every machine; a package may bring another
as ``noise.npy``. Every track starts with the same seed, so equal inputs give equal results.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from maya_a2f.worker.diffusion.package import DiffusionInfo, DiffusionPackage
from maya_a2f.worker.diffusion.philox import standard_normals
from maya_a2f.worker.package import Floats
from maya_a2f.worker.package_faults import BadPackageError, package_fault

_LARGEST_VALUE = 1e3
"""No standard normal of a float's precision is nearly as large."""


class NoiseSource:
    """Noise for every inference of every track; holds one block, 64 MB for the published model."""

    def __init__(self, info: DiffusionInfo, own: Floats | None = None) -> None:
        """``own`` (steps + 1, frames, D) replaces the generated noise, for all inferences alike."""
        self._shape, self._seed = info.noise_shape, info.noise_seed
        self.is_constant = info.constant_noise or own is not None
        """Whether all inferences get the same."""
        self._block = own
        self._held = 0 if own is not None else -1

    def number(self, inference: int) -> int:
        """Which block an inference gets: equal numbers mean equal noise."""
        return 0 if self.is_constant else inference

    def block(self, inference: int) -> Floats:
        """(steps + 1, frames, D) of an inference; read-only, and the next call may change it."""
        wanted = self.number(inference)
        if self._block is None:
            self._block = np.empty(self._shape, np.float32)
        if self._held != wanted:
            self._held = -1  # as long as it is neither
            standard_normals(self._block.reshape(-1), self._seed, wanted * math.prod(self._shape))
            self._held = wanted
        return self._block


def noise_source(package: DiffusionPackage) -> NoiseSource:
    """The package's noise. Raises :class:`EngineError` ``package.noise_*`` where its ``noise.npy`` is not usable."""
    if package.noise_path is None:
        return NoiseSource(package.info)
    try:
        return NoiseSource(package.info, read_noise(package.noise_path, package.info))
    except BadPackageError as bad:
        raise bad.faults[0] from None


def noise_words(package: DiffusionPackage) -> str:
    """For the take's record."""
    if package.noise_path is not None:
        return f"'{package.noise_path.name}' of the package, the same for every inference"
    each = "the same for every inference" if package.info.constant_noise else "new for every inference"
    return f"Philox4x32-10, seed {package.info.noise_seed}, {each}"


def read_noise(path: Path, info: DiffusionInfo) -> Floats:
    """(steps + 1, frames, D) from a ``.npy`` file. Raises :class:`BadPackageError`."""
    shape = info.noise_shape
    try:
        found = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError, SyntaxError, MemoryError) as error:
        what = f"it cannot be read as .npy ({str(error)[:120] or type(error).__name__})"
        raise BadPackageError([package_fault(path, what, code="noise_unreadable")]) from error
    if not isinstance(found, np.ndarray) or found.shape != shape or found.dtype.kind != "f":
        held = f"{found.dtype} of shape {found.shape}" if isinstance(found, np.ndarray) else "no single array"
        what = f"it holds {held}, but must hold floats of shape {shape}"
        raise BadPackageError([package_fault(path, what, code="noise_shape")])
    values: Floats = np.array(found, np.float32, order="C")
    if not float(np.abs(values).max()) <= _LARGEST_VALUE:  # written so that NaN fails
        raise BadPackageError([package_fault(path, "it holds values that are no noise", code="noise_value")])
    return values
