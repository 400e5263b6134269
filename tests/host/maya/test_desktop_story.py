"""The real panel in Maya's dock, with the real worker: from the shelf to keys and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fake_maya.scenes import keys_in
from tests.fake_maya.session import Session
from tests.host.maya.conftest import Wait, needs_worker

pytest.importorskip("PySide6")

# isort: split
from maya import cmds

from maya_a2f.host.maya.desktop import commands, dock
from maya_a2f.ui.panel import A2FPanel
from tests.ui.test_panel_stories import write_recording

pytestmark = needs_worker


@pytest.fixture
def line(tmp_path: Path) -> str:
    return str(write_recording(tmp_path / "line ü.wav", 0.6))


def _opened() -> A2FPanel:
    opened = dock.opened()
    assert opened is not None
    assert isinstance(opened.panel, A2FPanel)
    return opened.panel


def test_from_the_shelf_to_keys_and_back(desktop: Session, wait: Wait, line: str) -> None:
    before = desktop.scene.state()
    commands.open_panel()
    panel = _opened()
    panel.set_clip(line)
    wait(lambda: panel.clip() is not None and panel.clip_section.duration_seconds() is not None)
    cmds.select("jaw_jnt")
    selected = desktop.scene.state()
    assert selected != before
    steps = len(desktop.undo.done)
    commands.animate_selection()
    wait(lambda: not panel.runs.is_running)
    keys = keys_in(desktop.scene)
    assert any(name.endswith(".jawOpen") for name in keys)
    assert len(desktop.undo.done) == steps + 1, "one undo step"
    assert desktop.warnings == []
    assert desktop.slider["sound"]
    assert panel.host.results(panel.character().name)  # type: ignore[union-attr]
    commands.animate_selection()
    wait(lambda: not panel.runs.is_running)
    assert keys_in(desktop.scene) == keys, "a second run changes nothing"
    commands.remove()
    assert keys_in(desktop.scene) == {}
    for _ in range(len(desktop.undo.done) - steps):
        cmds.undo()
    assert desktop.scene.state() == selected


def test_the_settings_come_back_with_the_next_panel(desktop: Session, wait: Wait, line: str) -> None:
    commands.open_panel()
    panel = _opened()
    panel.set_clip(line)
    wait(lambda: panel.clip() is not None)
    desktop.close_control(dock.CONTROL)
    desktop.idle()
    assert desktop.jobs == {}
    commands.open_panel()
    again = _opened().clip()
    assert again is not None
    assert again.path == line


def test_a_preview_moves_the_rig_and_closing_the_panel_puts_it_back(desktop: Session, wait: Wait, line: str) -> None:
    commands.open_panel()
    panel = _opened()
    panel.set_clip(line)
    wait(lambda: panel.clip_section.duration_seconds() is not None)
    cmds.select("jaw_jnt")
    panel.character_section.pick()
    before = desktop.scene.state()
    steps = len(desktop.undo.done)
    panel.runs.preview()
    wait(lambda: not panel.runs.is_running)
    moved = set()
    for frame in range(1, 19):
        panel.host.set_current_frame(frame)
        desktop.idle()
        moved.add(repr(desktop.scene.state()["nodes"]))
    assert len(moved) > 5, "the face moves from frame to frame"
    assert len(desktop.undo.done) == steps
    desktop.close_control(dock.CONTROL)
    desktop.idle()
    after = desktop.scene.state()
    assert after["nodes"] == before["nodes"]
    assert len(desktop.undo.done) == steps


def test_animate_without_a_selection_or_clip_says_so_in_the_panel(desktop: Session, wait: Wait) -> None:
    commands.animate_selection()
    panel = _opened()
    wait(lambda: not panel.runs.is_running)
    assert keys_in(desktop.scene) == {}
    commands.bake()
    assert "no take" in desktop.warnings[-1]


def test_a_part_of_a_recording_in_a_scene_never_saved_is_heard_and_its_keys_follow_it(
    desktop: Session, wait: Wait, tmp_path: Path
) -> None:
    line = str(write_recording(tmp_path / "long line.wav", 1.2))
    commands.open_panel()
    panel = _opened()
    panel.set_clip(line)
    wait(lambda: panel.clip_section.duration_seconds() is not None)
    panel.clip_section.restore({**panel.clip_section.state(), "in_seconds": 0.3, "out_seconds": 0.9})
    wait(lambda: panel.clip() is not None and panel.clip().in_seconds == 0.3)  # type: ignore[union-attr]
    cmds.select("jaw_jnt")
    commands.animate_selection()
    wait(lambda: not panel.runs.is_running)
    assert panel.go.message == ""
    (sound,) = cmds.ls(type="audio")
    copy = Path(cmds.getAttr(f"{sound}.filename"))
    assert copy.parent == tmp_path / "cache" / "sound"
    assert copy.is_file()
    before = desktop.scene.state()
    steps = len(desktop.undo.done)
    cmds.sound(sound, edit=True, offset=11)
    desktop.idle()
    assert not panel.go._offer.isHidden()
    panel.go._offer._button.click()
    (result,) = panel.host.results(panel.character().name)  # type: ignore[union-attr]
    assert result.first_frame == 11
    clip = panel.clip()
    assert clip is not None
    assert clip.start_frame == 11
    for _ in range(len(desktop.undo.done) - steps):
        cmds.undo()
    assert desktop.scene.state() == before
