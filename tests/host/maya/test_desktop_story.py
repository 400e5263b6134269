"""The real panel in Maya's dock, with the real worker: from the shelf to keys and back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from maya_a2f import settings
from maya_a2f.core.head import load_head
from tests.fake_maya.scenes import build_head, keys_in
from tests.fake_maya.session import Session
from tests.host.maya import benches  # noqa: F401 - puts the fake on the path

pytest.importorskip("PySide6")

# isort: split
from maya import cmds
from PySide6.QtCore import QEventLoop, QProcess
from PySide6.QtWidgets import QApplication

from maya_a2f.host.maya.desktop import commands, dock
from maya_a2f.ui.panel import A2FPanel
from tests.ui.test_panel_stories import write_recording

pytestmark = pytest.mark.skipif(
    settings.worker_python() is None or not (settings.checkout_folder() / "engines" / "default").is_dir(),
    reason="needs the worker's environment and the model that ships",
)

Wait = Callable[[Callable[[], object]], None]
HEAD = load_head(Path(settings.__file__).parent / "presets" / "default_head")


@pytest.fixture
def wait(maya: Session, qt_application: QApplication) -> Wait:
    """Runs Qt's events and Maya's until a condition holds."""

    def until(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 120
        while not condition():
            assert time.monotonic() < deadline, "the condition did not come to hold in time"
            qt_application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            maya.idle()
            time.sleep(0.001)

    return until


@pytest.fixture
def session(
    maya: Session, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qt_application: QApplication
) -> Iterator[Session]:
    monkeypatch.setenv("MAYA_A2F_CACHE", str(tmp_path / "cache"))
    maya.user_folder = tmp_path / "maya"
    maya.may_preview = True
    build_head(maya.scene, HEAD)
    yield maya
    dock.close_panel()
    maya.idle()
    wait(lambda: not qt_application.findChildren(QProcess))  # the worker leaves by itself
    assert (maya.jobs, maya.scene_callbacks) == ({}, {}), "something still listens"
    assert maya.scene.shown == {}


@pytest.fixture
def line(tmp_path: Path) -> str:
    return str(write_recording(tmp_path / "line ü.wav", 0.6))


def _opened() -> A2FPanel:
    opened = dock.opened()
    assert opened is not None
    assert isinstance(opened.panel, A2FPanel)
    return opened.panel


def test_from_the_shelf_to_keys_and_back(session: Session, wait: Wait, line: str) -> None:
    before = session.scene.state()
    commands.open_panel()
    panel = _opened()
    panel.set_clip(line)
    wait(lambda: panel.clip() is not None and panel.clip_section.duration_seconds() is not None)
    cmds.select("jaw_jnt")
    selected = session.scene.state()
    assert selected != before
    steps = len(session.undo.done)
    commands.animate_selection()
    wait(lambda: not panel.runs.is_running)
    keys = keys_in(session.scene)
    assert any(name.endswith(".jawOpen") for name in keys)
    assert len(session.undo.done) == steps + 1, "one undo step"
    assert session.warnings == []
    assert session.slider["sound"]
    assert panel.host.results(panel.character().name)  # type: ignore[union-attr]
    commands.animate_selection()
    wait(lambda: not panel.runs.is_running)
    assert keys_in(session.scene) == keys, "a second run changes nothing"
    commands.remove()
    assert keys_in(session.scene) == {}
    for _ in range(len(session.undo.done) - steps):
        cmds.undo()
    assert session.scene.state() == selected


def test_the_settings_come_back_with_the_next_panel(session: Session, wait: Wait, line: str) -> None:
    commands.open_panel()
    panel = _opened()
    panel.set_clip(line)
    wait(lambda: panel.clip() is not None)
    session.close_control(dock.CONTROL)
    session.idle()
    assert session.jobs == {}
    commands.open_panel()
    again = _opened().clip()
    assert again is not None
    assert again.path == line


def test_a_preview_moves_the_rig_and_closing_the_panel_puts_it_back(session: Session, wait: Wait, line: str) -> None:
    commands.open_panel()
    panel = _opened()
    panel.set_clip(line)
    wait(lambda: panel.clip_section.duration_seconds() is not None)
    cmds.select("jaw_jnt")
    panel.character_section.pick()
    before = session.scene.state()
    steps = len(session.undo.done)
    panel.runs.preview()
    wait(lambda: not panel.runs.is_running)
    moved = set()
    for frame in range(1, 19):
        panel.host.set_current_frame(frame)
        session.idle()
        moved.add(repr(session.scene.state()["nodes"]))
    assert len(moved) > 5, "the face moves from frame to frame"
    assert len(session.undo.done) == steps
    session.close_control(dock.CONTROL)
    session.idle()
    after = session.scene.state()
    assert after["nodes"] == before["nodes"]
    assert len(session.undo.done) == steps


def test_animate_without_a_selection_or_clip_says_so_in_the_panel(session: Session, wait: Wait) -> None:
    commands.animate_selection()
    panel = _opened()
    wait(lambda: not panel.runs.is_running)
    assert keys_in(session.scene) == {}
    commands.bake()
    assert "no take" in session.warnings[-1]


def test_a_part_of_a_recording_in_a_scene_never_saved_is_heard_and_its_keys_follow_it(
    session: Session, wait: Wait, tmp_path: Path
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
    before = session.scene.state()
    steps = len(session.undo.done)
    cmds.sound(sound, edit=True, offset=11)
    session.idle()
    assert not panel.go._offer.isHidden()
    panel.go._offer._button.click()
    (result,) = panel.host.results(panel.character().name)  # type: ignore[union-attr]
    assert result.first_frame == 11
    clip = panel.clip()
    assert clip is not None
    assert clip.start_frame == 11
    for _ in range(len(session.undo.done) - steps):
        cmds.undo()
    assert session.scene.state() == before
