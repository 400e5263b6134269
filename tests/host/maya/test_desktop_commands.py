"""What the buttons do, and what they say when they cannot."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fake_maya.scenes import build_head, keys_in
from tests.fake_maya.session import Session
from tests.host.maya.benches import JAW_OPEN, TIMELINE, host, weight

pytest.importorskip("PySide6")

# isort: split
from maya import cmds
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from maya_a2f.host.maya.bake import BakeOptions
from maya_a2f.host.maya.desktop import commands


@pytest.fixture
def scene(maya: Session) -> Iterator[Session]:
    build_head(maya.scene)
    return maya


def _bake(name: str, frame: float) -> None:
    host(BakeOptions(result=name)).bake([weight({frame: 1, frame + 5: 0})], timeline=TIMELINE)


def test_remove_takes_the_only_result_out_without_asking(scene: Session) -> None:
    _bake("line 1", 1)
    cmds.select("jaw_jnt")
    commands.remove()
    assert keys_in(scene.scene) == {}
    assert (scene.asked, scene.warnings) == ([], [])
    assert scene.messages == ["A2F: Removed 'line 1': 1 curves."]


def test_remove_asks_which_of_several_and_cancel_removes_none(scene: Session) -> None:
    _bake("line 1", 1)
    _bake("line 2", 20)
    cmds.select("jaw_jnt")
    commands.remove()
    assert scene.asked[0]["button"] == ["line 2 (20 to 25)", "line 1 (1 to 6)", "Cancel"]
    assert len(keys_in(scene.scene)[JAW_OPEN]) == 4
    scene.answers = ["line 1 (1 to 6)"]
    commands.remove()
    assert [frame for frame, _ in keys_in(scene.scene)[JAW_OPEN]] == [20, 25]


def test_remove_names_what_was_edited_since(scene: Session) -> None:
    _bake("line 1", 1)
    cmds.setKeyframe(JAW_OPEN, time=2, value=0.5)
    cmds.select("jaw_jnt")
    commands.remove()
    assert JAW_OPEN in scene.warnings[0]
    assert "edited" in scene.warnings[0]


@pytest.mark.parametrize("selected", [False, True])
def test_what_cannot_be_done_is_one_line_with_the_next_step(scene: Session, selected: bool) -> None:
    if selected:
        cmds.select("jaw_jnt")
    else:
        cmds.select(clear=True)
    commands.remove()
    assert len(scene.warnings) == 1
    assert "elect" in scene.warnings[0]


@pytest.mark.parametrize("command", [commands.open_panel, commands.animate_selection, commands.bake])
def test_in_batch_the_panel_is_refused_in_one_line(scene: Session, command) -> None:  # type: ignore[no-untyped-def]
    scene.batch = True
    command()
    assert len(scene.warnings) == 1
    assert "without" in scene.warnings[0]


def test_help_and_batch_open_a_page_that_is_there(scene: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url) or True)
    commands.help()
    commands.batch()
    assert len(opened) == 1, "closing the dialog opens nothing"
    scene.answers = ["Open the documentation"]
    commands.batch()
    assert [url.toLocalFile().endswith(".md") for url in opened] == [True, True]
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: False)
    commands.help()
    assert "could not be opened" in scene.warnings[0]
