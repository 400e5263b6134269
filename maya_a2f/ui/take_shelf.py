"""The takes of this session, two of them marked A and B to switch between; Bake writes the one that is shown."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from maya_a2f.ui.panel_jobs import MadeTake
from maya_a2f.ui.rows import clear_rows
from maya_a2f.ui.take_words import difference_words, take_facts
from maya_a2f.ui.theme import dim_palette, gap, small_font

_MOST_TAKES: Final = 8


class TakeShelf(QWidget):
    """Hidden while there is none."""

    shownChanged = Signal(object)  # noqa: N815 - as Qt names signals
    """The user chose another take to be shown: a :class:`MadeTake`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._takes: list[MadeTake] = []
        self._marks: dict[str, MadeTake | None] = {"A": None, "B": None}
        self._shown = "A"
        self._rows = QVBoxLayout()
        self._rows.setSpacing(gap(self, 0.25))
        self._title = QLabel("Takes of this session", self)
        self._switch = QPushButton("S&witch A / B", self)
        self._switch.setToolTip("Show the other marked take at the playhead (Ctrl+T).")
        self._switch.clicked.connect(self.switch)
        shortcut = QShortcut(QKeySequence("Ctrl+T"), self, context=Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(self._switch.click)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._switch)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, gap(self, 0.2), 0, 0)
        layout.setSpacing(gap(self, 0.3))
        layout.addLayout(head)
        layout.addLayout(self._rows)
        self.hide()

    @property
    def takes(self) -> tuple[MadeTake, ...]:
        """Oldest first."""
        return tuple(self._takes)

    @property
    def shown(self) -> MadeTake | None:
        """The take that is shown and that Bake writes."""
        return self._marks[self._shown]

    def mark_of(self, made: MadeTake) -> str:
        """``A``, ``B`` or nothing."""
        return next((mark for mark, marked in self._marks.items() if marked is made), "")

    def add(self, made: MadeTake) -> None:
        """A new take; it is shown, and the one shown before stays at hand as the other mark. Emits nothing."""
        if self.shown is not None:
            other = "B" if self._shown == "A" else "A"
            self._shown = other
        self._marks[self._shown] = made
        self._takes.append(made)
        while len(self._takes) > _MOST_TAKES:
            oldest = next(take for take in self._takes if not self.mark_of(take))
            self._takes.remove(oldest)
        self._show_rows()

    def clear(self) -> None:
        """Forget all."""
        self._takes.clear()
        self._marks = {"A": None, "B": None}
        self._show_rows()

    def switch(self) -> None:
        """Show the other marked take."""
        other = "B" if self._shown == "A" else "A"
        if self._marks[other] is not None:
            self._shown = other
            self._show_rows()
            self.shownChanged.emit(self.shown)

    def _mark(self, mark: str, made: MadeTake) -> None:
        other = "B" if mark == "A" else "A"
        if self._marks[other] is made:
            self._marks[other] = self._marks[mark]
        self._marks[mark] = made
        self._shown = mark
        self._show_rows()
        self.shownChanged.emit(made)

    def _show_rows(self) -> None:
        clear_rows(self._rows)
        for made in reversed(self._takes):
            self._rows.addWidget(self._row(made))
        self._switch.setEnabled(None not in self._marks.values())
        self.setVisible(bool(self._takes))

    def _row(self, made: MadeTake) -> QWidget:
        row = QWidget(self)
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(gap(self, 0.3))
        for mark in ("A", "B"):
            button = QToolButton(row)
            button.setText(mark)
            button.setCheckable(True)
            button.setChecked(self._marks[mark] is made)
            button.setToolTip(f"Mark take {made.number} as {mark} and show it.")
            button.setAccessibleName(f"Take {made.number} as {mark}")
            button.clicked.connect(lambda checked=False, mark=mark: self._mark(mark, made))
            layout.addWidget(button)
        name = QLabel(f"Take {made.number}", row)
        font = name.font()
        font.setBold(made is self.shown)
        name.setFont(font)
        words = difference_words(made, self._takes) or f"{made.settings.model}, {made.take.frame_count} frames"
        differs = QLabel(words, row)
        differs.setFont(small_font(self))
        differs.setTextFormat(Qt.TextFormat.PlainText)
        differs.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        differs.setPalette(dim_palette(self))
        tip = "\n".join(f"{title}: {value}" for title, value in take_facts(made).items())
        for label in (name, differs):
            label.setToolTip(tip)
        layout.addWidget(name)
        layout.addWidget(differs, 1)
        if made is self.shown:
            layout.addWidget(QLabel("shown", row))
        return row
