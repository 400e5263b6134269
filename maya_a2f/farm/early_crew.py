"""Processes that get ready while a batch is still being checked: they load the model that its first line names."""

from __future__ import annotations

import math
from pathlib import Path
from typing import IO, Any

from maya_a2f import run
from maya_a2f.errors import A2FError
from maya_a2f.farm.columns import column_names, line_job, option_value
from maya_a2f.farm.crew import Crew
from maya_a2f.farm.manifest import Manifest
from maya_a2f.farm.pack_run import shared_fields
from maya_a2f.farm.plan import PLAN_NAME, SHARED
from maya_a2f.farm.planning import PlanSettings
from maya_a2f.farm.running import usual_jobs

_WORTHWHILE_LINES = 8
_DRIVERS = (Path("/proc/driver/nvidia/version"), Path("C:/Windows/System32/nvcuda.dll"))


def early_crew(
    manifest: Manifest, results: Path, jobs: int | None, settings: PlanSettings, lock: IO[str]
) -> Crew | None:
    """A crew, warming up; None where it is not worth it, or where how many there should be is only known later: which
    process gets which GPU is said when it starts."""
    if len(manifest.lines) < _WORTHWHILE_LINES or any(path.exists() for path in _DRIVERS):
        return None
    crew = Crew(results / PLAN_NAME, settings.threads, lock=lock)
    fields = warm_fields(manifest, settings)
    for number in range(min(jobs or usual_jobs(0), math.ceil(len(manifest.lines) / _WORTHWHILE_LINES))):
        runner = crew.started(number)
        if fields:
            runner.tell(warm=fields)
    return crew


def warm_fields(manifest: Manifest, settings: PlanSettings) -> dict[str, Any]:
    """A ``pack_warm`` for the model of the first line; empty where it says nothing that can be used."""
    cells = manifest.lines[0].cells
    try:
        options = {
            column: value
            for column in SHARED
            if column in cells and column in column_names() and (value := option_value(column, *cells[column]))
        }
        job, _ = line_job(Path("early.wav"), options, [])
        return {
            **shared_fields(settings.judged, 1 if settings.pictures is None else settings.pictures),
            **run.solve_fields(job.clip, job.settings),
        }
    except A2FError:
        return {}
