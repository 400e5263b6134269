"""Reading markers from JSON, CSV, TextGrid and WAV; the content decides."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from maya_a2f.core.cue_points import cue_points
from maya_a2f.core.layer_words import parse_layer
from maya_a2f.core.layers import LayerSettings, layers_data, with_layer
from maya_a2f.core.markers import (
    LINE_FIELDS,
    SCHEMA,
    MarkedLine,
    bad_markers,
    check_clip,
    line_from_data,
    ordered_lines,
)
from maya_a2f.core.textgrid import Tier, parse_textgrid
from maya_a2f.errors import UserError

_LARGEST_BYTES = 16 * 2**20
_LINE_TIERS = ("lines", "line", "sentences", "utterances", "phrases", "segments")
_SETTING_TIERS = ("emotion", "parameters", "layers", "style", "transcript")


def read_markers(path: Path, clip: str) -> tuple[MarkedLine, ...]:
    """The lines of ``clip`` in the order of time.

    Raises :class:`UserError` ``markers.missing``, ``markers.bad``, ``markers.newer``, ``markers.other_clip``,
    ``textgrid.damaged``, ``layer.*``.
    """
    try:
        with path.open("rb") as stream:
            if stream.read(4) in (b"RIFF", b"RF64", b"RIFX"):
                return ordered_lines(cue_points(path))
        if path.stat().st_size > _LARGEST_BYTES:
            raise bad_markers(f"'{path}' is far too large")
        content = path.read_bytes()
    except OSError as error:
        raise UserError(
            f"The markers '{path}' cannot be read: {error.strerror or error}.",
            code="markers.missing",
            hint="Check the path; markers are JSON, CSV, a TextGrid, or a WAV with cue points.",
        ) from error
    text = _decoded(content, path)
    head = text.lstrip()[:200]
    if '"ooTextFile"' in head:
        return ordered_lines(_from_tiers(parse_textgrid(text, str(path))))
    if head.startswith("{") or head.startswith("["):
        return ordered_lines(_from_json(text, path, clip))
    return ordered_lines(_from_csv(text, path))


def _from_json(text: str, path: Path, clip: str) -> list[MarkedLine]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise bad_markers(f"'{path}' is not valid JSON ({error})") from error
    schema = data.get("schema") if isinstance(data, dict) else None
    if isinstance(schema, str) and schema.startswith("a2f.markers/") and schema != SCHEMA:
        raise UserError(
            f"The markers '{path}' were written by a newer version ({schema}).",
            code="markers.newer",
            hint="Update maya_a2f to read them.",
        )
    if schema != SCHEMA or not isinstance(data.get("lines"), list):
        raise bad_markers(f'\'{path}\' has no "schema": "{SCHEMA}" with "lines"')
    check_clip(data.get("clip"), clip, path)
    return [line_from_data(entry, f"line {number}") for number, entry in enumerate(data["lines"], 1)]


def _from_csv(text: str, path: Path) -> list[MarkedLine]:
    first = text.split("\n", 1)[0]
    comma = max(",;\t", key=first.count)
    rows = list(csv.DictReader(io.StringIO(text), delimiter=comma, skipinitialspace=True))
    names = [str(name).strip().lower() for name in rows[0]] if rows else []
    if "start" not in names:
        raise bad_markers(f"'{path}' has no column 'start'; its first row names the columns: {', '.join(LINE_FIELDS)}")
    lines = []
    for number, row in enumerate(rows, 2):
        cells = {str(name).strip().lower(): (cell or "").strip() for name, cell in row.items() if name is not None}
        if any(cells.values()):
            lines.append(line_from_data(_fields(cells, f"row {number}"), f"row {number}"))
    return lines


def _from_tiers(tiers: Sequence[Tier]) -> list[MarkedLine]:
    by_name = {tier.name.strip().lower(): tier for tier in tiers}
    found = next((by_name[name] for name in _LINE_TIERS if name in by_name), None)
    found = found or next((tier for tier in tiers if tier.name.strip().lower() not in _SETTING_TIERS), None)
    if found is None:
        raise bad_markers("the TextGrid has no tier with lines")
    lines = []
    for span in (span for span in found.spans if span.label):
        cells = {"name": span.label, "start": repr(span.start_seconds), "end": repr(span.end_seconds)}
        for name in _SETTING_TIERS:
            inside = [other.label for other in by_name[name].spans if _holds(span, other)] if name in by_name else []
            if any(inside):
                cells[name] = " ".join(filter(None, inside)) if name == "transcript" else ";".join(filter(None, inside))
        lines.append(line_from_data(_fields(cells, f"'{span.label}'"), f"the line '{span.label}'"))
    return lines


def _holds(span: Any, other: Any) -> bool:
    """Whether ``other`` belongs to ``span``: its middle lies in it, or the other way round."""
    return bool(
        span.start_seconds <= other.middle_seconds < span.end_seconds
        or other.start_seconds <= span.middle_seconds < other.end_seconds
    )


def _fields(cells: Mapping[str, str], place: str) -> dict[str, Any]:
    """Cells of text as the fields of a line; empty ones are left out."""
    fields: dict[str, Any] = {}
    for name, cell in cells.items():
        if not cell:
            continue
        if name in ("emotion", "parameters", "style"):
            fields[name] = dict(_assignment(part, place) for part in _parts(cell))
        elif name == "layers":
            layers = LayerSettings()
            for part in _parts(cell):
                layers = with_layer(layers, *parse_layer(part))
            fields[name] = layers_data(layers)
        else:
            fields[name] = cell
    return fields


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.replace(";", ",").split(",") if part.strip()]


def _assignment(text: str, place: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError as error:
        raise bad_markers(f"{place} says '{text}', which is not NAME=NUMBER") from error


def _decoded(content: bytes, path: Path) -> str:
    try:
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return content.decode("utf-16")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise bad_markers(f"'{path}' is no text in UTF-8") from error
