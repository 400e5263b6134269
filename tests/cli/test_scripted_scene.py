"""A script outside Maya puts a take onto characters' scenes, each by its own map."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import maya_a2f
from maya_a2f.errors import A2FError
from maya_a2f.host.scene_file.ma_keys import scene_curves
from maya_a2f.host.scene_file.ma_reader import read_scene
from tests.cli.rig_files import write_scene


@pytest.fixture
def bob(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A character's scene with its map beside it."""
    monkeypatch.setenv("MAYA_A2F_MODEL_PATH", str(models))
    monkeypatch.setenv("MAYA_A2F_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("maya_a2f.scripting.target.in_maya", lambda: False)
    folder = tmp_path / "bob"
    folder.mkdir()
    lines = {"shapes.tail_wag": {"from": {"jawOpen": 2.0}}}
    (folder / "bob.json").write_text(json.dumps({"schema": "a2f.rig_map/1", "attributes": lines}), encoding="utf-8")
    return write_scene(folder)


def test_a_scene_is_keyed_by_the_map_beside_it(bob: Path, recording: Path, tmp_path: Path) -> None:
    done = maya_a2f.animate(recording, str(bob), model="tiny", save_as=str(tmp_path / "out.ma"))
    assert done.curves == ("shapes.tail_wag",)
    (curve,) = scene_curves(read_scene(tmp_path / "out.ma"))
    assert curve.drives == ("shapes.w[4]",)
    assert done.rate == 24


def test_a_take_goes_onto_a_scene_without_writing(bob: Path, recording: Path) -> None:
    take = maya_a2f.solve(recording, model="tiny", rate=24)
    tracks = maya_a2f.retarget(take, str(bob))
    assert [track.attribute for track in tracks.tracks] == ["shapes.tail_wag"]


def test_another_rate_than_the_scenes_is_refused(bob: Path, recording: Path, tmp_path: Path) -> None:
    with pytest.raises(A2FError, match="runs at 24") as caught:
        maya_a2f.animate(recording, str(bob), model="tiny", rate=30, save_as=str(tmp_path / "out.ma"))
    assert caught.value.code == "script.rate"
    assert not (tmp_path / "out.ma").exists()


def test_a_fit_that_a_map_names_is_looked_for_beside_it(bob: Path, recording: Path, tmp_path: Path) -> None:
    lines = {"schema": "a2f.rig_map/2", "attributes": {}, "fit": "bob.a2ffit.npz"}
    (tmp_path / "fitted.json").write_text(json.dumps(lines), encoding="utf-8")
    take = maya_a2f.solve(recording, model="tiny", rate=24)
    with pytest.raises(A2FError, match=r"bob\.a2ffit\.npz") as caught:
        maya_a2f.retarget(take, str(bob), str(tmp_path / "fitted.json"))
    assert str(tmp_path) in str(caught.value)
