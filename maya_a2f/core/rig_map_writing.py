"""Rig map -> file: one entry per line, so that two maps can be compared line by line."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from maya_a2f.core.atomic_file import write_atomically
from maya_a2f.core.joint_drives import joints_data
from maya_a2f.core.rig_map_model import Derived, Drive, RigMap

SCHEMA = "a2f.rig_map/2"


def rig_map_text(rig_map: RigMap) -> str:
    """The file's content. Parts that hold nothing are left out; the same map always gives the same text."""
    parts = [
        f' "schema": "{SCHEMA}"',
        f' "name": {_json(rig_map.name)}',
        *([f' "signature": {_json(rig_map.signature)}'] if rig_map.signature else []),
        *([f' "fit": {_json(rig_map.fit)}'] if rig_map.fit else []),
        f' "eyes": {{"pitchSign": {rig_map.pitch_sign}, "yawSign": {rig_map.yaw_sign}}}',
    ]
    if rig_map.derived:
        parts.append(_block("derived", {name: _derived_data(item) for name, item in rig_map.derived.items()}))
    parts.append(_block("attributes", {name: _drive_data(drive) for name, drive in rig_map.drives.items()}))
    if rig_map.joints:
        parts.append(_joints(joints_data(rig_map.joints)))
    if rig_map.mirror:
        parts.append(f' "mirror": [\n{_lines(f"  {_json(list(pair))}" for pair in rig_map.mirror)} ]')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def write_rig_map(rig_map: RigMap, path: Path) -> None:
    """Write the map whole or not at all. Raises :class:`HostError` when the folder cannot take it."""
    write_atomically(path, rig_map_text(rig_map).encode())


def _block(title: str, entries: Mapping[str, Any]) -> str:
    return f' "{title}": {{\n{_lines(f"  {_json(name)}: {_json(data)}" for name, data in entries.items())} }}'


def _joints(data: Mapping[str, Any]) -> str:
    """One drive per line."""
    facts = [f"  {_json(name)}: {_json(value)}" for name, value in data.items() if name != "drives"]
    drives = _lines(f"   {_json(name)}: {_json(drive)}" for name, drive in data["drives"].items())
    facts.append(f'  "drives": {{\n{drives}  }}')
    return f' "joints": {{\n{_lines(facts)} }}'


def _lines(rows: Iterable[str]) -> str:
    joined = ",\n".join(rows)
    return f"{joined}\n" if joined else ""


def _drive_data(drive: Drive) -> dict[str, Any]:
    data: dict[str, Any] = {"from": dict(drive.gains)}
    if drive.curve is not None:
        data["curve"] = [list(point) for point in drive.curve]
    if drive.rest is not None:
        data["rest"] = drive.rest
    if drive.offset:
        data["offset"] = drive.offset
    if drive.limits is not None:
        data["limits"] = [limit if math.isfinite(limit) else None for limit in drive.limits]
    if drive.muted:
        data["mute"] = True
    return data


def _derived_data(item: Derived) -> dict[str, Any]:
    names = [operand for operand, _ in item.operands]
    has_gains = item.rule == "sum"
    data: dict[str, Any] = {item.rule: {str(name): gain for name, gain in item.operands} if has_gains else names}
    if item.curve is not None:
        data["curve"] = [list(point) for point in item.curve]
    return data


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False)
