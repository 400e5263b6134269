"""Tables of lines as people write them: CSV, JSON and YAML, every row with the line of the file that it starts on.

JSON and YAML hold a list of objects, or an object with the list under ``lines`` (or ``jobs``) and, beside it, what
holds for all lines under ``defaults``.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from maya_a2f.errors import EngineError, UserError, extra_hint

CODE = "batch.table"
_LISTS = ("lines", "jobs")
_SPACE = " \t\r\n"
_SEPARATOR = re.compile(r'"?sep=([,;\t|])"?[,;\t|]*(?:\n|$)', re.IGNORECASE)
"""A first line that tells Excel what stands between cells."""
_EXAMPLE = 'Write [{"clip": "a.wav", …}, …], or {"defaults": {…}, "lines": [{…}, …]}.'


@dataclass(frozen=True)
class Row:
    """One line of a table."""

    cells: Mapping[str, Any]
    """Those that are not empty, by the name of their column; text in a CSV, any JSON value elsewhere."""
    line: int
    """Of the file, from 1."""


@dataclass(frozen=True)
class Table:
    """What a file holds."""

    rows: tuple[Row, ...]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    """Of a CSV, in order."""


def read_rows(path: Path) -> Table:
    """The rows of a ``.csv`` (names in the first row), ``.json`` or ``.yaml`` file; anything else is read as CSV.

    Raises :class:`UserError` ``batch.table``, :class:`EngineError` ``yaml.missing``.
    """
    text = _text_of(path)
    readers = {".json": _json_table, ".yaml": _yaml_table, ".yml": _yaml_table}
    table = readers.get(path.suffix.lower(), _csv_table)(text, path)
    if not table.rows:
        raise UserError(f"The table '{path}' has no lines.", code=CODE, hint="Give at least one line.")
    return table


def _text_of(path: Path) -> str:
    """UTF-8, or the UTF-16 that Excel calls Unicode text."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"The table '{path}' cannot be read: {error.strerror or error}.", code=CODE) from error
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(
            f"The table '{path}' cannot be read: it is no text in UTF-8.",
            code=CODE,
            hint="Give a table as .csv, .json or .yaml; Excel saves one as 'CSV UTF-8'.",
        ) from error
    return io.StringIO(text, newline=None).read()


def _csv_table(text: str, path: Path) -> Table:
    told = _SEPARATOR.match(text)
    first = next((line for line in text[told.end() if told else 0 :].split("\n") if line.strip(" ,;\t")), "")
    delimiter = told[1] if told else max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    names: tuple[str, ...] | None = None
    rows: list[Row] = []
    before = 0
    try:
        for cells in reader:
            line, before = before + 1, reader.line_num
            if not any(cell.strip() for cell in cells) or (told and line == 1):
                continue
            if names is None:
                names = tuple(name.strip() for name in cells)
                _check_names(names, path)
                continue
            if any(cell.strip() for cell in cells[len(names) :]):
                raise UserError(
                    f"Line {line} of the table '{path}' has more cells than the first row.",
                    code=CODE,
                    hint="Put a cell that holds a comma into quotes.",
                )
            rows.append(Row(_filled(dict(zip(names, cells, strict=False))), line))
    except csv.Error as error:
        raise UserError(f"The table '{path}' is not valid CSV (line {reader.line_num}: {error}).", code=CODE) from error
    return Table(tuple(rows), columns=names or ())


def _check_names(names: Sequence[str], path: Path) -> None:
    twice = next((name for name in names if name and names.count(name) > 1), None)
    if twice is not None:
        raise UserError(f"The table '{path}' has two columns '{twice}'.", code=CODE, hint="Remove or rename one.")


def _json_table(text: str, path: Path) -> Table:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"The table '{path}' is not valid JSON ({error}).", code=CODE) from error
    rows, defaults = _parts(data, path)
    lines = _json_lines(text, isinstance(data, dict), len(rows))
    return Table(tuple(Row(_filled(row), line) for row, line in zip(rows, lines, strict=True)), defaults)


def _json_lines(text: str, is_object: bool, count: int) -> list[int]:
    """The line that each element of the list of rows starts on."""
    decoder = json.JSONDecoder()
    at = _after_space(text, 0)
    if is_object:
        at = _start_of_list(text, at + 1, decoder)
    lines, line, counted = [], 1, 0
    at += 1
    for _ in range(count):
        at = _after_space(text, at, ",")
        line, counted = line + text.count("\n", counted, at), at
        lines.append(line)
        _, at = decoder.raw_decode(text, at)
    return lines


def _start_of_list(text: str, at: int, decoder: json.JSONDecoder) -> int:
    """Where the list of rows begins; of members of one name the last counts."""
    found = 0
    while text[at := _after_space(text, at, ",")] != "}":
        name, at = decoder.raw_decode(text, at)
        value = _after_space(text, at, ":")
        if name in _LISTS:
            found = value
        _, at = decoder.raw_decode(text, value)
    return found


def _after_space(text: str, at: int, also: str = "") -> int:
    while text[at] in _SPACE + also:
        at += 1
    return at


def _yaml_table(text: str, path: Path) -> Table:
    try:
        import yaml
    except ImportError as error:
        raise EngineError(
            f"'{path}' is YAML, and the Python package that reads it is not installed.",
            code="yaml.missing",
            hint=f"{extra_hint('yaml')}, or write the table as JSON or CSV.",
        ) from error
    try:
        loader = yaml.SafeLoader(text)
        try:
            node: Any = loader.get_single_node()
            data = None if node is None else loader.construct_document(node)
        finally:
            loader.dispose()
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
        why = f"line {mark.line + 1}: {problem}" if mark is not None and problem else " ".join(str(error).split())[:200]
        raise UserError(f"The table '{path}' is not valid YAML ({why}).", code=CODE) from error
    if data is None:
        return Table(())
    rows, defaults = _parts(data, path)
    if isinstance(data, dict):
        node = next(value for name, value in reversed(node.value) if name.value in _LISTS)
    lines = [element.start_mark.line + 1 for element in node.value]
    return Table(tuple(Row(_filled(row), line) for row, line in zip(rows, lines, strict=True)), defaults)


def _parts(data: Any, path: Path) -> tuple[list[Mapping[str, Any]], Mapping[str, Any]]:
    """(rows, defaults)."""
    rows, defaults = data, {}
    if isinstance(data, dict):
        present = [name for name in _LISTS if name in data]
        rows, defaults = (data[present[0]] if present else None), data.get("defaults", {})
        if unknown := [*present[1:], *sorted(set(map(str, data)) - {*_LISTS, "defaults"})]:
            raise UserError(
                f"The table '{path}' has '{unknown[0]}' beside its lines.", code=CODE, hint=f"{_EXAMPLE[:-1]} only."
            )
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UserError(f"The table '{path}' is not a list of objects.", code=CODE, hint=_EXAMPLE)
    if not isinstance(defaults, dict):
        raise UserError(f"\"defaults\" of the table '{path}' is no object.", code=CODE, hint=_EXAMPLE)
    return rows, _filled(defaults)


def _filled(cells: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name).strip(): cell for name, cell in cells.items() if not is_empty(cell)}


def is_empty(cell: Any) -> bool:
    """Whether a cell says nothing."""
    return cell is None or (isinstance(cell, str) and not cell.strip())
