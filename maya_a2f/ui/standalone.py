"""The panel in a window of its own: the face at the left, the panel at the right."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QIcon
from PySide6.QtWidgets import QApplication, QSplitter, QVBoxLayout, QWidget

from maya_a2f.settings import checkout_folder
from maya_a2f.ui.face_view import FaceView
from maya_a2f.ui.panel import A2FPanel
from maya_a2f.ui.standalone_host import ChooseFile, StandaloneHost
from maya_a2f.ui.theme import line_height, maya_like_palette
from maya_a2f.ui.worker_link import WorkerLink


class StandaloneWindow(QWidget):
    """Face and panel."""

    def __init__(
        self,
        *,
        settings_store: QSettings | None = None,
        choose_file: ChooseFile | None = None,
        link: WorkerLink | None = None,
    ) -> None:
        super().__init__()
        self.setWindowTitle("A2F – speech to a keyed face")
        icon = checkout_folder() / "icons" / "a2f.svg"
        if icon.is_file():
            self.setWindowIcon(QIcon(str(icon)))
        self.host = StandaloneHost(choose_file=choose_file, settings_store=settings_store)
        link = link or WorkerLink(self)
        self.face = FaceView(link, self)
        self.panel = A2FPanel(self.host, self, link=link)
        self.host.on_values = self.face.show_values
        self.face.show_rest()
        self.panel.clipChanged.connect(self._on_clip)
        self._on_clip(self.panel.clip())
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.addWidget(self.face)
        split.addWidget(self.panel)
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 0)
        split.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(split)
        unit = line_height(self)
        self.face.setMinimumWidth(unit * 14)
        self.resize(unit * 68, unit * 58)
        split.setSizes([unit * 36, unit * 32])

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Stop all work and save the settings."""
        self.panel.close_down()
        super().closeEvent(event)

    def _on_clip(self, clip: object) -> None:
        path = getattr(clip, "path", None)
        self.host.clip_path = None if path is None else Path(path).absolute()


def make_application() -> QApplication:
    """The program's one application, in greys like Maya's."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("a2f")
    app.setStyle("Fusion")
    app.setPalette(maya_like_palette())
    return app


def show_panel(clip: str | None) -> int:
    """Open the window and wait until it is closed; returns the exit code."""
    app = make_application()
    window = StandaloneWindow()
    if clip is not None:
        window.panel.set_clip(str(Path(clip).absolute()))
    window.show()
    signal.signal(signal.SIGINT, lambda *_: window.close())
    waker = QTimer()  # Python sees Ctrl-C only between two of its own instructions
    waker.start(200)
    waker.timeout.connect(lambda: None)
    return app.exec()
