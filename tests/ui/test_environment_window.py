"""The set-up window with scripts that behave as the real one: done, failed, called off, no Python."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from maya_a2f.errors import EngineError
from maya_a2f.ui import environment_window
from maya_a2f.ui.environment_window import EnvironmentWindow
from maya_a2f.ui.field_message import FieldMessage
from maya_a2f.ui.python_finding import FoundPython, Machine
from maya_a2f.ui.python_search import PythonSearch

WaitUntil = Callable[..., None]

BEGIN = """
import os, pathlib, sys, time
def say(line):
    print(line, flush=True)
folder = pathlib.Path(sys.argv[sys.argv.index('--folder') + 1])
say('@step creating the environment')
say('@step installing packages')
say('Collecting numpy')
"""
GOOD = BEGIN + "folder.mkdir(parents=True)\nsay('Installing collected packages: numpy')\nsay('Größe: gut')\n"
BAD = BEGIN + "say('No space left on device')\nsys.exit(3)\n"
ENDLESS = BEGIN + "os.read(0, 1)\nsys.exit(6)\n"
DEAF = BEGIN + "time.sleep(600)\n"


class OnlyThis(PythonSearch):
    """Finds the Python that runs the tests, or what it is given."""

    def __init__(self, *found: FoundPython) -> None:
        super().__init__()
        self.found = list(found)

    def start(self, extra: tuple[str, ...] = ()) -> None:
        QTimer.singleShot(0, lambda: self.finished.emit(self.found))


THIS = FoundPython((sys.executable,), (3, 11, 2), sys.executable)


@pytest.fixture
def window(app: QApplication, tmp_path: Path) -> Iterator[Callable[..., EnvironmentWindow]]:
    made: list[EnvironmentWindow] = []

    def make(script: str, *found: FoundPython) -> EnvironmentWindow:
        path = tmp_path / "set up ü.py"
        path.write_text(script, "utf-8")
        window = EnvironmentWindow(OnlyThis(*(found or (THIS,))), folder=tmp_path / "Umgebung ü", script=path)
        window.show()
        made.append(window)
        return window

    yield make
    for window in made:
        if window._process is not None:
            window._process.blockSignals(True)
            window._process.kill()
            window._process.waitForFinished(2000)
        window.deleteLater()


def ready(window: EnvironmentWindow, wait_until: WaitUntil) -> EnvironmentWindow:
    wait_until(window.go.isEnabled)
    return window


def test_a_click_sets_up_and_says_what_to_do_next(
    window: Callable[..., EnvironmentWindow], wait_until: WaitUntil, tmp_path: Path
) -> None:
    shown = ready(window(GOOD), wait_until)
    told: list[bool] = []
    shown.done_well.connect(lambda: told.append(True))
    shown.go.click()
    assert not shown.pythons.isEnabled(), "nothing can be changed under way"
    wait_until(lambda: told)
    assert "Animate" in shown.message.text
    assert not shown.go.isVisible()
    assert "Größe: gut" in shown.log.toPlainText()
    assert (tmp_path / "Umgebung ü").is_dir()


def test_a_failure_shows_its_cause_and_can_be_tried_again(
    window: Callable[..., EnvironmentWindow], wait_until: WaitUntil
) -> None:
    shown = ready(window(BAD), wait_until)
    shown.go.click()
    wait_until(lambda: shown.message.text)
    assert "No space left" in shown.message.text
    assert shown.go.isEnabled()


def test_cancel_calls_off_and_the_next_click_works(
    window: Callable[..., EnvironmentWindow], wait_until: WaitUntil, tmp_path: Path
) -> None:
    shown = ready(window(ENDLESS), wait_until)
    shown.go.click()
    wait_until(lambda: "numpy" in shown.log.toPlainText())
    shown.cancel.click()
    wait_until(lambda: "Cancelled" in shown.message.text)
    assert shown.isVisible()
    assert not (tmp_path / "Umgebung ü").exists()
    (tmp_path / "set up ü.py").write_text(GOOD, "utf-8")
    shown.go.click()
    wait_until(lambda: "Animate" in shown.message.text)


def test_closing_the_window_under_way_cancels_first(
    window: Callable[..., EnvironmentWindow], wait_until: WaitUntil
) -> None:
    shown = ready(window(ENDLESS), wait_until)
    shown.go.click()
    wait_until(lambda: "numpy" in shown.log.toPlainText())
    shown.close()
    assert shown.isVisible()
    wait_until(lambda: "Cancelled" in shown.message.text)
    shown.close()
    assert not shown.isVisible()


def test_without_a_python_the_window_says_what_to_do(
    window: Callable[..., EnvironmentWindow], wait_until: WaitUntil
) -> None:
    old = FoundPython(("/usr/bin/python3",), (3, 9, 1), "/usr/bin/python3", "It is version 3.9; 3.11 is needed.")
    shown = window(GOOD, old)
    wait_until(lambda: shown.message.text)
    assert "No Python 3.11" in shown.message.text
    assert "Look again" in shown.message.text
    assert not shown.go.isEnabled()
    assert shown.again.isEnabled()
    shown._search.found = [THIS]
    QTest.keyClick(shown.again, " ")
    wait_until(shown.go.isEnabled)
    assert not shown.message.text


def test_a_folder_of_wheels_that_is_missing_is_refused_in_place(
    window: Callable[..., EnvironmentWindow], wait_until: WaitUntil
) -> None:
    shown = ready(window(GOOD), wait_until)
    shown.from_folder.setChecked(True)
    assert shown.wheels.isEnabled()
    shown.wheels.setText("/nowhere ü")
    shown.go.click()
    assert "/nowhere ü" in shown.message.text
    assert shown._process is None


def test_a_python_that_cannot_start_is_named(window: Callable[..., EnvironmentWindow], wait_until: WaitUntil) -> None:
    shown = ready(window(GOOD, FoundPython(("/gone/python3.12",), (3, 12, 0), "/gone/python3.12")), wait_until)
    shown.go.click()
    wait_until(lambda: "/gone/python3.12" in shown.message.text)


def test_the_window_stays_alive_while_the_set_up_is_deaf(
    window: Callable[..., EnvironmentWindow], wait_until: WaitUntil
) -> None:
    shown = ready(window(DEAF), wait_until)
    beats: list[int] = []
    timer = QTimer()
    timer.timeout.connect(lambda: beats.append(1))
    timer.start(5)
    shown.go.click()
    wait_until(lambda: "numpy" in shown.log.toPlainText())
    shown.cancel.click()
    wait_until(lambda: len(beats) > 20)
    assert not shown.cancel.isEnabled(), "it was heard"


def test_a_missing_environment_offers_the_window_wherever_it_is_told(
    app: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[bool] = []
    monkeypatch.setattr(environment_window, "show", lambda: opened.append(True))
    message = FieldMessage()
    message.show_error(EngineError("It is not set up.", code="worker.no_environment"))
    (button,) = [each for each in message.findChildren(QPushButton) if "Set up" in each.text()]
    assert not button.isHidden()
    button.click()
    assert opened
    message.show_error(EngineError("Something else.", code="engine.other"))
    assert button.isHidden()


def test_the_search_asks_real_interpreters(app: QApplication, wait_until: WaitUntil, tmp_path: Path) -> None:
    folder = tmp_path / "bin ü"
    folder.mkdir()
    broken = folder / "python3.12"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    search = PythonSearch(Machine(sys.platform, {"PATH": str(folder)}, tmp_path, tmp_path))
    found: list[list[FoundPython]] = []
    search.finished.connect(found.append)
    search.start((sys.executable,))
    wait_until(lambda: found)
    assert [python.command for python in found[0]] == [(sys.executable,)], "what gives no answer is no Python"
