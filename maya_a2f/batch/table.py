"""Which lines to do: one from the command line, or a table of them (CSV or JSON)."""

from __future__ import annotations

import csv
import difflib
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maya_a2f.cli.options import parse_assignments, parse_keys
from maya_a2f.core.emotion_sidecar import NO_FILE
from maya_a2f.errors import UserError
from maya_a2f.scripting.job import OPTION_NAMES, job_from

_NUMBERS = frozenset(
    {"emotion_auto", "start_frame", "in_seconds", "out_seconds", "tail_seconds", "tolerance", "fade_frames"}
)
_FLAGS = frozenset({"new_layer", "override_layer", "weighted", "force", "sound", "fit_range", "rerun", "overwrite"})
_FILES = ("clip", "rig_map", "markers", "emotion_keys", "emotion_file", "emotion_baseline", "take_path", "report_path")
_FILE_LIKE = (".txt", ".lab", ".text", ".md")
"""Endings by which a transcript is a file."""
_OWN = ("scene", "save_as")
COLUMNS = (*_OWN, *(name for name in OPTION_NAMES if name not in ("save_as", "rate")))
_WORDS = {"yes": True, "true": True, "1": True, "on": True, "no": False, "false": False, "0": False, "off": False}


@dataclass(frozen=True)
class Line:
    """One recording onto one character."""

    number: int
    """From 1, in the order of the table."""
    scene: Path
    save_as: Path
    options: Mapping[str, Any]
    """Options of :class:`~maya_a2f.scripting.job.AnimationJob`, JSON-ready; files are absolute."""


def line_from(number: int, cells: Mapping[str, Any], folder: Path) -> Line:
    """A line from its columns; relative paths start at ``folder``.

    Raises :class:`UserError` ``batch.table`` naming the line and the column.
    """
    try:
        options = {name: _value(name, cell) for name, cell in cells.items() if not _is_empty(cell)}
        for name in _OWN:
            if name not in options:
                raise _bad(f"'{name}' is missing")
        for name in _FILES:
            if isinstance(options.get(name), str) and options[name] != NO_FILE:
                options[name] = str(folder / options[name])
        words = options.get("transcript")
        if isinstance(words, str) and words.lower().endswith(_FILE_LIKE):
            options["transcript"] = str(folder / words)
        look = options.get("look")
        if isinstance(look, str) and look.lower().endswith(".json"):
            options["look"] = str(folder / look)
        scene, save_as = (folder / str(options.pop(name)) for name in _OWN)
        if "clip" not in options:
            raise _bad("'clip' is missing")
        job_from(options)
    except UserError as error:
        raise UserError(f"Line {number}: {error.message}", code="batch.table", hint=error.hint) from error
    return Line(number, scene, save_as, options)


def read_table(path: Path, defaults: Mapping[str, Any]) -> list[Line]:
    """Lines of a ``.csv`` (names in the first row) or ``.json`` (a list of objects); ``defaults`` hold for all.

    Relative paths start at the table's folder. Raises :class:`UserError` ``batch.table``.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise UserError(f"The table '{path}' cannot be read: {why}.", code="batch.table") from error
    rows = _json_rows(text, path) if path.suffix.lower() == ".json" else list(csv.DictReader(text.splitlines()))
    if not rows:
        raise UserError(f"The table '{path}' has no lines.", code="batch.table", hint="Give at least one line.")
    folder = path.absolute().parent
    return [line_from(number, {**defaults, **_named(row)}, folder) for number, row in enumerate(rows, 1)]


def shots_of(lines: Sequence[Line]) -> list[tuple[Line, ...]]:
    """Lines that share a scene and a target, in the order of the table.

    Raises :class:`UserError` ``batch.table`` for one target of several scenes: the last would win.
    """
    shots: dict[tuple[Path, Path], list[Line]] = {}
    for line in lines:
        shots.setdefault((line.scene, line.save_as), []).append(line)
    for one, other in itertools.combinations(shots, 2):
        if one[1] == other[1]:
            raise UserError(
                f"'{one[1]}' is to be saved from two scenes, '{one[0]}' and '{other[0]}'.",
                code="batch.table",
                hint="Give each scene a target of its own.",
            )
    return [tuple(shot) for shot in shots.values()]


def _json_rows(text: str, path: Path) -> list[Mapping[str, Any]]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"The table '{path}' is not valid JSON ({error}).", code="batch.table") from error
    rows = data.get("jobs") if isinstance(data, dict) else data
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UserError(
            f"The table '{path}' is not a list of objects.",
            code="batch.table",
            hint='Write [{"scene": "a.ma", "clip": "a.wav", "save_as": "b.ma"}, …].',
        )
    return rows


def _named(row: Mapping[str | None, Any]) -> dict[str, Any]:
    if None in row:
        raise UserError("A line of the table has more cells than the first row.", code="batch.table")
    return {str(name).strip(): cell for name, cell in row.items() if not _is_empty(cell)}


def _is_empty(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _value(name: str, cell: Any) -> Any:
    """A cell as the option's own type; text of a CSV is understood as on the command line."""
    if name not in COLUMNS:
        near = difflib.get_close_matches(name, COLUMNS, 1)
        raise _bad(f"there is no column '{name}'", f"Did you mean '{near[0]}'?" if near else "")
    if not isinstance(cell, str):
        return cell
    cell = cell.strip()
    if name in _NUMBERS:
        try:
            return float(cell)
        except ValueError:
            raise _bad(f"'{name}' is '{cell}', which is no number") from None
    if name in _FLAGS:
        if cell.lower() not in _WORDS:
            raise _bad(f"'{name}' is '{cell}'", "Write yes or no.")
        return _WORDS[cell.lower()]
    if name == "emotion_settings":
        return parse_assignments([cell], "emotion setting")
    if name in ("emotion", "parameters"):
        return parse_assignments([cell], "emotion" if name == "emotion" else "parameter")
    if name == "style":
        return parse_assignments([cell], "style")
    return cell


def keys_options(text: str) -> dict[str, Any]:
    """``every``, ``reduced`` or ``reduced=0.01`` as options. Raises :class:`UserError` ``option.bad``."""
    settings = parse_keys(text)
    return {"keys": "reduced", "tolerance": settings.tolerance} if settings.reduced else {"keys": "every"}


def _bad(what: str, hint: str = "") -> UserError:
    return UserError(
        f"{what}.", code="batch.table", hint=hint or f"Columns: {', '.join(COLUMNS)}; scene, clip, save_as are needed."
    )
