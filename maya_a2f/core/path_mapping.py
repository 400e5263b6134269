"""Where files of another machine lie on this one: path mapping rules as render farms give them.

The file is Open Job Description's (``pathmapping-1.0``)::

    {"version": "pathmapping-1.0", "path_mapping_rules": [
        {"source_path_format": "POSIX", "source_path": "/shows/b", "destination_path": "Z:\\\\b"}]}

An empty object is a file without rules. Of several rules that fit, the one with the longest source wins; a path that
none fits stays as it is. (Open Job Description, How Jobs Are Run, Path Mapping.)
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from types import MappingProxyType
from typing import Any, Final

from maya_a2f.errors import UserError

_FORMATS: Final[Mapping[str, type[PurePath]]] = MappingProxyType({"POSIX": PurePosixPath, "WINDOWS": PureWindowsPath})


@dataclass(frozen=True)
class PathRule:
    """What lies below ``source`` on the machine that made the job lies below ``destination`` here."""

    source: PurePath
    """A PurePosixPath or a PureWindowsPath, which compares without regard to case."""
    destination: str

    def moved(self, path: str) -> str | None:
        """``path`` here, or None when it does not lie below the source."""
        whole = type(self.source)(path)
        if not whole.is_relative_to(self.source):
            return None
        return os.path.join(self.destination, *whole.relative_to(self.source).parts)  # noqa: PTH118 - stays text


def mapped_path(path: str, rules: Sequence[PathRule]) -> str:
    """``path`` as it is called here; :func:`read_path_rules` gives the rules in the right order."""
    for rule in rules:
        found = rule.moved(path)
        if found is not None:
            return found
    return path


def mapped_paths(value: Any, rules: Sequence[PathRule]) -> Any:
    """JSON-ready ``value`` with every text in it, names included, that is a path below a rule's source renamed."""
    if not rules:
        return value
    if isinstance(value, str):
        return mapped_path(value, rules)
    if isinstance(value, Mapping):
        return {mapped_paths(name, rules): mapped_paths(part, rules) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [mapped_paths(part, rules) for part in value]
    return value


def read_path_rules(path: Path) -> tuple[PathRule, ...]:
    """The rules of a file, longest source first. Raises :class:`UserError` ``paths.unreadable``."""
    try:
        data = json.loads(path.read_text("utf-8-sig"))
        found = data.get("path_mapping_rules", []) if isinstance(data, dict) else None
        if not isinstance(found, list):
            raise ValueError("it holds no list of rules")
        rules = [_rule(item) for item in found]
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(
            f"The path mapping rules '{path}' cannot be used: {getattr(error, 'strerror', None) or error}.",
            code="paths.unreadable",
            hint="The farm writes this file; its form is Open Job Description's pathmapping-1.0.",
        ) from error
    return tuple(sorted(rules, key=lambda rule: -len(rule.source.parts)))


def _rule(item: Any) -> PathRule:
    words = [item.get(name) if isinstance(item, dict) else None for name in
             ("source_path_format", "source_path", "destination_path")]  # fmt: skip
    kind, source, destination = words
    if not isinstance(source, str) or not isinstance(destination, str) or not source or not destination:
        raise ValueError("a rule has no source_path or destination_path")
    made = _FORMATS.get(kind.upper()) if isinstance(kind, str) else None
    if made is None:
        raise ValueError(f"source_path_format {kind!r} is neither POSIX nor WINDOWS")
    return PathRule(made(source), destination)
