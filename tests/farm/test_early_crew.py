"""Processes that get ready early: what they are told to load can be loaded, and nothing hangs on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from maya_a2f.api import open_worker
from maya_a2f.farm.early_crew import early_crew, warm_fields
from maya_a2f.farm.folder_lock import folder_lock
from maya_a2f.farm.manifest import DraftLine, Manifest
from maya_a2f.farm.planning import PlanSettings
from tests.farm.batches import environment, make_models


def manifest(count: int, **cells: str) -> Manifest:
    lines = [
        DraftLine(number, "", {name: (cell, Path.cwd()) for name, cell in cells.items()})
        for number in range(1, count + 1)
    ]
    return Manifest(Path("lines.csv"), tuple(lines))


def test_the_model_of_the_first_line_is_loaded_with_all_that_a_review_needs(tmp_path: Path) -> None:
    make_models(tmp_path / "models")
    with environment(MAYA_A2F_MODEL_PATH=tmp_path / "models", MAYA_A2F_CACHE=tmp_path / "cache"):
        fields = warm_fields(manifest(9, model="tiny", fps="24"), PlanSettings())
        assert fields["settings"]["model"] == "tiny"
        with open_worker() as worker:
            assert dict(worker.request("pack_warm", fields).fields) == {}


def test_a_line_that_says_nothing_usable_leaves_the_processes_cold() -> None:
    assert warm_fields(manifest(9, fps="thirty"), PlanSettings()) == {}


def test_few_lines_are_not_worth_it(tmp_path: Path) -> None:
    with folder_lock(tmp_path) as lock:
        assert early_crew(manifest(3), tmp_path, 2, PlanSettings(), lock) is None


@pytest.mark.skipif(any(Path(name).exists() for name in ("/proc/driver/nvidia/version",)), reason="a GPU is there")
def test_processes_that_are_not_needed_go(tmp_path: Path) -> None:
    with folder_lock(tmp_path) as lock:
        crew = early_crew(manifest(9, model="no such model"), tmp_path, 2, PlanSettings(), lock)
        assert crew is not None
        with crew:
            assert len(crew.runners) == 2
        assert all(runner.process.returncode is not None for runner in crew.runners)
