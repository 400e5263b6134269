"""Cells of the rig map that are typed into: names with completion, checked while they are typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import QMouseEvent, QPainter, QPalette, QPen
from PySide6.QtWidgets import QComboBox, QCompleter, QLineEdit, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from maya_a2f.core.drive_expression import parsed_expression
from maya_a2f.errors import A2FError
from maya_a2f.ui.theme import colours_of, line_height, mixed

Index = QModelIndex | QPersistentModelIndex
MUTED_ROLE = Qt.ItemDataRole.UserRole
"""True or False; None where the row drives nothing."""
_LAST_NAME = re.compile(r"[^\W\d][\w.:|]*$")
_VISIBLE_ITEMS = 14


class TermCompleter(QCompleter):
    """Completes the last name of a sum in a line, and leaves what stands before it.

    It is not the line's own completer: a list would put the chosen name in the place of the whole sum.
    """

    def __init__(self, names: QAbstractItemModel, line: QLineEdit) -> None:
        super().__init__(names, line)
        self._line = line
        self.setWidget(line)
        line.textEdited.connect(self._suggest)
        self.activated.connect(self._insert)

    def _suggest(self, text: str) -> None:
        name = _last_name(text)
        self.setCompletionPrefix(name)
        is_done = self.completionCount() == 1 and self.currentCompletion() == name
        if name and self.completionCount() and not is_done:
            self.complete()
        else:
            self.popup().hide()

    def _insert(self, name: str) -> None:
        text = self._line.text()
        self._line.setText(text[: len(text) - len(_last_name(text))] + name)


def _last_name(text: str) -> str:
    found = _LAST_NAME.search(text)
    return found.group() if found else ""


def name_editor(names: Sequence[str], parent: QWidget, *, is_sum: bool) -> QComboBox:
    """An editable list of names that completes any part of them; of a sum, its last name."""
    editor = QComboBox(parent)
    editor.setEditable(True)
    editor.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    editor.setFrame(False)
    editor.setAutoFillBackground(True)
    editor.setMaxVisibleItems(_VISIBLE_ITEMS)
    editor.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    editor.setMinimumContentsLength(8)
    editor.addItems(list(names))
    line = editor.lineEdit()
    if is_sum and line is not None:
        editor.setCompleter(None)  # type: ignore[arg-type]
        completer: QCompleter = TermCompleter(editor.model(), line)
    else:
        completer = QCompleter(editor.model(), editor)
        editor.setCompleter(completer)
    completer.setFilterMode(Qt.MatchFlag.MatchContains)
    completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    completer.setMaxVisibleItems(_VISIBLE_ITEMS)
    editor.setCurrentIndex(-1)
    return editor


class NameDelegate(QStyledItemDelegate):
    """Edits a cell as a name, or a sum of names, of a list."""

    faulty = Signal(object)
    """The :class:`A2FError` of what stands in the editor; None as soon as it is right."""

    def __init__(self, names: Callable[[], Sequence[str]], *, is_sum: bool, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._names, self._is_sum = names, is_sum

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: N802 - Qt's name
        """What doesn't fit loses its end; a name its beginning, which most names share."""
        super().initStyleOption(option, index)
        option.textElideMode = (  # type: ignore[attr-defined]
            Qt.TextElideMode.ElideRight if self._is_sum else Qt.TextElideMode.ElideLeft
        )

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:  # noqa: N802
        """The list with its line."""
        editor = name_editor(self._names(), parent, is_sum=self._is_sum)
        line = editor.lineEdit()
        if self._is_sum and line is not None:
            line.setPlaceholderText("jawOpen + 0.5 mouthClose")
            line.textChanged.connect(lambda _text: self._check(editor))
        editor.activated.connect(lambda _at: self._chosen(editor))
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:  # noqa: N802 - Qt's name
        """Start from what the cell holds."""
        if isinstance(editor, QComboBox):
            editor.setEditText(str(index.data(Qt.ItemDataRole.EditRole) or ""))
            line = editor.lineEdit()
            if line is not None:
                line.selectAll()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:  # noqa: N802
        """Hand on what was typed."""
        if isinstance(editor, QComboBox):
            model.setData(index, editor.currentText(), Qt.ItemDataRole.EditRole)

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Return with a fault keeps the editor open, so that nothing typed is lost."""
        is_return = event.type() == QEvent.Type.KeyPress and event.key() in (  # type: ignore[attr-defined]
            Qt.Key.Key_Return,
            Qt.Key.Key_Enter,
            Qt.Key.Key_Tab,
        )
        if is_return and isinstance(editor, QComboBox) and self._check(editor) is not None:
            return True
        return super().eventFilter(editor, event)

    def _check(self, editor: QComboBox) -> A2FError | None:
        if not self._is_sum:
            return None
        fault: A2FError | None = None
        try:
            parsed_expression(editor.currentText(), self._names())
        except A2FError as error:
            fault = error
        line = editor.lineEdit()
        if line is not None:
            palette = editor.palette()
            if fault is not None:
                palette.setColor(QPalette.ColorRole.Text, colours_of(editor).error)
            line.setPalette(palette)
        self.faulty.emit(fault)
        return fault

    def _chosen(self, editor: QComboBox) -> None:
        if not self._is_sum or self._check(editor) is None:
            self.commitData.emit(editor)
            self.closeEditor.emit(editor, QStyledItemDelegate.EndEditHint.NoHint)


class NumberDelegate(QStyledItemDelegate):
    """Edits a cell as a plain line: an empty one means the usual value."""

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:  # noqa: N802
        """A line at the right."""
        editor = QLineEdit(parent)
        editor.setFrame(False)
        editor.setAlignment(Qt.AlignmentFlag.AlignRight)
        return editor


class MuteDelegate(QStyledItemDelegate):
    """A box in the middle of the cell: empty, or filled where the attribute is muted. A click toggles it."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The cell's ground as in the other columns, and the box."""
        super().paint(painter, option, index)
        state = index.data(MUTED_ROLE)
        view = option.widget  # type: ignore[attr-defined]
        if state is None or not isinstance(view, QWidget):
            return
        colours, side = colours_of(view), line_height(view) * 0.62
        box = QRectF(0, 0, side, side)
        box.moveCenter(QRectF(option.rect).center())  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(
            QPen(colours.warning if state else mixed(colours.base, colours.text, 0.4), max(1.0, side * 0.09))
        )
        painter.setBrush(colours.warning if state else colours.base)
        painter.drawRoundedRect(box, side * 0.18, side * 0.18)
        if state:
            painter.setPen(QPen(colours.base, side * 0.16))
            painter.drawLine(
                QPointF(box.left() + side * 0.28, box.top() + side * 0.28),
                QPointF(box.right() - side * 0.28, box.bottom() - side * 0.28),
            )
        painter.restore()

    def editorEvent(  # noqa: N802 - Qt's name
        self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        """A click anywhere in the cell."""
        if index.data(MUTED_ROLE) is None or not isinstance(event, QMouseEvent):
            return False
        if event.button() != Qt.MouseButton.LeftButton or event.modifiers() != Qt.KeyboardModifier.NoModifier:
            return False
        if event.type() == QEvent.Type.MouseButtonPress:
            return True
        if event.type() != QEvent.Type.MouseButtonRelease:
            return False
        state = Qt.CheckState.Unchecked if index.data(MUTED_ROLE) else Qt.CheckState.Checked
        return model.setData(index, state, Qt.ItemDataRole.CheckStateRole)
