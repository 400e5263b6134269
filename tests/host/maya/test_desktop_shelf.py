"""Shelf and menu: once, ours only, gone when removed; the start of Maya is never disturbed."""

from __future__ import annotations

import ast
import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

import maya_a2f
from tests.fake_maya.session import Session
from tests.host.maya import benches  # noqa: F401 - puts the fake on the path

# isort: split
from maya import cmds

from maya_a2f.host.maya.desktop import buttons, commands, menu, shelf, start_up

CHECKOUT = Path(maya_a2f.__file__).parent.parent
USER_SETUP = Path(maya_a2f.__file__).parent / "host" / "maya" / "scripts" / "userSetup.py"


def _buttons(session: Session) -> list[str]:
    return [item.flags.get("docTag", "") for item in session.widgets.values() if item.kind == "shelfButton"]


def _ours() -> list[str]:
    return [item.mark for item in buttons.BUTTONS]


def test_the_shelf_is_built_once_however_often_it_is_built(maya: Session) -> None:
    for _ in range(3):
        shelf.build()
    assert _buttons(maya) == _ours()
    assert [item.name for item in maya.widgets.values() if item.kind == "shelfLayout"] == ["A2F"]


def test_a_saved_copy_that_maya_reads_late_is_taken_away_when_the_shelf_is_shown(maya: Session) -> None:
    shelf.build()
    for item in buttons.BUTTONS:
        cmds.shelfButton(parent="A2F", label=item.label, docTag=item.mark)
    maya.widgets["A2F"].flags["visibleChangeCommand"]()
    assert _buttons(maya) == _ours()


def test_the_users_own_buttons_on_our_shelf_stay(maya: Session) -> None:
    shelf.build()
    cmds.shelfButton("mine", parent="A2F", label="mine")
    shelf.build()
    shelf.remove()
    assert [item.name for item in maya.widgets.values() if item.kind == "shelfButton"] == ["mine"]
    cmds.deleteUI("mine", control=True)
    shelf.remove()
    assert "A2F" not in maya.widgets


def test_shelf_and_menu_removed_are_gone(maya: Session) -> None:
    before = set(maya.widgets)
    start_up.build()
    assert set(maya.widgets) > before
    start_up.remove()
    start_up.remove()
    assert set(maya.widgets) == before


def test_the_menu_is_built_once_and_says_the_same_as_the_shelf(maya: Session) -> None:
    menu.build()
    menu.build()
    items = [item for item in maya.widgets.values() if item.kind == "menuItem" and "label" in item.flags]
    assert [item.flags["label"] for item in items] == [item.label for item in buttons.BUTTONS]
    assert [item.kind for item in maya.widgets.values()].count("menu") == 1
    assert maya.widgets[menu.MENU].parent == "MayaWindow"


@pytest.mark.parametrize("item", buttons.BUTTONS, ids=lambda item: item.name)
def test_a_button_has_a_command_a_tooltip_and_crisp_icons(item: buttons.Button) -> None:
    ast.parse(item.command)
    assert callable(getattr(commands, item.name))
    assert item.tooltip
    stem = item.icon.removesuffix(".png")
    for name, size in ((item.icon, 32), (f"{stem}_150.png", 48), (f"{stem}_200.png", 64)):
        head = (CHECKOUT / "icons" / name).read_bytes()[:24]
        assert int.from_bytes(head[16:20], "big") == int.from_bytes(head[20:24], "big") == size


@pytest.mark.parametrize("item", buttons.BUTTONS, ids=lambda item: item.name)
def test_a_button_runs_as_maya_runs_it(maya: Session, monkeypatch: pytest.MonkeyPatch, item: buttons.Button) -> None:
    run: list[str] = []
    monkeypatch.setattr(commands, item.name, lambda: run.append(item.name))
    exec(item.command, {})
    assert run == [item.name]


# -- the start of Maya ----------------------------------------------------------------------------------------------


def _start() -> None:
    runpy.run_path(str(USER_SETUP))


def test_starting_maya_makes_shelf_and_menu_when_all_else_is_there(maya: Session) -> None:
    _start()
    assert _buttons(maya) == [], "the window is not there yet"
    maya.idle()
    assert _buttons(maya) == _ours()
    assert menu.MENU in maya.widgets
    assert maya.warnings == []


def test_starting_in_batch_does_nothing(maya: Session) -> None:
    maya.batch = True
    widgets = dict(maya.widgets)
    _start()
    assert (maya.deferred, maya.deferred_last, maya.widgets, maya.warnings) == ([], [], widgets, [])
    start_up.remove()


def _fails(*args: object, **flags: object) -> None:
    raise RuntimeError("no shelves today")


@pytest.mark.parametrize("spoil", [lambda patch: patch.setattr(start_up, "start", _fails),
                                   lambda patch: patch.setattr(shelf, "build", _fails)])  # fmt: skip
def test_an_error_at_the_start_is_one_warning(
    maya: Session, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[pytest.MonkeyPatch], None]
) -> None:
    spoil(monkeypatch)
    _start()
    maya.idle()
    assert len(maya.warnings) == 1
    assert "no shelves today" in maya.warnings[0]


def test_the_module_file_names_the_start_up_folder_which_holds_nothing_else() -> None:
    """Maya puts the whole folder on its script path, and Python's."""
    entries = {line for line in (CHECKOUT / "a2f.mod").read_text("utf-8").splitlines() if line.startswith("scripts: ")}
    assert entries == {f"scripts: {USER_SETUP.parent.relative_to(CHECKOUT).as_posix()}"}
    assert {path.name for path in USER_SETUP.parent.iterdir()} - {"__pycache__"} == {"userSetup.py"}


def test_user_setup_leaves_no_names_behind() -> None:
    tree = ast.parse(USER_SETUP.read_text("utf-8"))
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    deleted = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Delete)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    assert defined == deleted


def test_a_maya_without_shelves_gets_none(maya: Session) -> None:
    del maya.widgets["ShelfLayout"]
    shelf.build()
    assert _buttons(maya) == []
    shelf.remove()
