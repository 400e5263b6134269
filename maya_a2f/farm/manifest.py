"""Which recordings a batch is about: a table of lines (CSV, JSON, YAML), or a folder of recordings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maya_a2f.batch.rows import Row, Table, read_rows
from maya_a2f.errors import UserError
from maya_a2f.farm.columns import column_of
from maya_a2f.farm.faults import Fault, fault_of
from maya_a2f.farm.places import OwnSounds, plain_path

RECORDINGS = frozenset(
    (".wav", ".aif", ".aiff", ".aifc", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".aac", ".wma", ".caf")
)
"""Endings of what is taken from a folder."""
_TRANSCRIPTS = (".txt", ".lab")
_PHONES = (".TextGrid", ".textgrid")
_MANY = 5


@dataclass(frozen=True)
class DraftLine:
    """A line as it was written."""

    number: int
    place: str
    """Where, in words; the recording itself in a folder."""
    cells: Mapping[str, tuple[Any, Path]]
    """Column -> (what it says, the folder that relative files start at)."""
    name: str = ""
    """In a folder: the recording's place below it, without the ending."""
    found: tuple[str, ...] = ()
    """Columns that were not written but found beside the recording."""


@dataclass(frozen=True)
class Manifest:
    """All lines, and what was wrong already when they were read."""

    source: Path
    lines: tuple[DraftLine, ...]
    faults: tuple[Fault, ...] = ()


def read_manifest(source: Path, given: Mapping[str, Any], results: Path) -> Manifest:
    """The lines of the table ``source``, or of the recordings in and below the folder ``source``.

    ``given`` holds for every line that does not say otherwise; its files start at the current folder. What lies in
    ``results`` is no recording, and neither are sounds that batches wrote beside their scenes.

    Raises :class:`UserError` ``batch.table``, ``batch.missing``, ``batch.empty``; :class:`EngineError`
    ``yaml.missing``.
    """
    own = {column: (cell, Path.cwd()) for column, cell in given.items()}
    if source.is_dir():
        return _from_folder(plain_path(source), own, plain_path(results))
    if not source.exists():
        raise UserError(
            f"There is no manifest '{source}'.",
            code="batch.missing",
            hint="Give a table (.csv, .json, .yaml) or a folder of recordings.",
        )
    if source.suffix.lower() in RECORDINGS:
        raise UserError(
            f"'{source}' is a recording.",
            code="batch.table",
            hint="Give the folder that it lies in, or a table of recordings; 'a2f animate' does a single one.",
        )
    table = read_rows(source)
    faults: list[Fault] = []
    folder = plain_path(source).parent
    columns = _headings(table, faults)
    under = {**_cells(table.defaults, columns, folder), **own}
    places = _places(table.rows)
    lines = tuple(
        DraftLine(number, place, {**under, **_cells(row.cells, columns, folder)})
        for number, (row, place) in enumerate(zip(table.rows, places, strict=True), 1)
    )
    faults += [
        Fault(place, f"'{first}' and '{second}' are the same column.", "Leave one of them out.")
        for row, place in zip(table.rows, places, strict=True)
        for first, second in _same(row.cells, columns)
    ]
    return Manifest(source, lines, tuple(faults))


def _places(rows: Sequence[Row]) -> list[str]:
    """Where each row stands, in words: by its line, or by its number where several begin on one line."""
    if len({row.line for row in rows}) == len(rows):
        return [f"line {row.line}" for row in rows]
    return [f"entry {number}" for number in range(1, len(rows) + 1)]


def _headings(table: Table, faults: list[Fault]) -> dict[str, str]:
    """Heading -> column, for all headings of the table; a wrong one is a fault once, however often it is used."""
    columns: dict[str, str] = {}
    used = _uses(table)
    for heading, places in used.items():
        try:
            columns[heading] = column_of(heading)
        except UserError as error:
            faults.append(fault_of(places, error))
    return columns


def _uses(table: Table) -> dict[str, str]:
    """Heading -> where it stands, in words."""
    if table.columns:
        return {
            heading: f"line 1, column {count}"
            for count, heading in enumerate(table.columns, 1)
            if heading or any("" in row.cells for row in table.rows)
        }
    used: dict[str, list[Row]] = {}
    for row in table.rows:
        for heading in row.cells:
            used.setdefault(heading, []).append(row)
    places = dict.fromkeys(table.defaults, "defaults")
    for heading, rows in used.items():
        more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
        places.setdefault(heading, f"line {rows[0].line}{more}")
    return places


def _cells(cells: Mapping[str, Any], columns: Mapping[str, str], folder: Path) -> dict[str, tuple[Any, Path]]:
    return {columns[heading]: (cell, folder) for heading, cell in cells.items() if heading in columns}


def _same(cells: Mapping[str, Any], columns: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    seen: dict[str, str] = {}
    for heading in cells:
        column = columns.get(heading)
        if column is not None and column in seen:
            yield seen[column], heading
        elif column is not None:
            seen[column] = heading


def _from_folder(source: Path, own: Mapping[str, tuple[Any, Path]], results: Path) -> Manifest:
    made = OwnSounds()
    found = list(_below(source, results, made))
    recordings = [path for path in found if path.suffix.lower() in RECORDINGS and path not in made]
    if not recordings:
        raise UserError(
            f"There is no recording in '{source}'.",
            code="batch.empty",
            hint=f"Recordings end in {', '.join(sorted(RECORDINGS)[:_MANY])} …",
        )
    lines = []
    for number, path in enumerate(recordings, 1):
        place = path.relative_to(source).as_posix()
        beside = _beside(path, own)
        cells = {**own, **beside, "clip": (str(path), source)}
        name = path.relative_to(source).with_suffix("").as_posix()
        lines.append(DraftLine(number, place, cells, name, tuple(beside)))
    return Manifest(source, tuple(lines))


def _below(folder: Path, results: Path, made: OwnSounds) -> Iterator[Path]:
    """Files in and below a folder in the order of their names; nothing hidden, and nothing of the results. ``made``
    learns what batches have made there."""
    try:
        entries = sorted(folder.iterdir(), key=lambda path: (path.name.casefold(), path.name))
    except OSError as error:
        raise UserError(
            f"The folder '{folder}' cannot be read: {error.strerror or error}.", code="batch.missing"
        ) from error
    made.learn(folder)
    for entry in entries:
        if entry.name.startswith(".") or entry == results:
            continue
        if entry.is_dir():
            if not entry.is_symlink():
                yield from _below(entry, results, made)
        else:
            yield entry


def _beside(recording: Path, own: Mapping[str, Any]) -> dict[str, tuple[Any, Path]]:
    """A transcript and phones beside a recording, where they are not given for all."""
    found: dict[str, tuple[Any, Path]] = {}
    for column, endings in (("transcript", _TRANSCRIPTS), ("phones", _PHONES)):
        path = next((path for path in map(recording.with_suffix, endings) if path.is_file()), None)
        if column not in own and path is not None:
            found[column] = (str(path), Path.cwd())
    return found


def listed(names: Sequence[str]) -> str:
    """Some of the names, and how many more there are."""
    shown = ", ".join(f"'{name}'" for name in names[:_MANY])
    return shown if len(names) <= _MANY else f"{shown} and {len(names) - _MANY} more"
