"""The shots of a table as a job for a render farm: an Open Job Description bundle, one task per scene."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from maya_a2f.batch.table import Line
from maya_a2f.core.emotion_sidecar import NO_FILE, sidecar_beside
from maya_a2f.farm.openjd_bundle import Bundle
from maya_a2f.farm.openjd_template import FarmNeeds, asset_references, bake_template

_FILES: Final = ("clip", "rig_map", "markers", "emotion_keys", "emotion_file", "emotion_baseline", "transcript", "look")
_WRITTEN: Final = ("take_path", "report_path")


def bake_bundle(
    shots: Sequence[Sequence[Line]],
    name: str,
    needs: FarmNeeds,
    *,
    mayapy: str = "mayapy",
    words: Sequence[str] = ("--resume",),
) -> Bundle:
    """The bundle that bakes ``shots``; ``words`` are added to every shot's command, ``name`` is the job's."""
    lines = [line for shot in shots for line in shot]
    tables = {f"shots/shot_{number}.json": [_row(line) for line in shot] for number, shot in enumerate(shots)}
    written = {line.save_as.parent for line in lines}
    written |= {Path(line.options[name]).parent for line in lines for name in _WRITTEN if line.options.get(name)}
    return Bundle(
        bake_template(name, len(shots), needs, words),
        {"Mayapy": mayapy},
        asset_references([file for line in lines for file in files_of(line)], written=sorted(map(str, written))),
        tables,
        folders=("results",),
    )


def files_of(line: Line) -> list[str]:
    """The files that a line reads and that are there: scene, recording, maps … What a scene references is not known."""
    options = line.options
    found = [str(line.scene)]
    for name in _FILES:
        value = options.get(name)
        if isinstance(value, str) and value != NO_FILE and len(value) < 1000 and Path(value).is_file():
            found.append(str(Path(value).absolute()))
    beside = sidecar_beside(Path(str(options["clip"]))) if "emotion_file" not in options else None
    return [*found, str(beside)] if beside is not None else found


def _row(line: Line) -> Mapping[str, Any]:
    return {"scene": str(line.scene), "save_as": str(line.save_as), **line.options}
