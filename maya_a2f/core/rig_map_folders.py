"""Finding a character's rig map again: beside its scene, in the studio's folders, in the user's own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from maya_a2f.core.rig import Rig
from maya_a2f.core.rig_map import RigMap, read_rig_map
from maya_a2f.core.rig_names import named_for
from maya_a2f.core.rig_signature import Fit, fit_of, rig_signature
from maya_a2f.errors import UserError

_MARK = b'"a2f.rig_map/'
_HEAD_BYTES = 512
_MOST_FILES = 500
"""More JSON files than that in one folder are not looked into."""
_LONGER_HEAD_BYTES = 2**16
_LARGEST_BYTES = 8 * 2**20


@dataclass(frozen=True)
class FoundMap:
    """A map that fits a rig."""

    rig_map: RigMap
    """Under the rig's names."""
    path: Path
    fit: Fit
    """``same`` or ``complete``."""
    rivals: tuple[Path, ...] = ()
    """Other maps that fit just as well, further down the search."""


@dataclass(frozen=True)
class MapSearch:
    """What a search came to."""

    found: FoundMap | None
    problems: tuple[UserError, ...] = ()
    """Maps in these folders that could not be read, with their names."""


def search_rig_map(rig: Rig, folders: Sequence[Path]) -> MapSearch:
    """The map for a rig among ``folders``, the first folder first.

    A map made for this very rig is taken before one that merely fits it; among those the first folder's, and in one
    folder that with the rig's or the character's name, then the one that drives most, then by name. A map that fits
    only in part is never taken unasked. Folders that are not there are passed over; nothing is raised.
    """
    problems: list[UserError] = []
    fitting: list[tuple[tuple[int, int, bool, int, str], RigMap, Path, Fit]] = []
    for place, folder in enumerate(dict.fromkeys(folders)):
        for path in map_files(folder):
            try:
                rig_map = read_rig_map(path)
            except UserError as error:
                problems.append(error)
                continue
            fit = fit_of(rig_map, rig)
            if fit in ("same", "complete"):
                is_other = rig.name.casefold() not in (rig_map.name.casefold(), path.stem.casefold())
                rank = (int(fit != "same"), place, is_other, -_size(rig_map), path.name)
                fitting.append((rank, rig_map, path, fit))
    if not fitting:
        return MapSearch(None, tuple(problems))
    fitting.sort(key=lambda item: item[0])
    rank, rig_map, path, fit = fitting[0]
    rivals = tuple(other for other_rank, _, other, _ in fitting[1:] if other_rank[:4] == rank[:4])
    return MapSearch(FoundMap(named_for(rig_map, rig), path, fit, rivals), tuple(problems))


def map_files(folder: Path) -> Iterator[Path]:
    """The rig maps of a folder by name, told by their first bytes; none where it cannot be read."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix.casefold() == ".json")
    except OSError:
        return
    for path in paths[:_MOST_FILES]:
        if _is_map(path):
            yield path


def signed(rig_map: RigMap, rig: Rig) -> RigMap:
    """The map with the signature of the rig it is saved for."""
    return replace(rig_map, signature=rig_signature(rig, rig_map))


def _is_map(path: Path) -> bool:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            return False
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
            if _MARK in head:
                return True
            return head.lstrip().startswith(b"{") and _MARK in file.read(_LONGER_HEAD_BYTES) and _has_schema(path)
    except OSError:
        return False


def _has_schema(path: Path) -> bool:
    """Whether the schema stands somewhere else than at the top of the file."""
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(data, dict) and str(data.get("schema", "")).startswith("a2f.rig_map/")


def _size(rig_map: RigMap) -> int:
    return len(rig_map.drives) + len(rig_map.joints.drives)
