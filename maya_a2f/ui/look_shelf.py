"""The row that chooses, saves and deletes looks."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from maya_a2f import settings
from maya_a2f.core.atomic_file import unwritable
from maya_a2f.core.look import NO_LOOK, FoundLook, Look, find_looks, write_look
from maya_a2f.errors import A2FError
from maya_a2f.ui.theme import gap


class LookShelf(QWidget):
    """Looks of the user, of the folders in MAYA_A2F_LOOK_PATH, and those that ship."""

    chosen = Signal(object)
    """The user chose a :class:`Look`."""
    save_asked = Signal(str)
    """The user wants the dials saved under this name; answer with :meth:`save`."""
    failed = Signal(object)
    """An :class:`A2FError` to show."""
    done = Signal()
    """Something worked: an earlier error is over."""

    neutral_name = NO_LOOK

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: list[FoundLook] = []
        self._name = NO_LOOK
        self._is_changed = False
        self._box = QComboBox(self)
        self._box.setToolTip("A look sets emotions, dials, layers and tail at once. Yours lie in your own folder.")
        self._box.setAccessibleName("Look")
        self._box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._box.setMinimumContentsLength(10)
        label = QLabel("Loo&k", self)
        label.setBuddy(self._box)
        self._save = QPushButton("&Save…", self)
        self._save.setToolTip("Save emotions, dials, layers and tail as a look under a name of yours.")
        self._menu_button = QToolButton(self)
        self._menu_button.setText("…")
        self._menu_button.setAccessibleName("More about looks")
        self._menu_button.setToolTip("Delete a look, open the folder, read the folders again.")
        self._menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._menu_button.setMenu(self._menu())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(gap(self, 0.35))
        for widget in (label, self._box, self._save, self._menu_button):
            row.addWidget(widget)
        self._box.activated.connect(self._on_activated)
        self._save.clicked.connect(self._ask_name)
        self.read_folders()

    @property
    def name(self) -> str:
        """The look last chosen or saved."""
        return self._name

    @property
    def title(self) -> str:
        """The look, and whether the dials have left it."""
        return f"{self._name} (changed)" if self._is_changed else self._name

    @property
    def look(self) -> Look | None:
        """The look last chosen, where there is one of that name."""
        entry = self._entry(self._name)
        return entry.look if entry is not None else None

    @property
    def names(self) -> list[str]:
        """Looks that can be chosen."""
        return [entry.look.name for entry in self._found]

    def show_name(self, name: str) -> None:
        """Show a name; emits nothing."""
        self._name = name
        self._show()

    def show_changed(self, is_changed: bool) -> None:
        """Show whether the dials have left the look."""
        self._is_changed = is_changed
        self._show()

    def choose(self, name: str) -> None:
        """Choose a look, as the user's own doing; nothing where there is none of that name."""
        entry = self._entry(name)
        if entry is not None:
            self._name = entry.look.name
            self.chosen.emit(entry.look)

    def read_folders(self) -> None:
        """Find the looks again; files that can't be used are said."""
        own, *others = settings.look_folders()
        self._found, faults = find_looks(own, others)
        with QSignalBlocker(self._box):
            self._box.clear()
            for entry in self._found:
                self._box.addItem(entry.look.name)
                words = [entry.look.note, "" if entry.is_own else f"Shared: {entry.path.parent}"]
                self._box.setItemData(
                    self._box.count() - 1, "\n".join(filter(None, words)), Qt.ItemDataRole.ToolTipRole
                )
        self._show()
        if faults:
            self.failed.emit(faults[0])

    def save(self, look: Look) -> None:
        """Write a look to the user's folder and choose it; errors go to :attr:`failed`."""
        try:
            write_look(look, settings.look_folders()[0])
        except A2FError as error:
            self.failed.emit(error)
            return
        self._name, self._is_changed = look.name, False
        self.done.emit()
        self.read_folders()

    def delete(self) -> None:
        """Delete the chosen look of the user; errors go to :attr:`failed`."""
        entry = self._entry(self._name)
        if entry is None or not entry.is_own:
            return
        try:
            entry.path.unlink(missing_ok=True)
        except OSError as error:
            self.failed.emit(unwritable(entry.path, error))
            return
        self.done.emit()
        self.read_folders()
        self.show_changed(self._entry(self._name) is None)

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        self._delete = menu.addAction("&Delete this look")
        self._delete.triggered.connect(lambda checked=False: self.delete())
        menu.addAction("Open the &folder").triggered.connect(lambda checked=False: self._open_folder())
        menu.addAction("&Read the folders again").triggered.connect(lambda checked=False: self.read_folders())
        menu.aboutToShow.connect(lambda: self._delete.setEnabled(self._is_own(self._name)))
        return menu

    def _is_own(self, name: str) -> bool:
        entry = self._entry(name)
        return entry is not None and entry.is_own

    def _entry(self, name: str) -> FoundLook | None:
        return next((entry for entry in self._found if entry.look.name.casefold() == name.casefold()), None)

    def _on_activated(self, index: int) -> None:
        self.choose(self._found[index].look.name)

    def _ask_name(self) -> None:
        """Ask for a name; the present one is offered where it is the user's own."""
        start = self._name if self._is_own(self._name) else ""
        name, is_given = QInputDialog.getText(self, "Save look", "Name of the look:", text=start)
        if is_given and name.strip():
            self.save_asked.emit(name.strip())

    def _open_folder(self) -> None:
        folder: Path = settings.look_folders()[0]
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.failed.emit(unwritable(folder, error))
            return
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _show(self) -> None:
        """The look's name in the box, or what became of it."""
        names = [entry.look.name.casefold() for entry in self._found]
        at = names.index(self._name.casefold()) if self._name.casefold() in names else -1
        with QSignalBlocker(self._box):
            self._box.setPlaceholderText(self.title)
            self._box.setCurrentIndex(-1 if self._is_changed else at)
