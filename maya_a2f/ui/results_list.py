"""What lies on the character from earlier bakes: what was edited in each since, and buttons that renew or remove it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QElapsedTimer, Qt, Signal
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from maya_a2f.core.ports import KeptKeys
from maya_a2f.errors import A2FError
from maya_a2f.ui.edit_finder import EditFinder
from maya_a2f.ui.field_message import FieldMessage
from maya_a2f.ui.panel_host import BakedResult, KnowsEdits
from maya_a2f.ui.result_row import ResultRow
from maya_a2f.ui.rows import clear_rows
from maya_a2f.ui.theme import gap

_LOOK_AGAIN_MS = 1500


class ResultsList(QWidget):
    """Hidden while there is none."""

    removeRequested = Signal(object, bool)  # noqa: N815 - as Qt names signals
    """A :class:`BakedResult`, and whether keys edited since go too."""
    rerunRequested = Signal(object, object)  # noqa: N815
    """A :class:`BakedResult`, and the :class:`~maya_a2f.core.rerun_scope.RerunScope` to renew."""

    def __init__(self, parent: QWidget | None = None, host: object = None) -> None:
        """Edits are looked for on a ``host`` that knows them (:class:`KnowsEdits`)."""
        super().__init__(parent)
        self._host = host
        self._by_name: dict[str, ResultRow] = {}
        self._results: tuple[BakedResult, ...] = ()
        self._since_look = QElapsedTimer()
        self._finder = EditFinder(host, self) if isinstance(host, KnowsEdits) else None
        if self._finder is not None:
            self._finder.found.connect(self._on_found)
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
        self._by_name = {}
        for result in results:
            self._rows.addWidget(self._row(result))
        if self._refused not in results:
            self.clear_message()
        self.setVisible(bool(results))
        self._results = tuple(results)
        self._look()

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

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Who comes here to press a button has been editing: look again."""
        super().enterEvent(event)
        if self._since_look.elapsed() >= _LOOK_AGAIN_MS:
            self._look()

    def _look(self) -> None:
        self._since_look.start()
        if self._finder is not None:
            self._finder.look(self._results)

    def row(self, name: str) -> ResultRow:
        """The row of a result. Raises :class:`KeyError`."""
        return self._by_name[name]

    def _row(self, result: BakedResult) -> ResultRow:
        host = self._host
        row = ResultRow(result, host.selected_range if isinstance(host, KnowsEdits) else None, self)
        row.removeRequested.connect(lambda: self.removeRequested.emit(result, False))
        row.rerunRequested.connect(lambda scope: self.rerunRequested.emit(result, scope))
        row.noRange.connect(self._on_no_range)
        self._by_name[result.name] = row
        return row

    def _on_found(self, result: BakedResult, edits: Sequence[KeptKeys]) -> None:
        if result.name in self._by_name:
            self._by_name[result.name].set_edits(edits)

    def _on_no_range(self) -> None:
        self._message.show_note("No range is selected: hold Shift and drag on the time slider, then press it again.")
        self.show()

    def _on_force(self) -> None:
        if self._refused is not None:
            self.removeRequested.emit(self._refused, True)
