"""From lines as they were written to lines of a plan, with everything that is wrong said at once.

What can be told without the network is told here; :mod:`maya_a2f.farm.planning` asks the worker for the rest.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path, PurePosixPath

from maya_a2f import outputs
from maya_a2f.core.emotion_sidecar import NO_FILE, sidecar_beside
from maya_a2f.core.frame_rate import describe_rate
from maya_a2f.errors import A2FError
from maya_a2f.farm.columns import FILES, OWN, TEXT_FILES, checked_value, line_job, option_value
from maya_a2f.farm.faults import Fault, fault_of
from maya_a2f.farm.manifest import DraftLine
from maya_a2f.farm.places import plain_path
from maya_a2f.farm.plan import PLAN_NAME, PlannedLine
from maya_a2f.farm.records import REPORTS
from maya_a2f.host.scene_file.ma_reader import read_scene
from maya_a2f.run import AnimateJob

FORMATS = ("a2ftake", "csv", "json", "ma", "mp4", "glb", "usd", "usda", "usdc")
DEFAULT_FORMATS = ("take", "ma")
_FORMAT_NAMES = {"take": "a2ftake"}
RESERVED = (PLAN_NAME, "summary.html", "summary.json")
_UNUSABLE = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\]')
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
"""Names that Windows has no files for."""
_LONGEST_NAME = 255 - max(len(f".{ending}") for ending in FORMATS)
"""Bytes of a file's or a folder's name, with room for an ending."""


@dataclass(frozen=True)
class Drafted:
    """A line that is in order as far as it can be told, and its job."""

    line: PlannedLine
    job: AnimateJob
    files: tuple[Path, ...]
    """What its results depend on beside the recording."""


def drafted(draft: DraftLine, results: Path, faults: list[Fault]) -> Drafted | None:
    """The line of the plan; None, and ``faults`` longer, where something is wrong with it."""
    before = len(faults)
    options = _options(draft, faults)
    clip = _clip(draft, faults)
    name = _name(draft, clip, faults)
    endings = _endings(draft, faults)
    phones = _phones(draft, faults)
    if clip is None or len(faults) > before:
        return None
    line = PlannedLine(
        number=draft.number,
        name=name,
        place=draft.place,
        clip=str(clip),
        clip_sha256="",
        options=options,
        outputs=tuple(f"{name}.{ending}" for ending in endings),
        frames=0,
        seconds=0.0,
        phones=phones,
    )
    try:
        line = _with_rate(line)
        job, _ = line_job(clip, line.options, line.output_paths(results))
        if (rig := _scene_of(line)) is not None:
            from maya_a2f.characters import check_scene_rate

            check_scene_rate(rig, _scene_rate(rig), job.settings.rate, job.outputs, option="fps")
        _check_outputs(job)
    except A2FError as error:
        of_rate = error.code == "rate.not_the_scenes"
        faults.append(fault_of(f"{draft.place}, column 'fps'" if of_rate else draft.place, error))
        return None
    return Drafted(replace(line, is_packed=not job.lines), job, _files(line, clip))


def _options(draft: DraftLine, faults: list[Fault]) -> dict[str, str | tuple[str, ...]]:
    options: dict[str, str | tuple[str, ...]] = {}
    for column, (cell, folder) in draft.cells.items():
        if column in OWN:
            continue
        place = f"{draft.place}, column '{column}'"
        try:
            value = option_value(column, cell, folder)
            if value is None or value == ():
                continue
            checked_value(column, value)
        except A2FError as error:
            faults.append(fault_of(place, error))
        else:
            options[column] = value
            missing = next((path for path in _named_files(column, value) if not path.is_file()), None)
            if missing is not None:
                faults.append(Fault(place, f"The file '{missing}' does not exist.", "Check the name and the folder."))
    return options


def _clip(draft: DraftLine, faults: list[Fault]) -> Path | None:
    cell, folder = draft.cells.get("clip", (None, Path()))
    if cell is None:
        faults.append(Fault(draft.place, "It names no recording.", "Fill in the column 'clip'."))
        return None
    if not isinstance(cell, str):
        faults.append(Fault(f"{draft.place}, column 'clip'", f"{cell!r} is no file's name."))
        return None
    path = plain_path(folder / cell.strip())
    try:
        why = "" if path.is_file() else "is no file" if path.exists() else "does not exist"
    except (OSError, ValueError):
        why = "does not exist"
    if why:
        place = f"{draft.place}, column 'clip'"
        faults.append(Fault(place, f"The recording '{path}' {why}.", "Check the name and the folder."))
        return None
    return path


def _name(draft: DraftLine, clip: Path | None, faults: list[Fault]) -> str:
    """Path of the outputs without their endings; by default as the recording is called."""
    cell = draft.cells.get("name", (None, Path()))[0]
    if cell is None:
        own = draft.name or ("" if clip is None else clip.stem)
        _check_length(draft.place, own, faults)
        return own
    text = str(cell).strip().replace("\\", "/")
    parts = PurePosixPath(text).parts
    is_bad = not parts or text.startswith("/") or ".." in parts or bool(_UNUSABLE.search(text))
    if is_bad or any(part != part.strip(" ") or part.endswith(".") or _DEVICE.fullmatch(part) for part in parts):
        faults.append(
            Fault(
                f"{draft.place}, column 'name'",
                f"'{text}' is no name that files can have below the results' folder.",
                "Write a name such as intro/line_042.",
            )
        )
    else:
        _check_length(f"{draft.place}, column 'name'", text, faults)
    return "/".join(parts)


def _check_length(place: str, name: str, faults: list[Fault]) -> None:
    """File systems count bytes of each part."""
    part = max(PurePosixPath(name).parts, key=_bytes_of, default="")
    if _bytes_of(part) > _LONGEST_NAME:
        why = f"'{part[:20]}…' is too long for a file's name: {_bytes_of(part)} bytes."
        faults.append(Fault(place, why, f"Give a name of at most {_LONGEST_NAME} bytes."))


def _bytes_of(name: str) -> int:
    return len(name.encode("utf-8", "surrogateescape"))


def _endings(draft: DraftLine, faults: list[Fault]) -> tuple[str, ...]:
    cell = draft.cells.get("formats", (list(DEFAULT_FORMATS), Path()))[0]
    words = cell if isinstance(cell, list) else re.split(r"[,;\s]+", str(cell).strip())
    endings: list[str] = []
    for word in filter(None, (str(word).strip().lower().lstrip(".") for word in words)):
        ending = _FORMAT_NAMES.get(word, word)
        if ending not in FORMATS:
            faults.append(
                Fault(
                    f"{draft.place}, column 'formats'",
                    f"'{word}' is no format.",
                    f"Formats: take, {', '.join(FORMATS[1:])}.",
                )
            )
        elif ending not in endings:
            endings.append(ending)
    if not endings and not faults:
        faults.append(Fault(f"{draft.place}, column 'formats'", "No format is named.", "Write for example take,ma."))
    return tuple(endings)


def _phones(draft: DraftLine, faults: list[Fault]) -> str:
    cell, folder = draft.cells.get("phones", (None, Path()))
    if cell is None:
        return ""
    path = plain_path(folder / str(cell))
    if not path.is_file():
        faults.append(Fault(f"{draft.place}, column 'phones'", f"The file '{path}' does not exist."))
    return str(path)


def _with_rate(line: PlannedLine) -> PlannedLine:
    """A character's scene decides the rate where none is given; read once for all lines of that character."""
    rig = _scene_of(line)
    if "fps" in line.options or rig is None:
        return line
    rate = _scene_rate(rig)
    return replace(line, options={**line.options, "fps": str(rate) if rate.denominator != 1 else describe_rate(rate)})


def _scene_of(line: PlannedLine) -> Path | None:
    """The Maya scene that the line's character lies in."""
    rig = line.options.get("rig", "")
    return Path(rig) if isinstance(rig, str) and rig.lower().endswith(".ma") else None


@lru_cache(maxsize=64)
def _scene_rate(path: Path) -> Fraction:
    return read_scene(path).rate


def _check_outputs(job: AnimateJob) -> None:
    """As a single run checks them, for a folder that is there: those of the batch are made later."""
    folder = next(parent for parent in job.outputs[0].absolute().parents if parent.is_dir())
    outputs.check(replace(job, outputs=tuple(folder / f"{path.stem}{path.suffix}" for path in job.outputs)))


def _named_files(column: str, value: str | tuple[str, ...]) -> tuple[Path, ...]:
    """Files that a value names."""
    is_file = column in FILES and value != NO_FILE
    is_file |= column == "transcript" and str(value).lower().endswith(TEXT_FILES)
    is_file |= column == "look" and str(value).lower().endswith(".json")
    return (Path(str(value)),) if is_file else ()


def _files(line: PlannedLine, clip: Path) -> tuple[Path, ...]:
    """Files that the line's results depend on, in a fixed order."""
    found = [path for column, value in sorted(line.options.items()) for path in _named_files(column, value)]
    beside = None if "emotion_file" in line.options else sidecar_beside(clip)
    return (*found, *([beside] if beside is not None else []))


def _same_file(name: str) -> str:
    """Names that are one file on some file system are the same: by case, or by how letters are composed."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def duplicate_faults(lines: list[PlannedLine], results: Path, manifest: Path | None = None) -> list[Fault]:
    """Outputs that two lines would write, or that the batch reads: such a file is not replaced even when asked to."""
    faults: list[Fault] = []
    taken: dict[str, tuple[int, str]] = {_same_file(name): (0, "the batch itself") for name in RESERVED}
    folders: dict[str, str] = {}
    read = _inputs(lines)
    if manifest is not None:
        read[manifest.resolve()] = "the batch's own table"
    written = [(line, name) for line in lines for name in (*line.outputs, f"{REPORTS}/{line.name}.json")]
    for line, name in written:
        for parent in PurePosixPath(name).parents[:-1]:
            folders.setdefault(_same_file(str(parent)), line.place)
    told: set[int] = set()
    for line, name in written:
        number, other = taken.setdefault(_same_file(name), (line.number, line.place))
        folder = folders.get(_same_file(name))
        if line.number in told or (number == line.number and folder is None):
            continue
        told.add(line.number)
        why = f"'{name}' is written by {other} too." if folder is None else f"'{name}' is a folder of {folder}."
        faults.append(Fault(line.place, why, "Give each line a 'name' of its own, or rename a recording."))
    for line in lines:
        for path in line.output_paths(results):
            if (what := read.get(path.resolve())) is not None:
                faults.append(Fault(line.place, f"'{path}' is {what}.", "Choose another name or folder."))
    return faults


def _inputs(lines: list[PlannedLine]) -> dict[Path, str]:
    """Files that the lines read -> what they are, in words."""
    found: dict[Path, str] = {}
    resolved = lru_cache(maxsize=None)(Path.resolve)
    for line in lines:
        found.setdefault(resolved(Path(line.clip)), f"the recording of {line.place}")
        for column, value in line.options.items():
            for path in _named_files(column, value):
                found.setdefault(resolved(path), f"the {column.replace('_', ' ')} of {line.place}")
        if "emotion_file" not in line.options and (beside := sidecar_beside(Path(line.clip))) is not None:
            found.setdefault(resolved(beside), f"the emotion file of {line.place}")
    return found
