"""What a character's face does when its controls move: points, faces, and sampled offsets. ``NAME.a2frig.npz``.

Whatever a rig comes from (sampled in Maya, targets of a ``.ma``, a glTF or USD mesh with shapes, a plain ``.npz``), it
is described by this one file, and a fit reads nothing else. Arrays:

``points`` float32 (n, 3)
    The face at rest, centimetres, y up.
``face_counts`` int32 (f,), ``face_indices`` int32 (corners,)
    Corners per face, and the vertex of each corner.
``rig`` uint8
    UTF-8 JSON: ``{"schema": "a2f.rig_description/1", "name", "controls": [{"attribute", "kind", "rest", "lowest",
    "highest", "locked", "samples": [value, …]}, …], "landmarks": {name: vertex}, "scale", "notes": […],
    "parts": [[mesh, vertices], …]}``.
``control.<i>.<j>.indices`` int32 (k,), ``control.<i>.<j>.deltas`` float32 (k, 3)
    Sample ``j`` of control ``i``: with the control at that value and every other at rest, these vertices are moved by
    so much from ``points``.
"""

from __future__ import annotations

import itertools
import json
import math
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast, get_args

from maya_a2f.core.atomic_file import write_atomically
from maya_a2f.core.npz import NpzArray, npz_bytes, npz_from_bytes, read_npz
from maya_a2f.errors import UserError

SCHEMA = "a2f.rig_description/1"
ENDING = ".a2frig.npz"
ControlKind = Literal["weight", "rotate", "translate", "scalar"]


@dataclass(frozen=True)
class ControlSample:
    """Where the face is with one control at one value, all others at rest."""

    value: float
    indices: array[int]
    """(k,) moved vertices, ascending."""
    deltas: array[float]
    """(k·3,) offsets from the rest points, x y z, centimetres."""


@dataclass(frozen=True)
class Control:
    """One attribute of the rig and what it does to the face."""

    attribute: str
    """``node.attribute``, as a rig map names it."""
    kind: ControlKind = "weight"
    """``scalar`` is a control's own number, without a unit."""
    rest: float = 0.0
    lowest: float | None = None
    """Hard lower limit, or None."""
    highest: float | None = None
    locked: bool = False
    """Locked, or driven by something else: it can be looked at and not keyed."""
    samples: tuple[ControlSample, ...] = ()
    """The rest value itself, where nothing moves, need not be among them."""


@dataclass(frozen=True)
class RigDescription:
    """A rig as a fit sees it."""

    name: str
    points: array[float]
    """(n·3,) float32, centimetres, y up."""
    face_counts: array[int]
    face_indices: array[int]
    controls: tuple[Control, ...]
    landmarks: Mapping[str, int] = field(default_factory=dict)
    """Name -> vertex."""
    scale: float = 1.0
    """Centimetres per unit of what the description was made from."""
    notes: tuple[str, ...] = ()
    """What was left out or changed while it was made, a sentence each."""
    parts: tuple[tuple[str, int], ...] = ()
    """Name and vertex count of the meshes it was made of, in order of their vertices; empty where it is one."""

    @property
    def vertex_count(self) -> int:
        """Number of points."""
        return len(self.points) // 3


def write_rig_description(description: RigDescription, path: Path) -> None:
    """Write the file whole or not at all. Raises :class:`UserError` ``rig_description.bad`` for a description that
    could not be read back, :class:`~maya_a2f.errors.HostError` where the folder cannot take it."""
    write_atomically(path, rig_description_bytes(description, str(path)))


def rig_description_bytes(description: RigDescription, name: str = "rig") -> bytes:
    """The content of the file; ``name`` is what errors call it. Raises ``rig_description.bad``."""
    arrays = _arrays_of(description)
    description_from_arrays(arrays, name)
    return npz_bytes(arrays)


def rig_description_from_bytes(content: bytes, name: str = "rig") -> RigDescription:
    """As the reader, for a file's content."""
    return description_from_arrays(npz_from_bytes(content, Path(name)), name)


def read_rig_description(path: Path) -> RigDescription:
    """Read a description.

    Raises :class:`UserError` ``npz.missing``, ``npz.damaged``, ``rig_description.newer`` or ``rig_description.bad``,
    naming the file and the array or control.
    """
    return description_from_arrays(read_npz(path), str(path))


def description_from_arrays(arrays: Mapping[str, NpzArray], name: str) -> RigDescription:
    """The description in the arrays of a file; ``name`` is what errors call it. Raises as the reader."""
    try:
        if "rig" not in arrays:
            raise ValueError("it has no array 'rig', so it is no rig description")
        data = json.loads(bytes(arrays["rig"].values).decode("utf-8"))
        schema = data["schema"]
        if schema != SCHEMA and str(schema).startswith("a2f.rig_description/"):
            raise UserError(
                f"The rig description '{name}' was written by a newer version ({schema}).",
                code="rig_description.newer",
                hint="Update maya_a2f, or make the description again with this version.",
            )
        if schema != SCHEMA:
            raise ValueError(f"its schema is {schema!r}, expected {SCHEMA!r}")
        return _checked(data, arrays)
    except KeyError as error:
        raise _bad(name, f"{error.args[0]!r} is missing") from error
    except (TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise _bad(name, str(error)) from error


def _arrays_of(description: RigDescription) -> dict[str, NpzArray]:
    controls = [
        {
            "attribute": control.attribute,
            "kind": control.kind,
            "rest": control.rest,
            "lowest": control.lowest,
            "highest": control.highest,
            "locked": control.locked,
            "samples": [sample.value for sample in control.samples],
        }
        for control in description.controls
    ]
    data = {
        "schema": SCHEMA,
        "name": description.name,
        "controls": controls,
        "landmarks": dict(description.landmarks),
        "scale": description.scale,
        "notes": list(description.notes),
        "parts": [list(part) for part in description.parts],
    }
    text = json.dumps(data, ensure_ascii=False, allow_nan=True).encode()
    arrays = {
        "rig": NpzArray((len(text),), array("B", text)),
        "points": NpzArray((description.vertex_count, 3), array("f", description.points)),
        "face_counts": NpzArray((len(description.face_counts),), array("i", description.face_counts)),
        "face_indices": NpzArray((len(description.face_indices),), array("i", description.face_indices)),
    }
    for at, control in enumerate(description.controls):
        for number, sample in enumerate(control.samples):
            key = f"control.{at}.{number}"
            arrays[f"{key}.indices"] = NpzArray((len(sample.indices),), array("i", sample.indices))
            arrays[f"{key}.deltas"] = NpzArray((len(sample.deltas) // 3, 3), array("f", sample.deltas))
    return arrays


def _checked(data: Mapping[str, Any], arrays: Mapping[str, NpzArray]) -> RigDescription:
    points = _array(arrays, "points", "f", 3)
    vertex_count = len(points) // 3
    counts, corners = _array(arrays, "face_counts", "i", 1), _array(arrays, "face_indices", "i", 1)
    if len(counts) and min(counts) < 3:
        raise ValueError("'face_counts' holds a face with fewer than three corners")
    if sum(counts) != len(corners):
        raise ValueError(f"'face_counts' needs {sum(counts)} corners, 'face_indices' has {len(corners)}")
    _check_vertices(corners, vertex_count, "'face_indices'")
    controls = tuple(_control(at, entry, arrays, vertex_count) for at, entry in enumerate(data["controls"]))
    twice = _first_twice([control.attribute for control in controls])
    if twice is not None:
        raise ValueError(f"it has two controls '{twice}'")
    landmarks = {str(name): _vertex(value, vertex_count, name) for name, value in data.get("landmarks", {}).items()}
    scale = _number(data.get("scale", 1.0), "'scale'")
    if scale <= 0:
        raise ValueError(f"'scale' is {scale:g}; it must be above zero")
    notes = tuple(str(note) for note in data.get("notes", ()))
    parts = tuple((str(part), int(size)) for part, size in data.get("parts", ()))
    if parts and sum(size for _, size in parts) != vertex_count:
        raise ValueError(f"its parts have {sum(size for _, size in parts)} vertices, 'points' has {vertex_count}")
    return RigDescription(str(data["name"]), points, counts, corners, controls, landmarks, scale, notes, parts)


def _control(at: int, entry: Mapping[str, Any], arrays: Mapping[str, NpzArray], vertex_count: int) -> Control:
    attribute, kind = entry["attribute"], entry.get("kind", "weight")
    if not isinstance(attribute, str) or not attribute:
        raise ValueError(f"control {at} has no attribute")
    place = f"control '{attribute}'"
    if kind not in get_args(ControlKind):
        raise ValueError(f"{place} is of the unknown kind {kind!r}")
    lowest, highest = (
        None if entry.get(name) is None else _number(entry[name], f"'{name}' of {place}")
        for name in ("lowest", "highest")
    )
    if lowest is not None and highest is not None and lowest > highest:
        raise ValueError(f"{place} has its lowest value {lowest:g} above its highest {highest:g}")
    rest = _number(entry.get("rest", 0.0), f"'rest' of {place}")
    samples = tuple(
        _sample(_number(value, f"a sample of {place}"), f"control.{at}.{number}", arrays, vertex_count, place)
        for number, value in enumerate(entry.get("samples", ()))
    )
    if _first_twice([sample.value for sample in samples]) is not None:
        raise ValueError(f"{place} is sampled twice at one value")
    return Control(attribute, cast(ControlKind, kind), rest, lowest, highest, bool(entry.get("locked", False)), samples)


def _sample(value: float, key: str, arrays: Mapping[str, NpzArray], vertex_count: int, place: str) -> ControlSample:
    indices, deltas = _array(arrays, f"{key}.indices", "i", 1), _array(arrays, f"{key}.deltas", "f", 3)
    if 3 * len(indices) != len(deltas):
        raise ValueError(f"{place} has {len(deltas) // 3} offsets for {len(indices)} vertices at {value:g}")
    _check_vertices(indices, vertex_count, f"{place} at {value:g}")
    if any(later <= earlier for earlier, later in itertools.pairwise(indices)):
        raise ValueError(f"the vertices of {place} at {value:g} do not ascend")
    return ControlSample(value, indices, deltas)


def _array(arrays: Mapping[str, NpzArray], key: str, code: str, width: int) -> array[Any]:
    found = arrays[key]
    if found.values.typecode != code or found.shape[1:] != (() if width == 1 else (width,)) or not found.shape:
        kind = {"f": "float32", "i": "int32"}[code]
        raise ValueError(f"'{key}' has the shape {found.shape}; {kind} with {width} column(s) is needed")
    if code == "f" and not all(map(math.isfinite, found.values)):
        raise ValueError(f"'{key}' holds values that are not finite numbers")
    return found.values


def _check_vertices(ids: array[int], count: int, what: str) -> None:
    if len(ids) and (min(ids) < 0 or max(ids) >= count):
        raise ValueError(f"{what} names a vertex that is not there (there are {count})")


def _vertex(value: Any, count: int, name: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < count:
        raise ValueError(f"landmark '{name}' is {value!r}; a vertex from 0 to {count - 1} is needed")
    return value


def _number(value: Any, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{what} is {value!r}, which is no finite number")
    return float(value)


def _first_twice(values: list[Any]) -> Any:
    seen: set[Any] = set()
    for value in values:
        if value in seen:
            return value
        seen.add(value)
    return None


def _bad(name: str, why: str) -> UserError:
    return UserError(
        f"The rig description '{name}' cannot be used: {why}.",
        code="rig_description.bad",
        hint="Make it again from the rig.",
    )
