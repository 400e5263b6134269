"""The rig map as a Qt table. Cells are made when they are drawn, so thousands of attributes cost nothing."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QBrush

from maya_a2f.core.drive_expression import number_text
from maya_a2f.core.matching import SURE
from maya_a2f.core.rig_map import Drive
from maya_a2f.core.rig_map_table import Field, Show, drive_text, edited_drive, matching_rows
from maya_a2f.errors import A2FError, UserError
from maya_a2f.ui.drive_editor import MUTED_ROLE
from maya_a2f.ui.rig_map_document import RigMapDocument
from maya_a2f.ui.theme import Colours

Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
_ROLE = Qt.ItemDataRole


class Column(IntEnum):
    """The table's columns."""

    ATTRIBUTE = 0
    CHANNELS = 1
    GAIN = 2
    OFFSET = 3
    LOWEST = 4
    HIGHEST = 5
    MUTE = 6
    STATUS = 7


FIELDS: dict[Column, Field] = {
    Column.CHANNELS: "channels",
    Column.GAIN: "gain",
    Column.OFFSET: "offset",
    Column.LOWEST: "lowest",
    Column.HIGHEST: "highest",
}
_TITLES = ("Attribute", "Channels", "Gain", "Offset", "Min", "Max", "Mute", "Match")
_TIPS = (
    "The rig's attribute, node.attribute.",
    "What drives it: a channel, or a sum like jawOpen + 0.5 mouthClose. Double-click, or press F2, and type.",
    "Attribute units per channel unit. Several channels carry their gains in their own column.",
    "Added to the attribute's rest value.",
    "The lowest value that keys may have. Grey: the attribute's own limit.",
    "The highest value that keys may have. Grey: the attribute's own limit.",
    "A muted attribute keeps its row and gets no keys.",
    "How the channels were found, and what keeps the attribute from being driven.",
)


class RigMapModel(QAbstractTableModel):
    """Rows of a :class:`RigMapDocument` that the search shows."""

    refused = Signal(object)
    """An :class:`A2FError` about what was typed; the cell keeps what it had."""
    accepted = Signal()
    """What was typed has been taken."""

    def __init__(self, document: RigMapDocument, colours: Colours, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._colours = document, colours
        self._show: Show = "all"
        self._search = ""
        self._rows: list[str] = []
        self._places: dict[str, int] = {}
        self._order = (-1, Qt.SortOrder.AscendingOrder)
        self.selected_rows: Callable[[], list[int]] = list
        """What is selected in the view: an edit of a selected row is one of all."""
        document.opened.connect(self._refilter)
        document.changed.connect(self._on_changed)
        self._refilter()

    @property
    def document(self) -> RigMapDocument:
        """What is shown."""
        return self._document

    @property
    def shows_channels(self) -> bool:
        """Rows are channels that drive nothing, not attributes."""
        return self._show == "unused"

    def set_filter(self, show: Show, search: str) -> None:
        """Which rows to show; see :func:`maya_a2f.core.rig_map_table.matching_rows`."""
        if (show, search) != (self._show, self._search):
            self._show, self._search = show, search
            self._refilter()

    def refresh(self) -> None:
        """Leave out rows that the search does not show any more."""
        self._refilter()

    def set_colours(self, colours: Colours) -> None:
        """Colours of the view's palette."""
        self._colours = colours

    def name(self, row: int) -> str:
        """The attribute of a row; the channel where channels are shown."""
        return self._rows[row]

    def row_of(self, name: str) -> int:
        """The row of an attribute; -1 where it isn't shown."""
        return self._places.get(name, -1)

    def drive(self, row: int) -> Drive | None:
        """What drives a row's attribute."""
        return None if self.shows_channels else self._document.rig_map.drives.get(self._rows[row])

    def rowCount(self, parent: Index = _NO_INDEX) -> int:  # noqa: N802 - Qt's name
        """Rows that the search shows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:  # noqa: N802 - Qt's name
        """All columns."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _ROLE.DisplayRole) -> Any:  # noqa: N802
        """Titles with tooltips."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == _ROLE.DisplayRole:
            return _TITLES[section]
        if role == _ROLE.ToolTipRole:
            return _TIPS[section]
        if role == _ROLE.TextAlignmentRole:
            return _alignment(Column(section))
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """What can be typed and ticked."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        column, drive = Column(index.column()), self.drive(index.row())
        if self.shows_channels:
            return flags | Qt.ItemFlag.ItemIsEditable if column == Column.ATTRIBUTE else flags
        if column == Column.CHANNELS or (column == Column.GAIN and drive is not None and len(drive.gains) == 1):
            return flags | Qt.ItemFlag.ItemIsEditable
        if column in (Column.OFFSET, Column.LOWEST, Column.HIGHEST) and drive is not None:
            return flags | Qt.ItemFlag.ItemIsEditable
        return flags

    def data(self, index: Index, role: int = _ROLE.DisplayRole) -> Any:
        """One cell."""
        if not index.isValid():
            return None
        row, column = index.row(), Column(index.column())
        if role in (_ROLE.DisplayRole, _ROLE.EditRole):
            return self._text(row, column, is_edited=role == _ROLE.EditRole)
        if role == _ROLE.TextAlignmentRole:
            return _alignment(column)
        if role == _ROLE.ForegroundRole:
            return self._brush(row, column)
        if role == _ROLE.ToolTipRole:
            return self._tool_tip(row, column)
        if role == MUTED_ROLE and column == Column.MUTE:
            drive = self.drive(row)
            return None if drive is None else drive.muted
        return None

    def setData(self, index: Index, value: Any, role: int = _ROLE.EditRole) -> bool:  # noqa: N802 - Qt's name
        """Take what was typed into a cell; what can't be taken is :attr:`refused`."""
        selected = self.selected_rows()
        rows = selected if index.row() in selected and not self.shows_channels else [index.row()]
        return self.set_cells(rows, Column(index.column()), value, role)

    def set_cells(self, rows: list[int], column: Column, value: Any, role: int = _ROLE.EditRole) -> bool:
        """The same text (or tick) in a column of several rows, as one undo step."""
        try:
            if role == _ROLE.CheckStateRole:
                self._mute(rows, Qt.CheckState(value) == Qt.CheckState.Checked)
            elif self.shows_channels:
                self._give_attribute(self._rows[rows[0]], str(value).strip())
            else:
                self._type(rows, column, str(value))
        except A2FError as error:
            self.refused.emit(error)
            return False
        self.accepted.emit()
        return True

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; -1 is the rig's order."""
        self._order = (column, order)
        self._refilter()

    def _type(self, rows: list[int], column: Column, text: str) -> None:
        field, drives = FIELDS[column], self._document.rig_map.drives
        names = [self._rows[row] for row in rows]
        changes = {
            name: edited_drive(drives.get(name), field, text, self._document.drivers)
            for name in names
            if field == "channels" or name in drives
        }
        changed = {name: drive for name, drive in changes.items() if drive != drives.get(name)}
        if changed:
            self._document.edit(changed, f"{_TITLES[column].lower()} of {_counted(names)}")

    def _mute(self, rows: list[int], is_muted: bool) -> None:
        drives = self._document.rig_map.drives
        names = [self._rows[row] for row in rows if self._rows[row] in drives]
        changes = {name: replace(drives[name], muted=is_muted) for name in names}
        self._document.edit(changes, f"{'mute' if is_muted else 'unmute'} {_counted(names)}")

    def _give_attribute(self, channel: str, attribute: str) -> None:
        """Let an unused channel drive an attribute, beside what drives it already."""
        if not attribute:
            return
        if self._document.attribute(attribute) is None:
            raise UserError(
                f"This rig has no attribute '{attribute}'.",
                code="rig_map.attribute",
                hint="Choose one from the list, as node.attribute.",
            )
        drive = self._document.rig_map.drives.get(attribute)
        given = Drive({channel: 1.0})
        if drive is not None:
            given = replace(drive, gains={**drive.gains, channel: 1.0})
        self._document.edit({attribute: given}, f"drive {attribute} by {channel}")

    def _refilter(self) -> None:
        self.beginResetModel()
        self._rows = matching_rows(self._document.source, self._show, self._search)
        column, order = self._order
        if column >= 0:
            self._rows.sort(
                key=lambda name: self._sort_key(name, Column(column)), reverse=order == Qt.SortOrder.DescendingOrder
            )
        self._places = {name: row for row, name in enumerate(self._rows)}
        self.endResetModel()

    def _sort_key(self, name: str, column: Column) -> tuple[int, float, str]:
        drive = self._document.rig_map.drives.get(name)
        if column == Column.ATTRIBUTE or self.shows_channels:
            return 0, 0.0, name.casefold()
        if column == Column.CHANNELS:
            return int(drive is None), 0.0, drive_text(drive).casefold()
        if column == Column.STATUS:
            match = self._document.matches.get(name)
            return (
                int(name not in self._document.blocked),
                match.confidence if match else -1.0,
                match.why if match else "",
            )
        if column == Column.MUTE:
            return int(not (drive and drive.muted)), 0.0, ""
        return int(drive is None), _sort_number(drive, column), ""

    def _on_changed(self, names: set[str]) -> None:
        """Draw the rows anew that changed. Rows stay where they are, though the search may not fit them any more,
        unless rows came or went."""
        known = self._document.attribute
        if self.shows_channels or any(known(name) is None for name in names):
            self._refilter()
            return
        rows = sorted(self._places[name] for name in names if name in self._places)
        if rows:
            self.dataChanged.emit(self.index(rows[0], 0), self.index(rows[-1], len(Column) - 1))

    def _text(self, row: int, column: Column, *, is_edited: bool) -> str:
        name = self._rows[row]
        if self.shows_channels:
            if column == Column.CHANNELS:
                return name
            return "" if is_edited or column != Column.ATTRIBUTE else "choose an attribute…"
        if column == Column.ATTRIBUTE:
            return name
        if column == Column.STATUS:
            return self._status(name)
        drive = self.drive(row)
        if column == Column.CHANNELS:
            return drive_text(drive)
        if column == Column.GAIN and drive is not None:
            return number_text(next(iter(drive.gains.values()))) if len(drive.gains) == 1 else "" if is_edited else "…"
        if column == Column.OFFSET and drive is not None:
            return number_text(drive.offset)
        if column in (Column.LOWEST, Column.HIGHEST):
            limit = _own_limit(drive, column)
            if limit is None and not is_edited:
                limit = self._rigs_limit(name, column)
            return "" if limit is None else number_text(limit)
        return ""

    def _status(self, name: str) -> str:
        if name in self._document.blocked:
            return self._document.blocked[name].removeprefix("it is ")
        if self._document.attribute(name) is None:
            return "not in this rig"
        question = self._document.questions.get(name)
        if question is not None:
            best = question.candidates[0]
            return f"{drive_text(best.drive)}? {best.match.confidence:.0%}"
        match = self._document.matches.get(name)
        if match is None:
            return ""
        rig_map = self._document.rig_map
        if not rig_map.channels_of(rig_map.drives[name]) & self._channel_set():
            return "not in this model"
        return match.why if match.confidence >= 1.0 else f"{match.confidence:.0%}, {match.why}"

    def _channel_set(self) -> frozenset[str]:
        return frozenset(self._document.channels)

    def _rigs_limit(self, name: str, column: Column) -> float | None:
        attribute = self._document.attribute(name)
        if attribute is None:
            return None
        return attribute.lowest if column == Column.LOWEST else attribute.highest

    def _brush(self, row: int, column: Column) -> QBrush | None:
        name, drive, colours = self._rows[row], self.drive(row), self._colours
        if self.shows_channels:
            return QBrush(colours.dim) if column == Column.ATTRIBUTE else None
        if column == Column.STATUS:
            if name in self._document.blocked:
                return QBrush(colours.error)
            if name in self._document.questions:
                return QBrush(colours.warning)
            match = self._document.matches.get(name)
            if match is not None and (match.confidence < SURE or self._status(name).startswith("not in")):
                return QBrush(colours.warning)
            return QBrush(colours.dim)
        if column == Column.GAIN and drive is not None and len(drive.gains) > 1:
            return QBrush(colours.dim)
        is_quiet = drive is None or drive.muted or name in self._document.blocked
        if column in (Column.LOWEST, Column.HIGHEST) and _own_limit(drive, column) is None:
            is_quiet = True
        if column == Column.OFFSET and drive is not None and not drive.offset:
            is_quiet = True
        return QBrush(colours.dim) if is_quiet else None

    def _tool_tip(self, row: int, column: Column) -> str:
        name, drive = self._rows[row], self.drive(row)
        if self.shows_channels:
            return "Double-click, or press F2, and choose the attribute that this channel shall drive."
        if column == Column.STATUS and name in self._document.blocked:
            return f"{name} takes no keys: {self._document.blocked[name]}."
        question = self._document.questions.get(name)
        if column == Column.STATUS and question is not None:
            return f"Not driven: {question.why}. Answer below the table."
        if column == Column.ATTRIBUTE:
            attribute = self._document.attribute(name)
            unit = {"rotate": "degrees", "translate": "centimetres"}.get(attribute.kind, "weight") if attribute else ""
            return f"{name}\n{unit}, rests at {attribute.rest:g}" if attribute else f"{name}\nnot in this rig"
        if column == Column.CHANNELS and drive is not None and drive.curve is not None:
            points = ", ".join(f"{at:g} → {height:g}" for at, height in drive.curve)
            return f"{drive_text(drive)}\nby a curve: {points}"
        if column == Column.CHANNELS and drive is not None and len(drive.gains) > 1:
            return drive_text(drive)
        if column == Column.GAIN and drive is not None and len(drive.gains) > 1:
            return "Several channels: their gains stand before their names."
        return _TIPS[column]


def _own_limit(drive: Drive | None, column: Column) -> float | None:
    if drive is None or drive.limits is None:
        return None
    limit = drive.limits[0 if column == Column.LOWEST else 1]
    return limit if math.isfinite(limit) else None


def _sort_number(drive: Drive | None, column: Column) -> float:
    if drive is None:
        return 0.0
    if column == Column.GAIN:
        return next(iter(drive.gains.values()))
    if column == Column.OFFSET:
        return drive.offset
    limit = _own_limit(drive, column)
    return math.inf if limit is None else limit


def _alignment(column: Column) -> Qt.AlignmentFlag:
    if column in (Column.GAIN, Column.OFFSET, Column.LOWEST, Column.HIGHEST):
        return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    if column == Column.MUTE:
        return Qt.AlignmentFlag.AlignCenter
    return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def _counted(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} attributes"
