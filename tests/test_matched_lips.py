"""Characters in files, matched by name: their lips are measured on their shapes."""

from __future__ import annotations

from pathlib import Path

import pytest

from maya_a2f import settings
from maya_a2f.characters import CharacterFile, choose_map, open_character
from maya_a2f.core.readiness import STANDARD_CHANNELS
from maya_a2f.core.rig_description import write_rig_description
from maya_a2f.core.rig_map import read_rig_map, write_rig_map
from tests.core.test_lip_finding import face


@pytest.fixture(autouse=True)
def no_maps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "rig_map_folders", lambda *scenes: ())


def character(folder: Path, ratio: float) -> CharacterFile:
    write_rig_description(face(ratio), folder / "bob.a2frig.npz")
    steps = open_character(folder / "bob.a2frig.npz")
    with pytest.raises(StopIteration) as finished:
        next(steps)
    opened = finished.value.value
    assert isinstance(opened, CharacterFile)
    return opened


def test_a_match_by_name_corrects_a_seal_unlike_ours_and_says_so(tmp_path: Path) -> None:
    chosen = choose_map(character(tmp_path, 1.3), None, STANDARD_CHANNELS)
    assert list(chosen.rig_map.derived) == ["jawOpen"]
    assert any("closes 1.30 x what jawOpen opens" in note for note in chosen.notes)


def test_a_match_by_name_leaves_a_seal_like_ours(tmp_path: Path) -> None:
    chosen = choose_map(character(tmp_path, 1.0), None, STANDARD_CHANNELS)
    assert not chosen.rig_map.derived
    assert chosen.notes == ()


def test_a_map_that_is_given_or_wanted_unsealed_is_not_corrected(tmp_path: Path) -> None:
    bob = character(tmp_path, 1.3)
    plain = choose_map(bob, None, STANDARD_CHANNELS, seal=False)
    assert not plain.rig_map.derived
    write_rig_map(plain.rig_map, tmp_path / "bob.json")
    given = choose_map(bob, tmp_path / "bob.json", STANDARD_CHANNELS)
    assert given.rig_map.drives == read_rig_map(tmp_path / "bob.json").drives
    assert not given.rig_map.derived
