"""The window that fits a rig by shape: pick landmarks, sample the rig, look at what is left undone, accept.

Sampling moves the rig and puts it back; the fit itself is made by the worker while work goes on.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QCloseEvent, QPixmap
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from maya_a2f.core.head import load_head
from maya_a2f.core.landmark_checks import same_vertices, swapped_sides
from maya_a2f.core.landmarks import LANDMARKS
from maya_a2f.core.rig import Rig
from maya_a2f.core.rig_description import ENDING, RigDescription, write_rig_description
from maya_a2f.core.rig_map import RigMap, write_rig_map
from maya_a2f.core.rig_map_folders import signed
from maya_a2f.core.rig_map_model import FIT_ENDING
from maya_a2f.errors import A2FError, Cancelled, HostError, UserError
from maya_a2f.link.messages import Message, Progress
from maya_a2f.outputs import HEAD_FOLDER
from maya_a2f.ui.field_message import FieldMessage
from maya_a2f.ui.landmark_picture import LandmarkPicture
from maya_a2f.ui.rig_sampling import PlacesVertices, SamplesRigs
from maya_a2f.ui.theme import colours_of, gap, line_height, text_width
from maya_a2f.ui.worker_link import Ticket, WorkerLink

FEWEST = 4
"""Landmarks without which faces cannot be laid on each other."""
_INTRODUCTION = (
    "For rigs whose names say nothing: every control is moved once, and the motion of our head is made from them. "
    "Choose a place in the list, select the vertex on the character that lies there, and take it."
)


class _OthersWait(QObject):
    """While the rig is being moved nobody works on it: keys and clicks of other windows go nowhere."""

    _KINDS = frozenset({
        QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease, QEvent.Type.MouseButtonDblClick,
        QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride, QEvent.Type.Shortcut, QEvent.Type.Wheel, QEvent.Type.Drop,
    })  # fmt: skip

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Whether it goes nowhere."""
        return event.type() in self._KINDS and isinstance(watched, QWidget) and watched.window() is not self._window


class FitWindow(QDialog):
    """One character, one fit at a time."""

    acceptedMap = Signal(object)  # noqa: N815 - as Qt names signals
    """Path of the rig map that was written."""

    def __init__(
        self, host: SamplesRigs, link: WorkerLink, character: str, rig: Rig, folder: Path, parent: QWidget | None = None
    ) -> None:
        """``folder`` is where the map is offered to be saved."""
        super().__init__(parent)
        self.setWindowTitle(f"Fit by shape - {character}")
        self._host, self._link, self._character, self._rig, self._folder = host, link, character, rig, folder
        self._picked: dict[str, str] = {}
        self._landmarks: dict[str, int] = {}
        self._twice: dict[str, str] = {}
        """Landmark -> what is wrong with its vertex, which no fit can use."""
        self._sides: dict[str, str] = {}
        """The same of its side; the fit looks at that again."""
        self._ticket: Ticket | None = None
        self._stopping = False
        self._scratch = tempfile.TemporaryDirectory(prefix="a2f_fit_", ignore_cleanup_errors=True)
        self._target: Path | None = None
        self._problems: list[str] = []
        self.picture = LandmarkPicture(load_head(HEAD_FOLDER), self)
        self.places = QTreeWidget(self)
        self.message = FieldMessage(self)
        self._result = QLabel(self)
        self._shown = QStackedWidget(self)
        self._progress = QProgressBar(self)
        self.take = self._button("&Take selected vertex", "The selected vertex is the place chosen.", self.take_vertex)
        self.clear = self._button("&Clear", "Forget the vertex of the place chosen.", self.clear_vertex)
        self.start = self._button("&Fit", "Sample the rig and make the fit.", self.begin)
        self.stop = self._button("&Stop", "Stop; the rig is as it was.", self.cancel)
        self.back = self._button("&Landmarks", "Back to the landmarks.", self._show_landmarks)
        self.accept_button = self._button(
            "&Use this fit…", "Save map and fit, and drive the character by them.", self.use
        )
        self._build()
        self._refresh()

    # what is done ------------------------------------------------------------------------------------------------

    def take_vertex(self) -> None:
        """The selected vertex becomes the chosen landmark; the next open one is chosen."""
        vertices = self._host.picked_vertices()
        if len(vertices) != 1:
            self.message.show_error(
                HostError(
                    f"{len(vertices) or 'No'} vertices are selected.",
                    code="fit.pick",
                    hint="Select the one vertex that lies at the place chosen in the list.",
                )
            )
            return
        self.message.clear()
        self._picked[self.current()] = vertices[0]
        self._check_picked()
        names = list(LANDMARKS)
        after = names[names.index(self.current()) + 1 :] + names
        self.choose(next((name for name in after if name not in self._picked), self.current()))

    def clear_vertex(self) -> None:
        """The chosen landmark has none."""
        self._picked.pop(self.current(), None)
        self.message.clear()
        self._check_picked()
        self._refresh()

    @property
    def character(self) -> str:
        """Whose rig is fitted."""
        return self._character

    @property
    def is_running(self) -> bool:
        """Whether the worker makes a fit."""
        return self._ticket is not None

    def current(self) -> str:
        """The landmark that is chosen."""
        item = self.places.currentItem()
        return str(item.data(0, Qt.ItemDataRole.UserRole)) if item is not None else next(iter(LANDMARKS))

    def choose(self, name: str) -> None:
        """Choose a landmark."""
        self.places.setCurrentItem(self.places.topLevelItem(list(LANDMARKS).index(name)))
        self._refresh()

    def begin(self) -> None:
        """Sample, then ask the worker."""
        self.message.clear()
        self._stopping = False
        self._set_running(True)
        others = _OthersWait(self)
        QApplication.instance().installEventFilter(others)  # type: ignore[union-attr]
        try:
            described = self._host.sample_rig(self._character, dict(self._picked), self._on_control)
            path = Path(self._scratch.name) / f"rig{ENDING}"
            write_rig_description(described, path)
        except A2FError as error:
            self._set_running(False)
            if error.code != "sampling.stopped":
                self.message.show_error(error)
            return
        finally:
            QApplication.instance().removeEventFilter(others)  # type: ignore[union-attr]
        self._progress.setFormat("Fitting")
        self._progress.setRange(0, 0)
        self._ticket = self._ask(path, described, accept=False)

    def cancel(self) -> None:
        """Stop sampling or fitting."""
        self._stopping = True
        if self._ticket is not None:
            self._ticket.cancel()

    def use(self) -> None:
        """Ask where to, and write the map with its fit beside it."""
        name = f"{self._character.replace(':', '_') or 'rig'}.json"
        chosen, _ = QFileDialog.getSaveFileName(self, "Save rig map", str(self._folder / name), "Rig maps (*.json)")
        if chosen:
            self.save_to(Path(chosen).with_suffix(".json"))

    def save_to(self, path: Path) -> None:
        """Write map and fit; a fit that came out badly is marked as accepted by hand."""
        self._target = path
        described = Path(self._scratch.name) / f"rig{ENDING}"
        fit = path.with_name(f"{path.stem}{FIT_ENDING}")
        if self._problems:
            self._set_running(True)
            self._progress.setRange(0, 0)
            self._ticket = self._ask(described, None, accept=True)
            return
        self._write(fit)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """A closed window stops its work."""
        self.cancel()
        super().closeEvent(event)

    # how ---------------------------------------------------------------------------------------------------------

    def _check_picked(self) -> None:
        """Note what is wrong with the vertices taken so far, and say what to do."""
        names = list(LANDMARKS)
        same = same_vertices(self._picked)
        self._twice, self._sides = {name: f"same as {names.index(other) + 1}" for name, other in same.items()}, {}
        if not self._twice and isinstance(self._host, PlacesVertices):
            self._sides = swapped_sides(self._host.vertex_places(self._picked))
        if self._twice:
            words = " and ".join(f"'{LANDMARKS[name]}'" for name in self._twice)
            self.message.show_warning(
                f"{words} are the same vertex.",
                "Take another for one of them. Lips that touch have a vertex each: open the mouth to select them.",
            )
        elif self._sides:
            self.message.show_warning(
                "Some places lie on the wrong sides.",
                "Left and right are the character's own: its left is on your right when it faces you. Take them again, "
                "or if they are right, undo the mesh's mirroring (a negative scale).",
            )

    def _ask(self, path: Path, described: RigDescription | None, *, accept: bool) -> Ticket:
        if described is not None:
            self._landmarks = dict(described.landmarks)
        folder = Path(self._scratch.name)
        fields: dict[str, Any] = {
            "rig": str(path),
            "head_folder": str(HEAD_FOLDER),
            "landmarks": self._landmarks,
            "path": str(folder / f"rig{FIT_ENDING}"),
            "picture": str(folder / "fit.png"),
            "accept": accept,
        }
        done = self._on_accepted if accept else self._on_fitted
        return self._link.request("fit", fields, on_progress=self._on_progress, on_result=done, on_error=self._on_error)

    def _on_control(self, done: int, count: int, name: str) -> bool:
        self._progress.setRange(0, count)
        self._progress.setValue(done)
        self._progress.setFormat(f"Sampling {name.rpartition('.')[2]}   %v of %m")
        QApplication.processEvents()
        return not self._stopping

    def _on_progress(self, progress: Progress) -> None:
        if progress.total > 0:
            self._progress.setRange(0, 1000)
            self._progress.setValue(round(1000 * progress.fraction))
        self._progress.setFormat(progress.note or progress.stage)

    def _on_fitted(self, reply: Message) -> None:
        self._ticket = None
        self._set_running(False)
        self._problems = [str(problem) for problem in reply.fields.get("problems", [])]
        drawn = QPixmap(str(Path(self._scratch.name) / "fit.png"))
        width = max(self._shown.width() - gap(self, 2.0), text_width(self, "m" * 40))
        self._result.setPixmap(drawn.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation))
        self._shown.setCurrentIndex(1)
        if self._problems:
            self.message.show_warning(
                f"The fit came out badly: {' '.join(self._problems)}",
                "Correct the landmarks and fit again, or use it all the same.",
            )
        else:
            regions = ", ".join(f"{name} {100 * float(left):.0f} %" for name, left in _numbers(reply, "regions"))
            self.message.show_note(f"Left undone of the motion: {regions}." if regions else "The fit is good.")
        self._refresh()

    def _on_accepted(self, reply: Message) -> None:
        self._ticket = None
        self._set_running(False)
        if self._target is not None:
            self._write(self._target.with_name(f"{self._target.stem}{FIT_ENDING}"))

    def _on_error(self, error: A2FError) -> None:
        self._ticket = None
        self._set_running(False)
        if not isinstance(error, Cancelled):
            self.message.show_error(error)

    def _write(self, fit: Path) -> None:
        path = self._target
        if path is None:
            return
        try:
            fit.write_bytes((Path(self._scratch.name) / f"rig{FIT_ENDING}").read_bytes())
            write_rig_map(signed(RigMap(self._rig.name, {}, fit=fit.name), self._rig), path)
        except OSError as error:
            self.message.show_error(
                UserError(
                    f"'{fit}' cannot be written: {error.strerror or error}.",
                    code="fit.write",
                    hint="Choose another folder.",
                )
            )
            return
        except A2FError as error:
            self.message.show_error(error)
            return
        self.message.show_note(f"Saved to '{path}', the fit beside it.")
        self.acceptedMap.emit(path)

    def _set_running(self, running: bool) -> None:
        self._progress.setVisible(running)
        self.stop.setVisible(running)
        for widget in (self.places, self.take, self.clear, self.start, self.back, self.accept_button):
            widget.setEnabled(not running)
        if not running:
            self._refresh()

    def _show_landmarks(self) -> None:
        self._shown.setCurrentIndex(0)
        self.message.clear()
        self._refresh()

    # what is seen ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        introduction = QLabel(_INTRODUCTION, self)
        introduction.setWordWrap(True)
        self.places.setColumnCount(3)
        self.places.setHeaderLabels(["", "Place", "Vertex"])
        self.places.setRootIsDecorated(False)
        self.places.setUniformRowHeights(True)
        for number, (name, words) in enumerate(LANDMARKS.items(), 1):
            item = QTreeWidgetItem([str(number), words, ""])
            item.setData(0, Qt.ItemDataRole.UserRole, name)
            item.setTextAlignment(0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.places.addTopLevelItem(item)
        header = self.places.header()
        header.setStretchLastSection(True)
        for column in (0, 1):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.places.setCurrentItem(self.places.topLevelItem(0))
        self.places.currentItemChanged.connect(lambda *_: self._refresh())
        self.picture.chosen.connect(self.choose)
        self.places.setMinimumWidth(text_width(self, "m" * 30))
        hint = QLabel("Left and right are the character's own.", self)
        hint.setForegroundRole(self.foregroundRole())
        side = QVBoxLayout()
        side.addWidget(self.places, 1)
        side.addWidget(hint)
        buttons = QHBoxLayout()
        buttons.addWidget(self.take)
        buttons.addWidget(self.clear)
        buttons.addStretch(1)
        side.addLayout(buttons)
        landmarks = QWidget(self)
        row = QHBoxLayout(landmarks)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(gap(self, 0.6))
        row.addWidget(self.picture, 2)
        row.addLayout(side, 3)
        scroll = QScrollArea(self)
        scroll.setWidget(self._result)
        scroll.setWidgetResizable(True)
        self._result.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._shown.addWidget(landmarks)
        self._shown.addWidget(scroll)
        self._progress.setVisible(False)
        self._progress.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.stop.setVisible(False)
        bottom = QHBoxLayout()
        bottom.addWidget(self.back)
        bottom.addWidget(self._progress, 1)
        bottom.addStretch(0)
        bottom.addWidget(self.stop)
        bottom.addWidget(self.start)
        bottom.addWidget(self.accept_button)
        layout = QVBoxLayout(self)
        margin = gap(self, 0.6)
        layout.setContentsMargins(margin, margin, margin, margin)
        layout.setSpacing(gap(self, 0.5))
        layout.addWidget(introduction)
        layout.addWidget(self._shown, 1)
        layout.addWidget(self.message)
        layout.addLayout(bottom)
        self.resize(text_width(self, "m" * 68), line_height(self) * 34)

    def _refresh(self) -> None:
        colours = colours_of(self)
        for at in range(self.places.topLevelItemCount()):
            item = self.places.topLevelItem(at)
            vertex = self._picked.get(str(item.data(0, Qt.ItemDataRole.UserRole)), "")
            name = str(item.data(0, Qt.ItemDataRole.UserRole))
            wrong = self._twice.get(name) or self._sides.get(name, "")
            short = vertex.rpartition("|")[2] or "not taken yet"
            item.setText(2, f"{wrong} {short}" if wrong else short)
            item.setToolTip(2, f"{vertex}: {wrong}" if wrong else vertex)
            item.setForeground(2, colours.warning if wrong else colours.text if vertex else colours.dim)
        missing = max(0, FEWEST - len(self._picked))
        is_result = self._shown.currentIndex() == 1
        self.start.setVisible(not is_result)
        self.back.setVisible(is_result)
        self.accept_button.setVisible(is_result)
        self.start.setEnabled(not missing and not self._twice and self._ticket is None)
        first = f"Take {missing} more places first." if missing else "Sample the rig and make the fit."
        self.start.setToolTip("Two places have the same vertex: take another for one first." if self._twice else first)
        self.clear.setEnabled(self.current() in self._picked)
        self.picture.show_state(self._picked, self.current())

    def _button(self, words: str, tip: str, call: Callable[[], None]) -> QPushButton:
        button = QPushButton(words, self)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _checked=False: call())
        return button


def _numbers(reply: Message, name: str) -> list[tuple[str, float]]:
    table = reply.fields.get(name, {})
    return [(str(key), float(value)) for key, value in table.items()] if isinstance(table, dict) else []
