"""The head that is shown: meshes with sparse shapes, joints, materials, landmarks; a folder with two files.

``head.json`` names the parts, ``head.npz`` holds the numbers. Right-handed, y up, +z is where the face looks,
centimetres; the character's left is +x. Every joint has identity rotation at rest (world axes). A mesh follows its
joint rigidly, after its own shapes: rotation in XYZ order about the joint's position, then translation.
"""

from __future__ import annotations

import itertools
import json
import math
import re
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from maya_a2f.core.npz import NpzArray, read_npz
from maya_a2f.errors import UserError

SCHEMA = "a2f.head/1"
_LARGEST_JSON_BYTES = 16 * 2**20
_LEGAL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Shape:
    """One target of a mesh: only the vertices it moves."""

    name: str
    indices: array[int]
    """(n,) vertex ids, ascending."""
    deltas: array[float]
    """(n·3,) offsets from the rest points, x y z, centimetres."""


@dataclass(frozen=True)
class HeadMesh:
    """One mesh of the head."""

    name: str
    joint: str
    """The joint it follows."""
    material: str
    """Material of all faces without one of their own."""
    points: array[float]
    """(V·3,) rest positions in world space, x y z, centimetres."""
    face_sizes: array[int]
    """(F,) corners per face."""
    face_vertices: array[int]
    """Vertex ids of all corners, counter-clockwise seen from outside."""
    uvs: array[float]
    """(U·2,) texture coordinates."""
    face_uvs: array[int]
    """UV ids of all corners; empty where the mesh has no UVs."""
    shapes: Mapping[str, Shape]
    """In order of the file."""
    material_names: tuple[str, ...] = ()
    """What :attr:`face_materials` counts into."""
    face_materials: array[int] | None = None
    """(F,) index into :attr:`material_names` per face."""

    @property
    def vertex_count(self) -> int:
        """Number of points."""
        return len(self.points) // 3

    @property
    def face_count(self) -> int:
        """Number of faces."""
        return len(self.face_sizes)


@dataclass(frozen=True)
class Joint:
    """A pivot that can rotate and move; world axes at rest."""

    name: str
    parent: str | None
    position: tuple[float, float, float]
    """World position at rest, centimetres."""


@dataclass(frozen=True)
class Material:
    """How a surface looks."""

    color: tuple[float, float, float]
    """Linear red, green, blue, 0…1."""
    specular: float = 0.2
    roughness: float = 0.5


@dataclass(frozen=True)
class Head:
    """Everything of one head."""

    name: str
    meshes: tuple[HeadMesh, ...]
    joints: tuple[Joint, ...]
    """Parents before their children."""
    materials: Mapping[str, Material]
    landmarks: Mapping[str, Any] = field(default_factory=dict)
    """Vertex ids by name, as in the file."""

    def __hash__(self) -> int:
        return hash((self.name, *(mesh.vertex_count for mesh in self.meshes)))

    def mesh(self, name: str) -> HeadMesh:
        """The mesh of that name; ``KeyError`` where there is none."""
        return {mesh.name: mesh for mesh in self.meshes}[name]

    def joint(self, name: str) -> Joint:
        """The joint of that name; ``KeyError`` where there is none."""
        return {joint.name: joint for joint in self.joints}[name]

    def shape_leaders(self) -> dict[str, str]:
        """Shape -> the mesh whose weight is the one to key: the first that has the shape.

        The others' weights follow it, so that lashes and brows move with the face and an animator edits one curve.
        """
        leaders: dict[str, str] = {}
        for mesh in self.meshes:
            for shape in mesh.shapes:
                leaders.setdefault(shape, mesh.name)
        return leaders

    def rest_translate(self, name: str) -> tuple[float, float, float]:
        """A joint's position relative to its parent at rest, centimetres."""
        joint = self.joint(name)
        if joint.parent is None:
            return joint.position
        parent = self.joint(joint.parent).position
        x, y, z = (own - other for own, other in zip(joint.position, parent, strict=True))
        return x, y, z


def load_head(folder: Path) -> Head:
    """Read a head's folder.

    Raises :class:`UserError` ``head.missing`` (a file is not there) or ``head.damaged`` (a file cannot be read, a name,
    size or index is wrong), naming folder and part.
    """
    description = _read_description(folder)
    if not (folder / "head.npz").is_file():
        raise _missing(folder, "head.npz")
    try:
        arrays = read_npz(folder / "head.npz")
    except UserError as error:
        raise UserError(error.message, code="head.damaged", hint=_HINT) from error
    return head_from_parts(description, arrays, str(folder))


def kept_head(folder: Path) -> Head:
    """:func:`load_head`, which reads it again only where its files have changed."""
    try:
        states = [(folder / name).stat() for name in ("head.json", "head.npz")]
    except OSError:
        return load_head(folder)  # it says what is missing
    return _kept_head(folder, tuple((state.st_mtime_ns, state.st_size) for state in states))


@lru_cache(maxsize=1)
def _kept_head(folder: Path, stamp: tuple[tuple[int, int], ...]) -> Head:
    del stamp
    return load_head(folder)


def head_from_parts(description: Mapping[str, Any], arrays: Mapping[str, NpzArray], name: str = "head") -> Head:
    """The head in a description and its arrays; ``name`` is what errors call it. Raises as :func:`load_head`."""
    try:
        if description["schema"] != SCHEMA:
            raise ValueError(f"its schema is {description['schema']!r}, expected {SCHEMA!r}")
        if description.get("unit", "centimeter") != "centimeter":
            raise ValueError(f"its unit is {description['unit']!r}, expected 'centimeter'")
        joints = _parents_first([_parse_joint(entry) for entry in description["joints"]])
        materials = {_legal(key, "material"): _parse_material(value) for key, value in description["materials"].items()}
        meshes = tuple(_parse_mesh(entry, arrays) for entry in description["meshes"])
        _check_references(meshes, joints, materials)
        return Head(
            str(description.get("name", "head")), meshes, joints, materials, dict(description.get("landmarks", {}))
        )
    except KeyError as error:
        raise _damaged(name, f"{error.args[0]!r} is missing") from error
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise _damaged(name, str(error)) from error


def _read_description(folder: Path) -> Mapping[str, Any]:
    path = folder / "head.json"
    try:
        if path.stat().st_size > _LARGEST_JSON_BYTES:
            raise _damaged(str(path), "it is larger than any description can be")
        description = json.loads(path.read_bytes())
    except OSError as error:
        raise _missing(folder, "head.json") from error
    except (ValueError, RecursionError) as error:
        raise _damaged(str(path), f"it is no JSON ({error})") from error
    if not isinstance(description, dict):
        raise _damaged(str(path), "it holds no JSON object")
    return description


def _parse_joint(entry: Mapping[str, Any]) -> Joint:
    name = _legal(entry["name"], "joint")
    x, y, z = (_finite(value, f"position of joint '{name}'") for value in entry["position"])
    parent = entry["parent"]
    return Joint(name, None if parent is None else _legal(parent, "joint"), (x, y, z))


def _parse_material(entry: Mapping[str, Any]) -> Material:
    red, green, blue = (_finite(value, "a colour") for value in entry["color"])
    return Material(
        (red, green, blue),
        _finite(entry.get("specular", 0.2), "a specular"),
        _finite(entry.get("roughness", 0.5), "a roughness"),
    )


def _parse_mesh(entry: Mapping[str, Any], arrays: Mapping[str, NpzArray]) -> HeadMesh:
    name = _legal(entry["name"], "mesh")
    points = _array(arrays, f"{name}.points", "f", 3)
    sizes = _array(arrays, f"{name}.face_sizes", "i", 1)
    corners = _array(arrays, f"{name}.face_vertices", "i", 1)
    has_uvs = f"{name}.uvs" in arrays
    uvs = _array(arrays, f"{name}.uvs", "f", 2) if has_uvs else array("f")
    face_uvs = _array(arrays, f"{name}.face_uvs", "i", 1) if has_uvs else array("i")
    if len(sizes) and min(sizes) < 3:
        raise ValueError(f"mesh '{name}' has a face with fewer than three corners")
    if sum(sizes) != len(corners) or (has_uvs and len(face_uvs) != len(corners)):
        raise ValueError(f"the face corners of mesh '{name}' do not fit its face sizes")
    _check_ids(corners, len(points) // 3, f"face vertex of mesh '{name}'")
    _check_ids(face_uvs, len(uvs) // 2, f"face UV of mesh '{name}'")
    names = tuple(str(item) for item in entry.get("material_names", ()))
    face_materials = None
    if f"{name}.face_materials" in arrays:
        face_materials = _array(arrays, f"{name}.face_materials", "i", 1)
        if len(face_materials) != len(sizes):
            raise ValueError(f"mesh '{name}' has another number of face materials than faces")
        _check_ids(face_materials, len(names), f"face material of mesh '{name}'")
    return HeadMesh(
        name, str(entry["joint"]), str(entry["material"]), points, sizes, corners, uvs, face_uvs,
        _parse_shapes(name, len(points) // 3, arrays), names, face_materials,
    )  # fmt: skip


def _parse_shapes(mesh: str, vertex_count: int, arrays: Mapping[str, NpzArray]) -> Mapping[str, Shape]:
    prefix, suffix = f"{mesh}.shape.", ".indices"
    shapes: dict[str, Shape] = {}
    for key in arrays:
        if not (key.startswith(prefix) and key.endswith(suffix)):
            continue
        name = _legal(key[len(prefix) : -len(suffix)], "shape")
        indices = _array(arrays, key, "i", 1)
        deltas = _array(arrays, f"{prefix}{name}.deltas", "f", 3)
        if len(deltas) != 3 * len(indices):
            raise ValueError(f"shape '{name}' of mesh '{mesh}' has another number of deltas than of indices")
        _check_ids(indices, vertex_count, f"vertex of shape '{name}' of mesh '{mesh}'")
        if any(later <= earlier for earlier, later in itertools.pairwise(indices)):
            raise ValueError(f"the vertices of shape '{name}' of mesh '{mesh}' do not ascend")
        shapes[name] = Shape(name, indices, deltas)
    return shapes


def _array(arrays: Mapping[str, NpzArray], key: str, code: str, width: int) -> array[Any]:
    """The flat values of an array of ``width`` columns (1: one dimension) and type ``code``, checked."""
    found = arrays[key]
    expected = (1 if width == 1 else 2, code)
    if (len(found.shape), found.values.typecode) != expected or (width > 1 and found.shape[1] != width):
        kind = {"f": "float32", "i": "int32"}[code]
        raise ValueError(f"'{key}' has shape {found.shape}; {kind} with {width} column(s) is needed")
    if code == "f" and not all(map(math.isfinite, found.values)):
        raise ValueError(f"'{key}' holds values that are not finite numbers")
    return found.values


def _check_ids(ids: array[int], count: int, what: str) -> None:
    if len(ids) and (min(ids) < 0 or max(ids) >= count):
        raise ValueError(f"a {what} is out of range (there are {count})")


def _check_references(
    meshes: tuple[HeadMesh, ...], joints: tuple[Joint, ...], materials: Mapping[str, Material]
) -> None:
    names = [mesh.name for mesh in meshes]
    if not meshes or len(set(names)) != len(names):
        raise ValueError("it has no mesh, or two of one name")
    known = {joint.name for joint in joints}
    for mesh in meshes:
        if mesh.joint not in known:
            raise ValueError(f"mesh '{mesh.name}' follows the joint '{mesh.joint}', which it does not have")
        for material in (mesh.material, *mesh.material_names):
            if material not in materials:
                raise ValueError(f"mesh '{mesh.name}' wears the material '{material}', which it does not have")


def _parents_first(joints: list[Joint]) -> tuple[Joint, ...]:
    if len({joint.name for joint in joints}) != len(joints):
        raise ValueError("two joints have one name")
    ordered: dict[str, Joint] = {}
    waiting = joints
    while waiting:
        ready = [joint for joint in waiting if joint.parent is None or joint.parent in ordered]
        if not ready:
            raise ValueError(f"the parents of joint '{waiting[0].name}' lead nowhere")
        ordered.update((joint.name, joint) for joint in ready)
        waiting = [joint for joint in waiting if joint.name not in ordered]
    return tuple(ordered.values())


def _legal(name: Any, what: str) -> str:
    if not isinstance(name, str) or not _LEGAL_NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name for a {what}: ASCII letters, digits and _ are needed")
    return name


def _finite(value: Any, what: str) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{what} is not a finite number")
    return number


_HINT = "Install it again, or build it again with the training tools."


def _missing(folder: Path, part: str) -> UserError:
    return UserError(f"The head '{folder}' has no readable '{part}'.", code="head.missing", hint=_HINT)


def _damaged(name: str, why: str) -> UserError:
    return UserError(f"The head '{name}' cannot be used: {why}.", code="head.damaged", hint=_HINT)
