"""Naming conventions: what the attributes of well-known rigs are called and what drives them.

One JSON file each in ``presets/conventions``::

    {
     "schema": "a2f.convention/1",
     "name": "VRM 1",
     "least": 4,
     "telling": ["aa", "ih", "ou", "ee", "oh"], "enough": 4,
     "visemes": ["aa", "ih", "ou", "ee", "oh"],
     "attributes": {"aa": {"from": {"sayAh": 1.0}}, "blink*": "eyeBlink*", "blink": "eyeBlink*", "happy": null}
    }

``*`` stands for the side of a name, written as ``sides`` says ("L" and "R" if it says nothing); a channel with ``*``
under a name without takes the mean of both sides. ``a|b`` are two names for one thing. ``null`` is a name that nothing
drives. A value is a channel, or a drive as in a rig map, which ``unless`` takes away where the rig has another
attribute. A rig follows the convention when ``least`` of its names and ``enough`` of the telling ones are there.
``visemes`` are whole mouth shapes, which a rig with parts of its own does not need. The channels of
``presets/speech_signals.json`` may be used.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from maya_a2f.core.name_parts import name_words, parts_of
from maya_a2f.core.naming_words import PRESETS, shipped_words
from maya_a2f.core.rig_map_model import Derived, Drive
from maya_a2f.core.rig_map_reading import derived_from_data, drive_from_data
from maya_a2f.errors import UserError

SCHEMA = "a2f.convention/1"
Key = tuple[str, tuple[str, ...]]
"""As :attr:`~maya_a2f.core.name_parts.NameParts.key`."""
_SIDES = ("Left", "Right")


@dataclass(frozen=True)
class Entry:
    """One name of a convention."""

    drive: Drive | None
    """None: nothing drives it."""
    is_viseme: bool = False
    unless: frozenset[Key] = frozenset()


@dataclass(frozen=True)
class Convention:
    """One way to name a face's attributes."""

    name: str
    entries: Mapping[Key, Entry]
    names: Mapping[Key, str]
    """Key -> the name as the convention writes it."""
    least: int
    telling: frozenset[Key]
    enough: int

    def fits(self, keys: frozenset[Key]) -> bool:
        """Whether a rig with names of these keys follows it."""
        known = keys & self.entries.keys()
        return len(known) >= self.least and len(known & self.telling) >= min(self.enough, len(self.telling))


def key_of(name: str) -> Key:
    """The key of a name as it stands."""
    return parts_of(name_words(name, shipped_words().vocabulary)).key


def convention_from_data(data: Any, path: Path) -> Convention:
    """Validate JSON data as a convention; ``path`` is for messages. Raises :class:`UserError` ``convention.bad``."""
    if not isinstance(data, dict) or data.get("schema") != SCHEMA or not isinstance(data.get("attributes"), dict):
        raise _bad(path, f'it is not a file of schema "{SCHEMA}" with "attributes"')
    written = data.get("sides", ["L", "R"])
    visemes = data.get("visemes", [])
    viseme_keys = frozenset() if visemes is True else _keys(visemes)
    entries: dict[Key, Entry] = {}
    names: dict[Key, str] = {}
    for pattern, value in data["attributes"].items():
        place = f'"attributes" / "{pattern}"'
        unless = frozenset[Key]()
        if isinstance(value, dict) and "unless" in value:
            value = dict(value)
            unless = _keys([value.pop("unless")])
        for name, side in _expanded(pattern, written):
            key = key_of(name)
            if key in entries:
                raise _bad(path, f"{place} stands there twice")
            drive = _drive(value, side, path, place)
            entries[key] = Entry(drive, visemes is True or key in viseme_keys, unless)
            names[key] = name
    telling = _keys(data.get("telling", []))
    for key in telling | viseme_keys:
        if key not in entries:
            raise _bad(path, f'"{key[0]}" is named as telling or as a viseme and is no attribute')
    return Convention(
        str(data.get("name", path.stem)), entries, names, int(data.get("least", 1)), telling, int(data.get("enough", 1))
    )


@cache
def shipped_conventions() -> tuple[Convention, ...]:
    """Those that ship, by file name."""
    files = sorted((PRESETS / "conventions").glob("*.json"))
    return tuple(convention_from_data(json.loads(path.read_text("utf-8")), path) for path in files)


@cache
def speech_signals() -> Mapping[str, Derived]:
    """Channels that visemes are made from."""
    path = PRESETS / "speech_signals.json"
    return derived_from_data(json.loads(path.read_text("utf-8"))["derived"], path)


def _drive(value: Any, side: str | None, path: Path, place: str) -> Drive | None:
    if value is None:
        return None
    if isinstance(value, str):
        value = {"from": {value: 1.0}}
    drive = drive_from_data(value, path, place)
    gains: dict[str, float] = {}
    for channel, gain in drive.gains.items():
        if "*" not in channel:
            gains[channel] = gain
        elif side is not None:
            gains[channel.replace("*", side)] = gain
        else:
            gains |= {channel.replace("*", word): gain / 2 for word in _SIDES}
    return Drive(gains, drive.offset, drive.limits, drive.muted, drive.curve, drive.rest)


def _expanded(pattern: str, written: Sequence[str] = ("L", "R")) -> list[tuple[str, str | None]]:
    """(name, channel's side) of every name that a pattern means, its sides as they are written."""
    found: list[tuple[str, str | None]] = []
    for name in pattern.split("|"):
        if "*" in name:
            found += [(name.replace("*", letter), side) for letter, side in zip(written, _SIDES, strict=True)]
        else:
            found.append((name, None))
    return found


def _keys(patterns: Iterable[str]) -> frozenset[Key]:
    return frozenset(key_of(name) for pattern in patterns for name, _ in _expanded(pattern))


def _bad(path: Path, why: str) -> UserError:
    return UserError(
        f"The naming convention '{path}' cannot be used: {why}.",
        code="convention.bad",
        hint="Correct that place in the file.",
    )
