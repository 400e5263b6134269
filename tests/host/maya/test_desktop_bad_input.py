"""What an animator gets wrong, and what goes wrong around him: a clear message, the scene unchanged, and on it goes.

The real panel in Maya's dock with the real worker.
"""

from __future__ import annotations

import os
import shutil
import signal
import wave
from collections.abc import Callable
from pathlib import Path

import pytest

from maya_a2f.core.head import load_head
from maya_a2f.outputs import HEAD_FOLDER
from tests.fake_maya.scenes import build_head, keys_in
from tests.fake_maya.session import Session
from tests.host.maya.conftest import Wait, needs_worker

pytest.importorskip("PySide6")

# isort: split
from maya import cmds

from maya_a2f.host.maya.desktop import commands, dock
from maya_a2f.ui.field_message import FieldMessage
from maya_a2f.ui.panel import A2FPanel
from tests.ui.test_panel_stories import write_recording

pytestmark = needs_worker


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recording(tmp_path_factory.mktemp("sound") / "line.wav", 0.6)


@pytest.fixture(scope="module")
def long_line(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recording(tmp_path_factory.mktemp("sound") / "long.wav", 12)


def opened_with(clip: Path | None, wait: Wait, selected: str = "jaw_jnt") -> A2FPanel:
    commands.open_panel()
    found = dock.opened()
    assert found is not None
    panel = found.panel
    assert isinstance(panel, A2FPanel)
    if clip is not None:
        panel.set_clip(str(clip))
        wait(lambda: panel.clip_section.duration_seconds() is not None or panel.clip_section.message.text)
    if selected:
        cmds.select(selected)
    panel.character_section.pick()
    return panel


def said(panel: A2FPanel) -> str:
    """Every message that is shown."""
    messages = [each.text for each in panel.findChildren(FieldMessage) if not each.isHidden()]
    return " ".join([*messages, panel.go.result, panel.go._reason.text()])


def run_and_wait(panel: A2FPanel, wait: Wait) -> None:
    panel.runs.animate()
    wait(lambda: not panel.runs.is_running)


def solving(clip: Path, wait: Wait) -> A2FPanel:
    """A panel in the middle of a run."""
    panel = opened_with(clip, wait)
    panel.runs.animate()
    wait(lambda: panel.runs._job is not None and panel.runs._job._ticket is not None)
    return panel


# -- before a run ---------------------------------------------------------------------------------------------------


def test_nothing_selected(desktop: Session, wait: Wait, line: Path) -> None:
    panel = opened_with(line, wait, selected="")
    before = desktop.scene.state()
    assert "No character is selected. Select any part of the character" in said(panel)
    run_and_wait(panel, wait)
    assert desktop.scene.state() == before
    cmds.select("jaw_jnt")
    panel.character_section.pick()
    run_and_wait(panel, wait)
    assert keys_in(desktop.scene)


def test_a_character_without_a_face(desktop: Session, wait: Wait, line: Path) -> None:
    cmds.createNode("transform", name="crate")
    panel = opened_with(line, wait, selected="crate")
    before = desktop.scene.state()
    assert "crate" in said(panel)
    run_and_wait(panel, wait)
    assert desktop.scene.state() == before


def test_a_read_only_reference_keeps_its_locks_and_names_them(desktop: Session, wait: Wait, line: Path) -> None:
    build_head(desktop.scene, load_head(HEAD_FOLDER), namespace="bob", reference="bobRN")
    desktop.scene.set_locked((desktop.scene.node("bob:jaw_jnt").uuid, "rotateX"), True)
    panel = opened_with(line, wait, selected="bob:jaw_jnt")
    character = panel.character()
    assert character is not None
    assert "referenced" in character.blocked["jaw_jnt.rotateX"]
    assert "jaw_jnt.rotateX" not in character.fixable, "a lock in a referenced file cannot be opened here"
    run_and_wait(panel, wait)
    keyed = set(keys_in(desktop.scene))
    assert "bob:jaw_jnt.rotateY" in keyed
    assert "bob:jaw_jnt.rotateX" not in keyed
    assert "jaw_jnt.rotateX: it is locked (the node is referenced" in panel.go._result._details.toPlainText()


def test_a_clip_that_is_none(desktop: Session, wait: Wait, tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("this is no sound", "utf-8")
    write_recording(tmp_path / "empty.wav", 0)
    (tmp_path / "folder.wav").mkdir()
    panel = opened_with(None, wait)
    before = desktop.scene.state()
    for name in ("text.wav", "empty.wav", "folder.wav", "nothing.wav"):
        panel.set_clip(str(tmp_path / name))
        wait(lambda: panel.clip_section.message.text)
        assert name in said(panel)
        run_and_wait(panel, wait)
        assert desktop.scene.state() == before


def test_a_mute_clip_says_so(desktop: Session, wait: Wait, tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "mute.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16000)
        sound.writeframes(bytes(32000))
    panel = opened_with(tmp_path / "mute.wav", wait)
    assert "The recording is silent." in said(panel)


def test_a_clip_deleted_after_it_was_loaded(desktop: Session, wait: Wait, line: Path, tmp_path: Path) -> None:
    clip = Path(shutil.copy(line, tmp_path / "gone.wav"))
    panel = opened_with(clip, wait)
    before = desktop.scene.state()
    clip.unlink()
    run_and_wait(panel, wait)
    assert "gone.wav' is not there any more" in said(panel)
    assert desktop.scene.state() == before


def test_a_scene_that_counts_in_seconds_is_said_and_the_next_rate_is_taken(
    desktop: Session, wait: Wait, line: Path
) -> None:
    desktop.scene.time_unit = "sec"
    panel = opened_with(line, wait)
    before = desktop.scene.state()
    assert "counts time in 'sec', which is no frame rate" in panel.go._reason.text()
    run_and_wait(panel, wait)
    assert desktop.scene.state() == before
    desktop.scene.time_unit = "film"
    desktop.idle()
    assert "no frame rate" not in said(panel)
    run_and_wait(panel, wait)
    assert keys_in(desktop.scene)
    desktop.scene.time_unit = "hour"
    desktop.idle()
    desktop.scene.ticks += 5880000
    desktop.idle()
    assert "counts time in 'hour'" in said(panel)
    desktop.scene.time_unit = "film"
    desktop.idle()
    assert "no frame rate" not in said(panel)


# -- during a run ---------------------------------------------------------------------------------------------------


def _change_rate(session: Session) -> None:
    session.scene.time_unit = "film"


def _lose_the_rate(session: Session) -> None:
    session.scene.time_unit = "sec"


def _delete(session: Session) -> None:
    shapes = cmds.ls(type="blendShape") or []
    cmds.delete("a2f_head", *shapes)  # Maya deletes deformers with their geometry


def _new_scene(session: Session) -> None:
    session.open_scene()


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (_change_rate, "from 30 to 24"),
        (_lose_the_rate, "no frame rate"),
        (_delete, "'a2f_head' is no longer in the scene"),
        (_new_scene, "Another scene was opened"),
    ],
    ids=["frame rate", "no frame rate", "deleted", "new scene"],
)
def test_what_happens_while_solving(
    desktop: Session, wait: Wait, long_line: Path, happens: Callable[[Session], None], words: str
) -> None:
    panel = solving(long_line, wait)
    happens(desktop)
    before = desktop.scene.state()
    wait(lambda: not panel.runs.is_running)
    assert words in said(panel)
    assert desktop.scene.state() == before


def test_a_node_renamed_while_solving_gets_its_keys_under_its_new_name(
    desktop: Session, wait: Wait, long_line: Path
) -> None:
    panel = solving(long_line, wait)
    cmds.rename("jaw_jnt", "mandible")
    wait(lambda: not panel.runs.is_running)
    assert "mandible.rotateX" in keys_in(desktop.scene)


def test_a_killed_worker_leaves_the_scene_alone_and_the_next_click_works(
    desktop: Session, wait: Wait, long_line: Path
) -> None:
    panel = solving(long_line, wait)
    before, steps = desktop.scene.state(), len(desktop.undo.done)
    assert panel.link.process_id is not None
    os.kill(panel.link.process_id, getattr(signal, "SIGKILL", signal.SIGTERM))
    wait(lambda: not panel.runs.is_running)
    assert "The worker ended in the middle of its work" in said(panel)
    assert (desktop.scene.state(), len(desktop.undo.done)) == (before, steps)
    run_and_wait(panel, wait)
    assert keys_in(desktop.scene)


def test_a_panel_closed_while_solving_leaves_the_scene_alone_and_opens_again(
    desktop: Session, wait: Wait, line: Path, long_line: Path
) -> None:
    solving(long_line, wait)
    before, steps = desktop.scene.state(), len(desktop.undo.done)
    desktop.close_control(dock.CONTROL)
    desktop.idle()
    assert dock.opened() is None
    assert (desktop.scene.state(), len(desktop.undo.done)) == (before, steps)
    assert (desktop.jobs, desktop.warnings) == ({}, [])
    run_and_wait(opened_with(line, wait), wait)
    assert keys_in(desktop.scene)
