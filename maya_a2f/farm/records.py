"""What became of a line, in a file of its own: ``reports/NAME.json`` in the results' folder.

It is written whole, after everything that the line makes, so that a run that was killed at any moment goes on where it
stopped: a line is done when its record says so, from the same inputs, and its files are there. Version 1::

    {"schema": "a2f.batch_line/1", "number": 1, "name": "intro/line_042", "place": "line 2", "key": "…",
     "state": "done", "clip": "/rec/line_042.wav",
     "outputs": [{"path": "intro/line_042.csv", "what": "81 rows, 71 channels", "bytes": 41022, "sha256": "…",
                  "mtime_ns": 1790000000123456789, "inode": 1234}],
     "frames": 75, "tail_frames": 6, "rate": "30", "seconds": 2.5, "took_seconds": 0.1, "model": "default",
     "engine": "ONNX Runtime …", "sound": "intro/line_042.4f0c11d2.wav", "notes": [],
     "verdict": {"verdict": "good", …}, "error": null, "picture": "…"}

``bytes``, ``mtime_ns`` and ``inode`` are those of the file when it was written: while all files of a line have them,
and nothing of it is to do, their bytes are not read. In a folder of another machine the system may tell them from
memory, up to a minute late; to open a file, it asks. Records of earlier versions are without the last two, and hold as
well.

``state``: ``done`` or ``failed`` (then ``error`` says why, and the next run tries again). ``picture`` is a PNG in
base64, empty without one. ``sound`` is the copy of the sound that the line's scene plays, where it needs one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from maya_a2f.core.atomic_file import make_folder, unwritable, write_atomically
from maya_a2f.farm.plan import PlannedLine

SCHEMA = "a2f.batch_line/1"
REPORTS = "reports"
Standing = Literal["waiting", "done", "edited", "failed"]
"""Of a line: not done from these inputs; done; done, also from other inputs, and then somebody changed what it made;
failed the last time."""


def record_path(folder: Path, line: PlannedLine) -> Path:
    """Where the line's record lies."""
    return folder / REPORTS / f"{line.name}.json"


def write_record(folder: Path, line: PlannedLine, record: Mapping[str, Any]) -> None:
    """Write it. Raises :class:`HostError` ``file.*``."""
    path = record_path(folder, line)
    make_folder(path.parent)
    about = {"number": line.number, "name": line.name, "place": line.place, "key": line.key, "clip": line.clip}
    data = {"schema": SCHEMA, **about, **record}
    write_atomically(path, (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode())


def read_record(folder: Path, line: PlannedLine) -> dict[str, Any] | None:
    """The line's record; None where there is none of this version."""
    try:
        data = json.loads(record_path(folder, line).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) and data.get("schema") == SCHEMA and _is_whole(data) else None


def _is_whole(data: Mapping[str, Any]) -> bool:
    made, notes = data.get("outputs"), data.get("notes", [])
    facts = [data.get(name) for name in ("error", "verdict")]
    return (
        isinstance(made, list)
        and all(isinstance(one, dict) and {"path", "sha256"} <= one.keys() for one in made)
        and isinstance(notes, list)
        and all(fact is None or isinstance(fact, dict) for fact in facts)
    )


def drop_record(folder: Path, line: PlannedLine) -> None:
    """From here on nothing is known of what the line made. Raises :class:`HostError` ``file.*``."""
    path = record_path(folder, line)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(path, error) from error


def standing(folder: Path, line: PlannedLine, *, is_verified: bool = False) -> Standing:
    """How far the line is, by its record and the files themselves.

    Files that have the recorded size, time and inode are not read where nothing of the line is to do; all of them are
    with ``is_verified``, and before a line is done again: what would be replaced is never known by its time alone.
    """
    record = read_record(folder, line)
    if record is None:
        return "waiting"
    is_same = record.get("key") == line.key
    if record.get("state") != "done":
        return "failed" if is_same else "waiting"
    entries = {entry["path"]: entry for entry in record["outputs"]}
    paths = dict(zip(line.outputs, line.output_paths(folder), strict=True))
    is_whole = is_same and entries.keys() == paths.keys() and _has_sound(folder, record)
    if is_whole and not is_verified and all(_is_untouched(path, entries[output]) for output, path in paths.items()):
        return "done"
    found = {output: file_digest(path) for output, path in paths.items()}
    there = {output: digest for output, digest in found.items() if digest is not None}
    if any(entries[output]["sha256"] != digest for output, digest in there.items() if output in entries):
        return "edited"
    return "done" if is_whole and there.keys() == paths.keys() else "waiting"


def _is_untouched(path: Path, entry: Mapping[str, Any]) -> bool:
    """Whether the file is the one that ``entry`` was written of, by what its folder says of it.

    A time in whole seconds proves nothing: the file system may have no finer ones, and the file may have been changed
    within the second.
    """
    try:
        found = _file_facts(path)
    except OSError:
        return False
    return found["mtime_ns"] % 1_000_000_000 != 0 and all(entry.get(name) == fact for name, fact in found.items())


def _file_facts(path: Path) -> dict[str, int]:
    """``inode`` is 0 on file systems without."""
    facts = path.stat()
    return {"bytes": facts.st_size, "mtime_ns": facts.st_mtime_ns, "inode": facts.st_ino}


def _has_sound(folder: Path, record: Mapping[str, Any]) -> bool:
    """Whether the copy of the sound that the line's scene plays is there, if it needs one."""
    sound = record.get("sound")
    return not sound or (folder / str(sound)).is_file()


def made_files(folder: Path, line: PlannedLine, what: Sequence[str]) -> list[dict[str, Any]]:
    """The line's outputs for its record; ``what`` says of each what was written."""
    return [
        {"path": output, "what": words, **_file_facts(path), "sha256": file_digest(path)}
        for output, path, words in zip(line.outputs, line.output_paths(folder), what, strict=True)
    ]


def recorded_outputs(folder: Path, line: PlannedLine) -> frozenset[str]:
    """What the line's record says that it made, from these inputs or others."""
    record = read_record(folder, line)
    return frozenset(str(entry["path"]) for entry in record["outputs"]) if record is not None else frozenset()


def file_digest(path: Path) -> str | None:
    """SHA-256 of a file's bytes, in hex; None where it cannot be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return None
