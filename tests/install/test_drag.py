"""Dropping ``drag_into_maya.py`` into the viewport of the strict fake Maya."""

from __future__ import annotations

import ast
import importlib.util
import os
import shutil
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import maya_a2f
from tests.fake_maya.commands.registry import BEHAVIOURS
from tests.fake_maya.session import Session, new_session

new_session()

CHECKOUT = Path(__file__).resolve().parents[2]
SCRIPT = CHECKOUT / "install" / "drag_into_maya.py"
START_UP = "maya_a2f.host.maya.desktop.start_up"


class Desk:
    """A Maya with somebody in front of it."""

    def __init__(self, app: Path) -> None:
        self.app = app
        self.version = "2026"
        self.batch = False
        self.answers: list[str] = []
        self.shown: list[str] = []
        self.started = 0
        self.windows = 0

    def drop(self, root: Path = CHECKOUT) -> Any:
        """What Maya does: import the file, call the function."""
        spec = importlib.util.spec_from_file_location("drag_into_maya", root / "install" / "drag_into_maya.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.onMayaDroppedPythonFile(None)

    @property
    def module_files(self) -> list[Path]:
        return sorted(path for path in self.app.rglob("*") if path.is_file())


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    importlib.import_module("maya.cmds")  # registers the fake's own commands, which are replaced below
    made = Desk(tmp_path / "Mäya app")

    def about(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
        return made.batch if flags.get("batch") else made.version

    def confirmDialog(session: Session, mode: str, *args: Any, **flags: Any) -> str:  # noqa: N802 - Maya's name
        assert not made.batch, "a dialog in batch mode waits for ever"
        made.shown.append(flags["message"])
        if flags["button"] == ["OK"]:
            return "OK"
        answer = made.answers.pop(0) if made.answers else flags["dismissString"]
        assert answer in flags["button"]
        return str(answer)

    def internalVar(session: Session, mode: str, *args: Any, **flags: Any) -> str:  # noqa: N802 - Maya's name
        assert flags == {"userAppDir": True}
        return made.app.as_posix() + "/"

    for function in (about, confirmDialog, internalVar):
        monkeypatch.setitem(BEHAVIOURS, function.__name__, function)
    start_up = types.ModuleType(START_UP)
    start_up.start = lambda: setattr(made, "started", made.started + 1)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, START_UP, start_up)
    window = types.ModuleType("maya_a2f.ui.environment_window")
    window.show = lambda: setattr(made, "windows", made.windows + 1)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "maya_a2f.ui.environment_window", window)
    monkeypatch.setitem(os.environ, "XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("MAYA_A2F_WORKER_PYTHON", raising=False)
    installers = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "a2f_install"}
    environ, path = dict(os.environ), list(sys.path)
    new_session()
    yield made
    for name in [name for name in sys.modules if name.split(".")[0] == "a2f_install"]:
        del sys.modules[name]
    sys.modules.update(installers)
    os.environ.clear()
    os.environ.update(environ)
    sys.path[:] = path


def a_copy(folder: Path, version: str = "") -> Path:
    """Another copy of the module: the installer and the template, perhaps of another version."""
    shutil.copytree(CHECKOUT / "install", folder / "install", ignore=shutil.ignore_patterns("__pycache__"))
    text = (CHECKOUT / "a2f.mod").read_text("utf-8")
    (folder / "a2f.mod").write_text(text.replace(" 0.1.0 ", f" {version} ") if version else text, "utf-8")
    return folder


def test_a_drop_writes_one_module_file_and_works_at_once(desk: Desk) -> None:
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != CHECKOUT]
    desk.drop()
    assert [path.name for path in desk.module_files] == ["maya_a2f.mod"]
    assert any(Path(entry).resolve() == CHECKOUT for entry in sys.path if entry)
    assert str(CHECKOUT / "maya_a2f" / "host" / "maya" / "plug_ins") in os.environ["MAYA_PLUG_IN_PATH"]
    assert (CHECKOUT / "icons").as_posix() in os.environ["XBMLANGPATH"]
    assert desk.started == 1, "shelf and menu are there without a restart"


def test_a_second_drop_is_an_update_and_doubles_nothing(desk: Desk) -> None:
    desk.drop()
    names = ("PYTHONPATH", "XBMLANGPATH", "MAYA_PLUG_IN_PATH", "MAYA_SCRIPT_PATH")
    before = {name: os.environ.get(name) for name in names}
    text, path = desk.module_files[0].read_bytes(), list(sys.path)
    desk.drop()
    assert {name: os.environ.get(name) for name in names} == before
    assert desk.module_files[0].read_bytes() == text
    assert sys.path == path
    assert len(desk.module_files) == 1


@pytest.mark.parametrize("version", ["2024", "2022", "2018"])
def test_an_old_maya_is_refused_with_words(desk: Desk, version: str) -> None:
    desk.version = version
    desk.drop()
    assert not desk.module_files
    assert f"This is Maya {version}" in desk.shown[0]


def test_the_dropped_file_can_be_read_by_an_old_python() -> None:
    """Else it could not say that Maya is too old."""
    tree = ast.parse(SCRIPT.read_text("ascii"), feature_version=(3, 4))
    assert not [node for node in ast.walk(tree) if isinstance(node, (ast.AnnAssign, ast.JoinedStr))]
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            assert node.returns is None
            assert not any(argument.annotation for argument in node.args.args)


def test_a_newer_maya_than_is_known_is_told_so(desk: Desk) -> None:
    desk.version = "2031"
    (sentence,) = desk.drop()
    assert "2031" in sentence
    assert not desk.module_files


def test_the_environment_is_offered_and_set_up_only_on_request(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = a_copy(tmp_path / "without an environment")
    monkeypatch.setattr(maya_a2f, "__file__", str(fresh / "maya_a2f" / "__init__.py"))
    desk.drop(fresh)
    assert desk.windows == 0, "closing the dialog is no request"
    desk.answers = ["Set up now"]
    desk.drop(fresh)
    assert desk.windows == 1


def test_nothing_is_offered_where_the_worker_is_set_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAYA_A2F_WORKER_PYTHON", sys.executable)
    desk.answers = ["Set up now"]
    desk.drop()
    assert desk.answers == ["Set up now"]


def test_nothing_is_asked_in_batch(desk: Desk) -> None:
    desk.batch = True
    desk.drop()
    assert not desk.shown
    assert len(desk.module_files) == 1


def test_a_module_without_its_desktop_is_installed_and_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, START_UP, None)
    assert any("no shelf and menu" in sentence for sentence in desk.drop())
    assert desk.module_files


def test_a_failing_shelf_does_not_spoil_the_installation(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("no shelves today")

    monkeypatch.setattr(sys.modules[START_UP], "start", fail)
    assert any("no shelves today" in sentence for sentence in desk.drop())
    assert desk.module_files


def test_another_version_is_named_and_replaced_or_kept_as_chosen(desk: Desk, tmp_path: Path) -> None:
    older = a_copy(tmp_path / "older", "0.0.7")
    desk.drop(older)
    desk.shown.clear()
    before = desk.module_files[0].read_bytes()
    desk.answers = ["Cancel"]
    desk.drop()
    assert "0.0.7" in desk.shown[0]
    assert desk.module_files[0].read_bytes() == before
    desk.answers = ["This Maya only"]
    desk.drop()
    lines = [line for line in desk.module_files[0].read_text("utf-8").splitlines() if line.startswith("+")]
    assert [line.split()[1:4:2] for line in lines] == [
        ["MAYAVERSION:2025", "0.0.7"],
        ["MAYAVERSION:2026", "0.1.0"],
        ["MAYAVERSION:2027", "0.0.7"],
    ]
    desk.answers = ["Every Maya"]
    desk.drop()
    assert "0.0.7" not in desk.module_files[0].read_text("utf-8")
    assert len(desk.module_files) == 1


def test_a_copy_that_is_loaded_already_asks_for_a_restart(desk: Desk, tmp_path: Path) -> None:
    """Half of one version and half of another is worse than a restart."""
    said = desk.drop(a_copy(tmp_path / "other", "0.2.0"))
    assert any("Restart Maya" in sentence for sentence in said)
    assert desk.started == 0
    assert str(tmp_path / "other") not in os.environ.get("MAYA_PLUG_IN_PATH", "")


def test_somebody_elses_file_in_the_way_is_named_and_left(desk: Desk) -> None:
    file = desk.app / "modules" / "mine.mod"
    file.parent.mkdir(parents=True)
    file.write_text("+ maya_a2f 0.0.1 /mine\n")
    desk.drop()
    assert "mine.mod" in desk.shown[0]
    assert desk.module_files == [file]
