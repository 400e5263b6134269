"""A rig in a plain ``.npz``: ``neutral`` (n, 3), ``delta_<name>`` (n, 3) per shape, ``quads`` and ``triangles``.

Controls are called as the shapes are. Offsets of another vertex count are named by the description that is made.
"""

from __future__ import annotations

from array import array
from pathlib import Path

from maya_a2f.core.npz import NpzArray, read_npz
from maya_a2f.core.rig_building import MeshTarget, RigMesh, build_description
from maya_a2f.core.rig_description import RigDescription, description_from_arrays
from maya_a2f.errors import UserError

_PREFIX = "delta_"


def read_npz_rig(path: Path) -> RigDescription:
    """A rig description (``NAME.a2frig.npz``), or a plain ``.npz`` made into one.

    Raises :class:`UserError` ``npz.*``, ``rig.*`` or ``rig_description.*``.
    """
    arrays = read_npz(path)
    if "rig" in arrays:
        return description_from_arrays(arrays, str(path))
    if "neutral" not in arrays or not any(name.startswith(_PREFIX) for name in arrays):
        raise UserError(
            f"'{path}' describes no rig: it has no 'neutral' with '{_PREFIX}NAME' beside it, and no 'rig'.",
            code="rig.no_mesh",
            hint="Name the arrays so, or give a .ma, .glb, .usd or .a2frig.npz.",
        )
    points = _rows(arrays["neutral"], "neutral", path)
    counts, corners = array("i"), array("i")
    for name, size in (("quads", 4), ("triangles", 3)):
        if name in arrays:
            faces = arrays[name]
            if faces.values.typecode != "i" or faces.shape[1:] != (size,):
                raise _bad(path, f"'{name}' has the shape {faces.shape}; int32 with {size} columns is needed")
            counts.extend([size] * (len(faces.values) // size))
            corners.extend(faces.values)
    targets = [
        _target(name.removeprefix(_PREFIX), _rows(arrays[name], name, path))
        for name in arrays
        if name.startswith(_PREFIX)
    ]
    stem = path.name.removesuffix(".npz")
    return build_description(stem, [RigMesh(stem, points, counts, corners, targets)], source=str(path))


def _target(name: str, deltas: array[float]) -> MeshTarget:
    """The offsets that are not zero; what is no number counts as moving, so that it is found and named."""
    moving = [at for at in range(0, len(deltas), 3) if deltas[at] or deltas[at + 1] or deltas[at + 2]]
    kept = array("d", [value for at in moving for value in deltas[at : at + 3]])
    return MeshTarget(name, 1.0, [at // 3 for at in moving], kept, len(deltas) // 3)


def _rows(found: NpzArray, name: str, path: Path) -> array[float]:
    if found.values.typecode not in ("f", "d") or found.shape[1:] != (3,):
        raise _bad(path, f"'{name}' has the shape {found.shape}; floats with 3 columns are needed")
    return found.values


def _bad(path: Path, why: str) -> UserError:
    return UserError(f"'{path}' cannot be used: {why}.", code="rig.faces", hint="Write the array again.")
