"""Phases within phases, as the libraries report them, become one number."""

from __future__ import annotations

from maya_a2f.ui import progress_words
from maya_a2f.worker.engines import plan_building
from maya_a2f.worker.engines.build_progress import STEPS, BuildProgress


def test_the_panel_knows_the_stage_by_its_name() -> None:
    assert plan_building.PREPARING == progress_words.PREPARING


def test_the_share_grows_with_the_steps_of_inner_phases_and_never_falls() -> None:
    heard: list[int] = []
    progress = BuildProgress(lambda done, total: heard.append(done), lambda: False)
    progress.start("build", None, 2)
    progress.start("tactics", "build", 4)
    assert all(progress.step("tactics", step) for step in range(4))
    progress.finish("tactics")
    assert progress.step("build", 0)
    progress.start("tactics", "build", 2)
    assert progress.step("tactics", 0)
    assert progress.step("build", 1)
    assert heard == [0, 125, 250, 375, 500, 750, STEPS]


def test_a_cancel_stops_the_build_at_its_next_step_and_unknown_phases_do_no_harm() -> None:
    progress = BuildProgress(lambda done, total: None, lambda: True)
    assert not progress.step("never started", 3)
    progress.start("orphan", "nobody", 0)
    progress.finish("never started")
