"""What is said in the clip, when it is known: lips then close where the words have p, b and m."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLabel, QPushButton, QTextEdit, QVBoxLayout, QWidget

from maya_a2f.core.transcript import Transcript, read_transcript
from maya_a2f.errors import A2FError
from maya_a2f.ui.field_message import FieldMessage
from maya_a2f.ui.theme import gap, line_height

_LANGUAGES: Final = (
    ("English", "en"), ("German", "de"), ("French", "fr"), ("Spanish", "es"), ("Italian", "it"),
    ("Portuguese (Brazil)", "pt-br"), ("Dutch", "nl"), ("Polish", "pl"), ("Swedish", "sv"), ("Turkish", "tr"),
    ("Russian", "ru"), ("Japanese", "ja"), ("Korean", "ko"), ("Mandarin", "cmn"),
)  # fmt: skip


class TranscriptField(QWidget):
    """A text or the path of a text file, and its language. Empty is no transcript."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = _Words(self)
        self._text.setPlaceholderText("What is said in the clip (optional)")
        self._text.setToolTip(
            "The words of the clip, or a text file dropped here. Lips then close exactly on p, b and m. "
            "Words of another recording are noticed and not used."
        )
        self._text.setAccessibleName("Transcript")
        self._text.textChanged.connect(self._on_edited)
        self._language = QComboBox(self)
        self._language.setEditable(True)
        for name, code in _LANGUAGES:
            self._language.addItem(name, code)
        self._language.setToolTip("Language of the words; a code such as pt-br may be typed.")
        self._language.setAccessibleName("Language of the transcript")
        self._language.currentTextChanged.connect(self._on_edited)
        browse = QPushButton("&Text file…", self)
        browse.setToolTip("Take the words from a text file.")
        browse.clicked.connect(self._browse)
        self._message = FieldMessage(self)
        label = QLabel("&Words", self)
        label.setBuddy(self._text)
        row = QHBoxLayout()
        row.setSpacing(gap(self))
        row.addWidget(label)
        row.addStretch(1)
        row.addWidget(self._language)
        row.addWidget(browse)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(gap(self, 0.3))
        layout.addLayout(row)
        layout.addWidget(self._text)
        layout.addWidget(self._message)

    def transcript(self) -> Transcript | None:
        """The words; None where there are none. Raises :class:`UserError` ``transcript.*``."""
        text = self._text.toPlainText().strip()
        return read_transcript(text, self._code()) if text else None

    def show_error(self, error: A2FError | None) -> None:
        """What is wrong with the words, in place."""
        if error is None:
            self._message.clear()
        else:
            self._message.show_error(error)

    def show_warning(self, text: str) -> None:
        """Why the words were of no use, in place."""
        self._message.show_warning(text, "Check the words and the language; without them the lips follow the sound.")

    def state(self) -> dict[str, Any]:
        """Words and language, JSON-ready."""
        return {"text": self._text.toPlainText(), "language": self._code()}

    def restore(self, state: object) -> None:
        """Take back what :meth:`state` gave; what does not fit is ignored."""
        if not isinstance(state, dict):
            return
        self.blockSignals(True)
        if isinstance(state.get("text"), str):
            self._text.setPlainText(state["text"])
        if isinstance(state.get("language"), str) and state["language"]:
            at = self._language.findData(state["language"])
            if at >= 0:
                self._language.setCurrentIndex(at)
            else:
                self._language.setEditText(state["language"])
        self.blockSignals(False)

    def _code(self) -> str:
        at = self._language.findText(self._language.currentText())
        return str(self._language.itemData(at)) if at >= 0 else self._language.currentText().strip() or "en"

    def _on_edited(self) -> None:
        self._message.clear()
        self.changed.emit()

    def _browse(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Words of the clip", "", "Text (*.txt *.lab *.text *.md);;All (*)")
        if path:
            self._text.setPlainText(path)


class _Words(QTextEdit):
    """Two lines high; a file dropped on it gives its path."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAcceptRichText(False)
        self.setTabChangesFocus(True)
        self.setFixedHeight(round(line_height(self) * 2) + gap(self, 0.9))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Files are welcome."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()
        else:
            super().dragEnterEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """The first file's path takes the place of the words."""
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            self.setPlainText(paths[0])
            event.acceptProposedAction()
        else:
            super().dropEvent(event)
