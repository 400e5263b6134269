"""What lies on the character from earlier bakes, each with a button that takes exactly its keys out again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from maya_a2f.errors import A2FError
from maya_a2f.ui.field_message import FieldMessage
from maya_a2f.ui.panel_host import BakedResult
from maya_a2f.ui.rows import clear_rows
from maya_a2f.ui.theme import dim_palette, gap, small_font


class ResultsList(QWidget):
    """Hidden while there is none."""

    removeRequested = Signal(object, bool)  # noqa: N815 - as Qt names signals
    """A :class:`BakedResult`, and whether keys edited since go too."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = QLabel("Baked on this character", self)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(gap(self, 0.3))
        self._message = FieldMessage(self)
        self._force = QPushButton("Remove the &edited keys too", self)
        self._force.setToolTip("Takes the result out with all that was changed in it since. One undo brings it back.")
        self._force.clicked.connect(self._on_force)
        self._refused: BakedResult | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, gap(self, 0.2), 0, 0)
        layout.setSpacing(gap(self, 0.3))
        layout.addWidget(self._title)
        layout.addLayout(self._rows)
        layout.addWidget(self._message)
        layout.addWidget(self._force, 0, Qt.AlignmentFlag.AlignLeft)
        self._force.hide()
        self.hide()

    def set_results(self, results: Sequence[BakedResult]) -> None:
        """Show these."""
        clear_rows(self._rows)
        for result in results:
            self._rows.addWidget(self._row(result))
        if self._refused not in results:
            self.clear_message()
        self.setVisible(bool(results))

    def show_refusal(self, result: BakedResult, error: A2FError) -> None:
        """Why it was not removed, with the button that insists."""
        self._refused = result
        self._message.show_error(error)
        self._force.show()
        self.show()

    def clear_message(self) -> None:
        """No refusal any more."""
        self._refused = None
        self._message.clear()
        self._force.hide()

    def _row(self, result: BakedResult) -> QWidget:
        row = QWidget(self)
        name = QLabel(result.name, row)
        name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        where = QLabel(f"frames {result.first_frame:g} – {result.last_frame:g}", row)
        where.setFont(small_font(self))
        where.setPalette(dim_palette(self))
        for label in (name, where):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setToolTip(made_by_words(result.made_by) or result.name)
        remove = QPushButton("Remove", row)
        remove.setToolTip(f"Take the keys of '{result.name}' out again; keys edited since are refused by name.")
        remove.setAccessibleName(f"Remove {result.name}")
        remove.clicked.connect(lambda: self.removeRequested.emit(result, False))
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(gap(self))
        layout.addWidget(name, 1)
        layout.addWidget(where)
        layout.addWidget(remove)
        return row

    def _on_force(self) -> None:
        if self._refused is not None:
            self.removeRequested.emit(self._refused, True)


def made_by_words(made_by: Mapping[str, object]) -> str:
    """What made some keys, a line each."""
    lines = []
    audio, package = made_by.get("audio"), made_by.get("package")
    if isinstance(audio, Mapping) and audio.get("path"):
        lines.append(f"Clip: {PurePath(str(audio['path'])).name}")
    if isinstance(package, Mapping) and package.get("name"):
        lines.append(f"Model: {package['name']}")
    for key, title in (("engine", "Engine"), ("version", "Made by maya_a2f")):
        if made_by.get(key):
            lines.append(f"{title}: {made_by[key]}")
    return "\n".join(lines)
