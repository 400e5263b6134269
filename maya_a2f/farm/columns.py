"""The columns of a manifest: what ``a2f animate`` can be told, under the same names, and a line's own.

A cell becomes what would stand behind its option on the command line, so that a line of a batch and a run of its own
are the same job.
"""

from __future__ import annotations

import argparse
import copy
import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from maya_a2f.cli.animate import add_options, job_of
from maya_a2f.core.emotion_sidecar import NO_FILE
from maya_a2f.core.look import Look
from maya_a2f.errors import UserError
from maya_a2f.farm.places import plain_path
from maya_a2f.looks import found_look
from maya_a2f.run import AnimateJob

Options = Mapping[str, str | tuple[str, ...]]
"""What a line says, by column: the option's value, or its values where it may be given several times."""

OWN = ("clip", "name", "formats", "phones")
"""Columns that are no options."""
OTHER_NAMES: Mapping[str, str] = {
    "character": "rig",
    "in_seconds": "in",
    "out_seconds": "out",
    "tail_seconds": "tail",
    "rate": "fps",
    "parameters": "param",
    "layers": "layer",
    "emotion_settings": "emotion_setting",
}
"""As ``mayapy -m maya_a2f.batch`` calls them -> as ``a2f animate`` does."""
_LEFT_OUT = ("help", "rerun", "range", "region", "take_over", "fade", "split")
"""Options for a single run: they renew a scene, or make files that cannot be told beforehand."""
FILES = ("rig", "rig_map", "emotion_keys", "emotion_baseline", "emotion_file", "markers")
TEXT_FILES = (".txt", ".lab", ".text", ".md")
"""Endings by which a transcript is a file."""
_SEPARATED = ("gaze",)
"""Columns whose values hold commas themselves: several are separated by semicolons."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message[:1].upper()}{message[1:]}.", code="batch.value")


@lru_cache(maxsize=1)
def _parser() -> argparse.ArgumentParser:
    parser = _Parser(add_help=False, prog="a2f animate")
    parser.add_argument("clip")
    parser.add_argument("-o", dest="output", action="append", type=Path, default=[])
    add_options(parser)
    parser.set_defaults(overwrite=True)
    return parser


@lru_cache(maxsize=1)
def _actions() -> dict[str, argparse.Action]:
    """The options that are columns, by column."""
    found = {}
    for action in _parser()._actions:
        name = next((word[2:].replace("-", "_") for word in action.option_strings if word.startswith("--")), "")
        if name and name not in _LEFT_OUT:
            found[name] = action
    return found


def add_columns(parser: argparse.ArgumentParser) -> None:
    """Add every column that is an option to a command line, where it holds for all lines that do not say otherwise."""
    columns = {id(action): column for column, action in _actions().items()}
    for group in _parser()._action_groups:
        found = [action for action in group._group_actions if id(action) in columns]
        if not found:
            continue
        target = parser.add_argument_group(f"{group.title}, for all lines that do not say otherwise")
        for action in found:
            told: dict[str, Any] = {"dest": columns[id(action)], "default": argparse.SUPPRESS, "help": _help(action)}
            if action.nargs == 0:
                told["action"] = "store_true"
            else:
                told |= {"metavar": action.metavar, "choices": action.choices}
                told["action"] = "append" if isinstance(action, argparse._AppendAction) else "store"
            target.add_argument(*action.option_strings, **told)


def _help(action: argparse.Action) -> str | None:
    """Its own, with the default written out: here it has none."""
    return action.help and action.help.replace("%(default)s", str(action.default))


def given_columns(options: argparse.Namespace) -> dict[str, Any]:
    """The columns that were given on a command line made by :func:`add_columns`."""
    return {column: getattr(options, column) for column in _actions() if hasattr(options, column)}


def column_names() -> tuple[str, ...]:
    """Every column there is, a line's own first."""
    return (*OWN, *_actions())


def column_of(name: str) -> str:
    """The column that a heading means. Raises :class:`UserError` ``batch.column``."""
    plain = name.strip().lower().lstrip("-").replace("-", "_").replace(" ", "_")
    plain = OTHER_NAMES.get(plain, plain)
    known = column_names()
    if plain in known:
        return plain
    if plain in _LEFT_OUT:
        raise UserError(
            f"'{name}' is for a single run.", code="batch.column", hint="Use 'a2f animate' for that recording."
        )
    near = difflib.get_close_matches(plain, (*known, *OTHER_NAMES), 1)
    raise UserError(
        f"There is no column '{name}'.",
        code="batch.column",
        hint=f"Did you mean '{near[0]}'?" if near else f"Columns: {', '.join(known)}.",
    )


def option_value(column: str, cell: Any, folder: Path) -> str | tuple[str, ...] | None:
    """What stands behind the option on the command line; None where the cell switches a flag off.

    Files that are relative start at ``folder``. Raises :class:`UserError` ``batch.value``.
    """
    action = _actions()[column]
    if action.nargs == 0:
        return _flag(column, cell)
    if isinstance(action, argparse._AppendAction):
        return _texts(column, cell)
    text = _text(column, cell)
    return _as_file(column, text, folder)


def _flag(column: str, cell: Any) -> str | None:
    words = {"yes": True, "true": True, "1": True, "on": True, "no": False, "false": False, "0": False, "off": False}
    value = words.get(str(cell).strip().lower())
    if value is None:
        raise UserError(f"'{cell}' is not understood.", code="batch.value", hint="Write yes or no.")
    return "" if value else None


def _text(column: str, cell: Any) -> str:
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        if column == "keep_existing" and isinstance(cell, list) and all(isinstance(part, str) for part in cell):
            return ",".join(cell) or "none"
        raise UserError(f"{_shown(cell)} is no text or number.", code="batch.value")
    return cell.strip() if isinstance(cell, str) else repr(cell)


def _texts(column: str, cell: Any) -> tuple[str, ...]:
    """Values of an option that may be given several times: an object, a list, or text."""
    if isinstance(cell, Mapping):
        bad = next((value for value in cell.values() if isinstance(value, Mapping | list) or value is None), None)
        if bad is not None:
            raise UserError(f"{_shown(bad)} is no number.", code="batch.value", hint='Write {"joy": 0.6}.')
        return (",".join(f"{name}={_word(value)}" for name, value in cell.items()),) if cell else ()
    if isinstance(cell, list):
        return tuple(text for part in cell for text in _texts(column, part))
    text = _text(column, cell)
    pieces = text.split(";") if column in _SEPARATED else text.replace(";", ",").split(",")
    return tuple(piece.strip() for piece in pieces if piece.strip())


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return value if isinstance(value, str) else repr(value)


def _shown(cell: Any) -> str:
    text = repr(cell)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _as_file(column: str, text: str, folder: Path) -> str:
    is_file = column in FILES and text != NO_FILE
    is_file |= column == "transcript" and text.lower().endswith(TEXT_FILES)
    is_file |= column == "look" and text.lower().endswith(".json")
    is_file |= column in ("model", "emotion_model") and any(letter in text for letter in "/\\")
    return str(plain_path(folder / text)) if is_file else text


def words_of(options: Options) -> list[str]:
    """The options as words of a command line."""
    words: list[str] = []
    for column, value in options.items():
        name = f"--{column.replace('_', '-')}"
        if isinstance(value, tuple):
            words += [f"{name}={one}" for one in value]
        else:
            words.append(f"{name}={value}" if _actions()[column].nargs != 0 else name)
    return words


def line_job(clip: Path, options: Options, outputs: Sequence[Path]) -> tuple[AnimateJob, tuple[str, ...]]:
    """The job of a line, and remarks on where it has its settings from.

    Files that are there are replaced: what may be was settled when the batch was planned. Raises :class:`UserError`.
    """
    parsed = copy.copy(_parsed(tuple(words_of(options))))
    parsed.clip, parsed.output = str(clip), list(outputs)
    look, parsed.look = parsed.look, None
    job, remarks = job_of(parsed)
    if look:
        job = replace(job, settings=replace(job.settings, look=_look(look)))
    return job, remarks


@lru_cache(maxsize=64)
def _parsed(words: tuple[str, ...]) -> argparse.Namespace:
    """Options that many lines share, read once for all of them; to be copied, not changed."""
    return _parser().parse_args([*words, "--", "clip.wav"])


@lru_cache(maxsize=64)
def _look(given: str) -> Look:
    """The look of many lines, read once for all of them."""
    return found_look(given)


@lru_cache(maxsize=4096)
def checked_value(column: str, value: str | tuple[str, ...]) -> None:
    """Raises :class:`UserError` where the option by itself does not take the value."""
    parsed = _parser().parse_args([*words_of({column: value}), "--", "clip.wav"])
    check = _CHECKS.get(column)
    if check is not None:
        check(parsed)


def _checks() -> dict[str, Callable[[argparse.Namespace], object]]:
    from maya_a2f.cli.layer_options import kept_of, layers_of
    from maya_a2f.cli.options import parse_assignments, parse_keys
    from maya_a2f.core.frame_rate import parse_frame_rate
    from maya_a2f.core.style_settings import checked_style

    return {
        "fps": lambda given: parse_frame_rate(given.fps),
        "emotion": lambda given: parse_assignments(given.emotion, "emotion"),
        "emotion_setting": lambda given: parse_assignments(given.emotion_setting, "emotion setting"),
        "param": lambda given: parse_assignments(given.param, "parameter"),
        "style": lambda given: checked_style(parse_assignments(given.style, "style")),
        "look": lambda given: _look(given.look),
        "layer": layers_of,
        "seed": layers_of,
        "gaze": layers_of,
        "keep_existing": kept_of,
        "keys": lambda given: parse_keys(given.keys),
    }


_CHECKS = _checks()
