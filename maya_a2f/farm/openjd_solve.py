"""A planned batch as a job for a render farm: an Open Job Description bundle, one task per pack."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from maya_a2f.core.emotion_sidecar import sidecar_beside
from maya_a2f.farm.openjd_bundle import Bundle
from maya_a2f.farm.openjd_template import FarmNeeds, asset_references, solve_template
from maya_a2f.farm.plan import Plan, PlannedLine


def solve_bundle(plan: Plan, folder: Path, name: str, needs: FarmNeeds, python: str = "python") -> Bundle:
    """The bundle of the plan in ``folder``; ``python`` is what the farm's machines call theirs, ``name`` the job's."""
    folder = folder.absolute()
    paths = {path for line in plan.lines for path in _paths_of(line)}
    written = {path.parent for line in plan.lines for path in line.output_paths(folder)} | {folder}
    return Bundle(
        solve_template(name, len(plan.packs), needs),
        {"Results": str(folder), "Python": python},
        asset_references(
            [str(path) for path in paths if path.is_file()],
            [str(path) for path in paths if path.is_dir()],
            [str(path) for path in written],
        ),
        here={"Python": sys.executable},
    )


def _paths_of(line: PlannedLine) -> Iterator[Path]:
    """What the line names: the recording, and every option that is a file or a folder. What those refer to is not
    known, and a model, look or rig map that is found by its name is looked for on the farm's machines."""
    yield Path(line.clip)
    for value in line.options.values():
        for text in (value,) if isinstance(value, str) else value:
            if len(text) < 1000 and Path(text).is_absolute() and Path(text).exists():
                yield Path(text)
    if line.phones:
        yield Path(line.phones)
    beside = None if "emotion_file" in line.options else sidecar_beside(Path(line.clip))
    if beside is not None:
        yield beside
