"""The bar at the panel's foot: the buttons, how far the work is, what came of it, and what it runs on."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from maya_a2f.errors import A2FError
from maya_a2f.link.messages import Progress
from maya_a2f.ui.field_message import FieldMessage
from maya_a2f.ui.progress_words import ProgressMeter, duration_words
from maya_a2f.ui.run_views import Offer, ResultLine, RunLine
from maya_a2f.ui.theme import gap, line_height, small_font

_ANIMATE_TIP = "Listen to the clip, pose the face, fit it to the character and write the keys."
_PREVIEW_TIP = "Make a take and show it on the character without writing a key. Bake writes it."
_BAKE_TIP = "Write the keys of the take that is shown."
_CANCEL_TIP = "Stop; nothing is changed."


class GoSection(QWidget):
    """Animate, Preview, Bake, Cancel, and all there is to say about a run."""

    animateClicked = Signal()  # noqa: N815 - as Qt names signals
    previewClicked = Signal()  # noqa: N815
    bakeClicked = Signal()  # noqa: N815
    cancelClicked = Signal()  # noqa: N815
    putBackClicked = Signal()  # noqa: N815

    def __init__(self, parent: QWidget | None = None, *, chatter: Callable[[], str] | None = None) -> None:
        super().__init__(parent)
        self._meter = ProgressMeter()
        self._began = 0.0
        self._is_running = self._is_preparing = False
        self._why_not = {"animate": "", "preview": "", "bake": ""}
        self._message = FieldMessage(self, chatter=chatter)
        self._offer = Offer(self)
        self._result = ResultLine(self)
        self._run = RunLine(self)
        self._make_shown_row()
        self._reason = QLabel(self)
        self._reason.setWordWrap(True)
        self._reason.setTextFormat(Qt.TextFormat.PlainText)
        self._make_buttons()
        self._engine = QLabel(self)
        self._engine.setTextFormat(Qt.TextFormat.PlainText)
        self._engine.setFont(small_font(self))
        self._engine.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._why = QToolButton(self)
        self._why.setText("Why?")
        self._why.setAutoRaise(True)
        self._why.setFont(small_font(self))
        self._why.setAccessibleName("Why this engine")
        self._why.clicked.connect(self._show_why)
        self._why.hide()
        self._make_layout()
        self.set_ready("", "", "")
        self.set_engine("The worker starts when it is needed.", "")
        self.set_running(False)

    @property
    def is_running(self) -> bool:
        """Whether a run is shown."""
        return self._is_running

    @property
    def message(self) -> str:
        """What the message at the bar's head says; empty where there is none."""
        return self._message.text

    @property
    def result(self) -> str:
        """The result line; empty where there is none."""
        return self._result.words

    def set_ready(self, animate: str, preview: str, bake: str) -> None:
        """Why each button can't be pressed; empty where it can. The first is shown in the bar as well."""
        self._why_not = {"animate": animate, "preview": preview, "bake": bake}
        self._show_buttons()

    def set_running(self, is_running: bool) -> None:
        """A run begins or is over."""
        if is_running and not self._is_running:
            self._meter, self._began = ProgressMeter(), time.monotonic()
            self._message.clear()
            self._offer.hide()
            self._result.clear()
            self._run.show_words("Starting", 0.0, "")
        self._is_running, self._is_preparing = is_running, False
        self._run.setVisible(is_running)
        self._show_buttons()
        if is_running:
            self._cancel.setEnabled(True)

    @property
    def seconds(self) -> float:
        """How long the run has lasted."""
        return time.monotonic() - self._began

    def show_progress(self, progress: Progress) -> None:
        """How far it is."""
        words = self._meter.take(progress, time.monotonic())
        self._run.show_words(words.stage, words.fraction, words.detail)

    def show_preparing(self, progress: Progress | None) -> None:
        """What the worker does before it can show a pose, or a run can begin; None when it does so no longer."""
        if self._is_running:
            if progress is not None:
                self.show_progress(progress)
            return
        if progress is not None:
            if not self._is_preparing:
                self._meter = ProgressMeter()
            words = self._meter.take(progress, time.monotonic())
            self._run.show_words(words.stage, progress.fraction if progress.total > 0 else None, words.detail)
        if (progress is not None) != self._is_preparing:
            self._is_preparing = progress is not None
            self._run.setVisible(self._is_preparing)
            self._show_buttons()

    def show_error(self, error: A2FError) -> None:
        """What went wrong; :class:`~maya_a2f.errors.Cancelled` as a note."""
        self._result.clear()
        self._message.show_error(error)

    def show_note(self, text: str) -> None:
        """A remark at the bar's head."""
        self._message.show_note(text)

    def show_warning(self, message: str, hint: str = "") -> None:
        """What should be seen, with where to look."""
        self._message.show_warning(message, hint)

    def show_result(self, words: str, exceptions: str = "", details: Sequence[str] = ()) -> None:
        """What came of it: a line with the time it took, and what can be unfolded below it."""
        self._message.clear()
        line = f"{words} in {duration_words(max(1.0, self.seconds))}"
        self._result.show_words(f"{line}; {exceptions}" if exceptions else line, details)

    def set_previewing(self, words: str) -> None:
        """What the character shows without keys; empty where it shows nothing of ours."""
        self._shown.setText(words)
        self._shown_row.setVisible(bool(words))

    def show_offer(self, text: str, button: str, accept: Callable[[], None]) -> None:
        """Something that can be done now, with a button that does it."""
        self._offer.show_words(text, button, accept)

    def hide_offer(self) -> None:
        """Nothing to offer any more."""
        self._offer.hide()

    def clear(self) -> None:
        """Neither message nor result nor offer."""
        self._message.clear()
        self._result.clear()
        self._offer.hide()

    def add_to_result(self, words: str) -> None:
        """A second line under the result."""
        self._result.add_line(words)

    def set_engine(self, text: str, why: str | None = None) -> None:
        """Which engine runs, and why it is that one; None leaves the reasons as they are."""
        self._engine.setText(text)
        if why is not None:
            self._engine.setToolTip(why or text)
            self._why.setToolTip(why or text)
            self._why.setVisible(bool(why))

    def _show_why(self) -> None:
        QToolTip.showText(self._why.mapToGlobal(self._why.rect().topLeft()), self._why.toolTip(), self._why)

    def _make_buttons(self) -> None:
        self._animate = self._button("&Animate", self.animateClicked.emit, "Ctrl+Return")
        self._preview = self._button("&Preview", self.previewClicked.emit, "Ctrl+Shift+Return")
        self._bake = self._button("&Bake", self.bakeClicked.emit, "Ctrl+B")
        self._cancel = self._button("&Cancel", self._on_cancel, "Escape")
        self._cancel.setToolTip(f"{_CANCEL_TIP} (Escape)")
        font = QFont(self._animate.font())
        font.setBold(True)
        self._animate.setFont(font)
        self._animate.setDefault(True)

    def _make_shown_row(self) -> None:
        self._shown_row = QWidget(self)
        self._shown = QLabel(self._shown_row)
        self._shown.setWordWrap(True)
        self._shown.setFont(small_font(self))
        put_back = QToolButton(self._shown_row)
        put_back.setText("Put back")
        put_back.setAutoRaise(True)
        put_back.setToolTip("Show the character as it was before.")
        put_back.clicked.connect(lambda: self.putBackClicked.emit())
        row = QHBoxLayout(self._shown_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._shown, 1)
        row.addWidget(put_back)
        self._shown_row.hide()

    def _button(self, words: str, clicked: Callable[[], object], keys: str) -> QPushButton:
        button = QPushButton(words, self)
        button.setMinimumHeight(round(line_height(self) * 1.9))
        button.clicked.connect(lambda: clicked())
        shortcut = QShortcut(QKeySequence(keys), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(button.click)
        button.setProperty("keys", keys)
        return button

    def _make_layout(self) -> None:
        line = QFrame(self)
        line.setFrameShape(QFrame.Shape.HLine)
        line.setFrameShadow(QFrame.Shadow.Plain)
        line.setForegroundRole(line.palette().ColorRole.Mid)
        buttons = QGridLayout()
        buttons.setSpacing(gap(self))
        for column, (button, stretch) in enumerate(((self._animate, 3), (self._preview, 2), (self._bake, 2))):
            buttons.addWidget(button, 0, column)
            buttons.setColumnStretch(column, stretch)
        buttons.addWidget(self._cancel, 0, 3)
        buttons.setColumnStretch(3, 2)
        inner = QVBoxLayout()
        inner.setContentsMargins(gap(self, 0.5), gap(self, 0.3), gap(self, 0.5), gap(self, 0.4))
        inner.setSpacing(gap(self, 0.45))
        for widget in (self._message, self._offer, self._result, self._run, self._shown_row, self._reason):
            inner.addWidget(widget)
        inner.addLayout(buttons)
        engine = QHBoxLayout()
        engine.addWidget(self._engine, 1)
        engine.addWidget(self._why)
        inner.addLayout(engine)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(line)
        layout.addLayout(inner)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def _show_buttons(self) -> None:
        for button, key, tip in (
            (self._animate, "animate", _ANIMATE_TIP),
            (self._preview, "preview", _PREVIEW_TIP),
            (self._bake, "bake", _BAKE_TIP),
        ):
            why_not = "A run is under way." if self._is_running else self._why_not[key]
            button.setEnabled(not why_not)
            button.setToolTip(why_not or f"{tip} ({button.property('keys').replace('Return', 'Enter')})")
        self._cancel.setEnabled(self._is_running or self._is_preparing)
        reason = "" if self._is_running else self._why_not["animate"]
        self._reason.setText(reason)
        self._reason.setVisible(bool(reason))

    def _on_cancel(self) -> None:
        if self._is_running or self._is_preparing:
            self._cancel.setEnabled(False)
            self.cancelClicked.emit()
