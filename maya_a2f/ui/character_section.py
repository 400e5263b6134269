"""The character in the panel: which one, what of it moves, what stands in the way, and its rig map."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QMenu, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from maya_a2f.core.automatic_map import AutomaticMap
from maya_a2f.core.head import load_head
from maya_a2f.core.joint_calibration import with_example
from maya_a2f.core.lip_seal import lip_openings, lip_shapes, sealed_unasked
from maya_a2f.core.matching import MatchReport
from maya_a2f.core.readiness import STANDARD_CHANNELS, Readiness, readiness_of, remarks_of
from maya_a2f.core.rig_map import RigMap, read_rig_map, rig_map_from_data, rig_map_text
from maya_a2f.core.rig_map_table import Show
from maya_a2f.core.rig_names import named_for
from maya_a2f.errors import A2FError
from maya_a2f.outputs import HEAD_FOLDER
from maya_a2f.settings import rig_map_folders
from maya_a2f.ui.blocked_list import BlockedList
from maya_a2f.ui.field_message import FieldMessage
from maya_a2f.ui.known_maps import automatic_match
from maya_a2f.ui.panel_host import FoundCharacter, PanelHost
from maya_a2f.ui.readiness_view import ReadinessView, breakable, wrapped_label
from maya_a2f.ui.rig_map_document import RigMapDocument
from maya_a2f.ui.rig_map_files import RigMapFiles
from maya_a2f.ui.rig_map_window import RigMapWindow
from maya_a2f.ui.rig_sampling import ReadsPoses, SamplesRigs
from maya_a2f.ui.theme import gap

_CHOOSE = "Choose a character"


class CharacterSection(QWidget):
    """Picks the character and keeps its rig map."""

    characterChanged = Signal(object)  # noqa: N815 - Qt's way
    """The :class:`FoundCharacter` that the user picked or had fixed; None where it went away."""
    fitAsked = Signal()  # noqa: N815 - Qt's way
    """The user wants a fit by shape for the character picked."""
    rigMapChanged = Signal(object)  # noqa: N815 - Qt's way
    """The :class:`RigMap` after an edit of the user's, or of the character picked; None where there is none."""

    def __init__(self, host: PanelHost, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._host = host
        self._found: FoundCharacter | None = None
        self._channels: tuple[str, ...] = STANDARD_CHANNELS
        self._automatic = RigMap("", {})
        self._start: AutomaticMap | None = None
        self._kept: dict[str, dict[str, str]] = {}
        self._document = RigMapDocument(self)
        self._files = RigMapFiles(self._document, self._matched_anew, self)
        self._files.folders = lambda: rig_map_folders(*(self._found.files if self._found is not None else ()))
        self._window: RigMapWindow | None = None
        self._pick = QPushButton("&Pick selected", self)
        self._names = _NameBox(self._list_names, self)
        self.message = FieldMessage(self)
        self._readiness = ReadinessView(self)
        self._blocked = BlockedList(self)
        self._map_words = wrapped_label(self)
        self._ask = QPushButton(self)
        self._edit = QPushButton("&Edit map…", self)
        self._map_menu = QPushButton("&Map", self)
        self._make_layout()
        self._pick.clicked.connect(self.pick)
        self._names.activated.connect(lambda _at: self.choose(self._names.currentText()))
        self._blocked.fixAsked.connect(self._fix)
        self._blocked.showAsked.connect(lambda: self.open_map("blocked"))
        self._edit.clicked.connect(lambda: self.open_map())
        self._ask.clicked.connect(lambda: self.open_map("asked"))
        self._document.changed.connect(self._on_edited)
        self._files.pathChanged.connect(self._show_map)
        self._files.failed.connect(self.message.show_error)
        self._files.done.connect(lambda _words: self.message.clear())
        self.refresh()

    def character(self) -> FoundCharacter | None:
        """The character that is picked."""
        return self._found

    def rig_map(self) -> RigMap | None:
        """Its rig map; None where no character is picked."""
        return self._document.rig_map if self._found is not None else None

    @property
    def document(self) -> RigMapDocument:
        """The rig map as it is edited."""
        return self._document

    @property
    def files(self) -> RigMapFiles:
        """The rig map's file."""
        return self._files

    @property
    def summary(self) -> str:
        """A few words for the section's bar."""
        return self._found.name if self._found is not None else ""

    def readiness(self) -> Readiness | None:
        """What of the model's motion the character shows."""
        if self._found is None:
            return None
        return readiness_of(self._found.rig, self._document.rig_map, self._channels, self._found.blocked)

    def pick(self) -> None:
        """Take the character that is selected in the host."""
        self._read(self._host.pick)

    def choose(self, name: str) -> None:
        """Take a character of the host's list."""
        if name != _CHOOSE:
            self._read(lambda: self._host.character(name))

    def set_channels(self, names: Sequence[str]) -> None:
        """What the model gives; a map that nobody touched is matched anew. Empty means the standard channels."""
        channels = tuple(names) or STANDARD_CHANNELS
        if channels == self._channels:
            return
        was_automatic = self._is_automatic()
        self._channels = channels
        if self._found is None:
            return
        matched = self._match(self._found, channels)
        if was_automatic:
            self._open(self._found, matched.rig_map, matched)
        self._automatic = matched.rig_map
        self._document.set_channels(channels, matched)
        self._show()

    def refresh(self) -> None:
        """Read the host's characters and the picked one anew; says so where it went away. Emits nothing."""
        self._fill_names(self._list_names())
        if self._found is None:
            names = self._list_names()
            if len(names) == 1 and not self._host.abilities.picks_from_selection:
                self._take_quietly(names[0])
            self._show()
            return
        name = self._found.name
        try:
            found = self._host.character(name)
        except A2FError as error:
            self._forget()
            self.message.show_error(error)
            return
        self._take_anew(found)

    def show_error(self, error: A2FError | None) -> None:
        """An error of somebody else that concerns the character; None clears it."""
        if error is None:
            self.message.clear()
        else:
            self.message.show_error(error)

    def set_busy(self, is_busy: bool) -> None:
        """No other character and no edits while a job runs."""
        if is_busy and self._window is not None:
            self._window.slider.put_back()
        for widget in (self._pick, self._names, self._blocked, self._map_menu, self._edit, self._ask):
            widget.setEnabled(not is_busy)
        if self._window is not None:
            self._window.setEnabled(not is_busy)

    def open_map(self, show: Show = "all") -> RigMapWindow:
        """Show the editor."""
        if self._window is None:
            self._window = RigMapWindow(self._host, self._document, self._files, self)
            self._window.set_character(self._found.name if self._found is not None else "")
        self._window.set_filter(show)
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()
        return self._window

    def take_example(self) -> None:
        """Let what was moved since the character was picked open the jaw, as one undo step."""
        if self._found is None or not isinstance(self._host, ReadsPoses):
            return
        try:
            example = self._host.pose_values(self._found.name)
            known = {attribute.name for attribute in self._found.rig.attributes}
            shown = {name: value for name, value in example.items() if name in known}
            made = with_example(self._document.rig_map, self._found.rig, shown)
        except A2FError as error:
            self.message.show_error(error)
            return
        self._document.replace_map(made, "jaw open from this pose")
        self.message.show_note("The jaw opens the way it does now. Put the character back into its rest pose.")

    def keep_lips(self) -> None:
        """Let ``jawOpen`` keep the lips as far apart as ours, measured on the character's own shapes: one undo step."""
        if self._found is None or not isinstance(self._host, SamplesRigs):
            return
        rig_map, rig = self._document.rig_map, self._found.rig
        shapes = lip_shapes(rig_map, rig)
        if not shapes:
            self.message.show_note("The map drives no shapes: there is nothing to measure the lips on.")
            return
        QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            described = self._host.sample_rig(self._found.name, {}, lambda *_: True, shapes)
            made, note = sealed_unasked(rig_map, lip_openings(load_head(HEAD_FOLDER)), described)
        except A2FError as error:
            self.message.show_error(error)
            return
        finally:
            QGuiApplication.restoreOverrideCursor()
        if made != rig_map:
            self._document.replace_map(made, "lips kept as ours")
        self.message.show_note(note or "Nothing to correct: the lips close as ours do, or the map sees to them.")

    def put_back(self) -> None:
        """The rig as it was before the test slider was touched."""
        if self._window is not None:
            self._window.slider.put_back()

    def state(self) -> dict[str, Any]:
        """Character and rig maps, JSON-ready."""
        self._keep_map()
        return {"character": self._found.name if self._found is not None else "", "maps": self._kept}

    def restore(self, state: object) -> None:
        """Take back what :meth:`state` gave, as far as it still holds; anything else is ignored. Emits nothing."""
        if not isinstance(state, dict):
            return
        self._kept = _kept_maps(state.get("maps"))
        name = state.get("character")
        if isinstance(name, str) and name:
            self._found = None
            self._take_quietly(name)
            self._show()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """A closed section leaves the rig as it was."""
        self.put_back()
        super().hideEvent(event)

    def _make_layout(self) -> None:
        self._pick.setToolTip("Take the character of which a part is selected: a control, joint or mesh.")
        self._pick.setVisible(self._host.abilities.picks_from_selection)
        self._names.setToolTip("Characters of this scene.")
        self._edit.setToolTip("See and change what drives each attribute, and try it on the rig.")
        self._ask.setToolTip(
            "Attributes whose names may mean several things: they stay at rest until you say what they are."
        )
        self._ask.hide()
        self._map_menu.setToolTip("Load, save, or start again from the automatic match.")
        menu = QMenu(self)
        self._files.add_to(menu)
        if isinstance(self._host, SamplesRigs):
            menu.addSeparator()
            fit = menu.addAction("&Fit by shape…")
            fit.setToolTip("For rigs whose names say nothing: find by their shapes what makes our motion.")
            fit.triggered.connect(lambda _checked=False: self.fitAsked.emit())
            lips = menu.addAction("Keep the &lips as ours")
            lips.setToolTip(
                "Shapes of one name part the lips differently on different faces. Moves the shapes that the map "
                "drives, puts them back, and lets jawOpen make up for the difference."
            )
            lips.triggered.connect(lambda _checked=False: self.keep_lips())
        if isinstance(self._host, ReadsPoses):
            example = menu.addAction("This pose is the &open jaw")
            example.setToolTip(
                "Open the character's jaw by hand, then choose this: what you moved opens the jaw from now on. "
                "For rigs whose axes say nothing."
            )
            example.triggered.connect(lambda _checked=False: self.take_example())
        self._map_menu.setMenu(menu)
        who = QHBoxLayout()
        who.addWidget(self._pick)
        who.addWidget(self._names, 1)
        rig_map = QHBoxLayout()
        rig_map.addWidget(self._map_words, 1)
        rig_map.addWidget(self._edit)
        rig_map.addWidget(self._map_menu)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(gap(self, 0.45))
        layout.addLayout(who)
        layout.addWidget(self.message)
        layout.addWidget(self._readiness)
        layout.addWidget(self._blocked)
        layout.addLayout(rig_map)
        layout.addWidget(self._ask, 0, Qt.AlignmentFlag.AlignLeft)

    def _list_names(self) -> list[str]:
        try:
            return self._host.characters()
        except A2FError as error:
            self.message.show_error(error)
            return []

    def _fill_names(self, names: list[str]) -> None:
        current = self._found.name if self._found is not None else ""
        shown = list(dict.fromkeys([*([current] if current else []), *names])) if current not in names else names
        self._names.clear()
        self._names.addItems(shown if current else [_CHOOSE, *shown])
        self._names.setCurrentText(current or _CHOOSE)

    def _shown_names(self) -> list[str]:
        names = [self._names.itemText(at) for at in range(self._names.count())]
        return [name for name in names if name != _CHOOSE]

    def _read(self, ask: Callable[[], FoundCharacter]) -> None:
        """Take the character that the user asked for; keep the one there is where that fails."""
        self.put_back()
        try:
            found = ask()
        except A2FError as error:
            self.message.show_error(error)
            self._fill_names(self._list_names())
            return
        self.message.clear()
        self._take(found)
        self.characterChanged.emit(self._found)
        self.rigMapChanged.emit(self.rig_map())

    def _take_quietly(self, name: str) -> None:
        try:
            self._take(self._host.character(name))
        except A2FError as error:
            self._forget()
            self.message.show_error(error)

    def _take(self, found: FoundCharacter) -> None:
        self._keep_map()
        matched = self._match(found, self._channels)
        kept = self._kept.get(found.name, {})
        rig_map = _kept_map(kept, found) or matched.rig_map
        self._open(found, rig_map, matched)
        self._files.path = Path(kept["path"]) if kept.get("path") else None
        if rig_map is matched.rig_map and self._start is not None:
            self._files.path = self._start.path
        self._show()

    def _match(self, found: FoundCharacter, channels: Sequence[str]) -> MatchReport:
        """The map that the character starts with: saved, shipped, or by name."""
        self._start = automatic_match(found.rig, channels, found.files)
        return self._start.report

    def _matched_anew(self) -> RigMap:
        """The map by name, or the one that ships, whatever was saved for the character."""
        if self._found is None:
            return self._automatic
        self._start = automatic_match(self._found.rig, self._channels, None)
        self._automatic = self._start.rig_map
        self._document.set_channels(self._channels, self._start.report)
        return self._automatic

    def _open(self, found: FoundCharacter, rig_map: RigMap, matched: MatchReport) -> None:
        self._found, self._automatic = found, matched.rig_map
        self._document.open(found.rig, rig_map, matched, found.blocked)
        self._document.set_channels(self._channels, matched)
        if self._window is not None:
            self._window.set_character(found.name)

    def _take_anew(self, found: FoundCharacter) -> None:
        """The same character, read again: its map stays."""
        was_automatic = self._is_automatic()
        matched = self._match(found, self._channels)
        if was_automatic and matched.rig_map != self._automatic:
            self._open(found, matched.rig_map, matched)
        else:
            self._found, self._automatic = found, matched.rig_map
            self._document.read_anew(found.rig, matched, found.blocked)
        self._show()

    def _forget(self) -> None:
        self._keep_map()
        self._found = None
        self._document.close()
        self._files.path = None
        self._fill_names(self._list_names())
        self._show()

    def _fix(self, attributes: list[str]) -> None:
        if self._found is None:
            return
        try:
            found = self._host.fix(self._found.name, attributes)
        except A2FError as error:
            self.message.show_error(error)
            return
        self.message.clear()
        self._take_anew(found)
        self.characterChanged.emit(self._found)

    def _is_automatic(self) -> bool:
        return self._found is not None and self._document.rig_map == self._automatic

    def _keep_map(self) -> None:
        """Remember the character's map where it is not simply the automatic one."""
        if self._found is None:
            return
        self._kept.pop(self._found.name, None)
        if not self._is_automatic():
            path, rig_map = self._files.path, self._document.rig_map
            is_saved = path is not None and _kept_map({"path": str(path)}, self._found) == rig_map
            self._kept[self._found.name] = {
                "map": "" if is_saved else rig_map_text(rig_map),
                "path": "" if path is None else str(path),
                "folder": "" if rig_map.folder is None else str(rig_map.folder),
            }

    def _on_edited(self, _names: set[str]) -> None:
        self._show()
        self.rigMapChanged.emit(self.rig_map())

    def _show(self) -> None:
        self._fill_names(self._shown_names())
        found, readiness = self._found, self.readiness()
        self._readiness.setVisible(found is not None)
        for widget in (self._edit, self._map_menu, self._map_words):
            widget.setVisible(found is not None)
        if found is None or readiness is None:
            self._ask.hide()
            self._blocked.show_blocked({}, {}, ())
            return
        rig_map = self._document.rig_map
        chosen = self._start.notes if self._start is not None and self._is_automatic() else ()
        remarks = (*found.remarks, *chosen, *remarks_of(found.rig, rig_map, self._channels, found.blocked))
        self._readiness.show_readiness(readiness, remarks)
        asked = len(self._document.questions)
        self._ask.setText("Answer 1 &question…" if asked == 1 else f"Answer {asked} &questions…")
        self._ask.setVisible(bool(asked))
        self._blocked.show_blocked(found.blocked, found.fixable, tuple(rig_map.drives))
        self._show_map()

    def _show_map(self) -> None:
        rig_map, path = self._document.rig_map, self._files.path
        known = sum(self._document.attribute(name) is not None for name in rig_map.drives)
        origin = f"from {path.name}" if path is not None else "automatic match" if self._is_automatic() else "edited"
        if path is not None and not self._document.stack.isClean():
            origin += ", edited"
        total = len(self._document.rig.attributes)
        driven = f"{known} of {total} attributes driven"
        if rig_map.fit is not None:
            driven = f"driven by the fit {rig_map.fit}" + (f", {known} attributes by name" if known else "")
        self._map_words.setText(breakable(f"Rig map: {origin}") + "\n" + breakable(driven))
        self._map_words.setToolTip(str(path) if path is not None else "")


class _NameBox(QComboBox):
    """A list that is read anew whenever it is opened."""

    def __init__(self, names: Callable[[], list[str]], parent: QWidget) -> None:
        super().__init__(parent)
        self._read = names
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def showPopup(self) -> None:  # noqa: N802 - Qt's name
        """Scenes change while the panel is open."""
        current = self.currentText()
        names = self._read()
        self.clear()
        self.addItems(names if current in names else [current, *names])
        self.setCurrentText(current)
        super().showPopup()


def _kept_maps(data: object) -> dict[str, dict[str, str]]:
    if not isinstance(data, dict):
        return {}
    return {
        name: {key: value for key, value in kept.items() if key in ("map", "path", "folder") and isinstance(value, str)}
        for name, kept in data.items()
        if isinstance(name, str) and isinstance(kept, dict)
    }


def _kept_map(kept: Mapping[str, str], found: FoundCharacter) -> RigMap | None:
    """A map that was edited, or the file that it was saved to as that is now; None where neither can be used."""
    text, path, folder = kept.get("map", ""), kept.get("path", ""), kept.get("folder", "")
    try:
        if text:
            rig_map = rig_map_from_data(json.loads(text), Path(found.name))
            return replace(rig_map, folder=Path(folder)) if folder else rig_map
        return named_for(read_rig_map(Path(path)), found.rig) if path else None
    except (ValueError, A2FError):
        return None
