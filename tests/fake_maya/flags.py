"""Checks a call against the table of real flags."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

_MODES = {"q": "query", "e": "edit"}


@lru_cache(maxsize=1)
def table() -> dict[str, dict[str, dict[str, Any]]]:
    """Command -> long flag name -> facts; see ``generate_flags.py``."""
    path = Path(__file__).resolve().with_name("flags.json")
    loaded: dict[str, dict[str, dict[str, Any]]] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def checked(command: str, flags: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """(mode, flags by long name). Raises :class:`TypeError` as Maya does for what the command does not take."""
    facts = table()[command]
    shorts = {fact["s"]: name for name, fact in facts.items() if "s" in fact}
    mode = "c"
    rest = {}
    for flag, value in flags.items():
        if flag in ("q", "query", "e", "edit") and flag not in facts:
            if not any(flag[0] in fact["m"] for fact in facts.values()) and (command, flag[0]) not in _UNLISTED_MODES:
                raise TypeError(f"{command}: no {_MODES[flag[0]]} mode")
            if isinstance(value, str) and command in _QUERIES_BY_NAME:
                return "q", {"query": value}
            if not isinstance(value, bool):
                raise TypeError(f"{command}: flag '{flag}' must be passed a boolean argument")
            mode = flag[0] if value else mode
        else:
            rest[shorts.get(flag, flag)] = value
    for name, value in rest.items():
        fact = facts.get(name)
        if fact is None:
            raise TypeError(f"Invalid flag '{name}'")
        if mode not in fact["m"]:
            raise TypeError(f"{command}: flag '{name}' is not allowed in {_MODES.get(mode, 'create')} mode")
        _check_value(command, name, fact, value, mode)
    if mode == "q" and len(rest) > 1 and not _QUERIES_OF_SEVERAL & {command}:
        raise TypeError(f"{command}: one flag may be queried at a time, not {sorted(rest)}")
    return mode, rest


# Documented otherwise or not at all, but seen in use everywhere (specification, maya.md section 5).
_UNLISTED_MODES = {("aliasAttr", "q"), ("currentTime", "q"), ("fileInfo", "q")}
# optionVar(query="name").
_QUERIES_BY_NAME = {"optionVar"}
# Commands whose query mode is narrowed by other flags.
_QUERIES_OF_SEVERAL = {"keyframe", "keyTangent", "animLayer", "file", "referenceQuery", "optionVar", "moduleInfo",
                       "setKeyframe", "pluginInfo", "transformLimits"}  # fmt: skip


def _check_value(command: str, name: str, fact: dict[str, Any], value: Any, mode: str) -> None:
    kind = fact["t"]
    if mode == "q" and not fact.get("multi") and (value is True or value is False):
        return
    if mode == "q" and value is True:
        return
    if mode == "q" and not fact.get("asks") and fact["m"] == "q":
        raise TypeError(f"{command}: flag '{name}' must be True in query mode")
    if isinstance(value, list):
        if not fact.get("multi"):
            raise TypeError(f"{command}: flag '{name}' cannot be given a list")
        for item in value:
            _check_scalar(command, name, kind, item)
    elif not (mode == "q" and fact.get("asks")):
        _check_scalar(command, name, kind, value)


def _check_scalar(command: str, name: str, kind: str, value: Any) -> None:
    accepted: dict[str, tuple[type, ...]] = {
        "bool": (bool, int), "int": (int,), "float": (int, float), "str": (str,),
    }  # fmt: skip
    if kind.startswith("tuple"):
        good = isinstance(value, tuple)
    elif kind in accepted:
        good = isinstance(value, accepted[kind]) and not (kind in ("int", "float") and isinstance(value, bool))
    else:
        good = True
    if kind == "float" and isinstance(value, tuple):
        good = True  # ranges: time=(1, 10)
    if not good:
        raise TypeError(f"{command}: flag '{name}' takes {kind}, not {value!r}")
