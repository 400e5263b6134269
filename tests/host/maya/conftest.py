"""Every test here runs in a fresh fake Maya."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from maya_a2f import settings
from maya_a2f.outputs import HEAD_FOLDER
from tests.fake_maya.scenes import build_head
from tests.fake_maya.session import Session, new_session

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

new_session()  # puts the fake on the path before the modules under test are imported

Wait = Callable[[Callable[[], object]], None]

needs_worker = pytest.mark.skipif(
    settings.worker_python() is None or not (settings.checkout_folder() / "engines" / "default").is_dir(),
    reason="needs the worker's environment and the model that ships",
)


@pytest.fixture
def maya() -> Iterator[Session]:
    """A fresh Maya at 30 frames per second with an empty scene."""
    session = new_session()
    session.scene.time_unit = "ntsc"
    yield session
    assert session.undo.open_chunks == 0, "a chunk was left open: it would swallow all later edits"
    assert not session.refresh_suspended, "the viewport was left suspended"


@pytest.fixture(scope="session")
def qt_application() -> Iterator[QApplication]:
    """The one application of the process, without a screen."""
    widgets = pytest.importorskip("PySide6.QtWidgets")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    found = widgets.QApplication.instance()
    yield found if isinstance(found, widgets.QApplication) else widgets.QApplication([])
    # PySide6 6.5 keeps what was connected to lambdas and may crash when the interpreter collects it at its end.
    gc.collect()
    gc.freeze()


@pytest.fixture
def wait(maya: Session, qt_application: QApplication) -> Wait:
    """Runs Qt's events and Maya's until a condition holds."""
    from PySide6.QtCore import QEventLoop

    def until(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 120
        while not condition():
            assert time.monotonic() < deadline, "the condition did not come to hold in time"
            qt_application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            maya.idle()
            time.sleep(0.001)

    return until


@pytest.fixture
def desktop(
    maya: Session, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qt_application: QApplication
) -> Iterator[Session]:
    """Maya with our own head and a cache of its own; closes the panel, after which nothing of it is left."""
    from PySide6.QtCore import QCoreApplication, QEvent, QProcess

    from maya_a2f.core.head import load_head
    from maya_a2f.host.maya.desktop import dock

    monkeypatch.setenv("MAYA_A2F_CACHE", str(tmp_path / "cache"))
    maya.user_folder = tmp_path / "maya"
    maya.may_preview = True
    build_head(maya.scene, load_head(HEAD_FOLDER))
    yield maya
    dock.close_panel()
    maya.idle()
    wait(lambda: not qt_application.findChildren(QProcess))  # the worker leaves by itself
    assert (maya.jobs, maya.scene_callbacks) == ({}, {}), "something still listens"
    assert maya.scene.shown == {}
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
