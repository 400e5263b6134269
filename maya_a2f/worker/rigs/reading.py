"""Rigs in files that take more than the standard library to read."""

from __future__ import annotations

from pathlib import Path

from maya_a2f.core.rig_description import RigDescription
from maya_a2f.errors import UserError
from maya_a2f.worker.rigs.gltf_rig import read_gltf_rig
from maya_a2f.worker.rigs.usd_rig import read_usd_rig

_READERS = {
    ".gltf": read_gltf_rig,
    ".glb": read_gltf_rig,
    ".vrm": read_gltf_rig,
    ".usd": read_usd_rig,
    ".usda": read_usd_rig,
    ".usdc": read_usd_rig,
    ".usdz": read_usd_rig,
}


def read_rig(path: Path) -> RigDescription:
    """Describe a rig by its file's ending. Raises :class:`UserError` ``rig.*``."""
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise UserError(
            f"'{path}' has no ending that names a rig's format.",
            code="rig.format",
            hint=f"Use .ma, .npz, {', '.join(_READERS)}.",
        )
    return reader(path)
