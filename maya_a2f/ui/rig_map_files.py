"""Loading, saving and resetting a rig map, with the file dialogs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from maya_a2f.core.atomic_file import write_atomically
from maya_a2f.core.rig_map import RigMap, read_rig_map, write_rig_map
from maya_a2f.core.rig_map_folders import signed
from maya_a2f.core.rig_names import named_for
from maya_a2f.errors import A2FError, UserError
from maya_a2f.ui.rig_map_document import RigMapDocument

_FILTER = "Rig maps (*.json);;All files (*)"


class RigMapFiles(QObject):
    """Where the map that is being edited comes from and goes to."""

    failed = Signal(object)
    """An :class:`A2FError`; map and files are as they were."""
    done = Signal(str)
    """What was done, as a sentence."""
    pathChanged = Signal()  # noqa: N815 - Qt's way
    """:attr:`path` is another."""

    def __init__(self, document: RigMapDocument, automatic: Callable[[], RigMap], parent: QWidget) -> None:
        """``automatic`` makes the map that :meth:`reset` goes back to."""
        super().__init__(parent)
        self._document, self._automatic, self._window = document, automatic, parent
        self.path: Path | None = None
        """The file that the map was loaded from or saved to; None for one that was made here."""
        self.folders: Callable[[], Sequence[Path]] = tuple
        """Where maps are found again; a dialog starts in the first that is there."""

    def add_to(self, menu: QMenu) -> None:
        """The actions."""
        menu.setToolTipsVisible(True)
        for words, call, tip in (
            ("&Load…", self.ask_load, "Use a rig map from a file. Undo brings this one back."),
            ("&Save", self.save, "Save the rig map to its file."),
            ("Save &as…", self.ask_save, "Save the rig map to another file."),
            (None, None, None),
            ("&Reset to automatic match", self.reset, "Match by name again; edits go. Undo brings them back."),
        ):
            if words is None or call is None:
                menu.addSeparator()
            else:
                action = menu.addAction(words)
                action.setToolTip(tip or "")
                action.triggered.connect(lambda _checked=False, call=call: call())

    def load(self, path: Path) -> None:
        """Use the map in a file, as one undo step."""
        try:
            rig_map = read_rig_map(path)
        except A2FError as error:
            self.failed.emit(error)
            return
        rig_map = named_for(rig_map, self._document.rig)
        self._document.replace_map(rig_map, f"load {path.name}")
        self._set_path(path)
        known = sum(self._document.attribute(name) is not None for name in rig_map.drives)
        if rig_map.fit is not None and not rig_map.drives:
            self.done.emit(f"'{path.name}' drives this character by the fit '{rig_map.fit}'.")
        else:
            self.done.emit(f"'{path.name}' drives {known} of its {len(rig_map.drives)} attributes on this character.")

    def save(self) -> None:
        """Write the map to its file; asks for one where it has none."""
        if self.path is None:
            self.ask_save()
        else:
            self.save_to(self.path)

    def save_to(self, path: Path) -> None:
        """Write the map to a file, and its fit beside it."""
        rig_map = self._document.rig_map
        try:
            _carry_fit(rig_map, path.absolute().parent)
            write_rig_map(signed(rig_map, self._document.rig), path)
        except A2FError as error:
            self.failed.emit(error)
            return
        self._document.stack.setClean()
        self._set_path(path)
        self.done.emit(f"Saved to '{path}'.")

    def reset(self) -> None:
        """The automatic match, as one undo step."""
        self._document.replace_map(self._automatic(), "reset to automatic match")
        self._set_path(None)
        self.done.emit("Matched by name again.")

    def ask_load(self) -> None:
        """Load a file that the user chooses."""
        chosen, _filter = QFileDialog.getOpenFileName(self._window, "Load rig map", self._folder(), _FILTER)
        if chosen:
            self.load(Path(chosen))

    def ask_save(self) -> None:
        """Save to a file that the user chooses."""
        name = self._document.rig_map.name or "rig map"
        suggested = str(self.path or Path(self._folder()) / f"{name.replace(':', '_')}.json")
        chosen, _filter = QFileDialog.getSaveFileName(self._window, "Save rig map", suggested, _FILTER)
        if chosen:
            path = Path(chosen)
            self.save_to(path if path.suffix else path.with_suffix(".json"))

    def _folder(self) -> str:
        if self.path is not None:
            return str(self.path.parent)
        there = [folder for folder in self.folders() if folder.is_dir()]
        return str(there[0] if there else Path.home())

    def _set_path(self, path: Path | None) -> None:
        self.path = path
        self.pathChanged.emit()


def _carry_fit(rig_map: RigMap, folder: Path) -> None:
    """Copy the fit that a map names to the map's new folder, where it is not there yet. Raises :class:`A2FError`."""
    if rig_map.fit is None or rig_map.folder in (None, folder) or (folder / rig_map.fit).exists():
        return
    source = rig_map.folder / rig_map.fit if rig_map.folder is not None else Path(rig_map.fit)
    try:
        content = source.read_bytes()
    except OSError as error:
        raise UserError(
            f"The fit '{source}' cannot be read: {error.strerror or error}.",
            code="fit.missing",
            hint="A map with a fit is saved together with it; fit the rig again, or save beside the old map.",
        ) from error
    write_atomically(folder / rig_map.fit, content)
