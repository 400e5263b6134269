"""One result file from those of many tasks: the last step of a job on a farm."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from maya_a2f.batch.record import SCHEMA
from maya_a2f.core.atomic_file import write_atomically
from maya_a2f.errors import UserError

_DONE = ("done", "unchanged")


def collected(folder: Path) -> dict[str, Any]:
    """The lines of all ``shot_N.json`` in ``folder``, in the order of the shots and numbered through.

    ``state`` is ``done`` when every line is; a shot whose process died keeps the state it had. Raises
    :class:`UserError` ``batch.result`` for a folder without results or with one that cannot be read.
    """
    records = [_record(path) for path in sorted(folder.glob("shot_*.json"), key=_number)]
    if not records:
        raise UserError(
            f"'{folder}' holds no results of shots.", code="batch.result", hint="Run the step that bakes first."
        )
    lines = [line for record in records for line in record["lines"]]
    for number, line in enumerate(lines, 1):
        line["line"] = number
    ended = [record.get("ended") for record in records]
    return {
        "schema": SCHEMA,
        "state": "done" if all(line.get("state") in _DONE for line in lines) else "failed",
        "started": min(str(record.get("started")) for record in records),
        "ended": None if None in ended else max(map(str, ended)),
        "host": records[0].get("host", {}),
        "lines": lines,
    }


def write_collected(path: Path, record: Mapping[str, Any]) -> None:
    """Save it. Raises :class:`HostError` ``file.*``."""
    write_atomically(path, (json.dumps(record, indent=1, ensure_ascii=False) + "\n").encode())


def failed_lines(record: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The lines that are not done."""
    return [line for line in record["lines"] if line.get("state") not in _DONE]


def _record(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text("utf-8"))
        if data["schema"] != SCHEMA or not isinstance(data["lines"], list):
            raise ValueError("it is none of ours")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise UserError(f"'{path}' cannot be read as a result ({error}).", code="batch.result") from error
    found: dict[str, Any] = data
    return found


def _number(path: Path) -> int:
    text = path.stem.removeprefix("shot_")
    return int(text) if text.isdecimal() else 0
