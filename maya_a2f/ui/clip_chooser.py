"""Choosing a recording: a path to type, a menu of the last ones, a file dialog; and what a drop means."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, QUrl, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QMenu, QPushButton, QToolButton, QWidget

from maya_a2f.ui.recent_clips import RecentClips
from maya_a2f.ui.theme import gap

_FILTER = (
    "Recordings (*.wav *.aif *.aiff *.flac *.ogg *.opus *.mp3 *.m4a *.aac *.wma *.caf *.mp4 *.mov *.mkv *.webm)"
    ";;All files (*)"
)


class ClipChooser(QWidget):
    """A row: path, recent recordings, Browse."""

    chosen = Signal(str)
    """The user gave a path, perhaps the one that was there."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.recent = RecentClips()
        self.folder = ""
        """Where the file dialog opens."""
        self.field = QLineEdit(self)
        self.field.setPlaceholderText("Recording")
        self.field.setClearButtonEnabled(True)
        self.field.setAcceptDrops(False)  # the section takes drops, wherever they land
        self.field.setAccessibleName("Path of the recording")
        self.field.returnPressed.connect(self._on_typed)
        self.field.editingFinished.connect(self._on_left)
        self.field.textChanged.connect(self._on_text)
        self.recent_button = QToolButton(self)
        self.recent_button.setArrowType(Qt.ArrowType.DownArrow)
        self.recent_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.recent_button.setToolTip("The recordings used last.")
        self.recent_button.setAccessibleName("Recent recordings")
        self.recent_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.menu = QMenu(self.recent_button)
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self.fill_menu)
        self.recent_button.setMenu(self.menu)
        # The style's own arrow beside ours would be one too many.
        self.recent_button.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self.browse_button = QPushButton("Browse…", self)
        self.browse_button.setToolTip("Choose a recording on disk.")
        self.browse_button.clicked.connect(self._on_browse)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(gap(self, 0.3))
        row.addWidget(self.field, 1)
        row.addWidget(self.recent_button)
        row.addWidget(self.browse_button)
        self._shown = ""
        self._on_text("")

    def show_path(self, path: str) -> None:
        """Show a path; emits nothing."""
        self._shown = path
        self.field.setText(path)

    def remember(self, path: str) -> None:
        """Put a recording that could be read into the menu, and its folder where the dialog opens."""
        self.recent = self.recent.with_path(path)
        self.folder = str(Path(path).parent)

    def fill_menu(self) -> None:
        """Make the menu anew."""
        self.menu.clear()
        for path, label in zip(self.recent.paths, self.recent.labels(), strict=True):
            action = self.menu.addAction(label.replace("&", "&&"))
            action.setToolTip(path)
            action.triggered.connect(lambda checked=False, path=path: self.chosen.emit(path))
        if not self.recent.paths:
            self.menu.addAction("No recordings yet").setEnabled(False)
            return
        self.menu.addSeparator()
        self.menu.addAction("Forget these").triggered.connect(self._forget)

    def _forget(self) -> None:
        self.recent = RecentClips()

    def _on_browse(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Choose a recording", self.folder, _FILTER)
        if path:
            self.chosen.emit(os.path.normpath(path))

    def _on_typed(self) -> None:
        self._shown = typed_path(self.field.text())
        self.chosen.emit(self._shown)

    def _on_left(self) -> None:
        """Leaving the field takes what was typed, once."""
        path = typed_path(self.field.text())
        if path != self._shown:
            self._shown = path
            self.chosen.emit(path)

    def _on_text(self, text: str) -> None:
        hint = "Type or paste a path and press Return, or drop a file anywhere on this section."
        self.field.setToolTip(f"{text}\n\n{hint}" if text else hint)


def typed_path(text: str) -> str:
    """The path meant by what was typed or pasted: without quotes, ``file:`` and ``~`` resolved."""
    cleaned = text.strip()
    if len(cleaned) > 1 and cleaned[0] == cleaned[-1] and cleaned[0] in "\"'":
        cleaned = cleaned[1:-1].strip()
    if cleaned.lower().startswith("file:"):
        cleaned = QUrl(cleaned).toLocalFile() or cleaned
    if cleaned.startswith("~"):
        try:
            cleaned = str(Path(cleaned).expanduser())
        except RuntimeError:  # no such user
            return cleaned
    return cleaned


def dropped_paths(data: QMimeData) -> Sequence[str]:
    """Local files in what is dragged; a path as text counts too."""
    if data.hasUrls():
        return [os.path.normpath(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    text = data.text().strip() if data.hasText() else ""
    path = typed_path(text) if "\n" not in text else ""
    return [path] if path and Path(path).is_absolute() else []
