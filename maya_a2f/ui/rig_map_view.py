"""The table of a rig map: widths, editors, keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from maya_a2f.ui.drive_editor import MuteDelegate, NameDelegate, NumberDelegate
from maya_a2f.ui.rig_map_model import Column, RigMapModel
from maya_a2f.ui.theme import colours_of, line_height, text_width

_WIDEST = {
    Column.GAIN: "-00.00",
    Column.OFFSET: "-00.00",
    Column.LOWEST: "-00.00",
    Column.HIGHEST: "-00.00",
    Column.MUTE: "Mute",
    Column.STATUS: "not in this model",
}
"""Texts that the narrow columns must hold."""


class RigMapTable(QTableView):
    """A :class:`RigMapModel` with editors. Selects whole rows; Delete empties them."""

    rowChosen = Signal(str)  # noqa: N815 - Qt's way
    """The attribute of the current row; empty where there is none."""
    cleared = Signal(list)
    """Delete was pressed: attributes that shall follow no channel."""
    faulty = Signal(object)
    """The :class:`A2FError` of what is being typed; None when it is right."""

    def __init__(self, model: RigMapModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setModel(model)
        model.selected_rows = self.selected_rows
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(1)
        rows.setDefaultSectionSize(round(line_height(self) * 1.45))
        columns = self.horizontalHeader()
        columns.setHighlightSections(False)
        columns.setSortIndicatorShown(True)
        columns.setSortIndicatorClearable(True)
        columns.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        columns.setStretchLastSection(True)
        columns.setMinimumSectionSize(text_width(self, "Mute"))
        self.setSortingEnabled(True)
        self._set_editors()
        self._are_widths_kept = False
        columns.sectionResized.connect(self._on_section_resized)
        self._is_fitting = False
        self.selectionModel().currentRowChanged.connect(self._on_row)
        model.modelReset.connect(lambda: self.rowChosen.emit(""))

    def selected_rows(self) -> list[int]:
        """Rows of the model, ascending."""
        # selectedRows() asks the model about every cell; whole rows are selected, so the ranges are enough
        chosen = self.selectionModel().selection()
        parts = [chosen.at(place) for place in range(chosen.count())]
        return sorted({row for part in parts for row in range(part.top(), part.bottom() + 1)})

    def selected_names(self) -> list[str]:
        """Attributes (or unused channels) of the selected rows."""
        return [self._model.name(row) for row in self.selected_rows()]

    def select(self, name: str) -> None:
        """Make an attribute's row the current one and show it; nothing where it isn't shown."""
        row = self._model.row_of(name)
        if row >= 0:
            index = self._model.index(row, Column.ATTRIBUTE)
            self.setCurrentIndex(index)
            self.scrollTo(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Delete empties rows, Return edits the channels, Space ticks Mute."""
        if self.state() == QAbstractItemView.State.EditingState:
            super().keyPressEvent(event)  # keys that the editor leaves come here too
            return
        names = [] if self._model.shows_channels else self.selected_names()
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and names:
            self.cleared.emit(names)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            index = self.currentIndex()
            first = Column.ATTRIBUTE if self._model.shows_channels else Column.CHANNELS
            is_editable = bool(self._model.flags(index) & Qt.ItemFlag.ItemIsEditable)
            self.edit(index if is_editable else index.siblingAtColumn(first))
        elif event.key() == Qt.Key.Key_Space and names:
            self._toggle_mute()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Attribute and channels share what the others leave, until somebody drags a column."""
        super().resizeEvent(event)
        self._fit_columns()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Colours and row height follow palette and font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._model.set_colours(colours_of(self))
            self.viewport().update()
        elif event.type() == QEvent.Type.FontChange:
            self.verticalHeader().setDefaultSectionSize(round(line_height(self) * 1.45))
            self._fit_columns()

    def _set_editors(self) -> None:
        document = self._model.document
        channels = NameDelegate(lambda: document.drivers, is_sum=True, parent=self)
        channels.faulty.connect(self.faulty)
        self.setItemDelegateForColumn(Column.CHANNELS, channels)
        attributes = NameDelegate(
            lambda: [attribute.name for attribute in document.rig.attributes], is_sum=False, parent=self
        )
        self.setItemDelegateForColumn(Column.ATTRIBUTE, attributes)
        numbers = NumberDelegate(self)
        for column in (Column.GAIN, Column.OFFSET, Column.LOWEST, Column.HIGHEST):
            self.setItemDelegateForColumn(column, numbers)
        self.setItemDelegateForColumn(Column.MUTE, MuteDelegate(self))

    def _fit_columns(self) -> None:
        if self._are_widths_kept:
            return
        self._is_fitting = True
        margin = text_width(self, "m")
        sort_mark = line_height(self)
        for column, widest in _WIDEST.items():
            title = str(self._model.headerData(column, Qt.Orientation.Horizontal))
            width = max(text_width(self, widest), text_width(self, title) + sort_mark // 2) + margin
            self.setColumnWidth(column, width)
        taken = sum(self.columnWidth(column) for column in _WIDEST)
        room = max(self.viewport().width() - taken, text_width(self, "m" * 24))
        share = 0.5 if self._model.shows_channels else 0.47
        self.setColumnWidth(Column.ATTRIBUTE, round(room * share))
        self.setColumnWidth(Column.CHANNELS, room - round(room * share))
        self._is_fitting = False

    def _on_section_resized(self, column: int, _old: int, _new: int) -> None:
        if not self._is_fitting and column != Column.STATUS:
            self._are_widths_kept = True

    def _on_row(self, current: QModelIndex, _before: QModelIndex) -> None:
        is_attribute = current.isValid() and not self._model.shows_channels
        self.rowChosen.emit(self._model.name(current.row()) if is_attribute else "")

    def _toggle_mute(self) -> None:
        rows = [row for row in self.selected_rows() if self._model.drive(row) is not None]
        if rows:
            drive = self._model.drive(rows[0])
            is_muted = drive is not None and drive.muted
            state = Qt.CheckState.Unchecked if is_muted else Qt.CheckState.Checked
            self._model.set_cells(rows, Column.MUTE, state, Qt.ItemDataRole.CheckStateRole)
