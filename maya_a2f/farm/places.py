"""Paths in one spelling, and what in a folder a batch has made itself."""

from __future__ import annotations

import os
from pathlib import Path

from maya_a2f.core.sound_copy import copied_stem, plain_stem
from maya_a2f.errors import UserError
from maya_a2f.farm.plan import PLAN_NAME, read_plan


def plain_path(path: Path) -> Path:
    """Absolute, and without ``..`` where that is the same place; links stay as they are."""
    whole = path.absolute()
    if ".." not in whole.parts:
        return whole
    plain = Path(os.path.normpath(whole))
    try:
        return plain if plain.resolve() == whole.resolve() else whole
    except (OSError, RuntimeError, ValueError):
        return whole


class OwnSounds:
    """Copies of sounds that batches wrote beside their scenes: they are no recordings."""

    def __init__(self) -> None:
        self._stems: dict[Path, set[str]] = {}
        self._clips: set[str] = set()

    def learn(self, folder: Path) -> None:
        """Take in the plan of a batch whose results are in ``folder``, where there is one that can be read."""
        path = folder / PLAN_NAME
        try:
            plan = read_plan(path) if path.is_file() else None
        except UserError:
            return
        for line in plan.lines if plan is not None else ():
            self._clips.add(line.clip)
            if any(output.endswith(".ma") for output in line.outputs):
                beside = folder / Path(line.name).parent
                self._stems.setdefault(beside, set()).add(plain_stem(Path(line.clip).stem))

    def __contains__(self, path: Path) -> bool:
        """Whether the file is such a copy; what a batch took for a recording itself is none."""
        stem = copied_stem(path.name)
        return bool(stem) and stem in self._stems.get(path.parent, ()) and str(path) not in self._clips
