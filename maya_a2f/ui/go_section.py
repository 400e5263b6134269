"""The bar at the panel's foot: the buttons, how far the work is, what came of it, and what it runs on."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QKeySequence, QPainter, QPaintEvent, QPen, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
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
from maya_a2f.ui.theme import colours_of, gap, line_height, mixed, small_font

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
        self._is_running = False
        self._why_not = {"animate": "", "preview": "", "bake": ""}
        self._message = FieldMessage(self, chatter=chatter)
        self._offer = _Offer(self)
        self._result = _Result(self)
        self._run = _RunLine(self)
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
        self._is_running = is_running
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
        self._cancel.setEnabled(self._is_running)
        reason = "" if self._is_running else self._why_not["animate"]
        self._reason.setText(reason)
        self._reason.setVisible(bool(reason))

    def _on_cancel(self) -> None:
        if self._is_running:
            self._cancel.setEnabled(False)
            self.cancelClicked.emit()


class _RunLine(QWidget):
    """Stage and percentage over a thin bar, speed and time left at the right."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._stage = QLabel(self)
        self._detail = QLabel(self)
        self._detail.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._bar = _Bar(self)
        row = QHBoxLayout()
        row.addWidget(self._stage)
        row.addWidget(self._detail, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, gap(self, 0.2), 0, gap(self, 0.2))
        layout.setSpacing(gap(self, 0.35))
        layout.addLayout(row)
        layout.addWidget(self._bar)

    def show_words(self, stage: str, fraction: float, detail: str) -> None:
        """How far it is."""
        self._stage.setText(f"{stage} · {fraction:.0%}")
        self._detail.setText(detail)
        self._bar.set_fraction(fraction)
        self.setAccessibleDescription(f"{stage}, {fraction:.0%}, {detail}")


class _Bar(QWidget):
    """A thin rounded bar."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._fraction = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_fraction(self, fraction: float) -> None:
        """0…1."""
        self._fraction = min(1.0, max(0.0, fraction))
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """A third of a line high."""
        return QSize(line_height(self) * 8, max(4, round(line_height(self) * 0.32)))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Groove and filling."""
        colours = colours_of(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(Qt.PenStyle.NoPen))
        box = QRectF(self.rect())
        radius = box.height() / 2
        painter.setBrush(colours.base)
        painter.drawRoundedRect(box, radius, radius)
        if self._fraction > 0:
            box.setWidth(max(box.height(), box.width() * self._fraction))
            painter.setBrush(colours.accent)
            painter.drawRoundedRect(box, radius, radius)


class _Result(QWidget):
    """A line that says what was made, and details that unfold."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.words = ""
        self._line = QLabel(self)
        self._line.setWordWrap(True)
        self._line.setTextFormat(Qt.TextFormat.PlainText)
        self._line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._more = QToolButton(self)
        self._more.setText("Details")
        self._more.setCheckable(True)
        self._more.setAutoRaise(True)
        self._more.setToolTip("What was left out and why, and what else is worth knowing.")
        self._details = QPlainTextEdit(self)
        self._details.setReadOnly(True)
        self._details.setFont(small_font(self))
        self._details.setFixedHeight(line_height(self) * 6)
        self._details.setAccessibleName("Details of the result")
        self._more.toggled.connect(self._details.setVisible)
        row = QHBoxLayout()
        row.setContentsMargins(gap(self, 0.6), gap(self, 0.3), gap(self, 0.3), gap(self, 0.3))
        row.addWidget(self._line, 1)
        row.addWidget(self._more, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(row)
        layout.addWidget(self._details)
        self.clear()

    def show_words(self, words: str, details: Sequence[str]) -> None:
        """A line and its details."""
        self.words = words
        self._line.setText(words)
        self._details.setPlainText("\n".join(details))
        self._more.setChecked(False)
        self._more.setVisible(bool(details))
        self._details.hide()
        self.show()

    def add_line(self, words: str) -> None:
        """One more line below the first."""
        self._line.setText(f"{self._line.text()}\n{words}")

    def clear(self) -> None:
        """Nothing was made."""
        self.words = ""
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """A quiet ground with a green bar at the left."""
        colours = colours_of(self)
        painter = QPainter(self)
        painter.fillRect(self.rect(), mixed(colours.window, colours.good, 0.12))
        painter.fillRect(QRectF(0, 0, gap(self, 0.17), self.height()), colours.good)


class _Offer(QWidget):
    """A sentence and a button."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._accept: Callable[[], None] | None = None
        self._words = QLabel(self)
        self._words.setWordWrap(True)
        self._button = QPushButton(self)
        self._button.clicked.connect(self._on_clicked)
        self._away = QToolButton(self)
        self._away.setText("Not now")
        self._away.setAutoRaise(True)
        self._away.setToolTip("Leave everything as it is.")
        self._away.clicked.connect(self.hide)
        buttons = QHBoxLayout()
        buttons.addWidget(self._button)
        buttons.addWidget(self._away)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(gap(self, 0.6), gap(self, 0.4), gap(self, 0.4), gap(self, 0.4))
        layout.addWidget(self._words)
        layout.addLayout(buttons)
        self.hide()

    def show_words(self, text: str, button: str, accept: Callable[[], None]) -> None:
        """Offer it."""
        self._words.setText(text)
        self._button.setText(button)
        self._button.setToolTip(text)
        self._accept = accept
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """A quiet ground with a bar of the accent at the left."""
        colours = colours_of(self)
        painter = QPainter(self)
        painter.fillRect(self.rect(), mixed(colours.window, colours.accent, 0.15))
        painter.fillRect(QRectF(0, 0, gap(self, 0.17), self.height()), colours.accent)

    def _on_clicked(self) -> None:
        self.hide()
        if self._accept is not None:
            self._accept()
