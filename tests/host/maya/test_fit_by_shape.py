"""A rig with names that say nothing, from picked vertices to keys: sampled in Maya, fitted by the worker."""

from __future__ import annotations

from array import array
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("PySide6")

from maya_a2f import settings
from maya_a2f.core.head import Head, Shape, load_head
from maya_a2f.core.landmarks import LANDMARKS
from maya_a2f.core.rig_map import read_rig_map
from maya_a2f.outputs import HEAD_FOLDER
from tests.fake_maya.model.scene import Scene
from tests.fake_maya.scenes import build_head, keys_in
from tests.fake_maya.session import Session
from tests.host.maya.conftest import Wait, needs_worker
from tests.ui.test_panel_stories import write_recording

# isort: split
from maya import cmds

import maya_a2f
from maya_a2f.host.maya.desktop import commands, dock
from maya_a2f.ui.panel import A2FPanel

pytestmark = needs_worker

HIDDEN = {"ctl_001": "mouthPucker", "ctl_002": "jawOpen", "ctl_003": "mouthClose", "ctl_004": "mouthLowerDownLeft"}
"""Control -> the shape of ours that it is."""
JAW = "face_shapes.ctl_002"


def other_head() -> Head:
    """The skin of our head, longer and narrower, with few shapes under hidden names; nothing else of it."""
    head = load_head(HEAD_FOLDER)
    face = head.meshes[0]
    shapes = {
        name: Shape(name, face.shapes[real].indices, bent(face.shapes[real].deltas)) for name, real in HIDDEN.items()
    }
    joint = replace(head.joint(face.joint), parent=None)
    return replace(head, meshes=(replace(face, points=bent(face.points), shapes=shapes),), joints=(joint,))


def bent(values: array[float]) -> array[float]:
    """x y z made narrower, longer and flatter."""
    return array("f", [value * (0.9, 1.15, 0.95)[at % 3] for at, value in enumerate(values)])


def picked() -> dict[str, str]:
    """Landmark -> vertex of the other head."""
    marks = load_head(HEAD_FOLDER).landmarks
    found = {name: marks[name] for name in ("noseTip", "chin", "mouthCornerLeft", "mouthCornerRight")}
    found |= {f"lip{side}": marks[f"lip{side}Inner"][len(marks[f"lip{side}Inner"]) // 2] for side in ("Upper", "Lower")}
    found |= {f"eyeOuter{side}": marks[f"lidUpper{side}"][-1] for side in ("Left", "Right")}
    return {name: f"bob:face_geo.vtx[{found[name]}]" for name in LANDMARKS if name in found}


def build_bob(scene: Scene) -> None:
    """The other head as a character; its joint is locked, so that few states are sampled."""
    build_head(scene, other_head(), namespace="bob")
    for channel in ("translate", "rotate"):
        for axis in "XYZ":
            cmds.setAttr(f"bob:head_jnt.{channel}{axis}", lock=True)


@pytest.fixture
def scene(maya: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Session:
    monkeypatch.setenv("MAYA_A2F_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(settings, "user_folder", lambda: tmp_path / "user")
    maya.may_preview = True
    build_bob(maya.scene)
    return maya


def test_a_script_fits_a_character_and_animates_it_by_the_map(scene: Session, tmp_path: Path) -> None:
    cmds.setAttr(f"bob:{JAW}", 0.25)
    before = scene.scene.state()
    made = maya_a2f.fit_rig("bob", picked(), tmp_path / "bob.json")
    assert scene.scene.state() == before, "the rig was put back"
    assert made.problems == ()
    assert made.matched["jawOpen"] == (JAW,)
    assert read_rig_map(made.rig_map).fit == made.fit.name
    clip = write_recording(tmp_path / "line.wav", 0.6)
    done = maya_a2f.animate(str(clip), "bob", rig_map=made.rig_map, start_frame=1)
    keys = keys_in(scene.scene)
    assert JAW in done.curves
    values = [value for _, value in keys[f"bob:{JAW}"]]
    assert max(values) - min(values) > 0.05, "the jaw moves with the syllables"
    assert all(-1e-6 <= value <= 1.0 + 1e-6 for value in values)
    (result,) = maya_a2f.results("bob")
    recorded = {record.attribute: record.channels for record in result.curves}
    assert recorded[JAW][0] == "jawOpen"
    assert maya_a2f.rerun(result, regions="jaw").curves == (JAW,), "a control that answers to the jaw is of its region"


def test_the_window_of_the_panel_fits_a_character_and_animate_drives_it(
    desktop: Session, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "user_folder", lambda: tmp_path / "user")
    build_bob(desktop.scene)
    commands.open_panel()
    opened = dock.opened()
    assert opened is not None
    panel = opened.panel
    assert isinstance(panel, A2FPanel)
    cmds.select("bob:head_jnt")
    panel.character_section.pick()
    assert not panel.character_section.readiness().is_ready  # type: ignore[union-attr]
    panel.character_section.fitAsked.emit()
    window = panel.fit.window
    assert window is not None
    for name, vertex in picked().items():
        window.choose(name)
        cmds.select(vertex)
        window.take_vertex()
    assert window.message.text == ""
    swapped = picked()
    window.choose("mouthCornerLeft")
    cmds.select(swapped["mouthCornerRight"])
    window.take_vertex()
    window.choose("mouthCornerRight")
    cmds.select(swapped["mouthCornerLeft"])
    window.take_vertex()
    assert "wrong sides" in window.message.text
    for name in ("mouthCornerLeft", "mouthCornerRight"):
        window.choose(name)
        cmds.select(swapped[name])
        window.take_vertex()
    assert window.message.text == ""
    before = desktop.scene.state()
    window.begin()
    assert desktop.scene.state() == before, "the rig was put back"
    wait(lambda: not window.is_running)
    assert "Left undone" in window.message.text
    window.save_to(tmp_path / "bob.json")
    window.close()
    rig_map = panel.rig_map()
    assert rig_map is not None
    assert rig_map.fit == "bob.a2ffit.npz"
    readiness = panel.character_section.readiness()
    assert readiness is not None
    assert readiness.is_ready
    panel.set_clip(str(write_recording(tmp_path / "line.wav", 0.6)))
    wait(lambda: panel.clip_section.duration_seconds() is not None)
    panel.runs.animate()
    wait(lambda: not panel.runs.is_running)
    assert panel.go.message == ""
    assert readiness.words == "driven by a fit by shape"
    keys = keys_in(desktop.scene)
    values = [value for _, value in keys[f"bob:{JAW}"]]
    assert max(values) - min(values) > 0.05
    assert all(name.startswith("bob:face_shapes.ctl_") for name in keys), "nobody else got keys"
