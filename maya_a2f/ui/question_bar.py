"""Below the table of a rig map: what is asked about the selected attributes, and a button for each answer."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from maya_a2f.core.rig_map_table import drive_text
from maya_a2f.ui.readiness_view import breakable, wrapped_label
from maya_a2f.ui.rig_map_document import RigMapDocument
from maya_a2f.ui.theme import gap

_MOST_CANDIDATES = 3


class QuestionBar(QWidget):
    """The open questions about some attributes; hidden where there are none."""

    answered = Signal(str)
    """What was done, as a sentence."""

    def __init__(self, document: RigMapDocument, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._names: list[str] = []
        self._words = wrapped_label(self)
        self._candidates = [QPushButton(self) for _ in range(_MOST_CANDIDATES)]
        self._leave = QPushButton("&Leave at rest", self)
        self._leave.setToolTip("The attribute gets a muted row: no keys, and nobody asks again. Undo brings it back.")
        row = QHBoxLayout()
        for choice, button in enumerate(self._candidates):
            button.clicked.connect(lambda _checked=False, choice=choice: self._answer(choice))
            row.addWidget(button)
        self._leave.clicked.connect(self._leave_at_rest)
        row.addWidget(self._leave)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(gap(self, 0.3))
        layout.addWidget(self._words)
        layout.addLayout(row)
        for button in (*self._candidates, self._leave):
            button.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        document.changed.connect(lambda _names: self.show_for(self._names))
        document.opened.connect(lambda: self.show_for([]))
        self.hide()

    @property
    def words(self) -> str:
        """The question; empty where none is shown."""
        return self._words.text().replace("\u200b", "") if self._names else ""

    @property
    def buttons(self) -> list[QPushButton]:
        """The answers that are offered."""
        return [button for button in (*self._candidates, self._leave) if not button.isHidden()]

    def show_for(self, attributes: list[str]) -> None:
        """Ask about these attributes, as far as anything is open about them."""
        questions = self._document.questions
        self._names = [name for name in attributes if name in questions]
        self.setVisible(bool(self._names))
        if not self._names:
            return
        first = questions[self._names[0]]
        is_one = len(self._names) == 1
        if is_one:
            self._words.setText(breakable(f"What is '{first.attribute}'? It stays at rest: {first.why}."))
        else:
            self._words.setText(f"{len(self._names)} attributes stay at rest: their names are not clear.")
        for choice, button in enumerate(self._candidates):
            is_offered = choice < (len(first.candidates) if is_one else 1)
            button.setVisible(is_offered)
            if not is_offered:
                continue
            candidate = first.candidates[choice]
            name = drive_text(candidate.drive).replace("&", "&&")
            button.setText(f"{name}, {candidate.match.confidence:.0%}" if is_one else "&Take the best answers")
            button.setToolTip(
                f"Drive it by {drive_text(candidate.drive)} ({candidate.match.why})."
                if is_one
                else "Drive each by its most likely channel. Undo brings them back."
            )

    def _answer(self, choice: int) -> None:
        count = self._document.answer(self._names, choice)
        self.answered.emit("1 attribute is driven." if count == 1 else f"{count} attributes are driven.")

    def _leave_at_rest(self) -> None:
        count = self._document.leave_at_rest(self._names)
        self.answered.emit("1 attribute stays at rest." if count == 1 else f"{count} attributes stay at rest.")
