"""Lips of a character in Maya that close unlike ours: measured on its shapes, corrected in its map."""

from __future__ import annotations

from array import array
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("PySide6")

from maya_a2f import settings
from maya_a2f.core.head import Head, Shape, load_head
from maya_a2f.errors import UserError
from maya_a2f.outputs import HEAD_FOLDER
from tests.fake_maya.scenes import build_head
from tests.fake_maya.session import Session

# isort: split
from maya import cmds

import maya_a2f
from maya_a2f.host.maya.desktop import commands, dock
from maya_a2f.ui.panel import A2FPanel

SHAPES = ("jawOpen", "mouthClose", "mouthPucker", "mouthSmileLeft")
JAW, CLOSE = "face_shapes.jawOpen", "face_shapes.mouthClose"


def bob(closing: float) -> Head:
    """The skin of our head with some of its shapes, whose mouthClose closes by so much of ours."""
    head = load_head(HEAD_FOLDER)
    face = head.meshes[0]
    shapes = {name: face.shapes[name] for name in SHAPES}
    own = shapes["mouthClose"]
    shapes["mouthClose"] = Shape(own.name, own.indices, array("f", [closing * value for value in own.deltas]))
    joint = replace(head.joint(face.joint), parent=None)
    return replace(head, meshes=(replace(face, shapes=shapes),), joints=(joint,))


@pytest.fixture(autouse=True)
def no_maps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(settings, "user_folder", lambda: tmp_path / "user")


def test_a_script_gets_a_map_whose_jaw_makes_up_for_the_seal(maya: Session) -> None:
    maya.may_preview = True
    build_head(maya.scene, bob(1.3), namespace="bob")
    cmds.setAttr(f"bob:{JAW}", 0.25)
    before = maya.scene.state()
    made = maya_a2f.seal_lips("bob")
    assert maya.scene.state() == before, "the rig was put back"
    operands = dict(made.rig_map.derived["jawOpen"].operands)
    assert operands["jawOpen"] == 1.0
    assert operands["mouthClose"] == pytest.approx(0.3, abs=0.1)
    assert "the map corrects its jawOpen" in made.note


def test_lips_that_close_as_ours_are_left(maya: Session) -> None:
    maya.may_preview = True
    build_head(maya.scene, bob(1.0), namespace="bob")
    made = maya_a2f.seal_lips("bob")
    assert made.rig_map.derived == {}
    assert "close as ours" in made.note


def test_a_map_without_shapes_has_no_lips_to_measure(maya: Session) -> None:
    maya.may_preview = True
    build_head(maya.scene, bob(1.0), namespace="bob")
    plain = replace(maya_a2f.seal_lips("bob").rig_map, drives={})
    with pytest.raises(UserError) as caught:
        maya_a2f.seal_lips("bob", plain)
    assert caught.value.code == "seal.no_shapes"


def test_the_menu_of_the_panel_corrects_the_map_and_undo_takes_it_back(desktop: Session) -> None:
    build_head(desktop.scene, bob(1.3), namespace="bob")
    commands.open_panel()
    opened = dock.opened()
    assert opened is not None
    panel = opened.panel
    assert isinstance(panel, A2FPanel)
    cmds.select("bob:face_geo")
    section = panel.character_section
    section.pick()
    plain, before = section.rig_map(), desktop.scene.state()
    section.keep_lips()
    assert desktop.scene.state() == before
    made = section.rig_map()
    assert made is not None
    assert list(made.derived) == ["jawOpen"]
    assert "the map corrects its jawOpen" in section.message.text
    section.document.stack.undo()
    assert section.rig_map() == plain
