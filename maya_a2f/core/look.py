"""Looks: how a performance is styled, kept under a name. A JSON file::

    {
     "schema": "a2f.look/2",
     "name": "Mumble",
     "note": "Lips and jaw hardly move.",
     "emotion": {"sadness": 0.2},
     "parameters": {"lowerFaceStrength": {"times": 0.6}, "lipOpenOffset": -0.02},
     "style": {"jawStyle": -0.4, "brows.gain": 0.7},
     "layers": {"head": {"strength": 0.5}},
     "tail_seconds": 0.3
    }

A parameter is a value, or an object that starts from the package's own value: ``times`` multiplies it, ``plus`` is
added then. ``style`` is that of :mod:`maya_a2f.core.style_settings`, ``layers`` those of :mod:`maya_a2f.core.layers`
by their strength. What a look does not name is the package's own. Keys over time, gazes and seeds belong to a clip and
are no part of a look. Version 1 had neither style nor layers; it is still read, and written where it does.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from maya_a2f.core.atomic_file import unwritable, write_atomically
from maya_a2f.core.face_parameters import PARAMETER_NAMES, effective_parameters, face_parameter
from maya_a2f.core.layers import LAYER_NAMES, Layer, LayerSettings, layers_data, layers_from_data
from maya_a2f.core.style_settings import checked_style
from maya_a2f.errors import A2FError, UserError

SCHEMA = "a2f.look/2"
_SCHEMAS = ("a2f.look/1", SCHEMA)
SUFFIX = ".look.json"
NO_LOOK = "Neutral"
"""Name of the look that changes nothing."""
_KEYS = {"schema", "name", "note", "emotion", "parameters", "style", "layers", "tail_seconds"}
_LARGEST_BYTES = 2**20


@dataclass(frozen=True)
class Change:
    """What a look does to one parameter: ``value`` replaces it, else it becomes value · times + plus."""

    value: float | None = None
    times: float = 1.0
    plus: float = 0.0


@dataclass(frozen=True)
class Look:
    """A style under a name."""

    name: str
    emotion: Mapping[str, float] = field(default_factory=dict)
    """Emotion -> 0…1."""
    parameters: Mapping[str, Change] = field(default_factory=dict)
    """Parameter -> what becomes of it."""
    tail_seconds: float | None = None
    """None leaves the tail as it is."""
    note: str = ""
    """One line for people."""
    style: Mapping[str, float] = field(default_factory=dict)
    """Checked settings of :mod:`maya_a2f.core.style_settings`."""
    layers: LayerSettings = field(default_factory=LayerSettings)
    """Strengths, and where eye darts come from; nothing else of it."""

    def resolved(self, package_values: Mapping[str, float]) -> dict[str, float]:
        """The parameters it changes, as values within their ranges, for a package with these values of its own."""
        own = effective_parameters(package_values, {})
        values: dict[str, float] = {}
        for name, change in self.parameters.items():
            parameter = face_parameter(name)
            wanted = own[name] * change.times + change.plus if change.value is None else change.value
            values[name] = min(parameter.maximum, max(parameter.minimum, wanted))
        return values


@dataclass(frozen=True)
class FoundLook:
    """A look and where it lies."""

    look: Look
    path: Path
    is_own: bool
    """It lies in the user's folder, so it can be replaced and deleted."""


def find_looks(own_folder: Path, other_folders: Iterable[Path]) -> tuple[list[FoundLook], list[A2FError]]:
    """Every look in the folders, the user's first, each name once; and what is wrong with files that can't be used."""
    found: dict[str, FoundLook] = {}
    faults: list[A2FError] = []
    for folder in (own_folder, *other_folders):
        for path in _look_files(folder):
            try:
                look = read_look(path)
            except A2FError as error:
                faults.append(error)
                continue
            found.setdefault(look.name.casefold(), FoundLook(look, path, folder == own_folder))
    neutral_first = sorted(found.values(), key=lambda entry: (entry.look.name != NO_LOOK, entry.look.name.casefold()))
    return neutral_first, faults


def read_look(path: Path) -> Look:
    """Read a look. Raises :class:`UserError` ``look.missing``, ``look.bad`` or ``look.newer`` naming the file."""
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise _bad(path, "it is far too large")
        data = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UserError(
            f"The look '{path}' cannot be read: {error.strerror or error}.",
            code="look.missing",
            hint="Check the path; a look is a JSON text file.",
        ) from error
    except (ValueError, RecursionError) as error:
        raise _bad(path, f"it is not valid JSON ({error})") from error
    return look_from_data(data, path)


def look_from_data(data: Any, path: Path) -> Look:
    """Validate JSON data as a look; ``path`` is only for messages."""
    if not isinstance(data, dict):
        raise _bad(path, "it is not an object in braces")
    schema = data.get("schema")
    if isinstance(schema, str) and schema.startswith("a2f.look/") and schema not in _SCHEMAS:
        raise UserError(
            f"The look '{path}' was written by a newer version ({schema}).",
            code="look.newer",
            hint="Update maya_a2f, or save the look again with this version.",
        )
    if schema not in _SCHEMAS:
        raise _bad(path, f'"schema" is {schema!r}, expected "{SCHEMA}"')
    if unknown := sorted(set(data) - _KEYS):
        raise _bad(path, f'it has "{unknown[0]}", which is not one of {", ".join(sorted(_KEYS))}')
    name = data.get("name", path.name.removesuffix(SUFFIX))
    if not isinstance(name, str) or not name.strip():
        raise _bad(path, '"name" is empty')
    emotion = {
        str(key): _number(value, path, f'"emotion" / "{key}"', 0.0, 1.0)
        for key, value in _table(data.get("emotion", {}), path, '"emotion"').items()
    }
    parameters = {
        key: _change(key, value, path)
        for key, value in _table(data.get("parameters", {}), path, '"parameters"').items()
    }
    tail = data.get("tail_seconds")
    return Look(
        name=name.strip(),
        emotion=emotion,
        parameters=parameters,
        tail_seconds=None if tail is None else _number(tail, path, '"tail_seconds"', 0.0, 60.0),
        note=str(data.get("note", "")),
        style=_style(_table(data.get("style", {}), path, '"style"'), path),
        layers=_layers(_table(data.get("layers", {}), path, '"layers"'), path),
    )


def look_text(look: Look) -> str:
    """The file's content."""
    layers = layers_data(strengths_of(look.layers))
    data: dict[str, Any] = {"schema": SCHEMA if look.style or layers else _SCHEMAS[0], "name": look.name}
    if look.note:
        data["note"] = look.note
    data["emotion"] = dict(look.emotion)
    data["parameters"] = {name: _change_data(change) for name, change in look.parameters.items()}
    if look.style:
        data["style"] = dict(look.style)
    if layers:
        data["layers"] = layers
    if look.tail_seconds is not None:
        data["tail_seconds"] = look.tail_seconds
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def write_look(look: Look, folder: Path) -> Path:
    """Write a look whole or not at all, replacing one of the same name, and return its path; the folder is made.

    Raises :class:`HostError` when the folder cannot take it.
    """
    path = look_path(folder, look.name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(path, error) from error
    write_atomically(path, look_text(look).encode())
    return path


def look_path(folder: Path, name: str) -> Path:
    """Where a look of that name lies: the one that is there already, else a file named after it."""
    for path in _look_files(folder):
        try:
            if read_look(path).name.casefold() == name.casefold():
                return path
        except A2FError:
            continue
    plain = unicodedata.normalize("NFC", name)
    stem = re.sub(r"[^\w\-]+", "_", plain).strip("_")[:60] or "look"
    path, number = folder / f"{stem}{SUFFIX}", 2
    while path.exists():  # another look whose name only differs in signs that a file's name leaves out
        path, number = folder / f"{stem}_{number}{SUFFIX}", number + 1
    return path


def strengths_of(layers: LayerSettings) -> LayerSettings:
    """What of the layers a look holds."""
    kept: dict[str, Any] = {name: Layer(layers.layer(name).strength) for name in LAYER_NAMES}
    return replace(layers, **kept, targets=())


def _style(data: dict[str, Any], path: Path) -> dict[str, float]:
    try:
        return checked_style(data)
    except UserError as error:
        raise _bad(
            path, f"{error.message[:1].lower()}{error.message[1:].rstrip('.')}; {error.hint.rstrip('.')}"
        ) from error


def _layers(data: dict[str, Any], path: Path) -> LayerSettings:
    try:
        layers = layers_from_data(data)
    except UserError as error:
        raise _bad(
            path, f"{error.message[:1].lower()}{error.message[1:].rstrip('.')}; {error.hint.rstrip('.')}"
        ) from error
    if layers != strengths_of(layers):
        raise _bad(path, '"layers" may hold strengths only: seeds and gazes belong to a clip')
    return layers


def _look_files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.name.endswith(SUFFIX))
    except OSError:
        return []


def _change(name: str, value: Any, path: Path) -> Change:
    place = f'"parameters" / "{name}"'
    if name not in PARAMETER_NAMES:
        raise _bad(path, f"{place} is not a parameter; {_name_hint(name)}")
    parameter = face_parameter(name)
    if not isinstance(value, Mapping):
        return Change(value=_number(value, path, place, parameter.minimum, parameter.maximum))
    if not value or set(value) - {"times", "plus"}:
        raise _bad(path, f'{place} must be a number or hold "times" and "plus"')
    limit = 1e6
    return Change(
        times=_number(value.get("times", 1.0), path, f'{place} / "times"', -limit, limit),
        plus=_number(value.get("plus", 0.0), path, f'{place} / "plus"', -limit, limit),
    )


def _name_hint(name: str) -> str:
    """What to write instead of an unknown parameter."""
    try:
        face_parameter(name)
    except UserError as error:
        return error.hint[:1].lower() + error.hint[1:].rstrip(".")
    return ""


def _change_data(change: Change) -> Any:
    if change.value is not None:
        return change.value
    return {"times": change.times, "plus": change.plus} if change.plus else {"times": change.times}


def _table(value: Any, path: Path, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _bad(path, f"{place} must be an object in braces")
    return value


def _number(value: Any, path: Path, place: str, lowest: float, highest: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _bad(path, f"{place} must be a number, not {value!r}")
    if not lowest <= value <= highest:
        raise _bad(path, f"{place} is {value:g}, outside {lowest:g} to {highest:g}")
    return float(value)


def _bad(path: Path, why: str) -> UserError:
    return UserError(
        f"The look '{path}' cannot be used: {why}.",
        code="look.bad",
        hint="Correct that place in the file, or save the look again.",
    )
