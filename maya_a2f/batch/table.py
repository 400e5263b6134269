"""Which lines to do: one from the command line, or a table of them (CSV, JSON or YAML)."""

from __future__ import annotations

import argparse
import difflib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maya_a2f.batch.rows import is_empty, read_rows
from maya_a2f.cli.layer_options import layers_of
from maya_a2f.cli.options import parse_assignments, parse_keys
from maya_a2f.core.emotion_sidecar import NO_FILE
from maya_a2f.core.layers import SACCADE_KINDS, layers_data
from maya_a2f.core.path_mapping import PathRule, mapped_paths
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
_LAYER_WORDS = ("gaze", "seed", "saccades")
"""As on the command line of ``a2f animate``; with ``layers`` they make the layers."""
COLUMNS = (*_OWN, *_LAYER_WORDS, *(name for name in OPTION_NAMES if name not in ("save_as", "rate")))
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
        options = {name: _value(name, cell) for name, cell in cells.items() if not is_empty(cell)}
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
        _fold_layers(options)
        job_from(options)
    except UserError as error:
        raise UserError(f"Line {number}: {error.message}", code="batch.table", hint=error.hint) from error
    return Line(number, scene, save_as, options)


def read_table(path: Path, defaults: Mapping[str, Any], rules: Sequence[PathRule] = ()) -> list[Line]:
    """Lines of a table (:mod:`maya_a2f.batch.rows`); ``defaults`` hold for all that do not say otherwise.

    Relative paths start at the table's folder; absolute ones in the table go through ``rules``, where another machine
    wrote it. Raises :class:`UserError` ``batch.table``.
    """
    table = read_rows(path)
    given = {**mapped_paths(table.defaults, rules), **defaults}
    folder = path.absolute().parent
    rows = [mapped_paths(row.cells, rules) for row in table.rows]
    return [line_from(number, {**given, **row}, folder) for number, row in enumerate(rows, 1)]


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


def _fold_layers(options: dict[str, Any]) -> None:
    """Turn the words of the layers into what they mean. Raises :class:`UserError` ``layer.*`` or ``gaze.bad``."""
    words = {name: options.pop(name) for name in _LAYER_WORDS if name in options}
    if isinstance(options.get("layers"), str):
        words["layers"] = options.pop("layers")
    if not words:
        return
    if "layers" in options:
        raise _bad(f"'layers' is an object and '{next(iter(words))}' a word", "Put all of it into one of them.")
    try:
        seed = int(words["seed"]) if "seed" in words else None
    except (TypeError, ValueError):
        raise _bad(f"'seed' is '{words['seed']}', which is no whole number") from None
    saccades = words.get("saccades")
    if saccades not in (None, *SACCADE_KINDS):
        raise _bad(f"'saccades' is '{saccades}'", f"Write {' or '.join(SACCADE_KINDS)}.")
    gaze = words.get("gaze", ())
    told = argparse.Namespace(
        seed=seed,
        saccades=saccades,
        layer=[part.strip() for part in str(words.get("layers", "")).split(",") if part.strip()],
        gaze=[part.strip() for part in gaze.split(";") if part.strip()] if isinstance(gaze, str) else list(gaze),
    )
    options["layers"] = layers_data(layers_of(told))


def keys_options(text: str) -> dict[str, Any]:
    """``every``, ``reduced`` or ``reduced=0.01`` as options. Raises :class:`UserError` ``option.bad``."""
    settings = parse_keys(text)
    return {"keys": "reduced", "tolerance": settings.tolerance} if settings.reduced else {"keys": "every"}


def _bad(what: str, hint: str = "") -> UserError:
    return UserError(
        f"{what}.", code="batch.table", hint=hint or f"Columns: {', '.join(COLUMNS)}; scene, clip, save_as are needed."
    )
