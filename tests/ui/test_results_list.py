"""The list of results: what was edited in each, and what its buttons ask for."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton, QWidget

from maya_a2f.core.ports import KeptKeys
from maya_a2f.core.rerun_scope import RerunScope
from maya_a2f.ui.panel_host import BakedResult
from maya_a2f.ui.result_row import ResultRow, frames_words
from maya_a2f.ui.results_list import ResultsList
from tests.ui.conftest import WaitUntil
from tests.ui.fake_panel_host import FakePanelHost

EDITED = "its keys were edited since they were written"
JAW = KeptKeys("face.jawOpen", ((16.0, 30.0),), EDITED)
BROW = KeptKeys("face.browInnerUp", (), "its keys were deleted since they were written")
LINE = BakedResult("line_01", "hero", 1, 240)


@pytest.fixture
def host() -> FakePanelHost:
    return FakePanelHost(edits={"line_01": [JAW, BROW]}, range=(40.0, 75.0))


@pytest.fixture
def row(app: QApplication, host: FakePanelHost, wait_until: WaitUntil) -> ResultRow:
    results = ResultsList(host=host)
    results.set_results([LINE])
    found = results.row("line_01")
    wait_until(lambda: found.summary)
    found.list_widget = results  # type: ignore[attr-defined]
    return found


def _button(parent: QWidget, words: str) -> QAbstractButton:
    return next(button for button in parent.findChildren(QAbstractButton) if button.text() == words)


def _asked(row: ResultRow) -> list[RerunScope]:
    scopes: list[RerunScope] = []
    row.rerunRequested.connect(scopes.append)
    return scopes


def test_each_result_says_what_was_edited_in_it(row: ResultRow) -> None:
    assert row.summary == "2 edited curves"
    row._summary.click()
    assert not row._list.isHidden()
    assert [frames_words(edit) for edit in (JAW, BROW)] == ["frames 16 – 30", "deleted"]


def test_an_untouched_result_says_so(row: ResultRow) -> None:
    row.set_edits([])
    assert row.summary == "Not edited since"
    assert not row._summary.isEnabled()
    assert row._list.isHidden()


def test_re_run_leaves_the_edits_and_takes_over_what_is_pressed(row: ResultRow) -> None:
    scopes = _asked(row)
    _button(row, "Re-run").click()
    _button(row, "Take over").click()
    _button(row, "Re-run").click()
    _button(row, "Take over all").click()
    _button(row, "Re-run").click()
    assert [sorted(scope.take_over) for scope in scopes] == [[], [JAW.attribute], [BROW.attribute, JAW.attribute]]
    row.set_edits([JAW, BROW])
    assert set(row.taken_over) == {JAW.attribute, BROW.attribute}, "a look at the scene lifts no button"


def test_edits_made_meanwhile_are_found_when_the_mouse_comes_back(
    row: ResultRow, host: FakePanelHost, wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = row.list_widget  # type: ignore[attr-defined]
    host.edits["line_01"] = [JAW]
    middle = QPointF(5, 5)
    QApplication.sendEvent(results, QEnterEvent(middle, middle, middle))
    assert row.summary == "2 edited curves", "not with every movement"
    monkeypatch.setattr("maya_a2f.ui.results_list._LOOK_AGAIN_MS", 0)
    QApplication.sendEvent(results, QEnterEvent(middle, middle, middle))
    wait_until(lambda: row.summary == "1 edited curve")


def test_a_range_is_the_one_selected_on_the_time_slider(row: ResultRow, host: FakePanelHost) -> None:
    scopes = _asked(row)
    _button(row, "Re-run range").click()
    assert [scope.frames for scope in scopes] == [(40.0, 75.0)]
    host.range = None
    _button(row, "Re-run range").click()
    assert len(scopes) == 1
    assert "hold Shift and drag" in row.list_widget._message.text  # type: ignore[attr-defined]


def test_a_region_is_chosen_from_a_menu(row: ResultRow) -> None:
    scopes = _asked(row)
    region = _button(row, "Re-run region")
    assert isinstance(region, QPushButton)
    menu = region.menu()
    assert [action.text() for action in menu.actions()] == ["Mouth", "Jaw", "Tongue", "Eyes", "Brows", "Head"]
    menu.actions()[4].trigger()
    assert [scope.regions for scope in scopes] == [frozenset({"brows"})]


def test_a_host_that_knows_no_edits_offers_remove_only(app: QApplication) -> None:
    results = ResultsList()
    results.set_results([LINE])
    assert [button.text() for button in results.row("line_01").findChildren(QPushButton)] == ["Remove"]


def test_many_edits_stay_a_short_list(row: ResultRow) -> None:
    many = [KeptKeys(f"face.shape{index}", ((1.0, 9.0),), EDITED) for index in range(72)]
    row.set_edits(many)
    row._set_open(True)
    assert row.summary == "72 edited curves"
    _button(row, "Take over all").click()
    assert len(row.taken_over) == 72
    assert frames_words(KeptKeys("a", ((1, 2), (5, 5), (8, 9)), EDITED)) == "frames 1 – 2 and 2 more"
