"""File -> rig map, with the place of what is wrong."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

from maya_a2f.core.joint_drives import joints_from_data
from maya_a2f.core.piecewise import Curve
from maya_a2f.core.rig_map_model import Derived, Drive, RigMap, Rule
from maya_a2f.core.rig_map_writing import SCHEMA
from maya_a2f.errors import UserError

_FAMILY, _, _VERSION = SCHEMA.partition("/")
_OLDER = frozenset({"a2f.rig_map/1"})
_ATTRIBUTE_KEYS = {"from", "curve", "rest", "offset", "limits", "mute"}
_TOP_KEYS = {"schema", "name", "signature", "fit", "eyes", "derived", "attributes", "joints", "mirror"}
_EYE_KEYS = {"pitchSign", "yawSign"}
_RULES: tuple[Rule, ...] = get_args(Rule)
_FIT_NAME = re.compile(r"[^/\\:]+\.a2ffit\.npz")


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
        data = json.loads(text, object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError) as error:
        raise _Reader(path).bad(f"it is not valid JSON ({error})") from error
    return replace(rig_map_from_data(data, path), folder=path.absolute().parent)


def rig_map_from_data(data: Any, path: Path) -> RigMap:
    """Validate JSON data as a rig map; ``path`` is only for messages. Raises as :func:`read_rig_map`."""
    return _Reader(path).rig_map(data)


def drive_from_data(data: Any, path: Path, place: str) -> Drive:
    """Validate JSON data as one attribute's drive. Raises as :func:`read_rig_map`."""
    return _Reader(path).drive(data, place)


def derived_from_data(data: Any, path: Path) -> dict[str, Derived]:
    """Validate JSON data as derived channels. Raises as :func:`read_rig_map`."""
    reader = _Reader(path)
    return reader.derived(reader.object(data, '"derived"'))


class _Reader:
    """Reads one map; every error names its file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def rig_map(self, data: Any) -> RigMap:
        top = self.object(data, "the file")
        self._check_schema(top.get("schema"))
        self._only_keys(top, _TOP_KEYS, "the file")
        eyes = self.object(top.get("eyes", {}), '"eyes"')
        self._only_keys(eyes, _EYE_KEYS, '"eyes"')
        attributes = self.object(top.get("attributes"), '"attributes"')
        return RigMap(
            name=str(top.get("name", self._path.stem)),
            drives={name: self.drive(value, f'"attributes" / "{name}"') for name, value in attributes.items()},
            pitch_sign=self._sign(eyes.get("pitchSign", 1), '"eyes" / "pitchSign"'),
            yaw_sign=self._sign(eyes.get("yawSign", 1), '"eyes" / "yawSign"'),
            derived=self.derived(self.object(top.get("derived", {}), '"derived"')),
            mirror=self._mirror(top.get("mirror", [])),
            joints=joints_from_data(top.get("joints", {}), self.bad),
            fit=self._fit(top.get("fit")),
            signature=self._text(top.get("signature"), '"signature"'),
        )

    def bad(self, why: str) -> UserError:
        """The error that says ``why``: a place in the file, and what is wrong there."""
        return UserError(
            f"The rig map '{self._path}' cannot be used: {why}.",
            code="rig_map.bad",
            hint="Correct that place in the file, or make the map again.",
        )

    def _check_schema(self, schema: Any) -> None:
        if schema == SCHEMA or schema in _OLDER:
            return
        if isinstance(schema, str) and re.fullmatch(rf"{re.escape(_FAMILY)}/\d+", schema):
            raise UserError(
                f"The rig map '{self._path}' was written by a newer version ({schema}; this one reads {SCHEMA}).",
                code="rig_map.newer",
                hint="Update maya_a2f, or save the map again with this version.",
            )
        raise self.bad(f'"schema" is {schema!r}, expected "{SCHEMA}"')

    def drive(self, value: Any, place: str) -> Drive:
        data = self.object(value, place)
        self._only_keys(data, _ATTRIBUTE_KEYS, place)
        limits, rest = data.get("limits"), data.get("rest")
        return Drive(
            gains=self._gains(data.get("from"), f'{place} / "from"'),
            offset=self._number(data.get("offset", 0.0), f'{place} / "offset"'),
            limits=None if limits is None else self._limits(limits, f'{place} / "limits"'),
            muted=self._flag(data.get("mute", False), f'{place} / "mute"'),
            curve=self._curve(data.get("curve"), f'{place} / "curve"'),
            rest=None if rest is None else self._number(rest, f'{place} / "rest"'),
        )

    def _gains(self, value: Any, place: str) -> dict[str, float]:
        sources = self.object(value, place)
        if not sources:
            raise self.bad(f"{place} names no channel")
        return {name: self._number(gain, f'{place} / "{name}"') for name, gain in sources.items()}

    def derived(self, entries: Mapping[str, Any]) -> dict[str, Derived]:
        found: dict[str, Derived] = {}
        for name, value in entries.items():
            place = f'"derived" / "{name}"'
            item = self._definition(self.object(value, place), place)
            for channel in item.channels:
                if channel in entries and channel not in found and channel != name:
                    raise self.bad(f'{place} uses "{channel}", which stands below it; put "{channel}" first')
            found[name] = item
        return found

    def _definition(self, data: dict[str, Any], place: str) -> Derived:
        self._only_keys(data, {*_RULES, "curve"}, place)
        rules = [rule for rule in _RULES if rule in data]
        if len(rules) != 1:
            raise self.bad(f"{place} must have exactly one of {', '.join(_RULES)}")
        rule, inner = rules[0], f'{place} / "{rules[0]}"'
        operands: tuple[tuple[str | float, float], ...]
        if rule == "sum":
            operands = tuple(self._gains(data[rule], inner).items())
        else:
            operands = tuple((self._operand(entry, inner), 1.0) for entry in self._list(data[rule], inner))
        if len(operands) < (1 if rule == "sum" else 2):
            raise self.bad(f"{inner} must name two channels or more")
        item = Derived(rule, operands, self._curve(data.get("curve"), f'{place} / "curve"'))
        if not item.channels:
            raise self.bad(f"{inner} names no channel")
        return item

    def _operand(self, value: Any, place: str) -> str | float:
        return value if isinstance(value, str) else self._number(value, place)

    def _curve(self, value: Any, place: str) -> Curve | None:
        if value is None:
            return None
        points = []
        for entry in self._list(value, place):
            if not isinstance(entry, list) or len(entry) != 2:
                raise self.bad(f"{place} must be pairs of numbers, [in, out]")
            points.append((self._number(entry[0], place), self._number(entry[1], place)))
        if len(points) < 2:
            raise self.bad(f"{place} must have two points or more")
        for (left, _), (right, _) in pairwise(points):
            if not left < right:
                raise self.bad(f"{place} must ascend; {right:g} stands after {left:g}")
        return tuple(points)

    def _mirror(self, value: Any) -> tuple[tuple[str, str], ...]:
        pairs, seen = [], set[str]()
        for entry in self._list(value, '"mirror"'):
            if not isinstance(entry, list) or len(entry) != 2 or not all(isinstance(name, str) for name in entry):
                raise self.bad('"mirror" must be pairs of attributes, [left, right]')
            for name in entry:
                if name in seen:
                    raise self.bad(f'"mirror" names "{name}" twice')
                seen.add(name)
            pairs.append((entry[0], entry[1]))
        return tuple(pairs)

    def _fit(self, value: Any) -> str | None:
        name = self._text(value, '"fit"')
        if name is not None and not _FIT_NAME.fullmatch(name):
            raise self.bad(f'"fit" must be the name of a file beside the map, NAME.a2ffit.npz, not "{name}"')
        return name

    def _limits(self, value: Any, place: str) -> tuple[float, float]:
        if not isinstance(value, list) or len(value) != 2:
            raise self.bad(f"{place} must be two numbers, lowest and highest")
        lowest, highest = (
            without if entry is None else self._number(entry, place)
            for entry, without in zip(value, (-math.inf, math.inf), strict=True)
        )
        if lowest > highest:
            raise self.bad(f"{place} has its lowest value above its highest")
        return lowest, highest

    def _number(self, value: Any, place: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.bad(f"{place} must be a number, not {value!r}")
        return float(value)

    def _flag(self, value: Any, place: str) -> bool:
        if not isinstance(value, bool):
            raise self.bad(f"{place} must be true or false, not {value!r}")
        return value

    def _sign(self, value: Any, place: str) -> int:
        if value not in (1, -1) or isinstance(value, bool):
            raise self.bad(f"{place} must be 1 or -1, not {value!r}")
        return int(value)

    def _text(self, value: Any, place: str) -> str | None:
        if value is not None and (not isinstance(value, str) or not value):
            raise self.bad(f"{place} must be a text, not {value!r}")
        return value

    def object(self, value: Any, place: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.bad(f"{place} must be an object in braces")
        return value

    def _list(self, value: Any, place: str) -> list[Any]:
        if not isinstance(value, list):
            raise self.bad(f"{place} must be a list in brackets")
        return value

    def _only_keys(self, data: Mapping[str, Any], known: set[str], place: str) -> None:
        unknown = sorted(set(data) - known)
        if unknown:
            raise self.bad(f'{place} has "{unknown[0]}", which is not one of {", ".join(sorted(known))}')


def _without_doubles(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """An object's entries; a name that stands there twice is an error, where JSON would keep the last."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f'"{name}" stands there twice')
        found[name] = value
    return found
