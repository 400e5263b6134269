"""Rig maps: which channels drive which rig attributes. A JSON file, version 1.

::

    {
     "schema": "a2f.rig_map/1",
     "name": "Default head",
     "eyes": {"pitchSign": 1, "yawSign": 1},
     "attributes": {
      "face_shapes.jawOpen": {"from": {"jawOpen": 1.0}, "limits": [0, 1]},
      "tongue2.rotateX": {"from": {"tongueTipUp": -20, "tongueTipDown": 15}, "offset": 0},
      "lids_ctl.blink": {"from": {"eyeBlinkLeft": 1.0}, "mute": true}
     }
    }

An attribute's value is ``rest + offset + Σ gain · channel``, held within ``limits``: several channels may drive one
attribute, and a channel may stand under several attributes. Gains turn the channel's unit (weight, degrees,
centimetres) into the attribute's. A limit of ``null`` is open. A muted attribute keeps its line and gets no keys.
``eyes`` holds the sign of the eye rotations, which the model packages leave open: +1 means a positive pitch (X) looks
down and a positive yaw (Y) looks to the character's left.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from maya_a2f.core.atomic_file import write_atomically
from maya_a2f.core.channels import EYE_CHANNELS, channel_kind
from maya_a2f.errors import UserError

SCHEMA = "a2f.rig_map/1"
_ATTRIBUTE_KEYS = {"from", "offset", "limits", "mute"}
_TOP_KEYS = {"schema", "name", "eyes", "attributes"}
_EYE_KEYS = {"pitchSign", "yawSign"}


@dataclass(frozen=True)
class Drive:
    """How one rig attribute follows the channels."""

    gains: Mapping[str, float]
    """Channel name -> gain, in attribute units per channel unit."""
    offset: float = 0.0
    """Added to the rest value, in attribute units."""
    limits: tuple[float, float] | None = None
    """Lowest and highest value, in attribute units; None is unlimited, an infinity unlimited on its side."""
    muted: bool = False
    """Left alone: the attribute gets no keys."""


@dataclass(frozen=True)
class RigMap:
    """Which channels drive which rig attributes."""

    name: str
    drives: Mapping[str, Drive]
    """``node.attribute`` -> what drives it, in file order."""
    pitch_sign: int = 1
    """Multiplies ``leftEye.rotateX`` and ``rightEye.rotateX``."""
    yaw_sign: int = 1
    """Multiplies ``leftEye.rotateY`` and ``rightEye.rotateY``."""
    notes: tuple[str, ...] = field(default=(), compare=False)

    def sign(self, channel: str) -> int:
        """+1 or −1 for an eye channel, +1 for any other."""
        if channel not in EYE_CHANNELS:
            return 1
        return self.pitch_sign if channel.endswith("X") else self.yaw_sign


def with_drive(rig_map: RigMap, attribute: str, drive: Drive | None) -> RigMap:
    """The map with another drive for one attribute, in its place; None takes the attribute out."""
    return with_drives(rig_map, {attribute: drive})


def with_drives(rig_map: RigMap, changes: Mapping[str, Drive | None]) -> RigMap:
    """The map with other drives for some attributes, each in its place, new ones at the end; None takes one out."""
    merged = {**rig_map.drives, **changes}
    return replace(rig_map, drives={name: drive for name, drive in merged.items() if drive is not None})


def with_translations_scaled(rig_map: RigMap, factor: float) -> RigMap:
    """The map with every translation channel's gain times ``factor``: for a head of another size than the model's."""
    return replace(
        rig_map,
        drives={attribute: _scaled(drive, factor) for attribute, drive in rig_map.drives.items()},
    )


def _scaled(drive: Drive, factor: float) -> Drive:
    gains = {
        channel: gain * factor if channel_kind(channel) == "translate" else gain
        for channel, gain in drive.gains.items()
    }
    return replace(drive, gains=gains)


def read_rig_map(path: Path) -> RigMap:
    """Read a rig map. Raises :class:`UserError` ``rig_map.*`` naming the file and the place of what is wrong."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"The rig map '{path}' cannot be read: {getattr(error, 'strerror', None) or error}.",
            code="rig_map.missing",
            hint="Check the path; a rig map is a JSON text file.",
        ) from error
    try:
        data = json.loads(text)
    except ValueError as error:
        raise _bad(path, f"it is not valid JSON ({error})") from error
    return rig_map_from_data(data, path)


def rig_map_from_data(data: Any, path: Path) -> RigMap:
    """Validate JSON data as a rig map; ``path`` is only for messages."""
    top = _object(data, path, "the file")
    _only_keys(top, _TOP_KEYS, path, "the file")
    schema = top.get("schema")
    if isinstance(schema, str) and schema.startswith("a2f.rig_map/") and schema != SCHEMA:
        raise UserError(
            f"The rig map '{path}' was written by a newer version ({schema}).",
            code="rig_map.newer",
            hint="Update maya_a2f, or save the map again with this version.",
        )
    if schema != SCHEMA:
        raise _bad(path, f'"schema" is {schema!r}, expected "{SCHEMA}"')
    eyes = _object(top.get("eyes", {}), path, '"eyes"')
    _only_keys(eyes, _EYE_KEYS, path, '"eyes"')
    attributes = _object(top.get("attributes"), path, '"attributes"')
    return RigMap(
        name=str(top.get("name", path.stem)),
        drives={name: _drive(value, path, f'"attributes" / "{name}"') for name, value in attributes.items()},
        pitch_sign=_sign(eyes.get("pitchSign", 1), path, '"eyes" / "pitchSign"'),
        yaw_sign=_sign(eyes.get("yawSign", 1), path, '"eyes" / "yawSign"'),
    )


def rig_map_text(rig_map: RigMap) -> str:
    """The file's content: one attribute per line, so that two maps can be compared line by line."""
    lines = [
        "{",
        f' "schema": "{SCHEMA}",',
        f' "name": {json.dumps(rig_map.name, ensure_ascii=False)},',
        f' "eyes": {{"pitchSign": {rig_map.pitch_sign}, "yawSign": {rig_map.yaw_sign}}},',
        ' "attributes": {',
    ]
    rows = [
        f"  {json.dumps(name, ensure_ascii=False)}: {json.dumps(_drive_data(drive), ensure_ascii=False)}"
        for name, drive in rig_map.drives.items()
    ]
    return "\n".join([*lines, ",\n".join(rows), " }", "}"]) + "\n"


def write_rig_map(rig_map: RigMap, path: Path) -> None:
    """Write the map whole or not at all. Raises :class:`HostError` when the folder cannot take it."""
    write_atomically(path, rig_map_text(rig_map).encode())


def _drive_data(drive: Drive) -> dict[str, Any]:
    data: dict[str, Any] = {"from": dict(drive.gains)}
    if drive.offset:
        data["offset"] = drive.offset
    if drive.limits is not None:
        data["limits"] = [limit if math.isfinite(limit) else None for limit in drive.limits]
    if drive.muted:
        data["mute"] = True
    return data


def _drive(value: Any, path: Path, place: str) -> Drive:
    data = _object(value, path, place)
    _only_keys(data, _ATTRIBUTE_KEYS, path, place)
    sources = _object(data.get("from"), path, f'{place} / "from"')
    if not sources:
        raise _bad(path, f'{place} / "from" names no channel')
    limits = data.get("limits")
    return Drive(
        gains={name: _number(gain, path, f'{place} / "from" / "{name}"') for name, gain in sources.items()},
        offset=_number(data.get("offset", 0.0), path, f'{place} / "offset"'),
        limits=None if limits is None else _limits(limits, path, f'{place} / "limits"'),
        muted=_flag(data.get("mute", False), path, f'{place} / "mute"'),
    )


def _limits(value: Any, path: Path, place: str) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise _bad(path, f"{place} must be two numbers, lowest and highest")
    lowest, highest = (
        without if entry is None else _number(entry, path, place)
        for entry, without in zip(value, (-math.inf, math.inf), strict=True)
    )
    if lowest > highest:
        raise _bad(path, f"{place} has its lowest value above its highest")
    return lowest, highest


def _number(value: Any, path: Path, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _bad(path, f"{place} must be a number, not {value!r}")
    return float(value)


def _flag(value: Any, path: Path, place: str) -> bool:
    if not isinstance(value, bool):
        raise _bad(path, f"{place} must be true or false, not {value!r}")
    return value


def _sign(value: Any, path: Path, place: str) -> int:
    if value not in (1, -1) or isinstance(value, bool):
        raise _bad(path, f"{place} must be 1 or -1, not {value!r}")
    return int(value)


def _object(value: Any, path: Path, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _bad(path, f"{place} must be an object in braces")
    return value


def _only_keys(data: Mapping[str, Any], known: set[str], path: Path, place: str) -> None:
    unknown = sorted(set(data) - known)
    if unknown:
        raise _bad(path, f'{place} has "{unknown[0]}", which is not one of {", ".join(sorted(known))}')


def _bad(path: Path, why: str) -> UserError:
    return UserError(
        f"The rig map '{path}' cannot be used: {why}.",
        code="rig_map.bad",
        hint="Correct that place in the file, or make the map again.",
    )
