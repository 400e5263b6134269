"""Saved rig maps are found again for a character in Maya: beside its reference, in the studio's folder."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from maya_a2f import settings
from maya_a2f.core.rig_map import Drive, RigMap, write_rig_map
from maya_a2f.core.rig_map_folders import signed
from maya_a2f.core.take import Take
from tests.fake_maya.scenes import build_head
from tests.fake_maya.session import Session
from tests.host.maya.benches import JAW_OPEN

# isort: split
from maya import cmds

import maya_a2f
from maya_a2f.host.maya.find_character import files_of, find_character

TAKE = Take(Fraction(30), {"jawOpen": [0.0, 0.5], "mouthPucker": [0.0, 0.1]})
DOUBLED = RigMap("mine", {JAW_OPEN: Drive({"jawOpen": 2.0})})


@pytest.fixture(autouse=True)
def own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MAYA_A2F_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MAYA_A2F_RIG_MAPS", str(tmp_path / "studio"))
    monkeypatch.setattr(settings, "user_folder", lambda: tmp_path / "user")
    (tmp_path / "studio").mkdir()


def test_one_take_goes_onto_several_characters_each_by_its_map(maya: Session, tmp_path: Path) -> None:
    build_head(maya.scene, namespace="bob")
    build_head(maya.scene, namespace="anna")
    rig = find_character("bob").rig()
    write_rig_map(signed(DOUBLED, rig), tmp_path / "studio" / "bob.json")
    bob, anna = (maya_a2f.bake(TAKE, name, start_frame=1) for name in ("bob", "anna"))
    assert bob.curves == (JAW_OPEN,)
    assert anna.curves == (JAW_OPEN,)
    for name in ("bob", "anna"):
        assert cmds.keyframe(f"{name}:{JAW_OPEN}", query=True, valueChange=True)[-1] == 1.0


def test_the_file_that_a_character_is_referenced_from_is_looked_beside(maya: Session) -> None:
    build_head(maya.scene, namespace="bob", reference="bobRN")
    assert files_of(find_character("bob")) == (Path("/rigs/bob.ma"),)


def test_a_map_with_the_names_of_another_namespace_may_be_given(maya: Session) -> None:
    build_head(maya.scene, namespace="bob")
    given = RigMap("anna", {f"anna:{name}": drive for name, drive in DOUBLED.drives.items()})
    tracks = maya_a2f.retarget(TAKE, "bob", given)
    assert [track.attribute for track in tracks.tracks] == [JAW_OPEN]


def test_a_map_that_cannot_be_read_is_remarked_and_another_used(maya: Session, tmp_path: Path) -> None:
    build_head(maya.scene)
    (tmp_path / "studio" / "old.json").write_text('{"schema": "a2f.rig_map/99"}')
    done = maya_a2f.bake(TAKE, "jaw_jnt", start_frame=1)
    assert JAW_OPEN in done.curves
    assert any("newer version" in note for note in done.notes)
