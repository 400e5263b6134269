"""The window that sets up the worker's environment from inside Maya: choose a Python, watch, cancel. Nothing blocks."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QFontDatabase
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from maya_a2f import settings
from maya_a2f.errors import Cancelled, EngineError, UserError
from maya_a2f.ui.field_message import FieldMessage
from maya_a2f.ui.python_finding import FoundPython, advice
from maya_a2f.ui.python_search import PythonSearch
from maya_a2f.ui.set_up import CANCELLED_CODE, STEPS, SetUp, SetUpProgress
from maya_a2f.ui.set_up_process import SetUpProcess
from maya_a2f.ui.step_list import StepList
from maya_a2f.ui.theme import gap, line_height, text_width

_INTRODUCTION: Final = (
    "The speech is understood outside Maya, by a Python of its own. This makes an environment for it:"
    " about 200 MB to fetch, 700 MB on disk, once. You can work on meanwhile."
)
_WINDOW: list[EnvironmentWindow] = []


def show() -> EnvironmentWindow:
    """The window, made if there is none, in front."""
    if not _WINDOW:
        parent = QApplication.activeWindow()
        _WINDOW.append(EnvironmentWindow(parent=parent))
        _WINDOW[0].destroyed.connect(_WINDOW.clear)
    window = _WINDOW[0]
    window.show()
    window.raise_()
    window.activateWindow()
    return window


class EnvironmentWindow(QDialog):
    """One set-up at a time; closing the window while it runs cancels it."""

    done_well = Signal()
    """The environment is there."""

    def __init__(
        self,
        search: PythonSearch | None = None,
        *,
        folder: Path | None = None,
        script: Path | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """``folder`` for the environment and ``script`` that makes it are the module's own when None."""
        super().__init__(parent)
        self.setWindowTitle("Set up the worker")
        self._folder, self._script = folder or settings.environment_folder(), script
        self._search = search or PythonSearch(parent=self)
        self._search.finished.connect(self._take_found)
        self._process: SetUpProcess | None = None
        self._is_done = False
        self._fitted_for = ""
        self._build()
        self.look_again()

    # what is seen -----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        introduction = QLabel(_INTRODUCTION, self)
        introduction.setWordWrap(True)
        self.pythons = QComboBox(self)
        self.pythons.setToolTip("The Python that the environment is made from. Maya's own can't be.")
        self.pythons.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.pythons.setMinimumContentsLength(34)
        self.pythons.view().setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.again = _button("&Look again", "Look for Pythons once more, after installing one.", self.look_again)
        browse_python = _button("&Browse …", "Point at a Python 3.11, 3.12 or 3.13.", self._browse_python)
        self.from_network = QRadioButton("From the &network", self)
        self.from_network.setToolTip("Fetch the packages with pip, with the proxy of this computer.")
        self.from_folder = QRadioButton("From a &folder of wheels", self)
        self.from_folder.setToolTip(
            "For computers without a network. Fill the folder elsewhere with: bootstrap.py wheels DIR"
        )
        self.from_network.setChecked(True)
        self.wheels = QLineEdit(self)
        self.wheels.setPlaceholderText("Folder of wheels")
        self.wheels.setToolTip("The folder that 'bootstrap.py wheels DIR' filled.")
        browse_wheels = _button("B&rowse …", "Choose the folder of wheels.", self._browse_wheels)
        for widget in (self.wheels, browse_wheels):
            widget.setEnabled(False)
            self.from_folder.toggled.connect(widget.setEnabled)
        goes_to = QLabel(str(self._folder), self)
        goes_to.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        goes_to.setWordWrap(True)
        goes_to.setToolTip("Deleting this folder is safe; this window makes it anew.")
        form = QGridLayout()
        form.setHorizontalSpacing(gap(self, 0.6))
        form.setVerticalSpacing(gap(self, 0.55))
        form.setColumnStretch(1, 1)
        form.addWidget(_caption("Python", self), 0, 0)
        form.addWidget(self.pythons, 0, 1)
        form.addWidget(browse_python, 0, 2)
        form.addWidget(self.again, 0, 3)
        form.addWidget(_caption("Packages", self), 1, 0)
        form.addWidget(self.from_network, 1, 1, 1, 3)
        folder_row = QHBoxLayout()
        folder_row.setSpacing(gap(self, 0.6))
        folder_row.addWidget(self.from_folder)
        folder_row.addWidget(self.wheels, 1)
        form.addLayout(folder_row, 2, 1, 1, 2)
        form.addWidget(browse_wheels, 2, 3)
        form.addWidget(_caption("Goes to", self), 3, 0)
        form.addWidget(goes_to, 3, 1, 1, 3)
        self._inputs = [self.pythons, self.again, browse_python, self.from_network, self.from_folder]
        self._folder_inputs = [self.wheels, browse_wheels]
        self.message = FieldMessage(self, chatter=lambda: self._progress.last_words(60))
        self.steps = StepList(STEPS, self)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the set-up")
        self.details = QToolButton(self)
        self.details.setText("Details")
        self.details.setCheckable(True)
        self.details.setAutoRaise(True)
        self.details.setArrowType(Qt.ArrowType.RightArrow)
        self.details.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.details.setToolTip("What the set-up prints.")
        self.log = QPlainTextEdit(self)
        self.log.setReadOnly(True)
        self.log.setMaximumBlockCount(400)
        self.log.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.log.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.log.setMinimumHeight(line_height(self) * 8)
        self.log.hide()
        self.details.toggled.connect(self._show_details)
        self.go = _button("&Set up", "Make the environment.", self.start)
        self.cancel = _button("Cancel", "Stop, and leave nothing half-made.", self.reject)
        self.go.setDefault(True)
        buttons = QHBoxLayout()
        buttons.addWidget(self.details)
        buttons.addStretch(1)
        buttons.addWidget(self.go)
        buttons.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[gap(self, 0.9)] * 4)
        column.setSpacing(gap(self, 0.7))
        # the least height that wrapped texts ask for is that of their narrowest width
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        column.addWidget(introduction)
        column.addLayout(form)
        column.addWidget(self.message)
        column.addWidget(self.steps)
        column.addWidget(self.bar)
        column.addWidget(self.log, 1000)
        column.addStretch(1)
        column.addLayout(buttons)
        self._progress = SetUpProgress()
        self.setMinimumWidth(text_width(self, "n" * 84))
        self._show_state()

    def _show_details(self, shown: bool) -> None:
        self.log.setVisible(shown)
        self.details.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)
        self._fit_soon()

    def _fit_soon(self) -> None:
        """As tall as what is shown, once the wrapped texts know their widths: what they say first is too tall."""
        for milliseconds in (0, 30):
            QTimer.singleShot(milliseconds, self._fit)

    def _fit(self) -> None:
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.resize(self.width(), layout.totalHeightForWidth(self.width()))

    def _show_state(self) -> None:
        is_running = self._process is not None
        for widget in self._inputs:
            widget.setEnabled(not is_running)
        for widget in self._folder_inputs:
            widget.setEnabled(not is_running and self.from_folder.isChecked())
        self.again.setEnabled(not is_running and not self._search.is_running)
        self.go.setEnabled(not is_running and self._chosen() is not None and not self._is_done)
        self.go.setVisible(not self._is_done)
        self.cancel.setText("Close" if self._is_done or not is_running else "Cancel")
        self.cancel.setToolTip("Stop, and leave nothing half-made." if is_running else "Close this window.")
        if self.bar.isHidden() == is_running or self.message.text != self._fitted_for:
            self._fitted_for = self.message.text
            self._fit_soon()
        self.bar.setVisible(is_running)
        self.steps.setVisible(is_running or self._is_done)
        self.steps.show_step(len(STEPS) if self._is_done else self._progress.step, self._progress.status)
        self.bar.setValue(round(self._progress.fraction * 1000))

    # finding a Python -------------------------------------------------------------------------------------------

    def look_again(self) -> None:
        """Search for Pythons."""
        if self._process is None and not self._search.is_running:
            self.message.clear()
            self.pythons.clear()
            self.pythons.addItem("Looking for Pythons …")
            self._search.start()
            self._show_state()

    def _browse_python(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, "A Python 3.11, 3.12 or 3.13")
        if chosen and not self._search.is_running:
            self._search.start((chosen,))
            self._show_state()

    def _take_found(self, found: list[FoundPython]) -> None:
        self.pythons.clear()
        for python in found:
            self.pythons.addItem(python.label, python)
            index = self.pythons.count() - 1
            self.pythons.setItemData(index, python.problem or python.executable, Qt.ItemDataRole.ToolTipRole)
            item = self.pythons.model()
            if python.problem:
                item.setData(item.index(index, 0), f"{python.label}  (unusable)", Qt.ItemDataRole.DisplayRole)
        self.message.clear()
        if not found:
            self.pythons.addItem("None was found")
        if not any(not python.problem for python in found):
            first = f" {found[0].executable}: {found[0].problem}" if found else ""
            self.message.show_error(
                EngineError(
                    f"No Python 3.11, 3.12 or 3.13 was found that can carry the environment.{first}",
                    code="worker.no_python",
                    hint=advice(sys.platform),
                )
            )
        self._show_state()

    def _chosen(self) -> FoundPython | None:
        python = self.pythons.currentData()
        return python if isinstance(python, FoundPython) and not python.problem else None

    def _browse_wheels(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Folder of wheels", self.wheels.text())
        if chosen:
            self.wheels.setText(chosen)

    # setting up -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Make the environment with what is chosen."""
        python = self._chosen()
        if python is None or self._process is not None:
            return
        wheels = Path(self.wheels.text().strip()) if self.from_folder.isChecked() else None
        if wheels is not None and not (self.wheels.text().strip() and wheels.is_dir()):
            self.message.show_error(
                UserError(
                    f"There is no folder of wheels '{self.wheels.text().strip()}'.",
                    code="worker.no_wheels",
                    hint="Choose the folder that 'bootstrap.py wheels DIR' filled.",
                )
            )
            return
        self.message.clear()
        self.log.clear()
        self._progress = SetUpProgress()
        self._process = SetUpProcess(SetUp(python, self._folder, wheels, self._script), os.environ, self)
        self._process.said.connect(self._take_output)
        self._process.over.connect(self._take_end)
        self._process.begin()
        self._show_state()

    def _take_output(self, text: str) -> None:
        for line in self._progress.feed(text):
            self.log.appendPlainText(line)
        self._show_state()

    def _take_end(self, code: int, problem: str) -> None:
        for line in self._progress.end():
            self.log.appendPlainText(line)
        self._process = None
        self._is_done = code == 0
        if self._is_done:
            self.message.show_note("The worker is ready. Press Animate in the panel.")
            self._show_state()
            self.done_well.emit()
            return
        if code == CANCELLED_CODE:
            self.message.show_error(Cancelled("Cancelled. Nothing was changed."))
        else:
            words = self._progress.last_words()
            self.message.show_error(
                EngineError(
                    problem or (words.splitlines() or ["The set-up failed."])[-1],
                    code="worker.set_up",
                    hint="Nothing half-made was left. Mend the cause, and press Set up again. Details show all of it.",
                    details=words,
                )
            )
        self._progress = SetUpProgress()
        self._show_state()

    # leaving ----------------------------------------------------------------------------------------------------

    def reject(self) -> None:
        """Cancel what runs; else close."""
        if self._process is not None:
            self._progress.status = "Cancelling …"
            self._process.call_off()
            self.cancel.setEnabled(False)
            self._process.over.connect(lambda *_: self.cancel.setEnabled(True))
            return
        self._search.stop()
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Closing while it runs cancels; the window stays until that is done."""
        if self._process is not None:
            self.reject()
            event.ignore()
            return
        self._search.stop()
        super().closeEvent(event)


def _button(text: str, tip: str, pressed: object) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setAutoDefault(False)
    button.clicked.connect(lambda _checked=False: pressed())  # type: ignore[operator]
    return button


def _caption(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
    return label
