"""What a batch is going to do, in a file: ``plan.json`` in the folder that the results go to.

Any machine that sees the folder, the recordings and the models can do a pack of it:
``a2f batch --plan OUT/plan.json --pack 3``. Version 1::

    {"schema": "a2f.batch_plan/1", "version": "0.1.0", "manifest": "/jobs/lines.csv",
     "batch_frames": 16, "threads": 1, "judged": true, "pictures": 1, "pictures_of": "all",
     "models": {"default": "9f86…"},
     "lines": [{"number": 1, "name": "intro/line_042", "place": "line 2", "clip": "/rec/line_042.wav",
                "clip_sha256": "…", "options": {"emotion": ["joy=0.6"], "fps": "30"}, "phones": "",
                "outputs": ["intro/line_042.a2ftake"], "frames": 75, "seconds": 2.5, "is_packed": true, "key": "…"}],
     "packs": [{"parts": [[1, 2, 3], [4]]}]}

Recordings and the files in ``options`` have absolute paths, outputs are relative to the plan's folder. ``options`` are
those of ``a2f animate``. ``key`` changes with everything that a line's results depend on. What the packs are depends on
the manifest alone: lines of one model and rate, in its order. The clips of a part are inferred together,
``batch_frames`` windows at a time, unless the model shares a clip's windows; the rows of a clip begin where those of
the clip before it in the part end.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import maya_a2f
from maya_a2f.core.atomic_file import write_atomically
from maya_a2f.core.path_mapping import PathRule, mapped_paths
from maya_a2f.errors import UserError

SCHEMA = "a2f.batch_plan/1"
PLAN_NAME = "plan.json"
BATCH_FRAMES = 16
"""Windows per call of the network on a processor, where more are no faster."""
DEVICE_BATCH_FRAMES = 64
"""The same on a GPU."""
_PART_BATCHES = (12, 24)
"""Batches of a part: few enough that little is lost when a run is killed, enough that padding the last costs little."""
_PART_LINES = 32
_PACK_PARTS = (1, 4)
_PACKS_WANTED = 16
"""A small batch is cut finer, so that there is work for every worker."""
SHARED = ("model", "engine", "precision", "identity", "fps")
"""Options that all lines of a pack have in common."""


@dataclass(frozen=True)
class PlannedLine:
    """One recording, and what is made of it."""

    number: int
    """From 1, in the order of the manifest."""
    name: str
    """Path of its outputs without their endings, relative to the results' folder, with forward slashes."""
    place: str
    """Where it stands in the manifest, in words; empty for a folder of recordings."""
    clip: str
    clip_sha256: str
    options: Mapping[str, str | tuple[str, ...]]
    """As of :mod:`maya_a2f.farm.columns`."""
    outputs: tuple[str, ...]
    frames: int
    """Rows that are kept for it: its length by the recording's header."""
    seconds: float
    is_packed: bool = True
    """False: solved by itself, as a single run does it (long recordings, marked ones)."""
    key: str = ""
    phones: str = ""
    """A TextGrid that the verdict goes by; empty without."""

    def output_paths(self, folder: Path) -> tuple[Path, ...]:
        """The files to be, where the results go to ``folder``."""
        return tuple(folder / output for output in self.outputs)


@dataclass(frozen=True)
class Pack:
    """The unit of work: lines that one worker does in a row."""

    parts: tuple[tuple[int, ...], ...]
    """Numbers of the lines that are inferred together, part after part."""

    @property
    def numbers(self) -> tuple[int, ...]:
        """Of all its lines."""
        return tuple(number for part in self.parts for number in part)


@dataclass(frozen=True)
class Plan:
    """The whole file."""

    lines: tuple[PlannedLine, ...]
    packs: tuple[Pack, ...]
    manifest: str = ""
    batch_frames: int = BATCH_FRAMES
    threads: int = 1
    """Of the processor, per worker; what is computed may depend on it, so it is part of the plan."""
    judged: bool = True
    """Whether every take is judged."""
    pictures: int = 1
    """Pictures per line in the summary."""
    pictures_of: str = "all"
    """``all`` lines, or those that the verdict finds ``worth a look``."""
    models: Mapping[str, str] = field(default_factory=dict)
    """Model as the lines call it -> digest of its files."""
    version: str = maya_a2f.__version__

    @cached_property
    def _by_number(self) -> dict[int, PlannedLine]:
        return {line.number: line for line in self.lines}

    def line(self, number: int) -> PlannedLine:
        """The line of that number."""
        return self._by_number[number]

    def frames_of(self, pack: Pack) -> int:
        """Frames of all its lines."""
        return sum(self.line(number).frames for number in pack.numbers)

    def first_rows(self, part: Sequence[int]) -> dict[int, int]:
        """Where the rows of each line of a part begin."""
        rows, first = {}, 0
        for number in part:
            line = self.line(number)
            rows[number] = first
            first += line.frames if line.is_packed else 0
        return rows

    def pack(self, index: int) -> Pack:
        """Raises :class:`UserError` ``batch.pack`` where there is none."""
        if not 0 <= index < len(self.packs):
            raise UserError(
                f"There is no pack {index}.", code="batch.pack", hint=f"The plan has 0 to {len(self.packs) - 1}."
            )
        return self.packs[index]


def packs_of(lines: Iterable[PlannedLine], batch_frames: int) -> tuple[Pack, ...]:
    """Lines that share what the network hears through, in order, cut to parts and packs of a fixed size."""
    groups: dict[tuple[Any, ...], list[PlannedLine]] = {}
    for line in lines:
        groups.setdefault(tuple(line.options.get(name) for name in SHARED), []).append(line)
    frames = sum(line.frames for group in groups.values() for line in group)
    part_frames = batch_frames * _share_of(frames // batch_frames, _PART_BATCHES)
    parts = [_parts(group, part_frames) for group in groups.values()]
    size = _share_of(sum(map(len, parts)), _PACK_PARTS)
    return tuple(Pack(tuple(group[first : first + size])) for group in parts for first in range(0, len(group), size))


def _share_of(count: int, bounds: tuple[int, int]) -> int:
    """How many of ``count`` go together, within ``bounds``."""
    return min(max(count // _PACKS_WANTED, bounds[0]), bounds[1])


def _parts(lines: Sequence[PlannedLine], most_frames: int) -> list[tuple[int, ...]]:
    parts: list[tuple[int, ...]] = []
    part: list[int] = []
    frames = 0
    for line in lines:
        is_full = part and (frames + line.frames > most_frames or len(part) == _PART_LINES)
        if part and (is_full or not line.is_packed):
            parts.append(tuple(part))
            part, frames = [], 0
        if line.is_packed:
            part.append(line.number)
            frames += line.frames
        else:
            parts.append((line.number,))
    return [*parts, tuple(part)] if part else parts


def write_plan(plan: Plan, folder: Path) -> Path:
    """Write the file into ``folder`` and return its path. Raises :class:`HostError` ``file.*``."""
    data = {"schema": SCHEMA, "version": plan.version, **asdict(plan)}
    text = json.dumps(data, ensure_ascii=False, indent=1)
    path = folder / PLAN_NAME
    write_atomically(path, (text + "\n").encode())
    return path


def read_plan(path: Path, rules: Sequence[PathRule] = ()) -> Plan:
    """Read the file; ``rules`` say where another machine's files lie here. Raises :class:`UserError` ``batch.plan``."""
    try:
        data = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UserError(
            f"The plan '{path}' cannot be read: {error.strerror or error}.",
            code="batch.plan",
            hint="Make it with 'a2f batch MANIFEST -o OUT', with --plan-only where nothing is to be done yet.",
        ) from error
    except (ValueError, RecursionError) as error:
        raise _bad(path, f"it is not valid JSON ({str(error)[:120]})") from error
    return plan_from_data(mapped_paths(data, rules), path)


def plan_from_data(data: Any, path: Path) -> Plan:
    """The plan in JSON data; ``path`` is only for messages. Raises :class:`UserError` ``batch.plan``."""
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise _bad(path, f'its "schema" is not "{SCHEMA}"')
    try:
        given = {name: value for name, value in data.items() if name != "schema"}
        given["lines"] = tuple(_line(line) for line in data["lines"])
        given["packs"] = tuple(Pack(tuple(tuple(map(int, part)) for part in pack["parts"])) for pack in data["packs"])
        plan = Plan(**given)
        known = {line.number for line in plan.lines}
        if {number for pack in plan.packs for number in pack.numbers} != known:
            raise ValueError("its packs are not made of its lines")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _bad(path, str(error)) from error
    return plan


def _line(data: Mapping[str, Any]) -> PlannedLine:
    options = {name: tuple(value) if isinstance(value, list) else str(value) for name, value in data["options"].items()}
    return PlannedLine(**{**data, "options": options, "outputs": tuple(data["outputs"])})


def _bad(path: Path, why: str) -> UserError:
    return UserError(
        f"'{path}' is no plan of a batch that this version can do: {why}.",
        code="batch.plan",
        hint="Make it again with 'a2f batch MANIFEST -o OUT'.",
    )
