"""The panel docks, comes back with the layout, and leaves nothing behind."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

import pytest

from maya_a2f.errors import A2FError, HostError
from tests.fake_maya.model.interface import Widget
from tests.fake_maya.scenes import build_head
from tests.fake_maya.session import Session
from tests.host.maya import benches  # noqa: F401 - puts the fake on the path
from tests.host.maya.test_static_calls import command_calls, complaints

pytest.importorskip("PySide6")

# isort: split
from maya import cmds, utils
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget

from maya_a2f.host.maya.desktop import dock
from maya_a2f.host.maya.desktop.panel_host import MayaPanelHost


class SmallPanel(QWidget):
    """Stands in for the panel: watches the scene as it does, and counts how often it was ended."""

    def __init__(self, host: MayaPanelHost) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.addWidget(QLabel("panel"))
        self.told: list[object] = []
        self.ended = 0
        self.stop = host.watch(self.told.append, self.told.append)

    def close_down(self) -> None:
        self.ended += 1
        self.stop()


@pytest.fixture
def session(maya: Session, qt_application: QApplication) -> Iterator[Session]:
    build_head(maya.scene)
    yield maya
    dock.close_panel()
    maya.idle()
    qt_application.processEvents()
    assert dock.opened() is None
    assert (maya.jobs, maya.scene_callbacks) == ({}, {}), "something still listens"


def _panel(found: dock.PanelDock | None) -> SmallPanel:
    assert found is not None
    assert isinstance(found.panel, SmallPanel)
    return found.panel


def test_it_docks_at_the_right_and_a_second_press_raises_the_same(session: Session) -> None:
    first = dock.open_panel(SmallPanel)
    control = session.widgets[dock.CONTROL]
    assert control.content is first
    assert control.flags["area"] == "right"
    assert control.flags["uiScript"] == dock.UI_SCRIPT
    assert dock.open_panel(SmallPanel) is first
    assert control.flags["restore"] is True


def test_closing_the_tab_ends_the_panel_once(session: Session) -> None:
    panel = _panel(dock.open_panel(SmallPanel))
    session.close_control(dock.CONTROL)
    session.idle()
    assert panel.ended == 1
    assert dock.opened() is None
    assert session.jobs == {}
    assert _panel(dock.open_panel(SmallPanel)) is not panel


def test_quitting_maya_ends_the_panel(session: Session) -> None:
    panel = _panel(dock.open_panel(SmallPanel))
    session.tell("event", "quitApplication")
    session.idle()
    assert (panel.ended, session.jobs) == (1, {})


def test_a_control_left_over_from_before_is_replaced(session: Session) -> None:
    session.widgets[dock.CONTROL] = Widget("workspaceControl", dock.CONTROL, "MayaWindow")
    opened = dock.open_panel(SmallPanel)
    assert session.widgets[dock.CONTROL].content is opened


def test_a_panel_whose_control_went_away_is_ended_and_made_anew(session: Session) -> None:
    panel = _panel(dock.open_panel(SmallPanel))
    cmds.deleteUI(dock.CONTROL, control=True)
    assert _panel(dock.open_panel(SmallPanel)) is not panel
    assert panel.ended == 1


def _restored(session: Session) -> Widget:
    """Maya restores a layout that held the panel."""
    control = Widget("workspaceControl", dock.CONTROL, "MayaWindow", {"uiScript": dock.UI_SCRIPT})
    session.widgets[dock.CONTROL] = control
    session.current_parent = dock.CONTROL
    exec(control.flags["uiScript"], {})  # as Maya does: a string in a fresh namespace
    session.current_parent = ""
    gc.collect()
    return control


def test_the_layout_brings_the_panel_back(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dock.restore, "__defaults__", (SmallPanel,))
    control = _restored(session)
    assert control.content is dock.opened()
    panel = _panel(dock.opened())
    session.close_control(dock.CONTROL)
    session.idle()
    assert panel.ended == 1


def test_restoring_over_an_open_panel_ends_the_old_one(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dock.restore, "__defaults__", (SmallPanel,))
    old = _panel(dock.open_panel(SmallPanel))
    control = _restored(session)
    assert old.ended == 1
    assert control.content is dock.opened()
    assert _panel(dock.opened()) is not old


def test_a_panel_that_fails_to_restore_leaves_one_line_in_its_tab(
    session: Session, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(host: MayaPanelHost) -> QWidget:
        raise ImportError("no module named 'something'")

    monkeypatch.setattr(dock.restore, "__defaults__", (broken,))
    control = _restored(session)
    (label,) = control.content.findChildren(QLabel)
    assert "something" in label.text()
    assert session.warnings == ["A2F panel: no module named 'something'"]
    assert "Traceback" in capsys.readouterr().err


def test_a_layout_restored_without_the_module_says_so_in_one_line(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "maya_a2f.host.maya.desktop", None)
    _restored(session)
    (line,) = [widget for widget in session.widgets.values() if widget.kind == "text"]
    assert line.parent == dock.CONTROL
    assert "could not be loaded" in line.flags["label"]
    assert len(session.warnings) == 1
    monkeypatch.undo()


def test_a_panel_that_cannot_start_in_this_scene_says_why_in_its_tab(session: Session) -> None:
    def refuses(host: MayaPanelHost) -> QWidget:
        raise HostError("The scene counts time in 'sec'.", code="scene.rate", hint="Choose a frame rate.")

    opened = dock.open_panel(refuses)
    (label,) = opened.findChildren(QLabel)
    assert label.text() == "The scene counts time in 'sec'. Choose a frame rate."
    assert opened.panel is None


def test_the_script_of_the_layout_is_checked_like_the_rest() -> None:
    calls = command_calls(dock.UI_SCRIPT)
    assert len(calls) == 2
    assert [complaint for call in calls for complaint in complaints(call)] == []


def test_without_a_window_it_is_refused_politely(maya: Session) -> None:
    maya.batch = True
    with pytest.raises(HostError) as refusal:
        dock.open_panel(SmallPanel)
    assert refusal.value.hint
    assert isinstance(refusal.value, A2FError)


def test_the_panel_hears_of_the_scene_until_it_is_closed(session: Session) -> None:
    panel = _panel(dock.open_panel(SmallPanel))
    cmds.currentTime(12)
    utils.processIdleEvents()
    assert panel.told == [12]
    session.close_control(dock.CONTROL)
    cmds.currentTime(13)
    utils.processIdleEvents()
    assert panel.told == [12]
