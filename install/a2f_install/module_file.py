"""Maya's module files: reading them by Maya's rules, checking them, writing them.

The rules (specification, maya.md section 2): a block is a line ``+ [MAYAVERSION:v] [PLATFORM:p] [LOCALE:l] name version
path`` and the entry lines below it; **an empty or a comment line ends the block**, what follows is ignored until the
next ``+``. Entries: ``NAME=value``, ``NAME:=value`` (made absolute), ``NAME+=value`` (appended), ``NAME+:=value``
(both), and ``folder: path`` with the kinds of folder in :data:`FOLDER_VARIABLES`, recursive after ``[r]``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

FOLDER_VARIABLES: Mapping[str, tuple[str, ...]] = {
    "plug-ins": ("MAYA_PLUG_IN_PATH",),
    "scripts": ("MAYA_SCRIPT_PATH", "PYTHONPATH"),
    "icons": ("XBMLANGPATH",),
    "presets": ("MAYA_PRESET_PATH",),
}
"""Kind of folder -> the variables it is added to."""
ALWAYS_ADDED = "scripts"
"""Added even where the folder is missing; the others only where they are there."""

_CONDITIONS = {"MAYAVERSION": "maya", "PLATFORM": "platform", "LOCALE": "locale"}
_VARIABLE = re.compile(r"^(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<operator>\+:=|\+=|:=|=)(?P<value>.*)$")
_FOLDER = re.compile(r"^(?P<recursive>\[r\] )?(?P<kind>[a-z-]+): (?P<path>.+)$")


@dataclass(frozen=True)
class Block:
    """One module for the Mayas that fulfil its conditions; an empty condition is fulfilled by all."""

    name: str
    version: str
    path: str
    """Absolute, or relative to the folder of the module file."""
    entries: tuple[str, ...] = ()
    maya: str = ""
    platform: str = ""
    """``win64``, ``linux`` or ``mac``."""
    locale: str = ""

    def root(self, folder: Path) -> Path:
        """The module's folder, for a module file that lies in ``folder``."""
        return Path(os.path.normpath(folder / self.path))

    def fits(self, maya: str, platform: str, locale: str = "") -> bool:
        """Whether this Maya uses the block."""
        return (
            self.maya in ("", maya)
            and self.platform in ("", platform)
            and (self.locale == "" or locale == "" or self.locale == locale)
        )


@dataclass(frozen=True)
class Effect:
    """What one entry does to an environment variable."""

    variable: str
    value: str
    appends: bool


class ModuleTextError(ValueError):
    """A module file that cannot be written by the rules."""


def parse(text: str) -> list[Block]:
    """The blocks as Maya sees them: what it would ignore is left out."""
    blocks: list[Block] = []
    entries: list[str] = []
    is_open = False
    for line in text.lstrip("\ufeff").splitlines():
        if line.startswith("+"):
            block = _specified(line)
            entries = []
            is_open = block is not None
            if block is not None:
                blocks.append(block)
        elif not _is_entry(line):
            is_open = False
        elif is_open:
            entries.append(line.strip())
            blocks[-1] = _with_entries(blocks[-1], entries)
    return blocks


def faults(text: str) -> list[str]:
    """What Maya would ignore or misread in ``text``, a sentence each with its line."""
    found: list[str] = []
    is_open = False
    lines = text.lstrip("\ufeff").splitlines()
    for number, line in enumerate(lines, 1):
        if line.startswith("+"):
            is_open = _specified(line) is not None
            if not is_open:
                found.append(f"Line {number} is no module line: '{line}'.")
        elif _is_entry(line):
            if not is_open:
                found.append(f"Line {number} is ignored, because no block is open there: '{line}'.")
            elif not (_VARIABLE.match(line) or _FOLDER.match(line)):
                found.append(f"Line {number} is no entry: '{line}'.")
        elif is_open:
            is_open = False
            if any(
                not following.startswith("+") and _is_entry(following) for following in _until_block(lines[number:])
            ):
                found.append(f"Line {number} is empty or a comment and ends the block.")
    return found


def write(blocks: Iterable[Block]) -> str:
    """The text of a module file. Raises :class:`ModuleTextError` for what Maya would read differently."""
    blocks = list(blocks)
    lines: list[str] = []
    for block in blocks:
        conditions = [f"{word}:{value}" for word, value in _conditions_of(block) if value]
        lines.append(" ".join(["+", *conditions, block.name, block.version, block.path]))
        lines.extend(block.entries)
    text = "\n".join(lines) + "\n" if lines else ""
    if faults(text) or parse(text) != blocks:
        what = " ".join(faults(text)) or "it would be read differently"
        raise ModuleTextError(f"The module file cannot be written: {what}")
    return text


def effects(block: Block, root: Path) -> list[Effect]:
    """What the block does to the environment of a Maya, in order; ``root`` is the module's folder."""
    found: list[Effect] = []
    folders: dict[str, list[Path]] = {kind: [root / kind] for kind in FOLDER_VARIABLES}
    for entry in block.entries:
        variable, folder = _VARIABLE.match(entry), _FOLDER.match(entry)
        if variable:
            value, operator = variable["value"], variable["operator"]
            found.append(
                Effect(
                    variable["name"],
                    _joined(root, value) if ":" in operator else value,
                    appends=operator.startswith("+"),
                )
            )
        elif folder and folder["kind"] in folders:
            path = Path(_joined(root, folder["path"]))
            folders[folder["kind"]] = _with_subfolders(path) if folder["recursive"] else [path]
    for kind, paths in folders.items():
        for path in paths:
            if kind == ALWAYS_ADDED or path.is_dir():
                found.extend(Effect(name, path.as_posix(), appends=True) for name in FOLDER_VARIABLES[kind])
    return found


def _specified(line: str) -> Block | None:
    """The block that a ``+`` line opens; None where it is none."""
    if not line.startswith("+ "):
        return None
    found: dict[str, str] = {}
    rest = line[2:].strip()
    while True:
        word, _, after = rest.partition(" ")
        key, colon, value = word.partition(":")
        if not colon or key not in _CONDITIONS:
            break
        found[_CONDITIONS[key]] = value
        rest = after.strip()
    words = rest.split(None, 2)
    if len(words) < 3:
        return None
    return Block(
        words[0],
        words[1],
        words[2],
        maya=found.get("maya", ""),
        platform=found.get("platform", ""),
        locale=found.get("locale", ""),
    )


def _is_entry(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith(("#", "//"))


def _until_block(lines: Iterable[str]) -> Iterable[str]:
    for line in lines:
        if line.startswith("+"):
            return
        yield line


def _with_entries(block: Block, entries: Iterable[str]) -> Block:
    return replace(block, entries=tuple(entries))


def _conditions_of(block: Block) -> list[tuple[str, str]]:
    return [("MAYAVERSION", block.maya), ("PLATFORM", block.platform), ("LOCALE", block.locale)]


def _joined(root: Path, value: str) -> str:
    return Path(os.path.normpath(root / value)).as_posix()


def _with_subfolders(folder: Path) -> list[Path]:
    below = [path for path in sorted(folder.rglob("*")) if path.is_dir()]
    return [folder, *(p for p in below if not any(part.startswith(".") for part in p.relative_to(folder).parts))]
