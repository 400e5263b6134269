"""What is wrong, or worth knowing, in the place it belongs to: beside the field, with the next step and a report."""

from __future__ import annotations

import platform
from collections.abc import Callable

import PySide6
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

import maya_a2f
from maya_a2f.errors import A2FError, Cancelled
from maya_a2f.link.log_file import log_error
from maya_a2f.ui.theme import colours_of, gap, line_height, mixed

_NOTHING_KEPT = ""

_MENDED_BY_SET_UP = frozenset({"worker.no_environment", "worker.not_started", "engine.package_missing"})
"""Codes of errors that a set-up of the worker's environment mends."""


class FieldMessage(QWidget):
    """An icon, the message, the next step below it, and a button that copies a report. Hidden while there is none."""

    def __init__(self, parent: QWidget | None = None, *, chatter: Callable[[], str] | None = None) -> None:
        """``chatter`` gives the worker's last lines, for the report."""
        super().__init__(parent)
        self._chatter = chatter
        self._report = _NOTHING_KEPT
        self._colour = QColor()
        self._icon = _Icon(self)
        self._message = _wrapped_label(self)
        self._hint = _wrapped_label(self)
        self._copy = QPushButton("Copy &report", self)
        self._copy.setToolTip("Copy the message with its details and the versions in use, to paste into a bug report.")
        self._copy.clicked.connect(self._copy_report)
        self._set_up = QPushButton("&Set up …", self)
        self._set_up.setToolTip("Make the worker's environment, in a window of its own.")
        self._set_up.clicked.connect(_open_set_up)
        texts = QVBoxLayout()
        texts.setSpacing(gap(self, 0.15))
        texts.addWidget(self._message)
        texts.addWidget(self._hint)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(0, gap(self, 0.15), 0, 0)
        buttons.addWidget(self._set_up)
        buttons.addWidget(self._copy)
        buttons.addStretch(1)
        texts.addLayout(buttons)
        row = QHBoxLayout(self)
        row.setContentsMargins(gap(self, 0.6), gap(self, 0.4), gap(self, 0.5), gap(self, 0.4))
        row.setSpacing(gap(self, 0.45))
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.hide()

    @property
    def text(self) -> str:
        """What is shown: message and hint; empty when nothing is."""
        return "" if self.isHidden() else f"{self._message.text()} {self._hint.text()}".strip()

    @property
    def report(self) -> str:
        """What the button copies; empty for a note."""
        return self._report

    def show_error(self, error: A2FError) -> None:
        """Show an error; :class:`Cancelled` is shown as a note, since it is nobody's fault."""
        if isinstance(error, Cancelled):
            self.show_note(error.message)
            return
        self._report = error_report(error, self._chatter() if self._chatter is not None else "")
        log_error(error, self._report)
        self._show(error.message, error.hint, "error")
        self._set_up.setVisible(error.code in _MENDED_BY_SET_UP)

    def show_warning(self, message: str, hint: str = "") -> None:
        """Show what stands in the way of nothing but should be seen."""
        self._report = _NOTHING_KEPT
        self._show(message, hint, "warning")

    def show_note(self, message: str) -> None:
        """Show a remark."""
        self._report = _NOTHING_KEPT
        self._show(message, "", "note")

    def clear(self) -> None:
        """Show nothing, take no room."""
        self._report = _NOTHING_KEPT
        self._message.clear()
        self._hint.clear()
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """A quiet ground with a bar of the kind's colour at the left."""
        colours = colours_of(self)
        accent = self._accent()
        painter = QPainter(self)
        painter.fillRect(self.rect(), mixed(colours.window, accent, 0.13))
        painter.fillRect(QRectF(0, 0, gap(self, 0.17), self.height()), accent)

    def _show(self, message: str, hint: str, kind: str) -> None:
        self._icon.kind = kind
        self._message.setText(message)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self._copy.setVisible(bool(self._report))
        self._set_up.hide()
        self._copy.setText("Copy &report")
        self.setAccessibleDescription(f"{kind}: {message} {hint}".strip())
        self._icon.update()
        self.show()
        self.update()

    def _accent(self) -> QColor:
        return kind_colour(self, self._icon.kind)

    def _copy_report(self) -> None:
        QGuiApplication.clipboard().setText(self._report)
        self._copy.setText("Copied")


class _Icon(QWidget):
    """A sign of a line's height: a filled disc with "!" for errors, a triangle for warnings, a disc with "i"."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.kind = "note"

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """A square of a line's height."""
        side = line_height(self)
        return QSize(side, side)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As large as it wants to be."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the sign."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = float(line_height(self))
        box = QRectF(0.5, 0.5, side - 1, side - 1)
        colour = kind_colour(self, self.kind)
        painter.setPen(QPen(Qt.PenStyle.NoPen))
        painter.setBrush(colour)
        if self.kind == "warning":
            painter.drawPolygon(QPolygonF([QPointF(box.center().x(), box.top()), box.bottomRight(), box.bottomLeft()]))
            box.adjust(0, side * 0.16, 0, side * 0.04)
        else:
            painter.drawEllipse(box)
        font = QFont(self.font())
        font.setBold(True)
        font.setPixelSize(max(1, round(side * 0.62)))
        painter.setFont(font)
        painter.setPen(colours_of(self).base if self.kind != "note" else colours_of(self).on_accent)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "i" if self.kind == "note" else "!")


def _open_set_up() -> None:
    from maya_a2f.ui import environment_window

    environment_window.show()


def kind_colour(widget: QWidget, kind: str) -> QColor:
    """Colour of ``error``, ``warning`` or ``note`` on the widget's palette."""
    colours = colours_of(widget)
    return {"error": colours.error, "warning": colours.warning}.get(kind, colours.accent)


def error_report(error: A2FError, chatter: str = "") -> str:
    """An error as text for a bug report: message, next step, code, versions, details, the worker's last lines."""
    lines = [
        error.message,
        error.hint,
        "",
        f"code: {error.code}",
        f"maya_a2f {maya_a2f.__version__}, Python {platform.python_version()}, PySide6 {PySide6.__version__}, "
        f"{platform.platform()}",
    ]
    if error.details:
        lines += ["", "Details:", error.details]
    if chatter and chatter not in error.details:
        lines += ["", "The end of the worker's standard error:", chatter]
    return "\n".join(lines)


def _wrapped_label(parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setMinimumWidth(1)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.MinimumExpanding)
    return label
