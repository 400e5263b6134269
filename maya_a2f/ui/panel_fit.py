"""The panel's fit by shape: opens the window for the character that is picked, and uses what comes out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from maya_a2f.ui.fit_window import FitWindow
from maya_a2f.ui.rig_sampling import SamplesRigs

if TYPE_CHECKING:
    from maya_a2f.ui.panel import A2FPanel


class PanelFit(QObject):
    """One window at a time."""

    def __init__(self, panel: A2FPanel) -> None:
        super().__init__(panel)
        self._panel = panel
        self.window: FitWindow | None = None
        panel.character_section.fitAsked.connect(self.open)

    def open(self) -> None:
        """Show the window for the character that is picked now; one of another character goes."""
        panel, found = self._panel, self._panel.character()
        if found is None or not isinstance(panel.host, SamplesRigs):
            return
        if self.window is not None and self.window.character != found.name:
            self.window.close()
            self.window.deleteLater()
            self.window = None
        if self.window is None:
            folder = found.files[0].parent if found.files else Path.home()
            self.window = FitWindow(panel.host, panel.link, found.name, found.rig, folder, panel)
            self.window.acceptedMap.connect(panel.character_section.files.load)
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()
