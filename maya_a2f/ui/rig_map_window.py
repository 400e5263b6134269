"""The window in which a rig map is edited: search, table, sides, files, undo, and the slider that tests a row."""

from __future__ import annotations

from typing import cast, get_args

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QHideEvent, QKeySequence
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from maya_a2f.core.mirroring import Axes, Side
from maya_a2f.core.rig_map_table import Show, unused_channels
from maya_a2f.errors import A2FError
from maya_a2f.ui.attribute_adder import ask_attribute
from maya_a2f.ui.field_message import FieldMessage
from maya_a2f.ui.panel_host import PanelHost
from maya_a2f.ui.question_bar import QuestionBar
from maya_a2f.ui.rig_map_document import RigMapDocument
from maya_a2f.ui.rig_map_files import RigMapFiles
from maya_a2f.ui.rig_map_model import RigMapModel
from maya_a2f.ui.rig_map_view import RigMapTable
from maya_a2f.ui.rig_slider import RigSlider
from maya_a2f.ui.theme import colours_of, gap, line_height, text_width

_SHOWN: dict[Show, str] = {
    "all": "All attributes",
    "driven": "Driven",
    "undriven": "Not driven",
    "asked": "Questions",
    "unsure": "Unsure matches",
    "by_hand": "Made by hand",
    "blocked": "Blocked",
    "muted": "Muted",
    "missing": "Not in this rig",
    "unused": "Channels that drive nothing",
}
_AXES: dict[Axes, str] = {
    "same": "Both sides have the same axes",
    "opposite": "Right side's axes are mirrored (Behavior)",
}


class RigMapWindow(QWidget):
    """Edits a :class:`RigMapDocument`."""

    closed = Signal()

    def __init__(
        self, host: PanelHost, document: RigMapDocument, files: RigMapFiles, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self._document, self._files = document, files
        self.setObjectName("a2fRigMapWindow")
        self._model = RigMapModel(document, colours_of(self), self)
        self.table = RigMapTable(self._model, self)
        self.slider = RigSlider(host, document, self)
        self.questions = QuestionBar(document, self)
        self.message = FieldMessage(self)
        self._search = QLineEdit(self)
        self._show = QComboBox(self)
        self._count = QLabel(self)
        self._asked = QPushButton(self)
        self._unused = QPushButton(self)
        self._both_sides = QCheckBox("Edit &both sides", self)
        self._make_layout()
        self._connect()
        self._refresh_words()
        self.resize(text_width(self, "m" * 72), line_height(self) * 38)

    def set_character(self, name: str) -> None:
        """Whose map it is."""
        self.slider.set_character(name)
        self.message.clear()
        self._name_window(name)

    def set_filter(self, show: Show, search: str = "") -> None:
        """Show some rows only."""
        self._search.setText(search)
        self._show.setCurrentIndex(get_args(Show).index(show))

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """A closed window leaves the rig as it was."""
        self.slider.put_back()
        super().hideEvent(event)
        self.closed.emit()

    def _make_layout(self) -> None:
        self._search.setPlaceholderText("Search attributes and channels")
        self._search.setClearButtonEnabled(True)
        self._search.setToolTip("Every word must be in the attribute's or a channel's name. Ctrl+F")
        for show in get_args(Show):
            self._show.addItem(_SHOWN[show], show)
        self._show.setToolTip("Which rows to show.")
        self._both_sides.setToolTip("What you change on one side changes on the other too, mirrored.")
        self._asked.setFlat(True)
        self._unused.setFlat(True)
        top = QHBoxLayout()
        top.addWidget(self._search, 1)
        top.addWidget(self._show)
        top.addWidget(self._count)
        bar = QHBoxLayout()
        self._add_undo_keys()
        stack = self._document.stack
        undo = self._button("&Undo", "Undo", stack.undo)
        redo = self._button("&Redo", "Redo", stack.redo)
        self._follow_stack(undo, redo)
        for button in (
            undo, redo,
            self._button("&Add…", "Drive an attribute that is not shown here.", self._add),
            self._button("Re&move", "Let the selected attributes follow no channel. Delete", self._remove),
            self._menu_button("M&irror", "Carry rows to the other side of the face.", self._mirror_menu()),
            self._menu_button("&Eyes", "Which way the eyes turn.", self._eyes_menu()),
        ):  # fmt: skip
            bar.addWidget(button)
        bar.addWidget(self._both_sides)
        bar.addStretch(1)
        files = QMenu(self)
        self._files.add_to(files)
        bar.addWidget(self._menu_button("&File", "Load, save, or start again from the automatic match.", files))
        bottom = QHBoxLayout()
        bottom.addWidget(self.slider, 1)
        layout = QVBoxLayout(self)
        margin = gap(self, 0.6)
        layout.setContentsMargins(margin, margin, margin, margin)
        layout.setSpacing(gap(self, 0.45))
        layout.addLayout(top)
        layout.addLayout(bar)
        layout.addWidget(self.message)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.questions)
        links = QHBoxLayout()
        links.addWidget(self._asked)
        links.addWidget(self._unused)
        links.addStretch(1)
        layout.addLayout(links)
        layout.addLayout(bottom)

    def _connect(self) -> None:
        self._search.textChanged.connect(self._on_filter)
        self._show.currentIndexChanged.connect(self._on_filter)
        self._both_sides.toggled.connect(lambda is_on: setattr(self._document, "edits_both_sides", is_on))
        self._asked.clicked.connect(self._show_questions)
        self._asked.setToolTip("Show the attributes whose names are not clear, to say what drives them.")
        self._unused.clicked.connect(lambda: self.set_filter("unused"))
        self._unused.setToolTip("Show these channels, to choose what they drive.")
        self.table.rowChosen.connect(self.slider.set_attribute)
        self.table.selectionModel().selectionChanged.connect(lambda: self._ask())
        self.questions.answered.connect(self._on_answered)
        self.table.cleared.connect(lambda names: self._clear(names))
        self.table.faulty.connect(self._on_fault)
        self.slider.failed.connect(self.message.show_error)
        self._model.refused.connect(self.message.show_error)
        self._model.accepted.connect(self.message.clear)
        self._model.modelReset.connect(self._refresh_words)
        self._document.changed.connect(self._on_changed)
        self._document.opened.connect(self._refresh_words)
        self._files.failed.connect(self.message.show_error)
        self._files.done.connect(self.message.show_note)
        find = QAction(self)
        find.setShortcut(QKeySequence.StandardKey.Find)
        find.triggered.connect(self._find)
        save = QAction(self)
        save.setShortcut(QKeySequence.StandardKey.Save)
        save.triggered.connect(lambda: self._files.save())
        self.addActions([find, save])

    def _on_changed(self) -> None:
        self.message.clear()
        self._refresh_words()

    def _on_filter(self) -> None:
        self.message.clear()
        chosen = self.table.selected_names()
        self._model.set_filter(cast(Show, self._show.currentData()), self._search.text())
        if chosen:
            self.table.select(chosen[0])

    def _find(self) -> None:
        self._search.setFocus()
        self._search.selectAll()

    def _on_fault(self, fault: A2FError | None) -> None:
        if fault is None:
            self.message.clear()
        else:
            self.message.show_warning(fault.message, fault.hint)

    def _refresh_words(self) -> None:
        total = len(self._document.channels) if self._model.shows_channels else len(self._document.rig.attributes)
        self._count.setText(f"{self._model.rowCount()} of {total}")
        asked = len(self._document.questions)
        self._asked.setText("1 name is not clear…" if asked == 1 else f"{asked} names are not clear…")
        self._asked.setVisible(bool(asked) and not self._model.shows_channels)
        unused = unused_channels(self._document.rig_map, self._document.channels)
        noun = "channel drives" if len(unused) == 1 else "channels drive"
        self._unused.setText(f"{len(unused)} {noun} nothing…")
        self._unused.setVisible(bool(unused) and not self._model.shows_channels)

    def _ask(self) -> None:
        self.questions.show_for([] if self._model.shows_channels else self.table.selected_names())

    def _show_questions(self) -> None:
        self.set_filter("asked")
        if self._model.rowCount():
            self.table.select(self._model.name(0))

    def _on_answered(self, words: str) -> None:
        """Go on to the next question."""
        self.message.show_note(words)
        if self._show.currentData() == "asked":
            self._model.refresh()
            if self._model.rowCount():
                self.table.select(self._model.name(0))

    def _name_window(self, character: str) -> None:
        self.setWindowTitle(f"Rig map of {character}" if character else "Rig map")

    def _remove(self) -> None:
        if not self._model.shows_channels:
            self._clear(self.table.selected_names())

    def _clear(self, names: list[str]) -> None:
        driven = [name for name in names if name in self._document.rig_map.drives]
        if driven:
            words = driven[0] if len(driven) == 1 else f"{len(driven)} attributes"
            self._document.edit(dict.fromkeys(driven), f"remove {words}")

    def _add(self) -> None:
        found = ask_attribute(self._document, self)
        if found is not None:
            name, drive = found
            self._document.edit({name: drive}, f"add {name}")
            self.set_filter("all")
            self.table.select(name)

    def _mirror(self, side: Side | None) -> None:
        names = self.table.selected_names()
        try:
            if side is None and not names:
                self.message.show_note("Select the rows to mirror first.")
                return
            count = self._document.mirror(names) if side is None else self._document.mirror_side(side)
        except A2FError as error:
            self.message.show_error(error)
            return
        self.message.show_note("1 attribute mirrored." if count == 1 else f"{count} attributes mirrored.")

    def _mirror_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for words, side, tip in (
            ("&Selected rows to the other side", None, "Copy channels, gain, offset, limits and mute to the twins."),
            ("All &left to right", "left", "Copy every attribute of the left side to the right."),
            ("All &right to left", "right", "Copy every attribute of the right side to the left."),
        ):
            action = menu.addAction(words)
            action.setToolTip(tip)
            action.triggered.connect(lambda _checked=False, side=side: self._mirror(side))
        menu.addSeparator()
        choices = {axes: menu.addAction(words) for axes, words in _AXES.items()}
        for axes, action in choices.items():
            action.setCheckable(True)
            action.setToolTip("Decides the signs of rotations and translations; weights are the same either way.")
            action.triggered.connect(lambda _checked=False, axes=axes: setattr(self._document, "axes", axes))

        def show_axes() -> None:
            for axes, action in choices.items():
                action.setChecked(axes == self._document.axes)

        menu.aboutToShow.connect(show_axes)
        return menu

    def _eyes_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        pitch, yaw = menu.addAction("Flip &up and down"), menu.addAction("Flip &left and right")
        for action in (pitch, yaw):
            action.setCheckable(True)
            action.setToolTip("Models leave open which way the eyes turn; flip what looks wrong.")
            action.triggered.connect(
                lambda: self._document.set_eye_signs(-1 if pitch.isChecked() else 1, -1 if yaw.isChecked() else 1)
            )

        def show_signs() -> None:
            pitch.setChecked(self._document.rig_map.pitch_sign < 0)
            yaw.setChecked(self._document.rig_map.yaw_sign < 0)

        menu.aboutToShow.connect(show_signs)
        return menu

    def _add_undo_keys(self) -> None:
        stack = self._document.stack
        for keys, call in (
            (QKeySequence.StandardKey.Undo, stack.undo),
            (QKeySequence.StandardKey.Redo, stack.redo),
        ):
            action = QAction(self)
            action.setShortcuts(keys)
            action.triggered.connect(call)
            self.addAction(action)

    def _follow_stack(self, undo: QPushButton, redo: QPushButton) -> None:
        """The buttons say what they would undo; they live shorter than the stack, so they are connected themselves."""
        stack = self._document.stack
        undo.setEnabled(stack.canUndo())
        redo.setEnabled(stack.canRedo())
        stack.canUndoChanged.connect(undo.setEnabled)
        stack.canRedoChanged.connect(redo.setEnabled)
        stack.undoTextChanged.connect(self._name_undo)
        stack.redoTextChanged.connect(self._name_redo)
        self._undo, self._redo = undo, redo
        self._name_undo(stack.undoText())
        self._name_redo(stack.redoText())

    def _name_undo(self, words: str) -> None:
        keys = QKeySequence(QKeySequence.StandardKey.Undo).toString()
        self._undo.setToolTip(f"Undo {words}. {keys}" if words else f"Undo the last edit of the map. {keys}")

    def _name_redo(self, words: str) -> None:
        keys = QKeySequence(QKeySequence.StandardKey.Redo).toString()
        self._redo.setToolTip(f"Redo {words}. {keys}" if words else f"Redo what was undone. {keys}")

    def _button(self, words: str, tip: str, call: object) -> QPushButton:
        button = QPushButton(words, self)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        button.clicked.connect(lambda: call())  # type: ignore[operator]
        return button

    def _menu_button(self, words: str, tip: str, menu: QMenu) -> QPushButton:
        button = QPushButton(words, self)
        button.setToolTip(tip)
        button.setMenu(menu)
        return button
