"""Every test here runs in a fresh fake Maya."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.fake_maya.session import Session, new_session

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

new_session()  # puts the fake on the path before the modules under test are imported


@pytest.fixture
def maya() -> Iterator[Session]:
    """A fresh Maya at 30 frames per second with an empty scene."""
    session = new_session()
    session.scene.time_unit = "ntsc"
    yield session
    assert session.undo.open_chunks == 0, "a chunk was left open: it would swallow all later edits"
    assert not session.refresh_suspended, "the viewport was left suspended"


@pytest.fixture(scope="session")
def qt_application() -> QApplication:
    """The one application of the process, without a screen."""
    widgets = pytest.importorskip("PySide6.QtWidgets")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    found = widgets.QApplication.instance()
    return found if isinstance(found, widgets.QApplication) else widgets.QApplication([])
