"""The calls that scripts make."""

from __future__ import annotations

from pathlib import Path

import pytest

from maya_a2f import api
from maya_a2f.errors import Cancelled, UserError
from maya_a2f.link.messages import Progress
from maya_a2f.settings import SolveSettings, checkout_folder

DEMO = checkout_folder() / "maya_a2f" / "presets" / "demo" / "demo.wav"


@pytest.fixture
def settings(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SolveSettings:
    monkeypatch.setenv("MAYA_A2F_CACHE", str(tmp_path / "cache"))
    return SolveSettings(model=str(models / "tiny"))


def written(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir() if entry.name != "cache"}


def test_a_solve_gives_a_take_and_writes_nothing_beside_caches(
    settings: SolveSettings, recording: Path, tmp_path: Path
) -> None:
    take = api.solve(str(recording), settings)
    assert take.clip_frame_count == 15
    assert not written(tmp_path)


def test_animate_writes_what_it_says(settings: SolveSettings, recording: Path, tmp_path: Path) -> None:
    result = api.animate(str(recording), [tmp_path / "x.csv", tmp_path / "x.json"], settings)
    assert {entry.path.name for entry in result.written} == written(tmp_path) == {"x.csv", "x.json"}


def test_cancelling_the_movie_takes_the_earlier_outputs_back(settings: SolveSettings, tmp_path: Path) -> None:
    stages: list[str] = []

    def watch(progress: Progress) -> None:
        stages.append(progress.stage)

    with pytest.raises(Cancelled):
        api.animate(
            str(DEMO),
            [tmp_path / "x.csv", tmp_path / "x.mp4"],
            settings,
            on_progress=watch,
            cancelled=lambda: "Rendering" in stages,
        )
    assert not written(tmp_path)


def test_a_rig_map_of_ones_own_is_taken(settings: SolveSettings, recording: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nowhere"):
        api.animate(str(recording), [tmp_path / "x.ma"], settings, rig_map=tmp_path / "nowhere.json")
