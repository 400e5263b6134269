"""The result file: what came of every line, renewed after each shot, whole or not at all.

::

    {"schema": "a2f.batch/1", "state": "done", "started": "…", "ended": "…", "host": {"maya": "2026", …},
     "lines": [{"line": 1, "state": "done", "scene": "…", "save_as": "…", "options": {…}, "key": "…",
                "seconds": 3.1, "result": {"keys": 5184, …}, "error": null, "scene_stamp": […], "saved_stamp": […]}]}

``state`` of the whole: ``running``, ``done`` (every line done or unchanged), ``failed`` (some are not), ``cancelled``.
``state`` of a line: ``waiting``, ``done``, ``unchanged`` (done by an earlier run from the same inputs), ``failed``.
"""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import maya_a2f
from maya_a2f.batch.table import Line
from maya_a2f.core.atomic_file import write_atomically
from maya_a2f.core.emotion_sidecar import sidecar_beside
from maya_a2f.errors import UserError

SCHEMA = "a2f.batch/1"
_READ_FILES = ("clip", "rig_map", "emotion_keys", "emotion_file", "emotion_baseline", "transcript", "markers")
_BLOCK = 2**20


@dataclass
class LineRecord:
    """What came of one line."""

    line: Line
    key: str
    """Hash of the options and of the files they name."""
    state: str = "waiting"
    seconds: float = 0.0
    result: dict[str, Any] | None = None
    error: dict[str, str] | None = None
    scene_stamp: list[int] | None = None
    """Size and time of the scene before."""
    saved_stamp: list[int] | None = None
    """Size and time of the target after."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "line": self.line.number,
            "state": self.state,
            "scene": str(self.line.scene),
            "save_as": str(self.line.save_as),
            "options": dict(self.line.options),
            "key": self.key,
            "seconds": round(self.seconds, 3),
            "result": self.result,
            "error": self.error,
            "scene_stamp": self.scene_stamp,
            "saved_stamp": self.saved_stamp,
        }


@dataclass
class Record:
    """The whole file."""

    path: Path | None
    lines: Sequence[LineRecord]
    host: dict[str, str] = field(default_factory=dict)
    started: str = field(default_factory=lambda: _now())

    def write(self, state: str) -> None:
        """Save. Raises :class:`HostError` ``file.*``."""
        if self.path is None:
            return
        data = {
            "schema": SCHEMA,
            "state": state,
            "started": self.started,
            "ended": None if state == "running" else _now(),
            "host": self.host,
            "lines": [line.to_dict() for line in self.lines],
        }
        write_atomically(self.path, (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode())


def host_facts(maya_version: str) -> dict[str, str]:
    """Versions and platform."""
    return {
        "maya": maya_version,
        "maya_a2f": maya_a2f.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "executable": sys.executable,
    }


def line_key(line: Line) -> str:
    """Changes with the options, the content of the files they name, and the version; not with the scene."""
    digest = hashlib.sha256(json.dumps(dict(line.options), sort_keys=True, default=str).encode())
    digest.update(f"{maya_a2f.__version__}|{line.save_as}".encode())
    beside = sidecar_beside(Path(str(line.options.get("clip", ""))))
    options = {**({"emotion_file": str(beside)} if beside is not None else {}), **line.options}
    for name in _READ_FILES:
        value = options.get(name)
        path = Path(value) if isinstance(value, str) and len(value) < 1000 else None
        if path is not None and path.is_file():
            with path.open("rb") as stream:
                while block := stream.read(_BLOCK):
                    digest.update(block)
    return digest.hexdigest()[:32]


def stamp(path: Path) -> list[int] | None:
    """Size and time of a file; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns]


def earlier_lines(path: Path) -> dict[str, dict[str, Any]]:
    """Lines of an earlier run by their key; empty where there was none.

    Raises :class:`UserError` ``batch.result`` for a file that is something else: it is not to be overwritten.
    """
    try:
        data = json.loads(path.read_text("utf-8"))
        if data["schema"] != SCHEMA:
            raise ValueError(f"its schema is {data['schema']!r}")
        return {item["key"]: item for item in data["lines"]}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise UserError(
            f"'{path}' is no result file of an earlier run ({error}).",
            code="batch.result",
            hint="Give another --result, or move that file away.",
        ) from error


def is_done(line: LineRecord, earlier: dict[str, dict[str, Any]]) -> bool:
    """Whether an earlier run did the line from the same inputs and its target is still as it was left."""
    known = earlier.get(line.key)
    if known is None or known.get("state") not in ("done", "unchanged"):
        return False
    saved = stamp(line.line.save_as)
    scenes = [known.get("scene_stamp")] + ([known.get("saved_stamp")] if line.line.scene == line.line.save_as else [])
    return saved is not None and saved == known.get("saved_stamp") and stamp(line.line.scene) in scenes


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
