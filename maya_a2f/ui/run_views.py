"""What the bar at the panel's foot shows of a run: how far it is, what came of it, what can be done next."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from maya_a2f.ui.theme import colours_of, gap, line_height, mixed, small_font


class RunLine(QWidget):
    """Stage and percentage over a thin bar, speed and time left at the right."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._stage = QLabel(self)
        self._stage.setWordWrap(True)
        self._detail = QLabel(self)
        self._detail.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._bar = ThinBar(self)
        row = QHBoxLayout()
        row.addWidget(self._stage, 1)
        row.addWidget(self._detail)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, gap(self, 0.2), 0, gap(self, 0.2))
        layout.setSpacing(gap(self, 0.35))
        layout.addLayout(row)
        layout.addWidget(self._bar)

    def show_words(self, stage: str, fraction: float | None, detail: str) -> None:
        """How far it is; None where nobody knows."""
        share = [] if fraction is None else [f"{fraction:.0%}"]
        self._stage.setText(" · ".join([stage, *share]))
        self._detail.setText(detail)
        self._bar.set_fraction(fraction or 0.0)
        self.setAccessibleDescription(", ".join(filter(None, [stage, *share, detail])))


class ThinBar(QWidget):
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


class ResultLine(QWidget):
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


class Offer(QWidget):
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
