"""A QApplication without a screen, and waiting on conditions instead of on time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import QCoreApplication, QEventLoop, QProcess
from PySide6.QtWidgets import QApplication

WaitUntil = Callable[..., None]


@pytest.fixture(scope="session")
def app() -> QApplication:
    """The one application of the process."""
    existing = QApplication.instance()
    return existing if isinstance(existing, QApplication) else QApplication(["tests"])


@pytest.fixture
def wait_until(app: QApplication) -> WaitUntil:
    """Runs the event loop until a condition holds; fails when it does not within the time."""

    def wait(condition: Callable[[], object], seconds: float = 30.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "the condition did not come to hold in time"
            app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            QCoreApplication.sendPostedEvents(None, 0)
            time.sleep(0.001)

    return wait


@pytest.fixture(autouse=True)
def _no_leftovers(app: QApplication, wait_until: WaitUntil) -> Iterator[None]:
    """Nothing that a test queued runs in the next one, and its workers have ended before it is over."""
    yield
    for _ in range(3):
        app.processEvents()
    wait_until(lambda: not any(is_running(each) for each in app.findChildren(QProcess)))


def is_running(process: QProcess) -> bool:
    """Whether the system still has it, as far as Qt was told."""
    return process.state() != QProcess.ProcessState.NotRunning
